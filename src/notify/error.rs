//! What can go wrong around webhooks, apart from a delivery itself.

use crate::{event::limits, ledger::LedgerError, storage::StorageError};
use std::path::PathBuf;
use thiserror::Error;

/// Why webhooks cannot be set up, or cannot go on.
#[derive(Debug, Error)]
pub enum NotifyError {
    /// A setting that cannot work.
    #[error("[[webhook]] {name:?}: {field}: {what}")]
    Setting {
        /// The webhook's name, as it is written.
        name: String,
        /// The setting.
        field: &'static str,
        /// What is wrong, and what to write.
        what: String,
    },
    /// Too many.
    #[error("{count} [[webhook]] sections: at most {limit} endpoints are served, each has a thread", limit = limits::WEBHOOKS_MAX)]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// Two of one name.
    #[error(
        "two [[webhook]] sections are named {name:?}: what waits for each is kept by its name, so give each its own"
    )]
    Twice {
        /// The name.
        name: String,
    },
    /// A secret file that cannot be used.
    #[error("the secret file {}: {what}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
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
