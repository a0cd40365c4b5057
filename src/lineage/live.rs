//! The ledger as a source, as one reader may see it; and the evidence of what it answered.

use super::{
    Answer, LineageError, Question, Source, ask,
    evidence::{self, Evidence},
    source::Recorder,
};
use crate::{
    event::{EventKey, Timestamp},
    ledger::{LedgerError, Reading, Seen, Sighted, Viewer},
};
use std::ops::Range;

impl Source for Reading<'_> {
    fn size(&self) -> u64 {
        self.head().size
    }

    fn size_at(&mut self, t: Timestamp) -> Result<u64, LineageError> {
        Ok(Reading::size_at(self, t)?)
    }

    fn list(&mut self, key: &EventKey, range: Range<u64>, limit: usize) -> Result<Vec<u64>, LineageError> {
        Ok(Reading::list(self, key, range, limit)?)
    }

    fn count(&mut self, key: &EventKey, end: u64) -> Result<u64, LineageError> {
        Ok(Reading::count(self, key, end)?)
    }

    fn nth(&mut self, key: &EventKey, position: u64) -> Result<u64, LineageError> {
        let found = Reading::nth(self, key, position)?;
        found.ok_or_else(|| LineageError::Refused(format!("the list of {key} has no position {position}")))
    }

    fn record(&mut self, index: u64) -> Result<Sighted, LineageError> {
        Ok(Reading::record(self, index)?)
    }
}

/// An answer, and its evidence where that was asked for.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// Its evidence.
    pub evidence: Option<Evidence>,
}

/// Answers a question as a reader may see the ledger. Reads of personal subjects are recorded before the answer leaves;
/// `task` is what they are recorded as done for.
///
/// # Errors
/// [`LineageError`]; what is not for this reader is not in the answer, and no error.
pub fn answer(
    viewer: &Viewer<'_>,
    question: &Question,
    with_evidence: bool,
    task: &str,
) -> Result<Seen<Answered>, LineageError> {
    let mut reading = viewer.reading()?;
    let mut recorder = Recorder::new(&mut reading);
    let answer = ask(&mut recorder, question)?;
    let read = recorder.read;
    let evidence = with_evidence.then(|| evidence::make(&mut reading, question, &read)).transpose()?;
    let warned = reading.finish(task)?;
    Ok(Seen { value: Answered { answer, evidence }, warned })
}

impl From<LineageError> for LedgerError {
    fn from(error: LineageError) -> Self {
        match error {
            LineageError::Ledger(error) => error,
            error => Self::Own(error.to_string()),
        }
    }
}
