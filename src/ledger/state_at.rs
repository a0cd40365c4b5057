//! The state of a prefix, as far as a question needs it, at a cost that grows with the records that matter to it.

use super::{
    Ledger,
    core::Core,
    error::LedgerError,
    query::first_at,
    records::{Record, Suspects, record, time_at},
};
use crate::{
    event::{Body, Event, EventKey, Kind, Subject, SubjectKind, Timestamp},
    state::{Position, State, brings_forth},
};
use std::collections::{BTreeMap, BTreeSet};

/// What changes who may do what: folded whole, whatever subjects are asked for.
const STANDING: [Kind; 19] = [
    Kind::LedgerCreated,
    Kind::ActorEnrolled,
    Kind::KeyEnrolled,
    Kind::KeyRevoked,
    Kind::RoleAssigned,
    Kind::RoleRemoved,
    Kind::PolicyProposed,
    Kind::PolicyApproved,
    Kind::PluginPublished,
    Kind::PluginBound,
    Kind::PluginApproved,
    Kind::PluginUnbound,
    Kind::MonitorMarked,
    Kind::AccessRequested,
    Kind::AccessGranted,
    Kind::AccessChanged,
    Kind::AccessRevoked,
    Kind::BreakglassOpened,
    Kind::BreakglassReviewed,
];

/// What changes a subject that it names in its body alone, so that the index does not find it under that subject.
const ROLL_BACKS: [Kind; 2] = [Kind::ModelRolledBack, Kind::PromptRolledBack];

impl Ledger {
    /// Reads the state of the prefix [0, `index`): actors, keys, roles, grants, policies and plugin bindings whole, and
    /// of the subjects those that are named. What it says of other subjects, and of the budgets of denials, is not
    /// complete. At the head that is the live state; before it, the records that matter are read and folded.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] beyond the head, [`LedgerError::Stopped`], and those of the index and the log.
    pub fn state_at<T>(
        &self,
        index: u64,
        subjects: &[Subject],
        read: impl FnOnce(&State) -> T,
    ) -> Result<T, LedgerError> {
        let core = &*self.core;
        let mut read = Some(read);
        // The state that a reader gets is that of the newest durable head, so its size says which prefix it is.
        let live = core.read_state(|state, head| {
            if index > head.size {
                return Err(LedgerError::NotFound {
                    what: format!("the state before record {index}"),
                    size: head.size,
                });
            }
            let at_head = (index == head.size).then(|| read.take()).flatten();
            Ok(at_head.map(|read| read(state)))
        })??;
        match (live, read) {
            (Some(answer), _) => Ok(answer),
            (None, Some(read)) => Ok(read(&prefix(core, index, subjects)?)),
            (None, None) => Err(LedgerError::Own("a state was read twice".into())),
        }
    }

    /// How large the log was at `t`: the first index sealed after it, which is the head when there is none.
    ///
    /// # Errors
    /// Those of the log.
    pub fn size_at(&self, t: Timestamp) -> Result<u64, LedgerError> {
        first_at(&self.core, t.plus_ms(1), self.head().size)
    }

    /// The ledger's time of the record at `index`.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] at the head and beyond it, and those of the log.
    pub fn time_of(&self, index: u64) -> Result<Timestamp, LedgerError> {
        let size = self.head().size;
        if index >= size {
            return Err(LedgerError::NotFound { what: format!("record {index}"), size });
        }
        time_at(&self.core, index)
    }
}

/// The records that matter, by their indices.
struct Chosen<'a> {
    core: &'a Core,
    end: u64,
    records: BTreeMap<u64, Record>,
    wanted: BTreeSet<Subject>,
}

fn prefix(core: &Core, end: u64, subjects: &[Subject]) -> Result<State, LedgerError> {
    let mut chosen = Chosen { core, end, records: BTreeMap::new(), wanted: subjects.iter().cloned().collect() };
    for kind in STANDING.into_iter().chain(ROLL_BACKS) {
        chosen.read(&EventKey::Kind(kind))?;
    }
    for subject in subjects {
        chosen.read(&EventKey::Subject(subject.clone()))?;
    }
    // Whoever started or ended the run that made a version is a party to it: those runs are wanted too. Runs hang on
    // nothing else.
    let events = chosen.records.values().flat_map(|record| &record.events);
    let runs: BTreeSet<Subject> = events.flat_map(|event| makers(event, subjects)).cloned().collect();
    for run in runs.difference(&chosen.wanted.clone()) {
        chosen.read(&EventKey::Subject(run.clone()))?;
        chosen.wanted.insert(run.clone());
    }
    Ok(chosen.fold())
}

/// The runs that an event names as what made one of the subjects.
fn makers<'a>(event: &'a Event, subjects: &[Subject]) -> Vec<&'a Subject> {
    let is_run = |subject: &&Subject| subject.kind() == SubjectKind::Run;
    if subjects.contains(&event.subject) {
        return event.inputs.iter().map(|input| &input.subject).filter(is_run).collect();
    }
    let made = event.outputs.iter().any(|output| subjects.contains(&output.subject));
    Some(&event.subject).filter(|subject| made && is_run(subject)).into_iter().collect()
}

impl Chosen<'_> {
    fn read(&mut self, key: &EventKey) -> Result<(), LedgerError> {
        let indices = self.core.index.postings(key.to_string().as_bytes(), 0..self.end, false, usize::MAX)?;
        for index in indices {
            if !self.records.contains_key(&index) {
                self.records.insert(index, record(self.core, &Suspects::new(), index)?);
            }
        }
        Ok(())
    }

    fn fold(self) -> State {
        let mut state = State::new();
        for record in self.records.values() {
            for (event, position) in record.events.iter().zip(0..) {
                if self.matters(event) {
                    let at = Position { index: record.index, t: record.t, position, identity: record.identity };
                    state.apply(at, &record.actor, &record.kid, event);
                }
            }
        }
        state
    }

    /// A statement may speak of much else beside what is wanted.
    fn matters(&self, event: &Event) -> bool {
        let to = match &event.body {
            Body::ModelRolledBack(body) => Some(&body.to),
            Body::PromptRolledBack(body) => Some(&body.to),
            Body::Denial(_) => return false,
            _ => None,
        };
        let about = self.wanted.contains(&event.subject) || to.is_some_and(|to| self.wanted.contains(to));
        let made = || brings_forth(&event.body) && event.outputs.iter().any(|out| self.wanted.contains(&out.subject));
        about || STANDING.contains(&event.kind()) || made()
    }
}
