//! Subjects and the edges between them, as records make them.
//!
//! An event leads from each of its inputs to its subject, and from its subject to each of its outputs (docs/lineage.md).
//! Only what an event *mentions* makes edges, since the proved index lists a record under everything that it mentions:
//! so all edges of a subject, in both directions, stand in its one list.

use super::{line::is_first, question::Filter};
use crate::{
    event::{Digest, Env, Event, Kind, Reference, Subject, Timestamp},
    ledger::{EventOutline, Outline},
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

/// One event that leads from one subject to another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Edge {
    /// The log index of the record.
    pub index: u64,
    /// Which event of the statement, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub position: usize,
    /// From what.
    pub from: Subject,
    /// To what.
    pub to: Subject,
    /// By an event of this kind.
    pub kind: Kind,
    /// In this environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// The ledger's time of the record.
    pub t: Timestamp,
    /// Of exactly these bytes: of the input for an edge into the event's subject, of the output for one out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// A rule was against the event; it was recorded all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub against_rules: bool,
    /// The input or output is kept elsewhere.
    #[serde(skip)]
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

    fn passes_kind(&self, kind: &Kind, env: Option<Env>) -> bool {
        let of_kind = match self.kinds.is_empty() {
            true => !matches!(kind.group(), "ledger" | "access"),
            false => self.kinds.contains(kind),
        };
        // What was refused did not happen.
        *kind != Kind::Denial && of_kind && self.env.is_none_or(|asked| env.is_none_or(|own| own == asked))
    }
}

/// Calls `each` with every edge of a record that begins (`into`: ends) at `subject`.
pub(super) fn edges_at(record: &Outline, subject: &Subject, filter: &Filter, into: bool, each: &mut dyn FnMut(Edge)) {
    edges_where(record, filter, |from, to| *(if into { to } else { from }) == *subject, each);
}

/// All edges that a record makes.
pub(super) fn edges_of(record: &Outline, filter: &Filter) -> Vec<Edge> {
    let mut edges = Vec::new();
    edges_where(record, filter, |_, _| true, &mut |edge| edges.push(edge));
    edges
}

fn edges_where(
    record: &Outline,
    filter: &Filter,
    wanted: impl Fn(&Subject, &Subject) -> bool,
    each: &mut dyn FnMut(Edge),
) {
    let passing = |(_, event): &(usize, &EventOutline)| filter.passes_kind(&event.kind, event.env);
    for (position, event) in record.events.iter().enumerate().filter(passing) {
        let mut add = |from: &Subject, to: &Subject, reference: &Reference| {
            if wanted(from, to) && from != to {
                each(Edge {
                    index: record.index,
                    position,
                    from: from.clone(),
                    to: to.clone(),
                    kind: event.kind.clone(),
                    env: event.env,
                    t: record.t,
                    digest: reference.digest,
                    against_rules: event.against_rules,
                    external: reference.external,
                });
            }
        };
        event.inputs.iter().for_each(|input| add(&input.subject, &event.subject, input));
        event.outputs.iter().for_each(|output| add(&event.subject, &output.subject, output));
    }
}
