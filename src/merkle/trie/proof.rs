//! What the trie says about a key, checked by somebody who has only its root.

use super::{EMPTY, Leaf, agree, bit, branch_hash};
use crate::merkle::{Hash, MerkleError};

/// What stands at the end of a key's path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Nothing.
    Empty,
    /// A leaf: the key's own, or another one's whose hash begins with the same bits.
    Leaf(Leaf),
}

/// The proof of membership or absence of one key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrieProof {
    /// What stands at the end of the key's path.
    pub end: End,
    /// The hashes beside the path, from the end up to the root; at most 256.
    pub siblings: Vec<Hash>,
}

impl TrieProof {
    /// What the trie with this root says about the key: its leaf, or `None` when the key is absent.
    ///
    /// # Errors
    /// [`MerkleError::TrieProof`] when the proof is not one for this key; [`MerkleError::RootMismatch`] when it leads
    /// to another root.
    pub fn verify(&self, root: &Hash, key: &Hash) -> Result<Option<Leaf>, MerkleError> {
        let wrong = |what| Err(MerkleError::TrieProof { what });
        let depth = self.siblings.len();
        if depth > 256 {
            return wrong("it has more than 256 hashes, and a key has 256 bits");
        }
        let (mut hash, found) = match &self.end {
            End::Empty => (EMPTY, None),
            End::Leaf(leaf) if leaf.key == *key => (leaf.hash(), Some(*leaf)),
            End::Leaf(leaf) if agree(&leaf.key, key, depth) => (leaf.hash(), None),
            End::Leaf(_) => return wrong("the other key at its end does not share the path"),
        };
        // The trie of a set of keys is unique: a lone leaf stands as high as it can.
        if self.siblings.first() == Some(&EMPTY) {
            return wrong("what stands at its end should stand higher: the hash beside it is empty");
        }
        if found.is_some_and(|leaf| leaf.count == 0) {
            return wrong("a key without postings is absent");
        }
        for (up, sibling) in self.siblings.iter().enumerate() {
            hash = if bit(key, depth - 1 - up) { branch_hash(sibling, &hash) } else { branch_hash(&hash, sibling) };
        }
        if hash == *root {
            Ok(found)
        } else {
            Err(MerkleError::RootMismatch { proof: "index", expected: *root, computed: hash })
        }
    }
}
