//! Attestations under the keys of auditors that somebody relies on.

use super::{LogKeys, VerifyError};
use crate::{
    codec::{
        attestation::Attestation,
        note::{KeyType, Note, NoteKey as _, Vkey},
    },
    crypto::{KeyError, NoteVerifier, PublicKey},
};

const WHAT: &str = "the attestation";

/// The auditors that somebody relies on.
#[derive(Debug, Clone, Default)]
pub struct Auditors {
    named: Vec<NoteVerifier>,
    /// Keys without a name: whatever name they sign under counts for nothing.
    nameless: Vec<PublicKey>,
}

/// An attestation that a pinned auditor signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// What he attests.
    pub attestation: Attestation,
    /// Who signed it: the names of pinned verifier keys, and the thumbprints of keys that were pinned without a name.
    pub by: Vec<String>,
}

impl Auditors {
    /// Pins a verifier key (C2SP signed-note).
    ///
    /// # Errors
    /// Those of [`NoteVerifier::parse`].
    pub fn pin_vkey(&mut self, vkey: &str) -> Result<(), KeyError> {
        let verifier = NoteVerifier::parse(vkey)?;
        if verifier.vkey().key_type() != KeyType::Ed25519 {
            return Err(KeyError::Note(crate::codec::CodecError::BadVkey));
        }
        self.named.push(verifier);
        Ok(())
    }

    /// Pins a key that has no name.
    pub fn pin_key(&mut self, key: PublicKey) {
        self.nameless.push(key);
    }

    /// Whether nobody is pinned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.nameless.is_empty()
    }

    /// Whether one of these keys is the log's own: nobody audits himself.
    #[must_use]
    pub fn hold_a_key_of(&self, log: &LogKeys) -> bool {
        let mut own = self.named.iter().map(NoteVerifier::key).chain(&self.nameless);
        own.any(|key| log.key(&key.thumbprint()).is_some())
    }
}

/// Reads an attestation without judging its signatures.
///
/// # Errors
/// [`VerifyError::Unreadable`].
pub fn read_attestation(bytes: &[u8]) -> Result<Attestation, VerifyError> {
    let unreadable = |error| VerifyError::Unreadable { what: WHAT, error };
    let note = Note::parse(bytes).map_err(unreadable)?;
    Attestation::parse(note.text).map_err(unreadable)
}

/// Verifies an attestation: at least one pinned auditor signed it, and none wrongly.
///
/// # Errors
/// [`VerifyError::Unreadable`], [`VerifyError::Attestation`].
pub fn verify_attestation(bytes: &[u8], auditors: &Auditors) -> Result<Attested, VerifyError> {
    let unreadable = |error| VerifyError::Unreadable { what: WHAT, error };
    let attestation = read_attestation(bytes)?;
    let note = Note::parse(bytes).map_err(unreadable)?;
    let mut trusted: Vec<(NoteVerifier, String)> =
        auditors.named.iter().map(|named| (named.clone(), named.vkey().name().to_owned())).collect();
    for (key, signature) in auditors.nameless.iter().flat_map(|key| note.signatures.iter().map(move |one| (key, one))) {
        let verifier = Vkey::new(&signature.name, KeyType::Ed25519, key.raw()).map(NoteVerifier::new);
        let known = |verifier: &NoteVerifier| trusted.iter().any(|(own, _)| own == verifier);
        if let Ok(Ok(verifier)) = verifier
            && !known(&verifier)
        {
            trusted.push((verifier, format!("key {}", hex::encode(key.thumbprint()))));
        }
    }
    let keys: Vec<NoteVerifier> = trusted.iter().map(|(verifier, _)| verifier.clone()).collect();
    let good = note.verify(&keys).map_err(|error| VerifyError::Attestation { error })?;
    let by = good.iter().filter_map(|one| trusted.get(one.key)).map(|(_, name)| name.clone()).collect();
    Ok(Attested { attestation, by })
}
