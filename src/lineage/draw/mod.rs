//! Pictures of a graph: Graphviz DOT, Mermaid, and SVG with a layout of our own. Pure: text out, no files.

mod layout;
mod svg;

pub use svg::svg;

use super::graph::{Edge, Graph};
use crate::event::{Subject, SubjectKind};
use std::{collections::BTreeMap, fmt::Write as _};

/// The edges between two subjects, drawn as one.
struct Bundle<'g> {
    from: &'g Subject,
    to: &'g Subject,
    edges: Vec<&'g Edge>,
}

impl Bundle<'_> {
    /// The kinds of events that make them, each once, and how many records.
    fn label(&self) -> String {
        let mut kinds: Vec<&str> = self.edges.iter().map(|edge| edge.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        match self.edges.len() {
            1 => kinds.join(", "),
            count => format!("{} ×{count}", kinds.join(", ")),
        }
    }

    /// Whether a rule was against all of them.
    fn is_against_rules(&self) -> bool {
        self.edges.iter().all(|edge| edge.against_rules)
    }
}

fn bundles(graph: &Graph) -> Vec<Bundle<'_>> {
    let mut bundles: BTreeMap<(&Subject, &Subject), Bundle<'_>> = BTreeMap::new();
    for edge in &graph.edges {
        let fresh = || Bundle { from: &edge.from, to: &edge.to, edges: Vec::new() };
        bundles.entry((&edge.from, &edge.to)).or_insert_with(fresh).edges.push(edge);
    }
    bundles.into_values().collect()
}

/// The colour of a kind of subject: the same in every picture, and told apart also without red and green.
fn colour(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Dataset => "#cfe3f7",
        SubjectKind::Run | SubjectKind::Job | SubjectKind::Experiment => "#f3e3b5",
        SubjectKind::Model | SubjectKind::Prompt => "#d9cdee",
        SubjectKind::Deployment | SubjectKind::System => "#c4e8dd",
        SubjectKind::Alert | SubjectKind::Incident => "#f7cfc4",
        _ => "#e4e6e9",
    }
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The graph in Graphviz's language.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from(
        "digraph lineage {\n  rankdir=LR;\n  node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\"];\n",
    );
    for node in &graph.nodes {
        let (name, fill) = (quoted(node.subject.as_str()), colour(node.subject.kind()));
        let root = if node.distance == 0 { ", penwidth=3" } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(out, "  \"{name}\" [fillcolor=\"{fill}\"{root}];");
    }
    for bundle in bundles(graph) {
        let style = if bundle.is_against_rules() { ", style=dashed" } else { "" };
        let (from, to) = (quoted(bundle.from.as_str()), quoted(bundle.to.as_str()));
        let _ = writeln!(out, "  \"{from}\" -> \"{to}\" [label=\"{}\"{style}];", quoted(&bundle.label()));
    }
    out.push_str("}\n");
    out
}

/// The graph in Mermaid's language.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    let escaped = |text: &str| text.replace('#', "#35;").replace('"', "#quot;");
    let ids: BTreeMap<&Subject, usize> = graph.nodes.iter().map(|node| &node.subject).zip(0..).collect();
    for node in &graph.nodes {
        let id = ids.get(&node.subject).copied().unwrap_or_default();
        let _ = writeln!(out, "  n{id}[\"{}\"]", escaped(node.subject.as_str()));
        let _ = writeln!(out, "  style n{id} fill:{}", colour(node.subject.kind()));
    }
    for bundle in bundles(graph) {
        if let (Some(from), Some(to)) = (ids.get(bundle.from), ids.get(bundle.to)) {
            let arrow = if bundle.is_against_rules() { "-.->" } else { "-->" };
            let _ = writeln!(out, "  n{from} {arrow}|\"{}\"| n{to}", escaped(&bundle.label()));
        }
    }
    out
}
