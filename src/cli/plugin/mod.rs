//! `sagwan plugin`: what authors of rules need, from nothing to a rule that is in force.

mod bench;
mod check;
mod difference;
mod inspect;
mod load;
mod new;
mod place;
mod samples;
mod test;

use super::{Context, failure::Done};
use crate::{event::body::PluginWorld, plugin::Level};

/// Make, check, test and measure plugins.
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
    }
}

/// The word of a world.
fn world(world: PluginWorld) -> &'static str {
    match world {
        PluginWorld::Validator => "validator",
        PluginWorld::Monitor => "monitor",
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
