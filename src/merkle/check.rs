//! Proofs checked by a verifier who has no tree (RFC 9162 §2.1.3.2 and §2.1.4.2). A proof has exactly the hashes that
//! its sizes call for, or is refused before anything is hashed.

use super::frontier::check_size;
use super::{Hash, MerkleError, empty_root, node_hash};

/// The root that a tree of `size` leaves must have if `leaf` is its leaf `index` and `path` is true.
///
/// The result proves nothing until it is compared with a root, or a signature over it is checked (RFC 9942 receipts).
///
/// # Errors
/// [`MerkleError::SizeTooLarge`], [`MerkleError::IndexOutOfRange`], [`MerkleError::PathLength`].
pub fn inclusion_root(leaf: &Hash, index: u64, size: u64, path: &[Hash]) -> Result<Hash, MerkleError> {
    check_size(size)?;
    if index >= size {
        return Err(MerkleError::IndexOutOfRange { index, size });
    }
    let inner = inner_levels(index, size);
    let expected = inner as usize + (index >> inner).count_ones() as usize;
    if path.len() != expected {
        return Err(MerkleError::PathLength { proof: "inclusion", expected, found: path.len() });
    }
    let (low, border) = path.split_at(inner as usize);
    let mut root = *leaf;
    for (level, sibling) in low.iter().enumerate() {
        root = if (index >> level) & 1 == 0 { node_hash(&root, sibling) } else { node_hash(sibling, &root) };
    }
    Ok(border.iter().fold(root, |right, left| node_hash(left, &right)))
}

/// Checks that `leaf` (a leaf hash) is leaf `index` of the tree of `size` leaves with this root.
///
/// # Errors
/// As [`inclusion_root`], and [`MerkleError::RootMismatch`].
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> Result<(), MerkleError> {
    same_root("inclusion", root, inclusion_root(leaf, index, size, path)?)
}

/// Checks that the tree of `from` leaves with root `from_root` is a prefix of the tree of `to` leaves with root
/// `to_root`. From size 0 the proof is empty and `from_root` must be the [`empty_root`].
///
/// # Errors
/// [`MerkleError::SizeTooLarge`], [`MerkleError::SizeShrinks`], [`MerkleError::PathLength`],
/// [`MerkleError::RootMismatch`].
pub fn verify_consistency(
    from: u64,
    to: u64,
    path: &[Hash],
    from_root: &Hash,
    to_root: &Hash,
) -> Result<(), MerkleError> {
    check_size(to)?;
    if from > to {
        return Err(MerkleError::SizeShrinks { from, to });
    }
    let length = |expected| {
        if path.len() == expected {
            Ok(())
        } else {
            Err(MerkleError::PathLength { proof: "consistency", expected, found: path.len() })
        }
    };
    if from == 0 {
        length(0)?;
        same_root("consistency (old tree)", from_root, empty_root())?;
        return if to == 0 { same_root("consistency (new tree)", to_root, empty_root()) } else { Ok(()) };
    }
    if from == to {
        length(0)?;
        return same_root("consistency (new tree)", to_root, *from_root);
    }
    // Seen from the last leaf of the old tree: its complete subtree of 2^shift leaves is the first hash of the proof,
    // and the rest is that subtree's inclusion proof in the new tree. When that subtree is the whole old tree, the
    // proof leaves it out, for the verifier has its root.
    let shift = from.trailing_zeros();
    let inner = inner_levels(from - 1, to) - shift;
    let whole = from.is_power_of_two();
    let border = ((from - 1) >> (inner + shift)).count_ones();
    length(usize::from(!whole) + inner as usize + border as usize)?;
    let (seed, rest) = match path.split_first() {
        Some((first, rest)) if !whole => (first, rest),
        _ => (from_root, path),
    };
    let (low, border) = rest.split_at(inner as usize);
    let (mut old, mut new) = (*seed, *seed);
    for (level, sibling) in low.iter().enumerate() {
        if ((from - 1) >> shift >> level) & 1 == 0 {
            new = node_hash(&new, sibling);
        } else {
            new = node_hash(sibling, &new);
            old = node_hash(sibling, &old);
        }
    }
    for left in border {
        new = node_hash(left, &new);
        old = node_hash(left, &old);
    }
    same_root("consistency (old tree)", from_root, old)?;
    same_root("consistency (new tree)", to_root, new)
}

/// Levels below which the paths from leaf `index` and from the last leaf of the tree differ. Above them every sibling
/// stands on the left.
fn inner_levels(index: u64, size: u64) -> u32 {
    64 - (index ^ (size - 1)).leading_zeros()
}

fn same_root(proof: &'static str, expected: &Hash, computed: Hash) -> Result<(), MerkleError> {
    if *expected == computed { Ok(()) } else { Err(MerkleError::RootMismatch { proof, expected: *expected, computed }) }
}
