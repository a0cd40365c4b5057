//! The story, chapter by chapter. Each step says what is to become of it; `Tale` holds it to that.

mod access;
mod data;
mod model;
mod people;
mod prompt;
mod release;
mod review;
mod rules;
mod service;

use super::{
    cast::Cast,
    data::{Data, Row},
    tale::{Chapter, Fate, Tale},
    training::{self, Metrics, Model, Split},
};
use crate::{
    cli::failure::Done,
    event::{DataSubject, Digest},
    ledger::Ledger,
};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// What is asked of the model: the area under the ROC curve, and the difference of approval rates by sex.
const AUC_TARGET: f64 = 0.75;
const GAP_TARGET: f64 = 0.10;

/// What was told.
pub struct Told {
    /// Chapter by chapter.
    pub chapters: Vec<Chapter>,
    /// What the model achieved.
    pub metrics: Metrics,
    /// How many applicants it was trained on.
    pub trained_on: usize,
    /// How long training took.
    pub took: Duration,
    /// The digest of the artefact.
    pub artifact: Digest,
    /// The record that is shown with its receipt: the approval.
    pub shown: u64,
    /// The record whose origin is a commitment.
    pub committed: u64,
    /// Whose data that record is about.
    pub data_subject: DataSubject,
}

/// Tells the whole story.
///
/// # Errors
/// When the ledger or the disk fails, or something else becomes of a step than the story says.
pub fn tell(ledger: &Ledger, cast: &Cast, data: &Data) -> Done<Told> {
    let mut tale = Tale { ledger, data, chapters: Vec::new() };
    people::tell(&mut tale, cast)?;
    data::tell(&mut tale, cast)?;
    access::development(&mut tale, cast)?;
    let made = model::tell(&mut tale, cast)?;
    let shown = release::tell(&mut tale, cast, &made)?;
    let (committed, data_subject) = service::tell(&mut tale, cast, &made)?;
    access::monitoring(&mut tale, cast)?;
    prompt::tell(&mut tale, cast, &made)?;
    review::tell(&mut tale, cast, &made)?;
    rules::tell(&mut tale, cast, &made)?;
    Ok(Told {
        chapters: tale.chapters,
        metrics: made.metrics,
        trained_on: made.split.train.len(),
        took: made.took,
        artifact: made.artifact,
        shown,
        committed,
        data_subject,
    })
}

/// The model of the story.
struct Made {
    model: Model,
    artifact: Digest,
    split: Split,
    metrics: Metrics,
    took: Duration,
}

impl Made {
    /// The applicants held out.
    fn test<'d>(&self, data: &'d Data) -> Vec<&'d Row> {
        training::rows(data, &self.split.test)
    }

    /// Whether what was asked for was reached.
    fn is_good(&self) -> bool {
        self.metrics.auc >= AUC_TARGET && self.metrics.approval_gap_sex <= GAP_TARGET
    }
}

/// The dataset as an input.
fn dataset(data: &Data) -> Json {
    json!({ "subject": "dataset/german-credit@1", "digest": data.digest })
}
