//! `sagwan policy propose`: puts a bundle into the ledger's blobs, and records that somebody wants it in force.

use super::super::source::{self, Loaded};
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure},
        key::ledger_event,
        ledger_failure,
        recorder::{Recorder, Secrets},
        signer::SignerArgs,
    },
    event::{Body, Subject, Text, body::PolicyProposed},
    ledger::Ledger,
    policy::{
        diff::{self, Class},
        review::{Severity, findings},
    },
};
use std::path::PathBuf;

/// Propose a policy: it is in force once other officers have approved its digest.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Run it where the ledger's folder is: the bundle goes into its blobs, which no server takes. The same bundle has the same
digest everywhere, so that approvals may come from anywhere.

Example:
  sagwan policy diff && sagwan policy propose policies --reason 'TICKET-12: reviewers may file documents'")]
pub struct Propose {
    /// The folder of the policy's files.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// What changes, and why.
    #[arg(long)]
    reason: Text,
    /// The policy as a subject.
    #[arg(long, default_value = "policy/main")]
    subject: Subject,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Stores the bundle and records the proposal.
///
/// # Errors
/// When the policy has errors, is in force already, or the ledger refuses.
pub fn run(args: &Propose, context: &Context) -> Done {
    let loaded = source::from_folder(&args.folder)?;
    check(&loaded)?;
    let recorder = Recorder::new(context, &args.signer)?;
    let ledger = recorder.ledger()?.ok_or_else(|| {
        Failure::usage(
            "a server takes no bundles",
            "run it where the ledger's folder is, without --server; approvals may go to the server",
        )
    })?;
    let digest = loaded.policy.digest();
    let comes_to = comes_to(&ledger, &loaded)?;
    ledger.blobs().put(&loaded.bundle.to_bytes()).map_err(|error| ledger_failure::of_storage(&error))?;
    let body = Body::PolicyProposed(PolicyProposed { bundle: digest, reason: args.reason.clone() });
    recorder.record(&[ledger_event(args.subject.clone(), body, context.now())], Secrets::default())?;
    let quorum = ledger.state(|state| state.quorum()).map_err(|error| ledger_failure::of(&error))?;
    context.printer.note(&format!(
        "against what is in force: {comes_to}; it waits for {}: `sagwan policy approve {digest}`",
        counted(quorum, "other officer")
    ));
    Ok(())
}

/// What `policy check` calls an error is not proposed.
fn check(loaded: &Loaded) -> Done {
    let found = findings(&loaded.bundle, &loaded.policy);
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
    let reasons: Vec<String> = errors.map(|finding| format!("{}: {}", finding.file, finding.message)).collect();
    if reasons.is_empty() {
        return Ok(());
    }
    let what = format!("{} has {}", loaded.name, counted(reasons.len(), "error"));
    Err(Failure { reasons, ..Failure::invalid(what, "correct them; `sagwan policy check` says how") })
}

fn comes_to(ledger: &Ledger, loaded: &Loaded) -> Done<&'static str> {
    let in_force = ledger.policy().map_err(|error| ledger_failure::of(&error))?;
    if in_force.digest() == loaded.policy.digest() {
        return Err(Failure::invalid(
            format!("{} is in force already", loaded.policy.digest()),
            "nothing is left to do",
        ));
    }
    Ok(match diff::cells(&in_force, &loaded.policy).class() {
        Class::Same => "the same answers",
        Class::Narrowed => "narrower",
        Class::Widened => "WIDER in places (see `sagwan policy diff`)",
    })
}
