//! `sagwan completions SHELL`.

use super::{Cli, Context, Done};
use clap::CommandFactory as _;

/// Print the completions of a shell.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  sagwan completions bash > ~/.local/share/bash-completion/completions/sagwan")]
pub struct Args {
    /// Which shell.
    shell: clap_complete::Shell,
}

/// Prints a script for the shell on stdout.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(args: &Args, context: &Context) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "sagwan", &mut script);
    context.printer.text(String::from_utf8_lossy(&script).trim_end())
}
