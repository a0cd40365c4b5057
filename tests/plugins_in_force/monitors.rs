//! Monitors watch what is recorded, each record once, and the ledger records what they find.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use crate::{
    plugin_support::{Guest, STATE, at},
    shipped::{component, profiled, settings},
    town::{Town, on_datasets},
};
use sagwan::{
    event::{
        Body, Digest, Env, Event, Kind, Value,
        body::{PluginBound, Stage},
    },
    ledger::{Host, MonitorStatus, Query, verify_full},
};
use std::time::{Duration, Instant};

/// Raises an alert about `dataset/found@1` for all that it is shown, and counts it under one key.
fn alarming() -> Guest {
    let mut guest = Guest::monitor().import(STATE, "set", "set", "(param i32 i32 i32 i32)").import(
        STATE,
        "get",
        "get",
        "(param i32 i32 i32)",
    );
    guest.data.alert(at::OBSERVATION, "dataset/found@1", 2);
    guest.data.words(at::FREE + 128, &[at::OBSERVATION, 1]);
    let (free, back, to) = (at::FREE, at::RETURN, at::FREE + 64);
    let counts = format!(
        "(call $get (i32.const {free}) (i32.const 8) (i32.const {back}))
         (if (i32.load8_u (i32.const {back})) (then (i32.store (i32.const {to}) (i32.load (i32.load offset=4 (i32.const {back}))))))
         (i32.store (i32.const {to}) (i32.add (i32.load (i32.const {to})) (i32.const 1)))
         (call $set (i32.const {free}) (i32.const 8) (i32.const {to}) (i32.const 4))"
    );
    guest.main(format!("{counts} (i32.const {})", at::FREE + 128))
}

/// The monitor's status once it has looked at all that is there now, and whatever that led to.
fn watched(town: &Town) -> MonitorStatus {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let status = town.house.ledger().status();
        let size = town.house.ledger().head().size;
        if let Some(monitor) = status.monitors.first().filter(|monitor| monitor.next == size) {
            return monitor.clone();
        }
        assert!(Instant::now() < until, "{:?}", status.monitors);
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn recorded(town: &Town, kind: Kind) -> Vec<Event> {
    let query = Query { kind: Some(kind.clone()), limit: 1_000, ..Query::default() };
    let records = town.house.ledger().query(&query).unwrap().records;
    records.into_iter().flat_map(|record| record.events).filter(|event| event.kind() == kind).collect()
}

/// The root of the last mark.
fn last_mark(town: &Town) -> (u64, Digest, u64, u64) {
    match recorded(town, Kind::MonitorMarked).pop().unwrap().body {
        Body::MonitorMarked(mark) => (mark.next, mark.state, mark.shown, mark.faults),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_record_is_watched_once_whatever_happens_to_its_memory() {
    let mut town = Town::new();
    let component = town.publish("alarm", &alarming().bytes());
    let before = town.dataset("before@1", 0);
    town.submit(before);
    let binding = town.bind("alarm", on_datasets(component, Stage::Warn));
    for name in ["a@1", "b@1", "c@1"] {
        town.submit(town.dataset(name, 0));
    }
    let status = watched(&town);
    assert_eq!((status.shown, status.faults, status.problem), (3, 0, None));
    let alerts = recorded(&town, Kind::AlertRaised);
    assert_eq!(alerts.len(), 3);
    let about: Vec<_> = alerts[0].inputs.iter().map(|input| (input.subject.as_str(), input.external)).collect();
    assert_eq!(about, [("dataset/found@1", true), ("plugin/alarm", false)]);
    let Some(Value::Map(monitor)) = alerts[0].facets.get("monitor") else { panic!("{alerts:?}") };
    assert_eq!(monitor.get("binding"), Some(&Value::Text(binding.to_string())));
    assert_eq!(monitor.get("mode"), Some(&Value::Text("warn".into())));
    for keep_files in [true, false] {
        let (_, root, shown, _) = last_mark(&town);
        let folder = town.house.ledger().folder().join("monitors");
        town.house.reopen_after(|_| {
            assert!(folder.is_dir(), "what it remembers is put down at the end");
            if !keep_files {
                std::fs::remove_dir_all(&folder).unwrap();
            }
        });
        assert_eq!(watched(&town).shown, shown);
        assert_eq!(last_mark(&town).1, root, "nothing new, no mark");
        town.submit(town.dataset(if keep_files { "d@1" } else { "e@1" }, 0));
        assert_eq!(watched(&town).shown, shown + 1);
        assert_eq!(recorded(&town, Kind::AlertRaised).len() as u64, shown + 1);
    }
    // The counter went on where it was: a fresh one would have another root.
    let again = last_mark(&town);
    let mut other = Town::new();
    let component = other.publish("alarm", &alarming().bytes());
    other.bind("alarm", on_datasets(component, Stage::Observe));
    for name in ["a@1", "b@1", "c@1", "d@1", "e@1"] {
        other.submit(other.dataset(name, 0));
    }
    watched(&other);
    assert_eq!(last_mark(&other).1, again.1);
    other.house.close();
    let folder = town.house.close();
    verify_full(&folder, &Host::real(), &mut |_, _| {}).unwrap();
}

#[test]
fn a_binding_that_ends_is_watched_to_its_end() {
    let town = Town::new();
    let component = town.publish("alarm", &alarming().bytes());
    let binding = town.bind("alarm", on_datasets(component, Stage::Warn));
    town.submit(town.dataset("a@1", 0));
    town.unbind("alarm", binding);
    town.submit(town.dataset("b@1", 0));
    let until = Instant::now() + Duration::from_secs(30);
    while recorded(&town, Kind::AlertRaised).is_empty() {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(recorded(&town, Kind::AlertRaised).len(), 1);
}

#[test]
fn a_monitor_that_fails_says_so_once_and_goes_on() {
    let town = Town::new();
    let component = town.publish("broken", &Guest::monitor().main("(unreachable)").bytes());
    town.bind("broken", on_datasets(component, Stage::Warn));
    for name in ["a@1", "b@1", "c@1"] {
        town.submit(town.dataset(name, 0));
    }
    let status = watched(&town);
    assert_eq!((status.shown, status.faults), (3, 3));
    let alerts = recorded(&town, Kind::AlertRaised);
    let [alert] = &alerts[..] else { panic!("{alerts:?}") };
    let Body::AlertRaised(body) = &alert.body else { panic!("{alert:?}") };
    assert_eq!((body.code.as_str(), body.monitor.as_str()), ("monitor-fault", "plugin/broken"));
}

#[test]
fn time_passes_also_in_a_quiet_log() {
    let town = Town::new();
    let mut guest = Guest::monitor();
    guest.data.alert(at::OBSERVATION, "dataset/found@1", 2);
    guest.data.words(at::FREE + 128, &[at::OBSERVATION, 1]);
    guest.tick = format!("(i32.const {})", at::FREE + 128);
    let component = town.publish("clock", &guest.bytes());
    town.bind("clock", on_datasets(component, Stage::Warn));
    watched(&town);
    assert!(recorded(&town, Kind::AlertRaised).is_empty());
    town.house.clock.advance(3_600_000);
    let until = Instant::now() + Duration::from_secs(30);
    while recorded(&town, Kind::AlertRaised).is_empty() {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    let alerts = recorded(&town, Kind::AlertRaised);
    assert_eq!(alerts.len(), 1, "one an hour");
    assert!(alerts[0].subject.as_str().contains("-tick-"), "{}", alerts[0].subject);
}

#[test]
fn drift_raises_alerts_and_asks_for_retraining() {
    let town = Town::new();
    let component = town.publish("drift", &component("drift"));
    let bound = PluginBound {
        kinds: Vec::new(),
        environments: vec![Env::Dev],
        settings: settings("{}"),
        ..on_datasets(component, Stage::Warn)
    };
    town.bind("drift", bound);
    let (first, second) = (town.dataset("credit@1", 0), town.dataset("credit@2", 0));
    town.house.record(&town.engineer, &[first, second]);
    let mut model = town.house.event("model/credit-risk@3", Some(Env::Dev), crate::town::model());
    model.inputs = vec![crate::town::input("dataset/credit@1")];
    town.submit(model);
    town.submit(profiled(&town, "dataset/credit@1", "credit.json"));
    let mut moved = profiled(&town, "dataset/credit@2", "credit-moved.json");
    moved.inputs = vec![crate::town::input("dataset/credit@1")];
    town.submit(moved);
    watched(&town);
    let alerts = recorded(&town, Kind::AlertRaised);
    assert!(alerts.len() >= 4, "{alerts:?}");
    let retrain = recorded(&town, Kind::RetrainRequested);
    let [retrain] = &retrain[..] else { panic!("{retrain:?}") };
    assert_eq!(retrain.subject.as_str(), "model/credit-risk@3");
    let Body::RetrainRequested(body) = &retrain.body else { panic!("{retrain:?}") };
    assert!(alerts.iter().any(|alert| Some(&alert.subject) == body.alert.as_ref()), "{body:?}");
}
