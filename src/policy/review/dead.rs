//! Rules and words that nothing ever asks about.

use super::{Finding, Review, Severity};
use crate::event::{ActorId, Env, Subject};
use crate::policy::asked::asked_in;
use crate::policy::vocabulary;

/// The object types whose subjects have versions.
const VERSIONED: [&str; 2] = ["model", "prompt"];

impl Review<'_> {
    pub(super) fn dead(&mut self) {
        for rule in self.policy.rules() {
            let asked = asked_in(&rule.object_type, &rule.action);
            if !asked.is_empty() && !rule.envs().any(|env| asked.contains(&env)) {
                let message = format!("nothing asks for {} of {} in {}", rule.action, rule.object_type, rule.domain());
                let remedy = "remove it: what holds in the whole ledger is decided in prod";
                self.of_rule(Severity::Warning, "dead-rule", rule, message, remedy);
            }
            let name = rule.object.split_once('/').map_or("", |(_, name)| name);
            let is_pattern = rule.object.ends_with('*');
            let example = rule.object.replace('*', "x");
            let actor = rule.object_type == "actor" && !is_pattern && name.parse::<ActorId>().is_err();
            if example.parse::<Subject>().is_err() || actor {
                let message = format!("no subject can be called `{}`", rule.object);
                let remedy = "correct the name; actors are `actor/user:NAME` and `actor/service:NAME`";
                self.of_rule(Severity::Warning, "dead-rule", rule, message, remedy);
            } else if VERSIONED.contains(&rule.object_type.as_str()) && !is_pattern && !name.contains('@') {
                let message = format!("`{}` means the name without a version, and not its versions", rule.object);
                self.of_rule(Severity::Warning, "unversioned-object", rule, message, "write `NAME@*` for all versions");
            }
        }
        self.words();
    }

    /// Roles without rules, and what can be done to things but is never asked for.
    fn words(&mut self) {
        let mut found = Vec::new();
        for role in self.policy.vocabulary().roles() {
            let has = |env| self.policy.rules().iter().any(|rule| self.lens.holds(role, env, &rule.role));
            if !Env::ALL.into_iter().any(has) {
                let place = self.line(vocabulary::FILE, |line| line.contains(&format!("\"{role}\"")));
                let message = format!("{role} has no rule, of its own or by a link");
                found.push((place, "role-without-rules", message, "write rules for it, or remove it"));
            }
        }
        for (object_type, action, _) in self.policy.vocabulary().pairs() {
            if asked_in(object_type, action).is_empty() {
                let message = format!("nothing ever asks for {action} of {object_type}");
                found.push((self.line_of_type(object_type), "dead-action", message, "remove it from the object type"));
            }
        }
        for (line, kind, message, remedy) in found {
            let (file, remedy) = (vocabulary::FILE.to_owned(), remedy.to_owned());
            self.found.push(Finding { severity: Severity::Warning, file, line, kind, rule: None, message, remedy });
        }
    }

    /// The line of `vocabulary.toml` on which an object type's actions begin.
    pub(super) fn line_of_type(&self, object_type: &str) -> Option<usize> {
        self.line(vocabulary::FILE, |line| line.split('=').next().is_some_and(|key| key.trim() == object_type))
    }
}
