//! The evidence as a source: what it shows, and nothing else.

use super::LineageError;
use crate::{
    event::{EventKey, Timestamp, body::Seal},
    ledger::Sighted,
    lineage::Source,
};
use std::{collections::BTreeMap, ops::Range};

/// A list as far as the evidence shows it.
pub(super) struct Shown {
    /// Its indices, ascending, from the first.
    pub(super) indices: Vec<u64>,
    /// It is whole below this index; `None`: it is whole, or all that is claimed.
    pub(super) covered: Option<u64>,
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
        let name = key.to_string();
        let Some(shown) = self.lists.get(&name) else {
            return LineageError::refused(format!("it says nothing about {name}"));
        };
        let found: Vec<u64> = shown.indices.iter().copied().filter(|index| range.contains(index)).take(limit).collect();
        if found.len() < limit && shown.covered.is_some_and(|covered| covered < range.end) {
            return LineageError::refused(format!("it does not show the list of {name} up to entry {}", range.end));
        }
        Ok(found)
    }

    fn record(&mut self, index: u64) -> Result<Sighted, LineageError> {
        let found = self.records.get(&index).cloned();
        found.ok_or_else(|| LineageError::Refused(format!("it does not hold record {index}")))
    }
}
