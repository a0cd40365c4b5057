//! What an auditor signs of a log that he verified and re-performed without finding a difference.

use super::Reperformed;
use crate::{
    codec::{CodecError, attestation::Attestation, note::format_note},
    crypto::NoteSigner,
};

/// The attestation of a log; `None` when something in it came out otherwise than recorded.
#[must_use]
pub fn attestation(done: &Reperformed) -> Option<Attestation> {
    (done.different == 0).then(|| Attestation {
        origin: done.full.origin.clone(),
        size: done.full.size,
        tree: done.full.root.0,
        index: done.full.index.0,
        reperformed: done.counts.decisions + done.counts.denials,
        not_reperformed: done.not_reperformed,
    })
}

/// Signs an attestation: a note with one signature line.
///
/// # Errors
/// When the log's origin cannot stand in a note.
pub fn sign_attestation(attestation: &Attestation, auditor: &NoteSigner) -> Result<String, CodecError> {
    let text = attestation.format()?;
    // A plain signature: time stands in cosignatures only.
    format_note(&text, &[auditor.sign(&text, 0)])
}
