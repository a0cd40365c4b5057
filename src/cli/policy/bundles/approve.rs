//! `sagwan policy approve`: another officer's word for a proposed bundle, bound to its digest.

use crate::{
    cli::{
        Context,
        failure::Done,
        key::ledger_event,
        ledger_failure,
        recorder::{Recorder, Secrets},
        signer::SignerArgs,
    },
    event::{Body, Digest, Subject, Text, body::PolicyApproved},
};

/// Approve a proposed policy by its digest; with the quorum it is in force.
#[derive(clap::Args, Debug)]
pub struct Approve {
    /// The bundle's digest, as `sagwan policy list` shows it.
    #[arg(value_name = "DIGEST")]
    digest: Digest,
    /// What the review found.
    #[arg(long)]
    reason: Option<Text>,
    /// The policy as a subject.
    #[arg(long, default_value = "policy/main")]
    subject: Subject,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Records the approval, and says how far it brings the bundle.
///
/// # Errors
/// When the ledger refuses.
pub fn run(args: &Approve, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let body = Body::PolicyApproved(PolicyApproved { bundle: args.digest, reason: args.reason.clone() });
    recorder.record(&[ledger_event(args.subject.clone(), body, context.now())], Secrets::default())?;
    let Some(ledger) = recorder.ledger()? else { return Ok(()) };
    let stands = ledger.state(|state| {
        let proposal = state.proposal(&args.digest);
        (state.policy() == Some(args.digest), proposal.map(|proposal| proposal.approvals.len()), state.quorum())
    });
    let (in_force, approvals, quorum) = stands.map_err(|error| ledger_failure::of(&error))?;
    context.printer.note(&match approvals {
        _ if in_force => format!("{} is in force", args.digest),
        Some(count) => format!("{count} of {quorum} approvals: it is not in force yet"),
        None => "nobody has proposed it, so the approval changes nothing".to_owned(),
    });
    Ok(())
}
