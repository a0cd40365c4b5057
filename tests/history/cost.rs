//! What a replay costs after the history is read: processor time of the thread that folds and rehearses, with and without
//! rehearsing. Printed, never asserted.

use crate::{random::Random, town::Town, world::event};
use sagwan::{
    event::{Digest, Env, Event},
    ledger::{Clock as _, Verdict},
    policy::{Bundle, Policy},
};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Decisions of the history: `SAGWAN_DECISIONS`, else a million.
fn wanted() -> usize {
    std::env::var("SAGWAN_DECISIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

/// Nanoseconds that this thread was on a processor (Linux, `/proc/thread-self/schedstat`).
fn on_cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

/// An event of daily work: kind, the beginning of its subject, body.
const WORK: [(&str, &str, &str); 8] = [
    ("run.started", "run/r", r#"{"trigger":"manual"}"#),
    ("run.completed", "run/r", "{}"),
    ("model.registered", "model/m@", r#"{"artifact":"$d"}"#),
    ("model.evaluated", "model/m@", r#"{"artifact":"$d","outcome":"pass"}"#),
    ("dataset.registered", "dataset/d@", r#"{"source":"s","purpose":"p","legal_basis":"l"}"#),
    ("dataset.validated", "dataset/d@", r#"{"outcome":"pass"}"#),
    ("model.promoted", "model/m@", r#"{"artifact":"$d"}"#),
    ("prompt.registered", "prompt/p@", r#"{"template":"$d"}"#),
];

fn work(random: &mut Random, town: &Town) -> Event {
    let (kind, subject, body) = *random.pick(&WORK);
    let body: Json = serde_json::from_str(&body.replace("$d", &Digest([0; 32]).to_string())).unwrap();
    let subject = format!("{subject}{}", random.below(20_000) + 1);
    let env = *random.pick(&["dev", "dev", "staging"]);
    event(&json!({"kind": kind, "subject": subject, "env": env, "body": body}), town.clock.now())
}

/// Batches of 250 by four actors, and now and then one event in prod, most of which are refused.
fn fill(town: &Town, random: &mut Random) {
    let mut decisions = 0;
    while decisions < wanted() {
        let name = *random.pick(&["ada", "dan", "mel", "ci"]);
        let events: Vec<Event> = (0..250).map(|_| work(random, town)).collect();
        let verdict = town.submit(name, &events);
        assert!(matches!(verdict, Verdict::Recorded { .. }), "{verdict:?}");
        let alone = Event { env: Some(Env::Prod), ..work(random, town) };
        town.submit(name, &[alone]);
        town.clock.advance(60_000);
        decisions += 251;
    }
}

/// The embedded policy with one file changed.
fn changed(name: &str, change: impl Fn(String) -> String) -> Arc<Policy> {
    let mut files = Bundle::embedded().files().clone();
    let text = String::from_utf8(files[name].clone()).unwrap();
    files.insert(name.into(), change(text).into_bytes());
    Arc::new(Policy::load(&Bundle::from_files(files).unwrap()).unwrap())
}

/// `CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo test --test history cost -- --ignored --nocapture`, or with `--release`.
#[test]
#[ignore = "prints what a replay of a million decisions costs on this machine"]
fn cost() {
    let mut random = Random::seeded("cost");
    let dir = tempfile::tempdir().unwrap();
    let town = Town::found(&dir.path().join("ledger"));
    fill(&town, &mut random);
    let own = town.ledger.policy().unwrap();
    let row = "p, role:data-scientist, staging, model/*, promote, allow, one-cell-too-many\n";
    let candidates = [
        ("the same policy", own.clone()),
        ("one cell opened", changed("rules/data-science.csv", |rows| rows + row)),
        (
            "another stage in staging",
            changed("stages.toml", |text| text.replace("staging = \"warn\"", "staging = \"enforce\"")),
        ),
        (
            "another stage everywhere",
            changed("stages.toml", |text| {
                text.replace("staging = \"warn\"", "staging = \"enforce\"")
                    .replace("dev = \"observe\"", "dev = \"warn\"")
            }),
        ),
    ];
    let timed = |walk: &mut dyn FnMut()| {
        let begun = (on_cpu_ns(), std::time::Instant::now());
        walk();
        (on_cpu_ns() - begun.0, begun.1.elapsed())
    };
    let fold = |count: &mut u64| {
        *count = 0;
        timed(&mut || drop(town.ledger.history(&mut |_, _| *count += 1, &mut |_, _| {}).unwrap()))
    };
    let mut decisions = 0;
    // Once for the page cache.
    fold(&mut decisions);
    for (name, candidate) in candidates {
        let (alone, wall) = fold(&mut decisions);
        let mut report = None;
        let both = timed(&mut || {
            report = Some(town.ledger.rehearse(Some(own.clone()), candidate.clone(), &mut |_, _| {}).unwrap())
        });
        let report = report.unwrap();
        let per_million = (both.0.saturating_sub(alone)) as f64 / decisions as f64 / 1_000.0;
        println!(
            "{name}: {decisions} decisions, {} asked, {} flips; reading and folding {:.2} s on its thread ({:.2} s by the clock), with the replay {:.2} s more: {per_million:.2} s a million",
            report.asked,
            report.flipped,
            alone as f64 / 1e9,
            wall.as_secs_f64(),
            both.0.saturating_sub(alone) as f64 / 1e9,
        );
    }
}
