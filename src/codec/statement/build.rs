//! Writing a statement.

use super::{STATEMENT_MEDIA_TYPE, Statement, TAGGED_ARRAY_OF_FOUR, sig_structure};
use crate::codec::{
    Hash, Result,
    cbor::{reader::major, write},
};

/// The fields of a statement that is about to be signed; the meaning of each is that of [`Statement`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsigned<'a> {
    /// The signature algorithm, as registered for COSE: −8 is EdDSA.
    pub alg: i64,
    /// The COSE Key Thumbprint of the signing key.
    pub kid: &'a Hash,
    /// The actor's id.
    pub iss: &'a str,
    /// The subject of the first event.
    pub sub: &'a str,
    /// The origin of the one log that it is meant for.
    pub aud: Option<&'a str>,
    /// Seconds since 1970.
    pub iat: u64,
    /// The client's own id for it.
    pub cti: Option<&'a [u8]>,
    /// The media type of the payload: [`EVENT_MEDIA_TYPE`](super::EVENT_MEDIA_TYPE) for events.
    pub content_type: &'a str,
    /// The canonical CBOR of an event, or of an array of them.
    pub payload: &'a [u8],
}

impl Unsigned<'_> {
    /// The protected header as it is signed: the content of its byte string.
    #[must_use]
    pub fn protected(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(192);
        write::head(&mut out, major::MAP, 5);
        write::integer(&mut out, 1);
        write::integer(&mut out, self.alg);
        write::integer(&mut out, 3);
        write::text(&mut out, self.content_type);
        write::integer(&mut out, 4);
        write::bytes(&mut out, self.kid);
        write::integer(&mut out, 15);
        self.claims(&mut out);
        write::integer(&mut out, 16);
        write::text(&mut out, STATEMENT_MEDIA_TYPE);
        out
    }

    fn claims(&self, out: &mut Vec<u8>) {
        let optional = u64::from(self.aud.is_some()) + u64::from(self.cti.is_some());
        write::head(out, major::MAP, 3 + optional);
        write::integer(out, 1);
        write::text(out, self.iss);
        write::integer(out, 2);
        write::text(out, self.sub);
        if let Some(aud) = self.aud {
            write::integer(out, 3);
            write::text(out, aud);
        }
        write::integer(out, 6);
        write::head(out, major::UNSIGNED, self.iat);
        if let Some(cti) = self.cti {
            write::integer(out, 7);
            write::bytes(out, cti);
        }
    }

    /// The statement, signed by `sign`, which gets the bytes to be signed (RFC 9052 section 4.4) and gives a signature.
    ///
    /// # Errors
    /// Those of [`Statement::parse`]: what this would write is read back first, so that no field is out of bounds.
    pub fn sign(&self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<Vec<u8>> {
        let protected = self.protected();
        let signature = sign(&sig_structure(&protected, self.payload));
        let bytes = assemble(&protected, &[0xa0], self.payload, &signature);
        Statement::parse(&bytes)?;
        Ok(bytes)
    }
}

/// A tagged COSE_Sign1 of its four parts, the unprotected header as raw CBOR.
pub(super) fn assemble(protected: &[u8], unprotected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let strings = protected.len() + payload.len() + signature.len();
    let mut out = Vec::with_capacity(strings + unprotected.len() + 16);
    out.extend_from_slice(&TAGGED_ARRAY_OF_FOUR);
    write::bytes(&mut out, protected);
    out.extend_from_slice(unprotected);
    write::bytes(&mut out, payload);
    write::bytes(&mut out, signature);
    out
}
