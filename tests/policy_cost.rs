//! What a decision and a load cost. Nothing is asserted about time; run it to see:
//! `cargo test --release --test policy_cost -- --ignored --nocapture`

mod policy_support;

use policy_support::{Chance, Files};
use sagwan::event::Env;
use sagwan::policy::{Bare, Bundle, Policy, Request};
use std::hint::black_box;
use std::time::Instant;

/// A bundle of at least 5,000 cells, each with a row of its own.
fn large() -> Files {
    let actions: Vec<_> = (0..28).map(|i| format!("act-{i}")).collect();
    let roles: Vec<_> = (0..10).map(|i| format!("role:r{i}")).collect();
    let types = ["model", "dataset", "run", "prompt", "grant", "actor"];
    let objects: String = types.map(|name| format!("{name} = {actions:?}\n")).concat();
    let vocabulary = format!(
        "roles = {roles:?}\nenvironments = [\"dev\", \"staging\", \"prod\"]\nactions = {actions:?}\npurposes = [\"audit\"]\n[objects]\n{objects}"
    );
    let mut rules = String::new();
    for (r, role) in roles.iter().enumerate() {
        for object in types {
            for (a, action) in actions.iter().enumerate() {
                for env in Env::ALL {
                    rules
                        .push_str(&format!("p, {role}, {env}, {object}/*, {action}, allow, r{r}-{object}-{a}-{env}\n"));
                }
            }
        }
    }
    Files::base().with("vocabulary.toml", vocabulary).with("rules/team.csv", rules).with("deny.csv", "")
}

#[test]
#[ignore = "prints timings; run it by name in a release build"]
fn cost() {
    let bundle = Bundle::embedded();
    let policy = Policy::load(&bundle).unwrap();
    let vocabulary = policy.vocabulary();
    println!(
        "{} rules, {} cells",
        policy.rules().len(),
        3 * vocabulary.pair_count() as usize * vocabulary.roles().len()
    );
    let best = (0..5).map(|_| timed(|| drop(black_box(Policy::load(&bundle).unwrap())))).min().unwrap();
    println!("load of the default bundle: {:.1} ms", best as f64 / 1e6);
    let files = large();
    let large = files.load().unwrap();
    let cells = 3 * large.vocabulary().pair_count() as usize * large.vocabulary().roles().len();
    let best = (0..3).map(|_| timed(|| drop(black_box(files.load().unwrap())))).min().unwrap();
    println!("load of {cells} cells, {} rules: {:.1} ms", large.rules().len(), best as f64 / 1e6);

    let mut chance = Chance::new("cost");
    let pairs: Vec<_> = vocabulary.pairs().map(|(object_type, action, _)| (object_type, action)).collect();
    let roles: Vec<&str> = vocabulary.roles().collect();
    let questions: Vec<_> = (0..1_000)
        .map(|i| {
            let (object_type, action) = *chance.pick(&pairs);
            (
                format!("{object_type}/thing-{i}@3"),
                object_type,
                action,
                *chance.pick(&Env::ALL),
                [*chance.pick(&roles), *chance.pick(&roles)],
            )
        })
        .collect();
    for held in [1, 2] {
        let ask = || {
            for (object, object_type, action, env, roles) in &questions {
                let request =
                    Request { roles: &roles[..held], actor: "user:ada", env: *env, object, object_type, action };
                black_box(policy.decide(black_box(&request)));
            }
        };
        let best = (0..50).map(|_| timed(ask)).min().unwrap();
        println!("decision with {held} role(s): {:.3} µs", best as f64 / 1e3 / questions.len() as f64);
    }
    let bare = Bare::new(policy.rules(), policy.links(), &[("user:ada", "role:ml-engineer")]).unwrap();
    let ask = || {
        for (object, _, action, env, _) in questions.iter().take(200) {
            black_box(bare.enforce("user:ada", env.as_str(), object, action).unwrap());
        }
    };
    let best = (0..3).map(|_| timed(ask)).min().unwrap();
    println!("bare casbin over the same rules: {:.1} µs", best as f64 / 1e3 / 200.0);
}

fn timed(run: impl FnOnce()) -> u128 {
    let start = Instant::now();
    run();
    start.elapsed().as_nanos()
}
