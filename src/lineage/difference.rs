//! What an answer has now that it had not, and what it had that it has not, between two moments.

use super::{
    LineageError, Source,
    graph::{Edge, Graph},
    question::Walk,
    reader::Reader,
    serving::{Serving, serving},
    walk::walk_with,
};
use crate::event::{Env, Subject};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What changed.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Difference {
    /// The earlier of the two prefixes: the entries below this index.
    pub before: u64,
    /// Subjects that are new in the walk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Subject>,
    /// Edges that are new in the walk. Edges do not go away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// Versions that serve and did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub begun: Vec<Serving>,
    /// Versions that served and do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<Serving>,
    /// The indices of records that the reader may not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<u64>,
    /// One of the two answers was cut at a bound: what is missing from it may be in the difference.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// The difference between two walks.
pub(super) fn of_walks<S: Source>(
    source: &mut S,
    (before, end): (u64, u64),
    asked: &Walk,
) -> Result<Difference, LineageError> {
    let old = walk_with(&mut Reader::new(source, before), asked)?;
    let new = walk_with(&mut Reader::new(source, end), asked)?;
    let names = |graph: &Graph| graph.nodes.iter().map(|node| node.subject.clone()).collect::<BTreeSet<_>>();
    let edges = |graph: &Graph| graph.edges.iter().cloned().collect::<BTreeSet<_>>();
    Ok(Difference {
        before,
        subjects: names(&new).difference(&names(&old)).cloned().collect(),
        edges: edges(&new).difference(&edges(&old)).cloned().collect(),
        withheld: new.withheld.clone(),
        cut: old.cut.is_some() || new.cut.is_some(),
        ..Difference::default()
    })
}

/// The difference between what served.
pub(super) fn of_serving<S: Source>(
    source: &mut S,
    (before, end): (u64, u64),
    env: Option<Env>,
) -> Result<Difference, LineageError> {
    let mut reader = Reader::new(source, before);
    let (old, old_cut) = (serving(&mut reader, env)?, reader.is_cut);
    let mut reader = Reader::new(source, end);
    let new = serving(&mut reader, env)?;
    let without = |all: &[Serving], others: &[Serving]| {
        all.iter().filter(|one| !others.contains(one)).cloned().collect::<Vec<_>>()
    };
    Ok(Difference {
        before,
        begun: without(&new, &old),
        ended: without(&old, &new),
        withheld: reader.withheld.iter().copied().collect(),
        cut: old_cut || reader.is_cut,
        ..Difference::default()
    })
}
