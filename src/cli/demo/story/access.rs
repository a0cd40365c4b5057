//! Who may read the data, until when, for what; and who did.

use super::{Cast, Fate, Tale, dataset};
use crate::{
    cli::failure::Done,
    event::{Event, Timestamp},
    ledger::Author,
};
use serde_json::{Value as Json, json};

/// A grant that is asked for and given.
pub(super) struct Grant<'a> {
    /// Its name.
    pub name: &'a str,
    /// For whom.
    pub to: &'a Author,
    /// By whom.
    pub by: &'a Author,
    /// Where.
    pub env: &'a str,
    /// For what.
    pub purpose: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Until when.
    pub until: Timestamp,
}

impl Grant<'_> {
    /// The request and the grant.
    pub fn events(&self, tale: &Tale<'_>) -> Done<(Event, Event)> {
        let inputs = json!([dataset(tale.data)]);
        let asked = json!({ "kind": "access.requested", "subject": self.name, "env": self.env, "inputs": inputs,
            "body": { "reason": self.reason, "purpose": self.purpose, "until": self.until } });
        let given = json!({ "kind": "access.granted", "subject": self.name, "env": self.env, "inputs": inputs,
            "body": { "to": self.to.actor, "purpose": self.purpose, "until": self.until } });
        Ok((tale.event(&asked)?, tale.event(&given)?))
    }

    /// A use under it: the origin is committed to, and stands in the vault.
    pub fn used(&self, tale: &Tale<'_>, task: &str, records: usize, more: &Json) -> Done<Event> {
        let mut body = json!({ "account": self.to.actor, "origin": "10.20.4.17, workstation of the risk team",
            "task": task, "grant": self.name, "purpose": self.purpose, "records": records });
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        let event =
            json!({ "kind": "access.used", "subject": "dataset/german-credit@1", "env": self.env, "body": body });
        tale.commit(tale.event(&event)?, "/body/origin")
    }
}

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Sam looks at the data too early: dev observes, so it is recorded. Then he asks, as he should have.
pub(super) fn development(tale: &mut Tale<'_>, cast: &Cast) -> Done {
    let rows = tale.data.rows.len();
    tale.chapter(
        "Sam, a data scientist, reads the data before he was allowed to. Dev only observes. Then he asks, and may.",
    );
    let grant = Grant {
        name: "grant/sam-dev",
        to: &cast.sam,
        by: &cast.otto,
        env: "dev",
        purpose: "model-development",
        reason: "Train and evaluate the first model of credit risk",
        until: tale.now().plus_ms(90 * DAY_MS),
    };
    let early = grant.used(tale, "A first look", rows, &json!({}))?;
    let (asked, given) = grant.events(tale)?;
    let used = grant.used(tale, "Training and evaluation", rows, &json!({}))?;
    tale.tell_all(&[
        (&cast.sam, Fate::WouldDeny, vec![early]),
        (&cast.sam, Fate::Recorded, vec![asked]),
        (grant.by, Fate::Recorded, vec![given]),
        (&cast.sam, Fate::Recorded, vec![used]),
    ])
    .map(|_| ())
}

/// Mia watches the data in prod for a while; when she changes teams, Olga takes the grant back.
pub(super) fn monitoring(tale: &mut Tale<'_>, cast: &Cast) -> Done {
    tale.chapter("Mia may read for monitoring; she changes to another team, and Olga takes the grant back.");
    let grant = Grant {
        name: "grant/mia-prod",
        to: &cast.mia,
        by: &cast.otto,
        env: "prod",
        purpose: "monitoring",
        reason: "Compare live applicants with those the model was trained on",
        until: tale.now().plus_ms(30 * DAY_MS),
    };
    let (asked, given) = grant.events(tale)?;
    let used = grant.used(tale, "Comparison of distributions", tale.data.rows.len(), &json!({}))?;
    let revoked = json!({ "kind": "access.revoked", "subject": grant.name, "env": "prod",
        "body": { "reason": "Mia leaves the risk team" } });
    let revoked = tale.event(&revoked)?;
    tale.tell_all(&[
        (&cast.mia, Fate::Recorded, vec![asked]),
        (grant.by, Fate::Recorded, vec![given]),
        (&cast.mia, Fate::Recorded, vec![used]),
        (&cast.olga, Fate::Recorded, vec![revoked]),
    ])
    .map(|_| ())
}
