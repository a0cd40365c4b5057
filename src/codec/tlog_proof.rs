//! Proofs that a leaf is in a log, for keeping in a file (C2SP tlog-proof).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>          (optional, not authenticated by anything)
//! index <decimal>
//! <base64 hash>           (one a line, from the leaf's sibling to the root)
//!
//! <the signed checkpoint, verbatim>
//! ```

use super::{
    CodecError, Hash, Result,
    text::{at_most, base64, clean, decimal, put_hashes, take_hashes, to_base64, within},
};
use crate::event::limits::{NOTE_BYTES_MAX, PROOF_EXTRA_BYTES_MAX};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The bytes of everything before the checkpoint, at most: the extra in base64 and 64 lines.
const PREFIX_BYTES_MAX: usize = PROOF_EXTRA_BYTES_MAX / 3 * 4 + 64 * 64;

/// An inclusion proof with its checkpoint. Nothing in it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Data that came along, which nothing authenticates.
    pub extra: Option<Vec<u8>>,
    /// The index of the leaf.
    pub index: u64,
    /// The inclusion path, from the leaf's sibling to the root (RFC 6962 section 2.1.1).
    pub path: Vec<Hash>,
    /// The signed checkpoint: a note, as the log published it.
    pub checkpoint: String,
}

impl TlogProof {
    /// The proof as a file.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse): what this would write is read back first.
    pub fn format(&self) -> Result<String> {
        let mut out = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            out.push_str(&format!("extra {}\n", to_base64(extra)));
        }
        out.push_str(&format!("index {}\n", self.index));
        put_hashes(&mut out, &self.path);
        out.push('\n');
        out.push_str(&self.checkpoint);
        Self::parse(out.as_bytes())?;
        Ok(out)
    }

    /// Parses a proof.
    ///
    /// # Errors
    /// [`CodecError::Empty`] and [`CodecError::Oversize`] for its size and length of path, [`CodecError::BadText`],
    /// [`CodecError::BadLine`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        within("the proof", bytes.len(), PREFIX_BYTES_MAX + NOTE_BYTES_MAX)?;
        let text = clean(bytes)?;
        let bad = |line, expected| CodecError::BadLine { line, expected };
        let rest = text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n'));
        let (head, checkpoint) = rest
            .ok_or(bad(1, HEADER))?
            .split_once("\n\n")
            .ok_or(bad(text.lines().count(), "a blank line and the checkpoint"))?;
        let mut lines = head.split('\n').zip(2..).peekable();
        let extra = match lines.next_if(|(line, _)| line.starts_with("extra ")) {
            Some((line, number)) => Some(extra(line).ok_or(bad(number, "extra and base64"))?),
            None => None,
        };
        at_most("the proof's extra", extra.as_ref().map_or(0, Vec::len), PROOF_EXTRA_BYTES_MAX)?;
        let index = lines.next().and_then(|(line, _)| decimal(line.strip_prefix("index ")?));
        let index = index.ok_or(bad(2 + usize::from(extra.is_some()), "index and the leaf's index in decimal"))?;
        let path = take_hashes("the inclusion path", lines)?;
        within("the checkpoint", checkpoint.len(), NOTE_BYTES_MAX)?;
        Ok(Self { extra, index, path, checkpoint: checkpoint.to_owned() })
    }
}

fn extra(line: &str) -> Option<Vec<u8>> {
    base64(line.strip_prefix("extra ")?)
}
