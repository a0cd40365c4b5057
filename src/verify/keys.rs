//! What an auditor pins about a log.

use super::VerifyError;
use crate::{
    codec::note::{KeyType, Vkey},
    crypto::{KeyError, NoteVerifier, PublicKey, Thumbprint},
};

/// The origin of a log and its public keys, from a source other than the log itself; several after a rotation. What any
/// one of them signed is taken as the log's word, so a key is unpinned when its log says that it was compromised.
#[derive(Debug, Clone)]
pub struct LogKeys {
    origin: String,
    verifiers: Vec<NoteVerifier>,
}

impl LogKeys {
    /// Pins these keys of the log `origin`; a key that is given twice counts once.
    ///
    /// # Errors
    /// [`VerifyError::NoKeys`]; [`VerifyError::PinnedKey`] when the origin cannot name a log.
    pub fn new(origin: &str, keys: &[PublicKey]) -> Result<Self, VerifyError> {
        let pinned = |error| VerifyError::PinnedKey { origin: origin.to_owned(), error };
        let mut verifiers: Vec<NoteVerifier> = Vec::with_capacity(keys.len());
        for key in keys {
            if verifiers.iter().all(|known| known.key() != key) {
                let vkey = Vkey::new(origin, KeyType::Ed25519, key.raw()).map_err(|error| pinned(error.into()))?;
                verifiers.push(NoteVerifier::new(vkey).map_err(pinned)?);
            }
        }
        if verifiers.is_empty() {
            return Err(VerifyError::NoKeys { origin: origin.to_owned() });
        }
        Ok(Self { origin: origin.to_owned(), verifiers })
    }

    /// Pins the keys of the log `origin` from C2SP verifier keys (`name+hash+base64`), whose name must be the origin.
    ///
    /// # Errors
    /// [`VerifyError::NoKeys`], [`VerifyError::PinnedKey`], and [`VerifyError::Origin`] for a key of another name.
    pub fn from_vkeys(origin: &str, vkeys: &[&str]) -> Result<Self, VerifyError> {
        let mut keys = Vec::with_capacity(vkeys.len());
        for text in vkeys {
            let pinned = |error| VerifyError::PinnedKey { origin: origin.to_owned(), error };
            let vkey: Vkey = text.parse().map_err(|error| pinned(KeyError::Note(error)))?;
            if vkey.name() != origin {
                let found = vkey.name().to_owned();
                return Err(VerifyError::Origin { what: "the verifier key", expected: origin.to_owned(), found });
            }
            keys.push(NoteVerifier::new(vkey).map_err(pinned)?.key().clone());
        }
        Self::new(origin, &keys)
    }

    /// The log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The pinned keys, under the name by which they sign checkpoints.
    #[must_use]
    pub fn verifiers(&self) -> &[NoteVerifier] {
        &self.verifiers
    }

    /// The pinned key with this COSE Key Thumbprint (RFC 9679).
    #[must_use]
    pub fn key(&self, kid: &Thumbprint) -> Option<&PublicKey> {
        self.verifiers.iter().map(NoteVerifier::key).find(|key| key.thumbprint() == *kid)
    }

    /// Refuses what names another log.
    pub(super) fn check_origin(&self, what: &'static str, found: &str) -> Result<(), VerifyError> {
        if found == self.origin {
            return Ok(());
        }
        Err(VerifyError::Origin { what, expected: self.origin.clone(), found: found.to_owned() })
    }
}
