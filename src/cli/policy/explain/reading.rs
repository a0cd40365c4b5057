//! A reading, judged as it is when somebody reads: by the rules, by what grants and emergencies give, and by what is
//! one's own.

use super::hypothetical::Question;
use crate::{
    decide::{Clearance, EventRuling, READ, ReadRuling, Reader, Reason},
    event::{ActorId, Decision},
    policy::Policy,
    state::actor_of,
};
use std::sync::Arc;

/// What is said to the actor who would read the object.
pub fn judge(question: &Question<'_>, policy: &Arc<Policy>) -> EventRuling {
    let Question { state, actor, object, env, t, .. } = *question;
    let mut clearance = Clearance::of(state, Some(Arc::clone(policy)), &Reader::Actor(actor.clone()), t);
    let own = actor_of(object).filter(|about| about == actor);
    let grant = state.grant(object).filter(|grant| grant.env == env);
    let ruling = match (&own, grant) {
        (Some(about), _) => clearance.actor(about),
        (None, Some(grant)) => clearance.grant(object, grant),
        (None, None) => ReadRuling::clone(&clearance.subject(env, object)),
    };
    let decision = if ruling.allow { Decision::Allow } else { Decision::Deny };
    let reasons = match decision {
        Decision::Allow => Vec::new(),
        Decision::Deny => ruling.rules.iter().map(|rule| reason(rule, policy, question)).collect(),
    };
    EventRuling { decision, outcome: ruling.outcome, rules: ruling.rules, reasons, verdicts: Vec::new() }
}

fn reason(rule: &Arc<str>, policy: &Policy, Question { actor, object, env, .. }: &Question<'_>) -> Reason {
    let remedy = if policy.rules().iter().any(|row| *row.id == **rule) {
        "a rule denies it: ask somebody with another role".to_owned()
    } else {
        format!("no rule and no grant of his gives it: `sagwan access request {object} --env {env} --action {READ} …`")
    };
    Reason { rule: Arc::clone(rule), message: format!("{actor} may not {READ} {object} in {env}; {remedy}") }
}

/// What is said when nobody is known by that name, or has a key to sign with.
pub fn nobody(actor: &ActorId, rule: &'static str, why: &str) -> Reason {
    Reason { rule: Arc::from(rule), message: format!("{actor} {why}") }
}
