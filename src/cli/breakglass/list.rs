//! `sagwan breakglass list`: what is open, and which reviews are owed since when.

use crate::{
    cli::{
        Context,
        failure::Done,
        grants,
        reader::{ReaderArgs, Source},
        rights,
        table::{Table, Tone},
    },
    event::{ActorId, Env, Timestamp},
    ledger::GrantFilter,
    server::{GrantView, StepView},
};

/// Which are listed.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The moment asked about: a time, a span back such as 7d, or a log index; otherwise now.
    #[arg(long, value_name = "TIME|INDEX")]
    as_of: Option<String>,
    /// Only what this actor opened.
    #[arg(long)]
    actor: Option<ActorId>,
    /// Only in this environment.
    #[arg(long)]
    env: Option<Env>,
    /// Also what has ended and is reviewed.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    reader: ReaderArgs,
}

pub(super) fn run(args: &Args, context: &Context) -> Done {
    let now = context.now();
    let as_of = rights::as_of(args.as_of.as_deref(), now)?;
    let filter = GrantFilter { actor: args.actor.clone(), env: args.env, all: true, ..GrantFilter::default() };
    let mut view = Source::open(context, &args.reader)?.grants(as_of, now, &filter)?;
    view.grants.retain(|grant| grant.breakglass && (args.all || grant.status == "live" || grant.review_due.is_some()));
    if context.printer.json {
        return view.grants.iter().try_for_each(|grant| context.printer.value(grant));
    }
    if view.grants.is_empty() {
        context.printer.note("nothing is open, and no review is owed");
        return Ok(());
    }
    let mut table =
        Table::new(&["grant", "opened by", "env", "subjects", "opened", "until", "ticket", "why", "status", "review"]);
    view.grants.iter().for_each(|grant| row(&mut table, grant, view.as_of));
    context.printer.table(&table)
}

fn row(table: &mut Table, grant: &GrantView, t: Timestamp) {
    let opened: Option<&StepView> = grant.steps.iter().find(|step| step.kind == "breakglass.opened");
    let reviewed = grant.steps.iter().find(|step| step.kind == "breakglass.reviewed");
    let (review, tone) = match (reviewed, grant.review_due) {
        (Some(step), _) => (format!("by {} (record {})", step.by, step.index), Tone::Good),
        (None, Some(due)) if due <= t => (format!("owed, overdue since {due}"), Tone::Bad),
        (None, Some(due)) => {
            let since = opened.map_or_else(String::new, |step| format!(" since {}", step.t));
            (format!("owed{since}, due {due}"), Tone::Doubtful)
        }
        (None, None) => ("owed".to_owned(), Tone::Doubtful),
    };
    let status_tone = if grant.status == "live" { Tone::Doubtful } else { Tone::Quiet };
    table.toned([
        (grant.grant.clone(), Tone::Plain),
        (grant.holder.clone().unwrap_or_default(), Tone::Plain),
        (grant.env.clone(), Tone::Plain),
        (grant.subjects.join(", "), Tone::Plain),
        (opened.map_or_else(String::new, |step| format!("{} (record {})", step.t, step.index)), Tone::Plain),
        (grant.until.to_string(), Tone::Plain),
        (opened.and_then(|step| step.ticket.clone()).unwrap_or_default(), Tone::Plain),
        (grants::why(grant), Tone::Plain),
        (grant.status.clone(), status_tone),
        (review, tone),
    ]);
}
