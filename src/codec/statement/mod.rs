//! Signed Statements: COSE_Sign1 (RFC 9052 section 4.2) with CWT claims in the protected header (RFC 9597, RFC 9943).
//!
//! ```text
//! 18([
//!   << { 1: alg, 3: content type, 4: kid, 15: { 1: iss, 2: sub, ? 3: aud, 6: iat, ? 7: cti }, 16: typ } >>,
//!   {},                       ; always empty: one statement is one string of bytes
//!   payload,                  ; bstr, never detached
//!   signature
//! ])
//! ```
//!
//! The whole is deterministic CBOR, so it is the log's record as it stands and its leaf hash is what any SCITT verifier
//! computes. The payload is opaque to this module.

mod build;
mod parse;
mod transparent;

use sha2::{Digest as _, Sha256};

pub use build::Unsigned;
pub use transparent::{attach_receipts, split_receipts};

use super::{
    Hash,
    cbor::{reader::major, write},
};

/// The media type of a payload that is one event, or a signed batch of them (header parameter 3).
pub const EVENT_MEDIA_TYPE: &str = "application/vnd.sagwan.event+cbor";

/// The media type of a Signed Statement itself (header parameter 16, `typ`; RFC 9596, RFC 9943).
pub const STATEMENT_MEDIA_TYPE: &str = "application/scitt-statement+cose";

/// The first bytes of a statement: tag 18 and an array of four (RFC 9052 section 2).
pub(super) const TAGGED_ARRAY_OF_FOUR: [u8; 2] = [0xd2, 0x84];

/// A parsed Signed Statement that borrows the bytes it was parsed from. Its signature is not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The signature algorithm (label 1), as registered for COSE: −8 is EdDSA.
    pub alg: i64,
    /// The COSE Key Thumbprint of the signing key (label 4; RFC 9679, SHA-256).
    pub kid: &'a Hash,
    /// Who signs (claim 1): an actor's id.
    pub iss: &'a str,
    /// What the statement is about (claim 2): the subject of its first event.
    pub sub: &'a str,
    /// The log it is meant for (claim 3), if it is meant for one only.
    pub aud: Option<&'a str>,
    /// When it was signed (claim 6): seconds since 1970 by the signer's clock.
    pub iat: u64,
    /// The client's own id for it (claim 7), which makes resubmission with other content visible.
    pub cti: Option<&'a [u8]>,
    /// The media type of the payload (label 3).
    pub content_type: &'a str,
    /// The media type of the statement (label 16): always [`STATEMENT_MEDIA_TYPE`].
    pub typ: &'a str,
    /// What is stated.
    pub payload: &'a [u8],
    /// The signature over [`signed_bytes`](Self::signed_bytes).
    pub signature: &'a [u8],
    /// The protected header as signed: the content of its byte string.
    pub protected: &'a [u8],
    /// The whole statement as it was given: the log's record.
    pub bytes: &'a [u8],
}

impl Statement<'_> {
    /// The bytes that the signature covers: the `Sig_structure` of RFC 9052 section 4.4 without external data.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        sig_structure(self.protected, self.payload)
    }

    /// What makes two submissions the same statement: [`identity`] of its protected header and payload, so that a
    /// second signature over the same content does not make a second record.
    #[must_use]
    pub fn identity(&self) -> Hash {
        identity(self.protected, self.payload)
    }

    /// Whether the payload claims to be an event or a batch of them.
    #[must_use]
    pub fn is_event(&self) -> bool {
        self.content_type == EVENT_MEDIA_TYPE
    }
}

/// SHA-256(u64 big-endian length of `protected` || `protected` || u64 big-endian length of `payload` || `payload`).
/// The lengths keep a byte from wandering between the two without changing the digest.
#[must_use]
pub fn identity(protected: &[u8], payload: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    for part in [protected, payload] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// `["Signature1", protected, h'', payload]` (RFC 9052 section 4.4).
pub(super) fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    // 84, the 11 bytes of the context, the empty external data, and at most 9 bytes of head for each string.
    let mut out = Vec::with_capacity(protected.len() + payload.len() + 31);
    write::head(&mut out, major::ARRAY, 4);
    write::text(&mut out, "Signature1");
    write::bytes(&mut out, protected);
    write::bytes(&mut out, &[]);
    write::bytes(&mut out, payload);
    out
}
