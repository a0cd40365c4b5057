//! A compiled policy, and what it says to a request.

use super::constraints::Constraints;
use super::engine::Matcher;
use super::error::PolicyError;
use super::matrix::Matrix;
use super::object::is_object;
use super::roles::Link;
use super::rules::{DEFAULT_DENY, Effect, NOT_IN_VOCABULARY, POLICY_ERROR, Rule, RuleCode, RuleIds, Rules};
use super::stages::{Stage, Stages};
use super::vocabulary::Vocabulary;
use crate::event::{Digest, Env};
use std::{collections::HashMap, sync::Arc};

/// Who wants to do what to which object, where. Every word comes from the ledger's state and from the event's kind,
/// never from the caller.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The roles that the actor holds now in `env`: `role:…`. A role that the policy does not know gives nothing.
    pub roles: &'a [&'a str],
    /// `user:…` or `service:…`; anything else is denied, so that no actor is spelt like a role.
    pub actor: &'a str,
    /// The environment.
    pub env: Env,
    /// The subject id, such as `model/credit-risk@1`.
    pub object: &'a str,
    /// The word before the slash of `object`.
    pub object_type: &'a str,
    /// The verb that the event's kind maps to.
    pub action: &'a str,
}

/// What the rules say. What is done about it is the business of the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// At least one rule allows and none denies.
    pub allow: bool,
    /// The rules that made it: those that deny, if any; else those that allow; else `default-deny`,
    /// `not-in-vocabulary` or `policy-error`. Never empty.
    pub rules: RuleIds,
    /// A rule of `deny.csv` denied it: break-glass and grants do not override it.
    pub absolute_deny: bool,
}

impl Decision {
    /// Whether a rule of the bundle denied it, as opposed to no rule allowing it.
    #[must_use]
    pub fn explicit_deny(&self) -> bool {
        !self.allow && !self.rules.is_built_in()
    }
}

/// A policy, compiled and immutable. A new policy is a new value: nothing is ever reloaded in place (hazards 14 and
/// 15 of casbin 2.20), so whoever holds an `Arc` of the old one keeps deciding by it.
pub struct Policy {
    pub(super) digest: Digest,
    pub(super) vocabulary: Vocabulary,
    pub(super) rules: Vec<Rule>,
    pub(super) links: Vec<Link>,
    pub(super) table: Arc<Rules>,
    pub(super) matrix: Matrix,
    pub(super) partitions: HashMap<(Env, u32), Partition>,
    pub(super) constraints: Constraints,
    pub(super) stages: Stages,
}

/// The rows with patterns finer than a type, for one (environment, object type, action).
pub(super) struct Partition {
    pub matcher: Matcher,
    /// Code and absoluteness of each row, in casbin's order.
    pub rows: Vec<(RuleCode, bool)>,
}

/// What the roles of one request add up to.
struct Sum {
    allow: RuleIds,
    deny: RuleIds,
    allowed: bool,
    denied: bool,
    absolute: bool,
}

impl Policy {
    /// Decides. An error, a malformed object or an unknown word denies. A look-up without allocation, unless the
    /// policy has patterns finer than a type for this action, or more than six roles matter at once.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        if !well_formed(request) {
            return self.built_in(POLICY_ERROR);
        }
        let Some(pair) = self.vocabulary.pair(request.object_type, request.action) else {
            return self.built_in(NOT_IN_VOCABULARY);
        };
        let none = RuleIds::none(&self.table);
        let mut sum = Sum { allow: none.clone(), deny: none, allowed: false, denied: false, absolute: false };
        let partition = self.partitions.get(&(request.env, pair));
        for role in request.roles {
            let Some(index) = self.vocabulary.role(role) else { continue };
            let cell = self.matrix.cell(request.env, pair, index);
            if cell.allow != 0 {
                sum.allow.add_set(cell.allow);
                sum.allowed = true;
            }
            if cell.deny != 0 {
                sum.deny.add_set(cell.deny);
                sum.denied = true;
                sum.absolute |= cell.absolute;
            }
            let Some(partition) = partition else { continue };
            if sum.add_partition(partition, role, request).is_err() {
                return self.built_in(POLICY_ERROR);
            }
        }
        match (sum.denied, sum.allowed) {
            (true, _) => Decision { allow: false, rules: sum.deny, absolute_deny: sum.absolute },
            (false, true) => Decision { allow: true, rules: sum.allow, absolute_deny: false },
            (false, false) => self.built_in(DEFAULT_DENY),
        }
    }

    /// Whether every object of a type is answered alike: no row for this action is finer than the type. Whoever asks
    /// about many objects may then ask once a type.
    #[must_use]
    pub fn is_uniform(&self, env: Env, object_type: &str, action: &str) -> bool {
        let pair = self.vocabulary.pair(object_type, action);
        pair.is_none_or(|pair| !self.partitions.contains_key(&(env, pair)))
    }

    fn built_in(&self, id: &str) -> Decision {
        Decision { allow: false, rules: RuleIds::built_in(&self.table, id), absolute_deny: false }
    }

    /// The SHA-256 of the bundle's canonical bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The closed lists of words.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Separation of duty, four eyes, longest grants.
    #[must_use]
    pub fn constraints(&self) -> &Constraints {
        &self.constraints
    }

    /// The stage of a scope, for default denials, missing steps and missing references.
    #[must_use]
    pub fn stage(&self, env: Env, object_type: &str) -> Stage {
        self.stages.stage(env, object_type)
    }

    /// The stage of a scope when a rule denies explicitly.
    #[must_use]
    pub fn deny_stage(&self, env: Env, object_type: &str) -> Stage {
        self.stages.deny_stage(env, object_type)
    }

    /// The stage that applies to `decision`: [`Self::deny_stage`] when a rule denied, else [`Self::stage`].
    #[must_use]
    pub fn stage_for(&self, decision: &Decision, env: Env, object_type: &str) -> Stage {
        if decision.explicit_deny() { self.deny_stage(env, object_type) } else { self.stage(env, object_type) }
    }

    /// The rows, in the order of their files and lines.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The role links.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Ids and codes of all rules.
    #[must_use]
    pub fn table(&self) -> &Arc<Rules> {
        &self.table
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Policy({}, {} rules)", self.digest, self.rules.len())
    }
}

impl Sum {
    fn add_partition(&mut self, partition: &Partition, role: &str, request: &Request<'_>) -> Result<(), PolicyError> {
        let env = request.env.as_str();
        for (row, effect) in partition.matcher.matches(role, env, request.object, request.action)? {
            let missing = || PolicyError::Engine { detail: format!("no row {row}") };
            let (code, absolute) = partition.rows.get(row).ok_or_else(missing)?;
            match effect {
                Effect::Allow => {
                    self.allow.add_codes(&[*code]);
                    self.allowed = true;
                }
                Effect::Deny => {
                    self.deny.add_codes(&[*code]);
                    self.denied = true;
                    self.absolute |= absolute;
                }
            }
        }
        Ok(())
    }
}

/// Callers are `user:` or `service:` and objects are `type/…`: what casbin itself would let slip (hazards 5, 11, 20).
fn well_formed(request: &Request<'_>) -> bool {
    let actor = ["user:", "service:"].iter().any(|prefix| {
        let name = request.actor.strip_prefix(prefix);
        name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()))
    });
    let rest = request.object.strip_prefix(request.object_type).and_then(|rest| rest.strip_prefix('/'));
    actor && rest.is_some() && is_object(request.object)
}
