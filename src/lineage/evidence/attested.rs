//! Attestations that evidence carries, or that stand beside it: who says that the index root is right.

use super::{Evidence, Verified, verify};
use crate::{
    codec::{CodecError, attestation::Attestation, checkpoint::Checkpoint, note::Note},
    event::limits,
    lineage::LineageError,
    verify::{Auditors, Head, LogKeys, VerifyError, read_attestation, verify_attestation},
};

/// What evidence says of its index root when nobody attests it.
pub(super) const PER_OPERATOR: &str =
    "that the index root is right: the log's operator says so, and `sagwan verify --full` makes it again";

/// Verifies evidence as [`verify`] does, and besides the attestations in it and beside it under the auditors' keys.
/// Where one of them attests the very tree and index of the evidence, completeness is per that auditor.
///
/// # Errors
/// Those of [`verify`]; an attestation beside the evidence that does not hold.
pub fn verify_attested(
    bytes: &[u8],
    keys: &LogKeys,
    auditors: &Auditors,
    beside: &[Vec<u8>],
) -> Result<Verified, LineageError> {
    let mut verified = verify(bytes, keys)?;
    if auditors.hold_a_key_of(keys) {
        return LineageError::refused("the auditor's key is the log's own: nobody audits himself");
    }
    for note in beside {
        check(note, keys.origin(), &verified.head, &verified.index.0)?;
    }
    let carried: Vec<Vec<u8>> = verified.attestations.iter().map(|note| note.clone().into_bytes()).collect();
    for (note, is_carried) in carried.iter().map(|note| (note, true)).chain(beside.iter().map(|note| (note, false))) {
        match verify_attestation(note, auditors) {
            Ok(attested) if attested.attestation.size == verified.head.size => {
                let said = per_auditor(&attested.attestation, &attested.by);
                verified.report.claimed.iter_mut().filter(|line| *line == PER_OPERATOR).for_each(|line| {
                    line.clone_from(&said);
                });
                verified.attested_by.extend(attested.by);
            }
            Ok(attested) => verified.report.not_checked.push(format!(
                "what came after the first {} of these {} entries: {} attested only those",
                attested.attestation.size,
                verified.head.size,
                attested.by.join(", ")
            )),
            Err(VerifyError::Attestation { error: CodecError::Unverified }) if is_carried => {
                verified.report.not_checked.push("an attestation in it: give its auditor's key with --auditor".into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(verified)
}

fn per_auditor(attestation: &Attestation, by: &[String]) -> String {
    format!(
        "that the index root is right: {} attested it, having verified all {} entries and made {} decisions again ({} things could not be)",
        by.join(", "),
        attestation.size,
        attestation.reperformed,
        attestation.not_reperformed
    )
}

/// What must hold of every attestation that evidence carries, whoever signed it: it is of this log, not of a later tree, and
/// of the same roots where it is of the same size.
pub(super) fn check(note: &[u8], origin: &str, head: &Head, index: &[u8; 32]) -> Result<(), LineageError> {
    let attestation = read_attestation(note)?;
    if attestation.origin != origin {
        return LineageError::refused(format!("an attestation of the log {:?}", attestation.origin));
    }
    if attestation.size > head.size {
        let what = format!("an attestation of {} entries, the tree has {}", attestation.size, head.size);
        return LineageError::refused(what);
    }
    if attestation.size == head.size && (attestation.tree, attestation.index) != (head.root, *index) {
        return LineageError::refused(format!("an attestation of another tree of {} entries", head.size));
    }
    Ok(())
}

impl Evidence {
    /// The size of the tree under whose head it stands, as it says itself.
    ///
    /// # Errors
    /// [`LineageError::Unreadable`].
    pub fn size(&self) -> Result<u64, LineageError> {
        let note = Note::parse(self.checkpoint.as_bytes()).map_err(LineageError::Unreadable)?;
        Ok(Checkpoint::parse(note.text).map_err(LineageError::Unreadable)?.size)
    }

    /// Puts an attestation in; gives the size that it is of.
    ///
    /// # Errors
    /// When there are too many, or it is none, or of another log.
    pub fn attach(&mut self, note: &[u8]) -> Result<u64, LineageError> {
        let attestation = read_attestation(note)?;
        if attestation.origin != self.origin {
            return LineageError::refused(format!("an attestation of the log {:?}", attestation.origin));
        }
        let text = std::str::from_utf8(note)
            .map_err(|error| LineageError::Unreadable(CodecError::BadText { offset: error.valid_up_to() }))?;
        let (found, limit) = (self.attestations.len() as u64 + 1, limits::EVIDENCE_ATTESTATIONS_MAX as u64);
        if found > limit {
            return Err(LineageError::TooMuch { what: "attestations", found, limit });
        }
        self.attestations.push(text.to_owned());
        Ok(attestation.size)
    }
}
