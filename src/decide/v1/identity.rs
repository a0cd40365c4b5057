//! Who signs with what: always enforced, in every scope.

use super::{
    case::{Case, Findings},
    rules,
};
use crate::{
    crypto::{Algorithm, PublicKey, possession_message},
    decide::{Context, EventRuling, Signed},
    event::{
        ActorId, Body, Digest, Env,
        body::{KeyAlgorithm, KeyEnrolled, KeyEntry, KeyRevoked, LedgerCreated},
        limits,
    },
    state::{OFFICER, State, actor_of, thumbprint},
};
use std::collections::BTreeSet;

/// Whether the signer's key is valid at this index and his. Before the first record there are no keys: the log signs
/// its creation with one of those that it names.
pub(super) fn key_validity(state: &State, context: &Context<'_>, statement: &Signed<'_>) -> Option<EventRuling> {
    let (actor, kid, index) = (statement.actor, &statement.kid, context.index);
    let wrong = match state.key(kid) {
        None if state.origin().is_none() => match statement.events {
            [event] => match &event.body {
                Body::LedgerCreated(body) if body.keys.iter().any(|key| thumbprint(key) == *kid) => return None,
                Body::LedgerCreated(_) => {
                    "ledger.created is signed with none of the keys that it names: sign it with one of them".into()
                }
                _ => "the ledger has no record yet: `sagwan init` writes the first".into(),
            },
            _ => "the ledger has no record yet: `sagwan init` writes the first".into(),
        },
        None => format!("key {kid} is not enrolled: an officer enrols it with `key.enrolled`"),
        Some(key) if key.actor != *actor => {
            format!(
                "key {kid} belongs to {}, and the statement says {actor}: sign as its owner, or with a key of {actor}",
                key.actor
            )
        }
        Some(key) if index < key.from_index => {
            format!("key {kid} is valid from index {}: submit the statement again", key.from_index)
        }
        Some(key) if !key.is_valid_at(index) => {
            let end = key.revoked_at.unwrap_or(index);
            format!("key {kid} was revoked and is not valid from index {end} on: sign with another key of {actor}")
        }
        Some(_) => return None,
    };
    let mut findings = Findings::new();
    findings.always(rules::KEY_VALIDITY, wrong);
    Some(findings.into_ruling(None))
}

pub(super) fn check(case: &Case<'_>, findings: &mut Findings) {
    match (&case.event.body, actor_of(&case.event.subject)) {
        (Body::LedgerCreated(body), _) => {
            if let Some(wrong) = created(case, body) {
                findings.always(rules::LEDGER_CREATED, wrong);
            }
        }
        _ if case.state.origin().is_none() => {
            findings
                .always(rules::LEDGER_CREATED, "the ledger has no record yet: `sagwan init` writes the first".into());
        }
        (Body::ActorEnrolled(_), Some(about)) if case.state.actor(&about).is_some() => findings.always(
            rules::ACTOR_ENROLMENT,
            format!("{about} is enrolled already: record `key.enrolled` for a further key, `role.assigned` for a role"),
        ),
        (Body::ActorEnrolled(body), Some(about)) => {
            if let Some(key) = &body.key {
                enrolment(case, &about, key, findings);
            }
        }
        (Body::KeyEnrolled(body), Some(about)) => {
            if of_log_by_another(case, &about, findings) || unknown(case, &about, findings) {
                return;
            }
            enrolment(case, &about, body, findings);
        }
        (Body::KeyRevoked(body), Some(about)) => {
            if !of_log_by_another(case, &about, findings)
                && let Some(wrong) = revocation(case, &about, body)
            {
                findings.always(rules::KEY_REVOCATION, wrong);
            }
        }
        (Body::RoleAssigned(body), Some(about)) => {
            unknown(case, &about, findings);
            // In every scope: it would take the role away where the actor has it, and say that it gives it.
            if let Some(until) = body.until.filter(|until| *until <= case.context.t) {
                let message = format!(
                    "until is {until}, and it is {}: name a time to come, or record `role.removed`",
                    case.context.t
                );
                findings.always(rules::ROLE_ENDED, message);
            }
        }
        (Body::RoleRemoved(body), Some(about)) => {
            let (state, t) = (case.state, case.context.t);
            let officer = body.role.as_str() == OFFICER && case.env() == Env::Prod && state.is_officer(&about, t);
            let left = || state.holders(&body.role, case.env(), t, &about);
            let needed = usize::try_from(state.quorum().max(1)).unwrap_or(usize::MAX);
            if !unknown(case, &about, findings) && officer && left() < needed {
                let message = format!(
                    "{about} is one of the last officers: assign {OFFICER} in prod to somebody else first, so that {needed} remain"
                );
                findings.always(rules::OFFICERS_LEFT, message);
            }
        }
        (Body::PolicyProposed(body), _) => available(case, &body.bundle, findings),
        (Body::PolicyApproved(body), _) => {
            available(case, &body.bundle, findings);
            changeable(case, &body.bundle, findings);
        }
        _ => {}
    }
}

/// A bundle that cannot be loaded would, once in force, refuse everything for ever.
fn available(case: &Case<'_>, bundle: &Digest, findings: &mut Findings) {
    if case.context.policies.policy(bundle).is_none() {
        let message =
            format!("policy bundle {bundle} is not in blobs/ or does not load: store a bundle that loads first");
        findings.always(rules::POLICY_UNAVAILABLE, message);
    }
}

/// A bundle under which officers may not propose and approve another would be the last.
fn changeable(case: &Case<'_>, bundle: &Digest, findings: &mut Findings) {
    let policy = case.context.policies.policy(bundle);
    if let Some(why) = policy.and_then(|policy| policy.unchangeable()) {
        let message = format!("policy bundle {bundle}: {}; let officers propose and approve policy/*", why.message);
        findings.always(rules::POLICY_UNCHANGEABLE, message);
    }
}

/// Only the log enrols and revokes keys of the log: the old key signs for the new one, which proves possession.
fn of_log_by_another(case: &Case<'_>, about: &ActorId, findings: &mut Findings) -> bool {
    let wrong = about.as_str() == "service:ledger" && !case.by_log();
    if wrong {
        findings.always(
            rules::LOG_ONLY,
            "only the log enrols and revokes keys of its own: use `sagwan key rotate-log` and \
             `sagwan key revoke --of service:ledger` beside its folder"
                .into(),
        );
    }
    wrong
}

fn unknown(case: &Case<'_>, about: &ActorId, findings: &mut Findings) -> bool {
    let unknown = case.state.actor(about).is_none();
    if unknown {
        findings.always(rules::ACTOR_ENROLMENT, format!("{about} is not enrolled: `actor.enrolled` comes first"));
    }
    unknown
}

/// What is wrong with a public key by itself, or the key.
fn sound(entry: &KeyEntry) -> Result<PublicKey, String> {
    let KeyAlgorithm::Ed25519 = entry.algorithm;
    PublicKey::from_raw(Algorithm::Ed25519, &entry.public.0).map_err(|error| error.to_string())
}

fn enrolment(case: &Case<'_>, about: &ActorId, enrolled: &KeyEnrolled, findings: &mut Findings) {
    if let Some(wrong) = enrolment_wrong(case, about, enrolled) {
        findings.always(rules::KEY_ENROLMENT, wrong);
    }
}

fn enrolment_wrong(case: &Case<'_>, about: &ActorId, enrolled: &KeyEnrolled) -> Option<String> {
    let key = match sound(&enrolled.key) {
        Ok(key) => key,
        Err(wrong) => return Some(wrong),
    };
    let kid = key.thumbprint();
    if let Some(known) = case.state.key(&Digest(kid)) {
        return Some(format!("key {} is enrolled already, for {}: generate another", Digest(kid), known.actor));
    }
    let valid = |kid: &&Digest| case.state.key(kid).is_some_and(|key| key.revoked_at.is_none());
    let held = case.state.actor(about).map_or(0, |actor| actor.keys.iter().filter(valid).count());
    if held >= limits::ACTOR_KEYS_MAX {
        return Some(format!("{about} holds {held} keys, the limit is {}: revoke one first", limits::ACTOR_KEYS_MAX));
    }
    let message = possession_message(about.as_str(), &kid);
    let error = key.verify(&message, &enrolled.possession.0).err()?;
    Some(format!(
        "body.possession does not show that {about} holds key {}: {error}; see docs/format.md for the message",
        Digest(kid)
    ))
}

fn revocation(case: &Case<'_>, about: &ActorId, body: &KeyRevoked) -> Option<String> {
    let kid = &body.kid;
    match case.state.key(kid) {
        None => Some(format!("key {kid} is not enrolled: see the keys of {about} with `sagwan actor`")),
        Some(key) if key.actor != *about => {
            Some(format!("key {kid} belongs to {}, not to {about}: correct the subject", key.actor))
        }
        Some(key) if key.revoked_at.is_some() => Some(format!("key {kid} is revoked already: nothing is left to do")),
        Some(_) if about.as_str() == "service:ledger" => {
            let left = case.state.log_keys().any(|(other, key)| other != kid && key.revoked_at.is_none());
            (!left).then(|| format!("key {kid} is the log's last: enrol the next one before"))
        }
        Some(_) => None,
    }
}

fn created(case: &Case<'_>, body: &LedgerCreated) -> Option<String> {
    if case.state.origin().is_some() || case.context.index != 0 {
        return Some("the ledger exists already: ledger.created is its first record, and only that".into());
    }
    let officers = body.officers.len();
    let names: BTreeSet<_> = body.officers.iter().map(|officer| &officer.actor).collect();
    let kids: BTreeSet<_> =
        body.officers.iter().map(|officer| &officer.key).chain(&body.keys).map(thumbprint).collect();
    if officers == 0 || officers > limits::OFFICERS_MAX {
        return Some(format!("body.officers names {officers}: name 1 to {}", limits::OFFICERS_MAX));
    }
    if names.len() < officers || names.contains(&ActorId::ledger()) {
        return Some("body.officers names somebody twice, or the log itself: name different people".into());
    }
    if body.keys.is_empty() || body.keys.len() > limits::ACTOR_KEYS_MAX || kids.len() < officers + body.keys.len() {
        return Some(format!("body.keys must be 1 to {}, and no key may stand twice", limits::ACTOR_KEYS_MAX));
    }
    if body.quorum == 0 || usize::try_from(body.quorum).is_ok_and(|quorum| quorum > officers) {
        return Some(format!("body.quorum is {}: ask for 1 to {officers} officers", body.quorum));
    }
    if case.context.policies.policy(&body.policy).is_none() {
        return Some(format!(
            "policy bundle {} is not in blobs/ or does not load: store a bundle that loads first",
            body.policy
        ));
    }
    let keys = body.officers.iter().map(|officer| &officer.key).chain(&body.keys);
    keys.map(sound).find_map(Result::err)
}
