//! Cell by cell: what one role may do to one class of objects in one environment.

use super::{Direction, Scope, Sides};
use crate::event::Env;
use crate::policy::Policy;
use crate::policy::look::{Answer, Look};
use crate::policy::stages::Stage;
use serde::Serialize;

/// What happens to a cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It was refused and is allowed.
    Opened,
    /// It is refused as before, but at a weaker stage, or in a way that another role, a grant or break-glass overrides.
    Weakened,
    /// It was allowed and is refused.
    Closed,
    /// It is refused as before, and more strictly.
    Strengthened,
    /// The answer is the same, the rules behind it are others.
    Rules,
}

impl Change {
    /// Which way it moved.
    #[must_use]
    pub fn direction(self) -> Direction {
        match self {
            Self::Opened | Self::Weakened => Direction::Wider,
            Self::Closed | Self::Strengthened => Direction::Narrower,
            Self::Rules => Direction::Neutral,
        }
    }

    /// `opened`, `weakened`, `closed`, `strengthened` or `rules`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Weakened => "weakened",
            Self::Closed => "closed",
            Self::Strengthened => "strengthened",
            Self::Rules => "rules",
        }
    }
}

/// What one policy says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Stand {
    /// The answer to somebody with these roles and no others.
    pub answer: Answer,
    /// What is done when it is refused; absent when it is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The ids of the rules that allow, in byte order.
    pub allow: Vec<String>,
    /// The ids of the rules that deny, in byte order.
    pub deny: Vec<String>,
}

impl Stand {
    pub(super) fn of(look: &Look<'_>, policy: &Policy, env: Env, object_type: &str) -> Self {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let answer = look.answer();
        Self {
            answer,
            stage: stage(answer, policy, env, object_type),
            allow: owned(&look.allow),
            deny: owned(&look.deny),
        }
    }

    /// Whether it is allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.answer == Answer::Allow
    }

    /// The ids of the rules that decide; `default-deny` when there is none.
    #[must_use]
    pub fn deciding(&self) -> Vec<&str> {
        let ids = if self.deny.is_empty() { &self.allow } else { &self.deny };
        match ids.is_empty() {
            true => vec![crate::policy::rules::DEFAULT_DENY],
            false => ids.iter().map(String::as_str).collect(),
        }
    }

    /// The change from this to `after`.
    pub(super) fn change(&self, after: &Self) -> Change {
        match (self.is_allowed(), after.is_allowed()) {
            (false, true) => Change::Opened,
            (true, false) => Change::Closed,
            _ if after.answer < self.answer || after.stage < self.stage => Change::Weakened,
            _ if after.answer > self.answer || after.stage > self.stage => Change::Strengthened,
            _ => Change::Rules,
        }
    }
}

/// What is done about an answer: an absolute denial is enforced in every stage.
fn stage(answer: Answer, policy: &Policy, env: Env, object_type: &str) -> Option<Stage> {
    match answer {
        Answer::Allow => None,
        Answer::AbsoluteDeny => Some(Stage::Enforce),
        Answer::Deny => Some(policy.deny_stage(env, object_type)),
        Answer::DefaultDeny => Some(policy.stage(env, object_type)),
    }
}

/// A cell in which the two policies differ.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CellChange {
    /// What happens to it.
    pub change: Change,
    /// `role:…`
    pub role: String,
    /// The environment.
    pub env: Env,
    /// The object type.
    pub object_type: String,
    /// The class of objects: `model/*`, or a narrower pattern; each means the objects that no narrower one covers.
    pub object: String,
    /// The action.
    pub action: String,
    /// What it was.
    pub before: Stand,
    /// What it becomes.
    pub after: Stand,
}

impl CellChange {
    /// What the list is sorted by.
    pub(super) fn key(&self) -> (Change, &str, Env, &str, &str) {
        (self.change, &self.role, self.env, &self.object, &self.action)
    }
}

/// Adds the cells of one scope that differ. A class whose change is that of the whole type is not listed besides it.
pub(super) fn compare(sides: &Sides<'_>, roles: &[&str], scope: Scope<'_>, found: &mut Vec<CellChange>) {
    let Scope { env, object_type, action } = scope;
    let classes = sides.classes(scope);
    for role in roles {
        let mut whole = None;
        for (at, object) in classes.iter().enumerate() {
            let looks = (sides.lens_a.look(role, env, object, action), sides.lens_b.look(role, env, object, action));
            if looks.0 == looks.1 || whole.as_ref() == Some(&looks) {
                continue;
            }
            let before = Stand::of(&looks.0, sides.a, env, object_type);
            let after = Stand::of(&looks.1, sides.b, env, object_type);
            found.push(CellChange {
                change: before.change(&after),
                role: (*role).to_owned(),
                env,
                object_type: object_type.to_owned(),
                object: object.clone(),
                action: action.to_owned(),
                before,
                after,
            });
            if at == 0 {
                whole = Some(looks);
            }
        }
    }
}
