//! Nobody learns more than he may read: not from answers, not from their evidence.

use super::{
    random::{Plan, READERS, Random, build, cases, plans_of, seed, subjects_of},
    town::Town,
    walking::lineage,
};
use sagwan::{
    decide::Reader,
    event::{Env, EventKey},
    ledger::{Asker, Sighted},
    lineage::{
        About, Answered, Ask, Direction, Filter, Question, Stock, Walk,
        evidence::Evidence,
        export::{Format, Of, Wanted, write},
        gather, verify,
    },
};

fn asker(name: &str) -> Asker {
    Asker { reader: Reader::Actor(name.parse().unwrap()), origin: "here".parse().unwrap(), purpose: None }
}

fn askers() -> Vec<Asker> {
    let anyone = Asker { reader: Reader::Anyone, origin: "here".parse().unwrap(), purpose: None };
    READERS.iter().map(|(name, ..)| asker(name)).chain([anyone]).collect()
}

/// What the reader may not see does not stand in the evidence.
fn check(town: &Town, asker: &Asker, answered: &Answered) {
    let evidence = answered.evidence.as_ref().unwrap();
    let viewer = town.house.ledger().as_reader(asker.clone());
    for (index, _) in &evidence.records {
        assert!(viewer.record(*index).is_ok(), "{:?} was given record {index}", asker.reader);
    }
    for (index, _) in &evidence.withheld {
        assert!(viewer.record(*index).is_err(), "{:?} may read {index}, and it is withheld", asker.reader);
    }
    let mut reading = viewer.reading().unwrap();
    for entry in &evidence.index {
        let Ok(subject) = entry.key.trim_start_matches("s:").parse() else {
            assert!(entry.claimed.is_some(), "{} is proved to {:?}", entry.key, asker.reader);
            continue;
        };
        let key = EventKey::Subject(subject);
        assert_eq!(entry.claimed.is_none(), reading.may_prove(&key), "{}", entry.key);
        for index in entry.claimed.iter().flatten() {
            let known = reading.list(&key, *index..index + 1, 1).unwrap();
            assert_eq!(known, [*index], "{:?} may not know of {index} in {}", asker.reader, entry.key);
        }
    }
    let bytes = evidence.to_cbor().unwrap();
    let verified = verify(&bytes, &town.keys()).unwrap();
    assert_eq!(verified.answer, answered.answer);
}

/// Graphs of one ledger: what one costs is mostly the ledger.
const GRAPHS_A_LEDGER: usize = 50;

/// Ledgers of random graphs, as many as are asked for or `usual`: the names of each graph, and the plans of all.
fn towns(random: &mut Random, usual: usize) -> impl Iterator<Item = (Vec<String>, Vec<Plan>)> {
    let all = cases("SAGWAN_READER_GRAPHS", usual);
    (0..all).step_by(GRAPHS_A_LEDGER).map(move |first| {
        let graphs: Vec<String> = (first..all.min(first + GRAPHS_A_LEDGER)).map(|n| format!("g{n}/")).collect();
        let plans = graphs.iter().flat_map(|graph| plans_of(graph, random, 12)).collect();
        (graphs, plans)
    })
}

fn question(graph: &str, random: &mut Random) -> Question {
    let all = subjects_of(graph);
    let subject = all[random.below(all.len())].clone();
    let about = |kind: &str| {
        let subject =
            if subject.starts_with(kind) { &subject } else { all.iter().find(|one| one.starts_with(kind)).unwrap() };
        About { subject: subject.parse().unwrap() }
    };
    let ask = match random.below(30) {
        0..5 => Ask::Timeline(About { subject: subject.parse().unwrap() }),
        5 => Ask::Inventory(Stock::default()),
        6..10 => Ask::History(about("model/")),
        10..15 => Ask::Reproduce(about("run/")),
        _ => return lineage(&subject, Direction::Both),
    };
    Question { ask, as_of: None }
}

#[test]
fn evidence_holds_nothing_that_its_reader_may_not_read() {
    let mut random = Random(seed());
    let (mut withheld, mut claimed) = (0, 0);
    let mut questions = Random(random.next());
    for (graphs, plans) in towns(&mut random, 12) {
        let folder = tempfile::tempdir().unwrap();
        let town = build(folder.path(), &plans);
        for (graph, asker) in graphs.iter().flat_map(|graph| askers().into_iter().map(move |asker| (graph, asker))) {
            let answered = town.ask_as(asker.clone(), &question(graph, &mut questions));
            check(&town, &asker, &answered);
            let evidence = answered.evidence.unwrap();
            withheld += evidence.withheld.len();
            claimed += evidence.index.iter().filter(|entry| entry.claimed.is_some()).count();
        }
    }
    // The test would say nothing if nothing were ever withheld.
    assert!(withheld > 0 && claimed > 0, "{withheld} withheld, {claimed} claimed");
}

/// Everything that may tell a reader something, without what hashes alone make different.
fn told(answered: &Answered) -> (String, Vec<(String, bool, usize)>) {
    let evidence: &Evidence = answered.evidence.as_ref().unwrap();
    let index = evidence.index.iter().map(|entry| {
        let count = entry.list.as_ref().map_or(0, |part| part.chunks.iter().map(|(_, chunk)| chunk.len()).sum());
        (entry.key.clone(), entry.claimed.is_some(), entry.claimed.as_ref().map_or(count, Vec::len))
    });
    (serde_json::to_string(&answered.answer).unwrap(), index.collect())
}

/// The same plans with other names for what a reader may not read: what begins with `forbidden` in prod.
fn twin(plans: &[Plan], forbidden: &str) -> Vec<Plan> {
    let secret = |plan: &Plan| {
        let rename = |name: &String| match name.starts_with(forbidden) && plan.env == Env::Prod {
            true => format!("{name}-secret"),
            false => name.clone(),
        };
        Plan {
            subject: rename(&plan.subject),
            inputs: plan.inputs.iter().map(rename).collect(),
            outputs: plan.outputs.iter().map(rename).collect(),
            ..plan.clone()
        }
    };
    plans.iter().map(secret).collect()
}

/// Two ledgers that differ only in what the reader may not read give him the same answers.
#[test]
fn what_a_reader_may_not_read_changes_nothing_for_him() {
    let mut random = Random(seed());
    let mut subject = Random(random.next());
    for (graphs, plans) in towns(&mut random, 6) {
        let plans: Vec<Plan> = plans.into_iter().map(|plan| Plan { joined: false, ..plan }).collect();
        // Who reads, and what in prod he may not.
        for (name, forbidden) in [("user:sells", "dataset/"), ("user:dana", "model/")] {
            let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
            let towns = [build(folders[0].path(), &plans), build(folders[1].path(), &twin(&plans, forbidden))];
            for graph in &graphs {
                let all = subjects_of(graph);
                for subject in &all {
                    let question = lineage(subject, Direction::Both);
                    let [one, two] = towns.each_ref().map(|town| told(&town.ask_as(asker(name), &question)));
                    assert_eq!(one, two, "{name} about {subject}: {plans:#?}");
                }
                let subject = &all[subject.below(all.len())];
                let walk = Of::Walk(Walk::new(subject.parse().unwrap(), Direction::Both));
                let [one, two] = towns.each_ref().map(|town| exported(town, name, walk.clone()));
                assert_eq!(one, two, "{name} about {subject}: {plans:#?}");
            }
            let span = Of::Span { since: None, until: None, filter: Filter::default() };
            let [one, two] = towns.each_ref().map(|town| exported(town, name, span.clone()));
            assert_eq!(one, two, "{name}: {plans:#?}");
        }
    }
}

/// Every export that a reader gets, or why he gets none.
fn exported(town: &Town, name: &str, of: Of) -> Vec<String> {
    let viewer = town.house.ledger().as_reader(asker(name));
    match gather(&viewer, &Wanted { of, as_of: None }, "a test") {
        Ok(seen) => Format::ALL.iter().map(|format| write(*format, &seen.value).unwrap()).collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn exports_hold_nothing_that_their_reader_may_not_read() {
    let mut random = Random(seed());
    let (mut told, mut hidden) = (0, 0);
    for (graphs, plans) in towns(&mut random, 6) {
        let folder = tempfile::tempdir().unwrap();
        let town = build(folder.path(), &plans);
        for asker in askers() {
            let viewer = town.house.ledger().as_reader(asker.clone());
            let names = graphs.iter().flat_map(|graph| subjects_of(graph));
            let walks = names.map(|name| Of::Walk(Walk::new(name.parse().unwrap(), Direction::Both)));
            let span = Of::Span { since: None, until: None, filter: Filter::default() };
            for of in walks.chain([span]) {
                let Ok(seen) = gather(&viewer, &Wanted { of, as_of: None }, "a test") else {
                    hidden += 1;
                    continue;
                };
                for fact in seen.value.facts() {
                    let index = fact.record.index;
                    assert!(viewer.record(index).is_ok(), "{:?} was told record {index}", asker.reader);
                    told += 1;
                }
            }
        }
    }
    assert!(told > 0 && hidden > 0, "{told} told, {hidden} hidden");
}

/// Asking about a subject that he may not read is asking about one that nobody knows.
#[test]
fn a_forbidden_subject_answers_as_an_unknown_one() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        env: Env::Prod,
        subject: "dataset/0".into(),
        inputs: vec![],
        outputs: vec!["model/0".into()],
        joined: false,
    };
    let town = build(folder.path(), &[plan]);
    let of = |subject: &str| {
        let answered = town.ask_as(asker("user:dana"), &lineage(subject, Direction::Both));
        let (answer, index) = told(&answered);
        (answer.replace(subject, "X"), index.len(), index[0].2)
    };
    assert_eq!(of("model/0"), of("model/never"));
    let viewer = town.house.ledger().as_reader(asker("user:dana"));
    let mut reading = viewer.reading().unwrap();
    let key = EventKey::Subject("model/0".parse().unwrap());
    assert!(!reading.may_prove(&key) && reading.list(&key, 0..100, 10).unwrap().is_empty());
    assert!(matches!(reading.record(reading.head().size - 2).unwrap(), Sighted::Withheld(_)));
}
