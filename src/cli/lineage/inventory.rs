//! `sagwan inventory`: what serves, and which systems there are, now or then.

use super::{AnswerArgs, asking};
use crate::{
    cli::{Context, failure::Done},
    event::{Env, Subject},
    lineage::{Ask, Change, Stock},
};

/// What serves where, now or as of a time.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan inventory --as-of 2026-01-31
  sagwan inventory model/credit --env prod --as-of 2026-01-31    which version was in prod
  sagwan inventory --since 7d                                    what began and ended to serve")]
pub struct Args {
    /// Only this model or prompt (every version of it, where none is named), or this deployment.
    name: Option<Subject>,
    /// Only in this environment.
    #[arg(long)]
    env: Option<Env>,
    /// What changed since this time or log index.
    #[arg(long, value_name = "TIME|INDEX", conflicts_with = "name")]
    since: Option<String>,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// Prints what serves.
///
/// # Errors
/// When the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    let ask = match &args.since {
        Some(since) => {
            Ask::Difference(Change { since: asking::since(since, context.now())?, walk: None, env: args.env })
        }
        None => Ask::Inventory(Stock { env: args.env, name: args.name.clone() }),
    };
    let answer = args.answer.ask(context, ask)?;
    super::print(context, &answer)
}
