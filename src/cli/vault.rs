//! `sagwan vault show`: what stands behind a commitment, a refusal or a pseudonym.

use super::{
    Context,
    asker::AskerArgs,
    clean,
    failure::{Done, Failure},
    ledger_failure,
    secret::{self, Kept},
};
use crate::{
    codec::{event as event_codec, statement::Statement},
    event::Event,
};
use serde_json::json;

/// Show what the vault keeps: it holds personal data.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Show the value behind a commitment, a refused statement, or who a pseudonym is
    Show {
        /// The digest of a commitment or of a refused statement (sha256:…), or a pseudonym (ds-…).
        #[arg(value_name = "DIGEST|PSEUDONYM")]
        name: String,
        #[command(flatten)]
        asker: AskerArgs,
    },
}

/// Shows it.
///
/// # Errors
/// When there is nothing, or the vault cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let Action::Show { name, asker } = &args.action;
    let asker = asker.asker(&context.settings()?)?;
    let ledger = context.open()?;
    let kept = secret::find(ledger.vault(), name)?;
    let viewer = ledger.as_reader(asker);
    let told = match &kept {
        Kept::Refused { bytes } => viewer.opened_statement(&events(bytes)?, name),
        Kept::Opening { .. } | Kept::DataSubject { .. } => viewer.opened(name),
    };
    told.map_err(|error| ledger_failure::of(&error))?;
    let Kept::Refused { bytes } = &kept else {
        return show(context, &kept);
    };
    let events = events(bytes)?;
    if context.printer.json {
        let events: Vec<_> = events.iter().map(event_codec::to_json).collect();
        return context.printer.value(&json!({ "is": "refused", "events": events, "statement": hex::encode(bytes) }));
    }
    let json: Vec<_> = events.iter().map(event_codec::to_json).collect();
    let text = serde_json::to_string_pretty(&json).unwrap_or_default();
    let lines: Vec<String> = text.lines().map(clean::inline).collect();
    context.printer.text(&format!("refused statement:\n{}", lines.join("\n")))
}

fn show(context: &Context, kept: &Kept) -> Done {
    if context.printer.json {
        return context.printer.value(kept);
    }
    match kept {
        Kept::Opening { path, value, salt } => context.printer.fields(&[
            ("path", path.clone()),
            ("value", serde_json::to_string(value).unwrap_or_default()),
            ("salt", salt.clone()),
        ]),
        Kept::DataSubject { name } => context.printer.fields(&[("data subject", name.clone())]),
        Kept::Refused { .. } => Ok(()),
    }
}

fn events(bytes: &[u8]) -> Done<Vec<Event>> {
    let wrong =
        |why: String| Failure::invalid(format!("the refused statement: {why}"), "look at its bytes with --json");
    let statement = Statement::parse(bytes).map_err(|error| wrong(error.to_string()))?;
    event_codec::payload_from_cbor(statement.payload).map_err(|error| wrong(error.to_string()))
}
