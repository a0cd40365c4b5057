//! Checkpoints, growth between two of them, and proofs that stand on one (C2SP tlog-checkpoint and tlog-proof).

use super::{Head, LogKeys, Verified, VerifyError};
use crate::{
    codec::{checkpoint::Checkpoint, note::Note, tlog_proof::TlogProof},
    merkle::{self, Hash},
};

const CHECKPOINT: &str = "the checkpoint";
const PROOF: &str = "the tlog-proof";

/// Verifies a signed checkpoint: a note that at least one pinned key signed and none signed wrongly, about a tree of
/// the pinned log. Signatures of unknown keys, such as witnesses, are passed over (C2SP signed-note).
///
/// # Errors
/// [`VerifyError::Unreadable`], [`VerifyError::Checkpoint`], [`VerifyError::Origin`], [`VerifyError::EmptyRoot`],
/// [`VerifyError::Proof`] for a size beyond 2^63 - 1.
pub fn verify_checkpoint(checkpoint: &[u8], keys: &LogKeys) -> Result<Head, VerifyError> {
    let unreadable = |error| VerifyError::Unreadable { what: CHECKPOINT, error };
    let note = Note::parse(checkpoint).map_err(unreadable)?;
    // The origin first, so that the checkpoint of another log is not called a forgery.
    let Checkpoint { origin, size, root } = Checkpoint::parse(note.text).map_err(unreadable)?;
    keys.check_origin(CHECKPOINT, &origin)?;
    note.verify(keys.verifiers())
        .map_err(|error| VerifyError::Checkpoint { origin: keys.origin().to_owned(), error })?;
    if size > merkle::TREE_SIZE_MAX {
        return Err(VerifyError::Proof { what: CHECKPOINT, error: merkle::MerkleError::SizeTooLarge { size } });
    }
    if size == 0 && root != merkle::empty_root() {
        return Err(VerifyError::EmptyRoot);
    }
    Ok(Head { size, root })
}

/// Verifies two signed checkpoints and that the log only grew between them: the tree of `new` begins with the whole
/// tree of `old`. Gives both heads.
///
/// # Errors
/// Those of [`verify_checkpoint`] for either; [`VerifyError::Proof`] when the log shrank, or forked, or the proof is
/// not for these two.
pub fn verify_consistency(old: &[u8], new: &[u8], path: &[Hash], keys: &LogKeys) -> Result<(Head, Head), VerifyError> {
    let (old, new) = (verify_checkpoint(old, keys)?, verify_checkpoint(new, keys)?);
    merkle::verify_consistency(old.size, new.size, path, &old.root, &new.root)
        .map_err(|error| VerifyError::Proof { what: "the consistency proof", error })?;
    Ok((old, new))
}

/// Verifies a tlog-proof: its checkpoint, and that `entry`, a record's bytes as they stand in the log, is the leaf that
/// it names. The proof's `extra` is not authenticated by anything and not looked at.
///
/// # Errors
/// [`VerifyError::Unreadable`], those of [`verify_checkpoint`], and [`VerifyError::Proof`].
pub fn verify_tlog_proof(entry: &[u8], proof: &[u8], keys: &LogKeys) -> Result<Verified, VerifyError> {
    let proof = TlogProof::parse(proof).map_err(|error| VerifyError::Unreadable { what: PROOF, error })?;
    let Head { size, root } = verify_checkpoint(proof.checkpoint.as_bytes(), keys)?;
    merkle::verify_inclusion(&merkle::leaf_hash(entry), proof.index, size, &proof.path, &root)
        .map_err(|error| VerifyError::Proof { what: PROOF, error })?;
    Ok(Verified { index: proof.index, size, root })
}
