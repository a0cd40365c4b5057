//! A layered layout, after Sugiyama, Tagawa and Toda (1981): edges that close a cycle are turned, every node stands behind
//! those before it and near those behind it, long edges bend through every layer, nodes are ordered so that few edges
//! cross ([`super::order`]), and then put near their neighbours ([`super::rows`]).

use super::{
    order::{beside, order},
    rows::rows,
};
use crate::{event::limits, lineage::LineageError};
use std::collections::BTreeSet;

/// Where everything stands: in layers from the left, and rows from the top.
pub(super) struct Layout {
    /// The layer and height of each node: a row is 1.
    pub(super) nodes: Vec<(usize, f64)>,
    /// For each edge the points between its ends, in the direction of the edge.
    pub(super) bends: Vec<Vec<(usize, f64)>>,
}

/// Rows that a bend takes: a line is thinner than a box.
pub(super) const BEND: f64 = 0.36;

/// Lays out `count` nodes and the edges between them.
///
/// # Errors
/// [`LineageError::TooMuch`] for more than a picture can show.
pub(super) fn layout(count: usize, edges: &[(usize, usize)]) -> Result<Layout, LineageError> {
    let turned = turned(count, edges);
    let forward: Vec<(usize, usize)> =
        edges.iter().zip(&turned).map(|((from, to), turn)| if *turn { (*to, *from) } else { (*from, *to) }).collect();
    let mut layer = layers(count, &forward);
    tighten(&mut layer, &forward);
    let bends: usize = forward.iter().map(|(from, to)| layer[*to] - layer[*from] - 1).sum();
    for (what, found, limit) in [
        ("subjects to draw", count, limits::DRAW_NODES_MAX),
        ("arrows to draw", edges.len(), limits::DRAW_LINKS_MAX),
        ("bends of arrows to draw", bends, limits::DRAW_BENDS_MAX),
    ] {
        if found > limit {
            return Err(LineageError::TooMuch { what, found: found as u64, limit: limit as u64 });
        }
    }
    // Places for the bends of long edges are nodes of their own.
    let mut links: Vec<(usize, usize)> = Vec::new();
    let mut chains: Vec<Vec<usize>> = Vec::new();
    for (from, to) in &forward {
        let mut chain = Vec::new();
        let mut last = *from;
        for between in layer[*from] + 1..layer[*to] {
            layer.push(between);
            chain.push(layer.len() - 1);
            links.push((last, layer.len() - 1));
            last = layer.len() - 1;
        }
        links.push((last, *to));
        chains.push(chain);
    }
    let beside = beside(layer.len(), &links);
    let size: Vec<f64> = (0..layer.len()).map(|at| if at < count { 1.0 } else { BEND }).collect();
    let rows = rows(&order(&layer, &beside), &beside, &size);
    let bends = chains.iter().zip(&turned).map(|(chain, turn)| {
        let mut points: Vec<(usize, f64)> = chain.iter().map(|at| (layer[*at], rows[*at])).collect();
        if *turn {
            points.reverse();
        }
        points
    });
    Ok(Layout { bends: bends.collect(), nodes: (0..count).map(|at| (layer[at], rows[at])).collect() })
}

/// Which edges close a cycle: those that a search in depth finds to lead back to where it comes from.
fn turned(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let mut out: Vec<Vec<(usize, usize)>> = vec![Vec::new(); count];
    edges.iter().enumerate().for_each(|(edge, (from, to))| out[*from].push((edge, *to)));
    let mut turned = vec![false; edges.len()];
    // 0: not seen, 1: on the way, 2: done.
    let mut state = vec![0_u8; count];
    for start in 0..count {
        let mut stack = vec![(start, 0)];
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        while let Some((node, next)) = stack.pop() {
            let Some((edge, to)) = out[node].get(next).copied() else {
                state[node] = 2;
                continue;
            };
            stack.push((node, next + 1));
            match state[to] {
                0 => {
                    state[to] = 1;
                    stack.push((to, 0));
                }
                1 => turned[edge] = true,
                _ => {}
            }
        }
    }
    turned
}

/// The longest way to each node from one that has nothing before it.
fn layers(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut layer = vec![0; count];
    let mut missing = vec![0; count];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in edges {
        missing[*to] += 1;
        out[*from].push(*to);
    }
    let mut ready: Vec<usize> = (0..count).filter(|node| missing[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for to in &out[node] {
            layer[*to] = layer[*to].max(layer[node] + 1);
            missing[*to] -= 1;
            if missing[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    layer
}

/// Moves nodes towards those behind them where that makes edges shorter: what has nothing before it stands beside what
/// it is used for, and not at the far left.
fn tighten(layer: &mut [usize], edges: &[(usize, usize)]) {
    let mut degree = vec![(0_usize, 0_usize); layer.len()];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); layer.len()];
    for (from, to) in edges {
        degree[*from].1 += 1;
        degree[*to].0 += 1;
        out[*from].push(*to);
    }
    // From the right, so that a node sees where those behind it came to stand.
    let mut nodes: Vec<usize> = (0..layer.len()).collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(layer[*node]));
    for node in nodes {
        let next = out[node].iter().map(|to| layer[*to]).min();
        if let Some(next) = next.filter(|_| degree[node].1 > degree[node].0) {
            layer[node] = next - 1;
        }
    }
}

/// How many nodes and bends stand on one another, for tests.
#[cfg(test)]
fn overlaps(layout: &Layout) -> usize {
    let points: Vec<(usize, f64)> =
        layout.nodes.iter().copied().chain(layout.bends.iter().flatten().copied()).collect();
    let near = |a: &(usize, f64), b: &(usize, f64)| a.0 == b.0 && (a.1 - b.1).abs() < BEND - 0.001;
    points.iter().enumerate().map(|(at, one)| points[at + 1..].iter().filter(|two| near(one, two)).count()).sum()
}

/// The layers that are used, from the left.
pub(super) fn used(layout: &Layout) -> BTreeSet<usize> {
    layout.nodes.iter().map(|(layer, _)| *layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_stands_on_anything_and_edges_go_forward_unless_they_close_a_cycle(
            count in 1_usize..40, pairs in prop::collection::vec((0_usize..40, 0_usize..40), 0..90)
        ) {
            let pairs = pairs.into_iter().map(|(a, b)| (a % count, b % count)).filter(|(a, b)| a != b);
            let edges: Vec<(usize, usize)> = pairs.collect::<BTreeSet<_>>().into_iter().collect();
            let laid = layout(count, &edges).unwrap();
            prop_assert_eq!(overlaps(&laid), 0);
            let turned = turned(count, &edges);
            for (((from, to), turn), bends) in edges.iter().zip(turned).zip(&laid.bends) {
                let (first, last) = (laid.nodes[*from].0, laid.nodes[*to].0);
                prop_assert_eq!(first < last, !turn);
                prop_assert_eq!(bends.len() + 1, first.abs_diff(last));
            }
        }
    }
}
