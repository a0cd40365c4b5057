//! Walking along edges, breadth first: nearest subjects first, those of one distance in the order of their names, so
//! that one question has one answer, also where a bound cuts it.

use super::{
    LineageError, Source,
    graph::{Bound, Edge, Graph, Node, edges_at},
    question::{Direction, Walk},
};
use crate::{
    event::{EventKey, Subject, limits},
    ledger::{Record, Sighted},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Indices of a list read at a time.
const PAGE: usize = 256;

/// What is known of one subject: the records in its list that may be read, and how many there are.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) records: Vec<Arc<Record>>,
    pub(super) count: u64,
}

/// Reads the lists of subjects, each once, within the bound on records.
pub(super) struct Reader<'s, S: Source> {
    source: &'s mut S,
    end: u64,
    left: usize,
    known: BTreeMap<String, Known>,
    pub(super) withheld: BTreeSet<u64>,
    pub(super) is_cut: bool,
}

impl<'s, S: Source> Reader<'s, S> {
    /// Reads the prefix of `end` entries.
    pub(super) fn new(source: &'s mut S, end: u64) -> Self {
        let left = limits::LINEAGE_RECORDS_MAX;
        Self { source, end, left, known: BTreeMap::new(), withheld: BTreeSet::new(), is_cut: false }
    }

    /// All records under a key, in log order.
    pub(super) fn under(&mut self, key: &EventKey) -> Result<&Known, LineageError> {
        let name = key.to_string();
        if !self.known.contains_key(&name) {
            let known = self.read(key)?;
            self.known.insert(name.clone(), known);
        }
        Ok(self.known.entry(name).or_default())
    }

    /// All records that mention a subject, in log order.
    pub(super) fn about(&mut self, subject: &Subject) -> Result<&Known, LineageError> {
        self.under(&EventKey::Subject(subject.clone()))
    }

    /// The bound on records, if it was reached.
    pub(super) fn cut(&self) -> Option<Bound> {
        self.is_cut.then_some(Bound::Records)
    }

    fn read(&mut self, key: &EventKey) -> Result<Known, LineageError> {
        let (mut known, mut from) = (Known::default(), 0);
        loop {
            let limit = PAGE.min(self.left);
            if limit == 0 {
                self.is_cut = true;
                return Ok(known);
            }
            let page = self.source.list(key, from..self.end, limit)?;
            self.left -= page.len();
            known.count += page.len() as u64;
            for index in &page {
                match self.source.record(*index)? {
                    Sighted::Shown(record) => known.records.push(record),
                    Sighted::Withheld(_) => drop(self.withheld.insert(*index)),
                }
            }
            match page.last() {
                Some(last) if page.len() == limit => from = last + 1,
                _ => return Ok(known),
            }
        }
    }
}

/// Answers a walk over the prefix of `end` entries.
///
/// # Errors
/// Those of the source.
pub(super) fn walk<S: Source>(source: &mut S, end: u64, asked: &Walk) -> Result<Graph, LineageError> {
    let mut reader = Reader::new(source, end);
    walk_with(&mut reader, asked)
}

/// The same, with lists that may be read again for something else.
pub(super) fn walk_with<S: Source>(reader: &mut Reader<'_, S>, asked: &Walk) -> Result<Graph, LineageError> {
    let mut found = Found::new(asked);
    found.go_all(reader)?;
    Ok(found.into_graph(reader))
}

/// The same, until the walk comes to `target`.
pub(super) fn walk_to<S: Source>(
    reader: &mut Reader<'_, S>,
    asked: &Walk,
    target: &Subject,
) -> Result<Graph, LineageError> {
    let mut found = Found { target: Some(target.clone()), ..Found::new(asked) };
    found.go_all(reader)?;
    Ok(found.into_graph(reader))
}

struct Found<'w> {
    asked: &'w Walk,
    nodes: BTreeMap<Subject, Node>,
    edges: BTreeSet<Edge>,
    cut: Option<Bound>,
    /// Where the walk may end.
    target: Option<Subject>,
}

impl<'w> Found<'w> {
    fn new(asked: &'w Walk) -> Self {
        let root = Node { subject: asked.subject.clone(), distance: 0, records: None, external: false };
        Self {
            asked,
            nodes: BTreeMap::from([(root.subject.clone(), root)]),
            edges: BTreeSet::new(),
            cut: None,
            target: None,
        }
    }

    fn go_all<S: Source>(&mut self, reader: &mut Reader<'_, S>) -> Result<(), LineageError> {
        if self.asked.direction != Direction::Downstream {
            self.go(reader, true)?;
        }
        if self.asked.direction != Direction::Upstream {
            self.go(reader, false)?;
        }
        Ok(())
    }

    /// Walks up (`into`: along the edges that lead into a subject) or down.
    fn go<S: Source>(&mut self, reader: &mut Reader<'_, S>, into: bool) -> Result<(), LineageError> {
        let mut frontier = BTreeSet::from([self.asked.subject.clone()]);
        let mut expanded: BTreeSet<Subject> = BTreeSet::new();
        for distance in 1..=i64::from(self.asked.depth) {
            let mut next = BTreeSet::new();
            for subject in frontier {
                if self.cut.is_some() || self.target.as_ref().is_some_and(|target| self.nodes.contains_key(target)) {
                    return Ok(());
                }
                let known = reader.about(&subject)?;
                let count = known.count;
                let edges =
                    known.records.iter().flat_map(|record| edges_at(record, &subject, &self.asked.filter, into));
                let edges: Vec<Edge> = edges.collect();
                if let Some(node) = self.nodes.get_mut(&subject) {
                    node.records = Some(count);
                }
                for edge in edges {
                    let other = if into { edge.from.clone() } else { edge.to.clone() };
                    if self.add(edge, &other, if into { -distance } else { distance }) {
                        next.insert(other);
                    }
                }
                expanded.insert(subject);
                if reader.is_cut {
                    self.cut = self.cut.or(Some(Bound::Records));
                }
            }
            next.retain(|subject| !expanded.contains(subject));
            if next.is_empty() {
                break;
            }
            frontier = next;
        }
        Ok(())
    }

    /// Adds an edge and the subject at its other end; whether that is to be looked at next.
    fn add(&mut self, edge: Edge, other: &Subject, distance: i64) -> bool {
        let fits = |count: usize, bound: u32| count < usize::try_from(bound).unwrap_or(usize::MAX);
        if !self.edges.contains(&edge) && !fits(self.edges.len(), self.asked.edges_max) {
            self.cut = self.cut.or(Some(Bound::Edges));
            return false;
        }
        if !self.nodes.contains_key(other) {
            if !fits(self.nodes.len(), self.asked.nodes_max) {
                self.cut = self.cut.or(Some(Bound::Nodes));
                return false;
            }
            let node = Node { subject: other.clone(), distance, records: None, external: false };
            self.nodes.insert(other.clone(), node);
        }
        if let Some(node) = self.nodes.get_mut(other) {
            node.external |= edge.external;
        }
        self.edges.insert(edge);
        true
    }

    fn into_graph<S: Source>(self, reader: &Reader<'_, S>) -> Graph {
        let mut nodes: Vec<Node> = self.nodes.into_values().collect();
        nodes.sort_by(|a, b| {
            (a.distance.abs(), a.distance, &a.subject).cmp(&(b.distance.abs(), b.distance, &b.subject))
        });
        Graph {
            nodes,
            edges: self.edges.into_iter().collect(),
            withheld: reader.withheld.iter().copied().collect(),
            cut: self.cut,
        }
    }
}
