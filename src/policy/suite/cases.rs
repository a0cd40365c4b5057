//! A case, checked: what it asks, for whom, and what it expects.

use super::read::{Expect, RawCase, RawFacts};
use crate::event::{ActorId, Env, Subject};
use crate::policy::error::{PolicyError, refuse};
use crate::policy::{Party, Policy};

/// Who asks when a case names nobody.
const SOMEBODY: &str = "user:somebody";
/// The built-in rule by which a word that nobody knows is denied: a case may ask for it.
const NOT_IN_VOCABULARY: &str = crate::policy::rules::NOT_IN_VOCABULARY;

/// One case: every combination of its lists is one request.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub name: String,
    pub line: usize,
    pub actor: String,
    /// Each list is what one actor holds.
    pub holders: Vec<Vec<String>>,
    pub envs: Vec<Env>,
    pub objects: Vec<String>,
    pub actions: Vec<String>,
    pub facts: Vec<(Party, ActorId)>,
    pub expect: Expect,
    /// The rules that may decide; each must decide one request at least. Empty: any may.
    pub rules: Vec<String>,
}

impl Case {
    /// Checks the words of a case against those of the policy: a misspelt word would always be denied, and a test that
    /// expects a denial would hold for ever.
    pub fn check(file: &str, line: usize, raw: RawCase, policy: &Policy) -> Result<Self, PolicyError> {
        let bad = |reason: String, remedy: &str| Err(refuse(file, line, reason, remedy));
        let RawCase { name, role, roles, actor, env, object, action, facts, expect, rule } = raw;
        let holders = match (role.0.is_empty(), roles) {
            (false, None) => role.0.into_iter().map(|role| vec![role]).collect(),
            (true, Some(roles)) => vec![roles],
            (true, None) => return bad("no `role`".to_owned(), "write `role:` (each) or `roles:` (all at once)"),
            (false, Some(_)) => return bad("both `role` and `roles`".to_owned(), "write one of the two"),
        };
        let vocabulary = policy.vocabulary();
        if let Some(role) = holders.iter().flatten().find(|role| vocabulary.role(role).is_none()) {
            return bad(format!("unknown role `{role}`"), "use one of vocabulary.toml");
        }
        if object.0.is_empty() {
            return bad("no `object`".to_owned(), "write `object: kind/name`, or `kind/*` for any");
        }
        let unknown_is_meant = rule.0 == [NOT_IN_VOCABULARY];
        for object in &object.0 {
            let object_type = object.split('/').next().unwrap_or_default();
            let any = object.strip_suffix("/*") == Some(object_type);
            if !any && object.parse::<Subject>().is_err() {
                return bad(format!("`{object}` is no subject"), "write `kind/name`, `kind/name@version` or `kind/*`");
            }
            let unknown = action.0.iter().find(|action| vocabulary.pair(object_type, action).is_none());
            if let Some(action) = unknown.filter(|_| !unknown_is_meant) {
                let remedy = "use words of vocabulary.toml, or expect `rule: not-in-vocabulary`";
                return bad(format!("nothing does `{action}` to `{object_type}`"), remedy);
            }
        }
        if let Some(rule) = rule.0.iter().find(|rule| policy.table().code(rule).is_none()) {
            return bad(format!("unknown rule `{rule}`"), "name rules by their ids");
        }
        let envs = if env.0.is_empty() { Env::ALL.to_vec() } else { env.0 };
        let actor = actor.map_or_else(|| SOMEBODY.to_owned(), |actor| actor.to_string());
        let (objects, actions) = (object.0, action.0);
        Ok(Self { name, line, actor, holders, envs, objects, actions, facts: parties(facts), expect, rules: rule.0 })
    }

    /// How many requests it stands for.
    pub fn count(&self) -> usize {
        let lists = [self.holders.len(), self.envs.len(), self.objects.len(), self.actions.len()];
        lists.into_iter().fold(1, usize::saturating_mul)
    }
}

fn parties(facts: RawFacts) -> Vec<(Party, ActorId)> {
    let RawFacts { author, trainer, beneficiary } = facts;
    let named = |party, actors: Vec<ActorId>| actors.into_iter().map(move |actor| (party, actor));
    named(Party::Author, author.0)
        .chain(named(Party::Trainer, trainer.0))
        .chain(named(Party::Beneficiary, beneficiary.0))
        .collect()
}
