//! The event that the actor would record: what the question leaves open is filled in as it would be right.

use crate::{
    codec::event::from_json_value,
    event::{ActorId, Digest, Env, Event, Kind, Scope, Subject, SubjectKind, Timestamp, body::Presence},
    policy::{Policy, Request},
    state::{Grant, GrantStatus, Life, State},
};
use serde_json::{Value as Json, json};

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Who would do what, and what is known then.
pub struct Question<'a> {
    /// The state then.
    pub state: &'a State,
    /// The policy then.
    pub policy: &'a Policy,
    /// Who.
    pub actor: &'a ActorId,
    /// To what.
    pub object: &'a Subject,
    /// Where.
    pub env: Env,
    /// When.
    pub t: Timestamp,
}

/// The kinds of event with this verb about such a subject.
#[must_use]
pub fn kinds(action: &str, object: SubjectKind) -> Vec<Kind> {
    let fits =
        |kind: &&Kind| kind.action() == action && (kind.subjects().is_empty() || kind.subjects().contains(&object));
    Kind::ALL.iter().filter(fits).cloned().collect()
}

impl Question<'_> {
    /// The event; `None` where too much hangs on what it would say.
    #[must_use]
    pub fn event(&self, kind: &Kind) -> Option<Event> {
        let mut body = serde_json::Map::new();
        for (field, presence) in kind.fields() {
            if *presence != Presence::Optional {
                body.insert((*field).to_owned(), self.field(kind, field)?);
            }
        }
        if *kind == Kind::AccessUsed {
            // A grant need not be named; whoever has one that gives use would name it.
            body.extend(self.named().map(|(name, _)| ("grant".to_owned(), json!(name.as_str()))));
            body.insert("records".into(), json!(1));
        }
        let mut event = json!({"kind": kind.as_str(), "subject": self.object.as_str(), "body": body});
        let env = if kind.scope() == Scope::Ledger { Env::Prod } else { self.env };
        if kind.scope() == Scope::Env {
            event["env"] = env.as_str().into();
        }
        let event = from_json_value(&event, self.t).ok()?;
        // A kind of either scope is asked about in the environment of the question.
        Some(Event { env: (kind.scope() != Scope::Ledger).then_some(env), ..event })
    }

    fn field(&self, kind: &Kind, field: &str) -> Option<Json> {
        let text = || Some(json!("asked by `sagwan policy explain`"));
        match (kind, field) {
            (_, "artifact" | "template" | "digest" | "profile") => {
                let digest = self.state.subject(self.object).and_then(|subject| subject.digest());
                Some(json!(digest.unwrap_or(Digest([0; 32])).to_string()))
            }
            (Kind::AccessUsed, "purpose") => {
                let granted = self.using().find_map(|(_, grant)| grant.term(self.t)).map(|term| term.purpose.as_str());
                granted.or_else(|| self.policy.vocabulary().purposes().next()).map(Json::from)
            }
            (Kind::SystemRegistered, "purpose") | (Kind::DatasetRegistered, "purpose") => text(),
            (_, "purpose") => self.policy.vocabulary().purposes().next().map(Json::from),
            (_, "account") => Some(json!(self.actor.as_str())),
            (_, "until") => Some(json!(self.t.plus_ms(HOUR_MS).to_string())),
            (Kind::AccessGranted, "to") => {
                let asked = self.state.grant(self.object).and_then(|grant| grant.requested_by.as_ref());
                let somebody = || self.state.actors().into_iter().map(|(id, _)| id).find(|id| *id != self.actor);
                asked.or_else(somebody).map(|actor| json!(actor.as_str()))
            }
            (Kind::AccessReviewed, "from") => Some(json!(self.t.plus_ms(-HOUR_MS).to_string())),
            (Kind::AccessReviewed, "to") => Some(json!(self.t.to_string())),
            (Kind::PolicyApproved, "bundle") => {
                let mut waiting = self.state.proposals().into_iter().filter(|(_, one)| one.adopted.is_none());
                waiting.next().map(|(digest, _)| json!(digest.to_string()))
            }
            (Kind::PluginBound, "component") => match &self.state.subject(self.object)?.life {
                Life::Plugin(plugin) => plugin.components.last().map(|own| json!(own.component.to_string())),
                _ => None,
            },
            (_, "outcome") => Some(json!("pass")),
            (_, "severity") => Some(json!("minor")),
            (_, "trigger") => Some(json!("manual")),
            (_, "risk_class") => Some(json!("high")),
            (_, "assessment_type") => Some(json!("risk")),
            (_, "mode") => Some(json!("observe")),
            (_, "rows" | "days" | "target" | "achieved") => Some(json!(1)),
            // Whom, which key, which role, which version, which bundle: the answer hangs on it.
            (
                _,
                "to" | "kid" | "key" | "role" | "bundle" | "component" | "binding" | "data_subject" | "right" | "world",
            ) => None,
            _ => text(),
        }
    }

    /// The grant that the actor would name: one that holds, or one that held where only a grant would let him.
    fn named(&self) -> Option<(&Subject, &Grant)> {
        let roles: Vec<&str> = self.state.roles(self.actor, self.env, self.t).map(|role| role.as_str()).collect();
        let request = Request {
            roles: &roles,
            actor: self.actor.as_str(),
            env: self.env,
            object: self.object.as_str(),
            object_type: self.object.kind().as_str(),
            action: Kind::AccessUsed.action(),
        };
        let first = self.using().next()?;
        let holds = first.1.status(self.t) == GrantStatus::Live;
        (holds || !self.policy.decide(&request).allow).then_some(first)
    }

    /// The actor's grants for using the object, those that hold first.
    fn using(&self) -> impl Iterator<Item = (&Subject, &Grant)> {
        self.covering().filter(|(_, grant)| grant.allows("use"))
    }

    /// The actor's grants for the object, those that hold first.
    pub fn covering(&self) -> impl Iterator<Item = (&Subject, &Grant)> {
        let mut grants: Vec<(&Subject, &Grant)> = self
            .state
            .subjects()
            .filter_map(|(name, subject)| match &subject.life {
                Life::Grant(grant) => Some((name, &**grant)),
                _ => None,
            })
            .filter(|(_, grant)| {
                grant.env == self.env && grant.covers(self.object) && grant.holder.as_ref() == Some(self.actor)
            })
            .collect();
        let live = |grant: &Grant| grant.status(self.t) == GrantStatus::Live;
        grants.sort_by_key(|(name, grant)| (!live(grant), *name));
        grants.into_iter()
    }
}
