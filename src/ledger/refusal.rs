//! Refusals on their way to becoming denials, and the budget that keeps a flood of them out of the log.

use super::{
    check::Checked,
    seal::{Verdicts, sealed_rules},
};
use crate::{
    decide::{EventRuling, Reason, Ruling, policy_request},
    event::{ActorId, Body, Digest, Env, Event, Map, Subject, SubjectKind, Text, Timestamp, body::Denial, limits},
    state::State,
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
/// The attribute of a finding that says that what was found is personal data (wit/sagwan-plugin.wit).
const PERSONAL: &str = "personal";

/// One refusal, or the sum of several.
pub(super) struct Refusal {
    pub(super) reasons: Vec<Reason>,
    /// Whether the refused bytes go to the vault.
    pub(super) keep_bytes: bool,
    /// What plugins found, for `blobs/`.
    pub(super) findings: Vec<Vec<u8>>,
    subject: Subject,
    env: Option<Env>,
    denial: Denial,
}

impl Refusal {
    /// The refusal of the event at `position`, decided on `state` before a log index and at a time.
    pub(super) fn of(
        checked: &Checked,
        ruling: &Ruling,
        position: u32,
        state: &State,
        (index, t): (u64, Timestamp),
    ) -> Option<Self> {
        let at = usize::try_from(position).ok()?;
        let (event, said) = (checked.events.get(at)?, ruling.events.get(at)?);
        let kind = event.kind();
        let personal = Personal::in_ruling(said);
        let mut heard = Verdicts::default();
        let verdicts = said.verdicts.iter().map(|verdict| heard.seal(verdict)).collect();
        let denial = Denial {
            actor: checked.actor.clone(),
            state: index,
            rules: sealed_rules(said),
            reason: text(&said.message())?,
            statement: Some(checked.identity),
            bytes: Some(Digest(Sha256::digest(&checked.bytes).into())),
            signed_at: Some(Timestamp(checked.signed_at.saturating_mul(1_000))),
            kid: Some(checked.kid),
            kind: kind.as_str().parse().ok(),
            position: (position > 0).then_some(position),
            request: policy_request(state, &checked.actor, event, t).filter(|_| !personal.in_subject),
            suppressed: None,
            plugins: heard.plugins,
            verdicts,
        };
        Some(Self {
            reasons: said.reasons.clone(),
            keep_bytes: !personal.anywhere,
            findings: heard.findings,
            subject: if personal.in_subject { about(&checked.actor)? } else { event.subject.clone() },
            env: event.env,
            denial,
        })
    }

    /// The event that the log records in the place of what it refused.
    pub(super) fn into_event(self, t: Timestamp) -> Event {
        Event {
            subject: self.subject,
            env: self.env,
            inputs: Vec::new(),
            outputs: Vec::new(),
            time: t,
            body: Body::Denial(self.denial),
            facets: Map::new(),
            commitments: Vec::new(),
            imported: false,
            claimed_by: None,
        }
    }
}

/// Where a plugin found personal data in what it refused: the bytes are not kept then, and a denial does not repeat a
/// subject that names somebody.
struct Personal {
    anywhere: bool,
    in_subject: bool,
}

impl Personal {
    /// As the contract has it: by the attribute `personal` of a finding.
    fn in_ruling(said: &EventRuling) -> Self {
        let found = said.verdicts.iter().flat_map(|verdict| &verdict.findings);
        let found = found.filter(|finding| finding.attributes.get(PERSONAL).is_some_and(|value| value == "true"));
        let mut personal = Self { anywhere: false, in_subject: false };
        for finding in found {
            personal.anywhere = true;
            personal.in_subject |= finding.pointer.as_ref().is_some_and(|pointer| pointer.as_str() == "/subject");
        }
        personal
    }
}

fn about(actor: &ActorId) -> Option<Subject> {
    Subject::new(SubjectKind::Actor, actor.as_str()).ok()
}

/// A text within its limit: what is longer ends in an ellipsis.
pub(super) fn text(message: &str) -> Option<Text> {
    let clean: String = message.chars().filter(|c| !c.is_control()).collect();
    let mut end = clean.len().min(limits::TEXT_BYTES_MAX - 4);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    let (head, tail) = clean.split_at(end);
    let whole = if tail.is_empty() { head.to_owned() } else { format!("{head}…") };
    whole.parse().or_else(|_| "refused".parse()).ok()
}

/// What went beyond the actors' budgets of denials (which the state counts), to be summed up once a minute.
#[derive(Default)]
pub(super) struct Suppressed {
    by_actor: BTreeMap<ActorId, (u64, Timestamp, Refusal)>,
}

impl Suppressed {
    /// Counts a refusal that was not recorded; the last one speaks for all.
    pub(super) fn add(&mut self, refusal: Refusal, t: Timestamp) {
        let actor = refusal.denial.actor.clone();
        let (count, since) = self.by_actor.get(&actor).map_or((0, t), |(count, since, _)| (*count, *since));
        self.by_actor.insert(actor, (count + 1, since, refusal));
    }

    /// Whether a sum is a minute old.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.by_actor.values().any(|(_, since, _)| now.0 - since.0 >= MINUTE_MS)
    }

    /// The sums that are a minute old: one record an actor.
    pub(super) fn due(&mut self, t: Timestamp) -> Vec<Refusal> {
        let due = |since: &Timestamp| t.0 - since.0 >= MINUTE_MS;
        let actors: Vec<ActorId> =
            self.by_actor.iter().filter(|(_, (_, since, _))| due(since)).map(|(actor, _)| actor.clone()).collect();
        let sums = actors.iter().filter_map(|actor| self.by_actor.remove(actor));
        let sums = sums.map(|(count, _, refusal)| Refusal {
            denial: Denial { suppressed: Some(count), statement: None, bytes: None, signed_at: None, ..refusal.denial },
            ..refusal
        });
        sums.collect()
    }
}
