//! The index beside the log: postings in memory at once, in the store stride by stride. Not trusted: what the store
//! cannot answer is rebuilt from the log.

use super::batch::Cells;
use crate::storage::{Index, IndexError, Mark, Stride};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

type Postings = HashMap<Box<[u8]>, Vec<u64>>;

/// Postings that the store does not hold yet.
#[derive(Default)]
struct Memory {
    /// Strides on their way to the store, oldest first.
    frozen: VecDeque<Arc<Stride>>,
    open: Postings,
}

/// The index of one ledger.
pub(super) struct Indexer {
    store: Box<dyn Index>,
    memory: RwLock<Memory>,
    /// To the thread that writes strides; taken away at close.
    strides: Mutex<Option<Sender<Arc<Stride>>>>,
    receiver: Receiver<Arc<Stride>>,
}

impl Indexer {
    pub(super) fn new(store: Box<dyn Index>) -> Self {
        // One stride may wait while one is written; a third makes the committer wait: memory stays bounded.
        let (sender, receiver) = bounded(1);
        Self { store, memory: RwLock::default(), strides: Mutex::new(Some(sender)), receiver }
    }

    pub(super) fn store(&self) -> &dyn Index {
        &*self.store
    }

    /// Adds the postings of durable entries, in log order; found from now on.
    pub(super) fn add(&self, entries: impl IntoIterator<Item = (u64, Vec<Box<[u8]>>)>) {
        let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
        for (index, keys) in entries {
            for key in keys {
                memory.open.entry(key).or_default().push(index);
            }
        }
    }

    /// Everything added so far becomes a stride that ends at `mark`, with the cells that changed, on its way to the
    /// store.
    pub(super) fn freeze(&self, mark: Mark, cells: Cells) {
        let stride = self.take_stride(mark, cells);
        let strides = self.strides.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*strides {
            // The receiver is a field of this same value: it cannot be gone.
            drop(sender.send(stride));
        }
    }

    /// As [`Self::freeze`], but in the store when it returns: while no thread runs yet.
    pub(super) fn store_now(&self, mark: Mark, cells: Cells) -> Result<(), IndexError> {
        let stride = self.take_stride(mark, cells);
        self.store_stride(&stride)
    }

    fn store_stride(&self, stride: &Stride) -> Result<(), IndexError> {
        self.store.commit(stride)?;
        self.memory.write().unwrap_or_else(PoisonError::into_inner).frozen.pop_front();
        Ok(())
    }

    fn take_stride(&self, mark: Mark, cells: Cells) -> Arc<Stride> {
        let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
        let open = std::mem::take(&mut memory.open);
        let mut postings: Vec<(Vec<u8>, Vec<u64>)> =
            open.into_iter().map(|(key, indices)| (key.into_vec(), indices)).collect();
        postings.sort_unstable();
        let stride = Arc::new(Stride { mark, postings, cells });
        memory.frozen.push_back(Arc::clone(&stride));
        stride
    }

    /// The thread that writes strides to the store, until [`Self::close`].
    pub(super) fn write_strides(&self) -> Result<(), IndexError> {
        let receiver = self.receiver.clone();
        for stride in receiver {
            self.store_stride(&stride)?;
        }
        self.store.flush()
    }

    /// No stride comes any more; the writing thread ends when it has written those that wait.
    pub(super) fn close(&self) {
        self.strides.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// How far the store goes.
    pub(super) fn stored(&self) -> Result<u64, IndexError> {
        Ok(self.store.mark()?.map_or(0, |mark| mark.size))
    }

    /// The indices of a key within `range`, ascending or descending, at most `limit`.
    pub(super) fn postings(
        &self,
        key: &[u8],
        range: Range<u64>,
        reverse: bool,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        // Under the lock no stride leaves memory, so that each index is found once: below the mark in the store, above
        // it in memory.
        let memory = self.memory.read().unwrap_or_else(PoisonError::into_inner);
        let stored = self.stored()?;
        let mut recent = memory.lists(key, stored);
        recent.retain(|index| range.contains(index));
        let older = range.start..range.end.min(stored);
        let from_store = |limit: usize| {
            if limit == 0 || older.is_empty() {
                return Ok(Vec::new());
            }
            self.store.postings(key, older.clone(), reverse, limit)
        };
        if reverse {
            recent.reverse();
            recent.truncate(limit);
            let rest = from_store(limit - recent.len())?;
            recent.extend(rest);
            return Ok(recent);
        }
        let mut found = from_store(limit)?;
        let room = limit - found.len().min(limit);
        found.extend(recent.into_iter().take(room));
        Ok(found)
    }

    /// How many indices a key has.
    pub(super) fn count(&self, key: &[u8]) -> Result<u64, IndexError> {
        let memory = self.memory.read().unwrap_or_else(PoisonError::into_inner);
        let recent = memory.lists(key, self.stored()?).len() as u64;
        Ok(self.store.posting_count(key)? + recent)
    }
}

impl Memory {
    /// The indices of a key at or above `stored`, ascending.
    fn lists(&self, key: &[u8], stored: u64) -> Vec<u64> {
        let mut found = Vec::new();
        for stride in self.frozen.iter().filter(|stride| stride.mark.size > stored) {
            if let Ok(at) = stride.postings.binary_search_by(|(other, _)| other.as_slice().cmp(key)) {
                found.extend(stride.postings.get(at).into_iter().flat_map(|(_, indices)| indices));
            }
        }
        found.extend(self.open.get(key).into_iter().flatten());
        found
    }
}
