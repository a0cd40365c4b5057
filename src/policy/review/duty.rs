//! Duties that no single person may do alone, and whether anything keeps one person from it.

use super::{Finding, Review, Severity};
use crate::event::Env;
use crate::policy::asked::asked_in;
use crate::policy::constraints::{self, Party};
use crate::policy::look::Answer;
use crate::policy::stages::Stage;
use crate::policy::{Unchangeable, vocabulary};
use std::collections::BTreeSet;

/// Object type, the action that begins, the action that another person must take.
const DUTIES: [(&str, &str, &str); 7] = [
    ("policy", "propose", "approve"),
    ("plugin", "publish", "approve"),
    ("plugin", "bind", "approve"),
    ("grant", "request", "grant"),
    ("grant", "open-breakglass", "review-breakglass"),
    ("model", "register", "approve"),
    ("prompt", "register", "approve"),
];

/// Who can do both halves of a duty in an environment.
#[derive(Default)]
struct Alone {
    roles: BTreeSet<String>,
    pairs: BTreeSet<String>,
    envs: BTreeSet<Env>,
}

impl Review<'_> {
    pub(super) fn duty(&mut self) {
        for (object_type, first, second) in DUTIES {
            self.halves(object_type, first, second);
        }
        self.joined();
        self.duplicates();
        self.unchangeable();
    }

    /// A policy that nobody could replace once it is in force.
    fn unchangeable(&mut self) {
        let Some(Unchangeable { message, rules }) = self.policy.unchangeable() else { return };
        let kind = "policy-unchangeable";
        let remedy = "let role:governance-officer propose and approve policy/* in prod";
        if let Some(rule) = self.policy.rules().iter().find(|rule| rules.contains(&rule.id)) {
            return self.of_rule(Severity::Error, kind, rule, message, remedy);
        }
        let (file, line) = (vocabulary::FILE.to_owned(), self.line(vocabulary::FILE, |line| line.starts_with("roles")));
        let (severity, remedy) = (Severity::Error, remedy.to_owned());
        self.found.push(Finding { severity, file, line, kind, rule: None, message, remedy });
    }

    fn halves(&mut self, object_type: &str, first: &str, second: &str) {
        let alone = self.alone(object_type, first, second);
        if alone.roles.is_empty() && alone.pairs.is_empty() {
            return;
        }
        let who: Vec<String> = match alone.roles.is_empty() {
            true => alone.pairs.into_iter().collect(),
            false => alone.roles.iter().cloned().collect(),
        };
        let envs: Vec<&str> = alone.envs.iter().map(|env| env.as_str()).collect();
        let what = format!("{} can {first} and {second} {object_type} in {}", who.join("; "), envs.join(", "));
        let guards = |eyes: &&constraints::FourEyes| {
            let own = eyes.other_than.contains(&Party::Author);
            own || object_type == "grant" && eyes.other_than.contains(&Party::Beneficiary)
        };
        let guard = self.policy.constraints().four_eyes(object_type, second).find(guards);
        let (severity, kind, message, remedy) = match guard {
            None if alone.roles.is_empty() => {
                let remedy = "separate the two roles, or add a four-eyes constraint";
                (Severity::Warning, "unguarded-duty", format!("{what}, and nothing separates the two"), remedy)
            }
            None => {
                let remedy = "add a four-eyes constraint with other-than author, or take one half away";
                (Severity::Error, "unguarded-duty", format!("{what} alone, and no four-eyes constraint"), remedy)
            }
            Some(eyes) if self.policy.stage(Env::Prod, object_type) < Stage::Enforce => {
                let message = format!("{what}, and prod does not enforce {}", eyes.id());
                (Severity::Warning, "four-eyes-not-enforced", message, "let prod enforce the object type")
            }
            Some(eyes) => {
                let message = format!("{what}; only {} keeps one person from both", eyes.id());
                (Severity::Note, "four-eyes-only", message, "nothing, where that is meant; else separate the roles")
            }
        };
        let line = guard.and_then(|eyes| self.line_of_id(constraints::FILE, eyes.id()));
        let rule = guard.map(|eyes| eyes.id().to_owned());
        self.constraint(severity, kind, line, rule, message, remedy);
    }

    /// The roles that can do both halves by themselves, and the pairs of roles that can and that one actor may hold.
    fn alone(&self, object_type: &str, first: &str, second: &str) -> Alone {
        let mut alone = Alone::default();
        let object = format!("{object_type}/*");
        for env in asked_in(object_type, second) {
            let begun = |role: &str| self.lens.look(role, env, &object, first);
            let ended = |role: &str| self.lens.look(role, env, &object, second);
            let roles: Vec<&str> = self.policy.vocabulary().roles().collect();
            let both = |one: &str, other: &str| {
                begun(one).with(&begun(other)).answer() == Answer::Allow
                    && ended(one).with(&ended(other)).answer() == Answer::Allow
            };
            let singles: Vec<&str> = roles.iter().copied().filter(|role| both(role, role)).collect();
            for (at, one) in roles.iter().enumerate().filter(|(_, one)| !singles.contains(one)) {
                let others = roles.iter().skip(at + 1).filter(|other| !singles.contains(other));
                for other in others.filter(|other| both(one, other)) {
                    if self.policy.separation_broken(env, &[one, other]).is_none() {
                        alone.pairs.insert(format!("{one} with {other}"));
                        alone.envs.insert(env);
                    }
                }
            }
            if !singles.is_empty() {
                alone.envs.insert(env);
            }
            alone.roles.extend(singles.into_iter().map(str::to_owned));
        }
        alone
    }

    /// Roles that role links make two exclusive roles at once.
    fn joined(&mut self) {
        let mut found = Vec::new();
        for separation in &self.policy.constraints().separation_of_duty {
            let [one, other] = &separation.roles;
            for role in self.policy.vocabulary().roles() {
                let joins = |env: &&Env| self.lens.holds(role, **env, one) && self.lens.holds(role, **env, other);
                let envs: Vec<&str> = separation.environments.iter().filter(joins).map(|env| env.as_str()).collect();
                if envs.is_empty() {
                    continue;
                }
                let link = self.policy.links().iter().find(|link| link.child == role);
                found.push(Finding {
                    severity: Severity::Error,
                    file: link.map_or_else(|| constraints::FILE.to_owned(), |link| link.file.clone()),
                    line: link.map(|link| link.line),
                    kind: "separation-joined",
                    rule: link.map(|link| link.id.clone()),
                    message: format!(
                        "{role} has the rules of {one} and of {other} in {}, which {} keeps apart",
                        envs.join(", "),
                        separation.id()
                    ),
                    remedy: "remove a link, or the separation".to_owned(),
                });
            }
        }
        self.found.extend(found);
    }

    /// Constraints that say again what another says.
    fn duplicates(&mut self) {
        let all = self.policy.constraints();
        let mut found: Vec<(&str, &str)> = Vec::new();
        for (at, one) in all.separation_of_duty.iter().enumerate() {
            let same = |other: &&constraints::Separation| {
                other.roles.iter().all(|role| one.roles.contains(role))
                    && one.environments.is_subset(&other.environments)
            };
            let others = all.separation_of_duty.iter().enumerate();
            let wider = |(other_at, other): &(usize, &constraints::Separation)| {
                *other_at != at && same(other) && (*other_at < at || other.environments != one.environments)
            };
            found.extend(others.filter(|pair| wider(pair)).take(1).map(|(_, other)| (one.id(), other.id())));
        }
        for (at, one) in all.four_eyes.iter().enumerate() {
            let others = all.four_eyes.iter().enumerate().filter(|(other_at, other)| {
                *other_at != at
                    && (&other.object, &other.action) == (&one.object, &one.action)
                    && one.other_than.is_subset(&other.other_than)
                    && (*other_at < at || other.other_than != one.other_than)
            });
            found.extend(others.take(1).map(|(_, other)| (one.id(), other.id())));
        }
        for one in &all.role_maximum {
            let first = all.role_maximum(&one.role).filter(|first| first.id() != one.id());
            found.extend(first.map(|first| (one.id(), first.id())));
        }
        let found: Vec<_> = found.into_iter().map(|(one, other)| (one.to_owned(), other.to_owned())).collect();
        for (one, other) in found {
            let line = self.line_of_id(constraints::FILE, &one);
            let message = format!("says nothing that {other} does not say");
            self.constraint(
                Severity::Warning,
                "redundant-constraint",
                line,
                Some(one),
                message,
                "remove one of the two",
            );
        }
    }

    fn constraint(
        &mut self,
        severity: Severity,
        kind: &'static str,
        line: Option<usize>,
        rule: Option<String>,
        message: String,
        remedy: &str,
    ) {
        let (file, remedy) = (constraints::FILE.to_owned(), remedy.to_owned());
        self.found.push(Finding { severity, file, line, kind, rule, message, remedy });
    }
}
