//! What a decision costs, in CPU time: `cargo test --release --test decide_histories -- --ignored --nocapture cost`. Prints
//! microseconds; asserts nothing about time.

use crate::{
    random::Random,
    world::{POLICIES, World, event, kid, who},
};
use sagwan::{
    decide::{Context, RULES_VERSION, Signed, decide},
    event::Event,
    state::State,
};
use serde_json::json;
use std::time::Duration;

/// The CPU time of this thread: the machine may be busy with other things.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// A run's completion with its metrics: about 600 bytes when signed, three of 100,000 subjects.
fn statement(random: &mut Random, world: &World, number: usize, subjects: usize) -> Event {
    let mut name = || format!("dataset/set-{}@1", random.below(subjects));
    let inputs = json!([{"subject": name()}, {"subject": name()}]);
    let json = json!({
        "kind": "data.profiled", "subject": name(), "env": "prod", "inputs": inputs,
        "body": {"profile": format!("sha256:{number:064x}"), "rows": number},
        "facets": {"job": "nightly profile of everything that came in since yesterday", "attempt": 1},
    });
    event(&json, world.t)
}

#[test]
#[ignore = "prints what a decision costs on this machine"]
fn cost() {
    let subjects = 100_000;
    let mut random = Random::seeded("cost");
    let mut world = World::new();
    let registered: Vec<Event> = (0..subjects)
        .map(|number| {
            let body = json!({"source": "s", "purpose": "p", "legal_basis": "l"});
            let subject = format!("dataset/set-{number}@1");
            event(&json!({"kind": "dataset.registered", "subject": subject, "env": "prod", "body": body}), world.t)
        })
        .collect();
    for batch in registered.chunks(64) {
        let ruling = world.sign("ci", batch).unwrap();
        assert!(ruling.is_recorded() && ruling.events[0].reasons.is_empty(), "{ruling:?}");
    }
    world.recorded.clear();
    let events: Vec<Event> = (0..50_000).map(|number| statement(&mut random, &world, number, subjects)).collect();
    let (_, actor, seed) = who("ci");
    let (actor, kid) = (actor.parse().unwrap(), kid(seed));
    let context =
        Context { policies: &*POLICIES, index: world.index, t: world.t, rules: RULES_VERSION, validators: None };
    for (what, size) in [("one event a statement", 1), ("64 events a statement", 64)] {
        let start = cpu();
        for batch in events.chunks(size) {
            let signed = Signed { actor: &actor, kid, events: batch, identity: kid };
            assert!(decide(&mut world.state, &context, &signed).unwrap().is_recorded());
        }
        let micros = (cpu() - start).as_secs_f64() * 1e6 / events.len() as f64;
        println!("decide and fold, {what}: {micros:.2} µs an event");
    }
    let cells = world.state.cells();
    let bytes: usize = cells.iter().map(|(key, value)| key.len() + value.len()).sum();
    let start = cpu();
    let loaded = State::load(cells.iter().map(|(key, value)| (key, value))).unwrap();
    println!("load {} cells of {bytes} bytes: {:?}", cells.len(), cpu() - start);
    assert_eq!(loaded.digest(), world.state.digest());
}
