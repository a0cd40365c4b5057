//! Ed25519 keys as PEM: PKCS#8 version 1 and SubjectPublicKeyInfo (RFC 8410, RFC 7468), in the one form that
//! `openssl` writes. The DER of such a key is a fixed prefix and 32 bytes, so it is compared, not interpreted.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::KeyError;
use crate::event::limits::PEM_BYTES_MAX;

const SECRET_LABEL: &str = "PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// How an encrypted private key begins (RFC 7468 section 11).
const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING (32 bytes) } }.
const SECRET_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING (32 bytes) }.
const PUBLIC_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// OID 1.3.101.112, which tells an Ed25519 key in an unusual form from a key of another algorithm.
const ED25519_OID: [u8; 5] = [6, 3, 0x2b, 0x65, 0x70];

pub(super) fn secret_from_pem(text: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let der = decode(text, SECRET_LABEL)?;
    strip(&der, &SECRET_PREFIX, "PKCS#8 version 1").map(|seed| Zeroizing::new(*seed))
}

pub(super) fn public_from_pem(text: &str) -> Result<[u8; 32], KeyError> {
    let der = decode(text, PUBLIC_LABEL)?;
    strip(&der, &PUBLIC_PREFIX, "SubjectPublicKeyInfo").copied()
}

pub(super) fn secret_to_pem(seed: &[u8; 32]) -> Zeroizing<String> {
    let der = Zeroizing::new([SECRET_PREFIX.as_slice(), seed.as_slice()].concat());
    Zeroizing::new(encode(&der, SECRET_LABEL))
}

pub(super) fn public_to_pem(raw: &[u8; 32]) -> String {
    encode(&[PUBLIC_PREFIX.as_slice(), raw.as_slice()].concat(), PUBLIC_LABEL)
}

/// One block; 48 bytes of DER or less are one line of base64 (RFC 7468 section 2 wraps at 64 characters).
fn encode(der: &[u8], label: &str) -> String {
    let body = Zeroizing::new(STANDARD.encode(der));
    // The capacity is exact, so that no copy of a secret stays behind in a buffer that grew.
    let mut out = String::with_capacity(body.len() + 2 * label.len() + 34);
    for part in ["-----BEGIN ", label, "-----\n", &body, "\n-----END ", label, "-----\n"] {
        out.push_str(part);
    }
    out
}

/// The DER of the one PEM block in `text`. Line ends may be CRLF and white space may surround the block, as RFC 7468
/// section 2 lets parsers allow; nothing else may.
fn decode(text: &str, label: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if text.len() > PEM_BYTES_MAX {
        return Err(KeyError::TooLarge { found: text.len(), limit: PEM_BYTES_MAX });
    }
    if text.contains(ENCRYPTED) {
        return Err(KeyError::Encrypted);
    }
    let malformed = || KeyError::Pem { expected: label };
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let inner = text.trim().strip_prefix(&begin).and_then(|rest| rest.strip_suffix(&end)).ok_or_else(malformed)?;
    if !inner.starts_with(['\n', '\r']) || !inner.ends_with('\n') {
        return Err(malformed());
    }
    let mut body = Zeroizing::new(String::with_capacity(inner.len()));
    inner.lines().for_each(|line| body.push_str(line));
    let mut der = Zeroizing::new(vec![0; body.len()]);
    let length = STANDARD.decode_slice(body.as_bytes(), &mut der).map_err(|_| malformed())?;
    der.truncate(length);
    Ok(der)
}

fn strip<'a>(der: &'a [u8], prefix: &[u8], expected: &'static str) -> Result<&'a [u8; 32], KeyError> {
    if let Some(key) = der.strip_prefix(prefix).and_then(|key| key.try_into().ok()) {
        return Ok(key);
    }
    if der.windows(ED25519_OID.len()).any(|window| window == ED25519_OID) {
        return Err(KeyError::Der { expected });
    }
    Err(KeyError::UnknownAlgorithm("in the PEM block".to_owned()))
}
