//! What can go wrong around webhooks, apart from a delivery itself.

use super::config::SettingError;
use crate::{ledger::LedgerError, storage::StorageError};
use std::path::PathBuf;
use thiserror::Error;

/// Why webhooks cannot be set up, or cannot go on.
#[derive(Debug, Error)]
pub enum NotifyError {
    /// A setting that cannot work.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A queue that cannot be read.
    #[error("{} does not say what waits ({what}): move it away to begin at the ledger's head, or restore it", path.display())]
    Queue {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No such endpoint.
    #[error("no [[webhook]] is named {name:?}: sagwan.toml names {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those that are named.
        known: String,
    },
    /// The ledger's own.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The disk's.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The system gives no randomness or no thread.
    #[error("the system gives no {what}: {why}")]
    System {
        /// What it does not give.
        what: &'static str,
        /// What it says.
        why: String,
    },
}
