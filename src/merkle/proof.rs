//! Roots and proofs made from stored nodes (RFC 6962 §2.1.1 and §2.1.2).

use super::frontier::{check_size, levels_of};
use super::{Frontier, Hash, MerkleError, empty_root, node_hash};

/// Where the roots of complete subtrees are read from: tiles on disk, tiles in memory, or a test's table.
pub trait NodeReader {
    /// What reading fails with; errors of this room turn into it.
    type Error: From<MerkleError>;

    /// The root of the complete subtree over the leaves `index << level .. (index + 1) << level`. Level 0 is the leaf
    /// hashes.
    ///
    /// # Errors
    /// When the node is not stored, or is damaged.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

impl<R: NodeReader + ?Sized> NodeReader for &R {
    type Error = R::Error;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        (**self).node(level, index)
    }
}

/// The root of the tree over the first `size` leaves.
///
/// # Errors
/// [`MerkleError::SizeTooLarge`], and whatever the reader fails with.
pub fn root_at<R: NodeReader>(reader: &R, size: u64) -> Result<Hash, R::Error> {
    Ok(Frontier::load(reader, size)?.root())
}

/// The inclusion proof ("audit path") of leaf `index` in the tree of the first `size` leaves, from the leaf up
/// (RFC 6962 §2.1.1). Empty for a tree of one leaf.
///
/// # Errors
/// [`MerkleError::SizeTooLarge`], [`MerkleError::IndexOutOfRange`], and whatever the reader fails with.
pub fn inclusion_proof<R: NodeReader>(reader: &R, index: u64, size: u64) -> Result<Vec<Hash>, R::Error> {
    check_size(size)?;
    if index >= size {
        return Err(MerkleError::IndexOutOfRange { index, size }.into());
    }
    let (mut low, mut high) = (0, size);
    let mut path = Vec::with_capacity(64);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(range_root(reader, middle, high)?);
            high = middle;
        } else {
            path.push(range_root(reader, low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of the first `from` leaves is a prefix of the tree of the first `to` (RFC 6962 §2.1.2).
/// Empty when the sizes are equal, and when `from` is 0: every tree extends the empty one.
///
/// # Errors
/// [`MerkleError::SizeTooLarge`], [`MerkleError::SizeShrinks`], and whatever the reader fails with.
pub fn consistency_proof<R: NodeReader>(reader: &R, from: u64, to: u64) -> Result<Vec<Hash>, R::Error> {
    check_size(to)?;
    if from > to {
        return Err(MerkleError::SizeShrinks { from, to }.into());
    }
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let (mut low, mut high) = (0, to);
    let mut path = Vec::with_capacity(64);
    while from != high {
        let middle = low + split(high - low);
        if from <= middle {
            path.push(range_root(reader, middle, high)?);
            high = middle;
        } else {
            path.push(range_root(reader, low, middle)?);
            low = middle;
        }
    }
    // While everything so far was cut off on the right, what is left is the old tree, whose root the verifier has.
    if low != 0 {
        path.push(range_root(reader, low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// The largest power of two below `count` (k of RFC 6962 §2.1); `count` is at least 2.
pub(super) fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The root over the leaves `low..high`, where `low` is a multiple of a power of two that is no less than the count:
/// true for every subtree that RFC 6962 splits off.
pub(super) fn range_root<R: NodeReader>(reader: &R, low: u64, high: u64) -> Result<Hash, R::Error> {
    let mut end = high;
    let mut root = None;
    for level in levels_of(high - low) {
        let left = reader.node(level, (end >> level) - 1)?;
        root = Some(match root {
            Some(right) => node_hash(&left, &right),
            None => left,
        });
        end -= 1 << level;
    }
    Ok(root.unwrap_or_else(empty_root))
}
