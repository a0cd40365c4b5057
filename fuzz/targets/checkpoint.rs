//! Checkpoints: the three lines are written back the same; what follows them are extensions. The verifier takes none
//! that was not signed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sagwan::{
    codec::{checkpoint::Checkpoint, note::Note},
    crypto::{Algorithm, PublicKey},
    verify::{LogKeys, verify_checkpoint},
};

/// The base point as the log's key: a fuzzer does not find a signature that it accepts.
static KEYS: LazyLock<LogKeys> = LazyLock::new(|| {
    let mut raw = [0x66; 32];
    raw[0] = 0x58;
    let key = PublicKey::from_raw(Algorithm::Ed25519, &raw).expect("the base point is a key");
    LogKeys::new("ledger.example.org/sagwan", &[key]).expect("the origin is sound")
});

fuzz_target!(|data: &[u8]| {
    assert!(verify_checkpoint(data, &KEYS).is_err());
    let text = Note::parse(data).map(|note| note.text).ok().or_else(|| std::str::from_utf8(data).ok());
    let Some(text) = text else { return };
    let Ok(checkpoint) = Checkpoint::parse(text) else { return };
    let again = checkpoint.format().expect("what was parsed can be written");
    assert!(text.starts_with(&again));
    assert_eq!(text.lines().count() == 3, text == again);
});
