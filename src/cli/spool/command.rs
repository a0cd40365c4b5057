//! `sagwan spool list`, `resubmit`, `drop`.

use super::{Spool, Told, resubmit};
use crate::cli::{
    Context,
    failure::{Done, Failure, Kind},
    recorder::Recorder,
    signer::SignerArgs,
    table::Table,
};
use serde_json::json;

/// Statements that could not be recorded when they were made, and wait to be.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List what waits
    List,
    /// Record what waits for this ledger or server
    Resubmit {
        /// Sign anew what is older than the admission window of 24 hours (if it was recorded after all, it doubles).
        #[arg(long)]
        sign_again: bool,
        #[command(flatten)]
        signer: SignerArgs,
    },
    /// Throw away what waits under this name: it will never be recorded
    Drop {
        /// The name that `list` shows.
        name: String,
    },
}

/// Lists, resubmits or drops.
///
/// # Errors
/// When the spool cannot be read, or something still waits after `resubmit`.
pub fn run(args: &Args, context: &Context) -> Done {
    let spool = Spool::new(context)?;
    match &args.action {
        Action::List => list(context, &spool),
        Action::Resubmit { sign_again, signer } => {
            let recorder =
                if *sign_again { Recorder::new(context, signer)? } else { Recorder::carrier(context, signer)? };
            let tally = resubmit(context, &recorder, &spool, *sign_again, &mut Told::new());
            if context.printer.json {
                context.printer.value(&tally)?;
            } else {
                let said =
                    format!("{} recorded, {} refused, {} still waiting", tally.recorded, tally.refused, tally.waiting);
                context.printer.text(&said)?;
            }
            match tally.waiting {
                0 => Ok(()),
                waiting => Err(Failure::new(
                    Kind::Busy,
                    if waiting == 1 {
                        "1 statement still waits".to_owned()
                    } else {
                        format!("{waiting} statements still wait")
                    },
                    "see `sagwan spool list` for why; --sign-again helps those that are too old",
                )),
            }
        }
        Action::Drop { name } => drop_entry(&spool, name),
    }
}

fn list(context: &Context, spool: &Spool) -> Done {
    let entries = spool.entries()?;
    let name =
        |path: &std::path::Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if context.printer.json {
        return entries.iter().try_for_each(|(path, entry)| match entry {
            Ok(entry) => context.printer.value(&json!({
                "name": name(path), "about": entry.about, "target": entry.target, "kept": entry.kept, "why": entry.why,
            })),
            Err(failure) => context.printer.value(&json!({ "name": name(path), "unreadable": failure.what })),
        });
    }
    let mut table = Table::new(&["name", "statement", "for", "kept", "why"]);
    for (path, entry) in &entries {
        match entry {
            Ok(entry) => table.row([&name(path), &entry.about, &entry.target, &entry.kept.to_string(), &entry.why]),
            Err(failure) => table.row([&name(path), "unreadable", "", "", &failure.what]),
        }
    }
    if table.is_empty() { context.printer.text("nothing waits") } else { context.printer.table(&table) }
}

fn drop_entry(spool: &Spool, name: &str) -> Done {
    let entries = spool.entries()?;
    let found = entries.iter().find(|(path, _)| path.file_stem() == Some(name.as_ref()));
    let (path, _) =
        found.ok_or_else(|| Failure::not_found(format!("nothing waits under {name:?}"), "see `sagwan spool list`"))?;
    std::fs::remove_file(path).map_err(|error| Failure::io("remove", path, &error))
}
