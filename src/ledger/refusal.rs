//! Refusals on their way to becoming denials, and the budget that keeps a flood of them out of the log.

use super::{
    check::Checked,
    seal::{Verdicts, sealed_rules},
};
use crate::{
    decide::{EventRuling, PersonalFinding, PluginVerdict, Reason, Ruling, policy_request},
    event::{
        ActorId, Body, Digest, Env, Event, Map, Subject, SubjectKind, Text, Timestamp,
        body::{Denial, SealedVerdict},
        limits,
    },
    state::State,
};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, sync::Arc};

const MINUTE_MS: i64 = 60_000;
/// Findings of personal data that a denial's reason spells out.
const FINDINGS_TOLD: usize = 8;

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
    /// The refusal of the event at `position`, decided on `state` before a log index and at a time; `found` is the
    /// personal data in the statement.
    pub(super) fn of(
        checked: &Checked,
        (ruling, position): (&Ruling, u32),
        found: &[PersonalFinding],
        state: &State,
        (index, t): (u64, Timestamp),
    ) -> Option<Self> {
        let at = usize::try_from(position).ok()?;
        let (event, said) = (checked.events.get(at)?, ruling.events.get(at)?);
        let kind = event.kind();
        let personal = Personal::of(found, position);
        let mut heard = Verdicts::default();
        let verdicts = said.verdicts.iter().map(|verdict| personal.seal(verdict, &mut heard)).collect();
        let reason = if personal.anywhere() { personal.reason(said) } else { said.message() };
        let denial = Denial {
            actor: checked.actor.clone(),
            state: index,
            rules: sealed_rules(said),
            reason: text(&reason)?,
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
            keep_bytes: !personal.anywhere(),
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

/// Where plugins found personal data in what was refused: the bytes are not kept then, and a denial repeats nothing that
/// may hold it.
struct Personal<'a> {
    found: &'a [PersonalFinding],
    in_subject: bool,
}

impl<'a> Personal<'a> {
    fn of(found: &'a [PersonalFinding], position: u32) -> Self {
        // The parts of an event that a denial does not repeat; a finding that points nowhere may be about the subject, and
        // another event of the statement may have the same one.
        let apart = |pointer: &str| {
            ["/body", "/facets", "/inputs", "/outputs", "/claimed_by"].iter().any(|part| pointer.starts_with(part))
        };
        let named = |one: &PersonalFinding| {
            let pointer = one.finding.pointer.as_ref();
            one.position != position || !pointer.is_some_and(|pointer| apart(pointer.as_str()))
        };
        Self { found, in_subject: found.iter().any(named) }
    }

    fn anywhere(&self) -> bool {
        !self.found.is_empty()
    }

    /// What the rules say repeats names and texts of the statement: only their ids stand in the place of that, and
    /// what the plugins say of the personal data that they found.
    fn reason(&self, said: &EventRuling) -> String {
        let findings = self.found.iter().map(|one| format!("{}: event {}: {}", one.plugin, one.position, one.finding));
        let silent = |rule: &&Arc<str>| !self.found.iter().any(|one| one.plugin.as_str() == rule.as_ref());
        let rules: Vec<&str> = said.rules.iter().filter(silent).map(AsRef::as_ref).collect();
        let mut parts: Vec<String> = findings.take(FINDINGS_TOLD).collect();
        parts.extend(self.found.len().checked_sub(FINDINGS_TOLD + 1).map(|more| format!("{} more of these", more + 1)));
        if !rules.is_empty() {
            parts.push(format!("{}: what they say is left out, for it may repeat personal data", rules.join(", ")));
        }
        parts.join("; ")
    }

    /// A verdict as a denial names it: another rule's findings may repeat what must be kept nowhere.
    fn seal(&self, verdict: &PluginVerdict, heard: &mut Verdicts) -> SealedVerdict {
        if !self.anywhere() || self.found.iter().any(|one| one.plugin == verdict.plugin) {
            return heard.seal(verdict);
        }
        heard.seal(&PluginVerdict { findings: Vec::new(), ..verdict.clone() })
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
