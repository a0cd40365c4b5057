//! What a decision says.

use crate::{
    event::{
        EventError, Text,
        body::{Decision, Outcome},
        limits,
    },
    policy::RuleIds,
};
use std::{borrow::Cow, sync::Arc};
use thiserror::Error;

/// What was decided about a statement.
#[derive(Clone, PartialEq, Debug)]
pub struct Ruling {
    /// A ruling an event, in order; up to and with the refused one when the statement is refused.
    pub events: Vec<EventRuling>,
    /// The position of the event that refused the statement.
    pub refused: Option<u32>,
}

/// What was decided about an event.
#[derive(Clone, PartialEq, Debug)]
pub struct EventRuling {
    /// What the rules said.
    pub decision: Decision,
    /// What is done about it.
    pub outcome: Outcome,
    /// What allowed it; absent when something denied it.
    pub allowed_by: Option<Allowed>,
    /// What denied it, rule by rule; empty when it is allowed.
    pub reasons: Vec<Reason>,
}

/// What allowed an event.
#[derive(Clone, PartialEq, Debug)]
pub enum Allowed {
    /// Rules of the policy.
    Policy(RuleIds),
    /// A rule of the house; see [`super::rules`].
    Rule(&'static str),
}

/// Why a rule denied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// The stable id of the rule: one of [`super::rules`], or the policy's own.
    pub rule: Cow<'static, str>,
    /// What is wrong, and what to do next.
    pub message: String,
}

impl EventRuling {
    /// The ids of the rules that made the decision, in byte order, each once.
    #[must_use]
    pub fn rules(&self) -> Vec<Arc<str>> {
        let mut rules: Vec<Arc<str>> = match &self.allowed_by {
            Some(Allowed::Rule(rule)) => vec![Arc::from(*rule)],
            Some(Allowed::Policy(rules)) => rules.to_vec().into_iter().map(Arc::from).collect(),
            None => self.reasons.iter().map(|reason| Arc::from(&*reason.rule)).collect(),
        };
        rules.sort();
        rules.dedup();
        rules
    }

    /// The rules as a seal's table writes them.
    #[must_use]
    pub fn sealed_rules(&self) -> Vec<Text> {
        self.rules().iter().filter_map(|rule| rule.parse().ok()).collect()
    }

    /// Whether a seal's table would have one row for both: the same decision, outcome and rules. Cheap where policy
    /// allowed both, so that runs of equal events are found without spelling out the rules.
    #[must_use]
    pub fn same_row(&self, other: &Self) -> bool {
        let same_rules = || match (&self.allowed_by, &other.allowed_by) {
            (Some(Allowed::Policy(one)), Some(Allowed::Policy(two))) => {
                std::ptr::eq(one.table(), two.table()) && one.codes() == two.codes() || one == two
            }
            _ => self.rules() == other.rules(),
        };
        self.decision == other.decision && self.outcome == other.outcome && same_rules()
    }

    /// All that was said against it, in one line for people.
    #[must_use]
    pub fn message(&self) -> String {
        let parts: Vec<_> = self.reasons.iter().map(|reason| format!("{}: {}", reason.rule, reason.message)).collect();
        parts.join("; ")
    }
}

impl Ruling {
    /// Whether the statement is to be recorded.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.refused.is_none()
    }

    /// The event ruling that speaks for the statement: the refused one, else the gravest.
    #[must_use]
    pub fn gravest(&self) -> Option<&EventRuling> {
        // `Outcome` and `Decision` are declared from harmless to grave; of equals the first speaks.
        self.events.iter().rev().max_by_key(|ruling| (ruling.outcome, ruling.decision))
    }
}

/// Why a statement is not one that could be decided: nothing is recorded about it.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Invalid {
    /// No event, or more than a batch may have.
    #[error("the statement has {count} events: it must have 1 to {max}", max = limits::BATCH_EVENTS_MAX)]
    Count {
        /// How many it has.
        count: usize,
    },
    /// An event is not of the vocabulary.
    #[error("event {position}: {error}")]
    Event {
        /// Its position in the statement, from 0.
        position: u32,
        /// What is wrong with it.
        error: EventError,
    },
    /// A field does not fit its kind.
    #[error("event {position}: {field} is {given}, which is not {wanted}: correct it and sign again")]
    Field {
        /// The position of the event in the statement, from 0.
        position: u32,
        /// The field.
        field: &'static str,
        /// What it says.
        given: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The rules' version is not compiled in.
    #[error("rules version {version} is unknown to this program: use the release that made the record, or a newer one")]
    Rules {
        /// The version asked for.
        version: u32,
    },
}
