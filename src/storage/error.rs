//! Everything that this room refuses or fails at, and what to do next.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::merkle::MerkleError;

/// What went wrong with files, the log, blobs, the vault or keys.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The system refused a file operation.
    #[error("cannot {action} {}: {source}; check that the disk is healthy, has room and may be written by this user", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing of a ledger is in the folder.
    #[error("{} holds no ledger; make one with `init`, or name the folder of an existing one", dir.display())]
    NotALedger {
        /// The folder.
        dir: PathBuf,
    },
    /// A ledger was to be made where something of one already is.
    #[error("{} already exists; choose an empty folder, or open the ledger that is there", path.display())]
    AlreadyExists {
        /// What was found.
        path: PathBuf,
    },
    /// One part of the ledger is here, and another that must be beside it is not.
    #[error(
        "half a ledger: {found} is here, but {missing} is missing; put the missing part back from the same copy, \
         nothing was started and nothing was changed"
    )]
    MissingHalf {
        /// What is missing.
        missing: String,
        /// What is there.
        found: String,
    },
    /// A ledger whose making was interrupted before anything was recorded.
    #[error("making the ledger in {} was interrupted before anything was recorded; remove the folder and make it again", dir.display())]
    Unfinished {
        /// The ledger's folder.
        dir: PathBuf,
    },
    /// The journal belongs to a log of another origin.
    #[error("{} belongs to a log of another origin; check `origin` in the configuration, or put back this log's own files", path.display())]
    WrongOrigin {
        /// The journal segment.
        path: PathBuf,
    },
    /// A file does not hold what was written.
    #[error(
        "damage in {} at byte {offset}: {what}; stop, keep this file, and restore it from a copy or a mirror: nothing was cut or changed",
        path.display()
    )]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// Where in it, in bytes; 0 when the whole file is meant.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// Entries are missing between two files.
    #[error(
        "entries {from} to {to} are in neither {before} nor {after}; restore the missing files from the same copy, nothing was changed"
    )]
    Gap {
        /// The first missing entry.
        from: u64,
        /// The last missing entry.
        to: u64,
        /// The file before the gap.
        before: String,
        /// The file after the gap.
        after: String,
    },
    /// The log ends before something that was already seen of it.
    #[error(
        "{witness} proves {seen} entries, but the journal ends at {found}; restore journal/ from the copy that {witness} is from"
    )]
    Behind {
        /// What knows of more entries.
        witness: String,
        /// How many entries it knows of.
        seen: u64,
        /// How many were found.
        found: u64,
    },
    /// Something is larger than its limit.
    #[error(
        "{what} is {found} bytes, above the limit of {limit}; split it or store it elsewhere and refer to it by digest"
    )]
    TooLarge {
        /// What it is.
        what: String,
        /// Its bytes.
        found: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Asked for something that is not there.
    #[error("{what} is not in this ledger; ask for one below its size, or for a later checkpoint")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// No blob with this digest is here.
    #[error(
        "the blob sha256:{digest} is not in blobs/; check the digest, or restore blobs/ from the same copy as the rest"
    )]
    NoBlob {
        /// Its digest, in hexadecimal.
        digest: String,
    },
    /// The policy that is in force is not here, so that nothing can be decided.
    #[error(
        "the policy in force, sha256:{digest}, is not in blobs/; restore blobs/ from the same copy as the rest: nothing \
         was started and nothing was changed"
    )]
    NoPolicy {
        /// Its digest, in hexadecimal.
        digest: String,
    },
    /// Another process has the ledger open.
    #[error("{} is locked by {holder}; stop that process, or use its HTTP interface", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The other process, as far as it is known.
        holder: String,
    },
    /// A write ended in doubt earlier, and nothing is promised before the log is opened again.
    #[error(
        "the log stopped after a write of which nothing is known ({cause}); restart, recovery finds out what was written"
    )]
    Poisoned {
        /// What the system said then.
        cause: String,
    },
    /// The log was closed, and is still in use.
    #[error("the log is closed; open the ledger again")]
    Closed,
    /// A secret file that others may read, or a file where none may be.
    #[error("{} has mode {mode:o}; others may read it: run `chmod 600` on it, and replace the key if they may have", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A tile, size or node that no tree has.
    #[error(transparent)]
    Merkle(#[from] MerkleError),
}

impl StorageError {
    /// A failed file operation.
    #[must_use]
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// A file with wrong content.
    #[must_use]
    pub fn damaged(path: &Path, offset: u64, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), offset, what: what.into() }
    }

    /// Whether the error says that stored bytes are wrong, missing or contradict each other, so that only a restored
    /// copy helps; a retry or a restart does not.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::MissingHalf { .. }
                | Self::NoPolicy { .. }
                | Self::WrongOrigin { .. }
                | Self::Damaged { .. }
                | Self::Gap { .. }
                | Self::Behind { .. }
        )
    }
}

/// How an append ended when it did not succeed.
#[derive(Debug, Error)]
pub enum AppendError {
    /// The log has another size than the writer expected: somebody else appended, or the writer is behind.
    #[error("expected the log to have {expected} entries, it has {actual}; read what is new and try again")]
    Conflict {
        /// What the writer expected.
        expected: u64,
        /// What the log has.
        actual: u64,
    },
    /// The batch was not written, and the log is as it was: more than its bounds, or no room for a new segment.
    #[error("the batch was not written: {0}")]
    Refused(StorageError),
    /// Whether the batch was written is not known. The log refuses everything until it is opened again.
    #[error("it is not known whether the batch was written: {0}")]
    Unknown(StorageError),
}

/// What went wrong with the index. Whatever it is, the log is not touched.
#[derive(Debug, Error)]
pub enum IndexError {
    /// The index does not hold what was written: delete it and build it anew from the log.
    #[error("the index is damaged ({what}); it is rebuilt from the log with `index rebuild`")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// A key or value above its limit, or a stride that is not in order.
    #[error("the index refuses the stride: {what}; this is an error of the program, please report it")]
    Stride {
        /// What is wrong.
        what: String,
    },
}

impl IndexError {
    /// An index whose content cannot be trusted.
    #[must_use]
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}
