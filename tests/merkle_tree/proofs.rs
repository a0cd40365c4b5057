//! Roots, frontiers and proofs against RFC 6962 as it is written, and against the crate `ct-merkle`.

use crate::support::{Numbers, Table, Uniform, entry, leaves, naive_consistency, naive_inclusion, naive_root};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sagwan::merkle::{
    Frontier, Hash, MerkleError, TREE_SIZE_MAX, consistency_proof, inclusion_proof, root_at, verify_consistency,
    verify_inclusion,
};
use sha2::Sha256;

const EXHAUSTIVE: u64 = 70;
const LARGEST: u64 = 600;

#[test]
fn roots_and_frontiers_agree_with_the_rfc_at_every_size() {
    let leaves = leaves(LARGEST);
    let table = Table::new(&leaves);
    let mut frontier = Frontier::new();
    for size in 0..=LARGEST {
        let expected = naive_root(&leaves[..size as usize]);
        assert_eq!(frontier.root(), expected, "root at {size}");
        assert_eq!(root_at(&table, size), Ok(expected), "root from nodes at {size}");
        assert_eq!(Frontier::load(&table, size), Ok(frontier.clone()), "frontier from nodes at {size}");
        assert_eq!(
            Frontier::from_parts(size, &frontier.parts()),
            Ok(frontier.clone()),
            "frontier from parts at {size}"
        );
        if size < LARGEST {
            frontier.push(leaves[size as usize]);
        }
    }
}

#[test]
fn inclusion_proofs_agree_with_the_rfc() {
    let leaves = leaves(EXHAUSTIVE);
    let table = Table::new(&leaves);
    for size in 1..=EXHAUSTIVE {
        let tree = &leaves[..size as usize];
        let root = naive_root(tree);
        for index in 0..size {
            let path = inclusion_proof(&table, index, size).unwrap();
            assert_eq!(path, naive_inclusion(index as usize, tree), "path of {index} in {size}");
            assert_eq!(verify_inclusion(&tree[index as usize], index, size, &path, &root), Ok(()));
        }
    }
}

#[test]
fn consistency_proofs_agree_with_the_rfc() {
    let leaves = leaves(EXHAUSTIVE);
    let table = Table::new(&leaves);
    let roots: Vec<Hash> = (0..=EXHAUSTIVE).map(|size| naive_root(&leaves[..size as usize])).collect();
    for to in 0..=EXHAUSTIVE {
        for from in 0..=to {
            let path = consistency_proof(&table, from, to).unwrap();
            if from > 0 {
                assert_eq!(path, naive_consistency(from as usize, &leaves[..to as usize]), "from {from} to {to}");
            }
            assert_eq!(verify_consistency(from, to, &path, &roots[from as usize], &roots[to as usize]), Ok(()));
        }
    }
}

#[test]
fn random_proofs_of_larger_trees_agree_with_the_rfc() {
    let mut numbers = Numbers::seeded();
    let leaves = leaves(LARGEST);
    let table = Table::new(&leaves);
    for _ in 0..300 {
        let to = 1 + numbers.below(LARGEST);
        let index = numbers.below(to);
        let from = 1 + numbers.below(to);
        let tree = &leaves[..to as usize];
        let (old, new) = (naive_root(&tree[..from as usize]), naive_root(tree));
        let path = inclusion_proof(&table, index, to).unwrap();
        assert_eq!(path, naive_inclusion(index as usize, tree));
        assert_eq!(verify_inclusion(&tree[index as usize], index, to, &path, &new), Ok(()));
        let path = consistency_proof(&table, from, to).unwrap();
        assert_eq!(path, naive_consistency(from as usize, tree));
        assert_eq!(verify_consistency(from, to, &path, &old, &new), Ok(()));
    }
}

/// What a foreign implementation makes, we make; what we make, it accepts; what it refuses, we refuse.
#[test]
fn ct_merkle_agrees_both_ways() {
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let leaves = leaves(EXHAUSTIVE);
    let table = Table::new(&leaves);
    let mut roots = vec![tree.root()];
    for size in 1..=EXHAUSTIVE {
        tree.push(entry(size - 1));
        roots.push(tree.root());
        let root = root_at(&table, size).unwrap();
        assert_eq!(root.as_slice(), tree.root().as_bytes().as_slice(), "root at {size}");
        let ours = RootHash::<Sha256>::new(root.into(), size);
        for index in 0..size {
            let path = inclusion_proof(&table, index, size).unwrap();
            assert_eq!(path.as_flattened(), tree.prove_inclusion(index as usize).as_bytes(), "{index} in {size}");
            let theirs = InclusionProof::<Sha256>::from_bytes(path.concat());
            ours.verify_inclusion(&entry(index), index, &theirs).unwrap();
            ours.verify_inclusion(&entry(index + 1), index, &theirs).unwrap_err();
        }
        for from in 1..=size {
            let path = consistency_proof(&table, from, size).unwrap();
            let made = tree.prove_consistency((size - from) as usize);
            assert_eq!(path.as_flattened(), made.as_bytes(), "from {from} to {size}");
            let theirs = ConsistencyProof::<Sha256>::try_from_bytes(path.concat()).unwrap();
            ours.verify_consistency(&roots[from as usize], &theirs).unwrap();
        }
    }
}

/// Sizes that no test can build, up to the largest: the tree of equal leaves has them all.
#[test]
fn proofs_hold_up_to_the_largest_size() {
    let mut numbers = Numbers::seeded();
    let leaf = leaves(1)[0];
    let tree = Uniform::new(leaf);
    let sizes: Vec<u64> = (0..400)
        .map(|_| 1 + numbers.spread(TREE_SIZE_MAX))
        .chain((0..63).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]))
        .chain([TREE_SIZE_MAX - 1, TREE_SIZE_MAX])
        .filter(|size| *size > 0)
        .collect();
    for to in sizes {
        let root = tree.naive_root(to);
        assert_eq!(root_at(&tree, to), Ok(root), "root at {to}");
        for index in [0, to - 1, to / 2, numbers.below(to), numbers.spread(to)] {
            let path = inclusion_proof(&tree, index, to).unwrap();
            assert!(path.len() <= 63);
            assert_eq!(verify_inclusion(&leaf, index, to, &path, &root), Ok(()), "{index} in {to}");
            let from = index + 1;
            let path = consistency_proof(&tree, from, to).unwrap();
            assert!(path.len() <= 64);
            let old = tree.naive_root(from);
            assert_eq!(verify_consistency(from, to, &path, &old, &root), Ok(()), "from {from} to {to}");
        }
    }
}

/// Every way to alter a proof a little: each bit of each hash, hashes dropped, added, doubled, swapped, and other sizes.
#[test]
fn altered_inclusion_proofs_are_refused() {
    let leaves = leaves(40);
    let table = Table::new(&leaves);
    let mut refused = 0;
    for size in [1, 2, 3, 5, 8, 13, 31, 32, 33, 40] {
        let root = naive_root(&leaves[..size as usize]);
        for index in 0..size {
            let leaf = leaves[index as usize];
            let path = inclusion_proof(&table, index, size).unwrap();
            let check = |leaf: &Hash, index, size, path: &[Hash], root: &Hash, what: &str| {
                assert!(verify_inclusion(leaf, index, size, path, root).is_err(), "{what}, {index} in {size}");
            };
            for altered in alterations(&path) {
                check(&leaf, index, size, &altered, &root, "altered path");
                refused += 1;
            }
            for byte in 0..32 {
                check(&flip(leaf, byte), index, size, &path, &root, "altered leaf");
                check(&leaf, index, size, &path, &flip(root, byte), "altered root");
            }
            for other in (0..size + 2).filter(|other| *other != index) {
                check(&leaf, other, size, &path, &root, "other index");
            }
        }
    }
    println!("{refused} altered paths refused");
    assert!(refused > 10_000);
}

#[test]
fn altered_consistency_proofs_are_refused() {
    let leaves = leaves(33);
    let table = Table::new(&leaves);
    let roots: Vec<Hash> = (0..=33).map(|size| naive_root(&leaves[..size])).collect();
    let mut refused = 0;
    for to in 0..=33_u64 {
        for from in 0..=to {
            let (old, new) = (roots[from as usize], roots[to as usize]);
            let path = consistency_proof(&table, from, to).unwrap();
            for altered in alterations(&path) {
                assert!(verify_consistency(from, to, &altered, &old, &new).is_err(), "from {from} to {to}");
                refused += 1;
            }
            for byte in 0..32 {
                assert!(verify_consistency(from, to, &path, &flip(old, byte), &new).is_err(), "old root");
                // Every tree extends the empty one: then there is nothing that a new root could contradict.
                let bound = verify_consistency(from, to, &path, &old, &flip(new, byte));
                assert_eq!(bound.is_ok(), from == 0 && to > 0, "new root");
            }
            for other in (1..=to).filter(|other| *other != from) {
                assert!(verify_consistency(other, to, &path, &old, &new).is_err(), "{other} for {from} to {to}");
            }
        }
    }
    println!("{refused} altered paths refused");
    assert!(refused > 10_000);
}

/// No claim of index, size and path length makes the verifier panic or hang, and none but the true one is accepted.
#[test]
fn arbitrary_claims_are_refused_without_a_panic() {
    let mut numbers = Numbers::seeded();
    let path: Vec<Hash> = (0..70).map(|_| std::array::from_fn(|_| numbers.next() as u8)).collect();
    let edges = [0, 1, 2, 255, 256, TREE_SIZE_MAX - 1, TREE_SIZE_MAX, TREE_SIZE_MAX + 1, u64::MAX - 1, u64::MAX];
    for round in 0..20_000 {
        let mut pick = || {
            let edge = edges[numbers.below(10) as usize];
            if numbers.below(3) == 0 { edge } else { numbers.spread(u64::MAX) }
        };
        let (a, b) = (pick(), pick());
        let length = numbers.below(71) as usize;
        let hash = path[numbers.below(70) as usize];
        assert!(verify_inclusion(&hash, a, b, &path[..length], &[7; 32]).is_err(), "round {round}");
        assert!(verify_consistency(a, b, &path[..length], &hash, &[7; 32]).is_err(), "round {round}");
    }
}

#[test]
fn refusals_name_what_is_wrong() {
    let table = Table::new(&leaves(5));
    let root = root_at(&table, 5).unwrap();
    let leaf = leaves(1)[0];
    assert_eq!(inclusion_proof(&table, 5, 5), Err(MerkleError::IndexOutOfRange { index: 5, size: 5 }));
    assert_eq!(inclusion_proof(&table, 0, 1 << 63), Err(MerkleError::SizeTooLarge { size: 1 << 63 }));
    assert_eq!(consistency_proof(&table, 4, 3), Err(MerkleError::SizeShrinks { from: 4, to: 3 }));
    assert_eq!(
        verify_inclusion(&leaf, 0, 5, &[], &root),
        Err(MerkleError::PathLength { proof: "inclusion", expected: 3, found: 0 })
    );
    assert_eq!(
        verify_inclusion(&leaf, 0, 5, &[[0; 32]; 4], &root),
        Err(MerkleError::PathLength { proof: "inclusion", expected: 3, found: 4 })
    );
    assert_eq!(
        verify_consistency(3, 5, &[[0; 32]; 5], &root, &root),
        Err(MerkleError::PathLength { proof: "consistency", expected: 4, found: 5 })
    );
    assert_eq!(
        Frontier::from_parts(5, &[[0; 32]; 3]),
        Err(MerkleError::FrontierLength { size: 5, expected: 2, found: 3 })
    );
    assert_eq!(Frontier::load(&table, u64::MAX), Err(MerkleError::SizeTooLarge { size: u64::MAX }));
    let message = verify_inclusion(&leaf, 0, 1, &[], &root).unwrap_err().to_string();
    assert!(message.contains(&hex::encode(root)) && message.contains(&hex::encode(leaf)), "{message}");
}

fn flip(mut hash: Hash, byte: usize) -> Hash {
    hash[byte] ^= 1 << (byte % 8);
    hash
}

/// Neighbours of a path, none of which is the path itself.
fn alterations(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = vec![[path, &[[0; 32]]].concat(), [&[[0; 32]], path].concat()];
    for position in 0..path.len() {
        for byte in 0..32 {
            let mut altered = path.to_vec();
            altered[position] = flip(altered[position], byte);
            all.push(altered);
        }
        let mut shorter = path.to_vec();
        all.push([path, &[shorter.remove(position)]].concat());
        all.push(shorter);
        if position > 0 {
            let mut swapped = path.to_vec();
            swapped.swap(position - 1, position);
            all.push(swapped);
        }
    }
    all
}
