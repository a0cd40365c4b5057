//! The fold of the log: who may sign, who has which role, what stands where. Pure.
//!
//! A [`State`] is what the records before an index add up to. [`State::apply`] folds one recorded event and never
//! refuses: whether an event may be recorded is the business of `decide`, which asks the state first (the look-ups
//! here, and [`State::may`] for lifecycles) and folds afterwards. So recovery and an index rebuild fold the same log
//! to the same state without deciding again.
//!
//! Every write can be taken back ([`State::savepoint`], [`State::rollback_to`]): a signed batch is decided on the
//! state itself, event after event, and leaves no trace when one of them is refused. What was written and
//! [committed](State::commit) is given out as [cells](State::drain_dirty) for the index, from which
//! [`State::load`] restores the same state; [`State::digest`] tells two states apart.

mod cell;
mod entity;
mod error;
mod fold;
mod lifecycle;
mod load;
mod look;
mod table;

pub use cell::CELLS_VERSION;
pub use entity::{
    ActorState, Binding, Dataset, Denials, Did, EnvSet, Facts, Grant, GrantStatus, KeyState, Life, Mark, Person,
    Plugin, Proposal, Published, RoleSpan, Run, RunStage, SubjectState, Term, Version,
};
pub use error::StateError;
pub use fold::brings_forth;
pub use lifecycle::Gap;
pub use look::{OFFICER, actor_of, thumbprint};

use crate::event::{ActorId, Digest, Subject, Timestamp};
use std::collections::HashSet;
use table::Table;

/// What the records before an index add up to.
#[derive(Clone, Debug, Default)]
pub struct State {
    facts: Table<(), Facts>,
    actors: Table<ActorId, ActorState>,
    keys: Table<Digest, KeyState>,
    subjects: Table<Subject, SubjectState>,
    proposals: Table<Digest, Proposal>,
    bindings: Table<Digest, Vec<Binding>>,
    /// The grants that may still hold, by holder; enrolled or not.
    holdings: Table<ActorId, Vec<Subject>>,
    /// The subjects that were ever marked personal, also by what was taken back: whoever is not among them is not.
    marked_personal: HashSet<Subject>,
    /// How many savepoints are open.
    depth: u32,
}

/// Where a recorded event stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The log index of its record.
    pub index: u64,
    /// The ledger's time of the batch, as sealed with it.
    pub t: Timestamp,
    /// Its position among the events of its statement, from 0.
    pub position: u32,
    /// The identity of its statement, by which plugin bindings are named later.
    pub identity: Digest,
}

/// A point to which the state can return; made by [`State::savepoint`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Savepoint {
    written: [usize; 7],
    depth: u32,
}

impl State {
    /// The state before the first record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a savepoint. Savepoints nest; each is closed by [`State::commit`] or [`State::rollback_to`], the last
    /// one opened first.
    pub fn savepoint(&mut self) -> Savepoint {
        self.depth += 1;
        Savepoint { written: self.written(), depth: self.depth }
    }

    /// Returns to the savepoint and closes it, and those opened after it.
    pub fn rollback_to(&mut self, savepoint: Savepoint) {
        let [facts, actors, keys, subjects, proposals, bindings, holdings] = savepoint.written;
        self.facts.undo_to(facts);
        self.actors.undo_to(actors);
        self.keys.undo_to(keys);
        self.subjects.undo_to(subjects);
        self.proposals.undo_to(proposals);
        self.bindings.undo_to(bindings);
        self.holdings.undo_to(holdings);
        self.close(savepoint);
    }

    /// Keeps what was written since the savepoint and closes it, and those opened after it. When no savepoint is left
    /// open, the writes are final and show in [`State::drain_dirty`].
    pub fn commit(&mut self, savepoint: Savepoint) {
        self.close(savepoint);
    }

    fn close(&mut self, savepoint: Savepoint) {
        self.depth = savepoint.depth.saturating_sub(1).min(self.depth);
        if self.depth == 0 {
            self.facts.settle();
            self.actors.settle();
            self.keys.settle();
            self.subjects.settle();
            self.proposals.settle();
            self.bindings.settle();
            self.holdings.settle();
        }
    }

    fn written(&self) -> [usize; 7] {
        [
            self.facts.written(),
            self.actors.written(),
            self.keys.written(),
            self.subjects.written(),
            self.proposals.written(),
            self.bindings.written(),
            self.holdings.written(),
        ]
    }
}
