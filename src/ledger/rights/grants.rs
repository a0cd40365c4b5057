//! Grants, each with the records that made it what it is.

use super::Moment;
use crate::{
    event::{ActorId, Body, Env, Event, EventKey, Kind, Subject, Text, Timestamp},
    ledger::{Ledger, LedgerError, Record},
    state::{Grant, GrantStatus, Position, State},
};
use std::collections::BTreeMap;

/// The kinds that give, change and take grants.
const KINDS: [Kind; 6] = [
    Kind::AccessRequested,
    Kind::AccessGranted,
    Kind::AccessChanged,
    Kind::AccessRevoked,
    Kind::BreakglassOpened,
    Kind::BreakglassReviewed,
];

/// A grant as it stood at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldGrant {
    /// Its name, `grant/…`.
    pub name: Subject,
    /// What it allows.
    pub grant: Grant,
    /// Where it stood.
    pub status: GrantStatus,
    /// An emergency that nobody else has reviewed: when the review is due, by the policy that is in force today.
    pub review_due: Option<Timestamp>,
    /// The records that made it so, in order.
    pub steps: Vec<GrantStep>,
}

/// One record that changed a grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrantStep {
    /// Its log index.
    pub index: u64,
    /// The ledger's time of it.
    pub t: Timestamp,
    /// What it was.
    pub kind: Kind,
    /// Who signed it.
    pub by: ActorId,
    /// For whom a gateway signed it, as that says.
    pub claimed_by: Option<Text>,
    /// The end that it asked for or set.
    pub until: Option<Timestamp>,
    /// Why, or what was found; absent where the record does not say it, or commits to it.
    pub reason: Option<Text>,
    /// The ticket of an emergency.
    pub ticket: Option<Text>,
}

/// Which grants are asked for; what is `None` does not restrict.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GrantFilter {
    /// This one.
    pub name: Option<Subject>,
    /// Those that this actor holds, or asked for and has not been given.
    pub actor: Option<ActorId>,
    /// Those that cover this subject.
    pub subject: Option<Subject>,
    /// Those of this environment.
    pub env: Option<Env>,
    /// Also those that nobody has granted, that have run out, and that were revoked.
    pub all: bool,
}

impl GrantFilter {
    fn admits(&self, held: &HeldGrant) -> bool {
        let grant = &held.grant;
        let whose = |actor: &ActorId| grant.holder.as_ref().or(grant.requested_by.as_ref()) == Some(actor);
        (self.all || held.status == GrantStatus::Live)
            && self.name.as_ref().is_none_or(|name| held.name == *name)
            && self.actor.as_ref().is_none_or(whose)
            && self.subject.as_ref().is_none_or(|subject| grant.covers(subject))
            && self.env.is_none_or(|env| grant.env == env)
    }
}

impl Ledger {
    /// The grants of that moment, in the order of their names.
    ///
    /// # Errors
    /// Those of the index and the log.
    pub fn grants_of(&self, moment: Moment, filter: &GrantFilter) -> Result<Vec<HeldGrant>, LedgerError> {
        let keys = match &filter.name {
            Some(name) => vec![EventKey::Subject(name.clone())],
            None => KINDS.into_iter().map(EventKey::Kind).collect(),
        };
        let mut state = State::new();
        let mut steps: BTreeMap<Subject, Vec<GrantStep>> = BTreeMap::new();
        for record in self.records_under(keys, moment.size)?.values() {
            for (event, position) in record.events.iter().zip(0..) {
                let Some(step) = step(record, event) else { continue };
                let before = state.grant(&event.subject).cloned();
                let at = Position { index: record.index, t: record.t, position, identity: record.identity };
                state.apply(at, &record.actor, &record.kid, event);
                if state.grant(&event.subject) != before.as_ref() {
                    steps.entry(event.subject.clone()).or_default().push(step);
                }
            }
        }
        let within = self.policy()?.constraints().break_glass.review_within_ms();
        let held = steps.into_iter().filter_map(|(name, steps)| {
            let grant = state.grant(&name)?.clone();
            let owed = grant.breakglass && grant.reviewed_by.is_none();
            let opened = grant.terms.first().filter(|_| owed).map(|term| term.from);
            let review_due = opened.map(|opened| opened.plus_ms(within));
            Some(HeldGrant { status: grant.status(moment.t), name, grant, review_due, steps })
        });
        Ok(held.filter(|held| filter.admits(held)).collect())
    }
}

/// What the event does, if it is of one of the kinds.
fn step(record: &Record, event: &Event) -> Option<GrantStep> {
    let (until, reason) = match &event.body {
        Body::AccessRequested(body) => (Some(body.until), body.reason.clone()),
        Body::AccessGranted(body) => (Some(body.until), body.reason.clone()),
        Body::AccessChanged(body) => (Some(body.until), Some(body.reason.clone())),
        Body::AccessRevoked(body) => (None, body.reason.clone()),
        Body::BreakglassOpened(body) => (Some(body.until), body.reason.clone()),
        Body::BreakglassReviewed(body) => (None, Some(body.findings.clone())),
        _ => return None,
    };
    let ticket = match &event.body {
        Body::BreakglassOpened(body) => Some(body.ticket.clone()),
        _ => None,
    };
    Some(GrantStep {
        index: record.index,
        t: record.t,
        kind: event.kind(),
        by: record.actor.clone(),
        claimed_by: event.claimed_by.clone(),
        until,
        reason,
        ticket,
    })
}
