//! Changed constraints and words: separation of duty, four eyes, maxima, lengths, purposes, roles.

use super::{Direction, union};
use crate::event::Env;
use crate::policy::{Constraints, Party, Policy};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A constraint, or a closed word, that differs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct ConstraintChange {
    /// Which way it moved.
    pub direction: Direction,
    /// `separation-of-duty`, `four-eyes`, `role-maximum`, `grants`, `break-glass`, `purpose` or `role`.
    pub kind: &'static str,
    /// What it is about, such as `role:a + role:b in prod`.
    pub about: String,
    /// What it was; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it becomes; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The value of a constraint: the id that a refusal names, and how strict it is (more is stricter).
type Valued<T> = BTreeMap<String, (String, T)>;

/// The constraints that differ, what is weaker first.
pub(super) fn compare(a: &Policy, b: &Policy) -> Vec<ConstraintChange> {
    let mut found = Vec::new();
    let [x, y] = [a, b].map(Policy::constraints);
    keyed("separation-of-duty", &separations(x), &separations(y), &mut found);
    four_eyes(x, y, &mut found);
    let roles = union(a.vocabulary().roles(), b.vocabulary().roles());
    for role in &roles {
        let most = |constraints: &Constraints| constraints.role_maximum(role).map(|most| most.at_most);
        number("role-maximum", role, most(x), most(y), "holders", &mut found);
    }
    hours(x, y, &mut found);
    words("purpose", a.vocabulary().purposes(), b.vocabulary().purposes(), &mut found);
    words("role", a.vocabulary().roles(), b.vocabulary().roles(), &mut found);
    found.sort();
    found
}

fn separations(constraints: &Constraints) -> BTreeMap<String, String> {
    let each = constraints.separation_of_duty.iter().flat_map(|separation| {
        let mut roles = separation.roles.clone();
        roles.sort();
        separation
            .environments
            .iter()
            .map(move |env| (format!("{} in {env}", roles.join(" + ")), separation.id().to_owned()))
    });
    each.collect()
}

/// What is only there or not there, with the id that refusals name.
fn keyed(
    kind: &'static str,
    a: &BTreeMap<String, String>,
    b: &BTreeMap<String, String>,
    found: &mut Vec<ConstraintChange>,
) {
    for about in union(a.keys(), b.keys()) {
        let (before, after) = (a.get(about).cloned(), b.get(about).cloned());
        let direction = match (&before, &after) {
            (Some(_), None) => Direction::Wider,
            (None, Some(_)) => Direction::Narrower,
            (before, after) if before == after => continue,
            _ => Direction::Neutral,
        };
        found.push(ConstraintChange { direction, kind, about: about.clone(), before, after });
    }
}

/// For each action, everybody who may not be the one who does it, whichever constraint says so.
fn four_eyes(a: &Constraints, b: &Constraints, found: &mut Vec<ConstraintChange>) {
    let parties = |constraints: &Constraints| {
        let mut parties: Valued<BTreeSet<Party>> = BTreeMap::new();
        for eyes in &constraints.four_eyes {
            let entry = parties.entry(format!("{} {}", eyes.action, eyes.object)).or_default();
            entry.0 = [entry.0.as_str(), eyes.id()].join(" ").trim().to_owned();
            entry.1.extend(&eyes.other_than);
        }
        parties
    };
    let (a, b) = (parties(a), parties(b));
    for about in union(a.keys(), b.keys()) {
        let (before, after) = (a.get(about), b.get(about));
        if before == after {
            continue;
        }
        let set = |side: Option<&(String, BTreeSet<Party>)>| side.map(|(_, set)| set.clone()).unwrap_or_default();
        let (old, new) = (set(before), set(after));
        let direction = match (old.is_subset(&new), new.is_subset(&old)) {
            (true, true) => Direction::Neutral,
            (true, false) => Direction::Narrower,
            _ => Direction::Wider,
        };
        let shown = |(id, set): &(String, BTreeSet<Party>)| {
            let parties: Vec<_> = set.iter().map(|party| party.as_str()).collect();
            format!("other than {} ({id})", parties.join(", "))
        };
        let (before, after) = (before.map(shown), after.map(shown));
        found.push(ConstraintChange { direction, kind: "four-eyes", about: about.clone(), before, after });
    }
}

/// A bound from above: more is wider, and none is widest.
fn number(
    kind: &'static str,
    about: &str,
    before: Option<u32>,
    after: Option<u32>,
    unit: &str,
    found: &mut Vec<ConstraintChange>,
) {
    let bound = |value: Option<u32>| value.map_or(u64::MAX, u64::from);
    let direction = match bound(after).cmp(&bound(before)) {
        std::cmp::Ordering::Greater => Direction::Wider,
        std::cmp::Ordering::Equal => return,
        std::cmp::Ordering::Less => Direction::Narrower,
    };
    let shown = |value: Option<u32>| value.map(|value| format!("at most {value} {unit}"));
    let (before, after) = (shown(before), shown(after));
    found.push(ConstraintChange { direction, kind, about: about.to_owned(), before, after });
}

fn hours(a: &Constraints, b: &Constraints, found: &mut Vec<ConstraintChange>) {
    let hours = |ms: i64| u32::try_from(ms / crate::policy::constraints::HOUR_MS).ok();
    for env in Env::ALL {
        let longest = |constraints: &Constraints| hours(constraints.grants.longest_ms(env));
        number("grants", &format!("longest life in {env}"), longest(a), longest(b), "hours", found);
    }
    let life = |constraints: &Constraints| hours(constraints.break_glass.longest_ms());
    number("break-glass", "longest life", life(a), life(b), "hours", found);
    let review = |constraints: &Constraints| hours(constraints.break_glass.review_within_ms());
    number("break-glass", "review owed after", review(a), review(b), "hours", found);
}

/// A closed list of words: a word more lets more be said.
fn words<'a>(
    kind: &'static str,
    a: impl Iterator<Item = &'a str>,
    b: impl Iterator<Item = &'a str>,
    found: &mut Vec<ConstraintChange>,
) {
    let (a, b): (BTreeSet<_>, BTreeSet<_>) = (a.collect(), b.collect());
    for word in a.symmetric_difference(&b) {
        let known = |side: &BTreeSet<&str>| side.contains(word).then(|| "known".to_owned());
        let direction = if b.contains(word) { Direction::Wider } else { Direction::Narrower };
        let (before, after) = (known(&a), known(&b));
        found.push(ConstraintChange { direction, kind, about: (*word).to_owned(), before, after });
    }
}
