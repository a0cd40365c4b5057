//! `sagwan breakglass`: access that somebody gives himself in an emergency, and the review that is owed for it.

mod list;

use super::{
    Context,
    access::{Told, grant_event, grant_name, inputs, one_grant, read},
    failure::{Done, Failure},
    recorder::Recorder,
    signer::SignerArgs,
    when,
};
use crate::event::{
    Body, Env, Subject, Text,
    body::{BreakglassOpened, BreakglassReviewed},
};

/// Access in an emergency, and the review that is owed for it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan breakglass open deployment/credit-api --env prod --ticket OPS-2291 --reason 'all are refused' --until 2h
  sagwan breakglass list
  sagwan breakglass review grant/emergency-1 --findings 'restarted the service, read nothing' --justified")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Give yourself access now; another officer reviews it
    Open(Open),
    /// Review what somebody else opened
    Review(Review),
    /// List what is open, and the reviews that are owed
    List(list::Args),
}

#[derive(clap::Args, Debug)]
struct Open {
    /// What is to be used; without a version, every version of it.
    #[arg(value_name = "SUBJECT", required = true)]
    subjects: Vec<Subject>,
    /// Where: dev, staging or prod.
    #[arg(long)]
    env: Env,
    /// The ticket that tells the story.
    #[arg(long)]
    ticket: Text,
    /// The emergency.
    #[arg(long)]
    reason: Text,
    /// Until when: a time, or a span such as 2h.
    #[arg(long, value_name = "TIME|SPAN")]
    until: String,
    /// What for: a word of the policy's purposes.
    #[arg(long, default_value = "incident-response")]
    purpose: Text,
    /// The grant's name; otherwise one is made up.
    #[arg(long)]
    name: Option<String>,
    /// A subject that is kept elsewhere and need not be recorded here.
    #[arg(long, value_name = "SUBJECT")]
    external: Vec<Subject>,
    #[command(flatten)]
    signer: SignerArgs,
}

#[derive(clap::Args, Debug)]
struct Review {
    /// The grant, grant/NAME.
    grant: Subject,
    /// What was found.
    #[arg(long)]
    findings: Text,
    /// The emergency justified it.
    #[arg(long)]
    justified: bool,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Does what is asked.
///
/// # Errors
/// When the ledger refuses, or there is no such grant.
pub fn run(args: &Args, context: &Context) -> Done {
    match &args.action {
        Action::Open(args) => open(args, context),
        Action::Review(args) => review(args, context),
        Action::List(args) => list::run(args, context),
    }
}

fn open(args: &Open, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let grant = grant_name(args.name.as_deref(), "emergency-", &args.subjects)?;
    let until = when::ahead(&args.until, context.now())?;
    let body = Body::BreakglassOpened(BreakglassOpened {
        reason: Some(args.reason.clone()),
        ticket: args.ticket.clone(),
        purpose: args.purpose.clone(),
        until,
    });
    let event = grant_event(context, grant.clone(), args.env, inputs(&args.subjects, &args.external)?, body);
    let next = vec![
        format!("record each use: sagwan record --kind access.used --body grant={grant} …"),
        format!("a review by another officer is owed: sagwan breakglass review {grant} --findings … --justified"),
    ];
    let told = Told::record(&recorder, event, next, "have somebody else open it");
    told.map_err(|failure| owed(failure, &recorder))?.print(context, &format!("is open until {until}"))
}

/// A refusal because an earlier review is owed says how to list what is owed.
fn owed(mut failure: Failure, recorder: &Recorder<'_>) -> Failure {
    if failure.reasons.iter().any(|reason| reason.ends_with("[breakglass-review-owed]")) {
        let who = recorder.author().map_or_else(String::new, |author| format!(" --actor {}", author.actor));
        failure.next = format!("ask another officer for the review; `sagwan breakglass list{who}` shows what is owed");
    }
    failure
}

fn review(args: &Review, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let grant = one_grant(context, &recorder.source()?, &args.grant)?;
    if !grant.breakglass {
        let what = format!("{} was not opened in an emergency", args.grant);
        return Err(Failure::usage(
            what,
            "review it with `sagwan access review`; `sagwan breakglass list` lists others",
        ));
    }
    let body = BreakglassReviewed { findings: args.findings.clone(), justified: args.justified };
    let event = grant_event(context, args.grant.clone(), read(&grant.env)?, Vec::new(), Body::BreakglassReviewed(body));
    let next = match (args.justified, grant.status.as_str()) {
        (false, "live") => vec![format!("it still holds: sagwan access revoke {} --reason …", args.grant)],
        _ => Vec::new(),
    };
    let other = format!("ask another officer: sagwan breakglass review {} …", args.grant);
    let found = if args.justified { "is reviewed: justified" } else { "is reviewed: not justified" };
    Told::record(&recorder, event, next, &other)?.print(context, found)
}
