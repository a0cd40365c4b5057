//! Records, pages of them, and their proofs.

use super::{
    super::{
        Ledger, Record,
        error::LedgerError,
        query::{Fate, Lists, Query, scan},
        records::{record, suspects},
    },
    Seen, Viewer, Warnings,
    trace::Touched,
};
use crate::{
    decide::Clearance,
    event::{Env, Subject},
    merkle::{Hash, leaf_hash},
};

/// A record that the reader may not read, in an answer about a subject that he may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Withheld {
    /// Its log index.
    pub index: u64,
    /// The hash of its leaf: what a proof about it needs.
    pub leaf: Hash,
}

/// A page as one reader sees it.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// The records, in the order asked for.
    pub records: Vec<Record>,
    /// Those among them that are withheld, in the same order: only where the question is about one subject and nothing
    /// but time restricts it, and only records in whose environment the reader may read that subject. They count for
    /// the limit.
    pub withheld: Vec<Withheld>,
    /// The cursor of the next page; `None` when there is nothing more for this reader.
    pub next: Option<u64>,
}

impl Viewer<'_> {
    /// The record at `index`.
    ///
    /// # Errors
    /// [`LedgerError::NotForYou`] beyond the head and where the reader may not read it; those of [`Ledger::record`]; and
    /// [`LedgerError::Unrecorded`] when the read had to be recorded and could not be.
    pub fn record(&self, index: u64) -> Result<Seen<Record>, LedgerError> {
        self.one(index, &format!("read record {index}"))
    }

    /// The receipt of a record that the reader may read (RFC 9942).
    ///
    /// # Errors
    /// Those of [`Self::record`].
    pub fn receipt(&self, index: u64) -> Result<Seen<Vec<u8>>, LedgerError> {
        self.proof(index, Ledger::receipt)
    }

    /// The Transparent Statement of a record that the reader may read (RFC 9943).
    ///
    /// # Errors
    /// Those of [`Self::record`].
    pub fn transparent_statement(&self, index: u64) -> Result<Seen<Vec<u8>>, LedgerError> {
        self.proof(index, Ledger::transparent_statement)
    }

    /// The C2SP tlog-proof of a record that the reader may read.
    ///
    /// # Errors
    /// Those of [`Self::record`].
    pub fn tlog_proof(&self, index: u64) -> Result<Seen<String>, LedgerError> {
        self.proof(index, Ledger::tlog_proof)
    }

    fn proof<T>(
        &self,
        index: u64,
        make: impl FnOnce(&Ledger, u64) -> Result<T, LedgerError>,
    ) -> Result<Seen<T>, LedgerError> {
        let seen = self.one(index, &format!("prove record {index}"))?;
        let proof = make(self.ledger, index)?;
        Ok(seen.map(|_| proof))
    }

    fn one(&self, index: u64, task: &str) -> Result<Seen<Record>, LedgerError> {
        let not_found = || self.not_found(format!("record {index}"));
        let core = &*self.ledger.core;
        if index >= self.ledger.head().size {
            return Err(not_found());
        }
        let record = record(core, &suspects(core)?, index)?;
        let (mut clearance, ()) = self.clearance(|_| ())?;
        let ruling = clearance.statement(&record.actor, &record.events);
        if !ruling.is_answered() {
            return Err(not_found());
        }
        let mut touched = Touched::default();
        touched.record_within_limit(names(&record), &self.personal_in(names(&record))?);
        self.trace(touched, task)?;
        let mut warnings = Warnings::default();
        warnings.add(&ruling);
        Ok(warnings.with(record))
    }

    /// The records that a question asks for and the reader may read, without seals.
    ///
    /// # Errors
    /// Those of [`Ledger::query`], and [`LedgerError::Unrecorded`].
    pub fn query(&self, query: &Query) -> Result<Seen<Sight>, LedgerError> {
        let (mut clearance, ()) = self.clearance(|_| ())?;
        if clearance.is_operator() {
            let page = self.ledger.query(query)?;
            let sight = Sight { records: page.records, withheld: Vec::new(), next: page.next };
            return self.leave(sight, Warnings::default(), query);
        }
        let lists = match &query.subject {
            Some(subject) if !clearance.anywhere(subject) => match clearance.self_actor() {
                // What he signed himself is all that he can find of it: nobody else's list is looked at.
                Some(actor) => Lists::SignedBy(actor.clone()),
                None => return Ok(Warnings::default().with(Sight::default())),
            },
            _ => Lists::Best,
        };
        let tells = query.is_about_a_subject_only();
        let found = scan(&self.ledger.core, query, lists, &mut |record| {
            let ruling = clearance.statement(&record.actor, &record.events);
            if ruling.is_answered() {
                return Fate::Shown;
            }
            let told = query
                .subject
                .as_ref()
                .filter(|_| tells)
                .is_some_and(|subject| tells_of(&mut clearance, subject, record));
            if told { Fate::Withheld } else { Fate::Hidden }
        })?;
        let mut warnings = Warnings::default();
        found.records.iter().for_each(|record| warnings.add(&clearance.statement(&record.actor, &record.events)));
        let withheld =
            found.withheld.iter().map(|record| Withheld { index: record.index, leaf: leaf_hash(&record.bytes) });
        let sight = Sight { withheld: withheld.collect(), records: found.records, next: found.next };
        self.leave(sight, warnings, query)
    }

    /// What leaves, once the reads of personal subjects in it are recorded; cut where there would be too many.
    fn leave(&self, mut sight: Sight, warnings: Warnings, query: &Query) -> Result<Seen<Sight>, LedgerError> {
        let mut touched = Touched::default();
        let personal = self.personal_in(sight.records.iter().flat_map(names))?;
        let mut fits = |record: &&Record| touched.record_within_limit(names(record), &personal);
        let fits = sight.records.iter().take_while(|record| fits(record)).count();
        if let Some(first_cut) = sight.records.get(fits).map(|record| record.index) {
            let beyond = |index: u64| if query.newest_first { index <= first_cut } else { index >= first_cut };
            sight.records.truncate(fits);
            sight.withheld.retain(|record| !beyond(record.index));
            sight.next = Some(first_cut);
        }
        self.trace(touched, &format!("list records{}", query.in_words()))?;
        Ok(warnings.with(sight))
    }
}

/// Every subject that the events of a record mention or name, each in the event's environment.
fn names(record: &Record) -> impl Iterator<Item = (Env, &Subject)> {
    record.events.iter().flat_map(|event| event.names().map(|subject| (event.policy_env(), subject)))
}

/// Whether a reader may know that a record about `subject` is there: he may read the subject where the record is.
fn tells_of(clearance: &mut Clearance, subject: &Subject, record: &Record) -> bool {
    let mentioning = record.events.iter().filter(|event| event.mentions().any(|mentioned| mentioned == subject));
    mentioning.into_iter().any(|event| clearance.subject(event.policy_env(), subject).is_answered())
}
