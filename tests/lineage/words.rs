//! Questions in words, and those that make no sense.

use super::town::{Town, town};
use sagwan::{
    event::{Env, Kind, Timestamp},
    lineage::{
        About, Ask, Between, Change, ColumnWalk, Direction, Draw, Filter, Moment, Question, Stock, Walk, answer,
    },
};
use std::collections::HashMap;

const KINDS: [&[Kind]; 3] = [&[], &[Kind::RunCompleted], &[Kind::RunCompleted, Kind::ModelRegistered]];
const ENVS: [Option<Env>; 3] = [None, Some(Env::Dev), Some(Env::Prod)];
const MOMENTS: [Option<Moment>; 4] =
    [None, Some(Moment::Index(5)), Some(Moment::Index(6)), Some(Moment::Time(Timestamp(5)))];

fn subject(name: &str) -> sagwan::event::Subject {
    name.parse().unwrap()
}

fn walks() -> Vec<Walk> {
    let mut all = Vec::new();
    for name in ["model/a", "model/a,", "model/a@1"] {
        for direction in [Direction::Upstream, Direction::Downstream, Direction::Both] {
            for (kinds, env) in KINDS.iter().flat_map(|kinds| ENVS.map(|env| (kinds, env))) {
                let filter = Filter { kinds: kinds.to_vec(), env };
                let walk = Walk { filter, ..Walk::new(subject(name), direction) };
                all.extend([
                    Walk { depth: 3, ..walk.clone() },
                    Walk { nodes_max: 3, ..walk.clone() },
                    Walk { edges_max: 3, ..walk.clone() },
                    walk,
                ]);
            }
        }
    }
    all
}

fn asks() -> Vec<Ask> {
    let mut all: Vec<Ask> = walks().into_iter().map(Ask::Lineage).collect();
    all.extend(walks().into_iter().map(Ask::Impact));
    for (column, walk) in
        ["a", "b, c"].into_iter().flat_map(|column| walks().into_iter().map(move |walk| (column, walk)))
    {
        all.push(Ask::Columns(ColumnWalk { column: column.parse().unwrap(), walk }));
    }
    for since in MOMENTS.into_iter().flatten() {
        all.extend(walks().into_iter().map(|walk| Ask::Difference(Change { since, walk: Some(walk), env: None })));
        all.extend(ENVS.map(|env| Ask::Difference(Change { since, walk: None, env })));
    }
    for (kinds, env) in KINDS.iter().flat_map(|kinds| ENVS.map(|env| (kinds.to_vec(), env))) {
        for (depth, to) in [(3, "model/b"), (4, "model/b"), (4, "model/c")] {
            let filter = Filter { kinds: kinds.clone(), env };
            all.push(Ask::Path(Between { from: subject("model/a"), to: subject(to), depth, filter }));
        }
        for (n, seed, since) in [(1, 2, None), (2, 1, None), (1, 1, MOMENTS[1]), (1, 1, MOMENTS[3])] {
            all.push(Ask::Sample(Draw { kinds: kinds.clone(), env, since, n, seed }));
        }
    }
    for name in ["model/a", "model/b"] {
        let about = || About { subject: subject(name) };
        all.extend([Ask::Timeline(about()), Ask::History(about()), Ask::Reproduce(about())]);
        all.extend(ENVS.map(|env| Ask::Inventory(Stock { env, name: Some(subject(name)) })));
    }
    all.extend(ENVS.map(|env| Ask::Inventory(Stock { env, name: None })));
    all
}

#[test]
fn two_different_questions_never_read_the_same() {
    let mut read: HashMap<String, Question> = HashMap::new();
    for (ask, as_of) in asks().into_iter().flat_map(|ask| MOMENTS.map(|as_of| (ask.clone(), as_of))) {
        let question = Question { ask, as_of };
        let words = question.in_words();
        if let Some(other) = read.insert(words.clone(), question.clone()) {
            panic!("{words}: {other:?}, and {question:?}");
        }
    }
    assert!(read.len() > 5_000, "{}", read.len());
}

fn refused(town: &Town, ask: Ask, as_of: Option<Moment>) -> String {
    let viewer = town.house.ledger().as_reader(Town::operator());
    answer(&viewer, &Question { ask, as_of }, true, "a test").unwrap_err().to_string()
}

#[test]
fn a_question_that_makes_no_sense_is_refused_by_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path());
    let late = Timestamp(i64::MAX / 2);
    let begins = |text: String, field: &str| assert!(text.starts_with(&format!("{field}: ")), "{text}");
    let about = |name: &str| About { subject: subject(name) };
    begins(refused(&town, Ask::History(about("run/a")), None), "subject");
    begins(refused(&town, Ask::Reproduce(about("model/a")), None), "subject");
    let path = Between { from: subject("run/a"), to: subject("run/a"), depth: 3, filter: Filter::default() };
    begins(refused(&town, Ask::Path(path), None), "to");
    let walk = Some(Walk::new(subject("run/a"), Direction::Both));
    for walk in [&walk, &None] {
        let change = |since| Ask::Difference(Change { since, walk: walk.clone(), env: None });
        begins(refused(&town, change(Moment::Index(4)), Some(Moment::Index(3))), "since");
        begins(refused(&town, change(Moment::Index(400)), None), "since");
        begins(refused(&town, change(Moment::Time(late)), Some(Moment::Index(3))), "since");
    }
    begins(refused(&town, Ask::Timeline(about("run/a")), Some(Moment::Index(400))), "as_of");
    let env = Some(Env::Dev);
    begins(refused(&town, Ask::Difference(Change { since: Moment::Index(1), walk, env }), None), "env");
    let draw = Draw { kinds: vec![Kind::RoleAssigned], env, since: Some(Moment::Index(4)), n: 1, seed: 1 };
    begins(refused(&town, Ask::Sample(draw), Some(Moment::Index(3))), "since");
}
