//! Evidence as files, for verifiers in other languages: made anew from fixed seeds, byte for byte.

use super::{
    random::{Plan, build, event},
    town::{Town, town},
    walking::lineage,
};
use sagwan::{
    decide::Reader,
    event::{Env, Kind},
    ledger::Asker,
    lineage::{About, Ask, Between, Direction, Draw, Filter, Moment, Question, verify},
};
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

/// A file is what it was; `SAGWAN_WRITE_VECTORS=1` writes it anew.
fn same(name: &str, bytes: &[u8]) {
    if std::env::var_os("SAGWAN_WRITE_VECTORS").is_some() {
        std::fs::write(file(name), bytes).unwrap();
    }
    let then = std::fs::read(file(name)).unwrap();
    assert!(then == bytes, "{name}: run with SAGWAN_WRITE_VECTORS=1 and review");
}

fn questions() -> Vec<(&'static str, Question)> {
    let subject = |name: &str| name.parse().unwrap();
    let of = |ask| Question { ask, as_of: None };
    let kinds = vec![Kind::DatasetRegistered];
    let filter = Filter::default();
    let path = Between { from: subject("dataset/raw@1"), to: subject("model/m@1"), depth: 9, filter };
    vec![
        ("upstream", lineage("model/m@1", Direction::Upstream)),
        ("downstream", lineage("dataset/raw@1", Direction::Downstream)),
        ("both-as-of", Question { as_of: Some(Moment::Index(10)), ..lineage("dataset/raw@1", Direction::Both) }),
        ("absent", lineage("model/never@1", Direction::Both)),
        ("hub", lineage("dataset/hub@1", Direction::Downstream)),
        ("path", of(Ask::Path(path))),
        ("timeline", of(Ask::Timeline(About { subject: subject("run/a") }))),
        ("sample", of(Ask::Sample(Draw { kinds, env: Some(Env::Dev), since: None, n: 5, seed: 7 }))),
    ]
}

fn ledger(folder: &Path) -> Town {
    let town = town(folder);
    town.dataset("dataset/raw@1", &[]);
    town.dataset("dataset/clean@1", &["dataset/raw@1"]);
    town.run("run/a", &["dataset/clean@1"], &["model/m@1"]);
    town.dataset("dataset/hub@1", &[]);
    for n in 0..20 {
        let event = |m: usize| {
            let name = format!("dataset/leaf-{}@1", n * 15 + m);
            town.event(&name, Env::Dev, super::house::dataset(false), &["dataset/hub@1"], &[])
        };
        town.house.record(&town.maker, &(0..15).map(event).collect::<Vec<_>>());
    }
    town
}

/// Another ledger, and what somebody may not see of it: a record that is withheld from him, and a list that he may not see whole.
fn questions_of_a_reader(folder: &Path) -> (Town, Asker, [(&'static str, Question); 2]) {
    let town = build(folder, &[]);
    town.dataset("dataset/0", &[]);
    for (env, output) in [(Env::Dev, "model/1"), (Env::Prod, "model/0")] {
        let plan =
            Plan { env, subject: "dataset/0".into(), inputs: vec![], outputs: vec![output.into()], joined: false };
        town.house.record(&town.maker, &[event(&town.house, &plan)]);
    }
    let reader = Reader::Actor("user:dana".parse().unwrap());
    let asker = Asker { reader, origin: "here".parse().unwrap(), purpose: None };
    let about = About { subject: "dataset/0".parse().unwrap() };
    let withheld = Question { ask: Ask::Timeline(about), as_of: None };
    (town, asker, [("withheld", withheld), ("claimed", lineage("dataset/0", Direction::Both))])
}

#[test]
fn the_evidence_is_what_it_was_and_holds() {
    let folder = tempfile::tempdir().unwrap();
    let town = ledger(folder.path());
    let key = town.house.ledger().log_keys().unwrap().remove(0);
    let vkey = sagwan::codec::note::Vkey::new(super::house::ORIGIN, sagwan::codec::note::KeyType::Ed25519, key.raw());
    same("evidence-vkeys.txt", format!("{}\n", vkey.unwrap()).as_bytes());
    let mut answers = serde_json::Map::new();
    for (name, question) in questions() {
        let answered = town.ask(&question);
        let bytes = answered.evidence.as_ref().unwrap().to_cbor().unwrap();
        same(&format!("evidence-{name}.cbor"), &bytes);
        assert_eq!(verify(&bytes, &town.keys()).unwrap().answer, answered.answer);
        answers.insert(name.to_owned(), serde_json::to_value(&answered.answer).unwrap());
    }
    let other = tempfile::tempdir().unwrap();
    let (town, asker, questions) = questions_of_a_reader(other.path());
    for (name, question) in questions {
        let answered = town.ask_as(asker.clone(), &question);
        let evidence = answered.evidence.unwrap();
        assert_eq!(evidence.withheld.len(), 1, "{name}");
        assert_eq!(evidence.index.iter().any(|entry| entry.claimed.is_some()), name == "claimed");
        let bytes = evidence.to_cbor().unwrap();
        same(&format!("evidence-{name}.cbor"), &bytes);
        let verified = verify(&bytes, &town.keys()).unwrap();
        assert!(!verified.is_complete && verified.answer == answered.answer);
        let proved = verified.report.proved.last().unwrap();
        assert_eq!(proved.starts_with("the answer:"), name == "withheld", "{proved}");
        assert_eq!(verified.report.incomplete.len(), if name == "claimed" { 2 } else { 1 });
        answers.insert(name.to_owned(), serde_json::to_value(&answered.answer).unwrap());
    }
    let text = serde_json::to_string_pretty(&answers).unwrap();
    same("evidence-answers.json", format!("{text}\n").as_bytes());
}
