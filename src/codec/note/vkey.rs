//! Verifier keys: `name+hex(key id)+base64(type || public key)` (C2SP signed-note, "Verifier keys").

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

use super::KeyId;
use crate::{
    codec::{
        CodecError, Result,
        text::{at_most, base64, to_base64},
    },
    event::limits::{ORIGIN_BYTES_MAX, VKEY_BYTES_MAX},
};

/// What kind of signatures a key makes on notes, by the type byte of C2SP signed-note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// 0x01: Ed25519 over the text of the note; how a log signs its checkpoints.
    Ed25519,
    /// 0x04: timestamped Ed25519 cosignature of a checkpoint; how witnesses sign.
    CosignatureEd25519,
}

impl KeyType {
    /// The type byte.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureEd25519 => 0x04,
        }
    }

    fn of_byte(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureEd25519].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// A verifier key: a name, a type and the raw public key. The key's bytes are judged where keys are known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Vkey {
    name: String,
    key_type: KeyType,
    public_key: Vec<u8>,
}

impl Vkey {
    /// A verifier key of its parts; both types have public keys of 32 bytes.
    ///
    /// # Errors
    /// [`CodecError::BadKeyName`]; [`CodecError::BadVkey`] when the key is not 32 bytes.
    pub fn new(name: &str, key_type: KeyType, public_key: &[u8]) -> Result<Self> {
        if !is_key_name(name) {
            return Err(CodecError::BadKeyName);
        }
        if public_key.len() != 32 {
            return Err(CodecError::BadVkey);
        }
        Ok(Self { name: name.to_owned(), key_type, public_key: public_key.to_vec() })
    }

    /// The key's name; for a log it is the origin of its checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of signatures it makes.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The raw public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// SHA-256(name || LF || type || public key), the first four bytes.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        key_id(&self.name, self.key_type.byte(), &self.public_key)
    }
}

fn key_id(name: &str, type_byte: u8, public_key: &[u8]) -> KeyId {
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update([b'\n', type_byte]);
    hasher.update(public_key);
    let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
    [a, b, c, d]
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.key_type.byte()], self.public_key.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.key_id()), to_base64(&key))
    }
}

impl FromStr for Vkey {
    type Err = CodecError;

    /// Parses a vkey.
    ///
    /// # Errors
    /// [`CodecError::Oversize`], [`CodecError::BadVkey`], [`CodecError::BadKeyName`],
    /// [`CodecError::UnsupportedKeyType`], [`CodecError::KeyIdMismatch`].
    fn from_str(text: &str) -> Result<Self> {
        at_most("the verifier key", text.len(), VKEY_BYTES_MAX)?;
        // Base64 has a '+' of its own, so the first two are the separators.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(CodecError::BadVkey);
        };
        if !is_key_name(name) {
            return Err(CodecError::BadKeyName);
        }
        let lower_case = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if id.len() != 8 || !id.bytes().all(lower_case) {
            return Err(CodecError::BadVkey);
        }
        let key = base64(key).ok_or(CodecError::BadVkey)?;
        let (type_byte, public_key) = key.split_first().ok_or(CodecError::BadVkey)?;
        if hex::encode(key_id(name, *type_byte, public_key)) != id {
            return Err(CodecError::KeyIdMismatch);
        }
        let key_type = KeyType::of_byte(*type_byte).ok_or(CodecError::UnsupportedKeyType(*type_byte))?;
        Self::new(name, key_type, public_key)
    }
}

/// Whether a key may have this name (C2SP signed-note): not empty, no white space or control characters, no `+`.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    let bad = |c: char| c == '+' || c.is_whitespace() || c.is_control();
    !name.is_empty() && name.len() <= ORIGIN_BYTES_MAX && !name.contains(bad)
}
