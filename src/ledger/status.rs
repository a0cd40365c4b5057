//! How the ledger fares: for health checks and metrics.

use super::{monitors::MonitorStatus, verdict::Verdict};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Upper bounds of the buckets in which commits are counted, in microseconds; the last bucket has none.
pub const COMMIT_BUCKETS_US: [u64; 8] = [250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000];

/// Counted since the ledger was opened.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) size: AtomicU64,
    recorded: AtomicU64,
    known: AtomicU64,
    refused: AtomicU64,
    invalid: AtomicU64,
    failed: AtomicU64,
    batches: AtomicU64,
    entries: AtomicU64,
    commit_us: AtomicU64,
    commit_buckets: [AtomicU64; COMMIT_BUCKETS_US.len() + 1],
}

impl Counters {
    pub(super) fn count(&self, verdict: &Verdict) {
        let counter = match verdict {
            Verdict::Recorded { known: true, .. } | Verdict::Refused { known: true, .. } => &self.known,
            Verdict::Recorded { .. } => &self.recorded,
            Verdict::Refused { .. } => &self.refused,
            Verdict::Invalid(_) => &self.invalid,
            Verdict::Failed(_) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// One batch became durable, and how long the write and the sync took.
    pub(super) fn committed(&self, entries: usize, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(entries as u64, Ordering::Relaxed);
        self.commit_us.fetch_add(us, Ordering::Relaxed);
        let bucket = COMMIT_BUCKETS_US.iter().position(|bound| us <= *bound).unwrap_or(COMMIT_BUCKETS_US.len());
        if let Some(bucket) = self.commit_buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn status(&self) -> Status {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Status {
            fatal: None,
            size: get(&self.size),
            indexed: 0,
            queued: 0,
            recorded: get(&self.recorded),
            known: get(&self.known),
            refused: get(&self.refused),
            invalid: get(&self.invalid),
            failed: get(&self.failed),
            batches: get(&self.batches),
            entries: get(&self.entries),
            commit_us: get(&self.commit_us),
            commit_buckets: self.commit_buckets.iter().map(get).collect(),
            monitors: Vec::new(),
        }
    }
}

/// What [`super::Ledger::status`] says. Counts are since the ledger was opened.
#[derive(Clone, Debug)]
pub struct Status {
    /// Why the ledger stopped, if it did.
    pub fatal: Option<String>,
    /// Durable entries.
    pub size: u64,
    /// Entries that the stored index covers; those above are found in memory.
    pub indexed: u64,
    /// Statements that wait.
    pub queued: usize,
    /// Statements recorded.
    pub recorded: u64,
    /// Resubmissions.
    pub known: u64,
    /// Statements refused.
    pub refused: u64,
    /// Statements that could not be judged.
    pub invalid: u64,
    /// Statements whose fate was unclear when the ledger stopped.
    pub failed: u64,
    /// Batches made durable.
    pub batches: u64,
    /// Entries made durable, seals and denials included.
    pub entries: u64,
    /// Microseconds spent writing and syncing, in all.
    pub commit_us: u64,
    /// Batches by the time of their write and sync: a count for each of [`COMMIT_BUCKETS_US`], and one beyond.
    pub commit_buckets: Vec<u64>,
    /// Monitors that have something to look at.
    pub monitors: Vec<MonitorStatus>,
}
