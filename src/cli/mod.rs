//! The command line: one file a command; the only room that prints.
//!
//! A command is a struct of arguments (`clap::Args`) and a function `run(&Args, &Context) -> Done`. What it prints goes
//! through the context's [`Printer`](printer::Printer), what goes wrong is a [`Failure`], whose kind is the exit code.

mod clean;
mod completions;
mod config;
mod content;
mod context;
mod exec;
mod failure;
mod printer;
mod reference;
mod table;
mod when;

pub use config::Config;
pub use context::{Context, Global};
pub use failure::{Done, Failure, Kind};

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The program's name and what it is, for `--help`.
#[derive(Parser, Debug)]
#[command(
    name = "sagwan",
    version,
    about = "An append-only signed ledger for machine learning: what happened, who allowed it, and the proof",
    after_help = failure::EXIT_CODES,
    max_term_width = 120,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Print the completions of a shell
    Completions(completions::Args),
}

impl Command {
    fn run(&self, context: &Context) -> Done<u8> {
        match self {
            Self::Completions(args) => completions::run(args, context),
        }
        .map(|()| 0)
    }
}

/// Parses the process's arguments, does what they ask, and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let context = Context::new(cli.global);
    match cli.command.run(&context) {
        Ok(code) => code.into(),
        Err(failure) => {
            if failure.kind != Kind::Closed {
                context.printer.failure(&failure);
            }
            failure.code().into()
        }
    }
}

/// Prints the help that was asked for, or what is wrong with the arguments: as JSON where that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().skip(1).take_while(|arg| arg != "--").any(|arg| arg == "--json");
    if json && error.use_stderr() {
        let text = error.to_string();
        let what = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        printer::Printer::new(true, printer::Colour::Never, false)
            .failure(&Failure::usage(what, "see `sagwan help COMMAND`"));
    } else {
        // A stream that is gone leaves nobody to tell.
        let _ = error.print();
    }
    u8::try_from(error.exit_code()).unwrap_or(Kind::Usage as u8).into()
}
