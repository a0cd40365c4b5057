//! Plugins that ship, in force.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use crate::town::{START_MS, Town, input, model, on_datasets};
use sagwan::{
    audit::reperform,
    codec::event::from_json,
    event::{
        Body, Env, Event, Timestamp, Value,
        body::{PluginBound, Stage},
    },
    ledger::{Host, Verdict, Whole},
};

pub fn component(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/plugins/dist/{name}.wasm", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub fn profiled(town: &Town, subject: &str, file: &str) -> Event {
    let path = format!("{}/plugins/fixtures/profiles/{file}", env!("CARGO_MANIFEST_DIR"));
    let profile = std::fs::read(path).unwrap();
    let digest = sagwan::event::Digest(town.house.ledger().blobs().put(&profile).unwrap());
    let text = format!(
        r#"{{"kind":"data.profiled","subject":"{subject}","env":"dev","body":{{"profile":"{digest}","rows":100}}}}"#
    );
    from_json(&text, Timestamp(START_MS)).unwrap()
}

pub fn settings(text: &str) -> Option<Value> {
    let text = format!(
        r#"{{"kind":"plugin.bound","subject":"plugin/x","body":{{"component":"sha256:{}","mode":"observe","settings":{text}}}}}"#,
        "00".repeat(32)
    );
    match from_json(&text, Timestamp(START_MS)).unwrap().body {
        Body::PluginBound(bound) => bound.settings,
        other => panic!("{other:?}"),
    }
}

#[test]
fn data_quality_sees_the_reference_of_the_statement_before_it() {
    let town = Town::new();
    let component = town.publish("data-quality", &component("data-quality"));
    let bound = PluginBound {
        kinds: vec!["data.profiled".parse().unwrap()],
        settings: settings(r#"{"reference":"dataset/d@1"}"#),
        environments: vec![Env::Dev],
        ..on_datasets(component, Stage::Enforce)
    };
    town.bind("data-quality", bound);
    let (first, second) = (town.dataset("d@1", 0), town.dataset("d@2", 0));
    town.house.record(&town.engineer, &[first, second]);
    let reference = profiled(&town, "dataset/d@1", "adult-train.json");
    let other = profiled(&town, "dataset/d@2", "california-reference.json");
    let again = profiled(&town, "dataset/d@2", "adult-test.json");
    // One submission: the second and third are judged while the first is still on its way to the disk.
    let statements = [reference, other, again].map(|event| town.house.sign(&town.engineer, &[event]));
    let verdicts = town.house.ledger().admit_all(statements.to_vec()).unwrap();
    let [Verdict::Recorded { .. }, Verdict::Refused { reasons, .. }, Verdict::Recorded { .. }] = &verdicts[..] else {
        panic!("{verdicts:#?}")
    };
    assert!(reasons[0].message.contains("schema"), "{reasons:?}");
}

/// Files below a folder, as text as far as they are.
fn everything(folder: &std::path::Path) -> String {
    let each = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: &std::path::Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    each.map(|path| if path.is_dir() { everything(&path) } else { text(&path) }).collect()
}

const NUMBER: &str = "900101-1234568";

/// A ledger in which `personal-data` is enforced on every event.
fn guarded() -> Town {
    let town = Town::new();
    let component = town.publish("personal-data", &component("personal-data"));
    let everything =
        PluginBound { kinds: Vec::new(), environments: Vec::new(), ..on_datasets(component, Stage::Enforce) };
    town.bind("personal-data", everything);
    town
}

fn refused(town: &Town, events: &[Event]) -> Event {
    match town.house.submit(&town.engineer, events) {
        Verdict::Refused { denial: Some(index), .. } => town.house.ledger().record(index).unwrap().events.remove(0),
        other => panic!("not refused: {other:?}"),
    }
}

fn reason(denial: &Event) -> &str {
    match &denial.body {
        Body::Denial(denial) => denial.reason.as_str(),
        other => panic!("no denial: {other:?}"),
    }
}

/// Closes the ledger, looks for the number in every file, and has every decision made again.
fn kept_nowhere(mut town: Town) {
    let folder = town.house.close();
    assert!(!everything(&folder).contains(NUMBER), "it stands somewhere in the ledger's folder");
    let whole = Whole::open(&folder, &Host::real()).unwrap();
    let done = reperform(&whole, &mut |_, _| {}).unwrap();
    assert!(done.differences.is_empty(), "{:#?}", done.differences);
}

fn with_source(town: &Town, source: &str) -> Event {
    let mut event = town.dataset("a@1", 0);
    if let Body::DatasetRegistered(body) = &mut event.body {
        body.source = Some(source.parse().unwrap());
    }
    event
}

#[test]
fn what_is_refused_for_personal_data_is_kept_nowhere() {
    let town = guarded();
    for event in [with_source(&town, &format!("papers of {NUMBER}")), town.dataset(&format!("{NUMBER}@1"), 0)] {
        let about = event.subject.clone();
        let denial = refused(&town, &[event]);
        let expected = if about.as_str().contains(NUMBER) { "actor/user:dana" } else { about.as_str() };
        assert_eq!(denial.subject.as_str(), expected);
    }
    kept_nowhere(town);
}

#[test]
fn what_a_rule_said_of_a_subject_that_names_somebody_is_left_out() {
    let town = guarded();
    // In dev the policy only notes that a data engineer registers a model.
    let denial = refused(&town, &[town.house.event(&format!("model/{NUMBER}@1"), Some(Env::Dev), model())]);
    assert!(reason(&denial).contains("resident-number at /subject"), "{}", reason(&denial));
    assert!(reason(&denial).contains("default-deny: what they say is left out"), "{}", reason(&denial));
    kept_nowhere(town);
}

#[test]
fn an_unknown_input_that_names_somebody_is_not_repeated() {
    let town = guarded();
    let mut event = town.dataset("a@1", 0);
    event.inputs.push(input(&format!("dataset/{NUMBER}@1")));
    let denial = refused(&town, &[event]);
    assert!(reason(&denial).contains("/inputs/0/subject"), "{}", reason(&denial));
    kept_nowhere(town);
}

#[test]
fn what_policy_refuses_first_is_searched_for_personal_data_all_the_same() {
    let town = guarded();
    let denial = refused(&town, &[town.house.event(&format!("model/{NUMBER}@1"), Some(Env::Prod), model())]);
    assert_eq!(denial.subject.as_str(), "actor/user:dana");
    assert!(reason(&denial).contains("resident-number at /subject"), "{}", reason(&denial));
    kept_nowhere(town);
}

#[test]
fn personal_data_in_a_later_event_of_a_refused_batch_is_kept_nowhere() {
    let town = guarded();
    let first = town.house.event("model/credit@1", Some(Env::Prod), model());
    let denial = refused(&town, &[first, with_source(&town, &format!("papers of {NUMBER}"))]);
    assert!(reason(&denial).contains("event 1: resident-number at /body/source"), "{}", reason(&denial));
    kept_nowhere(town);
}
