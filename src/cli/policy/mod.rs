//! `sagwan policy`: what a reviewer and an auditor ask of policies.

mod bundles;
mod check;
mod diff;
mod explain;
mod flips;
mod log;
mod matrix;
mod replay;
pub(super) mod source;
mod test;
mod vocabulary;
mod who_can;

pub(super) use flips::ruled;

use super::{Context, failure::Done};

/// Check, test, compare and explain policies.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
A policy is named by its folder, as `built-in`, or as the ledger knows it: `in-force`, a digest, or a log index (the
policy that decided there). Where none is named it is ./policies.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Say what is wrong with a policy, and what is hardly meant
    Check(check::Args),
    /// Judge the whole history under another policy
    Replay(replay::Args),
    /// List decisions with the rules that made them
    Log(log::Args),
    /// Explain why an actor may or may not do something
    Explain(explain::Args),
    /// Propose a policy
    Propose(bundles::Propose),
    /// Approve a proposed policy
    Approve(bundles::Approve),
    /// Show a policy's files, and when it was in force
    Show(bundles::Show),
    /// List every policy of the ledger
    List(bundles::List),
    /// Run the cases and the golden matrix beside a policy
    Test(test::Args),
    /// Compare two policies: cells, stages, constraints, and who is affected
    Diff(diff::Args),
    /// Show what each role may do, as a table or a page
    Matrix(matrix::Args),
    /// List the roles that may do something, and who holds them
    WhoCan(who_can::Args),
    /// List what every event kind and every read asks for
    Vocabulary(vocabulary::Args),
}

/// The exit code of a command line that is wrong, where it is not the usual one: `policy diff` fails with
/// [`diff::FAILED`] whatever the reason, for 2 is what it says of a wider policy.
#[must_use]
pub fn usage_code() -> Option<u8> {
    let mut words = std::env::args_os().skip(1).skip_while(|word| word != "policy").skip(1);
    words.any(|word| word == "diff").then_some(diff::FAILED)
}

/// Does what is asked; the exit code.
///
/// # Errors
/// Those of the subcommands.
pub fn run(args: &Args, context: &Context) -> Done<u8> {
    match &args.action {
        Action::Check(args) => check::run(args, context),
        Action::Replay(args) => replay::run(args, context),
        Action::Log(args) => log::run(args, context),
        Action::Explain(args) => explain::run(args, context),
        Action::Propose(args) => bundles::propose::run(args, context),
        Action::Approve(args) => bundles::approve::run(args, context),
        Action::Show(args) => bundles::show::run(args, context),
        Action::List(args) => bundles::list::run(args, context),
        Action::Test(args) => test::run(args, context),
        Action::Diff(args) => return diff::run(args, context),
        Action::Matrix(args) => matrix::run(args, context),
        Action::WhoCan(args) => who_can::run(args, context),
        Action::Vocabulary(args) => vocabulary::run(args, context),
    }
    .map(|()| 0)
}
