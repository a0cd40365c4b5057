//! Signed notes: text and signature lines alone make the same bytes again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::codec::note::{Note, format_note};

fuzz_target!(|data: &[u8]| {
    let Ok(note) = Note::parse(data) else { return };
    let again = format_note(note.text, &note.signatures).expect("what was parsed can be written");
    assert_eq!(again.as_bytes(), data);
});
