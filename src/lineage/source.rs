//! Where answers come from. The same code asks the ledger and, offline, the evidence alone.

use super::LineageError;
use crate::{
    event::{EventKey, Timestamp},
    ledger::Sighted,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Lists of indices and records, under one head.
pub trait Source {
    /// Entries under the head.
    fn size(&self) -> u64;

    /// How many entries were sealed at `t` or before it.
    ///
    /// # Errors
    /// When that cannot be said.
    fn size_at(&mut self, t: Timestamp) -> Result<u64, LineageError>;

    /// The indices under a key within `range`, ascending, at most `limit`.
    ///
    /// # Errors
    /// When they cannot be read, or, on evidence, when it does not show them all.
    fn list(&mut self, key: &EventKey, range: Range<u64>, limit: usize) -> Result<Vec<u64>, LineageError>;

    /// The record at an index that stood in a list.
    ///
    /// # Errors
    /// When it cannot be read, or, on evidence, when it is not there.
    fn record(&mut self, index: u64) -> Result<Sighted, LineageError>;
}

/// What was read of one list: it is known whole below this index.
pub type Covered = u64;

/// A source that remembers what it was asked: that is what the evidence of an answer must hold, no more and no less.
pub struct Recorder<'s, S: Source> {
    source: &'s mut S,
    pub(super) read: Read,
}

/// What was read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Read {
    /// Lists, by the text of their keys.
    pub lists: BTreeMap<String, (EventKey, Covered)>,
    /// Records.
    pub records: BTreeSet<u64>,
    /// Sizes that were found by a time: the seals on both sides show them.
    pub sizes: BTreeSet<u64>,
}

impl<'s, S: Source> Recorder<'s, S> {
    pub(super) fn new(source: &'s mut S) -> Self {
        Self { source, read: Read::default() }
    }
}

impl<S: Source> Source for Recorder<'_, S> {
    fn size(&self) -> u64 {
        self.source.size()
    }

    fn size_at(&mut self, t: Timestamp) -> Result<u64, LineageError> {
        let size = self.source.size_at(t)?;
        self.read.sizes.insert(size);
        Ok(size)
    }

    fn list(&mut self, key: &EventKey, range: Range<u64>, limit: usize) -> Result<Vec<u64>, LineageError> {
        let found = self.source.list(key, range.clone(), limit)?;
        let covered = match found.last() {
            Some(last) if found.len() >= limit => last + 1,
            _ => range.end,
        };
        let (_, known) = self.read.lists.entry(key.to_string()).or_insert_with(|| (key.clone(), 0));
        *known = covered.max(*known);
        Ok(found)
    }

    fn record(&mut self, index: u64) -> Result<Sighted, LineageError> {
        self.read.records.insert(index);
        self.source.record(index)
    }
}
