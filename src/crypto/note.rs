//! Signing and judging C2SP notes with our keys.

use super::{Algorithm, KeyError, PublicKey, SecretKey};
use crate::codec::note::{KeyType, NoteKey, NoteSignature, Vkey, cosigned_message};

/// A trusted verifier key with its decoded public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteVerifier {
    vkey: Vkey,
    key: PublicKey,
}

impl NoteVerifier {
    /// The verifier of a vkey whose key is sound.
    ///
    /// # Errors
    /// Those of [`PublicKey::from_raw`].
    pub fn new(vkey: Vkey) -> Result<Self, KeyError> {
        let key = PublicKey::from_raw(Algorithm::Ed25519, vkey.public_key())?;
        Ok(Self { vkey, key })
    }

    /// The verifier of a vkey's text.
    ///
    /// # Errors
    /// [`KeyError::Note`] for the text's form, and those of [`PublicKey::from_raw`].
    pub fn parse(vkey: &str) -> Result<Self, KeyError> {
        Self::new(vkey.parse()?)
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

impl NoteKey for NoteVerifier {
    fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    fn check(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify(message, signature).is_ok()
    }
}

/// A secret key under the name by which it signs notes.
#[derive(Debug, Clone)]
pub struct NoteSigner {
    vkey: Vkey,
    key: SecretKey,
}

impl NoteSigner {
    /// A signer of a name: [`KeyType::Ed25519`] for a log's checkpoints, [`KeyType::CosignatureEd25519`] for a witness.
    ///
    /// # Errors
    /// [`KeyError::Note`] when the name cannot stand in a note.
    pub fn new(name: &str, key_type: KeyType, key: SecretKey) -> Result<Self, KeyError> {
        Ok(Self { vkey: Vkey::new(name, key_type, key.public().raw())?, key })
    }

    /// The verifier key to give to others.
    #[must_use]
    pub fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// The verifier of this signer's notes.
    #[must_use]
    pub fn verifier(&self) -> NoteVerifier {
        NoteVerifier { vkey: self.vkey.clone(), key: self.key.public().clone() }
    }

    /// A signature on a note's text, which ends in LF. `time` (seconds since 1970) stands in cosignatures only.
    #[must_use]
    pub fn sign(&self, text: &str, time: u64) -> NoteSignature {
        let signature = match self.vkey.key_type() {
            KeyType::Ed25519 => self.key.sign(text.as_bytes()),
            KeyType::CosignatureEd25519 => {
                let signature = self.key.sign(&cosigned_message(time, text));
                [time.to_be_bytes().as_slice(), &signature].concat()
            }
        };
        NoteSignature { name: self.vkey.name().to_owned(), key_id: self.vkey.key_id(), signature }
    }
}
