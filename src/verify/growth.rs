//! How two tree heads of one log stand to each other, as the log's own tiles show it.

use super::Head;
use crate::merkle::{self, Hash, MerkleError, NodeReader};

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

/// Compares two heads by the nodes of the newer tree, which nobody vouches for: what they show counts only where it leads
/// to the newer head's root.
///
/// # Errors
/// Whatever reading the nodes fails with.
pub fn growth<R: NodeReader>(old: &Head, new: &Head, nodes: &R) -> Result<Growth, R::Error> {
    if new.size == old.size {
        return Ok(if new.root == old.root { Growth::Same } else { Growth::Forked(None) });
    }
    if new.size < old.size {
        return Ok(Growth::Shrunk);
    }
    let begins = merkle::root_at(nodes, old.size)?;
    let proof = merkle::consistency_proof(nodes, old.size, new.size)?;
    // Under the nodes' own idea of the older root: if that leads to the newer root, it is what the newer tree begins with.
    Ok(match merkle::verify_consistency(old.size, new.size, &proof, &begins, &new.root) {
        Err(error) => Growth::WrongTiles(error),
        Ok(()) if begins == old.root => Growth::Grown(proof),
        Ok(()) => Growth::Forked(Some((proof, begins))),
    })
}
