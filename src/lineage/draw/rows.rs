//! How high each node stands, once their order is known: near its neighbours, no two on one another, long lines straight.

use super::order::Order;

/// Sweeps that put nodes near their neighbours.
const SWEEPS: usize = 16;

/// The height of every node; two that stand beside each other in a layer are half the sum of their sizes apart.
pub(super) fn rows(order: &Order, beside: &[[Vec<usize>; 2]], size: &[f64]) -> Vec<f64> {
    let mut rows = vec![0.0; size.len()];
    for nodes in order {
        let start: Vec<(f64, usize)> = nodes.iter().map(|node| (0.0, *node)).collect();
        place(&start, size, &mut rows);
    }
    for sweep in 0..=SWEEPS {
        let forth = sweep % 2 == 0;
        for step in 0..order.len() {
            let at = if forth { step } else { order.len() - 1 - step };
            let wish = |node: usize| {
                let [before, behind] = &beside[node];
                // The last sweep looks both ways.
                let near: Vec<usize> = match (sweep == SWEEPS, forth) {
                    (true, _) => before.iter().chain(behind).copied().collect(),
                    (_, true) => before.clone(),
                    _ => behind.clone(),
                };
                mean(&near, &rows).unwrap_or(rows[node])
            };
            let wanted: Vec<(f64, usize)> = order[at].iter().map(|node| (wish(*node), *node)).collect();
            place(&wanted, size, &mut rows);
        }
    }
    let top = rows.iter().zip(size).map(|(row, size)| row - size / 2.0).fold(f64::INFINITY, f64::min);
    rows.iter().map(|row| row - top - 0.5).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of nodes in a picture")]
fn mean(nodes: &[usize], rows: &[f64]) -> Option<f64> {
    let sum: f64 = nodes.iter().map(|node| rows[*node]).sum();
    (!nodes.is_empty()).then(|| sum / nodes.len() as f64)
}

/// Puts nodes, in this order, as near to where they want to stand as the distances let them: those that push each other
/// form a block, which stands where its members want to on the average (isotonic regression, by pooling).
fn place(wanted: &[(f64, usize)], size: &[f64], rows: &mut [f64]) {
    let mut offsets = Vec::with_capacity(wanted.len());
    let (mut offset, mut last) = (0.0, None);
    for (_, node) in wanted {
        offset += last.map_or(0.0, |last: usize| f64::midpoint(size[last], size[*node]));
        offsets.push(offset);
        last = Some(*node);
    }
    // A block: the sum of what its members want, without the distances, and how many they are.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    #[expect(clippy::cast_precision_loss, reason = "counts of nodes in a picture")]
    let mean = |(sum, count): (f64, usize)| sum / count as f64;
    for ((wish, _), offset) in wanted.iter().zip(&offsets) {
        blocks.push((wish - offset, 1));
        while let [.., one, two] = blocks.as_slice() {
            if mean(*one) <= mean(*two) {
                break;
            }
            let merged = (one.0 + two.0, one.1 + two.1);
            blocks.truncate(blocks.len() - 2);
            blocks.push(merged);
        }
    }
    let mut nodes = wanted.iter().zip(offsets);
    for block in blocks {
        for ((_, node), offset) in nodes.by_ref().take(block.1) {
            rows[*node] = mean(block) + offset;
        }
    }
}
