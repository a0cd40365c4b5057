//! What waits for an endpoint: a file of the ledger's folder, replaced whole at every change, so that a restart neither
//! loses a message nor tells the whole history again.

use super::error::NotifyError;
use crate::{
    event::{Timestamp, body::DeliveryOutcome, limits},
    storage::io::{Durability, Io, make_dir, read_file, remove_file, replace_file},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, VecDeque},
    path::{Path, PathBuf},
};

/// The folder of the queues in the ledger's folder.
pub const FOLDER: &str = "webhooks";

/// A message that waits for its next attempt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// The record.
    pub index: u64,
    /// The event's position in its statement.
    pub position: u32,
    /// Attempts so far.
    pub attempts: u32,
    /// When the next may be made.
    pub next: Timestamp,
    /// What the last one came to, in words.
    pub last: Option<String>,
}

/// A message that was delivered or given up, until the ledger has recorded that, and given-up ones for as long as they
/// can be sent again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// The record.
    pub index: u64,
    /// The event's position in its statement.
    pub position: u32,
    /// Attempts that it took.
    pub attempts: u32,
    /// When.
    pub at: Timestamp,
    /// Delivered or given up.
    pub outcome: DeliveryOutcome,
    /// The HTTP status of the last answer, if there was one.
    pub status: Option<u16>,
    /// Why it was given up.
    pub reason: Option<String>,
}

/// What stands in the file of one endpoint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    version: u32,
    /// Records below this one were looked at.
    pub cursor: u64,
    /// In log order.
    pub waiting: VecDeque<Waiting>,
    /// What the ledger has not recorded yet.
    pub settled: VecDeque<Settled>,
    /// Given up, oldest first.
    pub dead: VecDeque<Settled>,
}

/// The version of the file's form.
const VERSION: u32 = 1;

/// The files of one endpoint.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    queue: PathBuf,
    retry: PathBuf,
}

/// Which given-up messages are to be sent again.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// Every one.
    pub all: bool,
    /// Those of these records.
    pub records: BTreeSet<u64>,
}

impl Queue {
    /// Nothing waits, and what is recorded from `cursor` on will.
    #[must_use]
    pub fn starting_at(cursor: u64) -> Self {
        let (waiting, settled, dead) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self { version: VERSION, cursor, waiting, settled, dead }
    }

    /// Keeps a given-up message; the oldest goes where there are too many.
    pub fn bury(&mut self, settled: Settled) {
        if self.dead.len() >= limits::WEBHOOK_DEAD_MAX {
            self.dead.pop_front();
        }
        self.dead.push_back(settled);
    }

    /// Puts given-up messages back among those that wait, due at once and with all their attempts; how many.
    pub fn raise(&mut self, again: &Again, now: Timestamp) -> usize {
        let (back, left) = std::mem::take(&mut self.dead)
            .into_iter()
            .partition(|dead: &Settled| again.all || again.records.contains(&dead.index));
        let back: VecDeque<Settled> = back;
        self.dead = left;
        let waiting = |dead: &Settled| Waiting {
            index: dead.index,
            position: dead.position,
            attempts: 0,
            next: now,
            last: dead.reason.clone(),
        };
        self.waiting.extend(back.iter().map(waiting));
        self.waiting.make_contiguous().sort_by_key(|waiting| (waiting.index, waiting.position));
        back.len()
    }
}

impl Store {
    /// The files of the endpoint of this name; none is made.
    #[must_use]
    pub fn new(ledger: &Path, name: &str) -> Self {
        let folder = ledger.join(FOLDER);
        let (queue, retry) = (folder.join(format!("{name}.json")), folder.join(format!("{name}.retry")));
        Self { root: ledger.to_owned(), queue, retry }
    }

    /// The queue; `None` when nothing was ever written.
    ///
    /// # Errors
    /// [`NotifyError::Queue`] and [`NotifyError::Storage`].
    pub fn load(&self, io: &dyn Io) -> Result<Option<Queue>, NotifyError> {
        let queue: Option<Queue> = read_json(io, &self.queue)?;
        match queue {
            Some(queue) if queue.version != VERSION => {
                let what = format!("version {}, and this program knows {VERSION}", queue.version);
                Err(NotifyError::Queue { path: self.queue.clone(), what })
            }
            queue => Ok(queue),
        }
    }

    /// Writes the queue, durably.
    ///
    /// # Errors
    /// [`NotifyError::Storage`].
    pub fn save(&self, io: &dyn Io, queue: &Queue) -> Result<(), NotifyError> {
        self.write(io, &self.queue, queue)
    }

    /// Asks whoever delivers to send given-up messages again, at his next turn; also from another process.
    ///
    /// # Errors
    /// [`NotifyError::Storage`].
    pub fn ask_again(&self, io: &dyn Io, again: &Again) -> Result<(), NotifyError> {
        self.write(io, &self.retry, again)
    }

    /// What is to be sent again, if anybody asked.
    ///
    /// # Errors
    /// [`NotifyError::Queue`] and [`NotifyError::Storage`].
    pub fn asked_again(&self, io: &dyn Io) -> Result<Option<Again>, NotifyError> {
        read_json(io, &self.retry)
    }

    /// The wish is fulfilled.
    ///
    /// # Errors
    /// [`NotifyError::Storage`].
    pub fn forget_again(&self, io: &dyn Io) -> Result<(), NotifyError> {
        Ok(remove_file(io, &self.retry)?)
    }

    fn write(&self, io: &dyn Io, path: &Path, value: &impl Serialize) -> Result<(), NotifyError> {
        let bytes = serde_json::to_vec(value);
        let bytes = bytes.map_err(|error| NotifyError::Queue { path: path.to_owned(), what: error.to_string() })?;
        make_dir(io, &self.root, &self.root.join(FOLDER), false)?;
        Ok(replace_file(io, path, &bytes, false, Durability::Now)?)
    }
}

fn read_json<T: serde::de::DeserializeOwned>(io: &dyn Io, path: &Path) -> Result<Option<T>, NotifyError> {
    let Some(bytes) = read_file(io, path, limits::WEBHOOK_QUEUE_BYTES_MAX)? else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|error| NotifyError::Queue { path: path.to_owned(), what: error.to_string() })
}

/// How long to wait after the `attempts`-th failure: four times as long as before, at most
/// [`limits::WEBHOOK_RETRY_MS_MAX`], and up to a fifth more or less by `random`, so that those who failed together do not
/// come back together. At least what the endpoint asked for, within that bound.
#[must_use]
pub fn wait_ms(first: u64, attempts: u32, random: u32, asked: Option<u64>) -> u64 {
    let longest = limits::WEBHOOK_RETRY_MS_MAX;
    let grown = first.saturating_mul(4u64.saturating_pow(attempts.saturating_sub(1))).min(longest);
    // A thousandth of it, 800 to 1,200 times.
    let jittered = grown / 1_000 * u64::from(800 + random % 401) + grown % 1_000;
    jittered.max(asked.unwrap_or_default()).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::io::RealIo;

    fn dead(index: u64) -> Settled {
        let outcome = DeliveryOutcome::Dead;
        Settled {
            index,
            position: 0,
            attempts: 3,
            at: Timestamp(5),
            outcome,
            status: Some(500),
            reason: Some("x".into()),
        }
    }

    #[test]
    fn waits_grow_within_bounds() {
        let waits: Vec<u64> = (1..=10).map(|attempts| wait_ms(5_000, attempts, 200, None)).collect();
        assert_eq!(waits[..4], [5_000, 20_000, 80_000, 320_000]);
        assert_eq!(waits[9], limits::WEBHOOK_RETRY_MS_MAX);
        assert!((20.0..28.0).contains(&(waits[..9].iter().sum::<u64>() as f64 / 3_600_000.0)), "{waits:?}");
        assert_eq!((wait_ms(5_000, 1, 0, None), wait_ms(5_000, 1, 400, None)), (4_000, 6_000));
        assert_eq!(wait_ms(5_000, 1, 200, Some(60_000)), 60_000);
        assert_eq!(wait_ms(5_000, u32::MAX, u32::MAX, Some(u64::MAX)), limits::WEBHOOK_RETRY_MS_MAX);
        assert_eq!(wait_ms(0, 9, 7, None), 0);
    }

    #[test]
    fn a_queue_survives_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path(), "pipeline");
        assert_eq!(store.load(&RealIo).unwrap(), None);
        let mut queue = Queue::starting_at(7);
        (1..=3).for_each(|index| queue.bury(dead(index)));
        store.save(&RealIo, &queue).unwrap();
        assert_eq!(store.load(&RealIo).unwrap().unwrap(), queue);
        let again = Again { all: false, records: [3, 1, 9].into() };
        store.ask_again(&RealIo, &again).unwrap();
        assert_eq!(store.asked_again(&RealIo).unwrap(), Some(again.clone()));
        assert_eq!(queue.raise(&again, Timestamp(9)), 2);
        assert_eq!(queue.waiting.iter().map(|one| (one.index, one.attempts)).collect::<Vec<_>>(), [(1, 0), (3, 0)]);
        assert_eq!(queue.dead, [dead(2)]);
        store.forget_again(&RealIo).unwrap();
        assert_eq!(store.asked_again(&RealIo).unwrap(), None);
        for bad in ["", "{}", r#"{"version":2,"cursor":0,"waiting":[],"settled":[],"dead":[]}"#] {
            std::fs::write(folder.path().join("webhooks/pipeline.json"), bad).unwrap();
            assert!(matches!(store.load(&RealIo), Err(NotifyError::Queue { .. })), "{bad}");
        }
    }

    #[test]
    fn the_dead_are_bounded() {
        let mut queue = Queue::starting_at(0);
        (0..limits::WEBHOOK_DEAD_MAX as u64 + 5).for_each(|index| queue.bury(dead(index)));
        assert_eq!((queue.dead.len(), queue.dead[0].index), (limits::WEBHOOK_DEAD_MAX, 5));
    }
}
