//! The ledger as a source, as one reader may see it; and the evidence of what it answered.

use super::{
    Answer, LineageError, Moment, Question, Source,
    answer::resolve,
    ask,
    evidence::{self, Evidence},
    export::{Material, Of, Wanted, of_span, of_walk},
    source::Recorder,
};
use crate::{
    event::{EventKey, Subject, Timestamp, limits},
    ledger::{LedgerError, Outline, Reading, Seen, Sighted, Surroundings, Viewer},
};
use std::{ops::Range, sync::Arc};

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

    fn expect(&mut self, subjects: &[&Subject], into: bool) {
        Reading::expect(self, subjects, into);
    }

    fn surroundings(
        &mut self,
        subject: &Subject,
        end: u64,
        limit: usize,
    ) -> Result<Option<Arc<Surroundings>>, LineageError> {
        Ok(Reading::surroundings(self, subject, end, limit)?)
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

    fn outline(&mut self, index: u64) -> Result<Sighted<Outline>, LineageError> {
        Ok(Reading::outline(self, index)?)
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
    let (answer, evidence) = if with_evidence {
        let mut recorder = Recorder::new(&mut reading);
        let answer = ask(&mut recorder, question)?;
        let read = recorder.read;
        (answer, Some(evidence::make(&mut reading, question, &read)?))
    } else {
        (ask(&mut reading, question)?, None)
    };
    let warned = reading.finish(task)?;
    Ok(Seen { value: Answered { answer, evidence }, warned })
}

/// Gathers what is to be exported, as a reader may see the ledger. Reads of personal subjects are recorded before it
/// leaves; `task` is what they are recorded as done for.
///
/// # Errors
/// [`LedgerError::NotForYou`] when there is nothing about the subject that the reader may read, whether it exists or not; [`LineageError::TooMuch`]; those of the ledger.
pub fn gather(viewer: &Viewer<'_>, wanted: &Wanted, task: &str) -> Result<Seen<Material>, LineageError> {
    let mut reading = viewer.reading()?;
    let origin = reading.origin().to_owned();
    let end = resolve(&mut reading, wanted.as_of)?;
    let material = match &wanted.of {
        Of::Walk(walk) => {
            walk.check()?;
            let found = of_walk(&mut reading, &origin, end, walk)?;
            if found.is_empty() {
                let what = format!("subject {}", walk.subject);
                return Err(LedgerError::NotForYou { what, size: reading.head().size }.into());
            }
            found
        }
        Of::Span { since, until, filter } => {
            // What was sealed before the moment itself: a span holds its beginning and not its end.
            let before = |moment: Moment| match moment {
                Moment::Time(t) => Moment::Time(t.plus_ms(-1)),
                index @ Moment::Index(_) => index,
            };
            let mut below = |moment: Moment| resolve(&mut reading, Some(before(moment)));
            let from = since.map_or(Ok(0), &mut below)?.min(end);
            let to = until.map_or(Ok(end), &mut below)?.clamp(from, end);
            let longest = limits::LINEAGE_RECORDS_MAX as u64;
            let records = reading.span(from..to.min(from.saturating_add(longest)))?;
            of_span(&origin, end, &records, filter, to - from > longest)?
        }
    };
    let warned = reading.finish(task)?;
    Ok(Seen { value: material, warned })
}

impl From<LineageError> for LedgerError {
    fn from(error: LineageError) -> Self {
        match error {
            LineageError::Ledger(error) => error,
            error => Self::Own(error.to_string()),
        }
    }
}
