//! What a person wants to see of the story, and what a program does.

mod change;
mod json;
mod next;
mod text;

use super::{
    candidate::Change,
    cast::Cast,
    data::Data,
    proof::Proof,
    story::Told,
    tale::{Fate, Step},
};
use crate::{
    audit::Reperformed,
    cli::{Context, failure::Done},
};
use std::{path::Path, time::Duration};

/// All that there is to report.
pub struct Demo<'a> {
    /// The ledger's folder.
    pub folder: &'a Path,
    /// The data.
    pub data: &'a Data,
    /// Who is in it.
    pub cast: &'a Cast,
    /// What was told.
    pub told: &'a Told,
    /// A change of policy, held against the story.
    pub change: &'a Change,
    /// One record, proved.
    pub proof: &'a Proof,
    /// The whole ledger, verified, and decided again.
    pub verified: &'a Reperformed,
}

/// Prints the report: for people, or with `--json` one object.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(demo: &Demo<'_>, took: Duration, context: &Context) -> Done {
    let next = next::commands(demo);
    if context.printer.json {
        return context.printer.value(&json::summary(demo, &next, took));
    }
    text::print(demo, &next, took, &context.printer)
}

impl Demo<'_> {
    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.told.chapters.iter().flat_map(|chapter| &chapter.steps)
    }

    fn of_fate(&self, fate: Fate) -> impl Iterator<Item = &Step> {
        self.steps().filter(move |step| step.fate == fate)
    }
}
