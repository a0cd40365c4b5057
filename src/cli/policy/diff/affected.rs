//! Who feels a change: every actor, judged by all roles that he holds now.

use super::Affected;
use crate::{
    cli::{failure::Done, ledger_failure},
    event::{ActorId, Env, Timestamp},
    ledger::Ledger,
    policy::{
        Policy,
        diff::{CellDiff, Direction, Holders},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// An actor with the roles that he holds, by environment.
type Held = (ActorId, [(Env, BTreeSet<String>); 3]);

/// Everybody for whom a cell changes at `t`, or who holds what a constraint would no longer let him be given.
///
/// # Errors
/// When the ledger cannot be read.
pub fn find(
    cells: &CellDiff,
    (before, after): (&Policy, &Policy),
    ledger: &Ledger,
    t: Timestamp,
) -> Done<Vec<Affected>> {
    let held = ledger.state(|state| {
        let actors = state.actors().into_iter().map(|(actor, _)| {
            let in_env =
                |env| -> BTreeSet<String> { state.roles(actor, env, t).map(|role| role.as_str().to_owned()).collect() };
            (actor.clone(), Env::ALL.map(|env| (env, in_env(env))))
        });
        actors.collect::<Vec<Held>>()
    });
    let held = held.map_err(|error| ledger_failure::of(&error))?;
    let holders = Holders::new(before, after);
    let crowded = crowded(before, after, &held);
    let mut found = Vec::new();
    for (actor, envs) in &held {
        let mut one =
            Affected { actor: actor.clone(), roles: BTreeMap::new(), wider: 0, narrower: 0, breaks: Vec::new() };
        for (env, roles) in envs {
            count(&mut one, cells, &holders, *env, roles);
            let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
            one.breaks.extend(holders.newly_broken(&roles, *env).iter().map(|id| format!("{id} in {env}")));
            let given = after.held(*env, &roles);
            let full = crowded.iter().filter(|full| full.env == *env && given.contains(full.role.as_str()));
            one.breaks.extend(full.map(|full| full.says.clone()));
        }
        if !one.roles.is_empty() || !one.breaks.is_empty() {
            found.push(one);
        }
    }
    Ok(found)
}

/// Counts each changed cell once, by what the actor may do there with all his roles.
fn count(one: &mut Affected, cells: &CellDiff, holders: &Holders<'_>, env: Env, held: &BTreeSet<String>) {
    let single =
        cells.cells.iter().map(|cell| (cell.env, &cell.object, &cell.action, std::slice::from_ref(&cell.role)));
    let pairs = cells.multi_role.iter().map(|pair| (pair.env, &pair.object, &pair.action, pair.roles.as_slice()));
    let mut changed: BTreeMap<(&str, &str), BTreeSet<&String>> = BTreeMap::new();
    for (_, object, action, roles) in
        single.chain(pairs).filter(|(own, .., roles)| *own == env && roles.iter().all(|role| held.contains(role)))
    {
        changed.entry((object, action)).or_default().extend(roles);
    }
    let all: Vec<&str> = held.iter().map(String::as_str).collect();
    for ((object, action), roles) in changed {
        match holders.change(&all, env, object, action).direction() {
            Direction::Wider => one.wider += 1,
            Direction::Narrower => one.narrower += 1,
            Direction::Neutral => continue,
        }
        roles.into_iter().for_each(|role| {
            one.roles.entry(role.clone()).or_default().insert(env);
        });
    }
}

/// A role that more hold now than a new or lower maximum lets.
struct Crowded {
    env: Env,
    role: String,
    says: String,
}

fn crowded(before: &Policy, after: &Policy, held: &[Held]) -> Vec<Crowded> {
    let mut found = Vec::new();
    for most in &after.constraints().role_maximum {
        let was = before.constraints().role_maximum(&most.role).map(|was| was.at_most);
        if was.is_some_and(|was| was <= most.at_most) {
            continue;
        }
        for env in Env::ALL {
            let holds = |roles: &BTreeSet<String>| {
                let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
                after.held(env, &roles).contains(most.role.as_str())
            };
            let of_env = held.iter().flat_map(|(_, envs)| envs).filter(|(own, _)| *own == env);
            let count = of_env.filter(|(_, roles)| holds(roles)).count();
            if u32::try_from(count).is_ok_and(|count| count > most.at_most) {
                let says = format!("{} in {env} ({count} hold it, the most is {})", most.id(), most.at_most);
                found.push(Crowded { env, role: most.role.clone(), says });
            }
        }
    }
    found
}
