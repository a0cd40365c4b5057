//! What can go wrong with a ledger, and what to do next.

use crate::{
    event::{Digest, Text},
    merkle::MerkleError,
    plugin::PluginError,
    policy::PolicyError,
    storage::{IndexError, StorageError},
};
use std::path::PathBuf;
use thiserror::Error;

/// A ledger that cannot be made, opened, read or verified.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// Files, folders, the log.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The tree.
    #[error(transparent)]
    Merkle(#[from] MerkleError),
    /// The index, where rebuilding did not help.
    #[error("the index: {0}; delete `index/` and run `sagwan index rebuild`")]
    Index(#[from] IndexError),
    /// A policy bundle that does not load.
    #[error("policy {digest}: {error}")]
    Policy {
        /// The bundle.
        digest: Digest,
        /// What is wrong with it.
        error: PolicyError,
    },
    /// A plugin that is not taken.
    #[error(transparent)]
    Plugin(PluginError),
    /// A monitor stands still.
    #[error("{0}")]
    Monitor(String),
    /// What was asked for is not there.
    #[error("{what} is not in this ledger, whose size is {size}")]
    NotFound {
        /// What was asked for.
        what: String,
        /// The ledger's size.
        size: u64,
    },
    /// What a reader asked for is not there, or not for him: one answer for both.
    #[error("{what} is not in this ledger, whose size is {size}, or not for you to read")]
    NotForYou {
        /// What was asked for.
        what: String,
        /// The ledger's size.
        size: u64,
    },
    /// A reader gave a purpose that the policy does not know.
    #[error("the purpose {given:?} is not of the policy's list: give one of {known}, or none", given = given.as_str())]
    Purpose {
        /// The word given.
        given: Text,
        /// The words of the policy.
        known: String,
    },
    /// A read that must be recorded could not be.
    #[error(
        "the answer touches personal data, and the read could not be recorded: {0}; nothing was answered, try again"
    )]
    Unrecorded(String),
    /// `create` where something is.
    #[error("{} is not empty: choose a new folder, or open the ledger in it", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// The founding names too few or too many.
    #[error("a ledger cannot be founded so: {0}")]
    Founding(String),
    /// The log's own key is missing.
    #[error("no secret key of the log in `keys/`: restore `keys/log-*.pem`, without it nothing can be sealed")]
    NoLogKey,
    /// A key is to be revoked that is none of the log's.
    #[error("{kid} is none of the keys that the log signs with: `sagwan status` lists them")]
    NotLogKey {
        /// The thumbprint given.
        kid: Digest,
    },
    /// The log's only key is to be revoked.
    #[error("{kid} is the log's only key, without it nothing can be sealed: run `sagwan key rotate-log` first")]
    LastLogKey {
        /// Its thumbprint.
        kid: Digest,
    },
    /// A file in `keys/` that is no key.
    #[error("{}: {why}; restore the file, or take it away if it is none of the log's keys", path.display())]
    LogKeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The log's key at hand is not the one that the log names.
    #[error("the log names key {expected} as its own, but `keys/` does not hold it: restore that key's file")]
    LogKeyMissing {
        /// The thumbprint of the key that is needed.
        expected: Digest,
    },
    /// The record does not say what a record must.
    #[error(
        "record {index} is not what the ledger writes: {what}; the log is damaged or was changed, restore it from a copy"
    )]
    Record {
        /// The log index.
        index: u64,
        /// What is wrong.
        what: String,
    },
    /// The checkpoint contradicts the log.
    #[error("the checkpoint {what}; {remedy}")]
    Checkpoint {
        /// How.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Something of the log's own making is out of its own bounds.
    #[error("the ledger made a record that its own rules refuse: {0}; nothing was written, report this as a bug")]
    Own(String),
    /// The ledger has stopped.
    #[error("the ledger has stopped: {0}; restart it, recovery finds what is durable")]
    Stopped(String),
    /// The wall clock left the monotonic one behind.
    #[error("the wall clock jumped ahead by {ahead_ms} ms: set the clock right, or restart the ledger to accept it")]
    ClockJump {
        /// By how much.
        ahead_ms: i64,
    },
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    /// The system gives no randomness.
    #[error("the system gives no random bytes: {0}")]
    Entropy(std::io::Error),
}
