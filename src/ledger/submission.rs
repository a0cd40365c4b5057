//! A client's statements on their way through: checked in parallel, judged in order, answered once durable.

use super::{
    check::Checked,
    verdict::{Rejection, Verdict},
};
use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Called once, off the caller's thread, when every statement has its verdict.
pub type Done = Box<dyn FnOnce(Vec<Verdict>) + Send>;

/// What the check says of one statement.
pub(super) type CheckResult = Result<Box<Checked>, Rejection>;

/// Statements that were submitted together, in order.
pub(super) struct Submission {
    statements: Vec<Arc<[u8]>>,
    unchecked: AtomicUsize,
    checked: Mutex<Vec<Option<CheckResult>>>,
    unanswered: AtomicUsize,
    answers: Mutex<Answers>,
}

struct Answers {
    verdicts: Vec<Option<Verdict>>,
    done: Option<Done>,
}

impl Submission {
    pub(super) fn new(statements: Vec<Arc<[u8]>>, done: Done) -> Self {
        let count = statements.len();
        Self {
            statements,
            unchecked: AtomicUsize::new(count),
            checked: Mutex::new((0..count).map(|_| None).collect()),
            unanswered: AtomicUsize::new(count),
            answers: Mutex::new(Answers { verdicts: vec![None; count], done: Some(done) }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.statements.len()
    }

    pub(super) fn statements(&self, range: Range<usize>) -> &[Arc<[u8]>] {
        self.statements.get(range).unwrap_or_default()
    }

    /// Takes in the results of a part; true when it was the last part.
    pub(super) fn put_checked(&self, from: usize, results: Vec<CheckResult>) -> bool {
        let count = results.len();
        {
            let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
            for (slot, result) in checked.iter_mut().skip(from).zip(results) {
                *slot = Some(result);
            }
        }
        self.unchecked.fetch_sub(count, Ordering::AcqRel) == count
    }

    /// Whether every statement was checked.
    pub(super) fn is_checked(&self) -> bool {
        self.unchecked.load(Ordering::Acquire) == 0
    }

    /// The results, in order; call once, when [`Self::is_checked`].
    pub(super) fn take_checked(&self) -> Vec<CheckResult> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *checked).into_iter().flatten().collect()
    }

    /// One verdict; the last one calls the client. A second verdict for the same statement is ignored.
    pub(super) fn answer(&self, position: usize, verdict: Verdict) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = answers.verdicts.get_mut(position).filter(|slot| slot.is_none()) else { return };
        *slot = Some(verdict);
        if self.unanswered.fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        let (done, verdicts) = (answers.done.take(), std::mem::take(&mut answers.verdicts));
        drop(answers);
        if let Some(done) = done {
            done(verdicts.into_iter().flatten().collect());
        }
    }

    /// Answers whatever has no verdict yet: the ledger stopped.
    pub(super) fn fail(&self, why: &str) {
        for position in 0..self.len() {
            self.answer(position, Verdict::Failed(why.to_owned()));
        }
    }
}

/// An answer that is lost would hang a client: whoever drops a submission answers it.
impl Drop for Submission {
    fn drop(&mut self) {
        self.fail("it was dropped before it was judged");
    }
}
