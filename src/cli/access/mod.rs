//! `sagwan access`: a right's life, from the request to the review.

mod give;
mod request;
mod review;
mod told;

pub use request::inputs;
pub use told::{Told, grant_event, grant_name, one_grant, read};

use super::{Context, failure::Done};

/// Ask for access, grant, change, revoke and review it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan access request dataset/loans@1 --env prod --purpose audit --until 7d --reason 'yearly audit' --name audit-26
  sagwan access grant grant/audit-26                    another officer gives what was asked for
  sagwan access change grant/audit-26 --until 2d --reason 'nearly done'
  sagwan access revoke grant/audit-26 --reason 'done'
  sagwan access review system/credit --env prod --from 30d
  sagwan access review system/credit --env prod --from 30d --findings 'as it should be' --downloads-checked

`sagwan grants` lists what holds; docs/policy.md tells the whole life of a grant.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Ask for access to subjects
    Request(request::Args),
    /// Grant what was asked for, or less
    Grant(give::Grant),
    /// Change until when, or for what, a grant holds
    Change(give::Change),
    /// End a grant now
    Revoke(give::Revoke),
    /// Look at a period's grants and uses, and record what was found
    Review(review::Args),
}

/// Does what is asked.
///
/// # Errors
/// When the ledger refuses, or there is no such grant.
pub fn run(args: &Args, context: &Context) -> Done {
    match &args.action {
        Action::Request(args) => request::run(args, context),
        Action::Grant(args) => give::grant(args, context),
        Action::Change(args) => give::change(args, context),
        Action::Revoke(args) => give::revoke(args, context),
        Action::Review(args) => review::run(args, context),
    }
}
