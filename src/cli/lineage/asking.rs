//! What every question about lineage takes: as of when, by whom, and where to save the evidence.

use super::remote;
use crate::{
    cli::{
        Context,
        failure::{Done, Failure, Kind},
        ledger_failure,
        reader::{ReaderArgs, Source},
        verify::read_attestation,
        when,
    },
    event::Timestamp,
    ledger::{Asker, Ledger},
    lineage::{Answer, Ask, LineageError, Moment, Question, answer, evidence::Evidence},
};
use std::path::PathBuf;

/// As of when, by whom, and where to save the evidence.
#[derive(Clone, Debug, clap::Args)]
pub struct AnswerArgs {
    /// As of a time (RFC 3339, a date, a span back such as 7d) or a log index: the entries below it.
    #[arg(long, value_name = "TIME|INDEX")]
    as_of: Option<String>,
    /// Write the evidence of the answer, for `sagwan verify FILE --key LOG.pub`.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Put an auditor's attestation of this very head into the evidence; may be given several times.
    #[arg(long, value_name = "FILE", requires = "save")]
    attestation: Vec<PathBuf>,
    #[command(flatten)]
    reader: ReaderArgs,
}

/// A time or an index.
///
/// # Errors
/// When it is neither.
pub fn moment(text: &str, now: Timestamp) -> Done<Moment> {
    match text.parse() {
        Ok(index) => Ok(Moment::Index(index)),
        Err(_) => when::parse(text, now).map(Moment::Time),
    }
}

/// The moment since which something is asked: one that was.
///
/// # Errors
/// When it is no moment, or lies ahead.
pub fn since(text: &str, now: Timestamp) -> Done<Moment> {
    match moment(text, now)? {
        Moment::Time(t) if t > now => {
            Err(Failure::usage(format!("--since {text} lies ahead"), "give a moment that was"))
        }
        found => Ok(found),
    }
}

impl AnswerArgs {
    /// Asks, and saves the evidence if that is wanted.
    ///
    /// # Errors
    /// When the ledger cannot be opened or read, or the file cannot be written.
    pub fn ask(&self, context: &Context, ask: Ask) -> Done<Answer> {
        let as_of = self.as_of.as_deref().map(|text| moment(text, context.now())).transpose()?;
        let question = Question { ask, as_of };
        let source = Source::open(context, &self.reader)?;
        let bar = context.printer.progress("reading the ledger", 0);
        let found = match &source {
            Source::Folder(ledger, asker) => in_folder(ledger, asker, &question, self.save.is_some()),
            Source::Server(server) => remote::ask(server, &question, self.save.is_some()),
        };
        bar.finish_and_clear();
        let (answer, evidence) = found?;
        if let (Some(path), Some(bytes)) = (&self.save, evidence) {
            let bytes = self.attested(bytes)?;
            std::fs::write(path, &bytes).map_err(|error| Failure::io("write", path, &error))?;
            context.printer.note(&format!(
                "the evidence, {} bytes, stands in {}: verify it with `sagwan verify {} --key LOG.pub`",
                bytes.len(),
                path.display(),
                path.display()
            ));
        }
        Ok(answer)
    }
}

impl AnswerArgs {
    /// The evidence with the attestations that were given.
    fn attested(&self, bytes: Vec<u8>) -> Done<Vec<u8>> {
        if self.attestation.is_empty() {
            return Ok(bytes);
        }
        let mut evidence = Evidence::from_cbor(&bytes).map_err(|error| failure(&error))?;
        for path in &self.attestation {
            let note = read_attestation(path)?;
            let size = evidence.attach(&note).map_err(|error| failure(&error))?;
            if size != evidence.size().map_err(|error| failure(&error))? {
                let what =
                    format!("{} attests another number of entries ({size}) than this ledger has now", path.display());
                return Err(Failure::usage(
                    what,
                    "let the auditor attest the ledger as it is, and ask before more is recorded",
                ));
            }
        }
        evidence.to_cbor().map_err(|error| failure(&error))
    }
}

fn in_folder(
    ledger: &Ledger,
    asker: &Asker,
    question: &Question,
    with_evidence: bool,
) -> Done<(Answer, Option<Vec<u8>>)> {
    let viewer = ledger.as_reader(asker.clone());
    let task = format!("lineage: {}", question.in_words());
    let found = answer(&viewer, question, with_evidence, &task).map_err(|error| failure(&error))?.value;
    let bytes = found.evidence.as_ref().map(|evidence| evidence.to_cbor()).transpose();
    Ok((found.answer, bytes.map_err(|error| failure(&error))?))
}

/// The failure that an error of a question is.
#[must_use]
pub fn failure(error: &LineageError) -> Failure {
    let kind = match error {
        LineageError::Ledger(error) => return ledger_failure::of(error),
        LineageError::Verify(error) => return ledger_failure::of_proof(error),
        LineageError::Question { .. } | LineageError::TooMuch { .. } => Kind::Usage,
        _ => Kind::Verification,
    };
    ledger_failure::split(kind, &error.to_string(), "do not rely on it: ask for the evidence again")
}
