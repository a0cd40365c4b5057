//! Whether two policies are bound to rule alike on an event: then a rehearsal need not ask either of them.

use super::{case::Case, event_at, find, identity, is_own, judge, validate};
use crate::{
    decide::{Context, EventRuling, Invalid, Signed},
    event::{ActorId, Body, Event, Timestamp},
    policy::{Comparison, Likeness},
    state::State,
};

/// What is said under each of two policies; `None` when both are bound to say the same, word for word. What depends on no
/// policy, the key and the typed checks, is looked at once; and where only stages differ, one asking is mostly enough.
pub(in crate::decide) fn rehearse_both(
    state: &State,
    policies: &Comparison,
    context: &Context<'_>,
    statement: &Signed<'_>,
    position: u32,
) -> Result<Option<(EventRuling, EventRuling)>, Invalid> {
    let event = event_at(statement, position)?;
    let likeness = likeness(state, policies, statement.actor, event, context.t);
    if likeness == Likeness::Whole || identity::key_validity(state, context, statement).is_some() {
        return Ok(None);
    }
    let under = |policy| Case { state, policy: Some(policy), context, statement, event, position };
    let (one, two) = (under(policies.a()), under(policies.b()));
    validate(&one)?;
    // Stages say what is done about what rules are against, and only of what is imported do they say more.
    if likeness == Likeness::Different || event.imported {
        return Ok(Some((judge(&one), judge(&two))));
    }
    let (findings, allowed_by) = find(&one);
    let outcome = findings.outcome_under(&one, policies.b());
    let before = findings.into_ruling(allowed_by);
    if before.outcome == outcome {
        return Ok(None);
    }
    let after = EventRuling { outcome, ..before.clone() };
    Ok(Some((before, after)))
}

/// What `judge` asks a policy for: the rules for each actor that it asks about, the stages of the event's scope, four
/// eyes, and by kind the words and limits of roles and of grants. All else depends on the state alone.
fn likeness(state: &State, comparison: &Comparison, actor: &ActorId, event: &Event, t: Timestamp) -> Likeness {
    if is_own(actor, event) {
        return Likeness::Whole;
    }
    let known = match &event.body {
        Body::RoleAssigned(_) => comparison.is_alike_for_assignments(),
        Body::AccessRequested(_) | Body::AccessGranted(_) | Body::AccessChanged(_) | Body::BreakglassOpened(_) => {
            comparison.is_alike_for_access()
        }
        Body::AccessUsed(body) if body.grant.is_none() => comparison.is_alike_for_access(),
        _ => true,
    };
    let (env, kind) = (event.policy_env(), event.subject.kind());
    let action = event.kind().action();
    let alike = |actor: &ActorId| {
        let roles = state.roles(actor, env, t).map(|role| role.as_str());
        comparison.likeness(env, kind.as_str(), action, roles)
    };
    let claimed = || {
        let claimed = event.claimed_by.as_ref().and_then(|name| name.as_str().parse::<ActorId>().ok());
        claimed.map_or(Likeness::Whole, |claimed| alike(&claimed))
    };
    let account = || match &event.body {
        Body::AccessUsed(body) if body.grant.is_none() => {
            let account = body.account.as_ref().and_then(|name| name.as_str().parse::<ActorId>().ok());
            account.map_or(Likeness::Whole, |account| alike(&account))
        }
        _ => Likeness::Whole,
    };
    if known { alike(actor).min(claimed()).min(account()) } else { Likeness::Different }
}
