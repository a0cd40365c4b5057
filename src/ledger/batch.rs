//! A batch on its way to the disk: entries, what the index and the waiting clients get once it is durable.

use super::{submission::Submission, verdict::Verdict};
use crate::{event::Timestamp, merkle::Hash};
use std::sync::Arc;

/// Cells of the index, sorted by key.
pub(super) type Cells = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Entries that become durable together, the last of them a seal; or no entries, only answers that must wait for what
/// went before.
pub(super) struct Batch {
    pub(super) first: u64,
    pub(super) t: Timestamp,
    pub(super) entries: Vec<Arc<[u8]>>,
    pub(super) leaves: Vec<Hash>,
    /// The tree's root with the seal in it.
    pub(super) root: Hash,
    /// Index keys by entry, from `first` on.
    pub(super) keys: Vec<(u64, Vec<Box<[u8]>>)>,
    /// The same for the proved index: places of keys, each with an entry's index.
    pub(super) postings: Vec<(Hash, u64)>,
    /// Findings of plugins for `blobs/`.
    pub(super) findings: Vec<Vec<u8>>,
    /// Refused statements for the vault.
    pub(super) refused: Vec<Arc<[u8]>>,
    /// What to tell whom once it is durable.
    pub(super) answers: Vec<(Arc<Submission>, usize, Verdict)>,
    /// The state's and the identities' changed cells, when a stride of the index ends here.
    pub(super) stride: Option<Cells>,
    /// A new pen, when the log's keys changed in this batch.
    pub(super) pen: Option<Arc<super::pen::Pen>>,
}

impl Batch {
    pub(super) fn new(first: u64, t: Timestamp) -> Self {
        Self {
            first,
            t,
            entries: Vec::new(),
            leaves: Vec::new(),
            root: [0; 32],
            keys: Vec::new(),
            postings: Vec::new(),
            findings: Vec::new(),
            refused: Vec::new(),
            answers: Vec::new(),
            stride: None,
            pen: None,
        }
    }

    /// The log's size after it.
    pub(super) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }
}
