//! Lineage by columns: what came of which column, and that its evidence proves it.

use super::story::Story;
use sagwan::{
    event::Subject,
    lineage::{
        Answer, Ask, ColumnGraph, ColumnOf, ColumnWalk, Direction, Found, Question, Walk, answer, graph::Bound, verify,
    },
    verify::LogKeys,
};
use std::path::Path;

fn ask_with(story: &Story, column: &str, walk: Walk) -> ColumnGraph {
    let question = Question { ask: Ask::Columns(ColumnWalk { column: column.parse().unwrap(), walk }), as_of: None };
    let viewer = story.house.ledger().as_reader(super::story::operator());
    let answered = answer(&viewer, &question, true, "a test").unwrap().value;
    let keys = LogKeys::new(super::house::ORIGIN, &story.house.ledger().log_keys().unwrap()).unwrap();
    let bytes = answered.evidence.unwrap().to_cbor().unwrap();
    // The evidence alone gives the same answer, and a changed one none.
    assert_eq!(verify(&bytes, &keys).unwrap().answer, answered.answer);
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let found = verify(&changed, &keys);
        assert!(found.is_err() || found.unwrap().question != question, "byte {at}");
    }
    let Answer { found: Found::Columns(found), .. } = answered.answer else { panic!() };
    found
}

pub fn ask(story: &Story, subject: &str, column: &str, direction: Direction) -> ColumnGraph {
    ask_with(story, column, Walk::new(subject.parse().unwrap(), direction))
}

fn names(found: &ColumnGraph) -> Vec<(i64, String)> {
    let name = |at: &ColumnOf| format!("{} {}", at.subject, at.column.as_ref().map_or("*", |name| name.as_str()));
    found.nodes.iter().skip(1).map(|node| (node.distance, name(&node.at))).collect()
}

fn told(folder: &Path) -> Story {
    let story = Story::tell(folder);
    let body = serde_json::json!({ "source": "x", "purpose": "x", "legal_basis": "x", "column_lineage": [
        { "column": "young", "from": [{ "subject": "dataset/clean@1", "column": "age", "by": "conditional" }] },
    ] });
    let from = serde_json::json!({ "inputs": [{ "subject": "dataset/clean@1" }] });
    story.record("dataset.registered", "dataset/young@1", body, from);
    story
}

#[test]
fn a_column_leads_to_what_came_of_it_and_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let story = told(folder.path());
    let down = ask(&story, "dataset/credits@1", "birth", Direction::Downstream);
    assert_eq!(
        names(&down),
        [
            (1, "dataset/clean@1 age".to_owned()),
            (2, "dataset/young@1 young".to_owned()),
            (2, "model/credit@1 *".to_owned())
        ]
    );
    assert_eq!(down.edges.len(), 3);
    let up = ask(&story, "dataset/young@1", "young", Direction::Upstream);
    // By what every row was grouped leads into every column.
    let grouped = format!("dataset/credits@1 {}", super::story::HOSTILE);
    assert_eq!(
        names(&up),
        [(-1, "dataset/clean@1 age".to_owned()), (-2, grouped.clone()), (-2, "dataset/credits@1 birth".to_owned())]
    );
    assert!(up.edges.iter().any(|edge| edge.masked && edge.by.is_some_and(|by| !by.is_direct())));
    let other = ask(&story, "dataset/credits@1", "amount", Direction::Downstream);
    assert_eq!(names(&other), [(1, "dataset/clean@1 amount".to_owned()), (2, "model/credit@1 *".to_owned())]);
    assert_eq!(names(&ask(&story, "dataset/credits@1", "never", Direction::Both)), []);
    assert_eq!(names(&ask(&story, "dataset/never@1", "age", Direction::Both)), []);
    let both = ask(&story, "dataset/clean@1", "age", Direction::Both);
    assert_eq!(both.nodes.len(), 5);
    let of_every = ask(&story, "dataset/clean@1", "amount", Direction::Upstream);
    assert_eq!(names(&of_every), [(-1, grouped), (-1, "dataset/credits@1 amount".to_owned())]);
}

#[test]
fn bounds_cut_a_walk_along_columns() {
    let folder = tempfile::tempdir().unwrap();
    let story = told(folder.path());
    let subject: Subject = "dataset/credits@1".parse().unwrap();
    let walk = Walk { nodes_max: 2, ..Walk::new(subject.clone(), Direction::Downstream) };
    let found = ask_with(&story, "birth", walk);
    assert_eq!((found.nodes.len(), found.cut), (2, Some(Bound::Nodes)));
    let found = ask_with(&story, "birth", Walk { depth: 1, ..Walk::new(subject, Direction::Downstream) });
    assert_eq!((found.nodes.len(), found.cut), (2, None));
}
