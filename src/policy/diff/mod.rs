//! What a change of policy changes: every cell, what only holders of several roles feel, stages and constraints.
//!
//! It is exact, not a comparison of lines. A request is decided by the bits of the roles that its actor holds: some
//! rule allows, and none denies. So whatever set of roles a change opens or closes something for, a set of one or two
//! roles is enough to show it (a set that is opened needs one role that allows after, and, where a role's deny stood
//! in the way before, that role), and looking at all roles and pairs of roles misses nothing.

mod cells;
mod constraints;
mod holder;
mod pairs;
mod stages;

pub use cells::{CellChange, Change, Stand};
pub use constraints::ConstraintChange;
pub use holder::Holders;
pub use pairs::MultiRoleChange;
pub use stages::StageChange;

use super::decision::Policy;
use super::look::Lens;
use crate::event::Env;
use serde::Serialize;
use std::collections::BTreeSet;

/// Which way something moved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// It lets more through.
    Wider,
    /// It lets less through.
    Narrower,
    /// It lets the same through.
    Neutral,
}

/// What a change of policy comes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Every possible request has the same answer, at the same stage.
    Same,
    /// Some possible request has a stricter answer, and none a laxer one.
    Narrowed,
    /// Some possible request has a laxer answer: it is let through, refused at a weaker stage, or refused in a way that
    /// a grant or break-glass overrides; or a constraint is weaker.
    Widened,
}

/// Everything that differs between two policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellDiff {
    /// The changed cells: what is opened first, then what is weaker, closed, stricter, and what only has other rules;
    /// each group by role, environment, object and action.
    pub cells: Vec<CellChange>,
    /// What changes only for actors who hold two roles at once, what is opened first.
    pub multi_role: Vec<MultiRoleChange>,
    /// The changed stages.
    pub stages: Vec<StageChange>,
    /// The changed constraints and words, what is weaker first.
    pub constraints: Vec<ConstraintChange>,
}

impl CellDiff {
    /// What all of it comes to.
    #[must_use]
    pub fn class(&self) -> Class {
        let cells = self.cells.iter().map(|cell| cell.change.direction());
        let pairs = self.multi_role.iter().map(|pair| pair.change.direction());
        let stages = self.stages.iter().map(|stage| stage.direction);
        let constraints = self.constraints.iter().map(|constraint| constraint.direction);
        let class = |direction| match direction {
            Direction::Wider => Class::Widened,
            Direction::Narrower => Class::Narrowed,
            Direction::Neutral => Class::Same,
        };
        cells.chain(pairs).chain(stages).chain(constraints).map(class).max().unwrap_or(Class::Same)
    }

    /// Whether nothing differs, rule ids included.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.multi_role.is_empty() && self.stages.is_empty() && self.constraints.is_empty()
    }

    /// The roles for which something changes, in byte order.
    #[must_use]
    pub fn roles(&self) -> BTreeSet<&str> {
        let cells = self.cells.iter().map(|cell| cell.role.as_str());
        cells.chain(self.multi_role.iter().flat_map(|pair| pair.roles.iter().map(String::as_str))).collect()
    }
}

/// Compares two policies: `a` before, `b` after.
#[must_use]
pub fn cells(a: &Policy, b: &Policy) -> CellDiff {
    let sides = Sides { a, b, lens_a: Lens::new(a), lens_b: Lens::new(b) };
    let (mut cells, mut multi_role) = (Vec::new(), Vec::new());
    let roles: Vec<&str> = union(a.vocabulary().roles(), b.vocabulary().roles());
    let pairs = |policy: &'_ Policy| -> Vec<(String, String)> {
        policy.vocabulary().pairs().map(|(object, action, _)| (object.to_owned(), action.to_owned())).collect()
    };
    for (object_type, action) in union(pairs(a), pairs(b)) {
        for env in Env::ALL {
            let scope = Scope { env, object_type: &object_type, action: &action };
            cells::compare(&sides, &roles, scope, &mut cells);
            pairs::compare(&sides, &roles, scope, &mut multi_role);
        }
    }
    cells.sort_by(|x, y| x.key().cmp(&y.key()));
    multi_role.sort_by(|x, y| x.key().cmp(&y.key()));
    CellDiff { cells, multi_role, stages: stages::compare(a, b), constraints: constraints::compare(a, b) }
}

/// The two policies, ready for looks.
struct Sides<'a> {
    a: &'a Policy,
    b: &'a Policy,
    lens_a: Lens<'a>,
    lens_b: Lens<'a>,
}

/// One environment, object type and action.
#[derive(Clone, Copy)]
struct Scope<'a> {
    env: Env,
    object_type: &'a str,
    action: &'a str,
}

impl Sides<'_> {
    /// The classes of objects that any rule of either policy tells apart in this scope: the whole type first.
    fn classes(&self, scope: Scope<'_>) -> Vec<String> {
        let Scope { env, object_type, action } = scope;
        let [a, b] = [&self.lens_a, &self.lens_b].map(|lens| lens.patterns(env, object_type, action));
        let fine = a.union(&b).map(|pattern| (*pattern).to_owned());
        [format!("{object_type}/*")].into_iter().chain(fine).collect()
    }
}

fn union<T: Ord>(a: impl IntoIterator<Item = T>, b: impl IntoIterator<Item = T>) -> Vec<T> {
    a.into_iter().chain(b).collect::<BTreeSet<_>>().into_iter().collect()
}
