//! `sagwan access request`.

use super::{Told, grant_event, grant_name};
use crate::{
    cli::{Context, failure::Done, recorder::Recorder, reference::Named, signer::SignerArgs, when},
    event::{Body, Env, Reference, Subject, Text, body::AccessRequested},
};

/// What may be asked for.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What is to be used; without a version, every version of it.
    #[arg(value_name = "SUBJECT", required = true)]
    subjects: Vec<Subject>,
    /// Where: dev, staging or prod.
    #[arg(long)]
    env: Env,
    /// What for: a word of the policy's purposes.
    #[arg(long)]
    purpose: Text,
    /// Until when: a time, or a span such as 8h or 30d.
    #[arg(long, value_name = "TIME|SPAN")]
    until: String,
    /// Why it is needed.
    #[arg(long)]
    reason: Text,
    /// What is to be done with it; otherwise `use`. Repeat for more.
    #[arg(long = "action", value_name = "ACTION")]
    actions: Vec<Text>,
    /// The grant's name; otherwise one is made up.
    #[arg(long)]
    name: Option<String>,
    /// A subject that is kept elsewhere and need not be recorded here.
    #[arg(long, value_name = "SUBJECT")]
    external: Vec<Subject>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// The inputs of an event: subjects, of which some are kept elsewhere.
///
/// # Errors
/// When `external` names something else.
pub fn inputs(subjects: &[Subject], external: &[Subject]) -> Done<Vec<Reference>> {
    let named = |subject: &Subject| Named { subject: subject.clone(), place: crate::cli::reference::Place::Unsaid };
    let named: Vec<Named> = subjects.iter().map(named).collect();
    crate::cli::reference::references(&named, &[], external).map(|(inputs, _)| inputs)
}

pub(super) fn run(args: &Args, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let grant = grant_name(args.name.as_deref(), "", &args.subjects)?;
    let until = when::ahead(&args.until, context.now())?;
    let body = Body::AccessRequested(AccessRequested {
        reason: Some(args.reason.clone()),
        purpose: args.purpose.clone(),
        until,
        actions: args.actions.clone(),
    });
    let event = grant_event(context, grant.clone(), args.env, inputs(&args.subjects, &args.external)?, body);
    let next = vec![format!("ask another officer: sagwan access grant {grant}")];
    Told::record(&recorder, event, next, "have somebody else ask for it")?
        .print(context, &format!("is asked for until {until}"))
}
