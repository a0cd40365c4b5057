//! The evidence as a source: what it shows, and nothing else.

use super::LineageError;
use crate::{
    event::{EventKey, Timestamp, body::Seal},
    ledger::Sighted,
    lineage::Source,
};
use std::{collections::BTreeMap, ops::Range};

/// A list as far as the evidence shows it.
#[derive(Default)]
pub(super) struct Shown {
    /// How many postings the whole list has.
    pub(super) count: u64,
    /// The postings given, each with its position, in order.
    pub(super) given: BTreeMap<u64, u64>,
    /// The same, by index: for those who ask where an index stands.
    pub(super) positions: BTreeMap<u64, u64>,
    /// It has no proof.
    pub(super) claimed: bool,
}

impl Shown {
    /// How many postings are below `end`, where the postings given show it: those on both sides of it are neighbours.
    pub(super) fn below(&self, end: u64) -> Option<u64> {
        let before = self.positions.range(..end).next_back().map_or(0, |(_, position)| position + 1);
        let after = self.positions.range(end..).next().map_or(self.count, |(_, position)| *position);
        (before == after).then_some(before)
    }

    /// The postings within a range, where all of them are given.
    fn within(&self, range: &Range<u64>) -> Option<Vec<u64>> {
        let (from, to) = (self.below(range.start)?, self.below(range.end)?);
        let found: Vec<u64> =
            self.positions.range(range.start..range.end.max(range.start)).map(|(index, _)| *index).collect();
        (found.len() as u64 == to.saturating_sub(from)).then_some(found)
    }
}

/// What the evidence shows.
pub(super) struct Offline {
    pub(super) size: u64,
    pub(super) lists: BTreeMap<String, Shown>,
    /// Everything but seals.
    pub(super) records: BTreeMap<u64, Sighted>,
    pub(super) seals: BTreeMap<u64, Seal>,
}

impl Offline {
    fn shown(&self, key: &EventKey) -> Result<&Shown, LineageError> {
        let name = key.to_string();
        self.lists.get(&name).ok_or_else(|| LineageError::Refused(format!("it says nothing about {name}")))
    }

    /// The seal that covers an entry, or stands there.
    pub(super) fn seal_of(&self, index: u64) -> Result<(u64, &Seal), LineageError> {
        let found = self.seals.range(index..).next().filter(|(_, seal)| seal.first <= index);
        found
            .map(|(at, seal)| (*at, seal))
            .ok_or_else(|| LineageError::Refused(format!("no seal covers entry {index}")))
    }
}

impl Source for Offline {
    fn size(&self) -> u64 {
        self.size
    }

    fn size_at(&mut self, t: Timestamp) -> Result<u64, LineageError> {
        let before = self.seals.iter().rev().find(|(_, seal)| seal.t <= t);
        let size = before.map_or(0, |(at, _)| at + 1);
        if size == self.size {
            return Ok(size);
        }
        // What comes next must be shown to come later.
        match self.seal_of(size)? {
            (_, seal) if seal.first == size && seal.t > t => Ok(size),
            _ => LineageError::refused(format!("its seals do not show what was recorded by {t}")),
        }
    }

    fn list(&mut self, key: &EventKey, range: Range<u64>, limit: usize) -> Result<Vec<u64>, LineageError> {
        let (name, shown) = (key.to_string(), self.shown(key)?);
        // Where the list is cut by the limit, what comes after the last one need not be shown.
        let first: Vec<u64> = shown
            .positions
            .range(range.start..range.end.max(range.start))
            .map(|(index, _)| *index)
            .take(limit)
            .collect();
        let end = first.last().filter(|_| first.len() == limit).map_or(range.end, |last| last + 1);
        match shown.within(&(range.start..end)) {
            Some(found) => Ok(found),
            None => LineageError::refused(format!("it does not show the list of {name} up to entry {end}")),
        }
    }

    fn count(&mut self, key: &EventKey, end: u64) -> Result<u64, LineageError> {
        let shown = self.shown(key)?;
        let found = shown.below(end);
        found.ok_or_else(|| LineageError::Refused(format!("it does not show how many records {key} has below {end}")))
    }

    fn nth(&mut self, key: &EventKey, position: u64) -> Result<u64, LineageError> {
        let found = self.shown(key)?.given.get(&position).copied();
        found.ok_or_else(|| LineageError::Refused(format!("it does not show position {position} of the list of {key}")))
    }

    fn record(&mut self, index: u64) -> Result<Sighted, LineageError> {
        let found = self.records.get(&index).cloned();
        found.ok_or_else(|| LineageError::Refused(format!("it does not hold record {index}")))
    }
}
