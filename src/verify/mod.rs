//! The offline verifier of records, receipts and proofs: what an auditor has to trust. Pure.
//!
//! Everything here starts from what the auditor brings himself: the log's origin and its public keys ([`LogKeys`]), or
//! the public key of an actor. Nothing is taken from what is being verified but signed bytes. A function that returns
//! `Ok` has checked every byte it was given, except the `extra` of a tlog-proof, which no format authenticates.
//!
//! Two rules are checked elsewhere, where statements have a meaning. That the last leaf of every checkpointed tree is
//! a seal: [`Head::size`] and [`Verified::size`] say which leaf that is (`size - 1`). And whether a key was valid when
//! its statement was recorded: [`verify_statement`] takes the key as given.

mod attestation;
mod checkpoint;
mod error;
mod growth;
mod keys;
mod policy_file;
mod receipt;
mod statement;
mod witnesses;

pub use attestation::{Attested, Auditors, read_attestation, verify_attestation};
pub use checkpoint::{verify_checkpoint, verify_consistency, verify_tlog_proof};
pub use error::VerifyError;
pub use growth::{Growth, Shown, growth};
pub use keys::LogKeys;
pub use receipt::{Transparent, verify_receipt, verify_transparent_statement};
pub use statement::verify_statement;
pub use witnesses::{Cosignature, Cosigned, Witnesses};

use crate::merkle::Hash;

/// A tree head under the signature of a pinned key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Leaves in the tree; the last of them must be a seal, which whoever reads records checks.
    pub size: u64,
    /// The tree's root (RFC 6962 §2.1).
    pub root: Hash,
}

/// A proven place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The index of the leaf.
    pub index: u64,
    /// Leaves in the tree whose head was signed; the last of them must be a seal, which whoever reads records checks.
    pub size: u64,
    /// The tree's root (RFC 6962 §2.1).
    pub root: Hash,
}
