//! The proved index: a compressed binary Merkle trie from the hashes of keys to lists of postings.
//!
//! ```text
//! K        = SHA-256(key)                                     the bits of K, first bit first, lead to the key's place
//! leaf     = SHA-256(0x02 || K || count, 8 bytes big-endian || list root)
//! node     = SHA-256(0x03 || left || right)                   left: next bit 0, right: next bit 1
//! empty    = 32 zero bytes                                    a subtree without keys
//! ```
//!
//! A subtree with one key is that key's leaf, wherever it stands; one with more is a node. So the trie of a set of keys
//! is unique whatever the order in which they came, a key is found within about log2(keys) steps, and what stands at
//! the end of a key's path (its own leaf, another's, or nothing) proves membership or absence. Subtrees are shared
//! between a trie and its clones, so that a clone is a snapshot and costs nothing.

mod multi;
mod proof;

pub use multi::{Ends, TrieMultiproof};
pub use proof::{End, TrieProof};

use super::{Hash, Postings};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The hash of a subtree without keys, and the root of the empty trie.
pub const EMPTY: Hash = [0; 32];

/// What the trie says of one key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leaf {
    /// SHA-256 of the key's bytes.
    pub key: Hash,
    /// How many postings the key has, at least 1.
    pub count: u64,
    /// The root over its postings ([`super::postings`]).
    pub list: Hash,
}

impl Leaf {
    /// The leaf's hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut input = [0x02; 73];
        input[1..33].copy_from_slice(&self.key);
        input[33..41].copy_from_slice(&self.count.to_be_bytes());
        input[41..].copy_from_slice(&self.list);
        Sha256::digest(input).into()
    }
}

/// The hash of a key: its place in the trie.
#[must_use]
pub fn key_hash(key: &[u8]) -> Hash {
    Sha256::digest(key).into()
}

fn branch_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [0x03; 65];
    input[1..33].copy_from_slice(left);
    input[33..].copy_from_slice(right);
    Sha256::digest(input).into()
}

/// Bit `depth` of a key hash, the first being bit 0.
fn bit(key: &Hash, depth: usize) -> bool {
    key.get(depth / 8).is_some_and(|byte| byte >> (7 - depth % 8) & 1 == 1)
}

/// A subtree and its hash, which stands here and not below: so its parent is hashed without looking into it.
#[derive(Clone, Debug, Default)]
struct Child {
    hash: Hash,
    link: Link,
}

#[derive(Clone, Debug, Default)]
enum Link {
    #[default]
    Empty,
    Leaf(Arc<Entry>),
    Branch(Arc<[Child; 2]>),
}

#[derive(Clone, Debug)]
struct Entry {
    key: Hash,
    list: Postings,
}

impl Entry {
    fn leaf(&self) -> Leaf {
        Leaf { key: self.key, count: self.list.count(), list: self.list.root() }
    }

    fn append(&mut self, postings: &[(Hash, u64)]) {
        postings.iter().for_each(|(_, index)| self.list.push(*index));
    }
}

impl Child {
    fn leaf(entry: Arc<Entry>) -> Self {
        Self { hash: entry.leaf().hash(), link: Link::Leaf(entry) }
    }

    fn branch(children: Arc<[Child; 2]>) -> Self {
        let [left, right] = &*children;
        Self { hash: branch_hash(&left.hash, &right.hash), link: Link::Branch(children) }
    }
}

/// The trie; a clone is a snapshot that shares what has not changed since.
#[derive(Clone, Debug, Default)]
pub struct Trie(Child);

impl Trie {
    /// The hash over everything; [`EMPTY`] without keys.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.0.hash
    }

    /// The postings of a key; `None` when it has none.
    #[must_use]
    pub fn list(&self, key: &Hash) -> Option<&Postings> {
        let mut link = &self.0.link;
        for depth in 0.. {
            match link {
                Link::Branch(children) => link = &children[usize::from(bit(key, depth))].link,
                Link::Leaf(entry) if entry.key == *key => return Some(&entry.list),
                _ => break,
            }
        }
        None
    }

    /// The postings of many keys, each as [`Self::list`] has it. They are looked for side by side: a step of each, then
    /// the next step of each, so that the memory's latency is waited for once a step and not once a step and key.
    #[must_use]
    pub fn lists(&self, keys: &[Hash]) -> Vec<Option<&Postings>> {
        let found = keys.iter().zip(self.ends(keys.iter()));
        found
            .map(|(key, end)| match end {
                Link::Leaf(entry) if entry.key == *key => Some(&entry.list),
                _ => None,
            })
            .collect()
    }

    /// What stands at the end of each key's path.
    fn ends<'k>(&self, keys: impl Iterator<Item = &'k Hash>) -> impl Iterator<Item = &Link> {
        let mut paths: Vec<(&Hash, &Link)> = keys.map(|key| (key, &self.0.link)).collect();
        for depth in 0.. {
            let mut ended = true;
            for (key, link) in &mut paths {
                if let Link::Branch(children) = *link {
                    *link = &children[usize::from(bit(key, depth))].link;
                    ended = false;
                }
            }
            if ended {
                break;
            }
        }
        paths.into_iter().map(|(_, link)| link)
    }

    /// Appends postings, each a key's hash and a log index above all that the key has; a key's own in ascending order.
    /// Many at once cost less: what their paths share is hashed once.
    pub fn append(&mut self, mut postings: Vec<(Hash, u64)>) {
        // Of two hashes the first eight bytes nearly always decide, and numbers are compared faster than bytes.
        let start = |key: &Hash| key.first_chunk().map_or(0, |start| u64::from_be_bytes(*start));
        postings
            .sort_unstable_by(|(one, i), (two, j)| start(one).cmp(&start(two)).then_with(|| (one, i).cmp(&(two, j))));
        // What will be changed comes into the cache side by side, and not one after the other on the way down.
        let ends = self.ends(postings.iter().map(|(key, _)| key));
        let touched = ends.filter_map(|link| match link {
            Link::Leaf(entry) => Some(u64::from(entry.key[0]) + entry.list.open_bytes()),
            _ => None,
        });
        std::hint::black_box(touched.fold(0, u64::wrapping_add));
        append(&mut self.0, 0, &postings);
    }

    /// A trie from whole lists, none of them empty; of two under one key the first counts.
    #[must_use]
    pub fn from_lists(mut lists: Vec<(Hash, Postings)>) -> Self {
        lists.retain(|(_, list)| list.count() > 0);
        lists.sort_by_key(|(key, _)| *key);
        lists.dedup_by_key(|(key, _)| *key);
        Self(grow(0, &mut lists))
    }

    /// The proof of what the trie says about a key: its leaf, or that there is none.
    #[must_use]
    pub fn prove(&self, key: &Hash) -> TrieProof {
        let mut siblings = Vec::new();
        let mut link = &self.0.link;
        for depth in 0.. {
            let Link::Branch(children) = link else { break };
            let right = usize::from(bit(key, depth));
            siblings.push(children[1 - right].hash);
            link = &children[right].link;
        }
        siblings.reverse();
        let end = match link {
            Link::Leaf(entry) => End::Leaf(entry.leaf()),
            _ => End::Empty,
        };
        TrieProof { end, siblings }
    }
}

/// Appends postings, sorted by key and index, to a subtree at `depth`. What a snapshot holds is copied, all else is
/// changed in place.
fn append(child: &mut Child, depth: usize, postings: &[(Hash, u64)]) {
    let (Some((first, _)), Some((last, _))) = (postings.first(), postings.last()) else { return };
    let one_key = first == last;
    let alone = std::mem::take(child);
    *child = match alone.link {
        Link::Empty if one_key => {
            let mut entry = Entry { key: *first, list: Postings::default() };
            entry.append(postings);
            Child::leaf(Arc::new(entry))
        }
        Link::Leaf(mut entry) if one_key && entry.key == *first => {
            Arc::make_mut(&mut entry).append(postings);
            Child::leaf(entry)
        }
        Link::Branch(children) => descend(children, depth, postings),
        Link::Empty => descend(Arc::default(), depth, postings),
        // A leaf that no longer stands alone goes one step down, and further if need be.
        Link::Leaf(ref entry) => {
            let mut children: [Child; 2] = Default::default();
            let side = usize::from(bit(&entry.key, depth));
            children[side] = alone;
            descend(Arc::new(children), depth, postings)
        }
    };
}

fn descend(mut children: Arc<[Child; 2]>, depth: usize, postings: &[(Hash, u64)]) -> Child {
    let own = Arc::make_mut(&mut children);
    let (left, right) = postings.split_at(postings.partition_point(|(key, _)| !bit(key, depth)));
    append(&mut own[0], depth + 1, left);
    append(&mut own[1], depth + 1, right);
    Child::branch(children)
}

/// A new subtree at `depth`.
fn grow(depth: usize, lists: &mut [(Hash, Postings)]) -> Child {
    match lists {
        [] => Child::default(),
        [(key, list)] => Child::leaf(Arc::new(Entry { key: *key, list: std::mem::take(list) })),
        // INVARIANT: the keys differ, so they part at the latest at their last bit.
        _ => {
            let (left, right) = lists.split_at_mut(lists.partition_point(|(key, _)| !bit(key, depth)));
            Child::branch(Arc::new([grow(depth + 1, left), grow(depth + 1, right)]))
        }
    }
}

/// Whether two keys agree in their first `bits` bits.
fn agree(one: &Hash, other: &Hash, bits: usize) -> bool {
    (0..bits).all(|depth| bit(one, depth) == bit(other, depth))
}

#[cfg(test)]
mod tests;
