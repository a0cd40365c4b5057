//! Where submissions wait: checked by the verifying threads, taken in the order in which they came by the sequencer.

use super::{
    check::check,
    submission::{CheckResult, Done, Submission},
    verdict::Busy,
};
use crate::{crypto::PublicKey, event::Digest, merkle::leaf_hash};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// Statements that one verifying thread takes at a time: small enough to share a submission of 256 among cores.
const PART: usize = 16;

/// Statements that may wait checked: decoded they take several times their bytes, so what waits behind them waits as
/// bytes. Enough for the sequencer never to wait for a check that could have been made.
const CHECKED_AHEAD: usize = 2_048;

/// Statements that are checked by whoever submits them.
pub(super) const CHECKED_BY_CALLER: usize = 2;

/// The checks that need no order, of each statement.
fn check_all(statements: &[Arc<[u8]>], origin: &str, ring: &KeyRing) -> Vec<CheckResult> {
    let checked = statements.iter().map(|bytes| check(Arc::clone(bytes), leaf_hash, origin, |kid| ring.get(kid)));
    checked.map(|result| result.map(|checked| Box::new(checked.with_keys()))).collect()
}

/// Every key that was ever enrolled. Whether it was valid at an index, the sequencer decides.
#[derive(Default)]
pub(super) struct KeyRing(RwLock<HashMap<Digest, Arc<PublicKey>>>);

impl KeyRing {
    pub(super) fn get(&self, kid: &Digest) -> Option<Arc<PublicKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    pub(super) fn insert(&self, key: PublicKey) {
        let kid = Digest(key.thumbprint());
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(kid, Arc::new(key));
    }
}

pub(super) type Part = (Arc<Submission>, Range<usize>);

/// The queue, its bound, and the signal that something in it or behind it changed.
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    statements_max: usize,
}

struct Waiting {
    /// Gone once the inbox is closed; the verifying threads end when they have emptied the channel.
    parts: Option<Sender<Part>>,
    queue: VecDeque<Arc<Submission>>,
    statements: usize,
    /// Of these the ones that are checked, or being checked.
    checked: usize,
    /// Verifying threads that wait for the sequencer to take some.
    held_up: usize,
    /// Batches that the committer has in hand.
    in_flight: usize,
    closed: Option<String>,
}

impl Waiting {
    fn pop_checked(&mut self) -> Option<Arc<Submission>> {
        let submission = self.queue.pop_front_if(|submission| submission.is_checked())?;
        self.statements -= submission.len();
        self.checked -= submission.len();
        Some(submission)
    }
}

impl Inbox {
    pub(super) fn new(statements_max: usize) -> (Self, Receiver<Part>) {
        let (sender, receiver) = unbounded();
        let waiting = Waiting {
            parts: Some(sender),
            queue: VecDeque::new(),
            statements: 0,
            checked: 0,
            held_up: 0,
            in_flight: 0,
            closed: None,
        };
        (Self { waiting: Mutex::new(waiting), changed: Condvar::new(), statements_max }, receiver)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues statements, or says that too many wait. An empty submission is answered at once. A few statements are
    /// checked on the caller's own thread: waking another costs as much as the check.
    pub(super) fn submit(
        &self,
        statements: Vec<Arc<[u8]>>,
        done: Done,
        origin: &str,
        ring: &KeyRing,
    ) -> Result<(), Busy> {
        let count = statements.len();
        let checked = (count <= CHECKED_BY_CALLER).then(|| check_all(&statements, origin, ring));
        if count == 0 {
            done(Vec::new());
            return Ok(());
        }
        let mut waiting = self.lock();
        let Some(parts) = waiting.parts.clone() else {
            return Err(Busy::Stopped(waiting.closed.clone().unwrap_or_default()));
        };
        // One submission larger than the bound still gets in when nothing else waits, else it never could.
        if waiting.statements > 0 && waiting.statements + count > self.statements_max {
            return Err(Busy::Full { waiting: waiting.statements, limit: self.statements_max });
        }
        let submission = Arc::new(Submission::new(statements, done));
        waiting.statements += count;
        waiting.queue.push_back(Arc::clone(&submission));
        // Under the lock, so that the parts are in the channel before it can be closed.
        if let Some(results) = checked {
            waiting.checked += count;
            submission.put_checked(0, results);
            self.changed.notify_all();
            return Ok(());
        }
        for from in (0..count).step_by(PART) {
            // INVARIANT: a verifying thread holds a receiver until the channel is closed and empty.
            drop(parts.send((Arc::clone(&submission), from..count.min(from + PART))));
        }
        Ok(())
    }

    /// One verifying thread: checks parts until the inbox is closed.
    pub(super) fn check_parts(&self, parts: &Receiver<Part>, origin: &str, ring: &KeyRing) {
        for (submission, range) in parts {
            let from = range.start;
            self.wait_for_room(&submission, range.len());
            let results = check_all(submission.statements(range), origin, ring);
            if submission.put_checked(from, results) {
                // Under the lock, so that the sequencer cannot miss it between looking and waiting.
                let _waiting = self.lock();
                self.changed.notify_all();
            }
        }
    }

    /// Waits until few enough statements are checked ahead of the sequencer. What it waits for itself is never held up:
    /// parts come in the order of the queue, so those of the oldest submission come first.
    fn wait_for_room(&self, submission: &Arc<Submission>, count: usize) {
        let mut waiting = self.lock();
        let has_room = |waiting: &Waiting| {
            waiting.checked + count <= CHECKED_AHEAD
                || waiting.queue.front().is_none_or(|oldest| Arc::ptr_eq(oldest, submission))
        };
        while !has_room(&waiting) {
            waiting.held_up += 1;
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.held_up -= 1;
        }
        waiting.checked += count;
    }

    /// Waits until the oldest submission is checked, or `timeout` is over; false when the inbox is closed and empty.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        let mut waiting = self.lock();
        let deadline = Instant::now() + timeout;
        loop {
            if waiting.queue.front().is_some_and(|submission| submission.is_checked()) {
                return true;
            }
            if waiting.parts.is_none() && waiting.queue.is_empty() {
                return false;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            waiting = self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The oldest submission, if it is checked.
    pub(super) fn pop_checked(&self) -> Option<Arc<Submission>> {
        self.taken(&mut self.lock())
    }

    /// Takes the oldest submission, if it is checked, and lets the verifying threads go on.
    fn taken(&self, waiting: &mut Waiting) -> Option<Arc<Submission>> {
        let next = waiting.pop_checked();
        if next.is_some() && waiting.held_up > 0 {
            self.changed.notify_all();
        }
        next
    }

    /// The oldest submission once it is checked; `None` when the committer has nothing in hand before that: then the
    /// open batch had better go.
    pub(super) fn next_or_idle(&self) -> Option<Arc<Submission>> {
        let mut waiting = self.lock();
        loop {
            let next = self.taken(&mut waiting);
            if next.is_some() || waiting.in_flight == 0 {
                return next;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether nothing waits and nothing is on its way to the disk.
    pub(super) fn is_quiet(&self) -> bool {
        let waiting = self.lock();
        waiting.queue.is_empty() && waiting.in_flight == 0
    }

    /// A batch goes to the committer.
    pub(super) fn batch_started(&self) {
        self.lock().in_flight += 1;
    }

    /// A batch came back from the committer.
    pub(super) fn batch_finished(&self) {
        let mut waiting = self.lock();
        waiting.in_flight -= 1;
        self.changed.notify_all();
    }

    /// Takes nothing more. What waits is still judged, unless [`Self::fail_all`] follows.
    pub(super) fn close(&self, why: &str) {
        let mut waiting = self.lock();
        waiting.closed.get_or_insert_with(|| why.to_owned());
        waiting.parts = None;
        self.changed.notify_all();
    }

    /// Answers everything that waits with a failure.
    pub(super) fn fail_all(&self, why: &str) {
        self.close(why);
        let queue = {
            let mut waiting = self.lock();
            waiting.statements = 0;
            waiting.checked = 0;
            self.changed.notify_all();
            std::mem::take(&mut waiting.queue)
        };
        for submission in queue {
            submission.fail(why);
        }
    }

    /// Statements that wait.
    pub(super) fn statements(&self) -> usize {
        self.lock().statements
    }
}
