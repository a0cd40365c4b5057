//! One event as answers show it: what it says, who says so, and what was decided about it.

use crate::{
    codec::event::to_json,
    event::{
        ActorId, Body, Decision, Digest, Env, Event, Kind, Outcome, Subject, Text, Timestamp,
        body::{SealedPlugin, SealedVerdict, VerdictWord},
    },
    ledger::Record,
};
use serde::{Deserialize, Serialize};

/// One event of a record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The log index of the record.
    pub index: u64,
    /// Which event of the statement, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub position: usize,
    /// The ledger's time of the record.
    pub t: Timestamp,
    /// What happened.
    pub kind: Kind,
    /// To what.
    pub subject: Subject,
    /// In which environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// Who signed it.
    pub actor: ActorId,
    /// Its key was declared suspect from before this record on; evidence cannot say so (its report: not checked).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspect: bool,
    /// Who claimed it, where a gateway signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<Text>,
    /// The subject asked about is among its inputs or outputs, and not what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentioned_as: Option<Role>,
    /// What the rules said; of a denial, what they said of what was refused.
    pub decision: Decision,
    /// What was done about it.
    pub outcome: Outcome,
    /// The ids of the rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Text>,
    /// What plugins said, in the order in which they were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Said>,
    /// The policy bundle that was in force.
    pub policy: Digest,
    /// The body of the event, as its kind has it (docs/events.md).
    pub says: serde_json::Value,
}

/// What a plugin said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Said {
    /// The binding under which it was asked: the identity of the statement that made it.
    pub binding: Digest,
    /// The plugin's component.
    pub component: Digest,
    /// What it said.
    pub verdict: VerdictWord,
}

/// As what an event mentions a subject that it is not about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It went in.
    Input,
    /// It came out.
    Output,
    /// The event's body names it.
    Named,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_first(position: &usize) -> bool {
    *position == 0
}

impl Line {
    /// The event at a position of a record; `asked` is the subject that was asked about, if one was.
    pub(super) fn of(record: &Record, position: usize, event: &Event, asked: Option<&Subject>) -> Self {
        let ruling = record.rulings.get(position);
        let (decision, outcome, rules, verdicts) = match (&event.body, ruling) {
            // What stands in the log is the refusal: what was decided is in it, of what does not stand there.
            (Body::Denial(denial), _) => {
                let said = said(&denial.plugins, &denial.verdicts);
                (Decision::Deny, Outcome::Refused, denial.rules.clone(), said)
            }
            (_, Some(ruling)) => {
                let said = said(&record.plugins, &ruling.verdicts);
                (ruling.decision, ruling.outcome, ruling.rules.clone(), said)
            }
            (_, None) => (Decision::Allow, Outcome::Recorded, Vec::new(), Vec::new()),
        };
        let mentioned_as = asked.filter(|asked| **asked != event.subject).and_then(|asked| role(event, asked));
        Self {
            index: record.index,
            position,
            t: record.t,
            kind: event.kind(),
            subject: event.subject.clone(),
            env: event.env,
            actor: record.actor.clone(),
            suspect: record.suspect,
            claimed_by: event.claimed_by.clone(),
            mentioned_as,
            decision,
            outcome,
            rules,
            verdicts,
            policy: record.policy,
            says: to_json(event).get("body").cloned().unwrap_or_default(),
        }
    }
}

/// Verdicts with the plugins of the table whose rows they name.
fn said(plugins: &[SealedPlugin], verdicts: &[SealedVerdict]) -> Vec<Said> {
    let said = |verdict: &SealedVerdict| {
        let row = plugins.get(usize::try_from(verdict.plugin).ok()?)?;
        Some(Said { binding: row.binding, component: row.component, verdict: verdict.verdict })
    };
    verdicts.iter().filter_map(said).collect()
}

fn role(event: &Event, asked: &Subject) -> Option<Role> {
    let among = |references: &[crate::event::Reference]| references.iter().any(|one| one.subject == *asked);
    match (among(&event.inputs), among(&event.outputs)) {
        (_, true) => Some(Role::Output),
        (true, _) => Some(Role::Input),
        _ => None,
    }
}

/// The events of a record that mention a subject.
pub(super) fn lines_about<'a>(record: &'a Record, subject: &'a Subject) -> impl Iterator<Item = Line> + 'a {
    let events = record.events.iter().enumerate();
    let about = events.filter(move |(_, event)| event.mentions().any(|mentioned| mentioned == subject));
    about.map(move |(position, event)| Line::of(record, position, event, Some(subject)))
}
