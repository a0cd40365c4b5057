//! `sagwan history`: the whole story of a model, prompt or grant.

use super::AnswerArgs;
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
    },
    event::{Subject, SubjectKind},
    lineage::{About, Ask},
};

/// The whole story of a model or prompt (data, code, evaluations, approvals, deployments, alerts), or of a grant and its uses.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan history model/credit@3
  sagwan history model/credit@3 --as-of 2026-01-31 --save story.evidence
  sagwan history grant/training-german-credit")]
pub struct Args {
    /// The model or prompt, with its version; or the grant.
    subject: Subject,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// Prints the story.
///
/// # Errors
/// When the subject is neither, or the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    if !matches!(args.subject.kind(), SubjectKind::Model | SubjectKind::Prompt | SubjectKind::Grant) {
        let next = "see `sagwan timeline` for what happened to it";
        return Err(Failure::usage(format!("{} is no model, prompt or grant", args.subject), next));
    }
    let answer = args.answer.ask(context, Ask::History(About { subject: args.subject.clone() }))?;
    super::print(context, &answer)
}
