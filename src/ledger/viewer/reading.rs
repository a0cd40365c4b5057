//! One look at the whole ledger under one head, for questions that walk from subject to subject. The records that it
//! shows are remembered, and [`Reading::finish`] records the reads of personal subjects among them: nothing may leave
//! before.

use super::{
    super::{
        Record,
        error::LedgerError,
        outline::Outline,
        publish::{Nodes, Published},
        query::first_at,
        records::{Suspects, shared_outline, shared_record, suspects},
        surroundings::Surroundings,
    },
    Viewer, Warnings,
    survey::Expected,
    trace::Touched,
};
use crate::{
    crypto::PublicKey,
    decide::{Clearance, Reader},
    event::{Digest, Env, EventKey, Subject, Timestamp},
    merkle::{Hash, Postings, Trie, TrieMultiproof, key_hash, leaf_hash, multiproof},
};
use ahash::AHashMap;
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::Arc,
};

/// Postings read at a time.
const CHUNK: usize = 256;

/// A record, or its outline, as the reader may see it.
#[derive(Debug)]
pub enum Sighted<T = Record> {
    /// He may read it.
    Shown(Arc<T>),
    /// He may not: the hash of its leaf.
    Withheld(Hash),
}

impl<T> Clone for Sighted<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Shown(shown) => Self::Shown(Arc::clone(shown)),
            Self::Withheld(leaf) => Self::Withheld(*leaf),
        }
    }
}

/// One look at the ledger; made by [`Viewer::reading`].
pub struct Reading<'a> {
    pub(super) viewer: &'a Viewer<'a>,
    pub(super) head: Arc<Published>,
    /// The proved index under the head.
    pub(super) proved: Trie,
    clearance: Clearance,
    /// The keys that were declared suspect, once somebody asks for a whole record.
    suspects: Option<Suspects>,
    seen: AHashMap<u64, Sighted<Outline>>,
    /// What will be asked for next, in this order.
    pub(super) expected: VecDeque<Expected>,
    /// What was shown as one, to a reader from whom nothing is withheld.
    pub(super) surveyed: Vec<Arc<Surroundings>>,
    /// Whole lists, of those whose positions were asked for.
    kept: BTreeMap<String, Vec<u64>>,
    warnings: Warnings,
}

impl Viewer<'_> {
    /// A look at everything under the newest head.
    ///
    /// # Errors
    /// Those of [`Self::clearance`].
    pub fn reading(&self) -> Result<Reading<'_>, LedgerError> {
        let (clearance, ()) = self.clearance(|_| ())?;
        let core = &*self.ledger.core;
        let (head, proved) = core.snapshot()?;
        Ok(Reading {
            viewer: self,
            head,
            proved,
            clearance,
            suspects: None,
            seen: AHashMap::new(),
            expected: VecDeque::new(),
            surveyed: Vec::new(),
            kept: BTreeMap::new(),
            warnings: Warnings::default(),
        })
    }
}

impl Reading<'_> {
    /// The head that it looks at.
    #[must_use]
    pub fn head(&self) -> &Published {
        &self.head
    }

    /// The signed checkpoint of that head, with the cosignatures that are at hand for it.
    #[must_use]
    pub fn checkpoint(&self) -> String {
        self.viewer.ledger.checkpoint(&self.head)
    }

    /// The log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.viewer.ledger.origin()
    }

    /// How many entries were recorded at `t` or before it.
    ///
    /// # Errors
    /// Those of the log.
    pub fn size_at(&self, t: Timestamp) -> Result<u64, LedgerError> {
        first_at(&self.viewer.ledger.core, t.plus_ms(1), self.head.size)
    }

    /// Whether the reader may be shown the proof that the list under a key is whole: the list then tells him nothing
    /// that he may not know. That depends on his rights alone, never on what was recorded.
    pub fn may_prove(&mut self, key: &EventKey) -> bool {
        match key {
            _ if self.clearance.is_operator() => true,
            EventKey::Subject(subject) => self.everywhere(subject),
            _ => false,
        }
    }

    pub(super) fn everywhere(&mut self, subject: &Subject) -> bool {
        Env::ALL.into_iter().all(|env| self.clearance.subject(env, subject).is_answered())
    }

    /// The indices under a key within `range` of which the reader may know, ascending, at most `limit`.
    ///
    /// # Errors
    /// Those of the index and the log.
    pub fn list(&mut self, key: &EventKey, range: Range<u64>, limit: usize) -> Result<Vec<u64>, LedgerError> {
        let mut range = range.start..range.end.min(self.head.size);
        if self.may_prove(key) {
            return self.postings(&key.to_string(), range, limit);
        }
        let name = key.to_string();
        if let EventKey::Subject(subject) = key
            && !self.clearance.anywhere(subject)
        {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        while found.len() < limit {
            let chunk = self.postings(&name, range.clone(), CHUNK)?;
            for index in &chunk {
                if self.may_know(key, *index)? {
                    found.push(*index);
                }
            }
            match chunk.last() {
                Some(last) if chunk.len() == CHUNK => range.start = last + 1,
                _ => break,
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// How many indices below `end` there are under a key of which the reader may know.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn count(&mut self, key: &EventKey, end: u64) -> Result<u64, LedgerError> {
        if end >= self.head.size && self.may_prove(key) {
            let list = self.proved.list(&key_hash(key.to_string().as_bytes()));
            return Ok(list.map_or(0, Postings::count));
        }
        Ok(self.list(key, 0..end, usize::MAX)?.len() as u64)
    }

    /// The index at a position, counted from 0, of the list under a key as far as the reader may know it.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn nth(&mut self, key: &EventKey, position: u64) -> Result<Option<u64>, LedgerError> {
        let name = key.to_string();
        if !self.kept.contains_key(&name) {
            let list = self.list(key, 0..self.head.size, usize::MAX)?;
            self.kept.insert(name.clone(), list);
        }
        let list = self.kept.get(&name);
        Ok(list.and_then(|list| list.get(usize::try_from(position).ok()?)).copied())
    }

    /// The whole list under a key, for proofs of parts of it.
    ///
    /// # Errors
    /// Those of the index.
    pub fn whole_list(&self, key: &EventKey) -> Result<Vec<u64>, LedgerError> {
        self.postings(&key.to_string(), 0..self.head.size, usize::MAX)
    }

    fn postings(&self, key: &str, range: Range<u64>, limit: usize) -> Result<Vec<u64>, LedgerError> {
        // The proved index holds short lists whole, and most are short.
        let whole = match self.proved.list(&key_hash(key.as_bytes())) {
            None => Some(Vec::new()),
            Some(list) => list.whole(),
        };
        if let Some(list) = whole {
            return Ok(within(list, &range, limit));
        }
        Ok(self.viewer.ledger.core.index.postings(key.as_bytes(), range, false, limit)?)
    }

    /// Whether the reader may know that the record at `index` is under a key: he may read it, or it is about a subject
    /// that he may read where the record is.
    fn may_know(&mut self, key: &EventKey, index: u64) -> Result<bool, LedgerError> {
        if matches!(self.outline(index)?, Sighted::Shown(_)) {
            return Ok(true);
        }
        let EventKey::Subject(subject) = key else { return Ok(false) };
        let outline = shared_outline(&self.viewer.ledger.core, index)?;
        let mut mentioning = outline.events.iter().filter(|event| event.mentions().any(|one| one == subject));
        Ok(mentioning.any(|event| self.clearance.subject(event.policy_env, subject).is_answered()))
    }

    /// The record at `index`, which must come from [`Self::list`].
    ///
    /// # Errors
    /// Those of the log.
    pub fn record(&mut self, index: u64) -> Result<Sighted, LedgerError> {
        match self.outline(index)? {
            Sighted::Shown(_) => Ok(Sighted::Shown(self.whole(index)?)),
            Sighted::Withheld(leaf) => Ok(Sighted::Withheld(leaf)),
        }
    }

    /// The outline of the record at `index`, which must come from [`Self::list`]: it counts as read.
    ///
    /// # Errors
    /// Those of the log.
    pub fn outline(&mut self, index: u64) -> Result<Sighted<Outline>, LedgerError> {
        // What was shown as one is at hand, too: evidence asks for its records one by one.
        for around in self.surveyed.drain(..) {
            let shown = around.outlines.iter().map(|outline| (outline.index, Sighted::Shown(Arc::clone(outline))));
            self.seen.extend(shown);
        }
        if let Some(known) = self.seen.get(&index) {
            return Ok(known.clone());
        }
        let outline = shared_outline(&self.viewer.ledger.core, index)?;
        self.judge(outline)
    }

    /// An outline, unless it must be withheld; it counts as read.
    fn judge(&mut self, outline: Arc<Outline>) -> Result<Sighted<Outline>, LedgerError> {
        let index = outline.index;
        let ruling = if outline.is_of_the_log && !self.clearance.is_operator() {
            let record = self.whole(index)?;
            self.clearance.statement(&record.actor, &record.events)
        } else {
            self.clearance.mentions(&outline.actor, outline.names())
        };
        let sighted = if ruling.is_answered() {
            self.warnings.add(&ruling);
            Sighted::Shown(outline)
        } else {
            Sighted::Withheld(leaf_hash(&self.viewer.ledger.core.log.entry(index)?))
        };
        self.seen.insert(index, sighted.clone());
        Ok(sighted)
    }

    /// Whether the reader may see an outline; it counts as read.
    pub(super) fn may_see(&mut self, outline: &Arc<Outline>) -> Result<bool, LedgerError> {
        if let Some(known) = self.seen.get(&outline.index) {
            return Ok(matches!(known, Sighted::Shown(_)));
        }
        Ok(matches!(self.judge(Arc::clone(outline))?, Sighted::Shown(_)))
    }

    fn whole(&mut self, index: u64) -> Result<Arc<Record>, LedgerError> {
        let core = &*self.viewer.ledger.core;
        let suspects = match self.suspects.take() {
            Some(known) => known,
            None => suspects(core)?,
        };
        shared_record(core, self.suspects.insert(suspects), index)
    }

    /// The bytes of the entry at `index`, of one that [`Self::record`] or [`Self::outline`] has shown.
    ///
    /// # Errors
    /// Those of the log.
    pub fn bytes(&self, index: u64) -> Result<Arc<[u8]>, LedgerError> {
        let core = &*self.viewer.ledger.core;
        match core.kept.get(index) {
            Some(known) => Ok(Arc::clone(&known.bytes)),
            None => Ok(core.log.entry(index)?),
        }
    }

    /// The records within a range that the reader may read, in log order, without seals. Of others nothing is said, not
    /// even how many there are.
    ///
    /// # Errors
    /// Those of the log.
    pub fn span(&mut self, range: Range<u64>) -> Result<Vec<Arc<Record>>, LedgerError> {
        let mut found = Vec::new();
        for index in range.start..range.end.min(self.head.size) {
            if let Sighted::Shown(record) = self.record(index)? {
                if record.is_seal() {
                    self.seen.remove(&index);
                } else {
                    found.push(record);
                }
            }
        }
        Ok(found)
    }

    /// The seal that covers an entry, or stands there: its index and its bytes. Every reader may read seals.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] beyond the head; those of the log.
    pub fn seal_of(&self, index: u64) -> Result<(u64, Arc<[u8]>), LedgerError> {
        if index >= self.head.size {
            return Err(LedgerError::NotFound { what: format!("record {index}"), size: self.head.size });
        }
        let core = &*self.viewer.ledger.core;
        let at = core.seals.at(core, index)?;
        Ok((at, core.log.entry(at)?))
    }

    /// The public key of a thumbprint that was ever enrolled.
    #[must_use]
    pub fn key(&self, kid: &Digest) -> Option<Arc<PublicKey>> {
        self.viewer.ledger.core.ring.get(kid)
    }

    /// What the proved index under the head says of keys, given by their hashes, ascending: only for keys that
    /// [`Self::may_prove`] lets pass.
    ///
    /// # Errors
    /// [`LedgerError::Merkle`] when they do not ascend.
    pub fn prove_keys(&self, places: &[Hash]) -> Result<TrieMultiproof, LedgerError> {
        Ok(self.proved.prove_all(places)?)
    }

    /// The hashes that prove the entries at `indices`, ascending, under the head.
    ///
    /// # Errors
    /// Those of the log.
    pub fn prove_entries(&self, indices: &[u64]) -> Result<Vec<Hash>, LedgerError> {
        let core = &*self.viewer.ledger.core;
        Ok(multiproof(&Nodes(&*core.log), self.head.size, indices)?)
    }

    /// Records the reads of the personal subjects among what was shown, as done for `task`; returns once that is
    /// durable, with the rules that warn about the answer.
    ///
    /// # Errors
    /// [`LedgerError::Unrecorded`]: nothing may be answered then.
    pub fn finish(self, task: &str) -> Result<Vec<Arc<str>>, LedgerError> {
        let seen = self.seen.values().filter_map(|sighted| match sighted {
            Sighted::Shown(outline) => Some(outline),
            Sighted::Withheld(_) => None,
        });
        let surveyed = self.viewer.perhaps_personal(&self.surveyed)?;
        let shown = seen.chain(surveyed.iter().flat_map(|around| &around.outlines));
        let personal = self.viewer.personal_in(shown.clone().flat_map(|outline| outline.names()))?;
        if !personal.is_empty() {
            let mut shown: Vec<&Arc<Outline>> = shown.collect();
            shown.sort_unstable_by_key(|outline| outline.index);
            shown.dedup_by_key(|outline| outline.index);
            let mut touched = Touched::default();
            for outline in &shown {
                if !touched.record_within_limit(outline.names(), &personal) {
                    self.viewer.trace(std::mem::take(&mut touched), task)?;
                    touched.record_within_limit(outline.names(), &personal);
                }
            }
            self.viewer.trace(touched, task)?;
        }
        Ok(self.warnings.with(()).warned)
    }

    /// Whether nothing is withheld from this reader.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        matches!(self.viewer.asker.reader, Reader::Operator(_))
    }
}

/// Those of a list that are in a range, the first of them.
fn within(mut list: Vec<u64>, range: &Range<u64>, limit: usize) -> Vec<u64> {
    list.retain(|index| range.contains(index));
    list.truncate(limit);
    list
}
