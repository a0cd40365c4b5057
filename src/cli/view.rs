//! Records as they are shown: one JSON shape for `show`, `log` and the HTTP API, and one wording for people.

use super::table::Tone;
use crate::{
    codec::event as event_codec,
    event::{
        Digest, Text, Timestamp,
        body::{Decision, Outcome, SealedDecision},
    },
    ledger::Record,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::fmt::Display;

/// Who signed, with a mark where the key may have been in foreign hands.
pub fn signer(actor: &impl Display, suspect: bool) -> (String, Tone) {
    match suspect {
        true => (format!("{actor} (suspect key)"), Tone::Doubtful),
        false => (actor.to_string(), Tone::Plain),
    }
}

/// The JSON shape of a record, as the HTTP API has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordView {
    /// Its log index.
    pub index: u64,
    /// The ledger's time of its batch.
    pub t: Timestamp,
    /// The identity of the statement.
    pub identity: Digest,
    /// Who signed it.
    pub actor: String,
    /// With which key.
    pub kid: Digest,
    /// When, as the signer claims.
    pub signed_at: Timestamp,
    /// What it says.
    pub events: Vec<Json>,
    /// What was decided, event by event.
    pub rulings: Vec<SealedDecision>,
    /// It was recorded although a rule would have refused it.
    pub would_deny: bool,
    /// The log index of its seal.
    pub seal: u64,
    /// The policy bundle that was in force.
    pub policy: Digest,
    /// Its key was declared suspect from before this index on.
    pub suspect: bool,
}

impl RecordView {
    /// The view of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self {
            index: record.index,
            t: record.t,
            identity: record.identity,
            actor: record.actor.to_string(),
            kid: record.kid,
            signed_at: Timestamp(record.signed_at.saturating_mul(1_000)),
            events: record.events.iter().map(event_codec::to_json).collect(),
            rulings: record.rulings.clone(),
            would_deny: record.would_deny(),
            seal: record.seal,
            policy: record.policy,
            suspect: record.suspect,
        }
    }

    /// A text field of its first event.
    #[must_use]
    pub fn first(&self, field: &str) -> &str {
        text(self.events.first(), field)
    }

    /// What was decided about it, in words: what was recorded although a rule would have refused it says so.
    #[must_use]
    pub fn decided(&self) -> (String, Tone) {
        if let Some(denial) = self.denial() {
            return (format!("refused: {denial}"), Tone::Bad);
        }
        let gravest = self.rulings.iter().max_by_key(|ruling| (ruling.decision, ruling.outcome));
        gravest.map_or_else(|| ("allowed".into(), Tone::Good), words)
    }

    /// What a denial denied: the kind, whose, and the rules that refused it.
    fn denial(&self) -> Option<String> {
        refused(self.events.first().filter(|_| self.first("kind") == "denial")?.get("body")?)
    }
}

/// What the body of a denial says was refused: the kind, whose, and the rules that refused it.
#[must_use]
pub fn refused(body: &Json) -> Option<String> {
    let rules: Vec<&str> = body.get("rules")?.as_array()?.iter().filter_map(Json::as_str).collect();
    let (kind, actor) = (text(Some(body), "kind"), text(Some(body), "actor"));
    Some(format!("{kind} of {actor} by {}", rules.join(", ")))
}

/// A text member of an object, or nothing.
#[must_use]
pub fn text<'j>(object: Option<&'j Json>, field: &str) -> &'j str {
    object.and_then(|object| object.get(field)).and_then(Json::as_str).unwrap_or_default()
}

/// A ruling in words, and its colour.
#[must_use]
pub fn words(ruling: &SealedDecision) -> (String, Tone) {
    words_of(ruling.decision, ruling.outcome, &ruling.rules)
}

/// The same of its parts.
#[must_use]
pub fn words_of(decision: Decision, outcome: Outcome, rules: &[Text]) -> (String, Tone) {
    let rules: Vec<&str> = rules.iter().map(|rule| rule.as_str()).collect();
    let rules = rules.join(", ");
    match (decision, outcome) {
        (_, Outcome::Refused) => (format!("refused: {rules}"), Tone::Bad),
        (Decision::Deny, Outcome::Warned) => {
            (format!("recorded with a warning, would be refused: {rules}"), Tone::Doubtful)
        }
        (Decision::Deny, Outcome::Recorded) => (format!("recorded, would be refused: {rules}"), Tone::Doubtful),
        (Decision::Allow, _) => ("allowed".into(), Tone::Good),
    }
}
