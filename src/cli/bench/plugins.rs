//! What plugins cost: a call in a fresh instance, appends that two validators judge, and what a hostile neighbour takes
//! from an honest plugin.

use super::{
    Bench, at_most, inside,
    meter::measure,
    report::{Bound, Row},
    work::{Work, admit, event, officer, second_officer, sign},
};
use crate::{
    cli::{
        failure::{Done, Failure},
        shipped,
    },
    codec::event::from_json,
    event::{
        Body, Env, Event, Subject, Text,
        body::{ActorEnrolled, PluginApproved, PluginBound, PluginPublished, RoleAssigned, Stage},
    },
    ledger::{Author, Ledger, Options, Verdict},
    plugin::{Answers, EventView, Limits, NoAnswers, Place, Plugin, Registry, Validator},
};
use std::{
    hint::black_box,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The validator of the judged appends: it reads every event of the workload through.
const READER: &str = "personal-data";
/// What it looks for under its second binding, after everything under its first.
const NUMBERS: &str = r#"{"look_for": ["resident-number", "card"]}"#;
/// The other whose calls are measured, and an event that it judges: it asks for the runtime and finds none.
const ASKER: &str = "runtime-parity";
const DEPLOYED: &str = r#"{"kind": "model.deployed", "subject": "model/credit-risk@1", "env": "dev",
    "outputs": [{"subject": "deployment/credit-risk-api"}], "body": {"runtime": "runtime/scoring-api@2026-02",
    "artifact": "sha256:b3589d7a65a11c09b14ed76ed8202329520c5d9af93cd97e9126111ec51cb76a", "traffic": 1.0}}"#;
/// Calls of one round, and rounds of which the best counts.
const CALLS: u32 = 2_000;
const ROUNDS: usize = 5;
/// Calls of the honest plugin beside its neighbour.
const BESIDE: usize = 20_000;
/// A validator that loops until its fuel is used up (tests/plugin_calls.rs makes it, and holds these bytes).
const ENDLESS: &[u8] = include_bytes!("endless.wasm");

fn fail(error: impl std::fmt::Display) -> Failure {
    Failure::fault(format!("the benchmark cannot measure plugins: {error}"))
}

/// Measures everything about plugins.
pub fn measured(bench: &mut Bench, folder: &Path) -> Done {
    let (ledger, mut work) = Work::found(&folder.join("ledger"), &Options::default(), bench.seed)?;
    let read = work.one(ledger.host().clock.now())?;
    let deployed = from_json(DEPLOYED, read.time).map_err(fail)?;
    let (view, asking) = (view(&read, &work)?, view(&deployed, &work)?);
    let registry = Registry::new(Limits::default(), None).map_err(fail)?;
    for (name, view, note) in [(READER, &view, "an event of the workload"), (ASKER, &asking, "a deployment")] {
        let validator = validator(&registry, shipped::component(name).ok_or_else(|| fail(name))?)?;
        let took = call_time(&validator, view);
        let row = at_most("plugins: a fresh instance and a call", took.as_secs_f64(), 25e-6, "s");
        bench.row(row.note(format!("{name}, {note}")));
    }
    neighbour(bench, &registry, &view)?;
    let bar = bench.progress("registering 100,000 datasets", super::work::SUBJECTS);
    work.register(&ledger, |done| bar.set_position(done))?;
    bar.finish_and_clear();
    let name = "plugins: appends without validators, batches of 256";
    inside::appends(bench, &ledger, &mut work, name, Bound::AtLeast(0.60))?;
    bind(&ledger)?;
    let name = "plugins: appends with two validators in force";
    inside::appends(bench, &ledger, &mut work, name, Bound::AtLeast(0.35))?;
    ledger.close().map_err(fail)
}

/// An event as plugins see it.
fn view(event: &Event, work: &Work) -> Done<EventView> {
    let actor = &work.author(0)?.actor;
    Ok(EventView::new(event, &Place { actor, index: 7, position: 0, recorded: event.time }))
}

fn validator(registry: &Registry, component: &[u8]) -> Done<Validator> {
    let described = registry.register(component).map_err(fail)?;
    match registry.get(&described.component) {
        Some(Plugin::Validator(validator)) => Ok(validator),
        _ => Err(fail("a plugin that is no validator")),
    }
}

fn call(validator: &Validator, view: &EventView, answers: &Arc<dyn Answers>) {
    let judged = validator.validate(view, "{}", Arc::clone(answers));
    drop(black_box(judged));
}

/// The processor time of one call, the best round.
fn call_time(validator: &Validator, view: &EventView) -> Duration {
    let answers: Arc<dyn Answers> = Arc::new(NoAnswers);
    let round = |_| measure(|| (0..CALLS).for_each(|_| call(validator, view, &answers))).1.cpu / CALLS;
    (0..ROUNDS).map(round).min().unwrap_or_default()
}

/// The slowest in a hundred of an honest plugin's calls, alone and beside one that loops for ever, again and again. Taken
/// in turn, the middle of the ratios counts: the machine has moods.
fn neighbour(bench: &mut Bench, registry: &Registry, view: &EventView) -> Done {
    let honest = validator(registry, shipped::component(READER).ok_or_else(|| fail(READER))?)?;
    let hostile = validator(registry, ENDLESS)?;
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let alone = slowest(&honest, view);
        let stop = AtomicBool::new(false);
        let beside = thread::scope(|scope| {
            scope.spawn(|| {
                let answers: Arc<dyn Answers> = Arc::new(NoAnswers);
                while !stop.load(Ordering::Relaxed) {
                    call(&hostile, view, &answers);
                }
            });
            let beside = slowest(&honest, view);
            stop.store(true, Ordering::Relaxed);
            beside
        });
        ratios.push((beside.as_secs_f64() / alone.as_secs_f64().max(1e-9), alone, beside));
    }
    ratios.sort_by(|one, two| one.0.total_cmp(&two.0));
    let Some((_, alone, beside)) = ratios.get(ratios.len() / 2) else { return Ok(()) };
    let name = "plugins: p99 of a call beside an endless one, against alone";
    let row = Row::ratio(name, beside.as_secs_f64(), alone.as_secs_f64().max(1e-9), Bound::AtMost(2.0));
    bench.row(row.unit("s").note(format!("{beside:.0?} against {alone:.0?}")));
    Ok(())
}

/// The slowest in a hundred calls, by the wall clock.
fn slowest(validator: &Validator, view: &EventView) -> Duration {
    let answers: Arc<dyn Answers> = Arc::new(NoAnswers);
    let one = |_| {
        let started = Instant::now();
        call(validator, view, &answers);
        started.elapsed()
    };
    let mut samples: Vec<Duration> = (0..BESIDE).map(one).collect();
    samples.sort_unstable();
    samples.get(samples.len() * 99 / 100).copied().unwrap_or_default()
}

/// Publishes the validator, binds it twice, and approves both, to judge every event.
fn bind(ledger: &Ledger) -> Done {
    let (officer, other) = (officer()?, second_officer()?);
    let now = ledger.host().clock.now();
    let subject = Subject::new(crate::event::SubjectKind::Actor, other.actor.as_str()).map_err(fail)?;
    let role = RoleAssigned { role: "role:governance-officer".parse().map_err(fail)?, until: None, reason: None };
    let enrolled = Body::ActorEnrolled(ActorEnrolled { key: Some(other.enrolment()), title: None });
    let mut events = vec![event(subject.clone(), None, now, enrolled)];
    events.extend(Env::ALL.map(|env| event(subject.clone(), Some(env), now, Body::RoleAssigned(role.clone()))));
    admit(ledger, vec![sign(&officer, &events, now)?])?;
    let described = ledger.register_plugin(shipped::component(READER).ok_or_else(|| fail(READER))?).map_err(fail)?;
    let capabilities = described.capabilities.iter().map(|name| name.to_string().parse::<Text>());
    let published = PluginPublished {
        component: described.component,
        world: described.world,
        capabilities: capabilities.collect::<Result<_, _>>().map_err(fail)?,
    };
    record(ledger, &officer, Body::PluginPublished(published))?;
    for settings in [None, Some(serde_json::from_str(NUMBERS).map_err(fail)?)] {
        let bound = PluginBound {
            component: described.component,
            mode: Stage::Enforce,
            settings,
            kinds: Vec::new(),
            subjects: Vec::new(),
            environments: Vec::new(),
            fail_open: false,
        };
        let binding = record(ledger, &officer, Body::PluginBound(bound))?;
        record(ledger, &other, Body::PluginApproved(PluginApproved { binding }))?;
    }
    Ok(())
}

/// Records an event about the validator; the identity of its statement.
fn record(ledger: &Ledger, author: &Author, body: Body) -> Done<crate::event::Digest> {
    let now = ledger.host().clock.now();
    let subject: Subject = format!("plugin/{READER}").parse().map_err(fail)?;
    let statement = sign(author, &[event(subject, None, now, body)], now)?;
    match ledger.admit(statement).map_err(fail)? {
        Verdict::Recorded { identity, .. } => Ok(identity),
        other => Err(fail(format!("{other:?}"))),
    }
}
