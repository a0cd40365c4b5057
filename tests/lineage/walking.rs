//! Upstream and downstream, as of a moment, and the evidence of it.

use super::{
    house::dataset,
    town::{Town, town},
};
use sagwan::{
    event::{Env, Timestamp},
    lineage::{Answered, Ask, Direction, Found, Moment, Question, Walk, answer, graph::Graph, verify},
};

pub fn lineage(subject: &str, direction: Direction) -> Question {
    Question { ask: Ask::Lineage(Walk::new(subject.parse().unwrap(), direction)), as_of: None }
}

fn graph(answered: &Answered) -> &Graph {
    let Found::Lineage(graph) = &answered.answer.found else { panic!("another answer") };
    graph
}

fn names(graph: &Graph) -> Vec<(i64, &str)> {
    graph.nodes.iter().map(|node| (node.distance, node.subject.as_str())).collect()
}

/// Verifies the evidence, and that it says what was answered.
pub fn verified(town: &Town, answered: &Answered) -> sagwan::lineage::Verified {
    let bytes = answered.evidence.as_ref().unwrap().to_cbor().unwrap();
    let verified = verify(&bytes, &town.keys()).unwrap();
    assert_eq!(verified.answer, answered.answer);
    verified
}

fn pipeline(town: &Town) {
    town.dataset("dataset/raw@1", &[]);
    town.dataset("dataset/clean@1", &["dataset/raw@1"]);
    town.dataset("dataset/other@1", &[]);
    town.run("run/a", &["dataset/clean@1"], &["model/m@1"]);
    town.run("run/b", &["dataset/clean@1", "dataset/other@1"], &["model/m@2"]);
}

/// What was found plain is looked at again when something else is marked personal.
#[test]
fn a_walk_to_what_became_personal_is_recorded_however_often_it_was_walked_before() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    pipeline(&town);
    let size = || town.house.ledger().head().size;
    let grows = || {
        let before = size();
        let viewer = town.house.ledger().as_reader(Town::operator());
        answer(&viewer, &lineage("model/m@1", Direction::Upstream), false, "a test").unwrap();
        size() > before
    };
    let personal = |name: &str| town.house.record(&town.maker, &[town.event(name, Env::Dev, dataset(true), &[], &[])]);
    assert!(!grows() && !grows());
    personal("dataset/patients@1");
    assert!(!grows() && !grows(), "another subject is personal");
    personal("dataset/raw@1");
    assert!(grows() && grows(), "one of the walk is, and each read of it is recorded");
}

#[test]
fn a_walk_finds_what_came_before_and_what_came_of_it_and_proves_it() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    pipeline(&town);
    let up = town.ask(&lineage("model/m@1", Direction::Upstream));
    assert_eq!(names(graph(&up)), [(0, "model/m@1"), (-1, "run/a"), (-2, "dataset/clean@1"), (-3, "dataset/raw@1")]);
    let report = verified(&town, &up).report;
    assert!(report.withheld.is_empty(), "{report:?}");
    let down = town.ask(&lineage("dataset/raw@1", Direction::Downstream));
    assert_eq!(
        names(graph(&down)),
        [(0, "dataset/raw@1"), (1, "dataset/clean@1"), (2, "run/a"), (2, "run/b"), (3, "model/m@1"), (3, "model/m@2")]
    );
    verified(&town, &down);
    let both = town.ask(&lineage("run/b", Direction::Both));
    assert_eq!(
        names(graph(&both)),
        [(0, "run/b"), (-1, "dataset/clean@1"), (-1, "dataset/other@1"), (1, "model/m@2"), (-2, "dataset/raw@1")]
    );
    verified(&town, &both);
    let nobody = town.ask(&lineage("model/never@1", Direction::Both));
    assert_eq!((names(graph(&nobody)).len(), graph(&nobody).nodes[0].records), (1, Some(0)));
    verified(&town, &nobody);
}

#[test]
fn as_of_an_index_or_a_time_it_is_what_it_was_then() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    town.dataset("dataset/raw@1", &[]);
    let before = town.house.clock.now_ms();
    town.house.clock.advance(10_000);
    let index = town.dataset("dataset/clean@1", &["dataset/raw@1"]);
    for (as_of, count) in [
        (Some(Moment::Index(index)), 1),
        (Some(Moment::Index(index + 1)), 2),
        (Some(Moment::Index(0)), 1),
        (Some(Moment::Time(Timestamp(before))), 1),
        (Some(Moment::Time(Timestamp(before + 9_999))), 1),
        (Some(Moment::Time(Timestamp(before + 10_000))), 2),
        (Some(Moment::Time(Timestamp(0))), 1),
        (None, 2),
    ] {
        let question = Question { as_of, ..lineage("dataset/raw@1", Direction::Downstream) };
        let answered = town.ask(&question);
        assert_eq!(graph(&answered).nodes.len(), count, "{as_of:?}");
        verified(&town, &answered);
    }
}

#[test]
fn pictures_have_every_subject_and_every_edge() {
    use sagwan::lineage::draw::{dot, mermaid, svg};
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    pipeline(&town);
    let answered = town.ask(&lineage("dataset/raw@1", Direction::Downstream));
    let graph = graph(&answered);
    let pairs: std::collections::BTreeSet<_> = graph.edges.iter().map(|edge| (&edge.from, &edge.to)).collect();
    let scene = graph.into();
    let (dot, mermaid, svg) = (dot(&scene), mermaid(&scene), svg(&scene).unwrap());
    assert_eq!(dot.matches(" -> ").count(), pairs.len());
    assert_eq!(mermaid.matches("-->").count(), pairs.len());
    assert_eq!(svg.matches("marker-end").count(), pairs.len());
    for node in &graph.nodes {
        let name = node.subject.as_str();
        assert!([&dot, &mermaid, &svg].iter().all(|picture| picture.contains(name)), "{name}");
    }
}
