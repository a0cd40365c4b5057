//! Plugins that ship, in force.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use crate::town::{START_MS, Town, on_datasets};
use sagwan::{
    codec::event::from_json,
    event::{
        Body, Env, Event, Timestamp, Value,
        body::{PluginBound, Stage},
    },
    ledger::Verdict,
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

#[test]
fn what_is_refused_for_personal_data_is_kept_nowhere() {
    const NUMBER: &str = "900101-1234568";
    let mut town = Town::new();
    let component = town.publish("personal-data", &component("personal-data"));
    town.bind("personal-data", PluginBound { kinds: Vec::new(), ..on_datasets(component, Stage::Enforce) });
    let mut in_body = town.dataset("a@1", 0);
    if let Body::DatasetRegistered(body) = &mut in_body.body {
        body.source = Some(format!("papers of {NUMBER}").parse().unwrap());
    }
    for event in [in_body, town.dataset(&format!("{NUMBER}@1"), 0)] {
        let about = event.subject.clone();
        let Verdict::Refused { denial: Some(index), .. } = town.submit(event) else { panic!("not refused") };
        let denial = town.house.ledger().record(index).unwrap().events.remove(0);
        let expected = if about.as_str().contains(NUMBER) { "actor/user:dana" } else { about.as_str() };
        assert_eq!(denial.subject.as_str(), expected);
    }
    let folder = town.house.close();
    assert!(!everything(&folder).contains(NUMBER), "it stands somewhere in the ledger's folder");
}
