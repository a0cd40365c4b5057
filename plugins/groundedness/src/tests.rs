#![allow(clippy::unwrap_used, reason = "a test")]
use super::*;
use sagwan_guest::fixture::{self, Canned};

#[test]
fn the_fixtures_hold() {
    for fixture in fixture::all(env!("CARGO_MANIFEST_DIR")) {
        check(SCHEMA, &fixture.settings).unwrap();
        let observations = look(&fixture.event, &fixture.settings, &fixture.host);
        fixture::expect_observations(&fixture, &observations);
    }
}

fn evaluation(recorded: i64, supported: i64, claims: i64) -> Event {
    let base = fixture::all(env!("CARGO_MANIFEST_DIR")).into_iter().find(|one| one.name == "another-kind").unwrap();
    let number = |name: &'static str, value: i64| (name.into(), Value::Int(value));
    let mut body = Vec::new();
    let members = vec![number("claims", claims), number("supported_claims", supported)];
    sagwan_common::cbor::write(&Value::Map(members), &mut body);
    let (kind, subject) = ("response.evaluated".into(), "deployment/support-assistant".into());
    Event { kind, subject, recorded, body, ..base.event }
}

fn alerts(observations: &[Observation]) -> usize {
    observations.iter().filter(|one| matches!(one, Observation::Alert(_))).count()
}

#[test]
fn claims_leave_the_window() {
    let host = Canned::default();
    let hour = 3_600_000;
    let share = |observations: &[Observation]| match &observations[0] {
        Observation::Measurement(measurement) => measurement.metrics[0].value,
        other => unreachable!("{other:?}"),
    };
    let see = |hours: i64, supported, claims| look(&evaluation(hours * hour, supported, claims), "{}", &host);
    assert_eq!(share(&see(0, 100, 100)), 1.0);
    let mixed = see(23, 0, 100);
    assert_eq!((share(&mixed), alerts(&mixed)), (0.5, 1));
    // Said once while it stays so.
    assert_eq!(alerts(&see(24, 0, 1)), 0);
    // The first hundred are out of the window.
    assert_eq!(share(&see(25, 0, 1)), 0.0);
    // A day after it was said it is said again.
    assert_eq!((alerts(&see(46, 0, 1)), alerts(&see(47, 0, 1))), (0, 1));
    // When it was well in between, at once.
    let well = see(48, 1_000, 1_000);
    assert_eq!(alerts(&well), 0, "{well:?}");
    assert_eq!(alerts(&see(49, 0, 9_000)), 1);
}

#[test]
fn what_is_remembered_stays_small_and_is_read_as_it_was_written() {
    let host = Canned::default();
    let settings = r#"{"window_hours": 87600, "repeat_hours": 0}"#;
    for event in 0..300 {
        let observations = look(&evaluation(event * 86_400_000 * 30, 1, 3), settings, &host);
        assert_eq!(alerts(&observations) == 0, event < 9, "a tenth evaluation makes thirty claims");
    }
    let keys = host.keys(PREFIX);
    let text = host.recall(&keys[0]).unwrap();
    assert!(keys.len() == 1 && text.len() < 16_384, "{}", text.len());
    let again = Window::read(&text).unwrap();
    assert_eq!(again.write().as_bytes(), text);
    for nonsense in ["", "{}", "{\"parts\":[1]}", "{\"parts\":[[1,2]]}", "[]"] {
        assert!(Window::read(nonsense.as_bytes()).is_none());
    }
}

#[test]
fn of_too_many_subjects_each_event_is_judged_alone() {
    let host = Canned::default();
    for number in 0..WINDOWS_MAX {
        host.remember(&format!("{PREFIX}{number}"), b"{}");
    }
    assert_eq!(alerts(&look(&evaluation(1, 1, 100), "{}", &host)), 1);
    assert_eq!(host.keys("").len(), WINDOWS_MAX);
}

#[test]
fn settings_are_checked() {
    for (settings, word) in [
        (r#"{"gate": 1.1}"#, "above 1"),
        (r#"{"window_hours": 0}"#, "below 0.01"),
        (r#"{"claims_least": 0}"#, "below 1"),
        (r#"{"severity": "info"}"#, "write one of"),
        (r#"{"overlap": -0.5}"#, "below 0"),
        (r#"{"judge": "gpt"}"#, "no such setting"),
    ] {
        let errors = check(SCHEMA, settings).unwrap_err();
        assert!(errors.len() == 1 && errors[0].contains(word), "{settings}: {errors:?}");
    }
}
