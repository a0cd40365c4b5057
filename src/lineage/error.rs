//! What can go wrong with a question about lineage, or with its evidence.

use crate::{codec::CodecError, event::EventError, ledger::LedgerError, merkle::MerkleError, verify::VerifyError};
use thiserror::Error;

/// A question that cannot be answered, or evidence that does not hold.
#[derive(Debug, Error)]
pub enum LineageError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A question beyond its bounds, or one that makes no sense.
    #[error("{field}: {what}; {remedy}")]
    Question {
        /// The field.
        field: &'static str,
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// More than the answer may hold.
    #[error("the evidence would have {found} {what}, at most {limit} are allowed; ask for less depth or fewer nodes")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How many.
        found: u64,
        /// The bound.
        limit: u64,
    },
    /// Bytes that are not evidence.
    #[error("the evidence cannot be read: {0}; ask for it again")]
    Unreadable(CodecError),
    /// A subject, kind or name in the evidence that is none.
    #[error("the evidence cannot be read: {0}")]
    Word(#[from] EventError),
    /// The checkpoint, or a signature.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A proof that does not lead where it must.
    #[error("{part} does not hold: {error}")]
    Proof {
        /// Of what.
        part: &'static str,
        /// Why.
        error: MerkleError,
    },
    /// Evidence whose parts do not fit each other.
    #[error("the evidence is refused: {0}; ask for it again")]
    Refused(String),
}

impl LineageError {
    /// Evidence that is refused.
    pub(super) fn refused<T>(what: impl Into<String>) -> Result<T, Self> {
        Err(Self::Refused(what.into()))
    }
}
