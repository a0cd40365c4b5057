//! What a question reads: the lists of subjects and the records in them, each once, within the bound on records.

use super::{LineageError, Source, graph::Bound};
use crate::{
    event::{EventKey, Subject, limits},
    ledger::{Record, Sighted, Surroundings},
};
use ahash::AHashMap;
use std::{collections::BTreeSet, sync::Arc};

/// Indices of a list read at a time.
const PAGE: usize = 256;
/// Subjects for which there is room before more is made.
pub(super) const USUAL: usize = 256;

/// What the records that mention a subject say of it.
pub(super) struct Around {
    pub(super) found: Arc<Surroundings>,
    /// How many records there are, withheld ones included.
    pub(super) records: u64,
    /// It was had as one, with nothing withheld.
    is_whole: bool,
}

/// Reads the lists of subjects, each once, within the bound on records.
pub(super) struct Reader<'s, S: Source> {
    source: &'s mut S,
    end: u64,
    left: usize,
    lists: AHashMap<EventKey, Arc<[u64]>>,
    arounds: Vec<Around>,
    /// The places among them of what was read as one, for the first `settled` of them: lists follow from it. Most questions
    /// never look for them.
    known: AHashMap<Subject, usize>,
    settled: usize,
    records: AHashMap<EventKey, Vec<Arc<Record>>>,
    pub(super) withheld: BTreeSet<u64>,
    pub(super) is_cut: bool,
}

impl<'s, S: Source> Reader<'s, S> {
    /// Reads the prefix of `end` entries.
    pub(super) fn new(source: &'s mut S, end: u64) -> Self {
        let left = limits::LINEAGE_RECORDS_MAX;
        Self {
            source,
            end,
            left,
            lists: AHashMap::new(),
            arounds: Vec::with_capacity(USUAL),
            known: AHashMap::new(),
            settled: 0,
            records: AHashMap::new(),
            withheld: BTreeSet::new(),
            is_cut: false,
        }
    }

    /// All records under a key, in log order.
    pub(super) fn under(&mut self, key: &EventKey) -> Result<&[Arc<Record>], LineageError> {
        if !self.records.contains_key(key) {
            let mut records = Vec::new();
            for index in &*self.list(key)? {
                match self.source.record(*index)? {
                    Sighted::Shown(record) => records.push(record),
                    Sighted::Withheld(_) => drop(self.withheld.insert(*index)),
                }
            }
            self.records.insert(key.clone(), records);
        }
        Ok(self.records.get(key).map_or(&[], Vec::as_slice))
    }

    /// All records that mention a subject, in log order.
    pub(super) fn about(&mut self, subject: &Subject) -> Result<&[Arc<Record>], LineageError> {
        self.under(&EventKey::Subject(subject.clone()))
    }

    /// Reads what the records that mention a subject say of it; the place at which [`Self::read_at`] has it. Whoever asks for
    /// one twice calls [`Self::settle`] between.
    pub(super) fn around(&mut self, subject: &Subject) -> Result<usize, LineageError> {
        if let Some(known) = self.known.get(subject) {
            return Ok(*known);
        }
        let key = || EventKey::Subject(subject.clone());
        let whole = match self.lists.is_empty() || !self.lists.contains_key(&key()) {
            true => self.source.surroundings(subject, self.end, self.left)?,
            false => None,
        };
        let (found, records, is_whole) = match whole {
            Some(found) => {
                let count = found.outlines.len();
                self.left -= count;
                (found, count, true)
            }
            None => {
                let list = self.list(&key())?;
                let mut outlines = Vec::with_capacity(list.len());
                for index in &*list {
                    match self.source.outline(*index)? {
                        Sighted::Shown(outline) => outlines.push(outline),
                        Sighted::Withheld(_) => drop(self.withheld.insert(*index)),
                    }
                }
                (Arc::new(Surroundings::of(subject, outlines)), list.len(), false)
            }
        };
        self.arounds.push(Around { found, records: records as u64, is_whole });
        Ok(self.arounds.len() - 1)
    }

    /// What was read around a subject.
    pub(super) fn read_at(&self, place: usize) -> Option<&Around> {
        self.arounds.get(place)
    }

    /// Says whose surroundings will be asked for next, and for edges in which direction.
    pub(super) fn expect(&mut self, next: &[&Subject], into: bool) {
        self.source.expect(next, into);
    }

    /// Makes what was read last be found.
    pub(super) fn settle(&mut self) {
        let new = self.arounds.iter().enumerate().skip(self.settled).filter(|(_, around)| around.is_whole);
        self.known.extend(new.map(|(place, around)| (around.found.subject().clone(), place)));
        self.settled = self.arounds.len();
    }

    /// The bound on records, if it was reached.
    pub(super) fn cut(&self) -> Option<Bound> {
        self.is_cut.then_some(Bound::Records)
    }

    fn list(&mut self, key: &EventKey) -> Result<Arc<[u64]>, LineageError> {
        if let Some(list) = self.lists.get(key) {
            return Ok(Arc::clone(list));
        }
        self.settle();
        let known = match key {
            EventKey::Subject(subject) => self.known.get(subject).and_then(|place| self.arounds.get(*place)),
            _ => None,
        };
        let list: Arc<[u64]> = match known {
            Some(known) => known.found.outlines.iter().map(|outline| outline.index).collect(),
            None => self.read(key)?.into(),
        };
        self.lists.insert(key.clone(), Arc::clone(&list));
        Ok(list)
    }

    fn read(&mut self, key: &EventKey) -> Result<Vec<u64>, LineageError> {
        let (mut list, mut from) = (Vec::new(), 0);
        loop {
            let limit = PAGE.min(self.left);
            if limit == 0 {
                self.is_cut = true;
                return Ok(list);
            }
            let page = self.source.list(key, from..self.end, limit)?;
            self.left -= page.len();
            let is_full = page.len() == limit;
            if list.is_empty() {
                list = page;
            } else {
                list.extend(page);
            }
            match list.last() {
                Some(last) if is_full => from = last + 1,
                _ => return Ok(list),
            }
        }
    }
}
