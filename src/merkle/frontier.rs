//! The right edge of a growing tree: one hash for each complete subtree, enough to append and to know the root.

use super::{Hash, MerkleError, NodeReader, TREE_SIZE_MAX, empty_root, node_hash};

/// The right edge of a tree of `size` leaves: for each bit that is set in `size`, the root of the complete subtree of
/// that many leaves. A `push` costs one node hash on average and never allocates; a clone copies 2 KiB.
#[derive(Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    // nodes[level] counts only while bit `level` of `size` is set, and is zero otherwise so that equality is by value.
    nodes: [Hash; 64],
}

impl Frontier {
    /// The frontier of the tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, nodes: [[0; 32]; 64] }
    }

    /// The frontier of a tree of `size` leaves, from the roots of its complete subtrees, left to right (largest first).
    ///
    /// # Errors
    /// [`MerkleError::SizeTooLarge`], or [`MerkleError::FrontierLength`] when `parts` is not one hash for each bit set.
    pub fn from_parts(size: u64, parts: &[Hash]) -> Result<Self, MerkleError> {
        check_size(size)?;
        let expected = size.count_ones() as usize;
        if parts.len() != expected {
            return Err(MerkleError::FrontierLength { size, expected, found: parts.len() });
        }
        let mut frontier = Self { size, ..Self::new() };
        for (level, part) in levels_of(size).rev().zip(parts) {
            frontier.nodes[usize::from(level)] = *part;
        }
        Ok(frontier)
    }

    /// The frontier of the first `size` leaves, from stored nodes; at most 63 of them are read.
    ///
    /// # Errors
    /// [`MerkleError::SizeTooLarge`], and whatever the reader fails with.
    pub fn load<R: NodeReader>(reader: &R, size: u64) -> Result<Self, R::Error> {
        check_size(size)?;
        let mut frontier = Self { size, ..Self::new() };
        for level in levels_of(size) {
            // The subtree stands left of everything that the lower bits count.
            let index = (size >> level) - 1;
            frontier.nodes[usize::from(level)] = reader.node(level, index)?;
        }
        Ok(frontier)
    }

    /// Leaves in the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, left to right (largest first): what [`Frontier::from_parts`] takes.
    #[must_use]
    pub fn parts(&self) -> Vec<Hash> {
        levels_of(self.size).rev().map(|level| self.nodes[usize::from(level)]).collect()
    }

    /// Appends a leaf by its [`leaf_hash`](super::leaf_hash).
    ///
    /// The size is not checked here: it starts at no more than 2^63 - 1, and nobody can push another 2^63 leaves.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _, _| {});
    }

    /// Appends a leaf and hands every complete node that this makes (the leaf itself first) to `on_node` as level,
    /// index and hash: what a store of tiles keeps.
    pub fn push_with(&mut self, leaf: Hash, mut on_node: impl FnMut(u8, u64, &Hash)) {
        let mut carry = leaf;
        let mut level = 0_u8;
        on_node(0, self.size, &carry);
        while (self.size >> level) & 1 == 1 {
            let left = std::mem::take(&mut self.nodes[usize::from(level)]);
            carry = node_hash(&left, &carry);
            level += 1;
            on_node(level, self.size >> level, &carry);
        }
        self.nodes[usize::from(level)] = carry;
        self.size += 1;
    }

    /// Appends many leaves by their hashes, in order.
    pub fn extend(&mut self, leaves: impl IntoIterator<Item = Hash>) {
        for leaf in leaves {
            self.push(leaf);
        }
    }

    /// The root of the tree (RFC 6962 §2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        levels_of(self.size)
            .map(|level| self.nodes[usize::from(level)])
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Frontier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frontier").field("size", &self.size).field("root", &hex::encode(self.root())).finish()
    }
}

/// Refuses sizes above [`TREE_SIZE_MAX`].
pub(super) fn check_size(size: u64) -> Result<(), MerkleError> {
    if size > TREE_SIZE_MAX { Err(MerkleError::SizeTooLarge { size }) } else { Ok(()) }
}

/// The bits that are set in `size`, lowest first: the levels of the complete subtrees, right to left.
pub(super) fn levels_of(size: u64) -> impl DoubleEndedIterator<Item = u8> {
    (0..64_u8).filter(move |level| (size >> level) & 1 == 1)
}
