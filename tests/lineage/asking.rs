//! Every other question: its answer, and its evidence.

use super::{
    town::{Town, body, town},
    walking::verified,
};
use sagwan::{
    event::{Body, Digest, Env, Kind, body::ModelRegistered},
    lineage::{
        About, Ask, Between, Change, Direction, Draw, Filter, Found, Moment, Question, Role, Stock, Walk, graph::Bound,
    },
};
use std::collections::BTreeMap;

fn ask(town: &Town, ask: Ask, as_of: Option<Moment>) -> Found {
    let answered = town.ask(&Question { ask, as_of });
    verified(town, &answered);
    answered.answer.found
}

fn subject(name: &str) -> sagwan::event::Subject {
    name.parse().unwrap()
}

fn artifact(n: u8) -> String {
    format!(r#""artifact":"sha256:{}""#, hex::encode([n; 32]))
}

/// A model from raw data to its second version, with a roll-back at the end; the moments between.
fn story(town: &Town) -> Vec<u64> {
    let dev = Env::Dev;
    let record = |subject: &str, kind: &str, json: &str, inputs: &[&str], outputs: &[&str]| {
        let event = town.event(subject, dev, body(kind, json), inputs, outputs);
        town.house.record(&town.maker, &[event])
    };
    town.dataset("dataset/raw@1", &[]);
    let lock =
        format!(r#"{{"lock_file":{{"name":"uv.lock","digest":"sha256:{}"}},"os":"linux"}}"#, hex::encode([9; 32]));
    record("runtime/box", "runtime.captured", &lock, &[], &[]);
    let started = r#"{"trigger":"manual","runtime":"runtime/box","code":{"commit":"abc","dirty":true},"parameters":{"rate":0.1}}"#;
    record("run/a", "run.started", started, &["dataset/raw@1"], &[]);
    record("run/a", "run.completed", r#"{"metrics":{"auc":0.9}}"#, &["dataset/raw@1"], &["model/m@1", "model/m@2"]);
    let mut at = Vec::new();
    for (version, n) in [("model/m@1", 1), ("model/m@2", 2)] {
        let made = ModelRegistered {
            artifact: Digest([n; 32]),
            system: None,
            task: None,
            previous: None,
            framework: None,
            bytes: None,
            column_lineage: Vec::new(),
            parameters: BTreeMap::new(),
        };
        town.house.record(&town.maker, &[town.event(version, dev, Body::ModelRegistered(made), &["run/a"], &[])]);
        record(
            version,
            "model.evaluated",
            &format!(r#"{{{},"outcome":"pass"}}"#, artifact(n)),
            &["dataset/raw@1"],
            &[],
        );
        record(version, "model.deployed", &format!("{{{}}}", artifact(n)), &[], &["deployment/api"]);
        at.push(town.house.ledger().head().size);
    }
    record(
        "alert/1",
        "alert.raised",
        r#"{"severity":"major","monitor":"m","code":"drift","message":"it moved"}"#,
        &["deployment/api"],
        &[],
    );
    record("model/m@2", "model.rolled-back", r#"{"reason":"drift","to":"model/m@1"}"#, &[], &[]);
    at.push(town.house.ledger().head().size);
    at
}

#[test]
fn which_version_served_when() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    let at = story(&town);
    let served = |as_of: u64, name: Option<&str>| {
        let stock = Stock { env: Some(Env::Dev), name: name.map(subject) };
        let Found::Inventory(found) = ask(&town, Ask::Inventory(stock), Some(Moment::Index(as_of))) else { panic!() };
        found.serving.iter().map(|one| (one.version.to_string(), one.rolled_back)).collect::<Vec<_>>()
    };
    assert_eq!(served(0, None), []);
    assert_eq!(served(at[0], Some("model/m")), [("model/m@1".to_owned(), false)]);
    assert_eq!(served(at[1], Some("deployment/api")), [("model/m@2".to_owned(), false)]);
    assert_eq!(served(at[2], None), [("model/m@1".to_owned(), true)]);
    assert_eq!(served(at[2], Some("model/other")), []);
    let change = Change { since: Moment::Index(at[0]), walk: None, env: None };
    let Found::Difference(found) = ask(&town, Ask::Difference(change), Some(Moment::Index(at[1]))) else { panic!() };
    assert_eq!((found.begun.len(), found.ended.len()), (1, 1));
    let walk = Walk::new(subject("dataset/raw@1"), Direction::Downstream);
    let Found::Impact(found) = ask(&town, Ask::Impact(walk.clone()), None) else { panic!() };
    assert!(found.serving.iter().all(|one| one.version.as_str() == "model/m@1"), "{found:?}");
    assert!(!found.serving.is_empty());
    let change = Change { since: Moment::Index(at[0]), walk: Some(walk), env: None };
    let Found::Difference(found) = ask(&town, Ask::Difference(change), None) else { panic!() };
    let new: Vec<_> = found.subjects.iter().map(ToString::to_string).collect();
    assert_eq!(new, ["alert/1"]);
}

#[test]
fn a_path_is_the_shortest_and_its_absence_is_proved() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    story(&town);
    let between = |from: &str, to: &str| {
        let asked = Between { from: subject(from), to: subject(to), depth: 10, filter: Filter::default() };
        let Found::Path(found) = ask(&town, Ask::Path(asked), None) else { panic!() };
        (found.direction, found.edges.iter().map(|edge| edge.to.to_string()).collect::<Vec<_>>())
    };
    // The evaluation leads straight from the data to the model.
    assert_eq!(
        between("dataset/raw@1", "deployment/api"),
        (Some(Direction::Downstream), vec!["model/m@1".into(), "deployment/api".into()])
    );
    assert_eq!(between("alert/1", "run/a").0, Some(Direction::Upstream));
    assert_eq!(between("alert/1", "runtime/box"), (None, vec![]));
}

#[test]
fn a_timeline_a_history_and_a_recipe_tell_all() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    story(&town);
    let about = |name: &str| About { subject: subject(name) };
    let Found::Timeline(found) = ask(&town, Ask::Timeline(about("deployment/api")), None) else { panic!() };
    let kinds: Vec<_> = found.lines.iter().map(|line| line.kind.as_str().to_owned()).collect();
    assert_eq!(kinds, ["model.deployed", "model.deployed", "alert.raised"]);
    let Found::History(found) = ask(&town, Ask::History(about("model/m@2")), None) else { panic!() };
    let chapters: Vec<_> = found.chapters.keys().map(String::as_str).collect();
    assert_eq!(chapters, ["data", "deployment", "environment", "evaluation", "monitoring", "registration", "training"]);
    assert!(found.serving.is_empty() && found.runs.len() == 1 && found.policies.len() == 1);
    let Found::Reproduce(found) = ask(&town, Ask::Reproduce(about("run/a")), None) else { panic!() };
    assert_eq!(found.parameters["rate"], serde_json::json!(0.1));
    assert_eq!(found.captured.as_ref().unwrap()["os"], "linux");
    let missing: Vec<_> = found.missing.iter().map(|lack| lack.of.as_str()).collect();
    assert_eq!(missing, ["code", "dataset/raw@1"], "{:?}", found.missing);
    let Found::Reproduce(found) = ask(&town, Ask::Reproduce(about("run/never")), None) else { panic!() };
    assert_eq!(found.missing.len(), 1);
}

/// What was found in the data that a model is made of, and a roll-back that names it in the body alone.
#[test]
fn a_history_has_what_went_wrong_above_it_and_what_brought_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    story(&town);
    let record = |subject: &str, kind: &str, json: &str, inputs: &[&str]| {
        let event = town.event(subject, Env::Dev, body(kind, json), inputs, &[]);
        town.house.record(&town.maker, &[event])
    };
    let raised = r#"{"severity":"major","monitor":"m","code":"drift","message":"the data moved"}"#;
    let raised = record("alert/2", "alert.raised", raised, &["dataset/raw@1"]);
    let resolved = record("alert/2", "alert.resolved", r#"{"resolution":"fixed"}"#, &[]);
    record("run/other", "run.started", r#"{"trigger":"manual"}"#, &["dataset/raw@1"]);
    let of = |name: &str| {
        let about = About { subject: subject(name) };
        let Found::History(found) = ask(&town, Ask::History(about), None) else { panic!() };
        found
    };
    let found = of("model/m@1");
    let indices = |chapter: &str| found.chapters[chapter].iter().map(|line| line.index).collect::<Vec<_>>();
    assert!(indices("monitoring").ends_with(&[raised, resolved]), "{:?}", found.chapters["monitoring"]);
    let back = found.chapters["deployment"].last().unwrap();
    assert_eq!((back.kind.as_str(), back.subject.as_str()), ("model.rolled-back", "model/m@2"));
    assert_eq!(back.mentioned_as, Some(Role::Named));
    assert!(found.chapters.values().flatten().all(|line| line.subject.as_str() != "run/other"));
    // Of the version that was rolled back it is an event of its own.
    let found = of("model/m@2");
    assert_eq!(found.chapters["deployment"].last().unwrap().mentioned_as, None);
}

/// A use names its grant in its body alone.
#[test]
fn a_history_of_a_grant_has_who_asked_who_gave_and_who_used_it() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    town.dataset("dataset/raw@1", &[]);
    let record = |subject: &str, kind: &str, json: &str, inputs: &[&str]| {
        let event = town.event(subject, Env::Dev, body(kind, json), inputs, &[]);
        town.house.record(&town.maker, &[event])
    };
    let asked = r#"{"reason":"training","purpose":"model-training","until":"2030-01-01T00:00:00Z"}"#;
    let mine = record("grant/mine", "access.requested", asked, &["dataset/raw@1"]);
    let other = record("grant/other", "access.requested", asked, &["dataset/raw@1"]);
    let used = |grant: &str| {
        let task = r#""account":"a","origin":"o","task":"t","purpose":"model-training""#;
        record("dataset/raw@1", "access.used", &format!(r#"{{{task},"grant":"{grant}"}}"#), &[])
    };
    let (under_mine, under_other) = (used("grant/mine"), used("grant/other"));
    let of = |name: &str, as_of: Option<u64>| {
        let Found::History(found) =
            ask(&town, Ask::History(About { subject: subject(name) }), as_of.map(Moment::Index))
        else {
            panic!()
        };
        let lines = found.chapters.get("access").cloned().unwrap_or_default();
        lines.iter().map(|line| (line.index, line.mentioned_as)).collect::<Vec<_>>()
    };
    assert_eq!(of("grant/mine", None), [(mine, None), (under_mine, Some(Role::Named))]);
    assert_eq!(of("grant/other", None), [(other, None), (under_other, Some(Role::Named))]);
    assert_eq!(of("grant/mine", Some(under_mine)), [(mine, None)]);
    assert_eq!(of("grant/nobody-asked", None), []);
}

#[test]
fn a_sample_is_that_of_its_seed_and_of_the_whole_population() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    for n in 0..300 {
        town.dataset(&format!("dataset/d{n}@1"), &[]);
    }
    let since = town.house.ledger().head().size;
    for n in 300..340 {
        let event = |m: u32| town.event(&format!("dataset/d{n}@{m}"), Env::Dev, super::house::dataset(false), &[], &[]);
        town.house.record(&town.maker, &[event(1), event(2)]);
    }
    let draw = |n: u32, seed: u64, since: Option<u64>, env: Option<Env>| {
        let kinds = vec![Kind::DatasetRegistered, Kind::AccessGranted];
        let asked = Draw { kinds, env, since: since.map(Moment::Index), n, seed };
        let Found::Sample(found) = ask(&town, Ask::Sample(asked), None) else { panic!() };
        (found.population, found.drawn.iter().map(|item| item.index).collect::<Vec<_>>())
    };
    let (population, drawn) = draw(25, 7, None, None);
    assert_eq!((population, drawn.len()), (340, 25));
    assert_eq!(draw(5, 7, None, Some(Env::Dev)), (340, drawn[..5].to_vec()));
    assert_ne!(draw(25, 8, None, None).1, drawn);
    let (population, late) = draw(100, 7, Some(since), None);
    assert_eq!((population, late.len()), (40, 40));
    assert!(late.iter().all(|index| *index >= since));
    assert_eq!(draw(5, 7, None, Some(Env::Prod)), (0, vec![]));
}

#[test]
fn an_answer_that_is_cut_says_so_and_its_evidence_proves_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    town.dataset("dataset/hub@1", &[]);
    for n in 0..600 {
        town.dataset(&format!("dataset/d{n}@1"), &["dataset/hub@1"]);
    }
    let mut walk = Walk::new(subject("dataset/hub@1"), Direction::Downstream);
    walk.nodes_max = 20;
    let Found::Lineage(found) = ask(&town, Ask::Lineage(walk.clone()), None) else { panic!() };
    assert_eq!((found.nodes.len(), found.cut), (20, Some(Bound::Nodes)));
    (walk.nodes_max, walk.edges_max) = (1_000, 30);
    let Found::Lineage(found) = ask(&town, Ask::Lineage(walk.clone()), None) else { panic!() };
    assert_eq!((found.edges.len(), found.cut), (30, Some(Bound::Edges)));
    walk.edges_max = 1_000;
    let Found::Lineage(found) = ask(&town, Ask::Lineage(walk), None) else { panic!() };
    assert_eq!((found.edges.len(), found.cut), (600, None));
}
