//! What the tests of the tree share: RFC 6962 as it is written, a table of nodes, and a seeded source of numbers.

use std::collections::HashMap;

use sagwan::merkle::{Frontier, Hash, MerkleError, NodeReader, leaf_hash};
use sha2::{Digest, Sha256};

/// The entries of every test tree: entry `i` is the decimal number `i`, padded so that lengths differ.
pub fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

pub fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&entry(index))).collect()
}

fn split(count: usize) -> usize {
    let mut k = 1;
    while 2 * k < count {
        k *= 2;
    }
    k
}

/// MTH of RFC 6962 §2.1, over leaf hashes, by its own recursion.
pub fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            let mut input = vec![1];
            input.extend(naive_root(left));
            input.extend(naive_root(right));
            Sha256::digest(input).into()
        }
    }
}

/// PATH of RFC 6962 §2.1.1.
pub fn naive_inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = if index < left.len() {
        (naive_inclusion(index, left), right)
    } else {
        (naive_inclusion(index - left.len(), right), left)
    };
    path.push(naive_root(sibling));
    path
}

/// PROOF of RFC 6962 §2.1.2, for 0 < `from`.
pub fn naive_consistency(from: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(from, leaves, true)
}

fn subproof(from: usize, leaves: &[Hash], complete: bool) -> Vec<Hash> {
    if from == leaves.len() {
        return if complete { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = if from <= left.len() {
        (subproof(from, left, complete), right)
    } else {
        (subproof(from - left.len(), right, false), left)
    };
    path.push(naive_root(sibling));
    path
}

/// Every complete node of a tree, as `Frontier::push_with` reports them.
pub struct Table(pub HashMap<(u8, u64), Hash>);

impl Table {
    pub fn new(leaves: &[Hash]) -> Self {
        let mut nodes = HashMap::new();
        let mut frontier = Frontier::new();
        for leaf in leaves {
            frontier.push_with(*leaf, |level, index, hash| {
                assert!(nodes.insert((level, index), *hash).is_none(), "node {level}/{index} reported twice");
            });
        }
        Self(nodes)
    }
}

impl NodeReader for Table {
    type Error = MerkleError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
        self.0.get(&(level, index)).copied().ok_or(MerkleError::NoSuchNode { level, index })
    }
}

/// A splitmix64 sequence from a seed that is printed, or taken from `SAGWAN_TEST_SEED` to repeat a run.
pub struct Numbers(u64);

impl Numbers {
    pub fn seeded() -> Self {
        let seed = std::env::var("SAGWAN_TEST_SEED").ok().map_or_else(
            || std::time::UNIX_EPOCH.elapsed().map_or(1, |age| age.as_nanos() as u64),
            |text| text.parse().expect("SAGWAN_TEST_SEED is a number"),
        );
        println!("seed: SAGWAN_TEST_SEED={seed}");
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0. The bias does not matter to a test.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number below `bound`, small ones as likely as large ones.
    pub fn spread(&mut self, bound: u64) -> u64 {
        let bits = self.below(64);
        (self.next() >> bits) % bound
    }
}

/// A tree of any size in which every leaf is the same, so that the root of a complete subtree depends on its level only.
pub struct Uniform(Vec<Hash>);

impl Uniform {
    pub fn new(leaf: Hash) -> Self {
        let mut levels = vec![leaf];
        for level in 0..63 {
            levels.push(sagwan::merkle::node_hash(&levels[level], &levels[level]));
        }
        Self(levels)
    }

    /// The root by the recursion of RFC 6962 §2.1.
    pub fn naive_root(&self, size: u64) -> Hash {
        if size.is_power_of_two() {
            return self.0[size.ilog2() as usize];
        }
        let left = 1 << size.ilog2();
        let mut input = vec![1];
        input.extend(self.naive_root(left));
        input.extend(self.naive_root(size - left));
        Sha256::digest(input).into()
    }
}

impl NodeReader for Uniform {
    type Error = MerkleError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
        sagwan::merkle::TileNode::locate(level, index)?;
        Ok(self.0[usize::from(level)])
    }
}
