//! The proved index's bytes, pinned: `tests/vectors/index.json` is made again and compared, and every proof in it checked.
//! `SAGWAN_BLESS=1` writes it anew.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use sagwan::merkle::{
    Hash, ListProof, MerkleError, NodeReader, Postings, Trie, key_hash,
    postings::{CHUNK, chunk_hash},
    trie::{End, TrieProof},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/index.json");

type Lists = BTreeMap<String, Vec<u64>>;

/// The tree over a list's chunks.
struct Chunks(Vec<Hash>);

impl NodeReader for Chunks {
    type Error = MerkleError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
        let mut tree = sagwan::merkle::Frontier::new();
        tree.extend(self.0.iter().copied().skip((index << level) as usize).take(1 << level));
        Ok(tree.root())
    }
}

/// Sets of keys with their postings: none, one, a few, two that share bits, a long list.
fn sets() -> Vec<(&'static str, Lists)> {
    let few = [
        ("a:user:ana", vec![1, 2, 5]),
        ("k:dataset.registered", vec![1]),
        ("k:model.registered", vec![2, 5]),
        ("s:dataset/german-credit@1", vec![1, 2]),
        ("s:model/credit-risk@1", vec![2, 5]),
    ];
    let owned =
        |lists: &[(&str, Vec<u64>)]| lists.iter().map(|(key, list)| ((*key).to_owned(), list.clone())).collect();
    let close: Lists = (0..200_u64).map(|n| (format!("s:dataset/set-{n}@1"), vec![n + 1])).collect();
    let mut long: Lists = owned(&few);
    long.insert("a:service:ci".into(), (0..1_300).map(|n| 7 * n + 6).collect());
    vec![
        ("empty", Lists::new()),
        ("one key", owned(&few[..1])),
        ("a few keys", owned(&few)),
        ("two hundred keys", close),
        ("a long list", long),
    ]
}

fn trie(lists: &Lists) -> Trie {
    let mut trie = Trie::default();
    trie.append(lists.iter().flat_map(|(key, list)| list.iter().map(|n| (key_hash(key.as_bytes()), *n))).collect());
    trie
}

fn proof_json(proof: &TrieProof) -> Value {
    let siblings: Vec<String> = proof.siblings.iter().map(hex::encode).collect();
    match &proof.end {
        End::Empty => json!({"end": null, "siblings": siblings}),
        End::Leaf(leaf) => json!({
            "end": {"key": hex::encode(leaf.key), "count": leaf.count, "list": hex::encode(leaf.list)},
            "siblings": siblings,
        }),
    }
}

fn part(indices: &[u64], chunks: std::ops::Range<u64>) -> ListProof {
    let nodes = Chunks(indices.chunks(CHUNK).map(chunk_hash).collect());
    let given = indices.chunks(CHUNK).skip(chunks.start as usize).take((chunks.end - chunks.start) as usize);
    ListProof::make(indices.len() as u64, chunks, given.flatten().copied().collect(), &nodes).unwrap()
}

fn part_json(proof: &ListProof) -> Value {
    let hashes: Vec<String> = proof.hashes.iter().map(hex::encode).collect();
    json!({"count": proof.count, "first": proof.first, "indices": proof.indices, "hashes": hashes})
}

fn vector(name: &str, lists: &Lists) -> Value {
    let trie = trie(lists);
    let mut keys = Vec::new();
    let asked = lists.keys().take(6).map(String::as_str).chain(["s:model/never-heard-of@1", "k:seal"]);
    for key in asked {
        let place = key_hash(key.as_bytes());
        let proof = trie.prove(&place);
        let found = proof.verify(&trie.root(), &place).unwrap();
        assert_eq!(found.map(|leaf| leaf.count), lists.get(key).map(|list| list.len() as u64), "{name}: {key}");
        let present = found.is_some();
        keys.push(json!({"key": key, "place": hex::encode(place), "present": present, "proof": proof_json(&proof)}));
    }
    let mut parts = Vec::new();
    for (key, indices) in lists.iter().filter(|(_, indices)| indices.len() > CHUNK) {
        let mut list = Postings::default();
        indices.iter().for_each(|index| list.push(*index));
        let total = list.count().div_ceil(CHUNK as u64);
        for chunks in [0..total, 0..1, 1..3, 2..total, total - 1..total] {
            let proof = part(indices, chunks);
            proof.verify(list.count(), &list.root()).unwrap();
            parts.push(json!({"key": key, "list": hex::encode(list.root()), "proof": part_json(&proof)}));
        }
    }
    json!({"name": name, "postings": lists, "root": hex::encode(trie.root()), "keys": keys, "parts": parts})
}

#[test]
fn the_pinned_index_is_made_again() {
    let sets: Vec<Value> = sets().iter().map(|(name, lists)| vector(name, lists)).collect();
    let text = serde_json::to_string_pretty(&json!({"source": "made by tests/index_vectors.rs", "sets": sets}))
        .unwrap()
        + "\n";
    if std::env::var_os("SAGWAN_BLESS").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(FILE).unwrap() == text,
        "the index's bytes have changed; if they had to: SAGWAN_BLESS=1"
    );
}
