//! The three seams of storage. None names an engine or a path, so that a store on other machines can stand behind them
//! later: `Log::append` is already a compare-and-swap whose result may be unknown.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::error::{AppendError, IndexError, StorageError};
use crate::merkle::{Hash, NodeReader, TilePath};

/// Entries that become durable together or not at all.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Index of the first entry; the log's size before.
    pub first: u64,
    /// The entries, 1 to 65,535 bytes each.
    pub entries: &'a [Arc<[u8]>],
    /// RFC 6962 leaf hashes of `entries`, in the same order and number.
    pub leaf_hashes: &'a [Hash],
}

/// A batch that is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Entries in the log now.
    pub size: u64,
    /// RFC 6962 root of the tree of that size.
    pub root: Hash,
}

/// What looks at entries in order: index, bytes and leaf hash of each, until it breaks.
pub type CheckedEntries<'a> = dyn FnMut(u64, &[u8], &Hash) -> ControlFlow<()> + 'a;

/// The log: an append-only sequence of entries, with the tree over them ([`NodeReader`] reads its nodes).
pub trait Log: NodeReader<Error = StorageError> + Send + Sync {
    /// Durable entries.
    fn size(&self) -> u64;

    /// RFC 6962 root of the tree over the durable entries.
    fn root(&self) -> Hash;

    /// Makes a batch durable: one write, one sync. `expected_size` must be the log's size, and `batch.first` too.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] and [`AppendError::Refused`] leave the log as it was. After [`AppendError::Unknown`]
    /// it refuses everything until it is opened again.
    fn append(&self, expected_size: u64, batch: &Batch<'_>) -> Result<Committed, AppendError>;

    /// Remembers the newest signed checkpoint, whose bytes mean nothing here, and lets entries below `size` out:
    /// [`Log::tile`] answers for them, and [`Log::maintain`] writes their tiles and, at once, the checkpoint.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] when `size` is above the log's; [`StorageError::Poisoned`].
    fn publish(&self, checkpoint: &[u8], size: u64) -> Result<(), StorageError>;

    /// The newest checkpoint: published since opening, or else the stored one.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    fn stored_checkpoint(&self) -> Result<Option<Vec<u8>>, StorageError>;

    /// One entry, checked against its leaf hash.
    ///
    /// # Errors
    /// [`StorageError::NotFound`], [`StorageError::Damaged`], [`StorageError::Io`].
    fn entry(&self, index: u64) -> Result<Arc<[u8]>, StorageError>;

    /// Entries in order, each checked against its leaf hash, until `each` breaks.
    ///
    /// # Errors
    /// As [`Log::entry`].
    fn scan(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>) -> Result<(), StorageError>;

    /// Reads every durable entry and every stored tile and compares all of them, upper levels included. `each` gets
    /// every entry in order, with its leaf hash as computed from the entry.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] names the exact file; as [`Log::entry`] otherwise.
    fn check_all(&self, each: &mut CheckedEntries<'_>) -> Result<Committed, StorageError>;

    /// The bytes of a tile or bundle, as far as it is published.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] when it is not published, or as full now as the width says; as [`Log::entry`].
    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, StorageError>;

    /// Background work, to be called a few times a second: stores the newest checkpoint, writes the published tiles and
    /// bundles that are full, drops the journal segments that they make superfluous, prepares the next one.
    ///
    /// # Errors
    /// [`StorageError::Io`]: nothing is lost, the next call tries again. [`StorageError::Damaged`] when a file that
    /// never changes holds something else. [`StorageError::Poisoned`].
    fn maintain(&self) -> Result<(), StorageError>;

    /// How far [`Log::maintain`] lags behind: bytes of durable entries that no stored bundle holds yet, each with
    /// [`LAG_ENTRY_BYTES`](crate::event::limits::LAG_ENTRY_BYTES) besides. They are held in memory.
    fn lag_bytes(&self) -> u64;

    /// [`Log::maintain`] for the last time. The log refuses appends afterwards.
    ///
    /// # Errors
    /// As [`Log::maintain`].
    fn close(&self) -> Result<(), StorageError>;
}

/// Values by their SHA-256.
pub trait Blobs: Send + Sync {
    /// Stores bytes and syncs them before it returns their SHA-256.
    ///
    /// # Errors
    /// [`StorageError::TooLarge`], [`StorageError::Io`].
    fn put(&self, bytes: &[u8]) -> Result<[u8; 32], StorageError>;

    /// The bytes with this SHA-256, checked.
    ///
    /// # Errors
    /// [`StorageError::NoBlob`], [`StorageError::Damaged`], [`StorageError::Io`].
    fn get(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StorageError>;

    /// Whether bytes with this SHA-256 are stored; they are read and hashed, and not held in memory whole.
    ///
    /// # Errors
    /// [`StorageError::Damaged`], [`StorageError::Io`].
    fn check(&self, digest: &[u8; 32]) -> Result<bool, StorageError> {
        match self.get(digest) {
            Ok(_) => Ok(true),
            Err(StorageError::NoBlob { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether bytes with this SHA-256 are stored; they are not read.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    fn has(&self, digest: &[u8; 32]) -> Result<bool, StorageError>;
}

/// How far the index goes, bound to the tree that it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Entries that are indexed.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
}

/// What the entries between two marks add to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stride {
    /// The mark after this stride.
    pub mark: Mark,
    /// Keys in strictly ascending order; each with indices in strictly ascending order, all at or above the size of the
    /// mark before, and below that of `mark`.
    pub postings: Vec<(Vec<u8>, Vec<u64>)>,
    /// Keys in strictly ascending order, each with its new value, or `None` to remove it.
    pub cells: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// The index: lists of entry indices, and cells of current state. Not trusted, and rebuilt from the log when in doubt.
pub trait Index: Send + Sync {
    /// How far the index goes; `None` when it is empty.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn mark(&self) -> Result<Option<Mark>, IndexError>;

    /// Adds a stride, all of it or nothing.
    ///
    /// # Errors
    /// [`IndexError::Damaged`]; [`IndexError::Stride`] when the stride breaks an order or limit.
    fn commit(&self, stride: &Stride) -> Result<(), IndexError>;

    /// The indices of a key within `range`, ascending, or descending with `reverse`, at most `limit`.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn postings(&self, key: &[u8], range: Range<u64>, reverse: bool, limit: usize) -> Result<Vec<u64>, IndexError>;

    /// How many indices a key has.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn posting_count(&self, key: &[u8]) -> Result<u64, IndexError>;

    /// Keys of postings that begin with `prefix`, in order, after `after` (exclusive), at most `limit`.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn posting_keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Vec<u8>>, IndexError>;

    /// Every key with its indices, in order of keys, the indices ascending; a long list comes in several parts, one after
    /// the other.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn lists(&self, each: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), IndexError>;

    /// The value of a cell.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn cell(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError>;

    /// Every cell whose key begins with `prefix`, in order.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn cells(&self, prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), IndexError>;

    /// Forgets everything, whatever state the index is in.
    ///
    /// # Errors
    /// [`IndexError::Damaged`] when not even that works.
    fn clear(&self) -> Result<(), IndexError>;

    /// Hands everything to the system. No promise of durability: after a power loss the index is checked or rebuilt.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn flush(&self) -> Result<(), IndexError>;

    /// SHA-256 over the mark and all logical content in key order: the same for two indexes that give the same answers,
    /// however they came about.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    fn content_digest(&self) -> Result<Hash, IndexError>;
}
