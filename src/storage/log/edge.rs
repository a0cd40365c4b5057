//! The right edge of the tree in memory: every node that no full tile on disk holds yet.

use std::collections::VecDeque;

use crate::merkle::{Hash, TileId, empty_root, node_hash};

/// Tree levels that a tree of up to 2^63 - 1 leaves has.
const LEVELS: usize = 64;

/// Nodes of complete subtrees, level by level. Level `l` holds those from `bases[l]` to `size >> l`.
#[derive(Debug)]
pub struct Edge {
    size: u64,
    bases: [u64; LEVELS],
    nodes: Vec<VecDeque<Hash>>,
}

/// Leaves that are to be added, with the nodes that they complete.
#[derive(Debug)]
pub struct Staged {
    from: u64,
    /// The tree's size with them.
    pub size: u64,
    /// The tree's root with them.
    pub root: Hash,
    added: Vec<Vec<Hash>>,
}

impl Edge {
    /// The edge of a tree all of whose full tiles are stored: `partial(level, start, end)` gives the hashes `start..end`
    /// of tree level `8 * level`, which stand in no full tile. `size` is a multiple of 256.
    pub fn load<E>(size: u64, mut partial: impl FnMut(u8, u64, u64) -> Result<Vec<Hash>, E>) -> Result<Self, E> {
        let mut edge = Self { size, bases: bases(size), nodes: vec![VecDeque::new(); LEVELS] };
        for level in 1..8_u8 {
            let end = size >> (8 * level);
            let start = end & !255;
            if start == end {
                continue;
            }
            let mut nodes = partial(level, start, end)?;
            for tree_level in usize::from(level) * 8..usize::from(level) * 8 + 8 {
                let above = nodes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
                edge.nodes[tree_level] = std::mem::replace(&mut nodes, above).into();
            }
        }
        Ok(edge)
    }

    /// Leaves in the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// A node, if it is in memory.
    pub fn node(&self, level: usize, index: u64) -> Option<&Hash> {
        let position = index.checked_sub(*self.bases.get(level)?)?;
        self.nodes[level].get(usize::try_from(position).ok()?)
    }

    /// Hashes of a tile, as far as its width says, if they are in memory.
    pub fn tile(&self, tile: &TileId) -> Option<Vec<Hash>> {
        let first = tile.index << 8;
        (first..first + u64::from(tile.width))
            .map(|index| self.node(8 * usize::from(tile.level), index).copied())
            .collect()
    }

    /// The tree's root.
    pub fn root(&self) -> Hash {
        root(self.size, |level, index| self.node(level, index))
    }

    /// What the tree becomes with these leaves. Nothing changes yet: they are not durable.
    pub fn stage(&self, leaves: &[Hash]) -> Staged {
        let size = self.size + leaves.len() as u64;
        let mut added = vec![leaves.to_vec()];
        for level in 1..LEVELS {
            let (from, to) = (self.size >> level, size >> level);
            let below = &added[level - 1];
            let child = |index: u64| match index.checked_sub(self.size >> (level - 1)) {
                Some(new) => &below[usize::try_from(new).unwrap_or(usize::MAX)],
                // The one node that waits for its right neighbour stands in no full tile, so it is here.
                None => self.nodes[level - 1].back().unwrap_or(&below[0]),
            };
            if from == to {
                break;
            }
            added.push((from..to).map(|index| node_hash(child(2 * index), child(2 * index + 1))).collect());
        }
        let root = root(size, |level, index| match index.checked_sub(self.size >> level) {
            Some(new) => added.get(level)?.get(usize::try_from(new).ok()?),
            None => self.node(level, index),
        });
        Staged { from: self.size, size, root, added }
    }

    /// Adds leaves that are durable now. They must have been staged on this size.
    pub fn apply(&mut self, staged: Staged) {
        debug_assert_eq!(staged.from, self.size, "leaves were staged on another tree");
        for (nodes, added) in self.nodes.iter_mut().zip(staged.added) {
            nodes.extend(added);
        }
        self.size = staged.size;
    }

    /// Forgets the nodes of the full tiles of a tree of `stored` leaves, a multiple of 256.
    pub fn forget(&mut self, stored: u64) {
        let bases = bases(stored);
        for (level, nodes) in self.nodes.iter_mut().enumerate() {
            let gone = usize::try_from(bases[level].saturating_sub(self.bases[level])).unwrap_or(usize::MAX);
            nodes.drain(..gone.min(nodes.len()));
            if nodes.capacity() > 4 * nodes.len() + 1024 {
                nodes.shrink_to_fit();
            }
        }
        self.bases = bases;
    }
}

/// The first node of each level that stands in no full tile of a tree of `stored` leaves.
fn bases(stored: u64) -> [u64; LEVELS] {
    std::array::from_fn(|level| {
        let above = 8 * (level / 8 + 1);
        if above >= LEVELS { 0 } else { (stored >> above) << (above - level) }
    })
}

/// The root of a tree of `size` leaves from its complete subtrees (RFC 6962 §2.1).
fn root<'a>(size: u64, node: impl Fn(usize, u64) -> Option<&'a Hash>) -> Hash {
    let mut root: Option<Hash> = None;
    for level in (0..LEVELS).filter(|level| (size >> level) & 1 == 1) {
        let Some(left) = node(level, (size >> level) - 1) else { continue };
        root = Some(root.map_or(*left, |right| node_hash(left, &right)));
    }
    root.unwrap_or_else(empty_root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{Frontier, leaf_hash};

    #[test]
    fn roots_and_nodes_are_those_of_the_frontier_whatever_the_batches_and_what_is_forgotten() {
        let leaves: Vec<Hash> = (0..70_000_u32).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect();
        let mut edge = Edge::load::<()>(0, |_, _, _| Err(())).unwrap();
        let mut frontier = Frontier::new();
        assert_eq!(edge.root(), frontier.root());
        let mut at = 0;
        for step in (1..).map(|step| step * 37 % 601 + 1) {
            let batch = &leaves[at..leaves.len().min(at + step)];
            if batch.is_empty() {
                break;
            }
            let staged = edge.stage(batch);
            frontier.extend(batch.iter().copied());
            assert_eq!(staged.root, frontier.root(), "staged at {at}");
            edge.apply(staged);
            at += batch.len();
            edge.forget((at as u64 - 1) & !255);
            assert_eq!(edge.root(), frontier.root(), "forgotten at {at}");
        }
        assert_eq!(edge.size(), leaves.len() as u64);
        assert!(edge.nodes.iter().map(VecDeque::len).sum::<usize>() < 1500);
    }

    #[test]
    fn an_edge_loaded_from_tile_roots_goes_on_as_the_one_that_grew() {
        let leaves: Vec<Hash> = (0..67_000_u32).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect();
        let mut grown = Edge::load::<()>(0, |_, _, _| Err(())).unwrap();
        grown.apply(grown.stage(&leaves[..66_560]));
        let loaded = Edge::load::<()>(66_560, |level, start, end| {
            Ok((start..end).map(|index| *grown.node(8 * usize::from(level), index).unwrap()).collect())
        })
        .unwrap();
        assert_eq!(loaded.root(), grown.root());
        assert_eq!(loaded.stage(&leaves[66_560..]).root, grown.stage(&leaves[66_560..]).root);
    }
}
