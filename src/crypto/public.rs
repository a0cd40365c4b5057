//! Public keys and the one rule by which signatures are judged.

use std::{fmt, hash};

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::{
    Algorithm, KeyError, SignatureError, pem,
    small_order::{is_canonical, is_small_order},
};

/// A COSE Key Thumbprint with SHA-256 (RFC 9679): the `kid` of statements and receipts.
pub type Thumbprint = [u8; 32];

/// A public key: an algorithm, its raw bytes, and the decompressed point, so that a key is decoded once and not once
/// a signature. Keys that would verify forgeries do not exist as values of this type.
#[derive(Clone)]
pub struct PublicKey {
    point: VerifyingKey,
}

impl PublicKey {
    /// A key from its raw bytes: 32 bytes for Ed25519 (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`KeyError::Length`]; [`KeyError::NotAPoint`] for what is no point or not canonical; [`KeyError::Weak`] for
    /// points of small order.
    pub fn from_raw(algorithm: Algorithm, raw: &[u8]) -> Result<Self, KeyError> {
        let Algorithm::Ed25519 = algorithm;
        let expected = algorithm.public_key_bytes();
        let length = KeyError::Length { algorithm: algorithm.as_str(), found: raw.len(), expected };
        let raw: &[u8; 32] = raw.try_into().map_err(|_| length)?;
        if is_small_order(raw) {
            return Err(KeyError::Weak);
        }
        if !is_canonical(raw) {
            return Err(KeyError::NotAPoint);
        }
        let point = VerifyingKey::from_bytes(raw).map_err(|_| KeyError::NotAPoint)?;
        // The list above is complete; the library's own multiplication by the cofactor costs little and is asked too.
        if point.is_weak() { Err(KeyError::Weak) } else { Ok(Self { point }) }
    }

    /// A key from a `PUBLIC KEY` PEM block (SubjectPublicKeyInfo, RFC 8410), as `openssl pkey -pubout` writes it.
    ///
    /// # Errors
    /// [`KeyError::Pem`], [`KeyError::Der`], [`KeyError::UnknownAlgorithm`], and those of [`from_raw`](Self::from_raw).
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_raw(Algorithm::Ed25519, &pem::public_from_pem(text)?)
    }

    /// The key as a `PUBLIC KEY` PEM block that `openssl` reads.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::public_to_pem(self.point.as_bytes())
    }

    pub(super) fn of_secret(point: VerifyingKey) -> Self {
        Self { point }
    }

    /// The key's algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::Ed25519
    }

    /// The raw bytes: 32 for Ed25519.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        self.point.as_bytes()
    }

    /// The COSE Key Thumbprint: SHA-256 over the deterministic CBOR of the key's required members, which for
    /// Ed25519 are `{1: 1 (OKP), -1: 6 (Ed25519), -2: x}` (RFC 9679 sections 3 and 4.1).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        let mut hasher = Sha256::new();
        hasher.update([0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20]);
        hasher.update(self.point.as_bytes());
        hasher.finalize().into()
    }

    /// Judges a signature by the strict rule, the same for admission, audit and strangers: S below the group order, R
    /// the canonical encoding of the point that the cofactorless equation gives, neither A nor R of small order. It
    /// decides as `VerifyingKey::verify_strict` does and saves the decompression of R: A was judged when the key was
    /// made, and R is compared with the 14 encodings of small order.
    ///
    /// # Errors
    /// [`SignatureError`]: of the wrong length, of a malleable form, or not this key's signature over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let length = SignatureError::Length {
            algorithm: self.algorithm().as_str(),
            found: signature.len(),
            expected: self.algorithm().max_signature_bytes(),
        };
        let signature: &[u8; 64] = signature.try_into().map_err(|_| length)?;
        let r: &[u8; 32] = signature.first_chunk().ok_or(length)?;
        if is_small_order(r) {
            return Err(SignatureError::SmallOrder);
        }
        self.point.verify(message, &Signature::from_bytes(signature)).map_err(|_| SignatureError::Invalid)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.raw() == other.raw()
    }
}

impl Eq for PublicKey {}

impl hash::Hash for PublicKey {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.raw().hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm(), hex::encode(self.thumbprint()))
    }
}
