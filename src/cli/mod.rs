//! The command line: one file a command; the only room that prints.
//!
//! A command is a struct of arguments (`clap::Args`) and a function `run(&Args, &Context) -> Done`. What it prints goes
//! through the context's `Printer`, what goes wrong is a [`Failure`], whose kind is the exit code.

mod access;
mod actor;
mod asker;
mod bench;
mod breakglass;
mod clean;
mod completions;
mod config;
mod consistency;
mod content;
mod context;
mod counted;
mod demo;
mod exec;
mod export;
mod failure;
mod fate;
mod fit;
mod grants;
mod index;
mod init;
mod key;
mod ledger_failure;
mod lineage;
mod log;
mod log_pub;
mod open;
mod plugin;
mod plugin_compile;
mod policy;
mod printer;
mod profile;
mod reader;
mod receipt;
mod record;
mod recorder;
mod reference;
mod remote;
mod rights;
mod roles;
mod secret;
mod serve;
mod shipped;
mod show;
mod signer;
mod source;
mod spool;
mod status;
mod subjects;
mod table;
mod vault;
mod verify;
mod view;
mod watch;
mod webhook;
mod when;
mod witness;

pub use config::Config;
pub use context::{Context, Global};
pub use failure::{Done, Failure, Kind};
pub use plugin_compile::CompilerProcess;

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
    /// Record a model's whole life on real data, and prove it
    Demo(demo::Args),
    /// Found a ledger in a new folder
    Init(init::Args),
    /// Show what the ledger is and how it fares
    Status(status::Args),
    /// Make, show, enrol, revoke and rotate keys
    Key(key::Args),
    /// Enrol people and services, give and take roles
    Actor(actor::Args),
    /// Sign an event and record it
    Record(record::Args),
    /// Run a training command and record it
    Exec(exec::Args),
    /// Profile a dataset, and record the profile
    Profile(profile::Args),
    /// Statements that wait to be recorded
    Spool(spool::Args),
    /// List records
    Log(log::Args),
    /// Show one record with what was decided
    Show(show::Args),
    /// What a subject came from, and what came of it
    Lineage(lineage::Args),
    /// Everything about one subject
    Timeline(lineage::timeline::Args),
    /// The whole story of a model or prompt
    History(lineage::history::Args),
    /// What serves where, now or then
    Inventory(lineage::inventory::Args),
    /// What is needed to run a run again
    Reproduce(lineage::reproduce::Args),
    /// Draw a sample for an auditor
    Sample(lineage::sample::Args),
    /// What the ledger knows, in the forms that others read
    Export(export::Args),
    /// List subjects and where they stand
    Subjects(subjects::Args),
    /// List who holds which role, now or as of a time or log index
    Roles(roles::Args),
    /// List the grants that hold, now or as of a time or log index
    Grants(grants::Args),
    /// Check, test, compare and explain policies
    Policy(policy::Args),
    /// Make, check, test and measure plugins
    Plugin(plugin::Args),
    /// Ask for access, grant, change, revoke and review it
    Access(access::Args),
    /// Access in an emergency, and the review that is owed for it
    Breakglass(breakglass::Args),
    /// Show what stands behind a commitment or pseudonym
    Vault(vault::Args),
    /// Give out the proof of a record
    Receipt(receipt::Args),
    /// Verify a proof, a record, or the whole ledger
    Verify(verify::Args),
    /// Prove that one tree of the log continues another
    Consistency(consistency::Args),
    /// Follow a log, and raise the alarm when it forks or is rolled back
    Watch(watch::Args),
    /// Rebuild the index from the log
    Index(index::Args),
    /// Serve the ledger over HTTP
    Serve(serve::Args),
    /// Tell others what is recorded: what waits, what was given up, trying
    Webhook(webhook::Args),
    /// Ask witnesses to sign that this ledger only grows; show who did
    Witness(witness::Args),
    /// Measure what this machine gives, and hold the ledger against it
    Bench(bench::Args),
    /// Print the completions of a shell
    Completions(completions::Args),
    #[command(hide = true)]
    PluginCompile(plugin_compile::Args),
}

impl Command {
    fn run(&self, context: &Context) -> Done<u8> {
        match self {
            Self::Exec(args) => return exec::run(args, context),
            Self::PluginCompile(args) => return plugin_compile::run(args, context),
            Self::Policy(args) => return policy::run(args, context),
            Self::Demo(args) => demo::run(args, context),
            Self::Init(args) => init::run(args, context),
            Self::Status(args) => status::run(args, context),
            Self::Key(args) => key::run(args, context),
            Self::Actor(args) => actor::run(args, context),
            Self::Record(args) => record::run(args, context),
            Self::Profile(args) => profile::run(args, context),
            Self::Spool(args) => spool::run(args, context),
            Self::Log(args) => log::run(args, context),
            Self::Show(args) => show::run(args, context),
            Self::Lineage(args) => lineage::run(args, context),
            Self::Timeline(args) => lineage::timeline::run(args, context),
            Self::History(args) => lineage::history::run(args, context),
            Self::Inventory(args) => lineage::inventory::run(args, context),
            Self::Reproduce(args) => lineage::reproduce::run(args, context),
            Self::Sample(args) => lineage::sample::run(args, context),
            Self::Export(args) => export::run(args, context),
            Self::Subjects(args) => subjects::run(args, context),
            Self::Roles(args) => roles::run(args, context),
            Self::Grants(args) => grants::run(args, context),
            Self::Plugin(args) => plugin::run(args, context),
            Self::Access(args) => access::run(args, context),
            Self::Breakglass(args) => breakglass::run(args, context),
            Self::Vault(args) => vault::run(args, context),
            Self::Receipt(args) => receipt::run(args, context),
            Self::Verify(args) => verify::run(args, context),
            Self::Consistency(args) => consistency::run(args, context),
            Self::Watch(args) => watch::run(args, context),
            Self::Index(args) => index::run(args, context),
            Self::Serve(args) => serve::run(args, context),
            Self::Webhook(args) => webhook::run(args, context),
            Self::Witness(args) => witness::run(args, context),
            Self::Bench(args) => bench::run(args, context),
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
    let code = if error.use_stderr() { policy::usage_code() } else { None };
    code.unwrap_or_else(|| u8::try_from(error.exit_code()).unwrap_or(Kind::Usage as u8)).into()
}
