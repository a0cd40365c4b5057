//! Signature algorithms. Nothing outside this room knows how long keys and signatures are.

use std::fmt;

/// A signature algorithm that keys may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 (RFC 8032), verified by the strict rule.
    Ed25519,
}

impl Algorithm {
    /// The COSE algorithm registered for it: EdDSA (−8) for Ed25519, which every foreign verifier knows (RFC 9053).
    #[must_use]
    pub fn cose(self) -> i64 {
        match self {
            Self::Ed25519 => -8,
        }
    }

    /// The algorithm that a COSE registration names, if it is one of ours.
    #[must_use]
    pub fn from_cose(alg: i64) -> Option<Self> {
        (alg == -8).then_some(Self::Ed25519)
    }

    /// Its name in events and messages: `ed25519`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
        }
    }

    /// The algorithm of a name, if it is one of ours.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == "ed25519").then_some(Self::Ed25519)
    }

    /// Bytes of a raw public key.
    #[must_use]
    pub fn public_key_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 32,
        }
    }

    /// Bytes of the longest signature, for bounds that are computed ahead.
    #[must_use]
    pub fn max_signature_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
