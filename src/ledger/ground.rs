//! What decisions of the past stood on, for those who make them again: the log's entries, blobs, policies, plugins, and
//! the answers that a prefix of the log gives. Grows with the fold; no index is believed.

use super::{
    error::LedgerError,
    host::Host,
    plugins::Plugins,
    policies::Policies,
    prefix::{Archive, Prefix, Take, range, unavailable},
};
use crate::{
    decide::{PolicySource, Validators},
    event::{Event, Subject, Timestamp, body::Seal},
    plugin::{Limits, Question, Unavailable},
    storage::{Blobs, CheckedEntries, Committed, Log},
};
use std::{
    collections::{HashMap, HashSet, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
    ops::ControlFlow,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

/// The entries of a log, wherever they stand.
#[derive(Clone)]
pub(super) enum Entries {
    /// In a ledger's folder.
    Log(Arc<dyn Log>),
    /// In memory.
    Given(Arc<[Arc<[u8]>]>),
}

impl Entries {
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Log(log) => log.size(),
            Self::Given(entries) => entries.len() as u64,
        }
    }

    pub(super) fn entry(&self, index: u64) -> Result<Arc<[u8]>, LedgerError> {
        match self {
            Self::Log(log) => Ok(log.entry(index)?),
            Self::Given(entries) => {
                let found = usize::try_from(index).ok().and_then(|at| entries.get(at)).cloned();
                found.ok_or(LedgerError::NotFound { what: format!("entry {index}"), size: entries.len() as u64 })
            }
        }
    }

    /// Every entry in order, with its leaf hash; gives what they come to.
    pub(super) fn check_all(&self, each: &mut CheckedEntries<'_>) -> Result<Committed, LedgerError> {
        let entries = match self {
            Self::Log(log) => return Ok(log.check_all(each)?),
            Self::Given(entries) => entries,
        };
        let mut tree = crate::merkle::Frontier::default();
        for (index, bytes) in (0..).zip(entries.iter()) {
            let leaf = crate::merkle::leaf_hash(bytes);
            tree.push(leaf);
            if each(index, bytes, &leaf) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(Committed { size: tree.size(), root: tree.root() })
    }
}

/// What decisions stood on.
pub struct Ground {
    entries: Entries,
    blobs: Arc<dyn Blobs>,
    policies: Policies,
    plugins: Plugins,
    past: RwLock<Past>,
}

/// What of the log has been gone through.
#[derive(Default)]
struct Past {
    /// Where subjects are mentioned, by a hash of each: two that share one are told apart when the records are read.
    mentions: HashMap<u64, Vec<u64>>,
    /// The first index and the time of each batch.
    batches: Vec<(u64, Timestamp)>,
}

impl Ground {
    pub(super) fn new(entries: Entries, blobs: Arc<dyn Blobs>, folder: &Path, host: &Host) -> Self {
        // What is made again is given what the contract gives, whatever the host that recorded it, or this one, gave.
        let plugins = Plugins::new(folder, host.compiler.clone(), Arc::clone(&blobs), Limits::default());
        let policies = Policies::new(Arc::clone(&blobs));
        Self { entries, blobs, policies, plugins, past: RwLock::default() }
    }

    /// The policies at hand.
    #[must_use]
    pub fn policies(&self) -> &dyn PolicySource {
        &self.policies
    }

    /// The plugins, as they answer for the prefix of `size` entries.
    #[must_use]
    pub fn validators(self: &Arc<Self>, size: u64) -> Box<dyn Validators> {
        Box::new(Prefix { archive: Arc::clone(self) as _, size })
    }

    /// The profile of the engine that runs plugins here, once one was run.
    #[must_use]
    pub fn engine(&self) -> Option<String> {
        self.plugins.engine()
    }

    /// Values by digest.
    #[must_use]
    pub fn blobs(&self) -> &dyn Blobs {
        &*self.blobs
    }

    /// The same, to be shared.
    #[must_use]
    pub fn shared_blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs)
    }

    /// A batch begins.
    pub(super) fn begin(&self, seal: &Seal) {
        let mut past = self.past.write().unwrap_or_else(PoisonError::into_inner);
        if past.batches.last().is_none_or(|(first, _)| *first < seal.first) {
            past.batches.push((seal.first, seal.t));
        }
    }

    /// A record is of the past now.
    pub(super) fn follow(&self, index: u64, events: &[Event]) {
        let mut past = self.past.write().unwrap_or_else(PoisonError::into_inner);
        for subject in events.iter().flat_map(Event::mentions) {
            let list = past.mentions.entry(hash(subject)).or_default();
            if list.last() != Some(&index) {
                list.push(index);
            }
        }
    }

    /// The ledger's time of the batch that an entry is of, its seal included.
    pub(super) fn time_at(&self, index: u64) -> Result<Timestamp, LedgerError> {
        let past = self.past.read().unwrap_or_else(PoisonError::into_inner);
        let at = past.batches.partition_point(|(first, _)| *first <= index).checked_sub(1);
        let found = at.and_then(|at| past.batches.get(at)).map(|(_, t)| *t);
        found.ok_or_else(|| LedgerError::Record { index, what: "no seal covers it".into() })
    }

    /// The indices within a range that may mention a subject, in order.
    fn mentions(&self, subject: &Subject, range: &std::ops::Range<u64>) -> Vec<u64> {
        let past = self.past.read().unwrap_or_else(PoisonError::into_inner);
        let Some(list) = past.mentions.get(&hash(subject)) else { return Vec::new() };
        let (from, to) = (list.partition_point(|at| *at < range.start), list.partition_point(|at| *at < range.end));
        list.get(from..to).unwrap_or_default().to_vec()
    }
}

fn hash(subject: &Subject) -> u64 {
    let mut hasher = DefaultHasher::new();
    subject.as_str().hash(&mut hasher);
    hasher.finish()
}

impl Archive for Ground {
    fn plugins(&self) -> &Plugins {
        &self.plugins
    }

    fn blobs(&self) -> &dyn Blobs {
        &*self.blobs
    }

    fn about(&self, question: &Question, size: u64, take: Take<'_>) -> Result<(), Unavailable> {
        let mut found = self.mentions(&question.subject, &range(question, size));
        if question.newest_first {
            found.reverse();
        }
        for index in found {
            let (bytes, t) = self.at(index).map_err(|error| unavailable(&error))?;
            if !take((index, t, bytes)) {
                break;
            }
        }
        Ok(())
    }

    fn at(&self, index: u64) -> Result<(Arc<[u8]>, Timestamp), LedgerError> {
        Ok((self.entries.entry(index)?, self.time_at(index)?))
    }

    /// What was known when a monitor's findings were recorded depends on the moment; whoever compares leaves it out.
    fn known(&self, _: &[&Subject]) -> Result<HashSet<Subject>, LedgerError> {
        Ok(HashSet::new())
    }
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("size", &self.entries.size()).finish_non_exhaustive()
    }
}
