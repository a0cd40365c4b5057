//! Role links: `g, role:senior, role:junior, prod, id` gives the first role all that the second may do.
//!
//! casbin follows ten links and then silently stops, ignores the domain of a three-cell row under a two-cell
//! definition, and keeps `g` and `g2` in one graph (hazards 4, 6 and 7). So links are between roles only, in known
//! environments, without cycles, and no chain is longer than [`limits::POLICY_ROLE_DEPTH_MAX`].

use super::error::{PolicyError, refuse};
use crate::event::{Env, limits};
use std::collections::BTreeSet;

/// One row `g, sub, role, dom, id` of `rules/*.csv`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The stable id, unique in the bundle.
    pub id: String,
    /// The role that receives.
    pub child: String,
    /// The role whose rights it receives.
    pub parent: String,
    /// One environment, or all of them (`*`).
    pub env: Option<Env>,
    /// The file in the bundle.
    pub file: String,
    /// The line of that file, from 1.
    pub line: usize,
}

impl Link {
    /// Whether the link holds in `env`.
    #[must_use]
    pub fn holds_in(&self, env: Env) -> bool {
        self.env.is_none_or(|own| own == env)
    }
}

/// Refuses cycles and chains that casbin would not follow to the end.
pub(super) fn check(links: &[Link]) -> Result<(), PolicyError> {
    for env in Env::ALL {
        for link in links.iter().filter(|link| link.holds_in(env)) {
            check_chain(links, link, env)?;
        }
    }
    Ok(())
}

/// Walks up from one link, breadth first.
fn check_chain(links: &[Link], start: &Link, env: Env) -> Result<(), PolicyError> {
    let mut level = BTreeSet::from([start.parent.as_str()]);
    for _depth in 1..=limits::POLICY_ROLE_DEPTH_MAX {
        if level.contains(start.child.as_str()) {
            let reason = format!("a cycle of roles through `{}` in {env}", start.child);
            return Err(refuse(&start.file, start.line, reason, "remove one link of the cycle"));
        }
        let holding = links.iter().filter(|link| link.holds_in(env));
        level = holding.filter(|link| level.contains(link.child.as_str())).map(|link| link.parent.as_str()).collect();
        if level.is_empty() {
            return Ok(());
        }
    }
    let reason = format!("a chain of more than {} role links, or a cycle, in {env}", limits::POLICY_ROLE_DEPTH_MAX);
    Err(refuse(&start.file, start.line, reason, "link the roles more directly"))
}

/// The links at work when `role` acts in `env`: those on a path that begins at it.
pub(super) fn reachable<'a>(links: &'a [Link], role: &'a str, env: Env) -> (BTreeSet<&'a str>, Vec<&'a Link>) {
    let mut roles = BTreeSet::from([role]);
    let mut used = Vec::new();
    let mut open = vec![role];
    while let Some(child) = open.pop() {
        for link in links.iter().filter(|link| link.holds_in(env) && link.child == child) {
            used.push(link);
            if roles.insert(&link.parent) {
                open.push(&link.parent);
            }
        }
    }
    (roles, used)
}
