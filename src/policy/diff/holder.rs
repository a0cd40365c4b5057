//! What a change comes to for somebody who holds several roles: the bits of all of them together.

use super::cells::{Change, Stand};
use crate::event::Env;
use crate::policy::Policy;
use crate::policy::look::{Lens, Look};
use std::collections::BTreeSet;

/// Two policies, ready to be asked about actors.
pub struct Holders<'a> {
    a: &'a Policy,
    b: &'a Policy,
    lens_a: Lens<'a>,
    lens_b: Lens<'a>,
}

impl<'a> Holders<'a> {
    /// Makes both ready: `a` before, `b` after.
    #[must_use]
    pub fn new(a: &'a Policy, b: &'a Policy) -> Self {
        Self { a, b, lens_a: Lens::new(a), lens_b: Lens::new(b) }
    }

    /// What happens to one class of objects for a holder of all of `roles`.
    #[must_use]
    pub fn change(&self, roles: &[&str], env: Env, object: &str, action: &str) -> Change {
        let object_type = object.split('/').next().unwrap_or_default();
        let stand = |lens: &Lens<'_>, policy: &Policy| {
            let looks = roles.iter().map(|role| lens.look(role, env, object, action));
            let whole = looks.fold(Look::default(), |whole, look| whole.with(&look));
            Stand::of(&whole, policy, env, object_type)
        };
        stand(&self.lens_a, self.a).change(&stand(&self.lens_b, self.b))
    }

    /// The separations of duty that a holder of `roles` breaks after and did not break before, by their ids.
    #[must_use]
    pub fn newly_broken(&self, roles: &[&str], env: Env) -> BTreeSet<&'a str> {
        let pair = |roles: &[String; 2]| roles.iter().cloned().collect::<BTreeSet<String>>();
        let before: BTreeSet<_> = self.a.separations_broken(env, roles).map(|one| pair(&one.roles)).collect();
        let after = self.b.separations_broken(env, roles).filter(|one| !before.contains(&pair(&one.roles)));
        after.map(crate::policy::Separation::id).collect()
    }
}
