//! What witnesses and their policies say: no answer counts but a cosignature that verifies, and what is read is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::{
    codec::{
        note::{KeyType, signature_lines},
        witness::{AddCheckpoint, parse_size},
    },
    crypto::{NoteSigner, SecretKey},
    verify::Witnesses,
    witness::{Answer, judge},
};
use std::sync::LazyLock;

const TEXT: &str = "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

/// A witness whose secret key the input cannot know.
static WITNESS: LazyLock<NoteSigner> = LazyLock::new(|| {
    NoteSigner::new("w", KeyType::CosignatureEd25519, SecretKey::from_seed(&[7; 32])).expect("a name")
});

fuzz_target!(|data: &[u8]| {
    if let Ok(body) = AddCheckpoint::parse(data) {
        assert_eq!(body.format().as_deref().map(str::as_bytes), Ok(data));
    }
    if let Ok(lines) = signature_lines(data) {
        assert_eq!(lines.iter().map(|line| line.line()).collect::<String>().as_bytes(), data);
    }
    if let Ok(size) = parse_size(data) {
        assert_eq!(format!("{size}\n").as_bytes(), data);
    }
    if let Ok(policy) = Witnesses::parse(data) {
        if std::str::from_utf8(data).is_ok() {
            assert_eq!(Witnesses::parse(policy.format().as_bytes()), Ok(policy));
        }
    }
    for (status, media_type) in [(200, ""), (409, "text/x.tlog.size"), (409, "text/plain")] {
        let answer = judge(status, media_type, data, TEXT, &WITNESS.verifier(), 1_700_000_000);
        assert!(!matches!(answer, Answer::Cosigned { .. }), "a cosignature was forged");
    }
});
