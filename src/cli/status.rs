//! `sagwan status`: what the ledger is and how it fares.

use super::{Context, failure::Done, ledger_failure, log_pub};
use crate::{event::Digest, ledger::Ledger, state::State};
use serde::Serialize;
use std::path::PathBuf;

/// Show what the ledger is: origin, size, tree head, keys, officers, policy.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only the signed checkpoint, as text (C2SP tlog-checkpoint).
    #[arg(long)]
    checkpoint: bool,
}

#[derive(Serialize)]
struct StatusView {
    folder: PathBuf,
    origin: String,
    size: u64,
    root: Digest,
    t: crate::event::Timestamp,
    indexed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fatal: Option<String>,
    log_keys: Vec<String>,
    officers: Vec<String>,
    quorum: u32,
    actors: usize,
    subjects: usize,
    policy: Option<Digest>,
    checkpoint: String,
}

/// Prints it.
///
/// # Errors
/// When the ledger cannot be opened.
pub fn run(args: &Args, context: &Context) -> Done {
    let ledger = context.open()?;
    if args.checkpoint && !context.printer.json {
        return context.printer.text(ledger.checkpoint(&ledger.head()).trim_end_matches('\n'));
    }
    let view = view(context, &ledger)?;
    if context.printer.json {
        return context.printer.value(&view);
    }
    context.printer.fields(&[
        ("ledger", view.folder.display().to_string()),
        ("origin", view.origin),
        ("records", format!("{} (indexed {})", view.size, view.indexed)),
        ("root", view.root.to_string()),
        ("time", view.t.to_string()),
        ("log keys", view.log_keys.join(", ")),
        ("officers", format!("{} (quorum {})", view.officers.join(", "), view.quorum)),
        ("actors", view.actors.to_string()),
        ("subjects", view.subjects.to_string()),
        ("policy", view.policy.map_or_else(|| "none".into(), |policy| policy.to_string())),
        ("stopped", view.fatal.unwrap_or_default()),
    ])
}

fn view(context: &Context, ledger: &Ledger) -> Done<StatusView> {
    let (head, status, now) = (ledger.head(), ledger.status(), context.now());
    let state = |state: &State| {
        let officers = state.officers(now).into_iter().map(ToString::to_string).collect();
        (officers, state.quorum(), state.actors().len(), state.subject_count(), state.policy())
    };
    let (officers, quorum, actors, subjects, policy) =
        ledger.state(state).map_err(|error| ledger_failure::of(&error))?;
    Ok(StatusView {
        folder: ledger.folder().to_owned(),
        origin: ledger.origin().to_owned(),
        size: head.size,
        root: Digest(head.root),
        t: head.t,
        indexed: status.indexed,
        fatal: status.fatal,
        log_keys: log_pub::of(ledger)?,
        officers,
        quorum,
        actors,
        subjects,
        policy,
        checkpoint: ledger.checkpoint(&head),
    })
}
