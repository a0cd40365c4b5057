//! Subjects and the edges between them, as records make them.
//!
//! An event leads from each of its inputs to its subject, and from its subject to each of its outputs (docs/lineage.md).
//! Only what an event *mentions* makes edges, since the proved index lists a record under everything that it mentions:
//! so all edges of a subject, in both directions, stand in its one list.

use super::question::Filter;
pub use crate::ledger::Edge;
use crate::{
    event::{Env, Event, Kind, Subject},
    ledger::{Outline, edges},
};
use serde::{Deserialize, Serialize};

/// A subject that a walk came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Node {
    /// The subject.
    pub subject: Subject,
    /// Edges from the beginning: below zero upstream, above zero downstream.
    pub distance: i64,
    /// Records about it, withheld ones included; absent where the walk ended and its list was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// Whoever mentioned it said that it is kept elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub external: bool,
}

/// What a walk found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Graph {
    /// The subjects, the beginning first, by distance and name.
    pub nodes: Vec<Node>,
    /// The edges, in log order.
    pub edges: Vec<Edge>,
    /// The indices of records in the lists that the reader may not read: an edge may hide in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<u64>,
    /// Which bound ended the walk before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Bound>,
}

/// A bound of a walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The number of subjects.
    Nodes,
    /// The number of edges.
    Edges,
    /// The number of records read.
    Records,
}

impl Filter {
    /// Whether edges of an event count.
    #[must_use]
    pub fn passes(&self, event: &Event) -> bool {
        self.passes_kind(&event.kind(), event.env)
    }

    pub(super) fn passes_kind(&self, kind: &Kind, env: Option<Env>) -> bool {
        let of_kind = match self.kinds.is_empty() {
            true => !matches!(kind.group(), "ledger" | "access"),
            false => self.kinds.contains(kind),
        };
        // What was refused did not happen.
        *kind != Kind::Denial && of_kind && self.env.is_none_or(|asked| env.is_none_or(|own| own == asked))
    }
}

/// All edges that a record makes.
pub(super) fn edges_of(record: &Outline, filter: &Filter) -> Vec<Edge> {
    edges(record).filter(|edge| filter.passes_kind(&edge.kind, edge.env)).collect()
}
