//! Dead Simple Signing Envelopes, protocol version 1: a payload of any type, signed over its pre-authentication encoding.

use crate::crypto::SecretKey;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The payload type of in-toto statements.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// The bytes that are signed: `DSSEv1 LEN(type) type LEN(payload) payload`, lengths in decimal, one space between.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The envelope of a payload with one signature. Its `keyid`, a hint that verifiers may ignore, is the COSE Key
/// Thumbprint of the key (RFC 9679, SHA-256) in hexadecimal.
#[must_use]
pub fn envelope(payload_type: &str, payload: &[u8], key: &SecretKey) -> Value {
    json!({
        "payload": STANDARD.encode(payload),
        "payloadType": payload_type,
        "signatures": [{
            "keyid": hex::encode(key.public().thumbprint()),
            "sig": STANDARD.encode(key.sign(&pae(payload_type, payload))),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification (DSSE v1.0.0, protocol.md, "Test Vectors").
    #[test]
    fn the_encoding_is_that_of_the_specification() {
        let encoded = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn the_signature_is_over_the_encoding() {
        let key = SecretKey::from_seed(&[7; 32]);
        let envelope = envelope("t", "{\"a\":\"ü\"}".as_bytes(), &key);
        let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
        let signature = bytes(&envelope["signatures"][0]["sig"]);
        let payload = bytes(&envelope["payload"]);
        key.public().verify(&pae("t", &payload), &signature).unwrap();
        assert!(key.public().verify(&payload, &signature).is_err());
        assert!(key.public().verify(&pae("u", &payload), &signature).is_err());
    }
}
