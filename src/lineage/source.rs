//! Where answers come from. The same code asks the ledger and, offline, the evidence alone.

use super::LineageError;
use crate::{
    event::{EventKey, Subject, Timestamp},
    ledger::{Outline, Sighted, Surroundings},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
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

    /// Says which subjects' surroundings will probably be asked for next, in this order, and in which direction their edges will be
    /// looked at (`into`: those that end at them); changes no answer.
    fn expect(&mut self, _: &[&Subject], _into: bool) {}

    /// What all records below `end` that mention a subject say of it, where they can be had as one, are fewer than
    /// `limit`, and none is withheld. `None` says nothing: then its list is to be asked for.
    ///
    /// # Errors
    /// As [`Self::record`].
    fn surroundings(
        &mut self,
        _: &Subject,
        _end: u64,
        _limit: usize,
    ) -> Result<Option<Arc<Surroundings>>, LineageError> {
        Ok(None)
    }

    /// How many indices below `end` a key has.
    ///
    /// # Errors
    /// As [`Self::list`].
    fn count(&mut self, key: &EventKey, end: u64) -> Result<u64, LineageError>;

    /// The index at a position of a key's list, counted from 0.
    ///
    /// # Errors
    /// As [`Self::list`]; and when the list has no such position.
    fn nth(&mut self, key: &EventKey, position: u64) -> Result<u64, LineageError>;

    /// The record at an index that stood in a list.
    ///
    /// # Errors
    /// When it cannot be read, or, on evidence, when it is not there.
    fn record(&mut self, index: u64) -> Result<Sighted, LineageError>;

    /// The outline of the record at an index that stood in a list.
    ///
    /// # Errors
    /// As [`Self::record`].
    fn outline(&mut self, index: u64) -> Result<Sighted<Outline>, LineageError> {
        Ok(match self.record(index)? {
            Sighted::Shown(record) => Sighted::Shown(Arc::new(Outline::of(&record))),
            Sighted::Withheld(leaf) => Sighted::Withheld(leaf),
        })
    }
}

/// What was read of one list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    /// All of it below this index, if any of it was listed.
    pub covered: Option<u64>,
    /// How many of its indices are below each of these.
    pub ends: BTreeSet<u64>,
    /// What stands at these positions.
    pub positions: BTreeSet<u64>,
}

impl Needs {
    /// The index up to which a list without proof must be shown.
    pub(super) fn up_to(&self) -> u64 {
        self.covered.into_iter().chain(self.ends.iter().copied()).max().unwrap_or_default()
    }
}

/// A source that remembers what it was asked: that is what the evidence of an answer must hold, no more and no less.
pub struct Recorder<'s, S: Source> {
    source: &'s mut S,
    pub(super) read: Read,
}

/// What was read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Read {
    /// Lists, by the text of their keys.
    pub lists: BTreeMap<String, (EventKey, Needs)>,
    /// Records.
    pub records: BTreeSet<u64>,
    /// Sizes that were found by a time: the seals on both sides show them.
    pub sizes: BTreeSet<u64>,
}

impl<'s, S: Source> Recorder<'s, S> {
    pub(super) fn new(source: &'s mut S) -> Self {
        Self { source, read: Read::default() }
    }

    fn needs(&mut self, key: &EventKey) -> &mut Needs {
        let known = self.read.lists.entry(key.to_string());
        &mut known.or_insert_with(|| (key.clone(), Needs::default())).1
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
        let needs = self.needs(key);
        needs.covered = needs.covered.max(Some(covered));
        Ok(found)
    }

    fn expect(&mut self, subjects: &[&Subject], into: bool) {
        self.source.expect(subjects, into);
    }

    fn surroundings(
        &mut self,
        subject: &Subject,
        end: u64,
        limit: usize,
    ) -> Result<Option<Arc<Surroundings>>, LineageError> {
        let found = self.source.surroundings(subject, end, limit)?;
        if let Some(found) = &found {
            let needs = self.needs(&EventKey::Subject(subject.clone()));
            needs.covered = needs.covered.max(Some(end));
            self.read.records.extend(found.outlines.iter().map(|outline| outline.index));
        }
        Ok(found)
    }

    fn count(&mut self, key: &EventKey, end: u64) -> Result<u64, LineageError> {
        self.needs(key).ends.insert(end);
        self.source.count(key, end)
    }

    fn nth(&mut self, key: &EventKey, position: u64) -> Result<u64, LineageError> {
        self.needs(key).positions.insert(position);
        self.source.nth(key, position)
    }

    fn record(&mut self, index: u64) -> Result<Sighted, LineageError> {
        self.read.records.insert(index);
        self.source.record(index)
    }

    fn outline(&mut self, index: u64) -> Result<Sighted<Outline>, LineageError> {
        self.read.records.insert(index);
        self.source.outline(index)
    }
}
