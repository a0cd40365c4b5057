//! Keys of the index beyond the fixed rule of `event::event_keys`: what was decided, so that a log can be filtered by
//! it. They follow from the log (seals and denials), like all others.

use super::{check::index_keys, seal::sealed_rules};
use crate::{
    decide::EventRuling,
    event::{ActorId, Body, Decision, Event, Outcome, SealedDecision},
};

/// Records that stand for a refusal.
pub(super) const DENIED: &str = "x:deny";
/// Seals.
pub(super) const SEALS: &str = "x:seal";
/// Records that were recorded although a rule would have refused them.
pub(super) const WOULD_DENY: &str = "x:would-deny";

/// Whether a key of the index is one of these, and so not of the proved index.
pub(super) fn is_extra(key: &[u8]) -> bool {
    key.starts_with(b"x:")
}

fn rule_key(rule: &str) -> Box<[u8]> {
    format!("x:rule:{rule}").into_bytes().into()
}

/// The keys of a seal, so that the one that covers a record is found without reading what stands between.
pub(super) fn seal_keys() -> Vec<Box<[u8]>> {
    vec![SEALS.as_bytes().into()]
}

/// The key of what was refused to an actor.
pub(super) fn refused_key(actor: &ActorId) -> String {
    format!("x:refused:{actor}")
}

/// The key of what a rule refused or would have refused.
pub(super) fn by_rule(rule: &str) -> String {
    format!("x:rule:{rule}")
}

/// For a statement that was recorded.
pub(super) fn ruling_keys(rulings: &[EventRuling]) -> Vec<Box<[u8]>> {
    let against = |ruling: &&EventRuling| ruling.decision == Decision::Deny && ruling.outcome != Outcome::Refused;
    let mut keys = Vec::new();
    for ruling in rulings.iter().filter(against) {
        keys.push(WOULD_DENY.as_bytes().into());
        keys.extend(sealed_rules(ruling).iter().map(|rule| rule_key(rule.as_str())));
    }
    keys
}

/// The same keys, from the seal.
pub(super) fn sealed_keys(rows: &[SealedDecision]) -> Vec<Box<[u8]>> {
    let mut keys = Vec::new();
    for row in rows.iter().filter(|row| row.decision == Decision::Deny) {
        keys.push(WOULD_DENY.as_bytes().into());
        keys.extend(row.rules.iter().map(|rule| rule_key(rule.as_str())));
    }
    keys
}

/// All keys of a denial.
pub(super) fn denial_keys(event: &Event) -> Vec<Box<[u8]>> {
    let mut keys = index_keys(&ActorId::ledger(), std::slice::from_ref(event));
    if let Body::Denial(denial) = &event.body {
        keys.push(DENIED.as_bytes().into());
        keys.push(refused_key(&denial.actor).into_bytes().into());
        keys.extend(denial.rules.iter().map(|rule| rule_key(rule.as_str())));
    }
    keys
}
