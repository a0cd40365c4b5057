//! Version 1 of the rules. Frozen with the first release: a change is a new version beside it.

mod access;
mod alike;
mod case;
mod constraints;
mod identity;
mod plugins;
mod references;
pub mod rules;

use super::{Context, EventRuling, Invalid, PersonalFinding, Ruling, Signed};
use crate::{
    event::{
        ActorId, Body, Env, Event, Signer, SubjectKind,
        body::{Outcome, PolicyRequest},
        limits,
    },
    policy::{self, Policy, Request, Stage},
    state::{Life, Position, State, actor_of},
};
use case::{Allowed, Case, Findings, Force};

pub(super) use alike::rehearse_both;

pub(super) fn decide(state: &mut State, context: &Context<'_>, statement: &Signed<'_>) -> Result<Ruling, Invalid> {
    let count = statement.events.len();
    if count == 0 || count > limits::BATCH_EVENTS_MAX {
        let message = format!("a statement of {count} events: it must have 1 to {}", limits::BATCH_EVENTS_MAX);
        return Err(Invalid::new(0, message));
    }
    // One policy judges the whole statement: a bundle that it brings into force judges the next one.
    let policy = state.policy().and_then(|digest| context.policies.policy(&digest));
    let savepoint = state.savepoint();
    let mut events = Vec::with_capacity(count);
    for (event, position) in statement.events.iter().zip(0..) {
        let ruling = match rehearse(state, policy.as_deref(), context, statement, position) {
            Ok(ruling) => ruling,
            Err(invalid) => {
                state.rollback_to(savepoint);
                return Err(invalid);
            }
        };
        let refused = ruling.outcome == Outcome::Refused;
        events.push(ruling);
        if refused {
            state.rollback_to(savepoint);
            return Ok(Ruling { events, refused: Some(position) });
        }
        let at = Position { index: context.index, t: context.t, position, identity: statement.identity };
        state.apply(at, statement.actor, &statement.kid, event);
    }
    state.commit(savepoint);
    Ok(Ruling { events, refused: None })
}

/// What is decided about one event, on the state that the earlier events of its statement left.
pub(super) fn rehearse(
    state: &State,
    policy: Option<&Policy>,
    context: &Context<'_>,
    statement: &Signed<'_>,
    position: u32,
) -> Result<EventRuling, Invalid> {
    let event = event_at(statement, position)?;
    // INVARIANT: what a statement enrols or revokes begins after it, so its later events find its key as its first did.
    if let Some(refused) = identity::key_validity(state, context, statement) {
        return Ok(refused);
    }
    let case = Case { state, policy, context, statement, event, position };
    validate(&case)?;
    Ok(judge(&case))
}

fn event_at<'a>(statement: &Signed<'a>, position: u32) -> Result<&'a Event, Invalid> {
    let event = usize::try_from(position).ok().and_then(|at| statement.events.get(at));
    event.ok_or_else(|| {
        let message = format!("the statement has {} events, none at position {position}", statement.events.len());
        Invalid::new(position, message)
    })
}

/// What validators mark as personal in a refused statement.
pub(super) fn personal(
    state: &State,
    context: &Context<'_>,
    statement: &Signed<'_>,
    ruling: &Ruling,
) -> Vec<PersonalFinding> {
    plugins::personal(state, context, statement, ruling)
}

/// The typed checks: they depend on the event alone.
fn validate(case: &Case<'_>) -> Result<(), Invalid> {
    case.event.validate().map_err(|error| Invalid::new(case.position, error.to_string()))?;
    validate_fields(case)
}

/// What the rules say of an event that passed the typed checks, by a key that is valid.
fn judge(case: &Case<'_>) -> EventRuling {
    let (findings, allowed_by) = find(case);
    findings.into_ruling(allowed_by)
}

fn find(case: &Case<'_>) -> (Findings, Option<Allowed>) {
    let event = case.event;
    let mut findings = Findings::new();
    let own = case.is_own();
    if event.kind().signer() == Signer::Log && !case.by_log() {
        findings
            .always(rules::LOG_ONLY, format!("only the log's own key signs {}: nobody else records it", event.kind()));
        return (findings, None);
    }
    identity::check(case, &mut findings);
    if !own && findings.is_empty() {
        references::check(case, &mut findings);
        lifecycle(case, &mut findings);
        constraints::check(case, &mut findings);
    }
    let grant = access::check(case, &mut findings);
    let allowed_by = if own { Some(Allowed::Rule(rules::LOG_OWN)) } else { ask_policy(case, grant, &mut findings) };
    if !own && !findings.refuse() {
        plugins::check(case, &mut findings);
    }
    (findings, allowed_by)
}

/// Typed checks that need more than the event's own vocabulary.
fn validate_fields(case: &Case<'_>) -> Result<(), Invalid> {
    let position = case.position;
    let subject = &case.event.subject;
    let about_actor = matches!(
        case.event.body,
        Body::ActorEnrolled(_)
            | Body::KeyEnrolled(_)
            | Body::KeyRevoked(_)
            | Body::RoleAssigned(_)
            | Body::RoleRemoved(_)
    );
    if about_actor && actor_of(subject).is_none() {
        let message = format!("{subject} does not name an actor: write `actor/user:NAME` or `actor/service:NAME`");
        return Err(Invalid::new(position, message));
    }
    if let Body::AccessUsed(body) = &case.event.body
        && let Some(grant) = body.grant.as_ref().filter(|grant| grant.kind() != SubjectKind::Grant)
    {
        let message = format!("body.grant is {grant}, which is no grant: write `grant/NAME`");
        return Err(Invalid::new(position, message));
    }
    Ok(())
}

/// The step that is missing; history that something imported may lack is not held against it.
fn lifecycle(case: &Case<'_>, findings: &mut Findings) {
    let event = case.event;
    if let Err(gap) = case.state.may(event, case.statement.actor, case.context.t) {
        let imported = match case.state.subject(&event.subject).map(|state| &state.life) {
            Some(Life::Version(version)) => version.imported || version.registered.is_none(),
            Some(Life::Dataset(dataset)) => dataset.registered.is_none(),
            Some(_) => false,
            None => matches!(event.subject.kind(), SubjectKind::Model | SubjectKind::Prompt | SubjectKind::Dataset),
        };
        if !(event.imported && imported && gap.is_missing_history()) {
            findings.staged(case, rules::LIFECYCLE, gap.to_string());
        }
    }
    if event.imported && case.stage() == Stage::Enforce {
        let env = case.env();
        let message = format!(
            "{} is marked `imported`, and {env} enforces: import it where rules are observed or warn, then take it the usual way",
            event.subject
        );
        findings.staged(case, rules::IMPORTED_IN_ENFORCE, message);
    }
}

/// Asks policy for the signer, and for whom a gateway claims to speak, if that is an actor's name.
fn ask_policy(case: &Case<'_>, grant: Option<&'static str>, findings: &mut Findings) -> Option<Allowed> {
    case.state.origin()?;
    let Some(policy) = case.policy else {
        let message = "the policy in force is not at hand or does not load, and an error is a denial: put its bundle back into blobs/";
        findings.always(rules::POLICY_UNAVAILABLE, message.into());
        return None;
    };
    let allowed = ask_for(case, policy, case.statement.actor, grant, findings);
    let claimed = case.event.claimed_by.as_ref().and_then(|name| name.as_str().parse::<ActorId>().ok());
    if let Some(claimed) = claimed.filter(|claimed| claimed != case.statement.actor) {
        ask_for(case, policy, &claimed, grant, findings);
    }
    // A use without a grant is one that policy's own rules allow, and not only to the service that records it.
    if let Body::AccessUsed(body) = &case.event.body
        && body.grant.is_none()
        && let Some(account) = access::account(case, body)
    {
        ask_for(case, policy, &account, None, findings);
    }
    allowed
}

fn ask_for(
    case: &Case<'_>,
    policy: &Policy,
    actor: &ActorId,
    grant: Option<&'static str>,
    findings: &mut Findings,
) -> Option<Allowed> {
    let event = case.event;
    let env = case.env();
    let kind = event.kind();
    let roles: Vec<&str> = case.state.roles(actor, env, case.context.t).map(|role| role.as_str()).collect();
    let object_type = event.subject.kind().as_str();
    let request = Request {
        roles: &roles,
        actor: actor.as_str(),
        env,
        object: event.subject.as_str(),
        object_type,
        action: kind.action(),
    };
    let decision = policy.decide(&request);
    if decision.allow {
        return Some(Allowed::Policy(decision.rules));
    }
    let explicit = decision.explicit_deny();
    // A grant stands in for a rule that nobody wrote, break-glass also against one that somebody wrote; neither
    // overrides an absolute one.
    match grant {
        Some(rules::BREAK_GLASS) if !decision.absolute_deny => return Some(Allowed::Rule(rules::BREAK_GLASS)),
        Some(rule) if !explicit => return Some(Allowed::Rule(rule)),
        _ => {}
    }
    let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
    let remedy = if explicit {
        "a rule denies it: ask somebody with another role"
    } else {
        "no rule allows it: ask an officer for the role or for a rule"
    };
    let message = format!("{actor} ({roles} in {env}) may not {} {} in {env}; {remedy}", kind.action(), event.subject);
    let force = match (decision.absolute_deny, explicit) {
        (true, _) => Force::Fixed(Stage::Enforce),
        (_, true) => Force::Explicit,
        (_, false) => Force::Scope,
    };
    for rule in decision.rules.names() {
        findings.add(case, rule, message.clone(), force);
    }
    None
}

/// What stage a denial by policy meets: an absolute one is enforced everywhere.
fn stage_of(policy: &Policy, decision: &policy::Decision, env: Env, object_type: &str) -> Stage {
    if decision.absolute_deny { Stage::Enforce } else { policy.stage_for(decision, env, object_type) }
}

/// What a policy alone says to what it was asked before a refusal, when nothing more of that is left.
pub(super) fn policy_alone(policy: &Policy, actor: &ActorId, asked: &PolicyRequest) -> EventRuling {
    let roles: Vec<&str> = asked.roles.iter().map(|role| role.as_str()).collect();
    let object_type = asked.object.kind().as_str();
    let (object, action) = (asked.object.as_str(), asked.action.as_str());
    let request = Request { roles: &roles, actor: actor.as_str(), env: asked.env, object, object_type, action };
    let decision = policy.decide(&request);
    if decision.allow {
        return Findings::new().into_ruling(Some(Allowed::Policy(decision.rules)));
    }
    let mut findings = Findings::new();
    let stage = stage_of(policy, &decision, asked.env, object_type);
    for rule in decision.rules.names() {
        findings.fixed(rule, format!("{actor} may not {action} {object} in {}", asked.env), stage);
    }
    findings.into_ruling(None)
}

/// Whether the log signed what is its own.
pub(super) fn is_own(actor: &ActorId, event: &Event) -> bool {
    actor.as_str() == case::LEDGER && is_logs_own(event)
}

/// The events for which the log needs no policy: what it says about itself, what its monitors find, and who read what
/// of it.
fn is_logs_own(event: &Event) -> bool {
    let about_itself = || actor_of(&event.subject) == Some(ActorId::ledger());
    match &event.body {
        Body::LedgerCreated(_)
        | Body::Denial(_)
        | Body::Seal(_)
        | Body::AlertRaised(_)
        | Body::MonitorObserved(_)
        | Body::MonitorMarked(_)
        | Body::NotificationRecorded(_)
        | Body::AccessUsed(_)
        | Body::RetrainRequested(_) => true,
        Body::KeyEnrolled(_) | Body::KeyRevoked(_) => about_itself(),
        _ => false,
    }
}
