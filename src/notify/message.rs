//! What is sent: one recorded event, as Standard Webhooks 1.0 shapes it: `type`, `timestamp`, `data`.

use super::secret::Secret;
use crate::{codec::event as event_codec, event::limits, ledger::Record};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// What the digest of a message's id begins with.
const ID_DOMAIN: &[u8] = b"sagwan webhook\0";

/// A message, the same at every attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// `msg_…`: whoever sees an id a second time has had the message.
    pub id: String,
    /// The JSON text.
    pub body: Vec<u8>,
}

/// The id of the message to an endpoint about the event at `position` of record `index`: the same at every attempt, also
/// after a restart, and another for every endpoint.
#[must_use]
pub fn id_of(origin: &str, endpoint: &str, index: u64, position: u32) -> String {
    let mut hash = Sha256::new_with_prefix(ID_DOMAIN);
    for part in [origin.as_bytes(), b"\0", endpoint.as_bytes(), b"\0"] {
        hash.update(part);
    }
    hash.update(index.to_be_bytes());
    hash.update(position.to_be_bytes());
    let digest = hash.finalize();
    format!("msg_{}", hex::encode(digest.get(..16).unwrap_or_default()))
}

impl Message {
    /// The message about the event at `position` of a record; `None` when the record has none there.
    #[must_use]
    pub fn of(origin: &str, endpoint: &str, record: &Record, position: u32) -> Option<Self> {
        let at = usize::try_from(position).ok()?;
        let event = record.events.get(at)?;
        let ruling = record.rulings.get(at);
        let full = |event| {
            json!({
                "type": record.events.get(at).map(|event| event.kind().as_str().to_owned()),
                "timestamp": record.t,
                "data": {
                    "ledger": origin,
                    "record": record.index,
                    "position": position,
                    "actor": record.actor,
                    "decision": ruling.map(|ruling| ruling.decision),
                    "outcome": ruling.map(|ruling| ruling.outcome),
                    "rules": ruling.map(|ruling| &ruling.rules),
                    "event": event,
                },
            })
        };
        let id = id_of(origin, endpoint, record.index, position);
        let body = full(event_codec::to_json(event)).to_string().into_bytes();
        if body.len() <= limits::WEBHOOK_BODY_BYTES_MAX {
            return Some(Self { id, body });
        }
        Some(Self { id, body: full(json!(null)).to_string().into_bytes() })
    }

    /// A message that says nothing, to see whether an endpoint answers. `random` makes its id.
    #[must_use]
    pub fn test(endpoint: &str, now: crate::event::Timestamp, random: [u8; 16]) -> Self {
        let body = json!({ "type": "sagwan.test", "timestamp": now, "data": { "webhook": endpoint } });
        Self { id: format!("msg_test_{}", hex::encode(random)), body: body.to_string().into_bytes() }
    }

    /// The value of `webhook-signature` at `seconds` since 1970: one signature a secret.
    #[must_use]
    pub fn signature(&self, secrets: &[Secret], seconds: i64) -> String {
        let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(&self.id, seconds, &self.body)).collect();
        signatures.join(" ")
    }
}
