//! Questions about lineage, with the proof that nothing was left out: `sagwan lineage`, `timeline`, `history`,
//! `inventory`, `reproduce` and `sample`.

mod asking;
mod print;
mod remote;
mod tables;

pub mod history;
pub mod inventory;
pub mod reproduce;
pub mod sample;
pub mod timeline;

use super::{
    Context,
    failure::{Done, Failure},
};
use crate::{
    event::{Env, Kind, Subject, Text, limits},
    lineage::{Answer, Ask, Between, Change, ColumnWalk, Direction, Filter, Found, Walk, draw},
};
pub use asking::{AnswerArgs, failure, moment};
pub use remote::{filter as filter_parameters, walk_of as walk_parameters};
use std::path::PathBuf;

/// What a subject came from, and what came of it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
An event leads from each of its inputs to its subject, and from its subject to each of its outputs (docs/lineage.md).

Examples:
  sagwan lineage model/credit@3                                  all that it came from
  sagwan lineage dataset/raw@1 --down --depth 3
  sagwan lineage dataset/raw@1 --impact --env prod               what came of it, and which of it serves
  sagwan lineage dataset/raw@1 --to deployment/credit-api        the shortest path
  sagwan lineage model/credit@3 --since 7d                       what is new in it
  sagwan lineage dataset/clean@1 --columns age                   what a column came from
  sagwan lineage model/credit@3 --format svg --out model.svg
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
    /// What came of it, and which of that serves where.
    #[arg(long, conflicts_with_all = ["up", "down", "both", "since"])]
    impact: bool,
    /// The shortest path to this subject, or from it.
    #[arg(long, value_name = "SUBJECT", conflicts_with_all = ["up", "down", "both", "since", "impact"])]
    to: Option<Subject>,
    /// What it has that it did not have at this time or log index.
    #[arg(long, value_name = "TIME|INDEX")]
    since: Option<String>,
    /// By columns: what this column came from, or what came of it.
    #[arg(long, visible_alias = "columns", value_name = "NAME", conflicts_with_all = ["to", "since", "impact"])]
    column: Option<Text>,
    /// How the graph is written.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Where to write it; otherwise stdout.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// A form of a graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    /// Tables; or JSON, with --json.
    Table,
    /// Graphviz.
    Dot,
    /// Mermaid.
    Mermaid,
    /// A picture.
    Svg,
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
    /// Which edges count.
    #[must_use]
    pub fn filter(&self) -> Filter {
        Filter { kinds: self.kinds.clone(), env: self.env }
    }

    /// The walk that they ask for.
    #[must_use]
    pub fn walk(&self, subject: Subject, direction: Direction) -> Walk {
        Walk { depth: self.depth, filter: self.filter(), nodes_max: self.nodes, ..Walk::new(subject, direction) }
    }
}

/// Prints the graph.
///
/// # Errors
/// When the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    let direction = match (args.down || args.impact, args.both) {
        (true, _) => Direction::Downstream,
        (_, true) => Direction::Both,
        _ => Direction::Upstream,
    };
    let walk = args.walk.walk(args.subject.clone(), direction);
    let ask = match (&args.to, &args.since, args.column.clone()) {
        (_, _, Some(column)) => Ask::Columns(ColumnWalk { column, walk }),
        (Some(to), ..) => {
            let (from, to) = (args.subject.clone(), to.clone());
            Ask::Path(Between { from, to, depth: args.walk.depth, filter: args.walk.filter() })
        }
        (None, Some(since), None) => {
            Ask::Difference(Change { since: asking::since(since, context.now())?, walk: Some(walk), env: None })
        }
        (None, None, None) if args.impact => Ask::Impact(walk),
        (None, None, None) => Ask::Lineage(walk),
    };
    let answer = args.answer.ask(context, ask)?;
    match (args.format, scene_of(&answer)) {
        (Format::Table, _) => print(context, &answer),
        (_, None) => Err(Failure::usage("this answer is no graph", "leave out --format, or --to and --since")),
        (Format::Dot, Some(scene)) => args.write(context, &draw::dot(&scene)),
        (Format::Mermaid, Some(scene)) => args.write(context, &draw::mermaid(&scene)),
        (Format::Svg, Some(scene)) => args.write(context, &draw::svg(&scene).map_err(|error| failure(&error))?),
    }
}

impl Args {
    fn write(&self, context: &Context, text: &str) -> Done {
        match &self.out {
            Some(path) => std::fs::write(path, text).map_err(|error| Failure::io("write", path, &error)),
            None => context.printer.text(text.trim_end()),
        }
    }
}

fn scene_of(answer: &Answer) -> Option<draw::Scene> {
    match &answer.found {
        Found::Lineage(graph) => Some(graph.into()),
        Found::Impact(impact) => Some((&impact.graph).into()),
        Found::Columns(graph) => Some(graph.into()),
        _ => None,
    }
}

/// Prints an answer: as JSON, or as tables.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(context: &Context, answer: &Answer) -> Done {
    if context.printer.json {
        return context.printer.value(answer);
    }
    print::found(context, &answer.found)?;
    if answer.as_far_as_readable {
        context.printer.warn("what serves is told as far as this reader may see: his rights do not cover all of it");
    }
    Ok(())
}
