//! The head of the ledger as everybody may see it: signed checkpoint, and the signature that receipts share.

use super::{error::LedgerError, pen::Pen};
use crate::{
    codec::{receipt::SignedHead, tlog_proof::TlogProof},
    event::Timestamp,
    merkle::{Hash, NodeReader, inclusion_proof, verify_inclusion},
    storage::{Log, StorageError},
};
use std::sync::{Arc, OnceLock};

/// The newest durable tree head.
pub struct Published {
    /// The tree's size; its last leaf is a seal.
    pub size: u64,
    /// The tree's RFC 6962 root.
    pub root: Hash,
    /// The ledger's time of the last batch.
    pub t: Timestamp,
    /// The signed checkpoint (C2SP tlog-checkpoint in a signed note).
    pub checkpoint: String,
    pen: Arc<Pen>,
    receipts: OnceLock<SignedHead>,
}

/// The log as a tree of nodes, for the proofs of `merkle`.
pub(super) struct Nodes<'a>(pub(super) &'a dyn Log);

impl NodeReader for Nodes<'_> {
    type Error = StorageError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, StorageError> {
        self.0.node(level, index)
    }
}

impl Published {
    pub(super) fn new(pen: Arc<Pen>, size: u64, root: Hash, t: Timestamp) -> Result<Self, LedgerError> {
        let checkpoint = pen.checkpoint(size, &root)?;
        Ok(Self { size, root, t, checkpoint, pen, receipts: OnceLock::new() })
    }

    /// The pen that signed it.
    pub(super) fn pen(&self) -> Arc<Pen> {
        Arc::clone(&self.pen)
    }

    /// The receipt of a leaf (RFC 9942). The signature over the head is made once, by whoever asks first.
    pub(super) fn receipt(&self, log: &dyn Log, index: u64, leaf: &Hash) -> Result<Vec<u8>, LedgerError> {
        let own = |error: &dyn std::fmt::Display| LedgerError::Own(error.to_string());
        let path = path(log, index, leaf, (self.size, &self.root))?;
        let head = match self.receipts.get() {
            Some(head) => head,
            None => {
                let head = self.pen.receipt_head(self.size, &self.root)?;
                self.receipts.get_or_init(|| head)
            }
        };
        head.receipt(index, &path).map_err(|error| own(&error))
    }
}

/// The inclusion path of a leaf under a head of this size and root, checked before it leaves.
fn path(log: &dyn Log, index: u64, leaf: &Hash, (size, root): (u64, &Hash)) -> Result<Vec<Hash>, LedgerError> {
    let path = inclusion_proof(&Nodes(log), index, size)?;
    // A flipped bit in a stored hash must not become a proof that fails elsewhere.
    verify_inclusion(leaf, index, size, &path, root)?;
    Ok(path)
}

/// The proof of a leaf under a signed head as a file (C2SP tlog-proof).
pub(super) fn tlog_proof(
    log: &dyn Log,
    index: u64,
    leaf: &Hash,
    head: (u64, &Hash),
    checkpoint: &str,
) -> Result<String, LedgerError> {
    let path = path(log, index, leaf, head)?;
    let proof = TlogProof { extra: None, index, path, checkpoint: checkpoint.to_owned() };
    proof.format().map_err(|error| LedgerError::Own(error.to_string()))
}
