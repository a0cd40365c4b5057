//! The shortest path between two subjects: along the edges first, and if there is none, against them.

use super::{
    LineageError, Source,
    graph::{Bound, Edge, Graph},
    question::{Direction, Filter, Walk},
    reader::Reader,
    walk::walk_to,
};
use crate::event::Subject;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A path, or that there is none.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Path {
    /// Whether the second came of the first (`downstream`) or the first of the second; absent without a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The edges, in the order of the flow; of paths of one length the one whose edges come first.
    pub edges: Vec<Edge>,
    /// Subjects that were looked at.
    pub looked_at: usize,
    /// The indices of records in their lists that the reader may not read: a path may hide in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<u64>,
    /// The bound that cut the search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Bound>,
}

/// Searches within `depth` edges.
pub(super) fn path<S: Source>(
    source: &mut S,
    end: u64,
    (from, to): (&Subject, &Subject),
    depth: u32,
    filter: &Filter,
) -> Result<Path, LineageError> {
    let mut reader = Reader::new(source, end);
    let mut found = Path { direction: None, edges: Vec::new(), looked_at: 0, withheld: Vec::new(), cut: None };
    for (direction, first, last) in [(Direction::Downstream, from, to), (Direction::Upstream, to, from)] {
        let walk = Walk { depth, filter: filter.clone(), ..Walk::new(first.clone(), Direction::Downstream) };
        let graph = walk_to(&mut reader, &walk, last)?;
        found.looked_at += graph.nodes.len();
        found.cut = found.cut.or(graph.cut);
        if let Some(edges) = shortest(&graph, first, last) {
            (found.direction, found.edges, found.cut) = (Some(direction), edges, None);
            break;
        }
    }
    found.withheld = reader.withheld.iter().copied().collect();
    Ok(found)
}

/// The shortest way along the edges of a graph.
fn shortest(graph: &Graph, from: &Subject, to: &Subject) -> Option<Vec<Edge>> {
    let mut out: BTreeMap<&Subject, Vec<&Edge>> = BTreeMap::new();
    graph.edges.iter().for_each(|edge| out.entry(&edge.from).or_default().push(edge));
    let mut came_by: BTreeMap<&Subject, Option<&Edge>> = BTreeMap::from([(from, None)]);
    let mut queue = VecDeque::from([from]);
    while let Some(subject) = queue.pop_front().filter(|subject| *subject != to) {
        for edge in out.get(subject).into_iter().flatten() {
            if !came_by.contains_key(&edge.to) {
                came_by.insert(&edge.to, Some(edge));
                queue.push_back(&edge.to);
            }
        }
    }
    came_by.get(to)?;
    let mut edges = Vec::new();
    let mut at = to;
    while let Some(Some(edge)) = came_by.get(at) {
        edges.push(Edge::clone(edge));
        at = &edge.from;
    }
    edges.reverse();
    Some(edges)
}
