//! Rules that never decide anything: another rule has said it, or denies it.

use super::{Review, Severity};
use crate::event::Env;
use crate::policy::look::covers;
use crate::policy::rules::{Effect, Rule};
use std::collections::HashMap;

impl Review<'_> {
    /// Whether `by` speaks of everything in `env` that `rule` speaks of there, to the same actors.
    fn speaks_for(&self, by: &Rule, rule: &Rule, env: Env) -> bool {
        by.id != rule.id
            && by.env.is_none_or(|own| own == env)
            && covers(&by.object, &rule.object)
            && self.lens.holds(&rule.role, env, &by.role)
    }

    pub(super) fn shadows(&mut self) {
        let mut groups: HashMap<(&str, &str), Vec<&Rule>> = HashMap::new();
        for rule in self.policy.rules() {
            groups.entry((&rule.object_type, &rule.action)).or_default().push(rule);
        }
        for rule in self.policy.rules() {
            let group = groups.get(&(rule.object_type.as_str(), rule.action.as_str())).map_or(&[][..], Vec::as_slice);
            self.repeated(rule, group);
            match rule.effect {
                Effect::Allow => self.overridden(rule, group),
                Effect::Deny => self.idle(rule, group),
            }
        }
        self.links();
    }

    /// A rule whose every cell others of the same effect give.
    fn repeated(&mut self, rule: &Rule, group: &[&Rule]) {
        let same = |by: &&&Rule| by.effect == rule.effect && by.absolute >= rule.absolute;
        let others: Vec<&Rule> = group.iter().filter(same).copied().collect();
        let whole = |by: &Rule, of: &Rule| of.envs().all(|env| self.speaks_for(by, of, env));
        let by = match others.iter().find(|by| whole(by, rule)) {
            Some(by) => vec![by.id.clone()],
            None => {
                // WHY: where three rules add up to a fourth, the three are the ones to go, and are named themselves.
                let one = |env| {
                    others.iter().find(|by| self.speaks_for(by, rule, env) && !whole(rule, by)).map(|by| by.id.clone())
                };
                match rule.envs().map(one).collect::<Option<Vec<_>>>() {
                    Some(by) => by,
                    None => return,
                }
            }
        };
        let message = format!("says nothing that {} does not say", by.join(", "));
        self.of_rule(Severity::Warning, "redundant-rule", rule, message, "remove it, or the wider one");
    }

    /// An allow that denies of the same role override, everywhere or in some environments.
    fn overridden(&mut self, rule: &Rule, group: &[&Rule]) {
        let denies: Vec<&Rule> = group.iter().filter(|by| by.effect == Effect::Deny).copied().collect();
        let by = |env| denies.iter().find(|by| self.speaks_for(by, rule, env)).map(|by| (env, by.id.clone()));
        let over: Vec<(Env, String)> = rule.envs().filter_map(by).collect();
        if over.is_empty() {
            return;
        }
        let mut ids: Vec<&str> = over.iter().map(|(_, id)| id.as_str()).collect();
        ids.dedup();
        let ids = ids.join(", ");
        if over.len() == rule.envs().count() {
            let message = format!("never allows anything: {ids} denies all of it");
            return self.of_rule(Severity::Warning, "shadowed-allow", rule, message, "remove it, or the deny");
        }
        let envs: Vec<&str> = over.iter().map(|(env, _)| env.as_str()).collect();
        let message = format!("allows nothing in {}: {ids} denies it there", envs.join(" and "));
        let remedy = "write the environments in which it is meant to allow";
        self.of_rule(Severity::Note, "partly-shadowed-allow", rule, message, remedy);
    }

    /// A deny of something that no rule allows anybody: a guard for what may be written later.
    fn idle(&mut self, rule: &Rule, group: &[&Rule]) {
        let meets = |by: &&Rule| {
            by.effect == Effect::Allow
                && rule.envs().any(|env| by.env.is_none_or(|own| own == env))
                && (covers(&by.object, &rule.object) || covers(&rule.object, &by.object))
        };
        if !group.iter().any(meets) {
            let message = "denies what no rule allows anybody".to_owned();
            let remedy = "keep it as a guard against later rules, or remove it";
            self.of_rule(Severity::Note, "idle-deny", rule, message, remedy);
        }
    }

    /// Role links that give nothing.
    fn links(&mut self) {
        let links = self.policy.links();
        let mut found = Vec::new();
        for link in links {
            let envs = || Env::ALL.into_iter().filter(|env| link.holds_in(*env));
            // The parent must be reached without this link: through another link of the child.
            let other = |env| {
                links.iter().any(|by| {
                    by.id != link.id
                        && by.child == link.child
                        && by.holds_in(env)
                        && (by.parent == link.parent && by.env.is_none() >= link.env.is_none()
                            || by.parent != link.parent && self.lens.holds(&by.parent, env, &link.parent))
                })
            };
            let rules = |env: Env| {
                let own = |rule: &Rule| rule.env.is_none_or(|own| own == env);
                self.policy.rules().iter().any(|rule| own(rule) && self.lens.holds(&link.parent, env, &rule.role))
            };
            if envs().all(other) {
                found.push((link, "redundant-link", format!("{} has {} by another link too", link.child, link.parent)));
            } else if !envs().any(rules) {
                found.push((link, "dead-link", format!("{} has no rules there to give", link.parent)));
            }
        }
        for (link, kind, message) in found {
            self.found.push(super::Finding {
                severity: Severity::Warning,
                file: link.file.clone(),
                line: Some(link.line),
                kind,
                rule: Some(link.id.clone()),
                message,
                remedy: "remove it, or correct its roles".to_owned(),
            });
        }
    }
}
