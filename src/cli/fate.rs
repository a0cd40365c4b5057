//! What became of a statement, in the one shape that the folder and the server share (`Verdict` in the HTTP API).

use super::{
    Done,
    failure::{Failure, Kind},
    printer::Printer,
};
use crate::{
    decide::{EventRuling, Reason as DecidedReason},
    event::{
        Digest,
        body::{Decision, Outcome},
    },
    ledger::Verdict,
};
use serde::{Deserialize, Serialize};

/// What became of one statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fate {
    /// `recorded`, `refused`, `invalid` or `failed`.
    pub verdict: Word,
    /// Recorded: the log index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// Refused: the log index of the denial, unless the actor's budget of denials was used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<u64>,
    /// The statement's identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Digest>,
    /// The same statement was judged before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// Refused: the position of the refused event in its statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// Refused: what the rules said and what to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Recorded: one an event, where a rule would have refused one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rulings: Vec<Ruling>,
    /// Invalid: a stable name of what is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Invalid or failed: what is wrong and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The positions of events without an environment: only who sent them knows.
    #[serde(skip)]
    pub without_env: Vec<usize>,
}

/// The four ways in which it may end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// In the log.
    Recorded,
    /// Refused by a rule.
    Refused,
    /// No statement that the ledger can judge.
    Invalid,
    /// The ledger stopped before it was durable.
    Failed,
}

/// One reason of a refusal or a warning.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// The id of the rule.
    pub rule: String,
    /// What it says, and what to do.
    pub message: String,
}

/// What the rules said of one event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ruling {
    /// What they said.
    pub decision: Decision,
    /// What was done about it.
    pub outcome: Outcome,
    /// Their ids.
    pub rules: Vec<String>,
    /// Their reasons.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

impl Reason {
    fn of(reason: &DecidedReason) -> Self {
        Self { rule: reason.rule.to_string(), message: reason.message.to_string() }
    }
}

impl Ruling {
    fn of(ruling: &EventRuling) -> Self {
        Self {
            decision: ruling.decision,
            outcome: ruling.outcome,
            rules: ruling.rules.iter().map(ToString::to_string).collect(),
            reasons: ruling.reasons.iter().map(Reason::of).collect(),
        }
    }

    fn is_remarkable(&self) -> bool {
        self.decision != Decision::Allow || self.outcome != Outcome::Recorded
    }
}

impl Fate {
    fn new(verdict: Word) -> Self {
        Self {
            verdict,
            index: None,
            denial: None,
            identity: None,
            known: false,
            position: None,
            reasons: Vec::new(),
            rulings: Vec::new(),
            code: None,
            detail: None,
            without_env: Vec::new(),
        }
    }

    /// The fate that the ledger's verdict tells.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Recorded { index, identity, events, known } => {
                let rulings: Vec<Ruling> = events.iter().map(Ruling::of).collect();
                let remarkable = rulings.iter().any(Ruling::is_remarkable);
                let rulings = if remarkable { rulings } else { Vec::new() };
                Self {
                    index: Some(*index),
                    identity: Some(*identity),
                    known: *known,
                    rulings,
                    ..Self::new(Word::Recorded)
                }
            }
            Verdict::Refused { denial, identity, position, reasons, known } => Self {
                denial: *denial,
                identity: Some(*identity),
                position: Some(*position),
                known: *known,
                reasons: reasons.iter().map(Reason::of).collect(),
                ..Self::new(Word::Refused)
            },
            Verdict::Invalid(rejection) => Self { detail: Some(rejection.to_string()), ..Self::new(Word::Invalid) },
            Verdict::Failed(why) => Self { detail: Some(why.clone()), ..Self::new(Word::Failed) },
        }
    }

    /// The failure that this fate is for a command; `None` when it is recorded.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let detail = self.detail.clone().unwrap_or_default();
        match self.verdict {
            Word::Recorded => None,
            Word::Refused => {
                let stands = self.stands().unwrap_or_default();
                let place = self.position.filter(|position| *position > 0);
                let place = place
                    .map_or(String::new(), |position| format!(" for event {position} of the batch, counted from 0"));
                let judged = self.judged(self.position.unwrap_or_default() as usize);
                let mut failure = Failure::new(
                    Kind::Refused,
                    format!("refused{place}{judged}: {stands}"),
                    "do what the reasons say, then record it anew",
                );
                failure.reasons =
                    self.reasons.iter().map(|reason| format!("{} [{}]", reason.message, reason.rule)).collect();
                Some(failure)
            }
            Word::Invalid => Some(Failure::invalid(detail, "correct the statement and record it again")),
            Word::Failed => {
                Some(Failure::new(Kind::Io, detail, "record it again: the same statement is never doubled"))
            }
        }
    }

    /// Refused: where the refusal stands.
    #[must_use]
    pub fn stands(&self) -> Option<String> {
        (self.verdict == Word::Refused).then(|| match self.denial {
            Some(index) => format!("the refusal is record {index}"),
            None if self.known => "it was refused before".into(),
            None => "too many refusals this minute: it was only counted".into(),
        })
    }

    /// What a rule said against what was recorded all the same, where the scope warns (where it observes, the log alone
    /// is told): the event's position, and the words, one line.
    #[must_use]
    pub fn warnings(&self) -> Vec<(usize, String)> {
        let doubtful = self.rulings.iter().enumerate().filter(|(_, ruling)| ruling.outcome == Outcome::Warned);
        doubtful
            .map(|(position, ruling)| {
                let reasons: Vec<&str> = ruling.reasons.iter().map(|reason| reason.message.as_str()).collect();
                let said = if reasons.is_empty() { ruling.rules.join(", ") } else { reasons.join("; ") };
                let judged = self.judged(position);
                (position, format!("recorded, although a rule would refuse it where it is enforced{judged}: {said}"))
            })
            .collect()
    }

    /// What is to be said of the environment of an event that names none.
    fn judged(&self, position: usize) -> &'static str {
        if self.without_env.contains(&position) { " (judged as prod)" } else { "" }
    }

    /// Prints it: one line, and a warning where a rule would have refused.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print(&self, printer: &Printer) -> Done {
        if printer.json {
            return printer.value(self);
        }
        if let (Word::Recorded, Some(index)) = (self.verdict, self.index) {
            let known = if self.known { " (it was there already)" } else { "" };
            printer.text(&format!("record {index}{known}"))?;
        }
        self.warn(printer);
        Ok(())
    }

    /// Says on stderr what a rule said against what was recorded all the same.
    pub fn warn(&self, printer: &Printer) {
        for (position, warning) in self.warnings() {
            let place = if self.rulings.len() > 1 { format!("event {position}: ") } else { String::new() };
            printer.warn(&format!("warning: {place}{warning}"));
        }
    }
}
