//! How two tree heads of one log stand to each other, as the log's own tiles show it.

use super::Head;
use crate::merkle::{self, Hash, MerkleError};

/// How a newer head stands to an older one, both under the log's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Growth {
    /// It is the same tree.
    Same,
    /// It begins with the whole older tree: the consistency proof (RFC 6962 §2.1.2).
    Grown(Vec<Hash>),
    /// It is smaller.
    Shrunk,
    /// Two trees of one log that exclude each other. For trees of different sizes: the proof that the newer one begins
    /// with another tree than the older one, and that tree's root.
    Forked(Option<(Vec<Hash>, Hash)>),
    /// The tiles are not those of the newer head, so that they show nothing.
    WrongTiles(MerkleError),
}

/// What a log shows of a newer tree: the root of the tree with which it begins, of the older size, and the consistency proof
/// between the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The root of the tree of the older size.
    pub begins: Hash,
    /// The consistency proof (RFC 6962 §2.1.2).
    pub proof: Vec<Hash>,
}

/// Compares two heads by what the log shows of the newer one, which nobody vouches for: it counts only where it leads to
/// the newer head's root. It is asked for only where it is needed.
///
/// # Errors
/// Whatever showing it fails with.
pub fn growth<E>(old: &Head, new: &Head, shown: impl FnOnce() -> Result<Shown, E>) -> Result<Growth, E> {
    if new.size == old.size {
        return Ok(if new.root == old.root { Growth::Same } else { Growth::Forked(None) });
    }
    if new.size < old.size {
        return Ok(Growth::Shrunk);
    }
    let Shown { begins, proof } = shown()?;
    // Under the log's own idea of the older root: if that leads to the newer root, it is what the newer tree begins with.
    Ok(match merkle::verify_consistency(old.size, new.size, &proof, &begins, &new.root) {
        Err(error) => Growth::WrongTiles(error),
        Ok(()) if begins == old.root => Growth::Grown(proof),
        Ok(()) => Growth::Forked(Some((proof, begins))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{NodeReader, consistency_proof, leaf_hash, node_hash, root_at};

    struct Tree(Vec<Hash>);

    impl NodeReader for Tree {
        type Error = MerkleError;

        fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
            let missing = MerkleError::NoSuchNode { level, index };
            if level == 0 {
                return usize::try_from(index).ok().and_then(|at| self.0.get(at)).copied().ok_or(missing);
            }
            Ok(node_hash(&self.node(level - 1, 2 * index)?, &self.node(level - 1, 2 * index + 1)?))
        }
    }

    fn tree(size: u64, changed: Option<u64>) -> Tree {
        let leaf =
            |index: u64| leaf_hash(&[index.to_be_bytes(), u64::from(changed == Some(index)).to_be_bytes()].concat());
        Tree((0..size).map(leaf).collect())
    }

    fn head(tree: &Tree) -> Head {
        let size = tree.0.len() as u64;
        Head { size, root: root_at(tree, size).unwrap() }
    }

    fn compared(old: &Head, new: &Head, tree: &Tree) -> Growth {
        let shown = || -> Result<_, MerkleError> {
            Ok(Shown { begins: root_at(tree, old.size)?, proof: consistency_proof(tree, old.size, new.size)? })
        };
        growth(old, new, shown).unwrap()
    }

    #[test]
    fn every_change_below_the_older_size_is_a_fork_and_none_above_is() {
        for to in 1..20 {
            for from in 1..=to {
                let old = head(&tree(from, None));
                assert!(matches!(
                    (compared(&old, &head(&tree(to, None)), &tree(to, None)), from == to),
                    (Growth::Same, true) | (Growth::Grown(_), false)
                ));
                for changed in 0..to {
                    let other = tree(to, Some(changed));
                    let found = compared(&old, &head(&other), &other);
                    assert_eq!(matches!(found, Growth::Forked(_)), changed < from, "{from} {to} {changed}");
                    // Tiles of another tree than the head's accuse nobody.
                    let found = compared(&old, &head(&tree(to, None)), &other);
                    let is_beside = from == to || changed >= from;
                    assert!(matches!(found, Growth::WrongTiles(_)) || is_beside, "{from} {to} {changed}: {found:?}");
                    assert!(!matches!(found, Growth::Forked(_)), "{from} {to} {changed}");
                }
                assert_eq!(compared(&head(&tree(to, None)), &old, &tree(to, None)) == Growth::Shrunk, from < to);
            }
        }
    }
}
