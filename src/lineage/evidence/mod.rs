//! Evidence: an answer's question, and everything that a stranger needs to ask it again (docs/format.md, "Evidence").
//!
//! One question to one head by a reader with the same rights has one evidence: `check` refuses what is missing and
//! what is too much.

mod attested;
mod check;
mod list;
mod make;
mod offline;
mod report;

pub use attested::verify_attested;
pub use check::{Verified, verify};
pub use report::Report;

pub(super) use make::make;

use super::{LineageError, Question};
use crate::{
    codec::{CodecError, cbor},
    event::{Bytes, Digest, limits},
};
use serde::{Deserialize, Serialize};

/// The version of the form.
pub const VERSION: u32 = 1;

/// An evidence bundle.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The version of the form: [`VERSION`]. It comes first in no encoding, but no other file has the field.
    pub evidence: u32,
    /// The log's origin.
    pub origin: String,
    /// The signed tree head (C2SP tlog-checkpoint in a signed note).
    pub checkpoint: String,
    /// What was asked.
    pub question: Question,
    /// Statements as they stand in the log, each with its index, ascending: what the answer is made of, and seals.
    pub records: Vec<(u64, Bytes)>,
    /// Entries that the reader may not read: index and leaf hash, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<(u64, Digest)>,
    /// The hashes that prove all these entries under the checkpoint, one after the other.
    pub tree: Bytes,
    /// What the index says of each key that was looked at, in the order of the keys.
    pub index: Vec<Entry>,
    /// The hashes that prove it under the index root of the last seal, one after the other.
    pub trie: Bytes,
    /// The public keys that signed the statements, each 32 bytes, in the order of the bytes.
    pub keys: Vec<Bytes>,
    /// What auditors attest of this log: signed notes ([`crate::codec::attestation`]). The answer does not need them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<String>,
}

/// What the index says of one key: one of four things.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Levels from the root to where its path ends; absent when its list is only claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u16>,
    /// It has postings: these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Part>,
    /// It has none: the leaf of another key stands at the end of its path. Place, count, list root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<(Digest, u64, Digest)>,
    /// The reader may not see the whole list: what he was shown of it, without proof that it is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Vec<u64>>,
}

/// Chunks of a list, and the proof that they are its.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How many postings the whole list has.
    pub count: u64,
    /// Numbers of chunks, ascending, each with all its indices.
    pub chunks: Vec<(u64, Vec<u64>)>,
    /// The hashes that prove them under the list's root, one after the other.
    pub beside: Bytes,
}

impl Evidence {
    /// Its deterministic CBOR.
    ///
    /// # Errors
    /// [`LineageError::TooMuch`] beyond the bound of a file.
    pub fn to_cbor(&self) -> Result<Vec<u8>, LineageError> {
        let bytes = cbor::encode(self).map_err(LineageError::Unreadable)?;
        let (found, limit) = (bytes.len() as u64, limits::EVIDENCE_BYTES_MAX as u64);
        if found > limit {
            return Err(LineageError::TooMuch { what: "bytes", found, limit });
        }
        Ok(bytes)
    }

    /// Evidence from its bytes, strictly; nothing of it is checked yet.
    ///
    /// # Errors
    /// [`LineageError::Unreadable`].
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, LineageError> {
        if bytes.len() > limits::EVIDENCE_BYTES_MAX {
            return Err(LineageError::Unreadable(CodecError::Oversize {
                what: "the evidence",
                size: bytes.len() as u64,
                limit: limits::EVIDENCE_BYTES_MAX as u64,
                unit: "bytes",
            }));
        }
        let found: Self = cbor::decode(bytes).map_err(LineageError::Unreadable)?;
        match found.evidence {
            VERSION => Ok(found),
            other => LineageError::refused(format!("it is of version {other}, this program reads version {VERSION}")),
        }
    }
}

/// Whether bytes look like evidence: a map with the field that nothing else has.
#[must_use]
pub fn is_evidence(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first >> 5 == 5)
}
