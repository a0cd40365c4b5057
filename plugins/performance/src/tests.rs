#![allow(clippy::unwrap_used, reason = "a test")]
use super::*;
use sagwan_guest::fixture::{self, Canned, Fixture};

#[test]
fn the_fixtures_hold() {
    for fixture in fixture::all(env!("CARGO_MANIFEST_DIR")) {
        check_settings(&fixture.settings).unwrap();
        let observations = match fixture.tick {
            Some(now) => pass(now, &fixture.settings, &fixture.host),
            None => look(&fixture.event, &fixture.settings, &fixture.host),
        };
        fixture::expect_observations(&fixture, &observations);
    }
}

#[test]
fn every_code_has_its_fixture() {
    let expected: String = fixture::all(env!("CARGO_MANIFEST_DIR")).into_iter().map(|fixture| fixture.expect).collect();
    for code in [
        "performance.degraded",
        "performance.improved",
        "prediction.volume",
        "prediction.rate",
        "prediction.level",
        "prediction.silence",
    ] {
        assert!(expected.contains(code), "no fixture finds {code}");
    }
}

fn named(name: &str) -> Fixture {
    fixture::all(env!("CARGO_MANIFEST_DIR")).into_iter().find(|fixture| fixture.name == name).unwrap()
}

/// An evaluation of `model/a@1` in prod, with these metrics.
fn evaluation(base: &Event, index: u64, metrics: &[(&str, f64)]) -> Event {
    let metrics = metrics.iter().map(|(name, value)| ((*name).into(), Value::Float(*value))).collect();
    let mut body = Vec::new();
    sagwan_common::cbor::write(&Value::Map(vec![("metrics".into(), Value::Map(metrics))]), &mut body);
    let (kind, subject) = ("model.evaluated".into(), "model/a@1".into());
    Event { kind, subject, index, body, inputs: Vec::new(), ..base.clone() }
}

fn codes(observations: &[Observation]) -> Vec<&str> {
    let code = |observation: &'_ Observation| match observation {
        Observation::Alert(alert) => Some(alert.code.clone()),
        Observation::Retrain(_) => Some("retrain".into()),
        Observation::Measurement(_) => None,
    };
    observations.iter().filter_map(code).map(|code| &*code.leak()).collect()
}

#[test]
fn a_series_is_held_against_its_first_chunks() {
    let base = named("another-kind").event;
    let host = Canned::default();
    let see =
        |index: u64, auc: f64| look(&evaluation(&base, index, &[("auc", auc), ("fairness_gap", 9.0)]), "{}", &host);
    // Mean 0.8, deviation 0.01.
    for index in 0..10 {
        let said = see(index, if index % 2 == 0 { 0.79 } else { 0.81 });
        assert!(codes(&said).is_empty(), "{index}: {said:?}");
    }
    assert!(codes(&see(10, 0.7701)).is_empty() && codes(&see(11, 0.8299)).is_empty());
    assert_eq!(codes(&see(12, 0.7699)), ["performance.degraded", "retrain"]);
    assert_eq!(codes(&see(13, 0.70)), ["performance.degraded"], "it is asked for once");
    assert_eq!(codes(&see(14, 0.8301)), ["performance.improved"]);
    assert_eq!(codes(&see(15, 0.70)), ["performance.degraded", "retrain"], "and again after it was well");
}

#[test]
fn what_is_remembered_is_read_as_it_was_written() {
    let figures: std::collections::BTreeMap<String, f64> =
        [("a \"quoted\" \\ name\n", 1e-7), ("big", 1e300), ("auc", 0.1 + 0.2), ("negative", -5.0)]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
    let series = Series {
        about: "model/a@1".into(),
        last: i64::MAX,
        worse: true,
        chunks: vec![("00".into(), figures.clone()), ("01".into(), figures)],
        ..Series::default()
    };
    let again = Series::read(series.write().as_bytes()).unwrap();
    assert_eq!((again.chunks, again.last, again.worse, again.silent), (series.chunks, i64::MAX, true, false));
    for nonsense in ["", "{}", "[]", "{\"about\":1}", "\u{0}"] {
        assert!(Series::read(nonsense.as_bytes()).is_none());
    }
}

#[test]
fn what_is_remembered_stays_within_its_bounds() {
    let base = named("another-kind").event;
    let host = Canned::default();
    let names: Vec<String> = (0..30).map(|n| format!("{n:02}{}", "x".repeat(190))).collect();
    let listed = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    let settings = format!("{{\"higher_is_better\":[{listed}],\"lower_is_better\":[],\"reference_chunks\":64}}");
    check_settings(&settings).unwrap();
    for index in 0..70 {
        let metrics: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), 1.0 / 3.0)).collect();
        let _ = look(&evaluation(&base, index, &metrics), &settings, &host);
    }
    let keys = host.keys(series::PREFIX);
    assert_eq!(keys.len(), 1);
    assert!(host.recall(&keys[0]).unwrap().len() < 65_536);
    // Long names share no key, and a key is never too long.
    let long = |letter: &str| format!("model/{}@1", letter.repeat(248));
    for (number, model) in [long("a"), long("b"), format!("{}2", long("a"))].into_iter().enumerate() {
        let mut event = evaluation(&base, 0, &[("auc", 0.5)]);
        event.subject = model;
        let _ = look(&event, "{}", &host);
        assert_eq!(host.keys(series::PREFIX).len(), number + 2);
    }
    assert!(host.keys("").iter().all(|key| key.len() <= 256));
}

#[test]
fn of_too_many_series_only_fixed_bounds_are_held() {
    let base = named("another-kind").event;
    let host = Canned::default();
    for number in 0..SERIES_MAX {
        host.remember(&format!("{}{number}", series::PREFIX), b"{}");
    }
    let settings = r#"{"bounds": {"auc": {"least": 0.7}}}"#;
    assert_eq!(
        codes(&look(&evaluation(&base, 1, &[("auc", 0.6)]), settings, &host)),
        ["performance.degraded", "retrain"]
    );
    assert_eq!(host.keys("").len(), SERIES_MAX);
}

#[test]
fn settings_are_checked() {
    for (settings, word) in [
        (r#"{"reference_chunks": 2}"#, "below 3"),
        (r#"{"reference_chunks": 65}"#, "above 64"),
        (r#"{"sigmas": -1}"#, "below 0"),
        (r#"{"bounds": {"auc": {}}}"#, "settings.bounds.auc"),
        (r#"{"bounds": {"auc": {"least": 0.9, "greatest": 0.1}}}"#, "at most 0.1"),
        (r#"{"lower_is_better": ["auc"]}"#, "both ways"),
        (r#"{"models": {"dataset/a": "dataset/b"}}"#, "write a model"),
        (r#"{"severity": "info"}"#, "write one of"),
        (r#"{"silence_hours": 1e300}"#, "above 87600"),
    ] {
        let errors = check_settings(settings).unwrap_err();
        assert!(errors.len() == 1 && errors[0].contains(word), "{settings}: {errors:?}");
    }
}
