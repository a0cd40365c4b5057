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
