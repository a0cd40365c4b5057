//! What a decision says.

use crate::{
    event::{
        Digest, Subject,
        body::{Decision, Outcome, VerdictWord},
    },
    plugin::Finding,
};
use std::sync::Arc;
use thiserror::Error;

/// What was decided about a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ruling {
    /// A ruling an event, in order; up to and with the refused one when the statement is refused.
    pub events: Vec<EventRuling>,
    /// The position of the event that refused the statement.
    pub refused: Option<u32>,
}

/// What was decided about an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventRuling {
    /// What the rules said.
    pub decision: Decision,
    /// What is done about it.
    pub outcome: Outcome,
    /// The ids of the rules that made the decision, in byte order, each once: those that denied, else those that
    /// allowed. Each is one of [`super::rules`], or the policy's own.
    pub rules: Vec<Arc<str>>,
    /// What denied it, rule by rule; empty when it is allowed.
    pub reasons: Vec<Reason>,
    /// What plugins said of it, in the order in which they were asked.
    pub verdicts: Vec<PluginVerdict>,
}

/// What a plugin said of an event under one binding, or why it said nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PluginVerdict {
    /// The plugin.
    pub plugin: Subject,
    /// The identity of the statement that bound it.
    pub binding: Digest,
    /// The position of the event in that statement.
    pub position: u32,
    /// Its component.
    pub component: Digest,
    /// What it said.
    pub verdict: VerdictWord,
    /// Why it gave none: the stable word of the cause.
    pub fault: Option<&'static str>,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// The digest of what it asked and was answered; `None` when it asked nothing.
    pub transcript: Option<Digest>,
}

/// Personal data that a plugin found in a refused statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonalFinding {
    /// The position of the event in the statement.
    pub position: u32,
    /// The plugin.
    pub plugin: Subject,
    /// What it found, which does not repeat it.
    pub finding: Finding,
}

/// Why a rule denied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// The stable id of the rule.
    pub rule: Arc<str>,
    /// What is wrong, and what to do next.
    pub message: String,
}

impl EventRuling {
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

/// Why a statement is not one that could be decided: a typed check failed. Nothing is recorded about it.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("event {position}: {message}")]
pub struct Invalid {
    /// The position of the event in the statement, from 0.
    pub position: u32,
    /// The stable id of the check: `type-check`, or `rules-version` when the rules asked for are not compiled in.
    pub rule: &'static str,
    /// What is wrong, and what to do next.
    pub message: String,
}

impl Invalid {
    pub(super) fn new(position: u32, message: impl Into<String>) -> Self {
        Self { position, rule: "type-check", message: message.into() }
    }
}
