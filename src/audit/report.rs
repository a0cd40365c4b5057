//! What re-performance found.

use crate::{event::limits, ledger::FullReport};
use serde::Serialize;

/// What differs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Allowed or denied, and what was done about it.
    Decision,
    /// The rules that made it.
    Rules,
    /// What a plugin said.
    Verdict,
    /// What a plugin found.
    Findings,
    /// What a plugin asked the ledger, and was answered.
    Answers,
    /// What a denial says of the statement that it stands for.
    Denial,
    /// The policy that was in force.
    Policy,
    /// What a monitor remembers, or how much it was shown.
    Mark,
    /// What a monitor found in the log.
    Observation,
}

/// One thing that the log says otherwise than its re-performance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// The log index of the record.
    pub index: u64,
    /// The position of the event in it.
    pub position: u32,
    /// What differs.
    pub what: What,
    /// The rule, or the plugin, that says otherwise.
    pub rule: String,
    /// What the log says.
    pub recorded: String,
    /// What came out now.
    pub reperformed: String,
}

/// One thing that could not be made again, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unperformed {
    /// The log index of the record.
    pub index: u64,
    /// The position of the event in it.
    pub position: u32,
    /// What.
    pub what: &'static str,
    /// Why.
    pub why: String,
}

/// How much was made again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Counts {
    /// Events of statements that were decided again.
    pub decisions: u64,
    /// Denials whose statement was decided again.
    pub denials: u64,
    /// Verdicts of validators that were given again.
    pub verdicts: u64,
    /// Marks of monitors up to which they looked again.
    pub marks: u64,
    /// What monitors found, found again.
    pub observations: u64,
}

/// A log, verified and re-performed.
#[derive(Clone, Debug)]
pub struct Reperformed {
    /// The verification without which nothing here would mean anything.
    pub full: FullReport,
    /// How much was made again.
    pub counts: Counts,
    /// What differs: the first [`limits::REPERFORM_NOTES_MAX`].
    pub differences: Vec<Difference>,
    /// How much differs.
    pub different: u64,
    /// What could not be made again: the first [`limits::REPERFORM_NOTES_MAX`].
    pub unperformed: Vec<Unperformed>,
    /// How much could not be made again.
    pub not_reperformed: u64,
}

/// The same on its way.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) counts: Counts,
    differences: Vec<Difference>,
    different: u64,
    unperformed: Vec<Unperformed>,
    not_reperformed: u64,
}

impl Notes {
    pub(super) fn differs(&mut self, difference: Difference) {
        self.different += 1;
        if self.differences.len() < limits::REPERFORM_NOTES_MAX {
            self.differences.push(difference);
        }
    }

    pub(super) fn unperformed(&mut self, (index, position): (u64, u32), what: &'static str, why: impl Into<String>) {
        self.not_reperformed += 1;
        if self.unperformed.len() < limits::REPERFORM_NOTES_MAX {
            self.unperformed.push(Unperformed { index, position, what, why: why.into() });
        }
    }

    pub(super) fn into_report(self, full: FullReport) -> Reperformed {
        let Self { counts, differences, different, unperformed, not_reperformed } = self;
        Reperformed { full, counts, differences, different, unperformed, not_reperformed }
    }
}
