//! The policy's constraints: four eyes, separation of duty, how many may hold a role. The rule ids are the policy's.

use super::{
    case::{Case, Findings},
    rules,
};
use crate::{
    event::{ActorId, Body, body::RoleAssigned},
    policy::{Party, Policy},
    state::{Did, Life, Version, actor_of},
};

pub(super) fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(policy) = case.policy else { return };
    four_eyes(case, policy, findings);
    if let Body::RoleAssigned(body) = &case.event.body
        && let Some(about) = actor_of(&case.event.subject)
    {
        assigned(case, policy, &about, body, findings);
    }
}

fn four_eyes(case: &Case<'_>, policy: &Policy, findings: &mut Findings) {
    let event = case.event;
    let rules = policy.constraints().four_eyes(event.subject.kind().as_str(), event.kind().action());
    for rule in rules {
        let party = rule.other_than.iter().find(|party| is_party(case, **party));
        if let Some(party) = party {
            let did = match party {
                Party::Author => "is its author (registered, proposed, published, bound, requested or opened it)",
                Party::Trainer => "signed the run that made it",
                Party::Beneficiary => "is the one whom it is for",
            };
            let message =
                format!("{} {did}: somebody else must record {} for {}", case.actor(), event.kind(), event.subject);
            findings.staged(case, rule.id(), message);
        }
    }
}

/// Whether the signer is that party to the event's subject, by what the ledger has seen.
fn is_party(case: &Case<'_>, party: Party) -> bool {
    let (state, actor, event) = (case.state, case.actor(), case.event);
    let subject = state.subject(&event.subject);
    let life = subject.map(|subject| &subject.life);
    let version = subject.and_then(|subject| subject.version());
    let did = |version: &Version, did: Did| version.did(actor).meets(did);
    match party {
        Party::Trainer => version.is_some_and(|version| did(version, Did::TRAINED)),
        Party::Beneficiary => match (&event.body, life) {
            (Body::AccessGranted(body), _) => body.to == *actor,
            (_, Some(Life::Grant(grant))) => grant.holder.as_ref() == Some(actor),
            _ => actor_of(&event.subject).as_ref() == Some(actor),
        },
        Party::Author => match (&event.body, life) {
            (Body::PolicyApproved(body), _) => {
                state.proposal(&body.bundle).is_some_and(|proposal| proposal.proposers.contains(actor))
            }
            (Body::PluginApproved(body), life) => {
                let published = |life: &Life| match life {
                    Life::Plugin(plugin) => plugin.components.iter().any(|published| published.by == *actor),
                    _ => false,
                };
                state.bindings_of(&body.binding).iter().any(|binding| binding.bound_by == *actor)
                    || life.is_some_and(published)
            }
            (_, Some(Life::Version(version))) => did(version, Did::REGISTERED),
            (_, Some(Life::Grant(grant))) => grant.requested_by.as_ref() == Some(actor),
            _ => subject.is_some_and(|subject| subject.by == *actor),
        },
    }
}

fn assigned(case: &Case<'_>, policy: &Policy, about: &ActorId, body: &RoleAssigned, findings: &mut Findings) {
    let (env, t, role) = (case.env(), case.context.t, body.role.as_str());
    if policy.vocabulary().role(role).is_none() {
        let words: Vec<_> = policy.vocabulary().roles().collect();
        let message = format!("{role} is not of the policy's list: one of {}", words.join(", "));
        findings.staged(case, rules::ROLE_UNKNOWN, message);
    }
    let held = case.state.roles(about, env, t).map(|role| role.as_str());
    let roles: Vec<&str> = held.chain([role]).collect();
    if let Some(pair) = policy.separation_broken(env, &roles) {
        let [one, other] = &pair.roles;
        let message =
            format!("{about} would hold {one} and {other} in {env}: remove one before, or choose somebody else");
        findings.staged(case, pair.id(), message);
    }
    for most in policy.role_maxima(env, role) {
        let others = holders(case, policy, &most.role, about);
        if others >= usize::try_from(most.at_most).unwrap_or(usize::MAX) {
            let message = format!(
                "{others} others hold {} in {env}, the most is {}: remove it from one before",
                most.role, most.at_most
            );
            findings.staged(case, most.id(), message);
        }
    }
}

/// How many actors other than `except` hold a role, by themselves or by role links.
fn holders(case: &Case<'_>, policy: &Policy, role: &str, except: &ActorId) -> usize {
    let (env, t) = (case.env(), case.context.t);
    let holds = |actor: &ActorId| {
        let roles: Vec<&str> = case.state.roles(actor, env, t).map(|role| role.as_str()).collect();
        policy.held(env, &roles).contains(role)
    };
    case.state.actors().into_iter().filter(|(id, _)| *id != except && holds(id)).count()
}
