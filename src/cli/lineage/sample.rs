//! `sagwan sample`: what an auditor looks at, drawn by a seed from the whole population.

use super::{AnswerArgs, asking};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
    },
    event::{Env, Kind},
    lineage::{Ask, Draw},
};

/// Draw a sample for an auditor, by a seed, from all that was recorded.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
How it is drawn stands in docs/lineage.md: the same seed gives the same sample to everybody, a larger one begins with
the smaller one, and the evidence proves how many there were to draw from.

Examples:
  sagwan sample grants --n 25 --seed 7 --env prod
  sagwan sample removals --n 25 --seed 7 --since 2026-01-01 --as-of 2026-04-01 --save removals.evidence
  sagwan sample --kind model.deployed --n 5 --seed 7")]
pub struct Args {
    /// Of what.
    #[arg(value_enum, required_unless_present = "kinds")]
    of: Option<Population>,
    /// Of records with an event of this kind; may be given several times.
    #[arg(long = "kind", value_parser = |text: &str| Kind::parse(text), conflicts_with = "of", id = "kinds")]
    kinds: Vec<Kind>,
    /// How many.
    #[arg(long, value_name = "N", default_value_t = 25)]
    n: u32,
    /// The seed.
    #[arg(long, value_name = "N")]
    seed: u64,
    /// Only in this environment.
    #[arg(long)]
    env: Option<Env>,
    /// From this time or log index on.
    #[arg(long, value_name = "TIME|INDEX")]
    since: Option<String>,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// What auditors draw from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Population {
    /// Grants of access, break-glass included.
    Grants,
    /// Rights that were taken: revoked grants and removed roles.
    Removals,
    /// Uses of data and models.
    Uses,
}

impl Population {
    fn kinds(self) -> Vec<Kind> {
        match self {
            Self::Grants => vec![Kind::AccessGranted, Kind::BreakglassOpened],
            Self::Removals => vec![Kind::AccessRevoked, Kind::RoleRemoved],
            Self::Uses => vec![Kind::AccessUsed],
        }
    }
}

/// Draws and prints.
///
/// # Errors
/// When the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    let kinds = args.of.map_or_else(|| args.kinds.clone(), Population::kinds);
    if kinds.is_empty() {
        return Err(Failure::usage("nothing to draw from", "say grants, removals or uses, or --kind KIND"));
    }
    let since = args.since.as_deref().map(|text| asking::since(text, context.now())).transpose()?;
    let ask = Ask::Sample(Draw { kinds, env: args.env, since, n: args.n, seed: args.seed });
    let answer = args.answer.ask(context, ask)?;
    super::print(context, &answer)
}
