//! All records that mention a subject as one, which is how a walk along lineage reads: from what the last reader left, or
//! from lists that are looked up side by side.

use super::{
    super::{error::LedgerError, records::shared_outline, surroundings::Surroundings},
    reading::Reading,
};
use crate::{
    event::{EventKey, Subject, limits},
    merkle::{Hash, Postings, key_hash},
};
use std::sync::Arc;

/// A subject that will probably be asked for, and what is at hand of it.
pub(super) struct Expected {
    subject: Subject,
    found: Found,
}

enum Found {
    /// It was read before.
    Kept(Arc<Surroundings>),
    /// Its whole list.
    Listed(Vec<u64>),
    /// It has too many records to be read as one, or not all of them are for this reader.
    Nothing,
}

impl Reading<'_> {
    /// Says which subjects will probably be asked for next, in this order, and in which direction their edges will be
    /// looked at (`into`: those that end at them); changes no answer.
    pub fn expect(&mut self, subjects: &[&Subject], into: bool) {
        let kept = self.viewer.ledger.core.surrounded.get_all(subjects, into);
        let mut found: Vec<Found> = kept.into_iter().map(|kept| kept.map_or(Found::Nothing, Found::Kept)).collect();
        let mut missing = Vec::new();
        for (subject, found) in subjects.iter().zip(&mut found) {
            if !self.is_operator() && !self.everywhere(subject) {
                *found = Found::Nothing;
            } else if matches!(found, Found::Nothing) {
                missing.push((found, key_hash(EventKey::Subject((*subject).clone()).to_string().as_bytes())));
            }
        }
        let places: Vec<Hash> = missing.iter().map(|(_, place)| *place).collect();
        for ((found, _), list) in missing.into_iter().zip(self.proved.lists(&places)) {
            if let Some(list) = list.map_or(Some(Vec::new()), Postings::whole) {
                *found = Found::Listed(list);
            }
        }
        let expected =
            subjects.iter().zip(found).map(|(subject, found)| Expected { subject: (*subject).clone(), found });
        self.expected = expected.collect();
    }

    /// What all records below `end` that mention a subject say of it, if they are fewer than `limit` and none of them is
    /// withheld; they count as read. `None` says nothing: then its list is to be asked for. So it is with a subject that
    /// was not expected.
    ///
    /// # Errors
    /// Those of the log.
    pub fn surroundings(
        &mut self,
        subject: &Subject,
        end: u64,
        limit: usize,
    ) -> Result<Option<Arc<Surroundings>>, LedgerError> {
        while let Some(expected) = self.expected.pop_front() {
            if expected.subject == *subject {
                let found = self.gathered(expected)?;
                return found.map_or(Ok(None), |found| self.survey(found, end, limit));
            }
        }
        Ok(None)
    }

    /// Everything around a subject under the head.
    fn gathered(&self, expected: Expected) -> Result<Option<Arc<Surroundings>>, LedgerError> {
        let list = match expected.found {
            Found::Kept(kept) => return Ok(Some(kept)),
            Found::Listed(list) if list.len() <= limits::SURROUNDINGS_RECORDS_MAX => list,
            Found::Listed(_) | Found::Nothing => return Ok(None),
        };
        let core = &*self.viewer.ledger.core;
        let outlines = list.into_iter().map(|index| shared_outline(core, index));
        let gathered = Surroundings::of(&expected.subject, outlines.collect::<Result<_, _>>()?);
        Ok(Some(core.surrounded.put(gathered, self.head.size)))
    }

    fn survey(
        &mut self,
        all: Arc<Surroundings>,
        end: u64,
        limit: usize,
    ) -> Result<Option<Arc<Surroundings>>, LedgerError> {
        let found = all.below(end.min(self.head.size)).map_or(all, Arc::new);
        if found.outlines.len() >= limit {
            return Ok(None);
        }
        if self.is_operator() {
            self.surveyed.push(Arc::clone(&found));
            return Ok(Some(found));
        }
        for outline in &found.outlines {
            if !self.may_see(outline)? {
                return Ok(None);
            }
        }
        Ok(Some(found))
    }
}
