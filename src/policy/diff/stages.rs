//! Changed stages: a scope that goes from enforce to observe lets everything through, whatever the rules say.

use super::{Direction, union};
use crate::event::Env;
use crate::policy::Policy;
use crate::policy::stages::Stage;
use serde::Serialize;

/// A stage that differs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct StageChange {
    /// A weaker stage is wider.
    pub direction: Direction,
    /// The environment.
    pub env: Env,
    /// The object type; `*` for every type that is not listed by itself.
    pub object_type: String,
    /// The stage of explicit denies, and not that of default denials, missing steps and missing references.
    pub explicit_deny: bool,
    /// What it was.
    pub before: Stage,
    /// What it becomes.
    pub after: Stage,
}

/// No object type has this name, so it has the environment's own stage.
const ANY: &str = "*";

/// The stages that differ, what is weaker first. A type that moves as its environment does is not listed besides it.
pub(super) fn compare(a: &Policy, b: &Policy) -> Vec<StageChange> {
    let types = union(a.vocabulary().object_types(), b.vocabulary().object_types());
    let mut found = Vec::new();
    for env in Env::ALL {
        for explicit_deny in [false, true] {
            let stages = |object_type| {
                let stage = |policy: &Policy| match explicit_deny {
                    true => policy.deny_stage(env, object_type),
                    false => policy.stage(env, object_type),
                };
                (stage(a), stage(b))
            };
            let general = stages(ANY);
            let own = types.iter().copied().filter(|object_type| stages(object_type) != general);
            for object_type in [ANY].into_iter().chain(own) {
                let (before, after) = stages(object_type);
                let direction = match after.cmp(&before) {
                    std::cmp::Ordering::Less => Direction::Wider,
                    std::cmp::Ordering::Equal => continue,
                    std::cmp::Ordering::Greater => Direction::Narrower,
                };
                let object_type = object_type.to_owned();
                found.push(StageChange { direction, env, object_type, explicit_deny, before, after });
            }
        }
    }
    found.sort();
    found
}
