//! Roles, each with the record that gave it and the one that ended it.

use super::Moment;
use crate::{
    event::{ActorId, Body, Env, Event, EventKey, Kind, RoleId, Text, Timestamp},
    ledger::{Ledger, LedgerError, Record},
    state::{Position, RoleSpan, State, actor_of},
};

/// The kinds that give and take roles, and make known who may have one.
const KINDS: [Kind; 4] = [Kind::LedgerCreated, Kind::ActorEnrolled, Kind::RoleAssigned, Kind::RoleRemoved];

/// A role that an actor held in an environment, from a record on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldRole {
    /// Whose.
    pub actor: ActorId,
    /// Which.
    pub role: RoleId,
    /// Where.
    pub env: Env,
    /// The log index of the record that gave it.
    pub index: u64,
    /// The ledger's time of that record.
    pub from: Timestamp,
    /// Who gave it.
    pub by: ActorId,
    /// It holds while `t < until`; without end when absent.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Option<Text>,
    /// The record that took it away, or gave it anew with another end.
    pub ended: Option<RoleEnd>,
}

/// The record that ended a role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleEnd {
    /// Its log index.
    pub index: u64,
    /// The ledger's time of it.
    pub t: Timestamp,
    /// Who signed it.
    pub by: ActorId,
    /// Why.
    pub reason: Option<Text>,
}

impl HeldRole {
    /// Whether it holds at `t`: nothing ended it, and its time has not run out.
    #[must_use]
    pub fn holds(&self, t: Timestamp) -> bool {
        self.ended.is_none() && self.until.is_none_or(|until| t < until)
    }
}

/// Which roles are asked for; what is `None` does not restrict.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RoleFilter {
    /// Those of this actor.
    pub actor: Option<ActorId>,
    /// This one.
    pub role: Option<RoleId>,
    /// Those of this environment.
    pub env: Option<Env>,
    /// Also those that have run out or were taken away.
    pub all: bool,
}

impl RoleFilter {
    fn admits(&self, held: &HeldRole, t: Timestamp) -> bool {
        (self.all || held.holds(t))
            && self.actor.as_ref().is_none_or(|actor| held.actor == *actor)
            && self.role.as_ref().is_none_or(|role| held.role == *role)
            && self.env.is_none_or(|env| held.env == env)
    }
}

impl Ledger {
    /// The roles that actors had been given by that moment, in the order of actors, and of an actor in the order of
    /// the records.
    ///
    /// # Errors
    /// Those of the index and the log.
    pub fn roles_of(&self, moment: Moment, filter: &RoleFilter) -> Result<Vec<HeldRole>, LedgerError> {
        let mut state = State::new();
        let mut held = Vec::new();
        for record in self.records_under(KINDS.into_iter().map(EventKey::Kind), moment.size)?.values() {
            for (event, position) in record.events.iter().zip(0..) {
                let Some(about) = about(event) else { continue };
                let before: Vec<Vec<RoleSpan>> = about.iter().map(|actor| spans(&state, actor)).collect();
                let at = Position { index: record.index, t: record.t, position, identity: record.identity };
                state.apply(at, &record.actor, &record.kid, event);
                for (actor, before) in about.iter().zip(before) {
                    note(&mut held, record, event, actor, &before, &spans(&state, actor));
                }
            }
        }
        held.retain(|role| filter.admits(role, moment.t));
        held.sort_by(|a, b| a.actor.cmp(&b.actor));
        Ok(held)
    }
}

/// Whose roles the event may change; `None` when it is of another kind.
fn about(event: &Event) -> Option<Vec<ActorId>> {
    match &event.body {
        Body::LedgerCreated(body) => Some(body.officers.iter().map(|officer| officer.actor.clone()).collect()),
        Body::ActorEnrolled(_) | Body::RoleAssigned(_) | Body::RoleRemoved(_) => {
            Some(actor_of(&event.subject).into_iter().collect())
        }
        _ => None,
    }
}

fn spans(state: &State, actor: &ActorId) -> Vec<RoleSpan> {
    state.actor(actor).map_or_else(Vec::new, |actor| actor.roles.clone())
}

/// What the record changed: spans that are gone have ended, spans that are new begin.
fn note(
    held: &mut Vec<HeldRole>,
    record: &Record,
    event: &Event,
    actor: &ActorId,
    before: &[RoleSpan],
    after: &[RoleSpan],
) {
    let reason = match &event.body {
        Body::RoleAssigned(body) => body.reason.clone(),
        Body::RoleRemoved(body) => Some(body.reason.clone()),
        _ => None,
    };
    for gone in before.iter().filter(|span| !after.contains(span)) {
        let end = RoleEnd { index: record.index, t: record.t, by: record.actor.clone(), reason: reason.clone() };
        let open = held.iter_mut().rev().find(|role| {
            role.ended.is_none() && role.actor == *actor && role.role == gone.role && role.env == gone.env
        });
        if let Some(open) = open {
            open.ended = Some(end);
        }
    }
    held.extend(after.iter().filter(|span| !before.contains(span)).map(|span| HeldRole {
        actor: actor.clone(),
        role: span.role.clone(),
        env: span.env,
        index: record.index,
        from: record.t,
        by: record.actor.clone(),
        until: span.until,
        reason: reason.clone(),
        ended: None,
    }));
}
