//! Which columns came from which: a walk along what the events of a subject's list say of its columns, with the same
//! lists, and so the same proofs, as a walk from subject to subject.

use super::{
    LineageError, Source,
    graph::Bound,
    line::is_first,
    question::{ColumnWalk, Direction, Filter},
    reader::Reader,
};
use crate::{
    event::{Decision, Env, Event, Kind, Subject, Text, Timestamp, body::ColumnUse},
    ledger::Record,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A column of a subject; without a name, every column, or the subject as a whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct ColumnOf {
    /// The subject.
    pub subject: Subject,
    /// The column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Text>,
}

/// A column that a walk came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ColumnNode {
    /// The column.
    #[serde(flatten)]
    pub at: ColumnOf,
    /// Edges from the beginning: below zero upstream, above zero downstream.
    pub distance: i64,
}

/// One event that says that a column came from another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct ColumnEdge {
    /// The log index of the record.
    pub index: u64,
    /// Which event of the statement, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub position: usize,
    /// From which column.
    pub from: ColumnOf,
    /// To which.
    pub to: ColumnOf,
    /// By an event of this kind.
    pub kind: Kind,
    /// In this environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// The ledger's time of the record.
    pub t: Timestamp,
    /// How it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ColumnUse>,
    /// The values cannot be seen any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// A rule was against the event; it was recorded all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub against_rules: bool,
}

/// What a walk along columns found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ColumnGraph {
    /// The columns, the beginning first, by distance and name.
    pub nodes: Vec<ColumnNode>,
    /// The edges, in log order.
    pub edges: Vec<ColumnEdge>,
    /// The indices of records in the lists that the reader may not read: an edge may hide in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<u64>,
    /// Which bound ended the walk before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Bound>,
}

/// Answers a walk along columns over the prefix of `end` entries.
pub(super) fn columns<S: Source>(source: &mut S, end: u64, asked: &ColumnWalk) -> Result<ColumnGraph, LineageError> {
    let mut reader = Reader::new(source, end);
    let root = ColumnOf { subject: asked.walk.subject.clone(), column: Some(asked.column.clone()) };
    let mut found = Found { asked, nodes: BTreeMap::from([(root.clone(), 0)]), edges: BTreeSet::new(), cut: None };
    if asked.walk.direction != Direction::Downstream {
        found.go(&mut reader, &root, true)?;
    }
    if asked.walk.direction != Direction::Upstream {
        found.go(&mut reader, &root, false)?;
    }
    let mut nodes: Vec<ColumnNode> =
        found.nodes.into_iter().map(|(at, distance)| ColumnNode { at, distance }).collect();
    nodes.sort_by(|a, b| (a.distance.abs(), a.distance, &a.at).cmp(&(b.distance.abs(), b.distance, &b.at)));
    Ok(ColumnGraph {
        nodes,
        edges: found.edges.into_iter().collect(),
        withheld: reader.withheld.iter().copied().collect(),
        cut: found.cut.or(reader.cut()),
    })
}

struct Found<'w> {
    asked: &'w ColumnWalk,
    nodes: BTreeMap<ColumnOf, i64>,
    edges: BTreeSet<ColumnEdge>,
    cut: Option<Bound>,
}

impl Found<'_> {
    /// Walks up (`into`) or down, breadth first; columns of one distance in the order of their names.
    fn go<S: Source>(&mut self, reader: &mut Reader<'_, S>, root: &ColumnOf, into: bool) -> Result<(), LineageError> {
        let mut frontier = BTreeSet::from([root.clone()]);
        let mut expanded: BTreeSet<ColumnOf> = BTreeSet::new();
        for distance in 1..=i64::from(self.asked.walk.depth) {
            let mut next = BTreeSet::new();
            for at in frontier {
                if self.cut.is_some() {
                    return Ok(());
                }
                let records = reader.about(&at.subject)?;
                let edges = records.iter().flat_map(|record| edges_at(record, &at, &self.asked.walk.filter, into));
                for edge in edges.collect::<Vec<_>>() {
                    let other = if into { edge.from.clone() } else { edge.to.clone() };
                    if self.add(edge, &other, if into { -distance } else { distance }) {
                        next.insert(other);
                    }
                }
                expanded.insert(at);
            }
            next.retain(|at| !expanded.contains(at));
            if next.is_empty() {
                break;
            }
            frontier = next;
        }
        Ok(())
    }

    /// Adds an edge and the column at its other end; whether that is to be looked at next.
    fn add(&mut self, edge: ColumnEdge, other: &ColumnOf, distance: i64) -> bool {
        let fits = |count: usize, bound: u32| count < usize::try_from(bound).unwrap_or(usize::MAX);
        if !self.edges.contains(&edge) && !fits(self.edges.len(), self.asked.walk.edges_max) {
            self.cut = self.cut.or(Some(Bound::Edges));
            return false;
        }
        if !self.nodes.contains_key(other) && !fits(self.nodes.len(), self.asked.walk.nodes_max) {
            self.cut = self.cut.or(Some(Bound::Nodes));
            return false;
        }
        self.nodes.entry(other.clone()).or_insert(distance);
        self.edges.insert(edge);
        true
    }
}

/// The edges of a record that lead into a column, or out of it. What is said of every column is said of each; and what
/// came from every column came from each.
fn edges_at(record: &Record, at: &ColumnOf, filter: &Filter, into: bool) -> Vec<ColumnEdge> {
    let same = |named: Option<&Text>| named.is_none() || at.column.is_none() || named == at.column.as_ref();
    let mut edges = Vec::new();
    for (position, event) in record.events.iter().enumerate().filter(|(_, event)| filter.passes(event)) {
        for column in event.body.column_lineage() {
            let of = column.of.as_ref().unwrap_or(&event.subject);
            if into && !(*of == at.subject && same(column.column.as_ref())) {
                continue;
            }
            for from in &column.from {
                let own = ColumnOf { subject: from.subject.clone(), column: Some(from.column.clone()) };
                let to = ColumnOf { subject: of.clone(), column: column.column.clone() };
                let (own, to) = if into {
                    (own, at.clone())
                } else if from.subject == at.subject && same(Some(&from.column)) {
                    (at.clone(), to)
                } else {
                    continue;
                };
                if own != to {
                    edges.push(edge(record, position, event, (own, to), (from.by, from.masked)));
                }
            }
        }
    }
    edges
}

fn edge(
    record: &Record,
    position: usize,
    event: &Event,
    (from, to): (ColumnOf, ColumnOf),
    (by, masked): (Option<ColumnUse>, bool),
) -> ColumnEdge {
    let against_rules = record.rulings.get(position).is_some_and(|ruling| ruling.decision == Decision::Deny);
    let (kind, env, t) = (event.kind(), event.env, record.t);
    ColumnEdge { index: record.index, position, from, to, kind, env, t, by, masked, against_rules }
}
