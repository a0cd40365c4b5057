//! `sagwan witness`: who signs that this ledger only grows (docs/witness.md).

mod ask;
mod list;

use super::{
    Context,
    failure::{Done, Failure, Kind},
    ledger_failure, log_pub,
};
use crate::{
    verify::LogKeys,
    witness::{WitnessError, Witnessing},
};

/// Ask witnesses to sign that this ledger only grows; show who did.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The witnesses are the [[witness]] sections of sagwan.toml. `sagwan serve` asks them by itself; without a server,
`sagwan witness ask` does from cron.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Ask every witness to cosign the newest checkpoint now
    Ask(ask::Args),
    /// List the witnesses, and what each cosigned last
    List,
    /// Print the policy for whoever verifies (C2SP tlog-policy): `verify --witness-policy` reads it
    Policy,
}

/// Does what is asked.
///
/// # Errors
/// Those of the subcommands.
pub fn run(args: &Args, context: &Context) -> Done {
    match &args.action {
        Action::Ask(args) => ask::run(args, context),
        Action::List => list::run(context),
        Action::Policy => policy(context),
    }
}

/// The failure that an error of this room is.
#[must_use]
pub fn failure(error: &WitnessError) -> Failure {
    let kind = match error {
        WitnessError::Ledger(error) => return ledger_failure::of(error),
        WitnessError::Storage(error) => return ledger_failure::of_storage(error),
        WitnessError::Own(error) => return ledger_failure::of_proof(error),
        WitnessError::Setting(_) => Kind::Usage,
        WitnessError::Kept { .. } => Kind::Verification,
        WitnessError::Behind { .. } => {
            let next = "put back the newest copy of this folder; going on (--although-behind) forks the log for all who saw that checkpoint";
            return Failure::new(Kind::Verification, error.to_string(), next);
        }
        WitnessError::Thread(_) => Kind::Io,
    };
    ledger_failure::split(kind, &error.to_string(), "correct [[witness]] of sagwan.toml; docs/witness.md describes it")
}

/// The settings, where any witness is named.
fn settings(context: &Context) -> Done<Witnessing> {
    let settings = context.settings()?.witnessing()?;
    if settings.asked.is_empty() {
        let next = "add a [[witness]] section to sagwan.toml; docs/witness.md has one";
        return Err(Failure::not_found("no witness is set up", next));
    }
    Ok(settings)
}

fn policy(context: &Context) -> Done {
    let settings = settings(context)?;
    let keys: LogKeys = log_pub::read(&context.folder()?.join(log_pub::FILE), None)?;
    let text = settings.policy.for_log(&keys).format();
    if context.printer.json {
        return context.printer.value(&serde_json::json!({ "policy": text }));
    }
    context.printer.text(text.trim_end())
}
