//! `sagwan policy`: what a reviewer and an auditor ask of policies.

mod check;
pub(super) mod source;

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
}

/// Does what is asked; the exit code.
///
/// # Errors
/// Those of the subcommands.
pub fn run(args: &Args, context: &Context) -> Done<u8> {
    match &args.action {
        Action::Check(args) => check::run(args, context),
    }
    .map(|()| 0)
}
