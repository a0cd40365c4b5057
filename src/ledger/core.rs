//! What the ledger's threads share.

use super::{
    Options,
    cosigned::Slots,
    error::LedgerError,
    host::Host,
    inbox::{Inbox, KeyRing},
    indexer::Indexer,
    kept::Kept,
    log_pub::LogPub,
    monitors::MonitorStatus,
    outline::Outline,
    pen::Pen,
    plugins::Plugins,
    policies::Policies,
    prefix::Tail,
    publish::Published,
    recent::Recent,
    records::{Record, Seals},
    status::Counters,
    surroundings::Surrounded,
};
use crate::{
    crypto::SecretKey,
    event::Digest,
    merkle::{Hash, Trie},
    state::State,
    storage::{Blobs, Log, Vault},
};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How long the sequencer steps aside for readers of the state before a batch.
const READERS_WAIT: Duration = Duration::from_millis(5);

/// Everything that more than one thread of a ledger touches.
pub(super) struct Core {
    pub(super) folder: PathBuf,
    pub(super) origin: Arc<str>,
    pub(super) options: Options,
    pub(super) host: Host,
    pub(super) inbox: Inbox,
    pub(super) ring: KeyRing,
    /// Written by the sequencer alone, from the opening of a batch to its closing.
    pub(super) state: RwLock<State>,
    /// The proved index over all that the state has folded but the last seal, which names its root; changed under the
    /// state's lock. It is changed in place, unless a reader holds a snapshot.
    pub(super) proved: Mutex<Trie>,
    /// The log's size that the state has folded; changed under the state's lock.
    pub(super) state_size: AtomicU64,
    pub(super) recent: Mutex<Recent>,
    pub(super) log: Arc<dyn Log>,
    pub(super) index: Indexer,
    pub(super) blobs: Arc<dyn Blobs>,
    pub(super) vault: Vault,
    pub(super) policies: Policies,
    pub(super) plugins: Plugins,
    /// How the monitors fare.
    pub(super) monitors: Mutex<Vec<MonitorStatus>>,
    /// What is judged and may not be readable from the log yet.
    pub(super) tail: Tail,
    /// The pen of the batches that are being made durable.
    pub(super) pen_at_hand: Mutex<Arc<Pen>>,
    pub(super) secrets: Mutex<HashMap<Digest, SecretKey>>,
    pub(super) counters: Counters,
    pub(super) log_pub: LogPub,
    pub(super) cosigned: Slots,
    pub(super) seals: Seals,
    pub(super) kept: Kept<Record>,
    /// Outlines of records, for the next reader.
    pub(super) outlines: Kept<Outline>,
    /// The same by subject, for the next walk along lineage.
    pub(super) surrounded: Surrounded,
    pub(super) head: Mutex<Arc<Published>>,
    pub(super) head_changed: Condvar,
    pub(super) readers: AtomicUsize,
    pub(super) fatal: Mutex<Option<String>>,
}

impl Core {
    pub(super) fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn head(&self) -> Arc<Published> {
        Arc::clone(&self.head.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn publish(&self, head: Published) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(head);
        self.head_changed.notify_all();
    }

    /// Why the ledger stopped, if it did.
    pub(super) fn stopped(&self) -> Option<String> {
        self.fatal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops for good: the first reason stays. What waits is answered with it.
    pub(super) fn stop(&self, why: &str) {
        self.fatal.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| why.to_owned());
        self.inbox.fail_all(why);
        self.head_changed.notify_all();
    }

    /// Before a batch takes the state for itself: readers that wait go first.
    pub(super) fn let_readers_in(&self) {
        let mut waited = Duration::ZERO;
        let step = Duration::from_micros(50);
        while self.readers.load(Ordering::Acquire) > 0 && waited < READERS_WAIT {
            std::thread::sleep(step);
            waited += step;
        }
    }

    /// Reads the state once everything that it has folded is durable: nothing leaves before.
    pub(super) fn read_state<T>(&self, read: impl FnOnce(&State, &Arc<Published>) -> T) -> Result<T, LedgerError> {
        self.readers.fetch_add(1, Ordering::AcqRel);
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let result = self.wait_durable(self.state_size.load(Ordering::Acquire)).map(|head| read(&state, &head));
        drop(state);
        self.readers.fetch_sub(1, Ordering::AcqRel);
        result
    }

    /// Adds postings to the proved index, and gives its root.
    pub(super) fn append_proved(&self, postings: Vec<(Hash, u64)>) -> Hash {
        let mut proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        proved.append(postings);
        proved.root()
    }

    /// The newest durable head that the state has reached, with the proved index under it.
    pub(super) fn snapshot(&self) -> Result<(Arc<Published>, Trie), LedgerError> {
        self.read_state(|_, head| {
            let proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner).clone();
            (Arc::clone(head), proved)
        })
    }

    fn wait_durable(&self, size: u64) -> Result<Arc<Published>, LedgerError> {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        while head.size < size {
            if let Some(why) = self.stopped() {
                return Err(LedgerError::Stopped(why));
            }
            let wait = self.head_changed.wait_timeout(head, Duration::from_millis(100));
            head = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(Arc::clone(&head))
    }

    /// The pen of `index`.
    pub(super) fn pen(&self, state: &State, index: u64) -> Result<Pen, LedgerError> {
        pen(&self.origin, state, index, &self.secrets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The log's keys that are valid at `index`, oldest first, as a pen.
pub(super) fn pen(
    origin: &str,
    state: &State,
    index: u64,
    secrets: &HashMap<Digest, SecretKey>,
) -> Result<Pen, LedgerError> {
    let mut valid: Vec<_> = state.log_keys().filter(|(_, key)| key.is_valid_at(index)).collect();
    valid.sort_by_key(|(kid, key)| (key.from_index, **kid));
    let key = |kid: &Digest| secrets.get(kid).cloned().ok_or(LedgerError::LogKeyMissing { expected: *kid });
    Pen::new(origin, valid.into_iter().map(|(kid, _)| key(kid)).collect::<Result<_, _>>()?)
}
