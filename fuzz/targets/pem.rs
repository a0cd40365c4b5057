//! Keys as PEM: but for white space around and in the block, a key has one spelling.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sagwan::crypto::{PublicKey, SecretKey};

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fuzz_target!(|text: &str| {
    if let Ok(key) = PublicKey::from_pem(text) {
        assert_eq!(without_space(&key.to_pem()), without_space(text));
        assert_eq!(PublicKey::from_raw(key.algorithm(), key.raw()).as_ref(), Ok(&key));
    }
    if let Ok(key) = SecretKey::from_pem(text) {
        assert_eq!(without_space(&key.to_pem()), without_space(text));
        assert_eq!(key.public().verify(b"message", &key.sign(b"message")), Ok(()));
    }
});
