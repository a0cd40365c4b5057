//! The matrix, casbin as it comes, and a plain reference give the same answer: on every cell of the default bundle, on
//! random requests by actors with random sets of roles, and over random bundles. The seed is printed; set
//! `SAGWAN_SEED` to repeat a run, `SAGWAN_CASES` to ask bare casbin more and `SAGWAN_BUNDLES` to try more bundles.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod policy_support;

use policy_support::{Chance, Files};
use sagwan::event::Env;
use sagwan::policy::{Bare, Bundle, Effect, Link, Policy, Request, Rule};
use std::collections::BTreeSet;

fn cases(usual: usize) -> usize {
    number("SAGWAN_CASES", usual)
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

/// Every subset of the roles is held by one actor: bit i of the number says whether role i is held.
struct Actors {
    roles: Vec<String>,
}

impl Actors {
    fn of(policy: &Policy) -> Self {
        Self { roles: policy.vocabulary().roles().map(str::to_owned).collect() }
    }

    fn count(&self) -> usize {
        1 << self.roles.len()
    }

    fn roles(&self, actor: usize) -> Vec<&str> {
        (0..self.roles.len()).filter(|bit| actor >> bit & 1 == 1).map(|bit| self.roles[bit].as_str()).collect()
    }

    fn bare(&self, policy: &Policy) -> Bare {
        let names: Vec<_> = (0..self.count()).map(|actor| format!("user:{actor}")).collect();
        let holders: Vec<_> = (0..self.count())
            .flat_map(|actor| self.roles(actor).into_iter().map(move |role| (actor, role)))
            .map(|(actor, role)| (names[actor].as_str(), role))
            .collect();
        Bare::new(policy.rules(), policy.links(), &holders).unwrap()
    }
}

/// The roles that somebody holds in an environment: those that he was given, and what links give, over and over.
fn held<'a>(links: &'a [Link], env: Env, roles: &[&'a str]) -> BTreeSet<&'a str> {
    let mut held: BTreeSet<&str> = roles.iter().copied().collect();
    loop {
        let more: BTreeSet<&str> = links
            .iter()
            .filter(|link| link.env.is_none_or(|own| own == env) && held.contains(link.child.as_str()))
            .map(|link| link.parent.as_str())
            .collect();
        if more.is_subset(&held) {
            return held;
        }
        held.extend(more);
    }
}

/// What a decision must be, written down as plainly as possible: nothing of casbin, nothing of the matrix.
fn reference(rules: &[Rule], links: &[Link], request: &Request<'_>) -> (bool, BTreeSet<String>, bool) {
    let held = held(links, request.env, request.roles);
    let object = |pattern: &str| match pattern.strip_suffix('*') {
        None => request.object == pattern,
        Some(start) if start.ends_with('@') => {
            request.object.strip_prefix(start).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        }
        Some(start) => request.object.strip_prefix(start).is_some_and(|rest| !rest.is_empty()),
    };
    let matching: Vec<&Rule> = rules
        .iter()
        .filter(|rule| held.contains(rule.role.as_str()))
        .filter(|rule| rule.env.is_none_or(|env| env == request.env))
        .filter(|rule| rule.action == request.action && object(&rule.object))
        .collect();
    let ids = |effect| -> BTreeSet<String> {
        matching.iter().filter(|rule| rule.effect == effect).map(|rule| rule.id.clone()).collect()
    };
    let (allows, denies) = (ids(Effect::Allow), ids(Effect::Deny));
    if !denies.is_empty() {
        let absolute = matching.iter().any(|rule| rule.absolute && rule.effect == Effect::Deny);
        return (false, denies, absolute);
    }
    if allows.is_empty() { (false, BTreeSet::from(["default-deny".to_owned()]), false) } else { (true, allows, false) }
}

#[track_caller]
fn agree(policy: &Policy, bare: &Bare, actor: usize, request: &Request<'_>) {
    let decision = policy.decide(request);
    let (allow, ids, absolute) = reference(policy.rules(), policy.links(), request);
    let shown = format!("{request:?} gave {decision:?}");
    assert_eq!((decision.allow, decision.absolute_deny), (allow, absolute), "reference: {shown}");
    assert_eq!(decision.rules.to_vec(), ids.into_iter().collect::<Vec<_>>(), "reference: {shown}");
    let casbin = bare.enforce(&format!("user:{actor}"), request.env.as_str(), request.object, request.action);
    assert_eq!(decision.allow, casbin.unwrap(), "casbin: {shown}");
}

#[test]
fn the_matrix_is_casbin_on_every_cell_of_the_default_bundle() {
    let policy = Policy::load(&Bundle::embedded()).unwrap();
    let actors = Actors::of(&policy);
    let bare = actors.bare(&policy);
    let mut cells = 0;
    for env in Env::ALL {
        for (object_type, action, _) in policy.vocabulary().pairs() {
            let object = format!("{object_type}/some/thing@1");
            for bit in 0..actors.roles.len() {
                let (actor, roles) = (1 << bit, actors.roles(1 << bit));
                let name = format!("user:{actor}");
                let request = Request { roles: &roles, actor: &name, env, object: &object, object_type, action };
                agree(&policy, &bare, actor, &request);
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 3 * policy.vocabulary().pair_count() as usize * actors.roles.len());
}

#[test]
fn the_matrix_is_casbin_on_random_requests_by_actors_with_random_roles() {
    let mut chance = Chance::new("random requests");
    let policy = Policy::load(&Bundle::embedded()).unwrap();
    let actors = Actors::of(&policy);
    let bare = actors.bare(&policy);
    let pairs: Vec<_> = policy.vocabulary().pairs().collect();
    for case in 0..cases(2_000) {
        let actor = chance.below(actors.count());
        let (object_type, action, _) = *chance.pick(&pairs);
        let object = format!("{object_type}/n{case}");
        let (roles, name, env) = (actors.roles(actor), format!("user:{actor}"), *chance.pick(&Env::ALL));
        let request = Request { roles: &roles, actor: &name, env, object: &object, object_type, action };
        agree(&policy, &bare, actor, &request);
    }
}

/// Random requests held against casbin, each over the rows that can match: bare casbin reads all rows each time.
const REQUESTS: usize = 100_000;

#[test]
fn the_matrix_is_casbin_on_a_hundred_thousand_random_requests() {
    let mut chance = Chance::new("many random requests");
    let policy = Policy::load(&Bundle::embedded()).unwrap();
    let actors = Actors::of(&policy);
    let names: Vec<String> = (0..actors.count()).map(|actor| format!("user:{actor}")).collect();
    let held: Vec<Vec<&str>> = (0..actors.count()).map(|actor| actors.roles(actor)).collect();
    let mut scopes = Vec::new();
    for env in Env::ALL {
        let of_actor = |actor: usize| held[actor].iter().map(move |role| (actor, *role));
        let holders: Vec<_> =
            (0..actors.count()).flat_map(of_actor).map(|(a, role)| (names[a].as_str(), role)).collect();
        for (object_type, action, _) in policy.vocabulary().pairs() {
            let can_match = |rule: &&Rule| {
                (rule.object_type.as_str(), rule.action.as_str()) == (object_type, action)
                    && rule.env.is_none_or(|own| own == env)
            };
            let rows: Vec<Rule> = policy.rules().iter().filter(can_match).cloned().collect();
            // casbin treats an empty policy as a special case (hazard 8), so a scope without rows has nothing to ask.
            let bare = (!rows.is_empty()).then(|| Bare::new(&rows, policy.links(), &holders).unwrap());
            scopes.push((env, object_type, action, bare));
        }
    }
    let mut answers = [0, 0];
    for case in 0..number("SAGWAN_REQUESTS", REQUESTS) {
        let (env, object_type, action, bare) = chance.pick(&scopes);
        let actor = chance.below(actors.count());
        let object = format!("{object_type}/n{case}@2");
        let (roles, name) = (&held[actor], names[actor].as_str());
        let request = Request { roles, actor: name, env: *env, object: &object, object_type, action };
        let allow = policy.decide(&request).allow;
        let casbin = bare.as_ref().is_some_and(|bare| bare.enforce(name, env.as_str(), &object, action).unwrap());
        assert_eq!(allow, casbin, "{request:?}");
        answers[usize::from(allow)] += 1;
    }
    assert!(answers.iter().all(|count| *count > 0), "both answers occur: {answers:?}");
}

const ROLES: [&str; 5] = ["role:a", "role:b", "role:c", "role:d", "role:e"];
const PAIRS: [(&str, &str); 5] =
    [("model", "read"), ("model", "write"), ("dataset", "read"), ("dataset", "use"), ("policy", "read")];
const NAMES: [&str; 8] = ["*", "x", "x@1", "x@*", "x/*", "x/y", "x/y@2", "x/y@*"];
const DOMAINS: [&str; 4] = ["dev", "staging", "prod", "*"];

/// A random bundle: a hierarchy without cycles (links go from later roles to earlier ones), allows, denies, patterns.
fn random_bundle(chance: &mut Chance) -> Files {
    let mut seen = BTreeSet::new();
    let (mut rules, mut deny) = ("p, role:a, dev, policy/*, read, allow, first\n".to_owned(), String::new());
    for id in 0..chance.below(30) {
        let (object_type, action) = *chance.pick(&PAIRS);
        let (role, domain) = (*chance.pick(&ROLES), *chance.pick(&DOMAINS));
        let name = if chance.below(2) == 0 { "*" } else { *chance.pick(&NAMES) };
        let effect = if chance.below(3) == 0 { "deny" } else { "allow" };
        let row = format!("p, {role}, {domain}, {object_type}/{name}, {action}, {effect}");
        if row.starts_with("p, role:a, dev, policy/*, read, allow") || !seen.insert(row.clone()) {
            continue;
        }
        let absolute = effect == "deny" && chance.below(2) == 0;
        if absolute { &mut deny } else { &mut rules }.push_str(&format!("{row}, r{id}\n"));
    }
    for id in 0..chance.below(5) {
        let child = 1 + chance.below(ROLES.len() - 1);
        let row = format!("g, {}, {}, {}", ROLES[child], ROLES[chance.below(child)], chance.pick(&DOMAINS));
        if seen.insert(row.clone()) {
            rules.push_str(&format!("{row}, g{id}\n"));
        }
    }
    let base = Files::base().with("rules/team.csv", rules).with("deny.csv", deny);
    let old = policy_support::VOCABULARY.lines().find(|line| line.starts_with("roles")).unwrap().to_owned();
    base.edit("vocabulary.toml", &old, &format!("roles = {ROLES:?}"))
}

#[test]
fn matrix_casbin_and_reference_agree_over_random_bundles() {
    let mut chance = Chance::new("random bundles");
    let mut decisions = [0, 0];
    for _ in 0..number("SAGWAN_BUNDLES", 60) {
        let policy = random_bundle(&mut chance).load().unwrap();
        let actors = Actors::of(&policy);
        let bare = actors.bare(&policy);
        for _ in 0..60 {
            let actor = chance.below(actors.count());
            let (object_type, action) = *chance.pick(&PAIRS);
            let object =
                format!("{object_type}/{}", chance.pick(&["x", "x@1", "x@2", "x/y", "x/y@2", "z", "xy@1", "x/y/z@1"]));
            let (roles, name, env) = (actors.roles(actor), format!("user:{actor}"), *chance.pick(&Env::ALL));
            let request = Request { roles: &roles, actor: &name, env, object: &object, object_type, action };
            agree(&policy, &bare, actor, &request);
            decisions[usize::from(policy.decide(&request).allow)] += 1;
        }
    }
    assert!(decisions.iter().all(|count| *count > 0), "both answers occur: {decisions:?}");
}

#[test]
fn separations_and_maxima_hold_over_random_role_links() {
    let mut chance = Chance::new("separations over links");
    let mut broken = [0, 0];
    for _ in 0..number("SAGWAN_BUNDLES", 60) {
        let pairs: Vec<[&str; 2]> = (0..3).map(|at| [ROLES[at], ROLES[at + 1 + chance.below(4 - at)]]).collect();
        let separations: String = (0..3)
            .map(|at| {
                format!(
                    "[[separation-of-duty]]\nid = \"s{at}\"\nroles = {:?}\nenvironments = [\"prod\", \"dev\"]\n",
                    pairs[at]
                )
            })
            .collect();
        let most = format!("[[role-maximum]]\nid = \"most\"\nrole = {:?}\nat-most = 1\n", *chance.pick(&ROLES));
        let files = random_bundle(&mut chance);
        let rest = String::from_utf8(files.0["constraints.toml"].clone()).unwrap();
        let policy = files.with("constraints.toml", format!("{separations}{most}{rest}")).load().unwrap();
        let bounded = policy.constraints().role_maximum.first().unwrap().role.clone();
        for number in 0..1_usize << ROLES.len() {
            let roles: Vec<&str> =
                (0..ROLES.len()).filter(|bit| number >> bit & 1 == 1).map(|bit| ROLES[bit]).collect();
            for env in Env::ALL {
                let held = held(policy.links(), env, &roles);
                let apart = |pair: &[&str; 2]| env != Env::Staging && pair.iter().all(|role| held.contains(role));
                let expected = pairs.iter().position(apart).map(|at| format!("s{at}"));
                let found = policy.separation_broken(env, &roles).map(|one| one.id().to_owned());
                assert_eq!(found, expected, "{roles:?} in {env}: {:?}", policy.links());
                assert_eq!(policy.held(env, &roles), held);
                broken[usize::from(found.is_some())] += 1;
                if let [role] = roles[..] {
                    let counts = policy.role_maxima(env, role).count();
                    assert_eq!(counts, usize::from(held.contains(bounded.as_str())), "{role} in {env}");
                }
            }
        }
    }
    assert!(broken.iter().all(|count| *count > 0), "both answers occur: {broken:?}");
}

#[test]
fn an_actor_with_more_roles_than_a_decision_holds_inline() {
    let roles = [
        "role:ds", "role:mle", "role:go", "role:r4", "role:r5", "role:r6", "role:r7", "role:r8", "role:r9", "role:r10",
    ];
    let mut rules: String = (0..10).map(|i| format!("p, {}, prod, model/*, read, allow, a{i}\n", roles[i])).collect();
    rules.push_str("p, role:r5, prod, model/x, read, allow, fine\n");
    let policy = Files::rules(&rules).with("deny.csv", "").load().unwrap();
    for count in 0..=10 {
        for object in ["model/x", "model/y"] {
            let request = Request {
                roles: &roles[..count],
                actor: "user:all",
                env: Env::Prod,
                object,
                object_type: "model",
                action: "read",
            };
            let decision = policy.decide(&request);
            let (allow, ids, _) = reference(policy.rules(), policy.links(), &request);
            assert_eq!(
                (decision.allow, decision.rules.to_vec()),
                (allow, ids.into_iter().collect()),
                "{count} {object}"
            );
        }
    }
}
