//! What an actor holds by his roles. A role link gives one role the rights of another, so whoever holds the first holds
//! the second as well, as far as separation of duty and role maxima go.

use super::constraints::{RoleMaximum, Separation};
use super::decision::Policy;
use super::roles::reachable;
use crate::event::Env;
use std::collections::BTreeSet;

impl Policy {
    /// The roles that somebody with `roles` holds in `env`: these, and all that role links give.
    #[must_use]
    pub fn held<'a>(&'a self, env: Env, roles: &[&'a str]) -> BTreeSet<&'a str> {
        roles.iter().flat_map(|role| reachable(self.links(), role, env).0).collect()
    }

    /// The first separation that an actor would break in `env` by holding all of `roles`, those by links included.
    #[must_use]
    pub fn separation_broken(&self, env: Env, roles: &[&str]) -> Option<&Separation> {
        self.separations_broken(env, roles).next()
    }

    /// Every separation that an actor breaks in `env` by holding all of `roles`, those by links included.
    pub fn separations_broken(&self, env: Env, roles: &[&str]) -> impl Iterator<Item = &Separation> {
        let held: BTreeSet<String> = self.held(env, roles).into_iter().map(str::to_owned).collect();
        let broken = move |pair: &&Separation| {
            pair.environments.contains(&env) && pair.roles.iter().all(|role| held.contains(role))
        };
        self.constraints().separation_of_duty.iter().filter(broken)
    }

    /// The role maxima that count whoever holds `role` in `env`: of the role itself, and of those that links give.
    pub fn role_maxima(&self, env: Env, role: &str) -> impl Iterator<Item = &RoleMaximum> {
        let held: Vec<String> = self.held(env, &[role]).into_iter().map(str::to_owned).collect();
        held.into_iter().filter_map(|role| self.constraints().role_maximum(&role))
    }
}
