//! What a walk along lineage, and a decision whether a reader may read, need of a record: who signed it, and what its
//! events mention. A tenth of the record, so that ten times as many stay in memory.

use super::{Record, kept::Weigh};
use crate::event::{ActorId, Body, Decision, Digest, Env, Event, Kind, Reference, Subject, Timestamp};
use std::collections::HashSet;

/// A record without the bodies of its events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outline {
    /// Its log index.
    pub index: u64,
    /// The ledger's time of its batch.
    pub t: Timestamp,
    /// Who signed it.
    pub actor: ActorId,
    /// The log index of its seal.
    pub seal: u64,
    /// Its events, in order.
    pub events: Box<[EventOutline]>,
    /// Who may read it depends on more than what it mentions: it is a seal, the founding, or holds a denial.
    pub(super) is_of_the_log: bool,
}

/// An event without its body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventOutline {
    /// What it is about.
    pub subject: Subject,
    /// Its kind.
    pub kind: Kind,
    /// Its environment.
    pub env: Option<Env>,
    /// The environment whose policy decides ([`Event::policy_env`]).
    pub policy_env: Env,
    /// What went in, each reference once.
    pub inputs: Box<[Reference]>,
    /// What came out, each reference once.
    pub outputs: Box<[Reference]>,
    /// What its body names.
    pub named: Box<[Subject]>,
    /// A rule was against it; it was recorded all the same.
    pub against_rules: bool,
}

impl Outline {
    /// The outline of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let ruled = record.rulings.iter().map(|ruling| ruling.decision == Decision::Deny);
        let against = ruled.chain(std::iter::repeat(false));
        let of_the_log = |event: &Event| matches!(event.body, Body::Seal(_) | Body::LedgerCreated(_) | Body::Denial(_));
        Self {
            index: record.index,
            t: record.t,
            actor: record.actor.clone(),
            seal: record.seal,
            events: record
                .events
                .iter()
                .zip(against)
                .map(|(event, against)| EventOutline::of(event, against))
                .collect(),
            is_of_the_log: record.events.iter().any(of_the_log),
        }
    }

    /// One event about a subject, and nothing else.
    #[cfg(test)]
    pub(super) fn about(subject: &str) -> Self {
        let event = EventOutline {
            subject: subject.parse().unwrap(),
            kind: Kind::DatasetRegistered,
            env: None,
            policy_env: Env::Dev,
            inputs: Box::default(),
            outputs: Box::default(),
            named: Box::default(),
            against_rules: false,
        };
        let actor = "user:ana".parse().unwrap();
        Self { index: 0, t: Timestamp(0), actor, seal: 1, events: Box::new([event]), is_of_the_log: false }
    }

    /// Every subject that its events mention or name, each in the event's environment.
    pub(super) fn names(&self) -> impl Iterator<Item = (Env, &Subject)> {
        self.events.iter().flat_map(|event| {
            let named = event.mentions().chain(&event.named);
            named.map(|subject| (event.policy_env, subject))
        })
    }
}

impl EventOutline {
    fn of(event: &Event, against_rules: bool) -> Self {
        Self {
            subject: event.subject.clone(),
            kind: event.kind(),
            env: event.env,
            policy_env: event.policy_env(),
            inputs: each_once(&event.inputs),
            outputs: each_once(&event.outputs),
            named: event.body.named().into_iter().flatten().cloned().collect(),
            against_rules,
        }
    }

    /// Every subject that the event mentions, itself first.
    pub fn mentions(&self) -> impl Iterator<Item = &Subject> {
        let references = self.inputs.iter().chain(&self.outputs).map(|reference| &reference.subject);
        std::iter::once(&self.subject).chain(references)
    }
}

fn each_once(references: &[Reference]) -> Box<[Reference]> {
    let mut known: HashSet<(&Subject, Option<Digest>, bool)> = HashSet::new();
    let each = references.iter();
    each.filter(|one| known.insert((&one.subject, one.digest, one.external))).cloned().collect()
}

impl Weigh for Outline {
    fn weight(&self) -> usize {
        let subjects = self.events.iter().flat_map(|event| event.mentions().chain(&event.named));
        let fixed = size_of::<Self>() + self.events.len() * size_of::<EventOutline>();
        // A reference, and the text that it shares with nothing else, with what an allocation costs.
        fixed + subjects.map(|subject| size_of::<Reference>() + 32 + subject.as_str().len()).sum::<usize>()
    }
}
