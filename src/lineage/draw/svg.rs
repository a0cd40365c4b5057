//! A graph as SVG that is read without a program: from left to right, a colour a kind of subject, and every full name
//! and record number as a tooltip.

use super::{
    bundles, colour,
    layout::{Layout, layout, used},
};
use crate::{
    event::{Subject, SubjectKind},
    lineage::graph::Graph,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// Pixels of a row, of a box, between two layers, and of the margin.
const ROW: f64 = 44.0;
const BOX: f64 = 26.0;
const GAP: f64 = 110.0;
const MARGIN: f64 = 24.0;
/// Pixels of a character at 12 pixels, with room.
const CHARACTER: f64 = 7.4;
/// Characters of a name that are shown; the tooltip has all of it.
const NAME_MAX: usize = 44;

/// The picture.
#[must_use]
pub fn svg(graph: &Graph) -> String {
    let ids: BTreeMap<&Subject, usize> = graph.nodes.iter().map(|node| &node.subject).zip(0..).collect();
    let bundles = bundles(graph);
    let ends: Vec<(usize, usize)> =
        bundles.iter().filter_map(|bundle| Some((*ids.get(bundle.from)?, *ids.get(bundle.to)?))).collect();
    let laid = layout(graph.nodes.len(), &ends);
    let names: Vec<String> = graph.nodes.iter().map(|node| shown(node.subject.as_str())).collect();
    let columns = columns(&laid, &names);
    let x = |layer: usize| columns.get(layer).map_or((0.0, 0.0), |column| *column);
    let y = |row: f64| MARGIN + 34.0 + row * ROW;
    let width = columns.last().map_or(0.0, |(left, width)| left + width) + MARGIN;
    let lowest = laid.nodes.iter().chain(laid.bends.iter().flatten()).map(|(_, row)| *row).fold(0.0, f64::max);
    let height = y(lowest) + BOX + MARGIN;
    let mut out = head(width.max(420.0), height);
    for ((bundle, (from, to)), bends) in bundles.iter().zip(&ends).zip(&laid.bends) {
        let (Some(start), Some(end)) = (laid.nodes.get(*from), laid.nodes.get(*to)) else { continue };
        let forward = start.0 <= end.0;
        let side = |(left, wide): (f64, f64), right: bool| if right { left + wide } else { left };
        let mut points = vec![(side(x(start.0), forward), y(start.1) + BOX / 2.0)];
        for (layer, row) in bends {
            let (left, wide) = x(*layer);
            let across = [(left, y(*row) + BOX / 2.0), (left + wide, y(*row) + BOX / 2.0)];
            points.extend(if forward { across } else { [across[1], across[0]] });
        }
        points.push((side(x(end.0), !forward), y(end.1) + BOX / 2.0));
        let dashed = if bundle.is_against_rules() { " stroke-dasharray=\"5 4\"" } else { "" };
        let records: Vec<String> = bundle.edges.iter().take(12).map(|edge| edge.index.to_string()).collect();
        let more = if bundle.edges.len() > 12 { ", …" } else { "" };
        let title =
            format!("{} → {}: {} (records {}{more})", bundle.from, bundle.to, bundle.label(), records.join(", "));
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "<path d=\"{}\"{dashed} marker-end=\"url(#arrow)\"><title>{}</title></path>",
            curve(&points),
            escaped(&title)
        );
    }
    out.push_str("</g>\n<g class=\"node\">\n");
    for ((node, name), (layer, row)) in graph.nodes.iter().zip(&names).zip(&laid.nodes) {
        let ((left, wide), top) = (x(*layer), y(*row));
        let heavy = if node.distance == 0 { " stroke-width=\"3\"" } else { "" };
        let _ = writeln!(
            out,
            "<g><title>{}</title><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{BOX}\" rx=\"5\" \
             fill=\"{}\"{heavy}/><text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
            escaped(node.subject.as_str()),
            colour(node.subject.kind()),
            left + 9.0,
            top + 17.5,
            escaped(name)
        );
    }
    out.push_str("</g>\n");
    legend(&mut out, graph);
    out.push_str("</svg>\n");
    out
}

fn head(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"ui-monospace, monospace\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#5b6270\"/></marker></defs>\n\
         <style>.node rect{{stroke:#3c4250}}.edge path{{fill:none;stroke:#7d8593;stroke-width:1.3}}\
         .edge path:hover{{stroke:#c2410c;stroke-width:3}}text{{fill:#14171f}}</style>\n<g class=\"edge\">\n"
    )
}

/// The left edge and the width of each layer: as wide as its longest name.
fn columns(laid: &Layout, names: &[String]) -> Vec<(f64, f64)> {
    let mut left = MARGIN;
    let mut columns = Vec::new();
    for layer in used(laid) {
        let own = laid.nodes.iter().zip(names).filter(|((at, _), _)| *at == layer);
        let longest = own.map(|(_, name)| name.chars().count()).max().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "at most NAME_MAX characters")]
        let width = 18.0 + CHARACTER * longest as f64;
        columns.push((left, width));
        left += width + GAP;
    }
    columns
}

/// A smooth line through points.
fn curve(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    let mut last = None;
    for (x, y) in points {
        let _ = match last {
            None => write!(out, "M{x:.1} {y:.1}"),
            Some((from_x, from_y)) => {
                let middle = f64::midpoint(from_x, *x);
                write!(out, " C{middle:.1} {from_y:.1} {middle:.1} {y:.1} {x:.1} {y:.1}")
            }
        };
        last = Some((*x, *y));
    }
    out
}

fn legend(out: &mut String, graph: &Graph) {
    let kinds: BTreeSet<SubjectKind> = graph.nodes.iter().map(|node| node.subject.kind()).collect();
    let mut left = MARGIN;
    out.push_str("<g class=\"legend\">\n");
    for kind in kinds {
        let _ = writeln!(
            out,
            "<rect x=\"{left:.0}\" y=\"14\" width=\"14\" height=\"14\" rx=\"3\" fill=\"{}\"/><text x=\"{:.0}\" \
             y=\"25.5\">{kind}</text>",
            colour(kind),
            left + 20.0
        );
        #[expect(clippy::cast_precision_loss, reason = "a word")]
        let wide = kind.as_str().len() as f64 * CHARACTER;
        left += 40.0 + wide;
    }
    out.push_str("</g>\n");
}

/// A name, cut in its middle where it is long: its beginning says what it is, its end which version.
fn shown(name: &str) -> String {
    let count = name.chars().count();
    if count <= NAME_MAX {
        return name.to_owned();
    }
    let half = NAME_MAX / 2;
    let begin: String = name.chars().take(half).collect();
    let end: String = name.chars().skip(count - half + 1).collect();
    format!("{begin}…{end}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
