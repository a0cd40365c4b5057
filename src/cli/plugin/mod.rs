//! `sagwan plugin`: what authors of rules need, from nothing to a rule that is in force.

mod bench;
mod bind;
mod check;
mod difference;
mod inspect;
mod list;
mod load;
mod log;
mod named;
mod new;
mod place;
mod publish;
mod reach;
mod run;
mod samples;
mod scope;
mod test;

pub use load::folder as compiled_folder;

use super::{Context, failure::Done};
use crate::plugin::Level;

/// Make, check, test, measure and try plugins, and bring them into effect.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
docs/plugins.md leads from nothing to a published rule. Compiled components are kept in $XDG_CACHE_HOME/sagwan/plugins
(or ~/.cache): the first command that meets a component compiles it, which takes half a minute for JavaScript and Python.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Make a project for a new rule
    New(new::Args),
    /// Say whether a component would be taken, and whether it says the same each time
    Check(check::Args),
    /// Show what a component is, what it can do, and what it says of itself
    Inspect(inspect::Args),
    /// Run a plugin's fixtures on the real engine
    Test(test::Args),
    /// Measure the time, fuel and memory of a plugin's calls
    Bench(bench::Args),
    /// Ask a rule about the past
    Run(run::Args),
    /// Put a component into the ledger
    Publish(publish::Args),
    /// Bind a plugin to settings, a scope and a mode
    Bind(bind::Bind),
    /// Approve a binding
    Approve(bind::Approve),
    /// End a binding
    Unbind(bind::Unbind),
    /// List plugins and their bindings
    List(list::Args),
    /// List what plugins said
    Log(log::Args),
}

/// Does what is asked.
///
/// # Errors
/// Those of the subcommands.
pub fn run(args: &Args, context: &Context) -> Done {
    match &args.action {
        Action::New(args) => new::run(args, context),
        Action::Check(args) => check::run(args, context),
        Action::Inspect(args) => inspect::run(args, context),
        Action::Test(args) => test::run(args, context),
        Action::Bench(args) => bench::run(args, context),
        Action::Run(args) => run::run(args, context),
        Action::Publish(args) => publish::run(args, context),
        Action::Bind(args) => bind::bind(args, context),
        Action::Approve(args) => bind::approve(args, context),
        Action::Unbind(args) => bind::unbind(args, context),
        Action::List(args) => list::run(args, context),
        Action::Log(args) => log::run(args, context),
    }
}

/// The word of a log line's level.
fn level(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}
