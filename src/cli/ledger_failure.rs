//! Errors of the rooms below as failures of a command: the exit code, and what to do next.

use super::failure::{Failure, Kind};
use crate::{ledger::LedgerError, plugin::PluginError, storage::StorageError, verify::VerifyError};

/// The failure that a ledger's error is.
#[must_use]
pub fn of(error: &LedgerError) -> Failure {
    match error {
        LedgerError::Storage(error) => of_storage(error),
        LedgerError::NotFound { .. } | LedgerError::NotForYou { .. } => {
            split(Kind::NotFound, &error.to_string(), "see `sagwan log` for what is there")
        }
        LedgerError::NotEmpty { .. } | LedgerError::Founding(_) => {
            split(Kind::Usage, &error.to_string(), "see `sagwan help init`")
        }
        LedgerError::Purpose { .. } => split(Kind::Usage, &error.to_string(), "see purposes in vocabulary.toml"),
        LedgerError::Unrecorded(_) => split(Kind::Io, &error.to_string(), "try again"),
        LedgerError::Policy { .. } => split(Kind::Invalid, &error.to_string(), "correct the policy's files"),
        LedgerError::Merkle(_) | LedgerError::Record { .. } | LedgerError::Checkpoint { .. } => {
            split(Kind::Verification, &error.to_string(), "stop, keep the folder as it is, and restore it from a copy")
        }
        LedgerError::NoLogKey | LedgerError::LogKeyMissing { .. } | LedgerError::LogKeyFile { .. } => {
            split(Kind::NotFound, &error.to_string(), "restore the key's file from its backup")
        }
        LedgerError::NotLogKey { .. } => split(Kind::NotFound, &error.to_string(), "see `sagwan status`"),
        LedgerError::LastLogKey { .. } => split(Kind::Usage, &error.to_string(), "see `sagwan help key rotate-log`"),
        LedgerError::Index(_) => split(Kind::Verification, &error.to_string(), "run `sagwan index rebuild`"),
        LedgerError::Plugin(error) => of_plugin(error),
        LedgerError::Monitor(_) => split(Kind::Invalid, &error.to_string(), "see `sagwan plugin list`"),
        LedgerError::Own(_) => split(Kind::Internal, &error.to_string(), "report this fault"),
        LedgerError::Stopped(_) | LedgerError::ClockJump { .. } | LedgerError::Thread(_) | LedgerError::Entropy(_) => {
            split(Kind::Io, &error.to_string(), "look at disk, memory and clock of this machine, then try again")
        }
    }
}

/// The failure that a plugin is, or the sandbox.
#[must_use]
pub fn of_plugin(error: &PluginError) -> Failure {
    let kind = match error {
        PluginError::Refused { .. } | PluginError::Fault(_) => Kind::Invalid,
        PluginError::Engine { .. } | PluginError::Cache { .. } => Kind::Io,
    };
    split(kind, &error.to_string(), "see docs/plugins.md")
}

/// The failure that an error of files is.
#[must_use]
pub fn of_storage(error: &StorageError) -> Failure {
    let kind = match error {
        StorageError::NotALedger { .. } | StorageError::NotFound { .. } | StorageError::NoBlob { .. } => Kind::NotFound,
        StorageError::AlreadyExists { .. } | StorageError::Unfinished { .. } | StorageError::Exposed { .. } => {
            Kind::Usage
        }
        StorageError::TooLarge { .. } => Kind::Invalid,
        StorageError::Locked { .. } => Kind::Busy,
        error if error.is_damage() => Kind::Verification,
        _ => Kind::Io,
    };
    split(kind, &error.to_string(), "look at the folder, and try again")
}

/// The failure that a proof which does not hold is.
#[must_use]
pub fn of_proof(error: &VerifyError) -> Failure {
    if let VerifyError::WitnessPolicy { .. } = error {
        return split(Kind::Usage, &error.to_string(), "see docs/witness.md");
    }
    split(
        Kind::Verification,
        &error.to_string(),
        "do not rely on it: ask the log for a fresh proof, and check the pinned key",
    )
}

/// Messages of the rooms say what happened, then what to do after the last semicolon or, in short ones, a colon;
/// where they do not, `next` does.
#[must_use]
pub fn split(kind: Kind, message: &str, next: &str) -> Failure {
    match message.rsplit_once("; ") {
        Some((what, remedy)) => Failure::new(kind, what, remedy),
        None => Failure::new(kind, message, next),
    }
}
