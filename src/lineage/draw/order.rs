//! The order of nodes within layers: few crossings. Sweeps by the mean of neighbours (Sugiyama, Tagawa and Toda 1981),
//! of which the best is kept, and then exchanges of neighbours as long as they help (Gansner et al. 1993, "transpose").

/// Sweeps over the layers.
const SWEEPS: usize = 24;
/// Rounds of exchanges, at most.
const ROUNDS: usize = 12;

/// Layers, each with its nodes from the top.
pub(super) type Order = Vec<Vec<usize>>;

/// For each node those linked to it in the layer before, and in the layer behind.
pub(super) fn beside(count: usize, links: &[(usize, usize)]) -> Vec<[Vec<usize>; 2]> {
    let mut beside: Vec<[Vec<usize>; 2]> = vec![Default::default(); count];
    for (from, to) in links {
        beside[*to][0].push(*from);
        beside[*from][1].push(*to);
    }
    beside
}

/// An order with few crossings. Links lead from each layer to the next.
pub(super) fn order(layer: &[usize], beside: &[[Vec<usize>; 2]]) -> Order {
    let mut order = first(layer, beside);
    let mut place = vec![0; layer.len()];
    number(&order, &mut place);
    let (mut best, mut least) = (order.clone(), crossings(&order, beside, &place));
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        let depth = order.len();
        for step in 0..depth {
            let at = if forth { step } else { depth - 1 - step };
            let mut wanted: Vec<(f64, usize)> =
                order[at].iter().map(|node| (wish(*node, usize::from(!forth), beside, &place), *node)).collect();
            wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[at] = wanted.into_iter().map(|(_, node)| node).collect();
            order[at].iter().enumerate().for_each(|(row, node)| place[*node] = row);
        }
        let found = crossings(&order, beside, &place);
        if found < least {
            (best, least) = (order.clone(), found);
        }
        if least == 0 {
            break;
        }
    }
    exchange(&mut best, beside);
    best
}

/// Where a node wants to stand: at the mean of its neighbours on one side.
#[expect(clippy::cast_precision_loss, reason = "counts of nodes in a picture")]
fn wish(node: usize, side: usize, beside: &[[Vec<usize>; 2]], place: &[usize]) -> f64 {
    let near = &beside[node][side];
    if near.is_empty() {
        return place[node] as f64;
    }
    near.iter().map(|other| place[*other] as f64).sum::<f64>() / near.len() as f64
}

/// The first order: as a search in depth comes by, so that what is linked stands together.
fn first(layer: &[usize], beside: &[[Vec<usize>; 2]]) -> Order {
    let depth = layer.iter().max().map_or(0, |last| last + 1);
    let mut order: Order = vec![Vec::new(); depth];
    let mut seen = vec![false; layer.len()];
    for start in 0..layer.len() {
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut seen[node], true) {
                continue;
            }
            order[layer[node]].push(node);
            open.extend(beside[node].iter().flatten().rev().filter(|other| !seen[**other]));
        }
    }
    order
}

fn number(order: &Order, place: &mut [usize]) {
    for nodes in order {
        nodes.iter().enumerate().for_each(|(row, node)| place[*node] = row);
    }
}

/// How many pairs of links cross: the inversions of each layer's links, counted with a Fenwick tree.
pub(super) fn crossings(order: &Order, beside: &[[Vec<usize>; 2]], place: &[usize]) -> usize {
    let mut total = 0;
    for pair in order.windows(2) {
        let [nodes, next] = pair else { continue };
        let mut tree = vec![0_usize; next.len() + 1];
        let mut passed = 0;
        for node in nodes {
            let mut ends: Vec<usize> = beside[*node][1].iter().map(|to| place[*to]).collect();
            ends.sort_unstable();
            for end in &ends {
                let (mut at, mut before) = (end + 1, 0);
                while at > 0 {
                    before += tree[at];
                    at &= at - 1;
                }
                total += passed - before;
            }
            for end in ends {
                let mut at = end + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
                passed += 1;
            }
        }
    }
    total
}

/// Exchanges neighbours that cross less the other way round.
fn exchange(order: &mut Order, beside: &[[Vec<usize>; 2]]) {
    let mut place = vec![0; beside.len()];
    number(order, &mut place);
    for _ in 0..ROUNDS {
        let mut helped = false;
        for nodes in &mut *order {
            for row in 1..nodes.len() {
                let (above, below) = (nodes[row - 1], nodes[row]);
                if between(above, below, beside, &place) > between(below, above, beside, &place) {
                    nodes.swap(row - 1, row);
                    (place[above], place[below]) = (row, row - 1);
                    helped = true;
                }
            }
        }
        if !helped {
            return;
        }
    }
}

/// How many links of two nodes cross when one stands above the other.
fn between(above: usize, below: usize, beside: &[[Vec<usize>; 2]], place: &[usize]) -> usize {
    let sides = beside[above].iter().zip(&beside[below]);
    let crossing = |(ones, twos): (&Vec<usize>, &Vec<usize>)| -> usize {
        ones.iter().map(|one| twos.iter().filter(|two| place[**two] < place[*one]).count()).sum()
    };
    sides.map(crossing).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(order: &Order, links: &[(usize, usize)], count: usize) -> usize {
        let mut place = vec![0; count];
        number(order, &mut place);
        crossings(order, &beside(count, links), &place)
    }

    proptest! {
        #[test]
        fn crossings_are_counted_and_few(pairs in prop::collection::btree_set((0_usize..12, 12_usize..24), 0..40)) {
            let links: Vec<(usize, usize)> = pairs.into_iter().collect();
            let as_given = vec![(0..12).collect::<Vec<_>>(), (12..24).collect()];
            let crosses = |(a, b): (usize, usize), (c, d): (usize, usize)| (a < c && b > d) || (a > c && b < d);
            let pairs = links.iter().enumerate().flat_map(|(at, one)| links[at + 1..].iter().map(move |two| (*one, *two)));
            let slowly = pairs.filter(|(one, two)| crosses(*one, *two)).count();
            prop_assert_eq!(counted(&as_given, &links, 24), slowly);
            let layer: Vec<usize> = (0..24).map(|node| node / 12).collect();
            let found = order(&layer, &beside(24, &links));
            let mut all: Vec<usize> = found.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..24).collect::<Vec<_>>());
            let start = counted(&first(&layer, &beside(24, &links)), &links, 24);
            prop_assert!(counted(&found, &links, 24) <= start);
        }
    }

    #[test]
    fn a_tangle_that_can_be_undone_is_undone() {
        // Each node to its mirror image, over three layers; and two stars.
        let links: Vec<(usize, usize)> = (0..10).flat_map(|n| [(n, 19 - n), (19 - n, 20 + (n * 7) % 10)]).collect();
        let layer: Vec<usize> = (0..30).map(|node| node / 10).collect();
        assert_eq!(counted(&order(&layer, &beside(30, &links)), &links, 30), 0);
        let stars: Vec<(usize, usize)> = (2..12).map(|leaf| (leaf % 2, leaf)).collect();
        let layer: Vec<usize> = (0..12).map(|node| usize::from(node > 1)).collect();
        assert_eq!(counted(&order(&layer, &beside(12, &stars)), &stars, 12), 0);
    }
}
