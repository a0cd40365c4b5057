//! What changes only for actors who hold two roles at once.
//!
//! Whoever holds several roles is allowed what one of them allows, unless another denies it. A role that loses its
//! deny (or gains one) may look unchanged by itself, and yet open (or close) what the other role allows.

use super::cells::{Change, Stand};
use super::{Scope, Sides};
use crate::event::Env;
use crate::policy::look::{Answer, Look};
use serde::Serialize;

/// A request that is opened or closed for holders of two roles, and for holders of neither alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MultiRoleChange {
    /// [`Change::Opened`] or [`Change::Closed`].
    pub change: Change,
    /// The smallest set of roles that feels it: the one that lost or gained a deny, and the one that allows.
    pub roles: [String; 2],
    /// The environment.
    pub env: Env,
    /// The object type.
    pub object_type: String,
    /// The class of objects.
    pub object: String,
    /// The action.
    pub action: String,
    /// What it was for holders of both.
    pub before: Stand,
    /// What it becomes for them.
    pub after: Stand,
    /// The constraint of the policy after the change by which nobody may be given both roles there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separated_by: Option<String>,
}

impl MultiRoleChange {
    /// What the list is sorted by.
    pub(super) fn key(&self) -> (Change, &[String; 2], Env, &str, &str) {
        (self.change, &self.roles, self.env, &self.object, &self.action)
    }
}

/// One role with what both policies say to it.
struct Both<'a> {
    role: &'a str,
    a: Look<'a>,
    b: Look<'a>,
}

impl Both<'_> {
    fn allowed(&self) -> (bool, bool) {
        (self.a.answer() == Answer::Allow, self.b.answer() == Answer::Allow)
    }
}

/// Adds the pairs of roles of one scope that feel what neither role alone does.
pub(super) fn compare(sides: &Sides<'_>, roles: &[&str], scope: Scope<'_>, found: &mut Vec<MultiRoleChange>) {
    let Scope { env, action, .. } = scope;
    let mut whole: Vec<(Change, [&str; 2])> = Vec::new();
    for (at, object) in sides.classes(scope).iter().enumerate() {
        let look = |role| Both {
            role,
            a: sides.lens_a.look(role, env, object, action),
            b: sides.lens_b.look(role, env, object, action),
        };
        let looks: Vec<_> = roles.iter().map(|role| look(role)).collect();
        for barred in looks.iter().filter(|one| one.a.deny.is_empty() != one.b.deny.is_empty()) {
            for allowing in looks.iter().filter(|one| one.allowed() == (true, true)) {
                let change = match barred.b.deny.is_empty() {
                    true if barred.allowed().1 => continue, // opened for the role alone
                    true => Change::Opened,
                    false if barred.allowed().0 => continue, // closed for the role alone
                    false => Change::Closed,
                };
                let pair = (change, [barred.role, allowing.role]);
                if at > 0 && whole.contains(&pair) {
                    continue; // the same as for the whole type
                }
                found.push(MultiRoleChange::of(sides, scope, object, change, barred, allowing));
                if at == 0 {
                    whole.push(pair);
                }
            }
        }
    }
}

impl MultiRoleChange {
    fn of(
        sides: &Sides<'_>,
        scope: Scope<'_>,
        object: &str,
        change: Change,
        barred: &Both<'_>,
        allowing: &Both<'_>,
    ) -> Self {
        let Scope { env, object_type, action } = scope;
        let separation = sides.b.separation_broken(env, &[barred.role, allowing.role]);
        Self {
            change,
            roles: [barred.role.to_owned(), allowing.role.to_owned()],
            env,
            object_type: object_type.to_owned(),
            object: object.to_owned(),
            action: action.to_owned(),
            before: Stand::of(&barred.a.with(&allowing.a), sides.a, env, object_type),
            after: Stand::of(&barred.b.with(&allowing.b), sides.b, env, object_type),
            separated_by: separation.map(|separation| separation.id().to_owned()),
        }
    }
}
