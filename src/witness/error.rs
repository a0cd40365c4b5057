//! What can go wrong with asking witnesses on this side.

use super::config::SettingError;
use crate::{ledger::LedgerError, storage::StorageError, verify::VerifyError};
use std::path::PathBuf;
use thiserror::Error;

/// What went wrong here; what a witness does wrong is an [`Outcome`](super::Outcome).
#[derive(Debug, Error)]
pub enum WitnessError {
    /// A setting that cannot work.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What the ledger signed does not verify.
    #[error("the ledger's own checkpoint: {0}")]
    Own(#[from] VerifyError),
    /// A file of this room that is not what it was.
    #[error("{}: {what}; take it away, the witness says again what it cosigned", path.display())]
    Kept {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A witness has a checkpoint that this ledger signed and does not have.
    #[error(
        "the witness {witness} shows a tree of {theirs} entries that this ledger signed, and the ledger has {ours}: an old \
         copy was put in its place ({} holds that checkpoint)", path.display()
    )]
    Behind {
        /// The witness.
        witness: String,
        /// The size that it shows.
        theirs: u64,
        /// The ledger's size.
        ours: u64,
        /// Where the checkpoint is kept.
        path: PathBuf,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(String),
}
