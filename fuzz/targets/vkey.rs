//! Verifier keys: one spelling a key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::{codec::note::Vkey, crypto::NoteVerifier};

fuzz_target!(|text: &str| {
    let Ok(vkey) = text.parse::<Vkey>() else { return };
    assert_eq!(vkey.to_string(), text);
    let _ = NoteVerifier::new(vkey);
});
