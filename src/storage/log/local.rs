//! The local log: what it holds in memory, and appending to it.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use sha2::{Digest, Sha256};

use super::cache::Cache;
use super::edge::Edge;
use super::read::{Bundle, TileTree};
use crate::event::limits::{CHECKPOINT_BYTES_MAX, LAG_ENTRY_BYTES};
use crate::merkle::{Hash, NodeReader, TilePath};
use crate::storage::io::{Io, make_dir, make_root, read_file};
use crate::storage::journal::{SEGMENT_BYTES, Writer};
use crate::storage::lock::FolderLock;
use crate::storage::{AppendError, Batch, CheckedEntries, Committed, Log, StorageError};

/// Bytes of tiles, with the nodes between their hashes, that are kept for the next reader.
const TILE_CACHE_BYTES: usize = 8 << 20;
/// Bytes of entry bundles that are kept for the next reader.
const BUNDLE_CACHE_BYTES: usize = 16 << 20;

/// How many files are synced at a time.
const SYNC_THREADS: usize = 8;

/// What a log is opened with.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// The log's origin, to which its journal is bound.
    pub origin: String,
    /// Bytes of a journal segment; a multiple of 512.
    pub segment_bytes: u64,
    /// Threads that sync new tiles and bundles: many at once cost the file system hardly more than one.
    pub sync_threads: usize,
}

impl LogOptions {
    /// The usual options for a log of this origin.
    #[must_use]
    pub fn new(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), segment_bytes: SEGMENT_BYTES, sync_threads: SYNC_THREADS }
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.origin.as_bytes()).into()
    }
}

/// The log in a folder of this machine. The bytes are described in [`super`] and [`crate::storage::journal`].
pub struct LocalLog {
    pub(super) io: Arc<dyn Io>,
    pub(super) dir: PathBuf,
    pub(super) options: LogOptions,
    pub(super) writer: Mutex<Writer>,
    pub(super) view: RwLock<View>,
    pub(super) published: Mutex<Published>,
    /// Entries below this stand in full bundles that are synced; held by who stores tiles.
    pub(super) stored: Mutex<u64>,
    pub(super) tiles: Cache<(u8, u64), TileTree>,
    pub(super) bundles: Cache<u64, Bundle>,
    /// Why it takes nothing more: a write in doubt, or nothing when it was closed.
    stopped: OnceLock<Option<String>>,
    _lock: FolderLock,
}

/// Entries that stand in no bundle yet.
pub(super) type Tail = VecDeque<Arc<[u8]>>;

/// What readers see: durable entries only.
pub(super) struct View {
    pub edge: Edge,
    pub root: Hash,
    /// Index of the first entry in `tail`, a multiple of 256; everything before stands in bundles.
    pub tail_first: u64,
    pub tail: Tail,
    /// What `tail` costs.
    pub tail_bytes: u64,
}

/// What entries in memory cost, in bytes.
pub(super) fn memory<'a>(entries: impl IntoIterator<Item = &'a Arc<[u8]>>) -> u64 {
    entries.into_iter().map(|entry| entry.len() as u64 + LAG_ENTRY_BYTES).sum()
}

/// The newest checkpoint.
#[derive(Default)]
pub(super) struct Published {
    pub checkpoint: Option<Vec<u8>>,
    pub is_stored: bool,
    pub size: u64,
}

impl LocalLog {
    /// Makes an empty log in `dir`, which is made too if need be.
    ///
    /// # Errors
    /// [`StorageError::AlreadyExists`] when anything of a log is there, [`StorageError::Locked`], [`StorageError::Io`].
    pub fn create(io: Arc<dyn Io>, dir: &Path, options: LogOptions) -> Result<Self, StorageError> {
        make_root(io.as_ref(), dir)?;
        let lock = FolderLock::take(io.as_ref(), dir)?;
        for name in ["journal", "log", "checkpoint"] {
            let path = dir.join(name);
            if io.stat(&path).map_err(|error| StorageError::io("look at", &path, error))?.is_some() {
                return Err(StorageError::AlreadyExists { path });
            }
        }
        // In this order, so that a journal with a header proves that everything before it was made.
        make_dir(io.as_ref(), dir, &dir.join("log"), false)?;
        make_dir(io.as_ref(), dir, &dir.join("journal"), false)?;
        let writer = Writer::create(Arc::clone(&io), &dir.join("journal"), options.digest(), options.segment_bytes)?;
        let edge = Edge::load(0, |_, _, _| Ok::<_, StorageError>(Vec::new()))?;
        Ok(Self::assemble(io, dir, options, lock, writer, edge, VecDeque::new()))
    }

    pub(super) fn assemble(
        io: Arc<dyn Io>,
        dir: &Path,
        options: LogOptions,
        lock: FolderLock,
        writer: Writer,
        edge: Edge,
        tail: Tail,
    ) -> Self {
        let stored = edge.size() - tail.len() as u64;
        let view = View { root: edge.root(), edge, tail_first: stored, tail_bytes: memory(&tail), tail };
        Self {
            io,
            dir: dir.to_owned(),
            options,
            writer: Mutex::new(writer),
            view: RwLock::new(view),
            // Stored tiles were published once.
            published: Mutex::new(Published { size: stored, ..Published::default() }),
            stored: Mutex::new(stored),
            tiles: Cache::new(TILE_CACHE_BYTES),
            bundles: Cache::new(BUNDLE_CACHE_BYTES),
            stopped: OnceLock::new(),
            _lock: lock,
        }
    }

    pub(super) fn view(&self) -> RwLockReadGuard<'_, View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses everything once a write ended in doubt, or the log was closed.
    pub(super) fn check_running(&self) -> Result<(), StorageError> {
        match self.stopped.get() {
            Some(Some(cause)) => Err(StorageError::Poisoned { cause: cause.clone() }),
            Some(None) => Err(StorageError::Closed),
            None => Ok(()),
        }
    }

    fn stop(&self, cause: Option<String>) {
        // The first cause is the one that explains the others.
        let _ = self.stopped.set(cause);
    }

    fn write(&self, writer: &mut Writer, batch: &Batch<'_>) -> Result<Committed, AppendError> {
        let (before, staged) = {
            let view = self.view();
            let actual = view.edge.size();
            if batch.first != actual {
                return Err(AppendError::Conflict { expected: batch.first, actual });
            }
            (view.root, view.edge.stage(batch.leaf_hashes))
        };
        writer.append(batch.first, batch.entries, &before, &staged.root)?;
        let committed = Committed { size: staged.size, root: staged.root };
        let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
        view.root = staged.root;
        view.edge.apply(staged);
        view.tail.extend(batch.entries.iter().cloned());
        view.tail_bytes += memory(batch.entries);
        Ok(committed)
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log for LocalLog {
    fn size(&self) -> u64 {
        self.view().edge.size()
    }

    fn root(&self) -> Hash {
        self.view().root
    }

    fn append(&self, expected_size: u64, batch: &Batch<'_>) -> Result<Committed, AppendError> {
        let mut writer = locked(&self.writer);
        self.check_running().map_err(AppendError::Refused)?;
        let actual = self.size();
        if expected_size != actual {
            return Err(AppendError::Conflict { expected: expected_size, actual });
        }
        if batch.entries.len() != batch.leaf_hashes.len() {
            let what = format!("a batch of {} entries", batch.entries.len());
            let (found, limit) = (batch.leaf_hashes.len() as u64 * 32, batch.entries.len() as u64 * 32);
            return Err(AppendError::Refused(StorageError::TooLarge { what, found, limit }));
        }
        let result = self.write(&mut writer, batch);
        if let Err(AppendError::Unknown(cause)) = &result {
            self.stop(Some(cause.to_string()));
        }
        result
    }

    fn publish(&self, checkpoint: &[u8], size: u64) -> Result<(), StorageError> {
        self.check_running()?;
        let found = checkpoint.len() as u64;
        if found > CHECKPOINT_BYTES_MAX {
            let what = "a checkpoint".to_owned();
            return Err(StorageError::TooLarge { what, found, limit: CHECKPOINT_BYTES_MAX });
        }
        if size > self.size() {
            return Err(StorageError::NotFound { what: format!("a tree of {size} entries") });
        }
        let mut published = locked(&self.published);
        if size >= published.size {
            *published = Published { checkpoint: Some(checkpoint.to_vec()), is_stored: false, size };
        }
        Ok(())
    }

    fn stored_checkpoint(&self) -> Result<Option<Vec<u8>>, StorageError> {
        if let Some(checkpoint) = &locked(&self.published).checkpoint {
            return Ok(Some(checkpoint.clone()));
        }
        read_file(self.io.as_ref(), &self.dir.join("checkpoint"), CHECKPOINT_BYTES_MAX)
    }

    fn entry(&self, index: u64) -> Result<Arc<[u8]>, StorageError> {
        self.read_entry(index)
    }

    fn scan(&self, range: Range<u64>, each: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>) -> Result<(), StorageError> {
        self.scan_entries(range, each)
    }

    fn check_all(&self, each: &mut CheckedEntries<'_>) -> Result<Committed, StorageError> {
        self.check_files(each)
    }

    fn tile(&self, path: &TilePath) -> Result<Vec<u8>, StorageError> {
        self.check_running()?;
        self.read_tile(path)
    }

    fn maintain(&self) -> Result<(), StorageError> {
        self.check_running()?;
        self.store_due()
    }

    fn lag_bytes(&self) -> u64 {
        self.view().tail_bytes
    }

    fn close(&self) -> Result<(), StorageError> {
        self.maintain()?;
        let mut writer = locked(&self.writer);
        writer.drop_spare()?;
        self.stop(None);
        Ok(())
    }
}

impl NodeReader for LocalLog {
    type Error = StorageError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, StorageError> {
        self.read_node(level, index)
    }
}

impl fmt::Debug for LocalLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalLog").field("dir", &self.dir).field("size", &self.size()).finish_non_exhaustive()
    }
}
