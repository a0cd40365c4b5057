//! What monitors may do to their state, and what they may say.

use crate::{
    plugin_support::{Guest, STATE, at, monitor, no_answers, view},
    ward::Ward,
};
use sagwan::{
    event::Timestamp,
    plugin::{Changes, MonitorState, Observation, Observed, PluginError},
};
use std::sync::Arc;

const SET: &str = "(param i32 i32 i32 i32)";

/// A monitor that may set keys; `key` is an address and length of a text in its memory.
fn setter(body: &str) -> Guest {
    Guest::monitor()
        .import(STATE, "set", "set", SET)
        .import(STATE, "get", "get", "(param i32 i32 i32)")
        .import(STATE, "delete", "delete", "(param i32 i32)")
        .main(format!("(local $n i32) {body} (i32.const {})", at::NOTHING))
}

/// Sets the key of the eight bytes at the free page, of so many bytes.
fn set(bytes: u32) -> String {
    format!("(call $set (i32.const {free}) (i32.const 8) (i32.const 0) (i32.const {bytes}))", free = at::FREE)
}

fn observe(ward: &Ward, guest: &Guest, state: &Arc<MonitorState>) -> Observed {
    monitor(&ward.registry, guest).observe(&view(5), "{}", no_answers(), state)
}

#[test]
fn what_a_monitor_remembers_is_kept_together_or_not_at_all() {
    let ward = Ward::new();
    let mut state = Arc::new(MonitorState::default());
    // Counts its calls under one key.
    let counts = setter(&format!(
        "(call $get (i32.const {free}) (i32.const 8) (i32.const {back}))
         (if (i32.load8_u (i32.const {back})) (then (i32.store (i32.const {to}) (i32.load (i32.load offset=4 (i32.const {back}))))))
         (i32.store (i32.const {to}) (i32.add (i32.load (i32.const {to})) (i32.const 1)))
         (call $set (i32.const {free}) (i32.const 8) (i32.const {to}) (i32.const 4))",
        free = at::FREE,
        back = at::RETURN,
        to = at::FREE + 64,
    ));
    let mut roots = vec![state.root()];
    for call in 1..=3_u32 {
        let observed = observe(&ward, &counts, &state);
        assert_eq!(observed.outcome, Ok(vec![]));
        Arc::make_mut(&mut state).apply(observed.changes);
        let key = "\0".repeat(8);
        assert_eq!(state.entries().collect::<Vec<_>>(), [(key.as_str(), call.to_le_bytes().as_slice())]);
        assert!(!roots.contains(&state.root()));
        roots.push(state.root());
    }
    let deletes = setter(&format!("(call $delete (i32.const {}) (i32.const 8))", at::FREE));
    let deleted = observe(&ward, &deletes, &state);
    Arc::make_mut(&mut state).apply(deleted.changes);
    assert_eq!((state.root(), state.bytes()), (roots[0], 0));
    let nothing = Changes::default();
    for (name, after, code) in [
        ("sets and traps", "(unreachable)".to_owned(), "trap"),
        ("sets and loops", "(loop $l (br $l))".to_owned(), "fuel"),
        ("sets and returns nonsense", "(return (i32.const -4))".to_owned(), "interface"),
    ] {
        let observed = observe(&ward, &setter(&format!("{} {after}", set(9))), &state);
        let fault = observed.outcome.unwrap_err();
        assert_eq!((fault.code(), &observed.changes), (code, &nothing), "{name}");
        ward.named(name, &fault);
    }
}

#[test]
fn state_is_bounded() {
    let ward = Ward::with(sagwan::plugin::Limits { monitor_fuel: 200_000_000, ..crate::plugin_support::limits() });
    let state = Arc::new(MonitorState::default());
    let flood = |bytes: u32| {
        format!(
            "(loop $more (i32.store8 (i32.const {free}) (i32.and (local.get $n) (i32.const 127)))
               (i32.store8 offset=1 (i32.const {free}) (i32.shr_u (local.get $n) (i32.const 7))) {}
               (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $more))",
            set(bytes),
            free = at::FREE
        )
    };
    let key =
        |bytes: u32| format!("(call $set (i32.const {}) (i32.const {bytes}) (i32.const 0) (i32.const 1))", at::FREE);
    for (name, body) in [
        ("a key of no bytes", key(0)),
        ("a long key", key(257)),
        ("a large value", set(65_537)),
        ("many bytes", flood(65_536)),
        ("many keys", flood(0)),
        ("one good change and a bad one", format!("{} {}", set(1), key(0))),
    ] {
        let observed = observe(&ward, &setter(&body), &state);
        let fault = observed.outcome.unwrap_err();
        assert_eq!((fault.code(), observed.changes.is_empty()), ("state", true), "{name}: {fault}");
        ward.named(name, &fault);
    }
}

#[test]
fn a_validator_has_no_state_and_a_monitor_only_where_it_watches() {
    let ward = Ward::new();
    let describe = format!("{} (i32.const {})", set(1), at::DESCRIPTION);
    let guest = Guest { describe, ..setter("") };
    let fault = ward.fault_at_registration("sets its state in describe", &guest);
    assert_eq!(fault.code(), "state");
    // The world of validators with the interface slipped in.
    let wit = crate::plugin_support::WIT.replace("    export validation;", "    import state;\n    export validation;");
    let guest =
        Guest { wit, ..Guest::validator() }.import(STATE, "set", "set", SET).extra(&format!("(func {})", set(1)));
    let Err(PluginError::Refused { reason, .. }) = ward.registry.register(&guest.bytes()) else { unreachable!() };
    assert!(reason.to_string().contains("only monitors have a state"), "{reason}");
}

/// A monitor that returns `count` observations from [`at::OBSERVATION`].
fn says(count: u32, change: impl FnOnce(&mut crate::plugin_support::Layout)) -> Guest {
    let mut guest = Guest::monitor().main(format!("(i32.const {})", at::FREE));
    guest.data.words(at::FREE, &[at::OBSERVATION, count]);
    change(&mut guest.data);
    guest
}

#[test]
fn an_alert_becomes_the_body_of_an_event() {
    let ward = Ward::new();
    let guest = says(1, |data| data.alert(at::OBSERVATION, "model/churn@3", 3));
    let observed = observe(&ward, &guest, &Arc::default()).outcome.unwrap();
    let [Observation::Alert(alert)] = observed.as_slice() else { unreachable!("{observed:?}") };
    let body = alert.body("drift@1.0.0".parse().unwrap());
    assert_eq!((body.severity.as_str(), body.code.as_str(), body.monitor.as_str()), ("major", "drift", "drift@1.0.0"));
    assert_eq!(alert.subject.as_str(), "model/churn@3");
}

#[test]
fn what_a_monitor_says_is_held_against_the_contract() {
    let ward = Ward::new();
    let retrain = |subject: &'static str, alert: Option<u32>| {
        says(1, move |data| {
            let subject = data.text(subject);
            let reason = data.text("it drifts");
            let alert = [u32::from(alert.is_some()), alert.unwrap_or_default()];
            let words = [1, 0].into_iter().chain(subject).chain(reason).chain(alert).chain([0; 4]);
            data.words(at::OBSERVATION, &words.collect::<Vec<_>>());
        })
    };
    let measure = |subject: &'static str, metrics: &'static [(&'static str, f64, Option<f64>)]| {
        says(1, move |data| {
            let subject = data.text(subject);
            let mut list = Vec::new();
            for (name, value, threshold) in metrics {
                let name = data.text(name);
                list.extend(name.iter().flat_map(|word| word.to_le_bytes()));
                list.extend(value.to_le_bytes());
                list.extend([u8::from(threshold.is_some()), 0, 0, 0, 0, 0, 0, 0]);
                list.extend(threshold.unwrap_or_default().to_le_bytes());
            }
            let [address, _] = data.bytes(&list);
            let count = u32::try_from(metrics.len()).unwrap();
            let words = [2, 0].into_iter().chain(subject).chain([address, count]).chain([0; 10]);
            data.words(at::OBSERVATION, &words.collect::<Vec<_>>());
        })
    };
    let good = observe(&ward, &measure("model/m@1", &[("psi", 0.3, Some(0.2))]), &Arc::default()).outcome.unwrap();
    let [Observation::Measurement(measurement)] = good.as_slice() else { unreachable!("{good:?}") };
    let names: Vec<&str> = measurement.metrics.keys().map(String::as_str).collect();
    assert_eq!(names, ["psi", "psi/threshold"]);
    let cases = [
        ("an alert that is no alert", says(1, |data| data.alert(at::OBSERVATION, "model/m@1", 0)), "info"),
        ("an alert about nothing", says(1, |data| data.alert(at::OBSERVATION, "nothing", 3)), "subject"),
        ("retraining of data", retrain("dataset/d@1", None), "model/"),
        ("retraining because of itself", retrain("model/m@1", Some(0)), "position"),
        ("retraining because of nothing", retrain("model/m@1", Some(9)), "position"),
        ("a measurement of a person", measure("actor/ada", &[("n", 1.0, None)]), "deployment"),
        ("a measurement of nothing", measure("model/m@1", &[]), "metric"),
        ("no number", measure("model/m@1", &[("psi", f64::NAN, None)]), "finite"),
        ("no threshold", measure("model/m@1", &[("psi", 1.0, Some(f64::INFINITY))]), "finite"),
        ("a metric twice", measure("model/m@1", &[("psi", 1.0, Some(1.0)), ("psi/threshold", 1.0, None)]), "twice"),
        ("a metric without a name", measure("model/m@1", &[("", 1.0, None)]), "name"),
        ("65 observations", says(0, |data| data.words(at::FREE, &[at::FREE + 64, 65])), "65"),
    ];
    for (name, guest, says) in cases {
        let fault = observe(&ward, &guest, &Arc::default()).outcome.unwrap_err();
        assert!(fault.code() == "result" && fault.to_string().contains(says), "{name}: {fault}");
        ward.named(name, &fault);
    }
}

#[test]
fn a_tick_that_does_not_end_ends() {
    let ward = Ward::new();
    let guest = Guest { tick: "(loop $l (br $l)) (unreachable)".into(), ..Guest::monitor() };
    let ticks = monitor(&ward.registry, &guest);
    let fault = ticks.tick(Timestamp(5), "{}", no_answers(), &Arc::default()).outcome.unwrap_err();
    assert_eq!((fault.call, fault.code()), ("tick", "fuel"));
    ward.named("endless tick", &fault);
}
