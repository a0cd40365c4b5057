//! The vocabulary: kinds, bodies, subjects, and every limit. Knows only std, serde and time.
//!
//! An [`Event`] is one fact. What it may say is in [`Kind`]'s table and the structs of [`body`]; how it becomes bytes
//! is the business of `codec::event`. `docs/events.md` shows each kind with an example, which the tests read.

pub mod body;
mod error;
mod ids;
mod keys;
mod kind;
pub mod limits;
mod subject;
mod value;

pub use body::{Decision, Outcome, Presence, SealedDecision};
pub use error::EventError;
pub use ids::{ActorId, Bytes, DataSubject, Digest, Env, RoleId, Text, Timestamp};
pub use keys::{EventKey, event_keys};
pub use kind::{Body, Kind, Scope, Signer};
pub use subject::{Subject, SubjectKind};
pub use value::{Map, Number, Value, named};

use serde::{Deserialize, Serialize};

/// One fact: what happened, to what, where, from what and into what, said by whom and when.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// What it is about.
    pub subject: Subject,
    /// The environment in which it holds; absent for what holds in the whole ledger.
    pub env: Option<Env>,
    /// What went in.
    pub inputs: Vec<Reference>,
    /// What came out.
    pub outputs: Vec<Reference>,
    /// When it happened, as its author claims. Decisions use the ledger's own time, never this.
    pub time: Timestamp,
    /// The typed content; its variant is the event's kind.
    pub body: Body,
    /// Open extensions by name, kept as given.
    pub facets: Map,
    /// Fields that were left out and committed to instead.
    pub commitments: Vec<Commitment>,
    /// The subject existed before its ledger did: its missing history is not held against it.
    pub imported: bool,
    /// Who claimed it, when a gateway signed what arrived unsigned.
    pub claimed_by: Option<Text>,
}

/// A subject that an event mentions, of which exact bytes, and whether it is kept elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The subject.
    pub subject: Subject,
    /// The digest of its content, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// It was never recorded here, and need not be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub external: bool,
}

/// SHA-256(domain, salt, path, value) in the place of a value; salt and value stand in the vault.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// The JSON pointer (RFC 6901) of the field that was left out, such as `/body/origin`.
    pub path: String,
    /// The commitment.
    pub digest: Digest,
}

impl Event {
    /// The event's kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// The environment whose policy decides: the event's own, or `prod` for what holds in the whole ledger.
    #[must_use]
    pub fn policy_env(&self) -> Env {
        self.env.unwrap_or(Env::Prod)
    }

    /// The checks that need nothing but the event: scope, subject, counts, paths, required or committed fields.
    ///
    /// # Errors
    /// The first rule broken, naming field, limit and remedy.
    pub fn validate(&self) -> Result<(), EventError> {
        let kind = self.kind();
        match (kind.scope(), self.env) {
            (Scope::Env, None) => return Err(EventError::EnvMissing { kind }),
            (Scope::Ledger, Some(_)) => return Err(EventError::EnvGiven { kind }),
            _ => {}
        }
        if !kind.may_be_about(&self.subject) {
            let wanted = kind.subjects().iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
            return Err(EventError::SubjectKind { kind, subject: self.subject.clone(), wanted });
        }
        for (field, count, limit) in [
            ("inputs", self.inputs.len(), limits::REFERENCES_MAX),
            ("outputs", self.outputs.len(), limits::REFERENCES_MAX),
            ("commitments", self.commitments.len(), limits::COMMITMENTS_MAX),
        ] {
            if count > limit {
                return Err(EventError::TooMany { field, count, limit });
            }
        }
        if matches!(&self.body, Body::Extension { body, .. } if !matches!(body, Value::Map(_))) {
            return Err(EventError::BodyNotMap { kind });
        }
        self.validate_columns()?;
        self.validate_commitments(&kind)?;
        let missing = self.body.required().into_iter().find(|(field, present)| !present && !self.commits_to(field));
        missing.map_or(Ok(()), |(field, _)| Err(EventError::Missing { kind, field }))
    }

    fn validate_commitments(&self, kind: &Kind) -> Result<(), EventError> {
        for (position, commitment) in self.commitments.iter().enumerate() {
            let path = &commitment.path;
            let rooted = path.starts_with("/body/") || path.starts_with("/facets/");
            let printable = path.chars().all(|c| !c.is_control());
            if !rooted || !printable || path.len() > limits::PATH_BYTES_MAX {
                return Err(EventError::Path { given: ids::clip(path) });
            }
            if self.commitments.iter().take(position).any(|other| other.path == *path) {
                return Err(EventError::PathTwice { path: ids::clip(path) });
            }
            let Some(field) = path.strip_prefix("/body/") else { continue };
            if self.body.required().iter().any(|(name, present)| *name == field && *present) {
                return Err(EventError::CommittedAndPresent { path: ids::clip(path) });
            }
            let outermost = field.split('/').next().unwrap_or_default();
            if !matches!(kind, Kind::Extension(_)) && !kind.fields().iter().any(|(name, _)| *name == outermost) {
                return Err(EventError::PathUnknown { path: ids::clip(path), kind: kind.clone() });
            }
        }
        Ok(())
    }

    fn commits_to(&self, field: &str) -> bool {
        self.commitments.iter().any(|commitment| commitment.path.strip_prefix("/body/") == Some(field))
    }

    /// Every subject that the event mentions, itself first.
    pub fn mentions(&self) -> impl Iterator<Item = &Subject> {
        let references = self.inputs.iter().chain(&self.outputs).map(|reference| &reference.subject);
        std::iter::once(&self.subject).chain(references)
    }

    /// Every subject that the event mentions or that its typed body names.
    pub fn names(&self) -> impl Iterator<Item = &Subject> {
        self.mentions().chain(self.body.named().into_iter().flatten())
    }
}
