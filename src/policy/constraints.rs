//! `constraints.toml`: separation of duty, four eyes, how many may hold a role, how long a grant may last.
//!
//! The rules are here; who did what is in the ledger's state. `decide` puts the two together.

use super::error::{PolicyError, refuse, refuse_file};
use super::text;
use super::vocabulary::Vocabulary;
use crate::event::{Env, limits};
use serde::Deserialize;
use std::collections::{BTreeSet, HashSet};
use toml::Spanned;

/// The file's name in a bundle.
pub(super) const FILE: &str = "constraints.toml";

pub(super) const HOUR_MS: i64 = 60 * 60 * 1_000;

/// The constraints of a policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Constraints {
    /// Pairs of roles that one actor may not hold together.
    #[serde(default)]
    pub separation_of_duty: Vec<Separation>,
    /// Actions that need somebody other than whoever did something before.
    #[serde(default)]
    pub four_eyes: Vec<FourEyes>,
    /// How many actors may hold a role at once, in one environment.
    #[serde(default)]
    pub role_maximum: Vec<RoleMaximum>,
    /// What nobody may do, and that is meant.
    #[serde(default)]
    pub uncovered: Vec<Uncovered>,
    /// How long grants may last.
    pub grants: Grants,
    /// How break-glass works.
    pub break_glass: BreakGlass,
}

/// Two roles that one actor may not hold together in the same environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Separation {
    id: Spanned<String>,
    /// Exactly two.
    pub roles: [String; 2],
    /// Where the pair is forbidden.
    pub environments: BTreeSet<Env>,
}

/// An action that needs somebody other than the named parties.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FourEyes {
    id: Spanned<String>,
    /// The object type.
    pub object: String,
    /// The action.
    pub action: String,
    /// Whoever acts may be none of these.
    pub other_than: BTreeSet<Party>,
}

/// Somebody whom the ledger knows in relation to a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Who registered, proposed, published, bound, requested or opened the subject.
    Author,
    /// Who completed the run that produced the subject.
    Trainer,
    /// Whoever the event is about: the actor that receives a role, a key or a grant.
    Beneficiary,
}

impl Party {
    /// The word in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Trainer => "trainer",
            Self::Beneficiary => "beneficiary",
        }
    }
}

/// How many actors may hold a role at once, in one environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RoleMaximum {
    id: Spanned<String>,
    /// The role.
    pub role: String,
    /// At most this many actors; at least 1.
    pub at_most: u32,
}

/// Cells that no role is allowed, knowingly: a reviewer need not ask about them again. It decides nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Uncovered {
    object: Spanned<String>,
    /// The actions.
    pub actions: BTreeSet<String>,
    /// The environments.
    pub environments: BTreeSet<Env>,
    /// Why nobody may.
    pub reason: String,
}

impl Uncovered {
    /// The object type.
    #[must_use]
    pub fn object(&self) -> &str {
        self.object.get_ref()
    }
}

/// The longest grants, by environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grants {
    longest_hours: LongestHours,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongestHours {
    dev: u32,
    staging: u32,
    prod: u32,
}

impl Grants {
    /// The longest life of a grant in `env`, in milliseconds.
    #[must_use]
    pub fn longest_ms(&self, env: Env) -> i64 {
        let hours = match env {
            Env::Dev => self.longest_hours.dev,
            Env::Staging => self.longest_hours.staging,
            Env::Prod => self.longest_hours.prod,
        };
        i64::from(hours) * HOUR_MS
    }
}

/// How break-glass works: a self-issued grant of short life that owes a review.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BreakGlass {
    longest_hours: u32,
    review_within_hours: u32,
}

impl BreakGlass {
    /// The longest life, in milliseconds.
    #[must_use]
    pub fn longest_ms(&self) -> i64 {
        i64::from(self.longest_hours) * HOUR_MS
    }

    /// The review is owed within this time after opening, in milliseconds.
    #[must_use]
    pub fn review_within_ms(&self) -> i64 {
        i64::from(self.review_within_hours) * HOUR_MS
    }
}

macro_rules! ids {
    ($($what:ident)*) => { $(impl $what {
        /// The stable id: what a decision names when this constraint refuses.
        #[must_use]
        pub fn id(&self) -> &str {
            self.id.get_ref()
        }
    })* };
}

ids!(Separation FourEyes RoleMaximum);

impl Constraints {
    /// Reads the file. Ids join those of the rules in `ids`, so that one id names one thing.
    pub(super) fn read(text: &str, vocabulary: &Vocabulary, rule_ids: &[&str]) -> Result<Self, PolicyError> {
        let constraints: Self = text::toml(FILE, text)?;
        let mut ids: HashSet<&str> = rule_ids.iter().copied().chain(super::rules::BUILT_IN).collect();
        for id in constraints.spanned_ids() {
            let line = text::line_at(text, id.span().start);
            if !text::is_word(id.get_ref()) || !ids.insert(id.get_ref()) {
                let reason = format!("id `{}` is misspelt, reserved or already used", id.get_ref());
                return Err(refuse(FILE, line, reason, "use another: lower-case letters, digits and hyphens"));
            }
        }
        constraints.check(text, vocabulary)?;
        Ok(constraints)
    }

    fn spanned_ids(&self) -> impl Iterator<Item = &Spanned<String>> {
        let pairs = self.separation_of_duty.iter().map(|one| &one.id);
        let eyes = self.four_eyes.iter().map(|one| &one.id);
        pairs.chain(eyes).chain(self.role_maximum.iter().map(|one| &one.id))
    }

    /// The ids of all constraints.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.spanned_ids().map(|id| id.get_ref().as_str())
    }

    fn check(&self, text: &str, vocabulary: &Vocabulary) -> Result<(), PolicyError> {
        let line = |id: &Spanned<String>| text::line_at(text, id.span().start);
        let known = |id: &Spanned<String>, role: &str| match vocabulary.role(role) {
            Some(_) => Ok(()),
            None => Err(refuse(FILE, line(id), format!("unknown role `{role}`"), "use one of vocabulary.toml")),
        };
        for Separation { id, roles: [one, other], environments } in &self.separation_of_duty {
            known(id, one)?;
            known(id, other)?;
            if one == other || environments.is_empty() {
                let reason = "a pair of one role with itself, or in no environment";
                return Err(refuse(FILE, line(id), reason, "name two roles and at least one environment"));
            }
        }
        for FourEyes { id, object, action, other_than } in &self.four_eyes {
            if vocabulary.pair(object, action).is_none() {
                let reason = format!("nothing does `{action}` to `{object}`");
                return Err(refuse(FILE, line(id), reason, "use words of vocabulary.toml"));
            }
            if other_than.is_empty() {
                let reason = "four eyes that are other than nobody";
                return Err(refuse(FILE, line(id), reason, "name author, trainer or beneficiary"));
            }
        }
        for RoleMaximum { id, role, at_most } in &self.role_maximum {
            known(id, role)?;
            if *at_most == 0 {
                return Err(refuse(FILE, line(id), "a role that nobody may hold", "write at least 1"));
            }
        }
        self.check_uncovered(text, vocabulary)?;
        self.check_hours()
    }

    fn check_uncovered(&self, text: &str, vocabulary: &Vocabulary) -> Result<(), PolicyError> {
        for Uncovered { object, actions, environments, reason } in &self.uncovered {
            let line = text::line_at(text, object.span().start);
            if let Some(action) = actions.iter().find(|action| vocabulary.pair(object.get_ref(), action).is_none()) {
                let what = format!("nothing does `{action}` to `{}`", object.get_ref());
                return Err(refuse(FILE, line, what, "use words of vocabulary.toml"));
            }
            if actions.is_empty() || environments.is_empty() || reason.trim().is_empty() {
                let what = "an acknowledgement of nothing, or without a reason";
                return Err(refuse(FILE, line, what, "name actions and environments, and say why nobody may"));
            }
        }
        Ok(())
    }

    /// Whether it is known and meant that no role may do this.
    #[must_use]
    pub fn is_uncovered(&self, env: Env, object_type: &str, action: &str) -> bool {
        let known = |one: &&Uncovered| {
            one.object() == object_type && one.environments.contains(&env) && one.actions.contains(action)
        };
        self.uncovered.iter().any(|one| known(&one))
    }

    fn check_hours(&self) -> Result<(), PolicyError> {
        let LongestHours { dev, staging, prod } = self.grants.longest_hours;
        let glass = &self.break_glass;
        let glass_max = u32::try_from(limits::BREAKGLASS_MS_MAX / HOUR_MS).unwrap_or(u32::MAX);
        for (key, hours, limit) in [
            ("grants.longest-hours.dev", dev, limits::POLICY_GRANT_HOURS_MAX),
            ("grants.longest-hours.staging", staging, limits::POLICY_GRANT_HOURS_MAX),
            ("grants.longest-hours.prod", prod, limits::POLICY_GRANT_HOURS_MAX),
            ("break-glass.longest-hours", glass.longest_hours, glass_max),
            ("break-glass.review-within-hours", glass.review_within_hours, limits::POLICY_GRANT_HOURS_MAX),
        ] {
            if hours == 0 || hours > limit {
                let reason = format!("{key} is {hours}");
                return Err(refuse_file(FILE, reason, format!("write a number of hours from 1 to {limit}")));
            }
        }
        Ok(())
    }

    /// The four-eyes rules for an action.
    pub fn four_eyes(&self, object_type: &str, action: &str) -> impl Iterator<Item = &FourEyes> {
        self.four_eyes.iter().filter(move |rule| rule.object == object_type && rule.action == action)
    }

    /// The most actors that may hold `role` at once in one environment, with the constraint that says so.
    #[must_use]
    pub fn role_maximum(&self, role: &str) -> Option<&RoleMaximum> {
        self.role_maximum.iter().find(|maximum| maximum.role == role)
    }
}
