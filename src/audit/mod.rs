//! Re-performance: every decision of a log made again, on the log alone, with the policies and plugins of the time, and
//! held against what its seals say; and what an auditor signs afterwards.
//!
//! The same [`decide`](crate::decide::decide) admits and re-performs. What depended on the machine (a deadline, a blob
//! that was not at hand) is in the log as *indeterminate*: it is taken from there as an input, and listed. What can no
//! longer be made again (erased bytes, a missing component) is listed too; nothing is passed over.

mod attest;
mod denial;
mod hand;
mod monitors;
mod range;
mod report;
mod rows;
mod statement;

pub use attest::{attestation, sign_attestation};
pub use range::{RANGE_VERSION, RangeError, RangeEvidence, is_range};
pub use report::{Counts, Difference, Reperformed, Unperformed, What};

use crate::{
    event::{Body, Timestamp, limits},
    ledger::{Entry, Examiner, Ground, LedgerError, Whole},
    state::State,
};
use report::Notes;
use std::{ops::Range, sync::Arc};

/// Verifies a whole log and makes every decision in it again. `progress` gets entries done and entries in all.
///
/// # Errors
/// As [`Whole::verify`]: what is wrong with bytes, signatures, seals. Decisions that differ are no error here; they are in
/// [`Reperformed::differences`].
pub fn reperform(whole: &Whole, progress: &mut dyn FnMut(u64, u64)) -> Result<Reperformed, LedgerError> {
    reperform_within(whole, Timestamp(0)..Timestamp(i64::MAX), progress)
}

/// The same, but only what was decided within a range of time is counted. Differences elsewhere are told all the same: what
/// comes after stands on them.
///
/// # Errors
/// As [`reperform`].
pub fn reperform_within(
    whole: &Whole,
    range: Range<Timestamp>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Reperformed, LedgerError> {
    let mut auditor =
        Auditor { range, ground: whole.ground(), notes: Notes::default(), monitors: monitors::Monitors::default() };
    let full = whole.verify(Some(&mut auditor), progress)?;
    Ok(auditor.notes.into_report(full))
}

/// Makes decisions again, one statement after the other.
struct Auditor {
    range: Range<Timestamp>,
    ground: Arc<Ground>,
    notes: Notes,
    monitors: monitors::Monitors,
}

impl Examiner for Auditor {
    fn entry(&mut self, state: &mut State, entry: &Entry<'_>) -> Result<(), LedgerError> {
        let before = self.notes.counts;
        match entry.signed.events {
            [event] if matches!(event.body, Body::Denial(_)) => {
                denial::check(&self.ground, state, entry, &mut self.notes)?
            }
            _ => statement::check(&self.ground, state, entry, &mut self.notes),
        }
        self.monitors.entry(&self.ground, state, entry, &mut self.notes);
        if !self.range.contains(&entry.seal.t) {
            self.notes.counts = before;
        }
        Ok(())
    }

    fn end(&mut self, state: &State, size: u64) -> Result<(), LedgerError> {
        self.monitors.end(&self.ground, state, size, &mut self.notes);
        Ok(())
    }
}

/// How often a call that ends for a reason of this host is made before that is believed.
const ATTEMPTS: usize = limits::REPERFORM_ATTEMPTS;
