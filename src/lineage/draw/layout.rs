//! A layered layout, after Sugiyama, Tagawa and Toda (1981): edges that close a cycle are turned, every node stands in
//! the layer behind the last of those before it, long edges bend through every layer, and sweeps over the layers put
//! nodes near their neighbours, so that few edges cross.

use std::collections::BTreeSet;

/// Where everything stands: in layers from the left, and rows from the top.
pub(super) struct Layout {
    /// The layer and height of each node: a row is 1.
    pub(super) nodes: Vec<(usize, f64)>,
    /// For each edge the points between its ends, in the direction of the edge.
    pub(super) bends: Vec<Vec<(usize, f64)>>,
}

/// Sweeps that put nodes near their neighbours.
const SWEEPS: usize = 12;

/// Lays out `count` nodes and the edges between them.
pub(super) fn layout(count: usize, edges: &[(usize, usize)]) -> Layout {
    let turned = turned(count, edges);
    let forward: Vec<(usize, usize)> =
        edges.iter().zip(&turned).map(|((from, to), turn)| if *turn { (*to, *from) } else { (*from, *to) }).collect();
    let mut layer = layers(count, &forward);
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
    let rows = rows(&layer, &links);
    let bends = chains.iter().zip(&turned).map(|(chain, turn)| {
        let mut points: Vec<(usize, f64)> = chain.iter().map(|at| (layer[*at], rows[*at])).collect();
        if *turn {
            points.reverse();
        }
        points
    });
    Layout { bends: bends.collect(), nodes: (0..count).map(|at| (layer[at], rows[at])).collect() }
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

/// The height of every node within its layer.
fn rows(layer: &[usize], links: &[(usize, usize)]) -> Vec<f64> {
    let depth = layer.iter().max().map_or(0, |last| last + 1);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); depth];
    layer.iter().enumerate().for_each(|(node, layer)| order[*layer].push(node));
    let mut beside: Vec<[Vec<usize>; 2]> = vec![Default::default(); layer.len()];
    for (from, to) in links {
        beside[*to][0].push(*from);
        beside[*from][1].push(*to);
    }
    let mut rows = vec![0.0; layer.len()];
    order.iter().for_each(|nodes| spread(nodes, &mut rows));
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        let layers: Vec<usize> = if forth { (0..depth).collect() } else { (0..depth).rev().collect() };
        for at in layers {
            let wish = |node: usize, rows: &[f64]| mean(&beside[node][usize::from(!forth)], rows).unwrap_or(rows[node]);
            let wishes: Vec<f64> = order[at].iter().map(|node| wish(*node, &rows)).collect();
            let mut wanted: Vec<(f64, usize)> = wishes.into_iter().zip(order[at].iter().copied()).collect();
            wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[at] = wanted.iter().map(|(_, node)| *node).collect();
            place(&wanted, &mut rows);
        }
    }
    let top = rows.iter().copied().fold(f64::INFINITY, f64::min);
    rows.iter().map(|row| row - top).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of nodes in a picture")]
fn mean(nodes: &[usize], rows: &[f64]) -> Option<f64> {
    let sum: f64 = nodes.iter().map(|node| rows[*node]).sum();
    (!nodes.is_empty()).then(|| sum / nodes.len() as f64)
}

#[expect(clippy::cast_precision_loss, reason = "counts of nodes in a picture")]
fn spread(nodes: &[usize], rows: &mut [f64]) {
    nodes.iter().enumerate().for_each(|(at, node)| rows[*node] = at as f64);
}

/// Puts nodes, sorted by where they want to stand, as near to that as a distance of one row lets them: those that push
/// each other form a block, which stands where its members want to on the average.
fn place(wanted: &[(f64, usize)], rows: &mut [f64]) {
    // A block: the sum of what its members want for its first row, and how many they are.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    #[expect(clippy::cast_precision_loss, reason = "counts of nodes in a picture")]
    let start = |(sum, count): &(f64, usize)| sum / *count as f64;
    for (wish, _) in wanted {
        blocks.push((*wish, 1));
        while let [.., one, two] = blocks.as_slice() {
            #[expect(clippy::cast_precision_loss, reason = "counts of nodes in a picture")]
            let length = one.1 as f64;
            if start(one) + length <= start(two) {
                break;
            }
            #[expect(clippy::cast_precision_loss, reason = "counts of nodes in a picture")]
            let merged = (one.0 + two.0 - length * two.1 as f64, one.1 + two.1);
            blocks.truncate(blocks.len() - 2);
            blocks.push(merged);
        }
    }
    let mut nodes = wanted.iter().map(|(_, node)| *node);
    for block in &blocks {
        let mut row = start(block);
        for node in nodes.by_ref().take(block.1) {
            rows[node] = row;
            row += 1.0;
        }
    }
}

/// How many pairs of edges cross, for tests.
#[cfg(test)]
fn overlaps(layout: &Layout) -> usize {
    let points: Vec<(usize, f64)> =
        layout.nodes.iter().copied().chain(layout.bends.iter().flatten().copied()).collect();
    let near = |a: &(usize, f64), b: &(usize, f64)| a.0 == b.0 && (a.1 - b.1).abs() < 0.999;
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
            let laid = layout(count, &edges);
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
