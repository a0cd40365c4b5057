//! Pictures of what came of what: Graphviz DOT, Mermaid, and SVG with a layout of our own. Pure: text out, no files.

mod layout;
mod order;
mod rows;
mod scene;
mod svg;
mod text;

pub use scene::Scene;
pub use svg::svg;

use crate::event::{Env, SubjectKind};
use std::{collections::BTreeSet, fmt::Write as _};

/// The colours of a kind of subject, on light and on dark paper: the same in every picture, and told apart also without
/// red and green.
fn colours(kind: SubjectKind) -> (&'static str, &'static str) {
    match kind {
        SubjectKind::Dataset => ("#cfe3f7", "#1d3b58"),
        SubjectKind::Run | SubjectKind::Job | SubjectKind::Experiment => ("#f3e3b5", "#4d3f14"),
        SubjectKind::Model | SubjectKind::Prompt => ("#d9cdee", "#3d2f5c"),
        SubjectKind::Deployment | SubjectKind::System => ("#c4e8dd", "#16483c"),
        SubjectKind::Alert | SubjectKind::Incident => ("#f7cfc4", "#5c2a1c"),
        _ => ("#e4e6e9", "#343a44"),
    }
}

/// The colour of an environment's arrows: to be seen on light and on dark paper.
fn shade(env: Option<Env>) -> &'static str {
    match env {
        None => "#9aa1ad",
        Some(Env::Dev) => "#7d8593",
        Some(Env::Staging) => "#b7791f",
        Some(Env::Prod) => "#2f6fd0",
    }
}

/// The name of an environment in a legend.
fn called(env: Option<Env>) -> &'static str {
    env.map_or("no environment", Env::as_str)
}

fn kinds(scene: &Scene) -> BTreeSet<SubjectKind> {
    scene.nodes.iter().map(|node| node.kind).collect()
}

/// The scene in Graphviz's language.
#[must_use]
pub fn dot(scene: &Scene) -> String {
    let mut out = String::from(
        "digraph lineage {\n  rankdir=LR;\n  nodesep=0.15;\n  node [shape=box, style=\"filled,rounded\", \
         fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n",
    );
    for (id, node) in scene.nodes.iter().enumerate() {
        let (label, title) = (text::dot(&text::cut(&node.title, TITLE_MAX)), text::dot(&node.title));
        let fill = colours(node.kind).0;
        let root = if node.is_root { ", penwidth=3" } else { "" };
        let external = if node.external { ", style=\"filled,rounded,dashed\"" } else { "" };
        // Writing to a string does not fail.
        let _ =
            writeln!(out, "  n{id} [label=\"{label}\", tooltip=\"{title}\", fillcolor=\"{fill}\"{root}{external}];");
    }
    for link in &scene.links {
        let style = if link.against_rules { ", style=dashed" } else { "" };
        let (label, colour) = (text::dot(&link.label()), shade(link.env));
        let _ = writeln!(out, "  n{} -> n{} [label=\"{label}\", color=\"{colour}\"{style}];", link.from, link.to);
    }
    out.push_str("}\n");
    out
}

/// Characters of a full name in a box of DOT and Mermaid, which have no tooltip everywhere.
const TITLE_MAX: usize = 80;

/// The scene in Mermaid's language.
#[must_use]
pub fn mermaid(scene: &Scene) -> String {
    let mut out = String::from("flowchart LR\n");
    for (id, node) in scene.nodes.iter().enumerate() {
        let label = text::mermaid(&text::cut(&node.title, TITLE_MAX));
        let _ = writeln!(out, "  n{id}[\"{label}\"]:::{}", node.kind);
    }
    for link in &scene.links {
        let arrow = if link.against_rules { "-.->" } else { "-->" };
        let _ = writeln!(out, "  n{} {arrow}|\"{}\"| n{}", link.from, text::mermaid(&link.label()), link.to);
    }
    for kind in kinds(scene) {
        let _ = writeln!(out, "  classDef {kind} fill:{},stroke:#3c4250,color:#14171f", colours(kind).0);
    }
    for env in scene.links.iter().map(|link| link.env).collect::<BTreeSet<_>>() {
        let own = scene.links.iter().enumerate().filter(|(_, link)| link.env == env);
        let own: Vec<String> = own.map(|(at, _)| at.to_string()).collect();
        let _ = writeln!(out, "  linkStyle {} stroke:{}", own.join(","), shade(env));
    }
    out
}
