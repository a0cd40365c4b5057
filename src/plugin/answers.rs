//! What a plugin may ask of the ledger, and the transcript of what it asked and was answered.

use super::view::EventView;
use crate::event::{Digest, Kind, Subject};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// A question for events.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// The subject that the events mention.
    pub subject: Subject,
    /// Their kinds; none means all.
    pub kinds: Vec<Kind>,
    /// From the end of the log backwards.
    pub newest_first: bool,
    /// The first index that is of interest; when the newest come first, the last.
    pub start: Option<u64>,
    /// How many at most: 1 to [`PLUGIN_ANSWER_EVENTS_MAX`](crate::event::limits::PLUGIN_ANSWER_EVENTS_MAX).
    pub limit: usize,
}

/// The host cannot answer now, though there is an answer: the call ends as *indeterminate*.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}")]
pub struct Unavailable {
    /// What is missing, and what to do.
    pub what: String,
}

/// The ledger as it was just before the statement that a plugin is called for. What it answers may depend on nothing
/// but that prefix (and, for blobs, the digests that the statement itself names): a re-run must get the same answers.
pub trait Answers: Send + Sync {
    /// The events of the prefix that mention the subject, in log order or backwards.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn events_about(&self, question: &Question) -> Result<Vec<EventView>, Unavailable>;

    /// The bytes of a blob; `None` where neither the prefix nor the statement names its digest.
    ///
    /// # Errors
    /// [`Unavailable`]: it is named, but its bytes are not at hand or not those of the digest.
    fn blob(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, Unavailable>;
}

/// An empty ledger: for what asks nothing, and for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAnswers;

impl Answers for NoAnswers {
    fn events_about(&self, _: &Question) -> Result<Vec<EventView>, Unavailable> {
        Ok(Vec::new())
    }

    fn blob(&self, _: &Digest) -> Result<Option<Arc<[u8]>>, Unavailable> {
        Ok(None)
    }
}

/// What was asked and answered, as one digest: SHA-256 over the parts, each as its length (64 bits, big-endian) and its
/// bytes. A question for events has the parts `events`, subject, kinds joined by spaces, `newest` or `oldest`, the
/// start in decimal (or nothing), the limit in decimal, and then those of each event; one for a blob has `blob`, the
/// digest, and the answer's SHA-256 or nothing. A refused question is there with its refusal.
#[derive(Default)]
pub(super) struct Transcript {
    hash: Sha256,
    asked: u32,
}

impl Transcript {
    pub(super) fn begin(&mut self, question: &str) {
        self.asked += 1;
        self.part(question.as_bytes());
    }

    pub(super) fn part(&mut self, bytes: &[u8]) {
        self.hash.update((bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }

    /// How many questions there were.
    pub(super) fn asked(&self) -> u32 {
        self.asked
    }

    /// The digest; `None` when nothing was asked.
    pub(super) fn digest(self) -> Option<Digest> {
        (self.asked > 0).then(|| Digest(self.hash.finalize().into()))
    }
}
