//! `sagwan webhook`: who is told of what is recorded (docs/webhooks.md).

mod deliver;
mod lists;
mod secret;
mod send;

use super::{
    Context,
    failure::{Done, Failure, Kind},
    ledger_failure,
};
use crate::notify::{Endpoint, NotifyError, SettingError};

/// Tell others what is recorded: what waits, what was given up, trying.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The endpoints are the [[webhook]] sections of sagwan.toml. `sagwan serve` delivers by itself; without a server,
`sagwan webhook deliver --once` does from cron.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the endpoints, and what waits for each
    List,
    /// List the messages that were given up
    Dead(lists::Dead),
    /// Send messages again that were given up
    Retry(send::Retry),
    /// Send a test message to an endpoint now
    Test(send::Test),
    /// Deliver what is due, and what becomes due
    Deliver(deliver::Args),
    /// Make a secret to share with an endpoint
    Secret(secret::Args),
}

/// Does what is asked.
///
/// # Errors
/// Those of the subcommands.
pub fn run(args: &Args, context: &Context) -> Done {
    match &args.action {
        Action::List => lists::list(context),
        Action::Dead(args) => lists::dead(args, context),
        Action::Retry(args) => send::retry(args, context),
        Action::Test(args) => send::test(args, context),
        Action::Deliver(args) => deliver::run(args, context),
        Action::Secret(args) => secret::run(args, context),
    }
}

/// The failure that an error of webhooks is.
#[must_use]
pub fn failure(error: &NotifyError) -> Failure {
    let kind = match error {
        NotifyError::Ledger(error) => return ledger_failure::of(error),
        NotifyError::Storage(error) => return ledger_failure::of_storage(error),
        NotifyError::Setting(SettingError::Secret { .. }) => Kind::Invalid,
        NotifyError::Setting(_) | NotifyError::Unknown { .. } => Kind::Usage,
        NotifyError::Queue { .. } => Kind::Verification,
        NotifyError::System { .. } => Kind::Io,
    };
    Failure::new(kind, error.to_string(), "correct [[webhook]] of sagwan.toml; docs/webhooks.md describes it")
}

/// The endpoints, or the one of this name.
fn named(context: &Context, name: Option<&str>) -> Done<Vec<Endpoint>> {
    let all = context.settings()?.webhooks()?;
    if all.is_empty() {
        let next = "add a [[webhook]] section to sagwan.toml; docs/webhooks.md has one";
        return Err(Failure::not_found("no webhook is set up", next));
    }
    let Some(name) = name else { return Ok(all) };
    let known = all.iter().map(|endpoint| endpoint.name.clone()).collect::<Vec<_>>().join(", ");
    let found: Vec<Endpoint> = all.into_iter().filter(|endpoint| endpoint.name == name).collect();
    if found.is_empty() { Err(failure(&NotifyError::Unknown { name: name.to_owned(), known })) } else { Ok(found) }
}
