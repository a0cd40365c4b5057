//! Checkpoints: the text of a signed tree head (C2SP tlog-checkpoint).
//!
//! Three lines: origin, decimal size, base64 root. Lines after them are extensions: none is ever written, since
//! cosignatures of some types do not cover them; those of other logs are passed over when read.

use super::{
    CodecError, Hash, Result,
    note::is_key_name,
    text::{clean, decimal, hash, to_base64},
};

/// A tree head: which log, how many leaves, and their RFC 6962 root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log, which is also the name of its key.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The root over them (RFC 6962 section 2.1).
    pub root: Hash,
}

impl Checkpoint {
    /// The text of the note, its last LF included: what is signed.
    ///
    /// # Errors
    /// [`CodecError::BadKeyName`] when the origin cannot be the name of a key.
    pub fn format(&self) -> Result<String> {
        if !is_key_name(&self.origin) {
            return Err(CodecError::BadKeyName);
        }
        Ok(format!("{}\n{}\n{}\n", self.origin, self.size, to_base64(&self.root)))
    }

    /// Parses the text of a note, [`Note::text`](super::note::Note::text), as a checkpoint.
    ///
    /// # Errors
    /// [`CodecError::BadText`]; [`CodecError::BadKeyName`] for the origin; [`CodecError::BadLine`] for the rest.
    pub fn parse(text: &str) -> Result<Self> {
        clean(text.as_bytes())?;
        let bad = |line, expected| CodecError::BadLine { line, expected };
        let whole = text.strip_suffix('\n').ok_or(bad(text.lines().count().max(1), "a line feed at the end"))?;
        let mut lines = whole.split('\n');
        let origin = lines.next().filter(|origin| is_key_name(origin)).ok_or(CodecError::BadKeyName)?.to_owned();
        let size = lines.next().and_then(decimal).ok_or(bad(2, "the tree's size in decimal"))?;
        let root = lines.next().and_then(hash).ok_or(bad(3, "the base64 of a 32-byte root"))?;
        match lines.position(str::is_empty) {
            Some(index) => Err(bad(index + 4, "an extension line that is not empty")),
            None => Ok(Self { origin, size, root }),
        }
    }
}
