//! Everything that the rules say about one role and one object: all rules that match, not only those that decided.
//!
//! A reviewer asks about classes of objects, not about single ones. The patterns of rules are nested or disjoint
//! (a star stands at the end only, and a version has no slash), so every object is, for a given set of patterns, in
//! exactly one class: the objects of a pattern that no narrower one covers. A class is named by its pattern.

use super::decision::Policy;
use super::matrix::env_index;
use super::object::is_object;
use super::roles::reachable;
use super::rules::{Effect, Rule};
use crate::event::Env;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// What the rules answer to somebody who holds one role and no other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A rule allows and none denies.
    Allow,
    /// No rule speaks of it: another role, or a grant, may allow it.
    DefaultDeny,
    /// A rule denies: no other role and no grant allows it; break-glass does.
    Deny,
    /// A rule of `deny.csv` denies: nothing allows it.
    AbsoluteDeny,
}

impl Answer {
    /// `allow`, `default-deny`, `deny` or `absolute-deny`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::DefaultDeny => "default-deny",
            Self::Deny => "deny",
            Self::AbsoluteDeny => "absolute-deny",
        }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The rules that match one role and one object (or class of objects), each list in byte order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Look<'a> {
    /// The ids of the rules that allow.
    pub allow: Vec<&'a str>,
    /// The ids of the rules that deny.
    pub deny: Vec<&'a str>,
    /// One of those that deny stands in `deny.csv`.
    pub absolute: bool,
}

impl<'a> Look<'a> {
    /// What they add up to for somebody with this role alone.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match (self.deny.is_empty(), self.allow.is_empty()) {
            (false, _) if self.absolute => Answer::AbsoluteDeny,
            (false, _) => Answer::Deny,
            (true, false) => Answer::Allow,
            (true, true) => Answer::DefaultDeny,
        }
    }

    /// The rules that decide: those that deny, if any, else those that allow. Empty for a default denial.
    #[must_use]
    pub fn deciding(&self) -> &[&'a str] {
        if self.deny.is_empty() { &self.allow } else { &self.deny }
    }

    /// What two roles that one actor holds add up to.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let join = |a: &[&'a str], b: &[&'a str]| -> Vec<&'a str> {
            a.iter().chain(b).copied().collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self {
            allow: join(&self.allow, &other.allow),
            deny: join(&self.deny, &other.deny),
            absolute: self.absolute || other.absolute,
        }
    }
}

/// A policy made ready for many looks.
pub struct Lens<'a> {
    policy: &'a Policy,
    /// The rules with patterns finer than a type, by environment, object type and action.
    fine: HashMap<(Env, u32), Vec<&'a Rule>>,
    /// The roles whose rules hold for a role, its own name included: in dev, staging and prod.
    held: HashMap<&'a str, [BTreeSet<&'a str>; 3]>,
}

impl<'a> Lens<'a> {
    /// Sorts the fine rules and follows the role links.
    #[must_use]
    pub fn new(policy: &'a Policy) -> Self {
        let mut fine: HashMap<(Env, u32), Vec<&Rule>> = HashMap::new();
        for rule in policy.rules().iter().filter(|rule| !rule.is_whole_type()) {
            let Some(pair) = policy.vocabulary().pair(&rule.object_type, &rule.action) else { continue };
            for env in rule.envs() {
                fine.entry((env, pair)).or_default().push(rule);
            }
        }
        let held = policy.vocabulary().roles();
        let held = held.map(|role| (role, Env::ALL.map(|env| reachable(policy.links(), role, env).0)));
        Self { policy, fine, held: held.collect() }
    }

    /// The policy behind it.
    #[must_use]
    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// Whether the rules of `other` hold for whoever has `role` in `env`: it is the same role, or linked to.
    pub(super) fn holds(&self, role: &str, env: Env, other: &str) -> bool {
        self.held.get(role).and_then(|held| held.get(env_index(env))).is_some_and(|held| held.contains(other))
    }

    /// All rules that match. `object` is a subject id, or the pattern of a class of objects: `model/*` asks about the
    /// models that no narrower rule speaks of. An unknown role, object type or action matches nothing.
    #[must_use]
    pub fn look(&self, role: &str, env: Env, object: &str, action: &str) -> Look<'a> {
        let vocabulary = self.policy.vocabulary();
        let object_type = object.split('/').next().unwrap_or_default();
        let (Some(pair), Some(index)) = (vocabulary.pair(object_type, action), vocabulary.role(role)) else {
            return Look::default();
        };
        if !object.ends_with('*') && !is_object(object) {
            return Look::default();
        }
        let cell = self.policy.matrix.cell(env, pair, index);
        let table = self.policy.table();
        let mut look =
            Look { allow: table.set_ids(cell.allow), deny: table.set_ids(cell.deny), absolute: cell.absolute };
        let held = self.held.get(role).and_then(|held| held.get(env_index(env)));
        let (Some(fine), Some(held)) = (self.fine.get(&(env, pair)), held) else { return look };
        let matching = fine.iter().filter(|rule| held.contains(rule.role.as_str()) && covers(&rule.object, object));
        for rule in matching {
            match rule.effect {
                Effect::Allow => look.allow.push(&rule.id),
                Effect::Deny => look.deny.push(&rule.id),
            }
            look.absolute |= rule.absolute;
        }
        look.allow.sort_unstable();
        look.deny.sort_unstable();
        look
    }

    /// Every role with the rules that match it, in the vocabulary's order: what [`who_can`](Self::who_can) is drawn
    /// from, and what explains a cell whole.
    #[must_use]
    pub fn explain_cell(&self, env: Env, object: &str, action: &str) -> Vec<(&'a str, Look<'a>)> {
        let roles = self.policy.vocabulary().roles();
        roles.map(|role| (role, self.look(role, env, object, action))).collect()
    }

    /// The roles that may do it by themselves, each with the rules that allow it.
    #[must_use]
    pub fn who_can(&self, env: Env, object: &str, action: &str) -> Vec<(&'a str, Vec<&'a str>)> {
        let cells = self.explain_cell(env, object, action).into_iter();
        cells.filter(|(_, look)| look.answer() == Answer::Allow).map(|(role, look)| (role, look.allow)).collect()
    }

    /// The name of an object of this type that no rule with a narrower pattern speaks of.
    #[must_use]
    pub fn any_object(&self, object_type: &str) -> String {
        let own = || self.policy.rules().iter().filter(|rule| rule.object_type == object_type && !rule.is_whole_type());
        let mut name = format!("{object_type}/any");
        // INVARIANT: it ends, for each turn makes the name longer, and patterns have an end.
        while own().any(|rule| covers(&rule.object, &name)) {
            name.insert_str(object_type.len() + 1, "any-");
        }
        name
    }

    /// The classes of objects that rules tell apart for this action in this environment: the whole type first, then
    /// the narrower patterns in byte order.
    #[must_use]
    pub fn classes(&self, env: Env, object_type: &str, action: &str) -> Vec<String> {
        let fine = self.patterns(env, object_type, action).into_iter().map(str::to_owned);
        [format!("{object_type}/*")].into_iter().chain(fine).collect()
    }

    /// The patterns finer than the type that rules have for this action in this environment, in byte order.
    pub(super) fn patterns(&self, env: Env, object_type: &str, action: &str) -> BTreeSet<&'a str> {
        let pair = self.policy.vocabulary().pair(object_type, action);
        let rules = pair.and_then(|pair| self.fine.get(&(env, pair)));
        rules.into_iter().flatten().map(|rule| rule.object.as_str()).collect()
    }
}

/// Whether every object of `inner` (a pattern or a subject id) is one of `pattern`.
pub(super) fn covers(pattern: &str, inner: &str) -> bool {
    if pattern == inner {
        return true;
    }
    let Some(prefix) = pattern.strip_suffix('*') else { return false };
    let Some(rest) = inner.strip_prefix(prefix) else { return false };
    match prefix.as_bytes().last() {
        Some(b'/') => !rest.is_empty(),
        Some(b'@') => !rest.is_empty() && !rest.contains(['/', '*']),
        _ => false,
    }
}
