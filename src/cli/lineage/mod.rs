//! `sagwan lineage`: what a subject came from and what came of it, with the proof that nothing was left out.

mod asking;
mod print;

use super::{Context, failure::Done};
use crate::{
    event::{Env, Kind, Subject, limits},
    lineage::{Answer, Ask, Direction, Filter, Found, Walk},
};
pub use asking::{AnswerArgs, failure};

/// What a subject came from, and what came of it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
An event leads from each of its inputs to its subject, and from its subject to each of its outputs (docs/lineage.md).

Examples:
  sagwan lineage model/credit@3                                  all that it came from
  sagwan lineage dataset/raw@1 --down --depth 3
  sagwan lineage model/credit@3 --as-of 2026-01-31 --save model.evidence
  sagwan verify model.evidence --key log.pub                     offline, by anybody")]
pub struct Args {
    /// Where to begin.
    subject: Subject,
    /// What it came from; the default.
    #[arg(long, conflicts_with_all = ["down", "both"])]
    up: bool,
    /// What came of it.
    #[arg(long, conflicts_with = "both")]
    down: bool,
    /// Both.
    #[arg(long)]
    both: bool,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// How far to walk, and along which edges.
#[derive(Clone, Debug, clap::Args)]
pub struct WalkArgs {
    /// At most so many edges from the beginning.
    #[arg(long, default_value_t = limits::LINEAGE_DEPTH_DEFAULT)]
    depth: u32,
    /// Only edges that events of this kind make; may be given several times.
    #[arg(long = "kind", value_parser = |text: &str| Kind::parse(text))]
    kinds: Vec<Kind>,
    /// Only edges that hold in this environment.
    #[arg(long)]
    env: Option<Env>,
    /// At most so many subjects.
    #[arg(long, value_name = "N", default_value_t = limits::LINEAGE_NODES_DEFAULT)]
    nodes: u32,
}

impl WalkArgs {
    /// The walk from a subject.
    #[must_use]
    pub fn walk(&self, subject: Subject, direction: Direction) -> Walk {
        let filter = Filter { kinds: self.kinds.clone(), env: self.env };
        Walk { depth: self.depth, filter, nodes_max: self.nodes, ..Walk::new(subject, direction) }
    }
}

/// Prints the graph.
///
/// # Errors
/// When the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    let direction = match (args.down, args.both) {
        (true, _) => Direction::Downstream,
        (_, true) => Direction::Both,
        _ => Direction::Upstream,
    };
    let ask = Ask::Lineage(args.walk.walk(args.subject.clone(), direction));
    let answer = args.answer.ask(context, ask)?;
    print(context, &answer)
}

/// Prints an answer: as JSON, or as tables.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(context: &Context, answer: &Answer) -> Done {
    if context.printer.json {
        return context.printer.value(answer);
    }
    match &answer.found {
        Found::Lineage(graph) => print::graph(context, graph),
        other => context.printer.value(other),
    }
}
