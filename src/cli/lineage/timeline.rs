//! `sagwan timeline`: everything that was recorded about one subject.

use super::AnswerArgs;
use crate::{
    cli::{Context, failure::Done},
    event::Subject,
    lineage::{About, Ask},
};

/// Everything about one subject, in log order.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan timeline model/credit@3
  sagwan timeline grant/march --save grant.evidence              who got it, by whom, why, until when; with the proof")]
pub struct Args {
    /// The subject.
    subject: Subject,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// Prints the events.
///
/// # Errors
/// When the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    let answer = args.answer.ask(context, Ask::Timeline(About { subject: args.subject.clone() }))?;
    super::print(context, &answer)
}
