//! What can be wrong with a key or a signature.

use thiserror::Error;

/// Why bytes or text are not a key that may be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The algorithm is not one of ours.
    #[error("the key's algorithm {0} is not supported; use Ed25519 (`openssl genpkey -algorithm ed25519`)")]
    UnknownAlgorithm(String),
    /// The key is too long or too short.
    #[error("the key has {found} bytes, {algorithm} keys have {expected}; check that it is complete")]
    Length {
        /// The algorithm's name.
        algorithm: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes expected.
        expected: usize,
    },
    /// The bytes are no point of the curve, or not its canonical encoding (RFC 8032 section 5.1.3).
    #[error(
        "the public key is not the canonical encoding of a point on the curve; export it again from its secret key"
    )]
    NotAPoint,
    /// The point is of small order: signatures under it can be made without a secret.
    #[error("the public key is weak (a point of small order) and would verify forgeries; generate another")]
    Weak,
    /// Not the one PEM block that was expected.
    #[error("not a single PEM block labelled {expected}; give a file as `openssl` writes it")]
    Pem {
        /// The label that was expected.
        expected: &'static str,
    },
    /// A private key under a passphrase.
    #[error(
        "the key is encrypted, and encrypted keys are not supported; decrypt it with `openssl pkey -in KEY -out PLAIN`"
    )]
    Encrypted,
    /// The DER inside the PEM block is not of the form RFC 8410 gives an Ed25519 key.
    #[error(
        "the DER in the PEM block is not an Ed25519 key in {expected} form (RFC 8410); convert it with `openssl pkey`"
    )]
    Der {
        /// `PKCS#8` or `SubjectPublicKeyInfo`.
        expected: &'static str,
    },
    /// The file is larger than any key.
    #[error("the file has {found} bytes, a key has at most {limit}; check that it is the right file")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The key name cannot stand in a note.
    #[error(transparent)]
    Note(#[from] crate::codec::CodecError),
}

/// Why a signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// Not as long as the algorithm's signatures are.
    #[error("the signature has {found} bytes, {algorithm} signatures have {expected}; check that it is complete")]
    Length {
        /// The algorithm's name.
        algorithm: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes expected.
        expected: usize,
    },
    /// The signature's R is of small order: it would hold for several messages or keys.
    #[error("the signature is of a malleable form (R of small order); sign again with a sound library")]
    SmallOrder,
    /// The signature is not this key's signature over these bytes.
    #[error(
        "the signature does not verify under this key; check that the bytes were not changed and the key is the signer's"
    )]
    Invalid,
}
