//! `policy::diff` is exact: over random pairs of small bundles it finds what asking every set of roles about every
//! kind of object finds, and nothing else. The seed is printed; `SAGWAN_SEED` repeats a run, `SAGWAN_BUNDLES` asks more.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod policy_support;

use policy_support::{Chance, Files};
use sagwan::event::Env;
use sagwan::policy::diff::{CellDiff, Change, Class, Direction, cells};
use sagwan::policy::{Policy, Request, Stage};
use std::collections::BTreeSet;

const ROLES: [&str; 4] = ["role:a", "role:b", "role:c", "role:d"];
const PAIRS: [(&str, &str); 4] = [("model", "read"), ("model", "write"), ("dataset", "read"), ("dataset", "use")];
/// What is asked: what rows are drawn from, and the row that every bundle begins with.
const ASKED: [(&str, &str); 5] =
    [("model", "read"), ("model", "write"), ("dataset", "read"), ("dataset", "use"), ("policy", "read")];
/// Patterns, and one object of every class that they tell apart.
const NAMES: [&str; 8] = ["*", "x", "x@1", "x@*", "x/*", "x/y", "x/y@2", "x/y@*"];
const OBJECTS: [&str; 8] = ["z", "x", "x@1", "x@9", "x/q", "x/y", "x/y@2", "x/y@9"];
const DOMAINS: [&str; 4] = ["dev", "staging", "prod", "*"];

/// Rows, each with its effect; two bundles that share most of them differ in few cells.
fn rows(chance: &mut Chance, count: usize) -> BTreeSet<(String, bool)> {
    let mut rows = BTreeSet::new();
    for _ in 0..count {
        let (object, action) = *chance.pick(&PAIRS);
        let name = if chance.below(2) == 0 { "*" } else { *chance.pick(&NAMES) };
        let effect = if chance.below(3) == 0 { "deny" } else { "allow" };
        let row = format!("p, {}, {}, {object}/{name}, {action}, {effect}", chance.pick(&ROLES), chance.pick(&DOMAINS));
        rows.insert((row, effect == "deny" && chance.below(2) == 0));
    }
    for _ in 0..chance.below(3) {
        let child = 1 + chance.below(ROLES.len() - 1);
        let row = format!("g, {}, {}, {}", ROLES[child], ROLES[chance.below(child)], chance.pick(&DOMAINS));
        rows.insert((row, false));
    }
    rows
}

fn load(rows: &BTreeSet<(String, bool)>, stages: &str) -> Policy {
    let (mut rules, mut deny) = ("p, role:a, dev, policy/*, read, allow, first\n".to_owned(), String::new());
    let mut seen = BTreeSet::new();
    for (number, (row, absolute)) in rows.iter().enumerate() {
        if seen.insert(row.clone()) {
            if *absolute { &mut deny } else { &mut rules }.push_str(&format!("{row}, r{number}\n"));
        }
    }
    let old = policy_support::VOCABULARY.lines().find(|line| line.starts_with("roles")).unwrap().to_owned();
    let files = Files::base().with("rules/team.csv", rules).with("deny.csv", deny).with("stages.toml", stages);
    files.edit("vocabulary.toml", &old, &format!("roles = {ROLES:?}")).load().unwrap()
}

fn stages(chance: &mut Chance) -> String {
    let words = ["observe", "warn", "enforce"];
    let mut three = |title: &str| {
        let lines = DOMAINS[..3].iter().map(|env| format!("{env} = \"{}\"\n", chance.pick(&words)));
        format!("[{title}]\n{}", lines.collect::<String>())
    };
    let mut text = format!("{}{}", three("default"), three("explicit-deny"));
    if chance.below(2) == 0 {
        text += "[[scope]]\nenvironment = \"prod\"\nobject = \"model\"\nstage = \"warn\"\n";
    }
    text
}

/// Two bundles to compare: both drawn from what they share, or the second with allowing rows taken away and no more.
fn pair(chance: &mut Chance, narrowing: bool) -> (Policy, Policy) {
    let shared = rows(chance, 12);
    let common = stages(chance);
    if narrowing {
        let rest =
            shared.iter().filter(|(row, _)| row.ends_with("deny") || row.starts_with('g') || chance.below(2) == 0);
        let rest = rest.cloned().collect();
        return (load(&shared, &common), load(&rest, &common));
    }
    let mut side = || {
        let count = chance.below(3);
        let own = rows(chance, count);
        let kept = shared.iter().filter(|_| chance.below(8) > 0).cloned();
        let all: BTreeSet<_> = kept.chain(own).collect();
        let stages = if chance.below(4) == 0 { stages(chance) } else { common.clone() };
        load(&all, &stages)
    };
    (side(), side())
}

/// How strictly a policy answers: allowed, or the kind of refusal and its stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    Allowed,
    Refused(u8, Stage),
}

fn ask(policy: &Policy, roles: &[&str], env: Env, object: &str, action: &str) -> Answer {
    let object_type = object.split('/').next().unwrap();
    let request = Request { roles, actor: "user:any", env, object, object_type, action };
    let decision = policy.decide(&request);
    let stage = policy.stage_for(&decision, env, object_type);
    match (decision.allow, decision.absolute_deny, decision.explicit_deny()) {
        (true, _, _) => Answer::Allowed,
        (_, true, _) => Answer::Refused(2, Stage::Enforce),
        (_, _, true) => Answer::Refused(1, stage),
        _ => Answer::Refused(0, stage),
    }
}

/// Which ways an answer moved: laxer, stricter, or both (a weaker kind of refusal at a stronger stage).
fn moved(before: Answer, after: Answer) -> [bool; 2] {
    match (before, after) {
        (Answer::Allowed, Answer::Allowed) => [false, false],
        (Answer::Allowed, _) => [false, true],
        (_, Answer::Allowed) => [true, false],
        (Answer::Refused(kind, stage), Answer::Refused(new_kind, new_stage)) => {
            [new_kind < kind || new_stage < stage, new_kind > kind || new_stage > stage]
        }
    }
}

fn subsets() -> impl Iterator<Item = Vec<&'static str>> {
    (0..1 << ROLES.len())
        .map(|set: usize| (0..ROLES.len()).filter(|bit| set >> bit & 1 == 1).map(|bit| ROLES[bit]).collect())
}

/// Whether an object is one of a pattern; the patterns of this test need no more.
fn is_of(object: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        None => object == pattern,
        Some(prefix) => object.strip_prefix(prefix).is_some_and(|rest| !(prefix.ends_with('@') && rest.contains('/'))),
    }
}

fn class_by_asking(a: &Policy, b: &Policy) -> Class {
    let mut moves = [false, false];
    let mut add = |more: [bool; 2]| {
        moves[0] |= more[0];
        moves[1] |= more[1];
    };
    for env in Env::ALL {
        for object_type in ["model", "dataset", "policy", "alert"] {
            for (before, after) in [
                (a.stage(env, object_type), b.stage(env, object_type)),
                (a.deny_stage(env, object_type), b.deny_stage(env, object_type)),
            ] {
                add([after < before, after > before]);
            }
        }
        for (object_type, action) in ASKED {
            for name in OBJECTS {
                let object = format!("{object_type}/{name}");
                for roles in subsets() {
                    add(moved(ask(a, &roles, env, &object, action), ask(b, &roles, env, &object, action)));
                }
            }
        }
    }
    match moves {
        [true, _] => Class::Widened,
        [false, true] => Class::Narrowed,
        [false, false] => Class::Same,
    }
}

/// Every set of roles that flips, with no smaller one that flips the same way: as (opened, roles, env, object, action).
fn smallest_flips(a: &Policy, b: &Policy) -> BTreeSet<(bool, Vec<&'static str>, Env, String, &'static str)> {
    let mut found = BTreeSet::new();
    for env in Env::ALL {
        for (object_type, action) in ASKED {
            for name in OBJECTS {
                let object = format!("{object_type}/{name}");
                let allowed = |policy, roles: &[&str]| ask(policy, roles, env, &object, action) == Answer::Allowed;
                let mut sets: Vec<_> = subsets().collect();
                sets.sort_by_key(Vec::len);
                let mut flipped: Vec<(bool, Vec<&str>)> = Vec::new();
                for roles in sets {
                    let (before, after) = (allowed(a, &roles), allowed(b, &roles));
                    let smaller =
                        |(way, set): &(bool, Vec<&str>)| *way == after && set.iter().all(|r| roles.contains(r));
                    if before != after && !flipped.iter().any(smaller) {
                        flipped.push((after, roles));
                    }
                }
                found.extend(flipped.into_iter().map(|(way, roles)| (way, roles, env, object.clone(), action)));
            }
        }
    }
    found
}

/// What the diff says flips, for the objects of this test.
fn told(diff: &CellDiff, way: bool, roles: &[&str], env: Env, object: &str, action: &str) -> bool {
    let change = if way { Change::Opened } else { Change::Closed };
    match roles {
        [role] => diff.cells.iter().any(|cell| {
            cell.change == change
                && cell.role == *role
                && cell.env == env
                && cell.action == action
                && is_of(object, &cell.object)
        }),
        [..] => diff.multi_role.iter().any(|pair| {
            let mut both: Vec<&str> = pair.roles.iter().map(String::as_str).collect();
            both.sort_unstable();
            pair.change == change
                && both == roles
                && pair.env == env
                && pair.action == action
                && is_of(object, &pair.object)
        }),
    }
}

#[test]
fn it_finds_what_asking_every_set_of_roles_finds() {
    let mut chance = Chance::new("diffs");
    let cases = std::env::var("SAGWAN_BUNDLES").ok().map_or(60, |cases| cases.parse().unwrap());
    let mut classes = BTreeSet::new();
    let mut pairs = 0;
    for case in 0..cases {
        let (a, b) = pair(&mut chance, case % 3 == 0);
        let diff = cells(&a, &b);
        assert_eq!(diff.class(), class_by_asking(&a, &b), "case {case}: {diff:#?}");
        let flips = smallest_flips(&a, &b);
        for (way, roles, env, object, action) in &flips {
            assert!(roles.len() <= 2, "two roles are enough: {roles:?}");
            assert!(
                told(&diff, *way, roles, *env, object, action),
                "case {case}: {roles:?} {env} {action} {object} {way}"
            );
        }
        for cell in diff.cells.iter().filter(|cell| matches!(cell.change, Change::Opened | Change::Closed)) {
            let felt = flips.iter().any(|(way, roles, env, object, action)| {
                *way == (cell.change == Change::Opened)
                    && roles[..] == [cell.role.as_str()]
                    && (*env, *action) == (cell.env, cell.action.as_str())
                    && is_of(object, &cell.object)
            });
            assert!(felt, "case {case}: {cell:?}");
        }
        for pair in &diff.multi_role {
            let felt = flips.iter().any(|(way, roles, env, object, action)| {
                *way == (pair.change == Change::Opened)
                    && roles.iter().all(|role| pair.roles.iter().any(|own| own == role))
                    && roles.len() == 2
                    && (*env, *action) == (pair.env, pair.action.as_str())
                    && is_of(object, &pair.object)
            });
            assert!(felt, "case {case}: {pair:?}");
            pairs += 1;
        }
        let same = cells(&a, &a);
        assert!(same.is_empty() && same.class() == Class::Same);
        classes.insert(diff.class());
    }
    assert!(classes.len() >= 2 && (pairs > 0 || cases < 60), "{classes:?}, {pairs} pairs");
}

#[test]
fn a_deny_that_goes_is_felt_by_whoever_holds_both_roles() {
    let rules = "p, role:ds, prod, model/*, read, allow, a1\np, role:mle, prod, model/*, read, deny, d2\n";
    let before = Files::rules(rules).with("deny.csv", "");
    let after = before.0["rules/team.csv"].split_inclusive(|byte| *byte == b'\n').next().unwrap().to_vec();
    let after = Files::base().with("rules/team.csv", after).with("deny.csv", "").load().unwrap();
    let diff = cells(&before.load().unwrap(), &after);
    assert_eq!(diff.multi_role.len(), 1);
    assert_eq!(
        (diff.multi_role[0].change, &diff.multi_role[0].roles),
        (Change::Opened, &["role:mle".to_owned(), "role:ds".to_owned()])
    );
    assert_eq!(diff.cells.len(), 1);
    assert_eq!(diff.cells[0].change, Change::Weakened);
    assert_eq!(diff.class(), Class::Widened);
}

#[test]
fn stages_and_constraints_count() {
    let base = Files::base();
    let a = base.load().unwrap();
    for (file, from, to, class) in [
        ("stages.toml", "prod = \"enforce\"", "prod = \"observe\"", Class::Widened),
        ("stages.toml", "dev = \"observe\"", "dev = \"warn\"", Class::Narrowed),
        ("constraints.toml", "prod = 1 }", "prod = 2 }", Class::Widened),
        ("constraints.toml", "review-within-hours = 72", "review-within-hours = 24", Class::Narrowed),
        ("vocabulary.toml", "purposes = [\"audit\"]", "purposes = [\"audit\", \"other\"]", Class::Widened),
        ("rules/team.csv", "allow, a1", "allow, renamed", Class::Same),
    ] {
        let b = Files(base.0.clone()).edit(file, from, to).load().unwrap();
        assert_eq!(cells(&a, &b).class(), class, "{to}");
        let back = match class {
            Class::Widened => Class::Narrowed,
            Class::Narrowed => Class::Widened,
            Class::Same => Class::Same,
        };
        assert_eq!(cells(&b, &a).class(), back, "{from}");
    }
    let pair = "[[separation-of-duty]]\nid = \"sod\"\nroles = [\"role:ds\", \"role:mle\"]\nenvironments = [\"prod\"]\n\
        [[four-eyes]]\nid = \"eyes\"\nobject = \"model\"\naction = \"write\"\nother-than = [\"author\", \"trainer\"]\n\
        [[role-maximum]]\nid = \"most\"\nrole = \"role:ds\"\nat-most = 3\n";
    let strict = |text: &str| {
        let old = String::from_utf8(base.0["constraints.toml"].clone()).unwrap();
        Files(base.0.clone()).with("constraints.toml", format!("{text}{old}")).load().unwrap()
    };
    let b = strict(pair);
    let diff = cells(&b, &a);
    assert_eq!(diff.constraints.len(), 3);
    assert!(diff.constraints.iter().all(|one| one.direction == Direction::Wider));
    let c =
        strict(&pair.replace("\"author\", \"trainer\"", "\"author\"").replace("= 3", "= 4").replace("sod", "sod-2"));
    let diff = cells(&b, &c);
    let found: Vec<_> = diff.constraints.iter().map(|one| (one.kind, one.direction)).collect();
    let wanted = [
        ("four-eyes", Direction::Wider),
        ("role-maximum", Direction::Wider),
        ("separation-of-duty", Direction::Neutral),
    ];
    assert_eq!(found, wanted);
}
