//! Attestations: what an auditor says of a log that he verified and re-performed (docs/format.md, "Attestations").
//!
//! The text of a signed note whose first line is no origin of a log, so that it is never taken for a checkpoint.

use super::{
    CodecError, Hash, Result,
    note::is_key_name,
    text::{clean, decimal, hash, to_base64},
};

/// The first line.
pub const FIRST_LINE: &str = "sagwan-attestation/v1";

/// What begins the two last lines.
const AGAIN: &str = "re-performed ";
const LISTED: &str = "not re-performed ";

/// What an auditor attests: that the log of this size has these roots, and that its decisions come out as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The log's origin.
    pub origin: String,
    /// How many leaves he verified; the last of them is a seal.
    pub size: u64,
    /// The root over them (RFC 6962 section 2.1).
    pub tree: Hash,
    /// The root of the proved index over them, made again.
    pub index: Hash,
    /// How many decisions and denials were made again and came out as recorded.
    pub reperformed: u64,
    /// How many things could not be made again.
    pub not_reperformed: u64,
}

impl Attestation {
    /// The text of the note, its last LF included: what is signed.
    ///
    /// # Errors
    /// [`CodecError::BadKeyName`] when the origin cannot name a log.
    pub fn format(&self) -> Result<String> {
        if !is_key_name(&self.origin) {
            return Err(CodecError::BadKeyName);
        }
        let (tree, index) = (to_base64(&self.tree), to_base64(&self.index));
        let Self { origin, size, reperformed, not_reperformed, .. } = self;
        Ok(format!(
            "{FIRST_LINE}\n{origin}\n{size}\n{tree}\n{index}\n{AGAIN}{reperformed}\n{LISTED}{not_reperformed}\n"
        ))
    }

    /// Parses the text of a note as an attestation.
    ///
    /// # Errors
    /// [`CodecError::BadText`], [`CodecError::BadKeyName`] for the origin, [`CodecError::BadLine`] for the rest.
    pub fn parse(text: &str) -> Result<Self> {
        clean(text.as_bytes())?;
        let bad = |line, expected| CodecError::BadLine { line, expected };
        let whole = text.strip_suffix('\n').ok_or(bad(text.lines().count().max(1), "a line feed at the end"))?;
        let mut lines = whole.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(bad(1, FIRST_LINE));
        }
        let origin = lines.next().filter(|origin| is_key_name(origin)).ok_or(CodecError::BadKeyName)?.to_owned();
        let size =
            lines.next().and_then(decimal).filter(|size| *size > 0).ok_or(bad(3, "the tree's size in decimal"))?;
        let tree = lines.next().and_then(hash).ok_or(bad(4, "the base64 of a 32-byte root"))?;
        let index = lines.next().and_then(hash).ok_or(bad(5, "the base64 of a 32-byte root"))?;
        let mut count = |line, before: &'static str| {
            let found = lines.next().and_then(|text| text.strip_prefix(before)).and_then(decimal);
            found.ok_or(bad(line, before))
        };
        let (reperformed, not_reperformed) = (count(6, AGAIN)?, count(7, LISTED)?);
        match lines.next() {
            Some(_) => Err(bad(8, "nothing")),
            None => Ok(Self { origin, size, tree, index, reperformed, not_reperformed }),
        }
    }
}

/// Whether bytes look like an attestation.
#[must_use]
pub fn is_attestation(bytes: &[u8]) -> bool {
    bytes.strip_prefix(FIRST_LINE.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'\n'))
}
