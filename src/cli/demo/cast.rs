//! Who is in the story: real keys, made for this ledger and kept in its `keys/`.

use super::unexpected;
use crate::{
    cli::{failure::Done, signer},
    event::{Env, Timestamp},
    ledger::Author,
};
use serde_json::{Value as Json, json};
use std::path::Path;

/// The people and the service, each with a key of its own.
pub struct Cast {
    /// Governance officer; founded the ledger and enrols the others.
    pub olga: Author,
    /// Governance officer.
    pub otto: Author,
    /// Business stakeholder.
    pub bea: Author,
    /// Data engineer.
    pub dana: Author,
    /// Data scientist.
    pub sam: Author,
    /// ML engineer.
    pub mia: Author,
    /// Runs jobs.
    pub pipeline: Author,
}

impl Cast {
    /// Everybody, with new keys.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(origin: &str) -> Done<Self> {
        let author = |actor: &str| -> Done<Author> {
            let actor = actor.parse().map_err(|error| unexpected(format!("{error}")))?;
            Ok(Author { actor, key: signer::new_secret()?, audience: Some(origin.to_owned()) })
        };
        Ok(Self {
            olga: author("user:olga")?,
            otto: author("user:otto")?,
            bea: author("user:bea")?,
            dana: author("user:dana")?,
            sam: author("user:sam")?,
            mia: author("user:mia")?,
            pipeline: author("service:pipeline")?,
        })
    }

    /// Everybody with the role and, for people, what the role is.
    #[must_use]
    pub fn roles(&self) -> [(&Author, &'static str, &'static str); 7] {
        [
            (&self.olga, "role:governance-officer", "governance officer"),
            (&self.otto, "role:governance-officer", "governance officer"),
            (&self.bea, "role:business-stakeholder", "business stakeholder"),
            (&self.dana, "role:data-engineer", "data engineer"),
            (&self.sam, "role:data-scientist", "data scientist"),
            (&self.mia, "role:ml-engineer", "ML engineer"),
            (&self.pipeline, "role:pipeline", "runs the jobs"),
        ]
    }

    /// Writes the keys into `keys/` of the ledger, readable by their owner only.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn keep_keys(&self, folder: &Path) -> Done {
        for (author, ..) in self.roles() {
            signer::write_secret(&folder.join("keys").join(signer::key_file(&author.actor)), &author.key)?;
        }
        Ok(())
    }
}

/// The events that enrol an author with a role in every environment.
#[must_use]
pub fn enrolment(author: &Author, role: &str, title: &str, now: Timestamp) -> Vec<Json> {
    let subject = format!("actor/{}", author.actor);
    let enrolled = json!({ "key": author.enrolment(), "title": title });
    let mut events = vec![json!({ "kind": "actor.enrolled", "subject": subject, "time": now, "body": enrolled })];
    events.extend(Env::ALL.map(
        |env| json!({ "kind": "role.assigned", "subject": subject, "time": now, "env": env, "body": { "role": role } }),
    ));
    events
}
