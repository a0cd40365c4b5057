//! Evidence of a range of time: the log from its beginning to the end of the range, and all that its decisions stood on,
//! in one file (docs/format.md, "Evidence of a range"). Whoever has it and the log's key re-performs offline.

use super::{Reperformed, reperform_within};
use crate::{
    codec::{CodecError, cbor},
    event::{Body, Bytes, Digest, Timestamp, body::Denial, limits},
    ledger::{Brought, Host, LedgerError, Whole},
    merkle::{Frontier, Hash, leaf_hash},
    storage::{Blobs, MemBlobs, StorageError},
    verify::{Head, LogKeys, VerifyError, verify_checkpoint},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use thiserror::Error;

/// The version of the form.
pub const RANGE_VERSION: u32 = 1;

/// A range of a log, and what it takes to re-perform it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeEvidence {
    /// The version of the form: [`RANGE_VERSION`].
    pub range: u32,
    /// The log's origin.
    pub origin: String,
    /// A signed tree head whose tree begins with that of the entries.
    pub checkpoint: String,
    /// The hashes that prove that it does, one after the other.
    pub growth: Bytes,
    /// The beginning of the range; what is before it is there because the decisions in it stand on it.
    pub since: Timestamp,
    /// The end of the range, exclusive.
    pub until: Timestamp,
    /// The log's entries from the first on, up to the first batch at or after the end of the range, or all of the signed tree.
    pub entries: Vec<Bytes>,
    /// Policy bundles, components, findings: what is named by digest and was asked for.
    pub blobs: Vec<Bytes>,
    /// Refused statements that are still kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Bytes>,
}

/// Range evidence that cannot be made or does not hold.
#[derive(Debug, Error)]
pub enum RangeError {
    /// The log.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Its checkpoint.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// Bytes that are none.
    #[error("the evidence cannot be read: {0}; ask for it again")]
    Unreadable(CodecError),
    /// Parts that do not fit.
    #[error("the evidence is refused: {0}; ask for it again")]
    Refused(String),
}

/// Remembers what was asked for.
struct Asked {
    blobs: Arc<dyn Blobs>,
    given: Mutex<BTreeMap<[u8; 32], Vec<u8>>>,
}

impl Blobs for Asked {
    fn put(&self, bytes: &[u8]) -> Result<[u8; 32], StorageError> {
        self.blobs.put(bytes)
    }

    fn get(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StorageError> {
        let bytes = self.blobs.get(digest)?;
        self.given.lock().unwrap_or_else(PoisonError::into_inner).insert(*digest, bytes.clone());
        Ok(bytes)
    }

    fn has(&self, digest: &[u8; 32]) -> Result<bool, StorageError> {
        self.blobs.has(digest)
    }
}

impl RangeEvidence {
    /// The range of a ledger's log: re-performs it once, to learn what that takes. `folder` is where compiled plugins are.
    ///
    /// # Errors
    /// [`RangeError`].
    pub fn make(
        whole: &Whole,
        (since, until): (Timestamp, Timestamp),
        folder: &Path,
        host: &Host,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, RangeError> {
        let excerpt = whole.excerpt(until, limits::RANGE_BYTES_MAX)?;
        let refused = refused(whole, &excerpt.entries)?;
        let asked = Arc::new(Asked { blobs: whole.ground().shared_blobs(), given: Mutex::default() });
        let brought = Brought {
            origin: whole.origin().to_owned(),
            head: head(&excerpt.entries),
            entries: excerpt.entries.clone(),
            blobs: Arc::clone(&asked) as _,
            refused: refused.clone(),
        };
        reperform_within(&Whole::brought(brought, folder, host), since..until, progress)?;
        let blobs = std::mem::take(&mut *asked.given.lock().unwrap_or_else(PoisonError::into_inner));
        let mut refused: Vec<Bytes> = refused.into_values().map(Bytes).collect();
        refused.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Ok(Self {
            range: RANGE_VERSION,
            origin: whole.origin().to_owned(),
            checkpoint: String::from_utf8_lossy(&excerpt.checkpoint).into_owned(),
            growth: Bytes(excerpt.growth.concat()),
            since,
            until,
            entries: excerpt.entries.iter().map(|entry| Bytes(entry.to_vec())).collect(),
            blobs: blobs.into_values().map(Bytes).collect(),
            refused,
        })
    }

    /// Its deterministic CBOR.
    ///
    /// # Errors
    /// When it is too large.
    pub fn to_cbor(&self) -> Result<Vec<u8>, RangeError> {
        let bytes = cbor::encode(self).map_err(RangeError::Unreadable)?;
        bounded(bytes.len()).map(|()| bytes)
    }

    /// From its bytes, strictly; nothing of it is checked yet.
    ///
    /// # Errors
    /// [`RangeError::Unreadable`].
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, RangeError> {
        bounded(bytes.len())?;
        let found: Self = cbor::decode(bytes).map_err(RangeError::Unreadable)?;
        match found.range {
            RANGE_VERSION => Ok(found),
            other => Err(RangeError::Refused(format!("it is of version {other}, this program reads {RANGE_VERSION}"))),
        }
    }

    /// Verifies it under the log's keys, and makes every decision in it again; what is counted is of the range.
    ///
    /// # Errors
    /// [`RangeError`]; differences are no error, they are in what comes back.
    pub fn verify(
        &self,
        keys: &LogKeys,
        folder: &Path,
        host: &Host,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Head, Reperformed), RangeError> {
        if self.origin != keys.origin() {
            let what = format!("it is of the log {:?}, not {:?}", self.origin, keys.origin());
            return Err(RangeError::Refused(what));
        }
        let signed = verify_checkpoint(self.checkpoint.as_bytes(), keys)?;
        let entries: Vec<Arc<[u8]>> = self.entries.iter().map(|entry| Arc::from(entry.0.as_slice())).collect();
        let own = head(&entries);
        let path: Vec<Hash> = self.growth.0.chunks(32).filter_map(|hash| hash.try_into().ok()).collect();
        if path.len() * 32 != self.growth.0.len() {
            return Err(RangeError::Refused("its proof of growth is no list of hashes".into()));
        }
        crate::merkle::verify_consistency(own.size, signed.size, &path, &own.root, &signed.root).map_err(|error| {
            RangeError::Refused(format!("the signed tree does not begin with its entries: {error}"))
        })?;
        let blobs = MemBlobs::default();
        for Bytes(bytes) in &self.blobs {
            blobs.put(bytes).map_err(LedgerError::from)?;
        }
        let refused = self.refused.iter().map(|Bytes(bytes)| (sha(bytes), bytes.clone())).collect();
        let brought = Brought { origin: self.origin.clone(), head: own, entries, blobs: Arc::new(blobs), refused };
        let done = reperform_within(&Whole::brought(brought, folder, host), self.since..self.until, progress)?;
        // The ledger's time never goes back, which the fold has checked: what comes after is not of the range.
        if done.full.t < self.until && own.size < signed.size {
            let what =
                format!("its entries end at {}, before its range, and are not the whole signed tree", done.full.t);
            return Err(RangeError::Refused(what));
        }
        Ok((signed, done))
    }
}

fn bounded(size: usize) -> Result<(), RangeError> {
    let limit = 2 * limits::RANGE_BYTES_MAX;
    if size <= limit {
        return Ok(());
    }
    let (size, limit) = (size as u64, limit as u64);
    Err(RangeError::Unreadable(CodecError::Oversize { what: "the evidence of a range", size, limit, unit: "bytes" }))
}

fn sha(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

fn head(entries: &[Arc<[u8]>]) -> Head {
    let mut tree = Frontier::default();
    entries.iter().for_each(|entry| tree.push(leaf_hash(entry)));
    Head { size: tree.size(), root: tree.root() }
}

/// The refused statements that denials among these entries name, as far as they are kept.
fn refused(whole: &Whole, entries: &[Arc<[u8]>]) -> Result<HashMap<[u8; 32], Vec<u8>>, LedgerError> {
    let digests: Vec<Digest> = entries.iter().filter_map(|entry| denied(entry)).collect();
    whole.refused(&digests)
}

fn denied(entry: &[u8]) -> Option<Digest> {
    let statement = crate::codec::statement::Statement::parse(entry).ok()?;
    let events = crate::codec::event::payload_from_cbor(statement.payload).ok()?;
    match &events.first()?.body {
        Body::Denial(Denial { bytes, .. }) => *bytes,
        _ => None,
    }
}

/// Whether bytes look like the evidence of a range: a map whose first key is `blobs`.
#[must_use]
pub fn is_range(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first >> 5 == 5) && bytes.get(1..7) == Some(b"\x65blobs")
}
