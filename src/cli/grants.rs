//! `sagwan grants`: who may use what, now or as of a time or log index, and which records made it so.

use super::{
    Context,
    failure::Done,
    reader::{ReaderArgs, Source},
    rights,
    table::{Table, Tone},
};
use crate::{
    event::{ActorId, Env, Subject},
    ledger::GrantFilter,
    server::{GrantView, StepView},
};

/// List the grants that hold, now or as of a time or log index.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The moment asked about: RFC 3339, a date, a span back such as 7d, or a log index, which means before that
    /// record was judged; otherwise now.
    #[arg(long, value_name = "TIME|INDEX")]
    as_of: Option<String>,
    /// Only grants that this actor holds, or asked for and has not been given.
    #[arg(long)]
    actor: Option<ActorId>,
    /// Only grants that cover this subject.
    #[arg(long)]
    subject: Option<Subject>,
    /// Only grants in this environment.
    #[arg(long)]
    env: Option<Env>,
    /// Also those that nobody has granted, that have run out, and that were revoked.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    reader: ReaderArgs,
}

/// Prints the grants.
///
/// # Errors
/// When the ledger cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let now = context.now();
    let as_of = rights::as_of(args.as_of.as_deref(), now)?;
    let filter = GrantFilter {
        name: None,
        actor: args.actor.clone(),
        subject: args.subject.clone(),
        env: args.env,
        all: args.all,
    };
    let view = Source::open(context, &args.reader)?.grants(as_of, now, &filter)?;
    if context.printer.json {
        return view.grants.iter().try_for_each(|grant| context.printer.value(grant));
    }
    if view.grants.is_empty() {
        context.printer.note(&format!("no grant held at {}", view.as_of));
        return Ok(());
    }
    let mut table =
        Table::new(&["grant", "holder", "env", "subjects", "for", "granted", "by", "record", "until", "why", "status"]);
    view.grants.iter().for_each(|grant| row(&mut table, grant));
    context.printer.table(&table)
}

fn row(table: &mut Table, grant: &GrantView) {
    let given = given(grant);
    let holder = grant.holder.clone().unwrap_or_else(|| {
        let asked = grant.requested_by.as_ref();
        asked.map_or_else(String::new, |by| format!("asked for by {by}"))
    });
    let (status, tone) = status(grant);
    table.toned([
        (grant.grant.clone(), Tone::Plain),
        (holder, Tone::Plain),
        (grant.env.clone(), Tone::Plain),
        (grant.subjects.join(", "), Tone::Plain),
        (purpose(grant), Tone::Plain),
        (given.filter(gave).map_or_else(String::new, |step| step.t.to_string()), Tone::Plain),
        (grant.granted_by.clone().unwrap_or_default(), Tone::Plain),
        (given.map_or_else(String::new, |step| step.index.to_string()), Tone::Quiet),
        (grant.until.to_string(), Tone::Plain),
        (why(grant), Tone::Plain),
        (status, tone),
    ]);
}

/// The purpose, and what may be done.
pub fn purpose(grant: &GrantView) -> String {
    let actions = if grant.actions.is_empty() { "use".to_owned() } else { grant.actions.join(", ") };
    format!("{} ({actions})", grant.purpose)
}

/// The record that gave it; before that, the one that asked for it.
fn given(grant: &GrantView) -> Option<&StepView> {
    grant.steps.iter().find(gave).or(grant.steps.first())
}

fn gave(step: &&StepView) -> bool {
    matches!(step.kind.as_str(), "access.granted" | "breakglass.opened")
}

/// Why it was given, or else why it was asked for.
pub fn why(grant: &GrantView) -> String {
    let reason = |step: &StepView| step.reason.clone();
    given(grant).and_then(reason).or_else(|| grant.steps.first().and_then(reason)).unwrap_or_default()
}

/// Where it stands, and how that came.
pub fn status(grant: &GrantView) -> (String, Tone) {
    let last = |kind: &str| grant.steps.iter().rev().find(|step| step.kind == kind);
    let review = match (grant.breakglass, &grant.reviewed_by) {
        (true, None) => ", break-glass, not reviewed".to_owned(),
        (true, Some(by)) => format!(", break-glass, reviewed by {by}"),
        (false, _) => String::new(),
    };
    let tone = match grant.status.as_str() {
        "live" if grant.breakglass && grant.reviewed_by.is_none() => Tone::Doubtful,
        "live" => Tone::Good,
        "requested" => Tone::Doubtful,
        _ => Tone::Quiet,
    };
    let how = match (last("access.revoked"), last("access.changed")) {
        (Some(step), _) => format!(" by {} (record {})", step.by, step.index),
        (None, Some(step)) => format!(", changed by {} (record {})", step.by, step.index),
        (None, None) => String::new(),
    };
    (format!("{}{how}{review}", grant.status), tone)
}
