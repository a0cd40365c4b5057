//! A scene as SVG that is read without a program: from left to right, a colour a kind of subject, an arrow's colour the
//! environment, every full name and record number as a tooltip; on light paper, or dark where the reader's is.

use super::{
    called, colours, kinds,
    layout::{Layout, layout, used},
    scene::{Link, Scene, Shape},
    shade, text,
};
use crate::{
    event::Env,
    lineage::{LineageError, graph::Bound},
};
use std::{collections::BTreeSet, fmt::Write as _};

/// Pixels of a row, of a box, between two layers, and of the margin.
const ROW: f64 = 47.0;
const BOX: f64 = 36.0;
const GAP: f64 = 84.0;
const MARGIN: f64 = 24.0;
/// Pixels above the first row: the legend.
const HEAD: f64 = 62.0;
/// Pixels of a character of a name (12 pixels high) and of the line above it (9 pixels), with room.
const CHARACTER: f64 = 7.3;
const SMALL: f64 = 5.6;
/// Characters of a name, and of the line above it, that are shown; the tooltip has all of them.
const NAME_MAX: usize = 32;
const ABOVE_MAX: usize = 42;
/// Records that a tooltip names.
const RECORDS_MAX: usize = 12;

/// The picture.
///
/// # Errors
/// [`LineageError::TooMuch`] for more than a picture can show.
pub fn svg(scene: &Scene) -> Result<String, LineageError> {
    let ends: Vec<(usize, usize)> = scene.links.iter().map(|link| (link.from, link.to)).collect();
    let laid = layout(scene.nodes.len(), &ends)?;
    let labels: Vec<(String, String)> = scene.nodes.iter().map(label).collect();
    let columns = columns(&laid, &labels);
    let width = columns.last().map_or(0.0, |(left, width)| left + width) + MARGIN;
    let points = laid.nodes.iter().chain(laid.bends.iter().flatten());
    let height = y(points.map(|(_, row)| *row).fold(0.0, f64::max)) + BOX + MARGIN;
    let mut out = String::new();
    let legend = legend(scene);
    head(&mut out, scene, width.max(legend.1 + MARGIN), height);
    out.push_str("<g class=\"link\">\n");
    for ((link, ends), bends) in scene.links.iter().zip(&ends).zip(&laid.bends) {
        arrow(&mut out, scene, link, &way(&laid, &columns, *ends, bends));
    }
    out.push_str("</g>\n<g class=\"node\">\n");
    for ((node, label), (layer, row)) in scene.nodes.iter().zip(&labels).zip(&laid.nodes) {
        boxed(&mut out, node, label, column(&columns, *layer), y(*row));
    }
    out.push_str("</g>\n");
    out.push_str(&legend.0);
    out.push_str("</svg>\n");
    Ok(out)
}

fn y(row: f64) -> f64 {
    HEAD + row * ROW
}

fn column(columns: &[(f64, f64)], layer: usize) -> (f64, f64) {
    columns.get(layer).copied().unwrap_or_default()
}

/// What stands in a box: the small line and the name.
fn label(node: &Shape) -> (String, String) {
    (text::cut(&text::clean(&node.above), ABOVE_MAX), text::cut(&text::clean(&node.name), NAME_MAX))
}

/// The points of an arrow, from box to box through its bends.
fn way(laid: &Layout, columns: &[(f64, f64)], (from, to): (usize, usize), bends: &[(usize, f64)]) -> Vec<(f64, f64)> {
    let (Some(start), Some(end)) = (laid.nodes.get(from), laid.nodes.get(to)) else { return Vec::new() };
    let forward = start.0 <= end.0;
    let side = |(left, wide): (f64, f64), right: bool| if right { left + wide } else { left };
    let middle = |row: f64| y(row) + BOX / 2.0;
    let mut points = vec![(side(column(columns, start.0), forward), middle(start.1))];
    for (layer, row) in bends {
        let (left, wide) = column(columns, *layer);
        let across = [(left, middle(*row)), (left + wide, middle(*row))];
        points.extend(if forward { across } else { [across[1], across[0]] });
    }
    points.push((side(column(columns, end.0), !forward), middle(end.1)));
    points
}

fn arrow(out: &mut String, scene: &Scene, link: &Link, points: &[(f64, f64)]) {
    let title = |at: usize| scene.nodes.get(at).map_or("", |node| node.title.as_str());
    let records: Vec<String> = link.records.iter().take(RECORDS_MAX).map(ToString::to_string).collect();
    let more = if link.records.len() > RECORDS_MAX { ", …" } else { "" };
    let told = format!(
        "{} → {}: {}, {} (records {}{more})",
        title(link.from),
        title(link.to),
        link.label(),
        called(link.env),
        records.join(", ")
    );
    let dashed = if link.against_rules { " stroke-dasharray=\"5 4\"" } else { "" };
    let name = link.env.map_or("none", Env::as_str);
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "<path d=\"{}\" stroke=\"{}\"{dashed} marker-end=\"url(#{name})\"><title>{}</title></path>",
        curve(points),
        shade(link.env),
        text::xml(&told)
    );
}

fn boxed(out: &mut String, node: &Shape, (above, name): &(String, String), (left, wide): (f64, f64), top: f64) {
    let heavy = if node.is_root { " stroke-width=\"3\"" } else { "" };
    let external = if node.external { " stroke-dasharray=\"4 3\"" } else { "" };
    let outside = if node.external { " (kept elsewhere)" } else { "" };
    let x = left + 9.0;
    let _ = writeln!(
        out,
        "<g><title>{}{outside}</title><rect class=\"{}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" \
         height=\"{BOX}\" rx=\"5\" fill=\"{}\"{heavy}{external}/><text class=\"above\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>\
         <text x=\"{x:.1}\" y=\"{:.1}\">{}</text></g>",
        text::xml(&node.title),
        node.kind,
        colours(node.kind).0,
        top + 13.0,
        text::xml(above),
        top + 28.0,
        text::xml(name)
    );
}

fn head(out: &mut String, scene: &Scene, width: f64, height: f64) {
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', monospace\" font-size=\"12\">\n\
         <rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<defs>"
    );
    for env in [None, Some(Env::Dev), Some(Env::Staging), Some(Env::Prod)] {
        let _ = writeln!(
            out,
            "<marker id=\"{}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" \
             orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"{}\"/></marker>",
            env.map_or("none", Env::as_str),
            shade(env)
        );
    }
    out.push_str(
        "</defs>\n<style>text{fill:#14171f}.above{font-size:9px;fill:#4b5261}.node rect{stroke:#5b6270}\
         .link>path{fill:none;stroke-width:1.4}.link>path:hover{stroke:#c2410c;stroke-width:3.5}\
         @media (prefers-color-scheme: dark){.paper{fill:#14171f}text{fill:#e9ebf0}.above{fill:#aeb5c2}\
         .node rect{stroke:#7d8593}.link>path:hover{stroke:#ff9d6b}",
    );
    for kind in kinds(scene) {
        let _ = write!(out, ".{kind}{{fill:{}}}", colours(kind).1);
    }
    out.push_str("}</style>\n");
}

/// The left edge and the width of each layer: as wide as its longest name.
fn columns(laid: &Layout, labels: &[(String, String)]) -> Vec<(f64, f64)> {
    let mut left = MARGIN;
    let mut columns = Vec::new();
    for layer in used(laid) {
        let own = laid.nodes.iter().zip(labels).filter(|((at, _), _)| *at == layer);
        let longest = own.map(|(_, (above, name))| (wide(above) * SMALL).max(wide(name) * CHARACTER));
        let width = 18.0 + longest.fold(0.0, f64::max);
        columns.push((left, width));
        left += width + GAP;
    }
    columns
}

/// Columns of a terminal that a text takes, more or less: beyond Latin and Greek, letters are wide.
fn wide(text: &str) -> f64 {
    text.chars().map(|c| if u32::from(c) < 0x1100 || c == '…' { 1.0 } else { 1.7 }).sum()
}

/// A smooth line through points.
fn curve(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    let mut last = None;
    for (x, y) in points {
        let _ = match last {
            None => write!(out, "M{x:.1} {y:.1}"),
            Some((_, from_y)) if from_y == *y => write!(out, " L{x:.1} {y:.1}"),
            Some((from_x, from_y)) => {
                let middle = f64::midpoint(from_x, *x);
                write!(out, " C{middle:.1} {from_y:.1} {middle:.1} {y:.1} {x:.1} {y:.1}")
            }
        };
        last = Some((*x, *y));
    }
    out
}

/// Kinds and environments, and how much there is; and how wide that is.
fn legend(scene: &Scene) -> (String, f64) {
    let (mut out, mut left) = (String::from("<g class=\"legend\">\n"), MARGIN);
    for kind in kinds(scene) {
        let _ = writeln!(
            out,
            "<rect class=\"{kind}\" x=\"{left:.0}\" y=\"12\" width=\"14\" height=\"14\" rx=\"3\" fill=\"{}\" \
             stroke=\"#5b6270\"/><text x=\"{:.0}\" y=\"23.5\">{kind}</text>",
            colours(kind).0,
            left + 20.0
        );
        left += 40.0 + wide(kind.as_str()) * CHARACTER;
    }
    let first = left;
    left = MARGIN;
    let mut line = |name: &str, colour: &str, dashed: &str| {
        let _ = writeln!(
            out,
            "<path d=\"M{left:.0} 42 h22\" stroke=\"{colour}\" stroke-width=\"2.4\"{dashed}/><text x=\"{:.0}\" \
             y=\"46\">{name}</text>",
            left + 28.0
        );
        left += 48.0 + wide(name) * CHARACTER;
    };
    for env in scene.links.iter().map(|link| link.env).collect::<BTreeSet<_>>() {
        line(called(env), shade(env), "");
    }
    if scene.links.iter().any(|link| link.against_rules) {
        line("against a rule", shade(Some(Env::Dev)), " stroke-dasharray=\"5 4\"");
    }
    let told = remarks(scene);
    let _ = writeln!(out, "<text class=\"above\" x=\"{left:.0}\" y=\"46\">{told}</text>\n</g>");
    (out, first.max(left + wide(&told) * SMALL))
}

fn remarks(scene: &Scene) -> String {
    let external = if scene.nodes.iter().any(|node| node.external) { "; dashed boxes are kept elsewhere" } else { "" };
    let withheld = match scene.withheld {
        0 => String::new(),
        count => format!("; {count} records withheld, in which more may hide"),
    };
    let cut = match scene.cut {
        None => "",
        Some(Bound::Nodes) => "; cut at the bound on subjects",
        Some(Bound::Edges) => "; cut at the bound on edges",
        Some(Bound::Records) => "; cut at the bound on records",
    };
    format!("{} boxes, {} arrows{external}{withheld}{cut}", scene.nodes.len(), scene.links.len())
}
