//! Secret keys: zeroised when dropped, never printed.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use super::{Algorithm, KeyError, PublicKey, pem};

/// A secret key with its public half. The seed is wiped from memory when the value is dropped; `Debug` shows the
/// public thumbprint only.
#[derive(Clone)]
pub struct SecretKey {
    signing: SigningKey,
    public: PublicKey,
}

impl SecretKey {
    /// The Ed25519 key of a 32-byte seed, which must be random and used for nothing else (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let public = PublicKey::of_secret(signing.verifying_key());
        Self { signing, public }
    }

    /// A new key from the randomness that `fill` gives: the caller's operating system, or a test's fixed bytes.
    #[must_use]
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        fill(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// A key from a `PRIVATE KEY` PEM block (PKCS#8, RFC 8410), as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// [`KeyError::Pem`], [`KeyError::Der`], [`KeyError::UnknownAlgorithm`], [`KeyError::TooLarge`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        Ok(Self::from_seed(&*pem::secret_from_pem(text)?))
    }

    /// The key as a `PRIVATE KEY` PEM block (PKCS#8 version 1) that `openssl` reads; wiped when dropped.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        pem::secret_to_pem(self.signing.as_bytes())
    }

    /// The key's algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A signature over `message`; as long as the algorithm makes it.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.signing.sign(message).to_bytes().to_vec()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({} {})", self.algorithm(), hex::encode(self.public.thumbprint()))
    }
}
