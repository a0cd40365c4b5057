//! One function decides: pure, over the state of the prefix, the policy in force and the ledger's time. Admission runs
//! it once; an audit runs it again on the same records and gets the same rulings. `docs/decisions.md` lists the rules.
//!
//! A statement is *invalid* ([`Invalid`]) when it breaks a typed check: nothing is recorded about it. It is *refused*
//! when a rule says so and the stage of its scope (environment × object type) enforces, or the rule always does.
//! Otherwise it is recorded, and the [`Ruling`] says what a rule would have refused.
//!
//! Reads are decided here too ([`Clearance`]), by the policy in force when they are asked.

mod read;
mod ruling;
mod v1;
mod validators;

pub use read::{Clearance, READ, ReadRuling, Reader, may_read};
pub use ruling::{EventRuling, Invalid, PersonalFinding, PluginVerdict, Reason, Ruling};
pub use v1::rules;
pub use validators::Validators;

use crate::{
    event::{ActorId, Digest, Event, Text, Timestamp, body::PolicyRequest},
    policy::{Comparison, Policy},
    state::State,
};
use std::sync::Arc;

/// The version of the rules that new records are decided by. Older versions stay compiled in.
pub const RULES_VERSION: u32 = 1;

/// Where policies come from: compiled bundles by the digest of their canonical bytes.
pub trait PolicySource {
    /// The policy of a bundle; `None` when the bundle is not at hand or does not load.
    fn policy(&self, digest: &Digest) -> Option<Arc<Policy>>;
}

/// What a decision depends on besides the state and the statement.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The policies by digest.
    pub policies: &'a dyn PolicySource,
    /// The log index that the statement would get.
    pub index: u64,
    /// The ledger's time of the batch.
    pub t: Timestamp,
    /// The version of the rules: [`RULES_VERSION`] for new records, what the seal says for old ones.
    pub rules: u32,
    /// The plugins; `None` leaves them out, for questions about policy alone.
    pub validators: Option<&'a dyn Validators>,
}

/// A statement whose signature has been verified.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Who signed it, as its protected header says (CWT `iss`).
    pub actor: &'a ActorId,
    /// The thumbprint of the key that verified it.
    pub kid: Digest,
    /// Its events: one, or a signed batch.
    pub events: &'a [Event],
    /// The identity of the statement.
    pub identity: Digest,
}

/// Decides a statement and, when it is to be recorded, folds it: afterwards `state` is that of the prefix and the
/// statement. When it is refused or invalid, `state` is exactly as before.
///
/// # Errors
/// [`Invalid`]: a typed check failed, or the rules' version is unknown. Nothing is to be recorded then.
pub fn decide(state: &mut State, context: &Context<'_>, statement: &Signed<'_>) -> Result<Ruling, Invalid> {
    match context.rules {
        1 => v1::decide(state, context, statement),
        version => Err(unknown_rules(version)),
    }
}

/// What [`decide`] says about the event at `position` of a statement, under `policy` instead of the one in force, without
/// folding anything. `state` is that of the prefix and the statement's earlier events. `decide` is made of this.
///
/// # Errors
/// As [`decide`], and when the statement has no event there.
pub fn rehearse(
    state: &State,
    policy: Option<&Policy>,
    context: &Context<'_>,
    statement: &Signed<'_>,
    position: u32,
) -> Result<EventRuling, Invalid> {
    match context.rules {
        1 => v1::rehearse(state, policy, context, statement, position),
        version => Err(unknown_rules(version)),
    }
}

/// What [`rehearse`] says under each of two policies; `None` when both are bound to say the same, word for word.
///
/// # Errors
/// As [`rehearse`].
pub fn rehearse_both(
    state: &State,
    policies: &Comparison,
    context: &Context<'_>,
    statement: &Signed<'_>,
    position: u32,
) -> Result<Option<(EventRuling, EventRuling)>, Invalid> {
    match context.rules {
        1 => v1::rehearse_both(state, policies, context, statement, position),
        version => Err(unknown_rules(version)),
    }
}

/// What the validators in scope find in a refused statement and mark as personal, in any of its events and whatever
/// refused it: what is written about the refusal must not repeat it. `state` is that of the prefix; nothing that was
/// decided depends on this.
#[must_use]
pub fn personal_data(
    state: &State,
    context: &Context<'_>,
    statement: &Signed<'_>,
    ruling: &Ruling,
) -> Vec<PersonalFinding> {
    v1::personal(state, context, statement, ruling)
}

/// What `policy` alone says to what was asked before a refusal: all that can be asked again once the refused statement
/// is erased. Keys, references, lifecycles, grants and four eyes are not looked at.
#[must_use]
pub fn policy_alone(policy: &Policy, actor: &ActorId, asked: &PolicyRequest) -> EventRuling {
    v1::policy_alone(policy, actor, asked)
}

/// Whether no policy decides about the event: the log says it about itself.
#[must_use]
pub fn is_logs_own(actor: &ActorId, event: &Event) -> bool {
    v1::is_own(actor, event)
}

fn unknown_rules(version: u32) -> Invalid {
    let message =
        format!("rules version {version} is not compiled in: use the release that made the record, or a newer one");
    Invalid { position: 0, rule: "rules-version", message }
}

/// What policy is asked for an event, as a denial records it.
#[must_use]
pub fn policy_request(state: &State, actor: &ActorId, event: &Event, t: Timestamp) -> Option<PolicyRequest> {
    let env = event.policy_env();
    let roles = state.roles(actor, env, t).cloned().collect();
    let action = event.kind().action().parse::<Text>().ok()?;
    Some(PolicyRequest { roles, env, object: event.subject.clone(), action })
}
