//! What is drawn: boxes and the arrows between them, whether they are subjects or columns.

use crate::{
    event::{Env, Subject, SubjectKind},
    lineage::{
        ColumnGraph, ColumnOf,
        graph::{Bound, Graph},
    },
};
use std::collections::BTreeMap;

/// Boxes and arrows.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The boxes.
    pub(super) nodes: Vec<Shape>,
    /// The arrows, one for each pair of boxes.
    pub(super) links: Vec<Link>,
    /// Records that the reader may not read, in which more may hide.
    pub(super) withheld: usize,
    /// A bound cut it.
    pub(super) cut: Option<Bound>,
}

/// A box.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// The full name.
    pub(super) title: String,
    /// What stands small above the name: the kind, and where it belongs.
    pub(super) above: String,
    /// The name itself: of a subject the last part, with its version; of a column the column.
    pub(super) name: String,
    pub(super) kind: SubjectKind,
    /// The walk began here.
    pub(super) is_root: bool,
    /// It is kept elsewhere.
    pub(super) external: bool,
}

/// All edges between two boxes.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// What makes them, each once.
    pub(super) by: Vec<String>,
    /// Their records, ascending.
    pub(super) records: Vec<u64>,
    /// The environment nearest to `prod`.
    pub(super) env: Option<Env>,
    /// A rule was against all of them.
    pub(super) against_rules: bool,
}

impl Link {
    /// What makes it, and how often.
    pub(super) fn label(&self) -> String {
        match self.records.len() {
            1 => self.by.join(", "),
            count => format!("{} ×{count}", self.by.join(", ")),
        }
    }
}

/// What two ends have in common.
struct Strand {
    by: String,
    index: u64,
    env: Option<Env>,
    against_rules: bool,
}

/// Joins the edges of each pair.
fn links(strands: impl Iterator<Item = (usize, usize, Strand)>) -> Vec<Link> {
    let mut links: BTreeMap<(usize, usize), Link> = BTreeMap::new();
    for (from, to, strand) in strands {
        let fresh = || Link { from, to, by: Vec::new(), records: Vec::new(), env: None, against_rules: true };
        let link = links.entry((from, to)).or_insert_with(fresh);
        if let Err(at) = link.by.binary_search(&strand.by) {
            link.by.insert(at, strand.by);
        }
        link.records.push(strand.index);
        link.env = link.env.max(strand.env);
        link.against_rules &= strand.against_rules;
    }
    links.into_values().collect()
}

/// The last part of a name with the version, and what stands before it.
fn parts(subject: &Subject) -> (String, String) {
    let (before, last) = subject.name().rsplit_once('/').unwrap_or(("", subject.name()));
    let version = subject.version().map(|version| format!("@{version}")).unwrap_or_default();
    let above = if before.is_empty() { subject.kind().to_string() } else { format!("{} · {before}", subject.kind()) };
    (above, format!("{last}{version}"))
}

impl From<&Graph> for Scene {
    fn from(graph: &Graph) -> Self {
        let ids: BTreeMap<&Subject, usize> = graph.nodes.iter().map(|node| &node.subject).zip(0..).collect();
        let shape = |node: &crate::lineage::graph::Node| {
            let (above, name) = parts(&node.subject);
            let (title, kind) = (node.subject.to_string(), node.subject.kind());
            Shape { title, above, name, kind, is_root: node.distance == 0, external: node.external }
        };
        let strands = graph.edges.iter().filter_map(|edge| {
            let (index, env, against_rules) = (edge.index, edge.env, edge.against_rules);
            let strand = Strand { by: edge.kind.to_string(), index, env, against_rules };
            Some((*ids.get(&edge.from)?, *ids.get(&edge.to)?, strand))
        });
        let nodes = graph.nodes.iter().map(shape).collect();
        Self { nodes, links: links(strands), withheld: graph.withheld.len(), cut: graph.cut }
    }
}

impl From<&ColumnGraph> for Scene {
    fn from(graph: &ColumnGraph) -> Self {
        let ids: BTreeMap<&ColumnOf, usize> = graph.nodes.iter().map(|node| &node.at).zip(0..).collect();
        let shape = |node: &crate::lineage::ColumnNode| {
            let name = node.at.column.as_ref().map_or("*", |name| name.as_str()).to_owned();
            let (above, kind) = (node.at.subject.to_string(), node.at.subject.kind());
            let title = format!("{above} {name}");
            Shape { title, above, name, kind, is_root: node.distance == 0, external: false }
        };
        let strands = graph.edges.iter().filter_map(|edge| {
            let masked = if edge.masked { " (masked)" } else { "" };
            let by = edge.by.map_or_else(|| edge.kind.to_string(), |by| by.to_string());
            let (index, env, against_rules) = (edge.index, edge.env, edge.against_rules);
            let strand = Strand { by: format!("{by}{masked}"), index, env, against_rules };
            Some((*ids.get(&edge.from)?, *ids.get(&edge.to)?, strand))
        });
        let nodes = graph.nodes.iter().map(shape).collect();
        Self { nodes, links: links(strands), withheld: graph.withheld.len(), cut: graph.cut }
    }
}
