//! Monitors, once more: what they found and remembered must come out again.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::{
    forge::Forgery,
    honest::audit,
    plugin_support::{Guest, STATE, at},
    town::{Town, on_datasets},
};
use sagwan::{
    audit::What,
    event::{Body, Digest, body::Stage},
};
use std::time::{Duration, Instant};

/// Raises an alert about `dataset/found@1` for all that it is shown, and remembers that it did.
fn alarming() -> Guest {
    let mut guest = Guest::monitor().import(STATE, "set", "set", "(param i32 i32 i32 i32)");
    guest.data.alert(at::OBSERVATION, "dataset/found@1", 2);
    guest.data.words(at::FREE + 128, &[at::OBSERVATION, 1]);
    let (free, to) = (at::FREE, at::FREE + 64);
    let claimed = at::EVENT_CLAIMED;
    let counts = format!(
        "(i64.store (i32.const {to}) (i64.load offset={claimed} (local.get $event)))
         (call $set (i32.const {free}) (i32.const 8) (i32.const {to}) (i32.const 8))"
    );
    guest.main(format!("{counts} (i32.const {})", at::FREE + 128))
}

/// A closed ledger in which a monitor raised three alerts, each in a statement of its own.
fn watched(restart: bool) -> Forgery {
    let mut town = Town::new();
    let component = town.publish("alarm", &alarming().bytes());
    town.bind("alarm", on_datasets(component, Stage::Observe));
    for (count, name) in (1..).zip(["a@1", "b@1", "found@1"]) {
        town.submit(town.dataset(name, count));
        let until = Instant::now() + Duration::from_secs(30);
        while town.house.ledger().status().monitors.first().is_none_or(|monitor| {
            monitor.shown < u64::try_from(count).unwrap() || monitor.next < town.house.ledger().head().size
        }) {
            assert!(Instant::now() < until, "{:?}", town.house.ledger().status().monitors);
            std::thread::sleep(Duration::from_millis(5));
        }
        if restart {
            town.house.reopen_after(|folder| drop(std::fs::remove_dir_all(folder.join("monitors"))));
        }
    }
    Forgery::of_town(town)
}

#[test]
fn an_honest_monitor_finds_and_remembers_the_same_again() {
    for restart in [false, true] {
        let forgery = watched(restart);
        let done = audit(forgery.folder());
        assert_eq!((done.differences, done.unperformed), (Vec::new(), Vec::new()));
        assert!(done.counts.marks >= 3, "{:?}", done.counts);
        assert_eq!(done.counts.observations, 3);
    }
}

#[test]
fn a_finding_that_is_dropped_from_beside_its_mark_is_caught() {
    let mut forgery = watched(false);
    let at = forgery.find(|event| matches!(event.body, Body::AlertRaised(_)));
    let events = &mut forgery.items[at].events;
    assert_eq!(events.len(), 2);
    events.remove(0);
    let done = forgery.audit().unwrap();
    let [one] = done.differences.as_slice() else { panic!("{:?}", done.differences) };
    assert_eq!((one.index, one.what, one.rule.as_str()), (at as u64, What::Observation, "plugin/alarm"));
    assert_eq!(one.recorded, "not recorded");
    assert!(one.reperformed.starts_with("alert.raised alert/alarm"), "{one:?}");
}

#[test]
fn a_finding_that_is_invented_or_changed_is_caught() {
    let mut forgery = watched(false);
    let at = forgery.find(|event| matches!(event.body, Body::AlertRaised(_)));
    if let Body::AlertRaised(alert) = &mut forgery.items[at].events[0].body {
        alert.severity = sagwan::event::body::Severity::Minor;
    }
    let done = forgery.audit().unwrap();
    let what: Vec<_> = done.differences.iter().map(|one| (one.index, one.what)).collect();
    assert_eq!(what, [(at as u64, What::Observation); 2], "it is not found, and what is found is not there");
    forgery.items[at].events[0].facets.clear();
    let done = forgery.audit().unwrap();
    assert!(done.differences.iter().any(|one| one.reperformed == "no monitor's binding accounts for it"));
}

#[test]
fn a_memory_that_the_monitor_does_not_have_is_caught() {
    let mut forgery = watched(false);
    let at = forgery.find(|event| matches!(event.body, Body::MonitorMarked(_)));
    let mark = forgery.items[at].events.last_mut().unwrap();
    let Body::MonitorMarked(mark) = &mut mark.body else { panic!("{mark:?}") };
    mark.state = Digest([5; 32]);
    let done = forgery.audit().unwrap();
    let [one] = done.differences.as_slice() else { panic!("{:?}", done.differences) };
    assert_eq!((one.index, one.what, one.rule.as_str()), (at as u64, What::Mark, "plugin/alarm"));
    assert!(one.recorded.contains(&Digest([5; 32]).to_string()), "{one:?}");
    // A fault that it did not have here may have been the machine's: listed, and nothing of it is believed.
    let Body::MonitorMarked(mark) = &mut forgery.items[at].events.last_mut().unwrap().body else { panic!() };
    mark.faults = 1;
    let done = forgery.audit().unwrap();
    assert_eq!((done.different, done.not_reperformed), (0, 1));
    assert!(done.unperformed[0].why.contains("from here on"), "{:?}", done.unperformed);
}

#[test]
fn a_mark_that_never_comes_is_listed_with_what_it_would_say() {
    let mut forgery = watched(false);
    let at = forgery
        .items
        .iter()
        .rposition(|item| item.events.iter().any(|event| matches!(event.body, Body::MonitorMarked(_))));
    let at = at.unwrap();
    // Its statement and the seal of it.
    forgery.items.drain(at..at + 2);
    let done = forgery.audit().unwrap();
    assert_eq!((done.different, done.not_reperformed), (0, 1));
    assert!(done.unperformed[0].why.contains("it finds 1 things there"), "{:?}", done.unperformed);
}
