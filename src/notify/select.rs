//! Which recorded events a webhook is told of.

use crate::event::{Env, Event, Kind, Signer, Subject, SubjectKind};
use std::collections::BTreeSet;

/// What an endpoint is told of: kinds, and where they are named environments and subjects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selection {
    kinds: Vec<Kind>,
    envs: Vec<Env>,
    subjects: Vec<Pattern>,
}

/// Subjects, as settings name them.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Pattern {
    /// `model/credit@3`
    One(Subject),
    /// `model/credit@*`: every version of a name, and the name.
    Versions(Subject),
    /// `model/*`
    Type(SubjectKind),
}

impl Selection {
    /// Reads what the settings say. `alert.*` is every known kind that begins so; extensions are named in full.
    ///
    /// # Errors
    /// The setting, and what is wrong with it.
    pub fn new(kinds: &[String], envs: &[Env], subjects: &[String]) -> Result<Self, (&'static str, String)> {
        let mut found = BTreeSet::new();
        for word in kinds {
            let of = expanded(word).map_err(|what| ("kinds", what))?;
            found.extend(of);
        }
        if found.is_empty() {
            return Err(("kinds", "name at least one kind of docs/events.md".into()));
        }
        if envs.iter().collect::<BTreeSet<_>>().len() != envs.len() {
            return Err(("environments", "one stands there twice".into()));
        }
        let subjects = subjects.iter().map(|text| pattern(text)).collect::<Result<_, _>>();
        let subjects = subjects.map_err(|what| ("subjects", what))?;
        Ok(Self { kinds: found.into_iter().collect(), envs: envs.to_vec(), subjects })
    }

    /// The kinds, each once.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Whether an event is one of these.
    #[must_use]
    pub fn wants(&self, event: &Event) -> bool {
        self.kinds.contains(&event.kind())
            && (self.envs.is_empty() || self.envs.contains(&event.policy_env()))
            && (self.subjects.is_empty() || self.subjects.iter().any(|pattern| pattern.covers(&event.subject)))
    }
}

fn expanded(word: &str) -> Result<Vec<Kind>, String> {
    if let Some(prefix) = word.strip_suffix(".*") {
        let begins = |kind: &&Kind| kind.as_str().strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        let kinds: Vec<Kind> = Kind::ALL.iter().filter(begins).filter(|kind| is_tellable(kind)).cloned().collect();
        let none = || format!("{word:?}: no kind begins so; extensions (x.…) are named in full");
        return if kinds.is_empty() { Err(none()) } else { Ok(kinds) };
    }
    let kind = Kind::parse(word).map_err(|error| format!("{word:?}: {error}"))?;
    if is_tellable(&kind) {
        Ok(vec![kind])
    } else {
        Err(format!("{word:?}: nobody is told of what the log notes about its own work; leave it out"))
    }
}

/// Seals say nothing to anybody outside, and telling of deliveries would never end.
fn is_tellable(kind: &Kind) -> bool {
    kind.signer() == Signer::Actor || *kind == Kind::Denial
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let wrong =
        |error: &dyn std::fmt::Display| format!("{text:?}: {error}: write model/credit@3, model/credit@* or model/*");
    if let Some(name) = text.strip_suffix("@*") {
        return name.parse().map(Pattern::Versions).map_err(|error: crate::event::EventError| wrong(&error));
    }
    if let Some(kind) = text.strip_suffix("/*") {
        let kind = SubjectKind::ALL.iter().find(|known| known.as_str() == kind);
        return kind.copied().map(Pattern::Type).ok_or_else(|| wrong(&"no such kind of subject"));
    }
    text.parse().map(Pattern::One).map_err(|error: crate::event::EventError| wrong(&error))
}

impl Pattern {
    fn covers(&self, subject: &Subject) -> bool {
        match self {
            Self::One(one) => one == subject,
            Self::Versions(of) => of.kind() == subject.kind() && of.name() == subject.name(),
            Self::Type(kind) => *kind == subject.kind(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Body, Map, Timestamp, body::RetrainRequested};

    fn event(subject: &str, env: Env) -> Event {
        Event {
            subject: subject.parse().unwrap(),
            env: Some(env),
            inputs: vec![],
            outputs: vec![],
            time: Timestamp(0),
            body: Body::RetrainRequested(RetrainRequested { reason: None, alert: None }),
            facets: Map::new(),
            commitments: vec![],
            imported: false,
            claimed_by: None,
        }
    }

    fn selection(kinds: &[&str], envs: &[Env], subjects: &[&str]) -> Result<Selection, (&'static str, String)> {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Selection::new(&own(kinds), envs, &own(subjects))
    }

    #[test]
    fn all_that_is_named_must_fit() {
        let wants = |kinds: &[&str], envs: &[Env], subjects: &[&str]| {
            selection(kinds, envs, subjects).unwrap().wants(&event("model/credit@3", Env::Prod))
        };
        assert!(wants(&["retrain.requested"], &[], &[]));
        assert!(wants(&["alert.*", "retrain.*"], &[Env::Prod], &["dataset/*", "model/credit@*"]));
        assert!(
            wants(&["retrain.requested"], &[], &["model/credit@3"]) && wants(&["retrain.requested"], &[], &["model/*"])
        );
        assert!(!wants(&["alert.raised"], &[], &[]) && !wants(&["retrain.requested"], &[Env::Dev], &[]));
        for other in ["model/credit", "model/credit@30", "model/cred@*", "prompt/*"] {
            assert!(!wants(&["retrain.requested"], &[], &[other]), "{other}");
        }
    }

    #[test]
    fn what_the_log_notes_about_its_own_work_is_told_to_nobody() {
        for own in ["seal", "notification.recorded", "ledger.created", "notification.*", "ledger.*"] {
            assert_eq!(selection(&[own], &[], &[]).unwrap_err().0, "kinds", "{own}");
        }
        assert_eq!(selection(&["denial", "x.acme.done"], &[], &[]).unwrap().kinds().len(), 2);
        assert!(selection(&["x.acme.*"], &[], &[]).is_err() && selection(&["*"], &[], &[]).is_err());
    }
}
