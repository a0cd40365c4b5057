use super::*;
use crate::merkle::{MerkleError, postings::list_root};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn key(number: u64) -> Hash {
    key_hash(&number.to_be_bytes())
}

fn leaf(number: u64, indices: &[u64]) -> Leaf {
    Leaf { key: key(number), count: indices.len() as u64, list: list_root(indices) }
}

/// The definition, word for word.
fn plain(leaves: &[Leaf], depth: usize) -> Hash {
    match leaves {
        [] => EMPTY,
        [leaf] => leaf.hash(),
        _ => {
            let (right, left): (Vec<Leaf>, Vec<Leaf>) = leaves.iter().partition(|leaf| bit(&leaf.key, depth));
            branch_hash(&plain(&left, depth + 1), &plain(&right, depth + 1))
        }
    }
}

#[test]
fn nothing_is_in_the_empty_trie() {
    let trie = Trie::default();
    let key = key_hash(b"s:model/a@1");
    assert_eq!(trie.root(), EMPTY);
    assert_eq!(trie.prove(&key), TrieProof { end: End::Empty, siblings: vec![] });
    assert_eq!(trie.prove(&key).verify(&EMPTY, &key), Ok(None));
}

proptest! {
    #[test]
    fn the_trie_is_that_of_its_lists_in_whatever_batches_they_came(
        batches in prop::collection::vec(prop::collection::vec(prop::collection::vec(0_u64..60, 0..9), 0..12), 0..8)
    ) {
        let mut trie = Trie::default();
        let mut all: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut index = 0;
        for batch in &batches {
            let (snapshot, root) = (trie.clone(), trie.root());
            let mut postings = Vec::new();
            for record in batch {
                index += 1;
                let mut numbers = record.clone();
                numbers.sort_unstable();
                numbers.dedup();
                numbers.iter().for_each(|number| all.entry(*number).or_default().push(index));
                postings.extend(numbers.iter().map(|number| (key(*number), index)));
            }
            trie.append(postings);
            prop_assert_eq!(snapshot.root(), root);
        }
        let leaves: Vec<Leaf> = all.iter().map(|(number, indices)| leaf(*number, indices)).collect();
        prop_assert_eq!(trie.root(), plain(&leaves, 0));
        let keys: Vec<Hash> = (0..60).map(key).collect();
        let each: Vec<Option<&Postings>> = keys.iter().map(|key| trie.list(key)).collect();
        prop_assert_eq!(trie.lists(&keys), each);
        let lists = all.iter().map(|(number, indices)| (key(*number), indices.iter().copied().collect())).collect();
        prop_assert_eq!(Trie::from_lists(lists).root(), trie.root());
        for number in 0..80 {
            let expected = all.get(&number).map(|indices| leaf(number, indices));
            let key = key(number);
            prop_assert_eq!(trie.list(&key).map(Postings::count), expected.map(|leaf| leaf.count));
            prop_assert_eq!(trie.prove(&key).verify(&trie.root(), &key), Ok(expected));
        }
    }

    #[test]
    fn an_altered_proof_proves_nothing_else(
        numbers in prop::collection::btree_set(0_u64..200, 1..40), asked in 0_u64..200,
        at in any::<prop::sample::Index>(), kind in 0..6
    ) {
        let mut trie = Trie::default();
        trie.append(numbers.iter().map(|number| (key(*number), 3)).collect());
        let key = key(asked);
        let mut proof = trie.prove(&key);
        let truth = proof.verify(&trie.root(), &key).unwrap();
        match (kind, proof.siblings.len()) {
            (0, 1..) => { let at = at.index(proof.siblings.len()); proof.siblings[at][0] ^= 1; }
            (1, 1..) => { let at = at.index(proof.siblings.len()); proof.siblings.remove(at); }
            (2, 2..) => { proof.siblings.swap(0, 1); }
            (3, _) => proof.end = End::Empty,
            (4, _) => if let End::Leaf(leaf) = &mut proof.end { leaf.count += 1 },
            _ => proof.siblings.push(EMPTY),
        }
        if let Ok(found) = proof.verify(&trie.root(), &key) {
            prop_assert_eq!(found, truth);
        }
    }
}

#[test]
fn a_lone_leaf_stands_as_high_as_it_can() {
    let own = leaf(1, &[1]);
    let low = branch_hash(&own.hash(), &EMPTY);
    let root = if bit(&own.key, 0) { branch_hash(&EMPTY, &own.hash()) } else { low };
    let proof = TrieProof { end: End::Leaf(own), siblings: vec![EMPTY] };
    assert!(matches!(proof.verify(&root, &own.key), Err(MerkleError::TrieProof { .. })));
}
