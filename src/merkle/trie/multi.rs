//! What the trie says of many keys at once, checked by somebody who has only its root: hashes that their paths share
//! are sent once.

use super::{Child, EMPTY, End, Leaf, Link, Trie, agree, bit, branch_hash};
use crate::merkle::{Hash, MerkleError};

/// Where the path of one key ends: how many levels below the root, and what stands there.
pub type Ends = (u16, End);

/// The proof of membership or absence of several keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrieMultiproof {
    /// For each key, in ascending order of their hashes, where its path ends.
    pub ends: Vec<Ends>,
    /// The hashes of the subtrees beside all paths: in the order in which a walk from the root, left before right, comes
    /// to them.
    pub beside: Vec<Hash>,
}

/// What a subtree is, as far as a proof shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Empty,
    Leaf,
    /// A branch, or a hash of which nothing else is known.
    Other,
}

impl Trie {
    /// The proof of what the trie says about keys, which are given by their hashes, ascending.
    ///
    /// # Errors
    /// [`MerkleError::Multiproof`] when the keys do not ascend strictly.
    pub fn prove_all(&self, keys: &[Hash]) -> Result<TrieMultiproof, MerkleError> {
        check_order(keys)?;
        let mut proof = TrieMultiproof { ends: Vec::with_capacity(keys.len()), beside: Vec::new() };
        collect(&self.0, 0, keys, &mut proof);
        Ok(proof)
    }
}

fn check_order(keys: &[Hash]) -> Result<(), MerkleError> {
    match keys.windows(2).all(|pair| pair.first() < pair.last()) {
        true => Ok(()),
        false => Err(MerkleError::Multiproof { what: "its keys do not ascend" }),
    }
}

fn collect(child: &Child, depth: u16, keys: &[Hash], proof: &mut TrieMultiproof) {
    let end = match &child.link {
        _ if keys.is_empty() => return proof.beside.push(child.hash),
        Link::Branch(children) => {
            let (left, right) = keys.split_at(keys.partition_point(|key| !bit(key, usize::from(depth))));
            collect(&children[0], depth + 1, left, proof);
            collect(&children[1], depth + 1, right, proof);
            return;
        }
        Link::Leaf(entry) => End::Leaf(entry.leaf()),
        Link::Empty => End::Empty,
    };
    proof.ends.extend(keys.iter().map(|_| (depth, end)));
}

impl TrieMultiproof {
    /// What the trie with this root says about each of the keys, which are given by their hashes, ascending: its leaf,
    /// or `None` when the key is absent.
    ///
    /// # Errors
    /// [`MerkleError::Multiproof`] when the proof is not one for these keys; [`MerkleError::RootMismatch`] when it leads
    /// to another root.
    pub fn verify(&self, root: &Hash, keys: &[Hash]) -> Result<Vec<Option<Leaf>>, MerkleError> {
        check_order(keys)?;
        let wrong = |what| Err(MerkleError::Multiproof { what });
        if keys.is_empty() || keys.len() != self.ends.len() {
            return wrong("it does not have one end for each key");
        }
        let paths: Vec<(Hash, Ends)> = keys.iter().copied().zip(self.ends.iter().copied()).collect();
        let mut beside = self.beside.iter();
        let (computed, _) = fold(&paths, 0, &mut beside)?;
        if beside.next().is_some() {
            return wrong("it has more hashes than its paths call for");
        }
        if computed != *root {
            return Err(MerkleError::RootMismatch { proof: "index", expected: *root, computed });
        }
        let found = paths.iter().map(|(key, (_, end))| match end {
            End::Leaf(leaf) if leaf.key == *key => Some(*leaf),
            _ => None,
        });
        Ok(found.collect())
    }
}

/// The hash of the subtree at `depth` that the paths, sorted by key, lead into. No deeper than a key has bits.
fn fold<'a>(
    paths: &[(Hash, Ends)],
    depth: u16,
    beside: &mut impl Iterator<Item = &'a Hash>,
) -> Result<(Hash, Shape), MerkleError> {
    let wrong = |what| Err(MerkleError::Multiproof { what });
    let Some((_, (first_depth, end))) = paths.first() else {
        return match beside.next() {
            Some(hash) if *hash == EMPTY => Ok((EMPTY, Shape::Empty)),
            Some(hash) => Ok((*hash, Shape::Other)),
            None => wrong("it has fewer hashes than its paths call for"),
        };
    };
    if *first_depth == depth {
        return close(paths, depth, end);
    }
    if depth >= 256 {
        return wrong("a path is longer than a key has bits");
    }
    let (left, right) = paths.split_at(paths.partition_point(|(key, _)| !bit(key, usize::from(depth))));
    let (left, left_shape) = fold(left, depth + 1, beside)?;
    let (right, right_shape) = fold(right, depth + 1, beside)?;
    // The trie of a set of keys is unique: a lone leaf stands as high as it can, and nothing beside nothing is nothing.
    if matches!((left_shape, right_shape), (Shape::Empty, Shape::Empty | Shape::Leaf) | (Shape::Leaf, Shape::Empty)) {
        return wrong("what stands at the end of a path should stand higher: nothing is beside it");
    }
    Ok((branch_hash(&left, &right), Shape::Other))
}

/// The end of paths: all of them end here, at the same thing.
fn close(paths: &[(Hash, Ends)], depth: u16, end: &End) -> Result<(Hash, Shape), MerkleError> {
    let wrong = |what| Err(MerkleError::Multiproof { what });
    if paths.iter().any(|(_, other)| *other != (depth, *end)) {
        return wrong("paths that lead to one place say different things of it");
    }
    let End::Leaf(leaf) = end else { return Ok((EMPTY, Shape::Empty)) };
    if leaf.count == 0 {
        return wrong("a key without postings is absent");
    }
    if !paths.iter().all(|(key, _)| agree(&leaf.key, key, usize::from(depth))) {
        return wrong("the other key at the end of a path does not share it");
    }
    Ok((leaf.hash(), Shape::Leaf))
}

#[cfg(test)]
mod tests {
    use super::super::key_hash;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn place(number: u64) -> Hash {
        key_hash(&number.to_be_bytes())
    }

    proptest! {
        #[test]
        fn many_keys_are_proved_at_once_and_an_altered_proof_proves_nothing_else(
            numbers in prop::collection::btree_set(0_u64..200, 0..60),
            asked in prop::collection::btree_set(0_u64..220, 1..40),
            at in any::<prop::sample::Index>(), kind in 0..9
        ) {
            let mut trie = Trie::default();
            trie.append(numbers.iter().map(|number| (place(*number), number + 1)).collect());
            let keys: Vec<Hash> = asked.iter().map(|number| place(*number)).collect::<BTreeSet<_>>().into_iter().collect();
            let mut proof = trie.prove_all(&keys).unwrap();
            let truth = proof.verify(&trie.root(), &keys).unwrap();
            for (key, found) in keys.iter().zip(&truth) {
                prop_assert_eq!(trie.prove(key).verify(&trie.root(), key), Ok(*found));
            }
            let end = at.index(proof.ends.len());
            let hash = (!proof.beside.is_empty()).then(|| at.index(proof.beside.len()));
            match (kind, hash) {
                (0, Some(hash)) => proof.beside[hash][0] ^= 1,
                (1, Some(hash)) => drop(proof.beside.remove(hash)),
                (2, Some(hash)) => proof.beside[hash] = EMPTY,
                (3, _) => proof.ends[end].1 = End::Empty,
                (4, _) => if let End::Leaf(leaf) = &mut proof.ends[end].1 { leaf.count += 1 },
                (5, _) => proof.ends[end].0 += 1,
                (6, _) => proof.ends[end].0 = proof.ends[end].0.saturating_sub(1),
                (7, _) => drop(proof.ends.remove(end)),
                _ => proof.beside.push(EMPTY),
            }
            if let Ok(found) = proof.verify(&trie.root(), &keys) {
                prop_assert_eq!(found, truth);
            }
        }
    }

    #[test]
    fn a_leaf_beside_nothing_is_refused() {
        let mut trie = Trie::default();
        trie.append(vec![(place(1), 5)]);
        let leaf = match trie.prove(&place(1)).end {
            End::Leaf(leaf) => leaf,
            End::Empty => unreachable!("the key is there"),
        };
        let low = match bit(&leaf.key, 0) {
            true => branch_hash(&EMPTY, &leaf.hash()),
            false => branch_hash(&leaf.hash(), &EMPTY),
        };
        let proof = TrieMultiproof { ends: vec![(1, End::Leaf(leaf))], beside: vec![EMPTY] };
        assert!(matches!(proof.verify(&low, &[leaf.key]), Err(MerkleError::Multiproof { .. })));
    }
}
