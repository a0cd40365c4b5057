//! One proof for many leaves of a tree: what lies beside all of them is sent once.
//!
//! The proof of leaves at some indices is the roots of the largest subtrees that hold none of them, left to right, as
//! RFC 6962 splits the tree. With one leaf it is that leaf's audit path in another order; with all leaves it is empty.

use super::{
    Hash, MerkleError, NodeReader,
    frontier::check_size,
    node_hash,
    proof::{range_root, split},
};
use std::ops::Range;

/// The hashes that prove the leaves at `indices`, ascending, in the tree of the first `size` leaves.
///
/// # Errors
/// [`MerkleError::SizeTooLarge`]; [`MerkleError::Multiproof`] for no indices, or such as do not ascend below `size`;
/// whatever the reader fails with.
pub fn multiproof<R: NodeReader>(reader: &R, size: u64, indices: &[u64]) -> Result<Vec<Hash>, R::Error> {
    check_size(size)?;
    check_indices(size, indices.iter().copied())?;
    let mut beside = Vec::new();
    collect(reader, 0..size, indices, &mut beside)?;
    Ok(beside)
}

/// The root that the tree of `size` leaves must have if `leaves` (index and leaf hash, ascending) are its and `beside`
/// is true. Proves nothing until it is compared with a root.
///
/// # Errors
/// [`MerkleError::SizeTooLarge`]; [`MerkleError::Multiproof`] for no leaves, leaves that do not ascend below `size`, and
/// too few or too many hashes.
pub fn multiproof_root(size: u64, leaves: &[(u64, Hash)], beside: &[Hash]) -> Result<Hash, MerkleError> {
    check_size(size)?;
    check_indices(size, leaves.iter().map(|(index, _)| *index))?;
    let mut rest = beside.iter();
    let root = fold(0..size, leaves, &mut rest);
    let what = "it has too few or too many hashes";
    root.filter(|_| rest.next().is_none()).ok_or(MerkleError::Multiproof { what })
}

fn check_indices(size: u64, mut indices: impl Iterator<Item = u64>) -> Result<(), MerkleError> {
    let wrong = |what| Err(MerkleError::Multiproof { what });
    let Some(mut last) = indices.next() else { return wrong("it is of nothing") };
    for index in indices {
        if index <= last {
            return wrong("its leaves do not ascend");
        }
        last = index;
    }
    if last < size { Ok(()) } else { wrong("it names a leaf beyond the tree") }
}

/// Goes down `tree` to the leaves asked for; a subtree without any is one hash. No deeper than the tree: 63 levels.
fn collect<R: NodeReader>(
    reader: &R,
    tree: Range<u64>,
    indices: &[u64],
    beside: &mut Vec<Hash>,
) -> Result<(), R::Error> {
    if indices.is_empty() {
        beside.push(range_root(reader, tree.start, tree.end)?);
        return Ok(());
    }
    if tree.end - tree.start == 1 {
        return Ok(());
    }
    let middle = tree.start + split(tree.end - tree.start);
    let (left, right) = indices.split_at(indices.partition_point(|index| *index < middle));
    collect(reader, tree.start..middle, left, beside)?;
    collect(reader, middle..tree.end, right, beside)
}

fn fold<'a>(tree: Range<u64>, leaves: &[(u64, Hash)], beside: &mut impl Iterator<Item = &'a Hash>) -> Option<Hash> {
    let Some((_, first)) = leaves.first() else { return beside.next().copied() };
    if tree.end - tree.start == 1 {
        return Some(*first);
    }
    let middle = tree.start + split(tree.end - tree.start);
    let (left, right) = leaves.split_at(leaves.partition_point(|(index, _)| *index < middle));
    let left = fold(tree.start..middle, left, beside)?;
    let right = fold(middle..tree.end, right, beside)?;
    Some(node_hash(&left, &right))
}

#[cfg(test)]
mod tests {
    use super::super::{Frontier, leaf_hash};
    use super::*;
    use proptest::prelude::*;

    struct Nodes(Vec<Hash>);

    impl NodeReader for Nodes {
        type Error = MerkleError;

        fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
            let (start, end) = ((index << level) as usize, ((index + 1) << level) as usize);
            let mut tree = Frontier::new();
            tree.extend(self.0.get(start..end).ok_or(MerkleError::NoSuchNode { level, index })?.iter().copied());
            Ok(tree.root())
        }
    }

    proptest! {
        #[test]
        fn many_leaves_are_proved_at_once_and_altered_proofs_are_not(
            size in 1_u64..70, wanted in prop::collection::btree_set(0_u64..70, 1..70),
            at in any::<prop::sample::Index>(), kind in 0..6
        ) {
            let hashes: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let mut tree = Frontier::new();
            tree.extend(hashes.iter().copied());
            let root = tree.root();
            let indices: Vec<u64> = wanted.into_iter().map(|index| index % size)
                .collect::<std::collections::BTreeSet<_>>().into_iter().collect();
            let mut leaves: Vec<(u64, Hash)> = indices.iter().map(|index| (*index, hashes[*index as usize])).collect();
            let mut beside = multiproof(&Nodes(hashes), size, &indices).unwrap();
            prop_assert_eq!(multiproof_root(size, &leaves, &beside), Ok(root));
            let (leaf, hash) = (at.index(leaves.len()), (!beside.is_empty()).then(|| at.index(beside.len())));
            match (kind, hash) {
                (0, Some(hash)) => beside[hash][3] ^= 4,
                (1, Some(hash)) => drop(beside.remove(hash)),
                (2, _) => beside.push([7; 32]),
                (3, _) => leaves[leaf].1[0] ^= 1,
                (4, _) => drop(leaves.remove(leaf)),
                _ => leaves[leaf].0 = size,
            }
            prop_assert!(multiproof_root(size, &leaves, &beside) != Ok(root));
        }
    }

    #[test]
    fn what_is_no_question_is_refused() {
        let nodes = Nodes((0..5_u8).map(|n| leaf_hash(&[n])).collect());
        for indices in [&[][..], &[5], &[2, 2], &[3, 1]] {
            assert!(matches!(multiproof(&nodes, 5, indices), Err(MerkleError::Multiproof { .. })), "{indices:?}");
        }
    }
}
