//! `sagwan log`: records by what they are about, who signed them, when, and what was decided.

use super::{
    Context,
    failure::Done,
    reader::{ReaderArgs, Source},
    table::{Table, Tone},
    view::{self, RecordView},
    when,
};
use crate::{
    event::{ActorId, Env, Kind, Subject},
    ledger::{DecisionFilter, Query},
};

/// List records, oldest first.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Times are RFC 3339, dates (their first moment, UTC) or spans back such as 2h or 7d; --until is exclusive.
What was recorded although a rule would have refused it says so, and is found with --decision would-deny.

Examples:
  sagwan log --subject model/credit@3
  sagwan log --decision deny --since 7d --reverse
  sagwan log --kind access.used --env prod --since 2026-01-01 --until 2026-02-01 --json")]
pub struct Args {
    /// Records that mention this subject, as what they are about, input or output.
    #[arg(long)]
    subject: Option<Subject>,
    /// Records with an event of this kind.
    #[arg(long, value_parser = |text: &str| Kind::parse(text))]
    kind: Option<Kind>,
    /// Records that this actor signed, and refusals of what it signed.
    #[arg(long)]
    actor: Option<ActorId>,
    /// Records with an event in this environment.
    #[arg(long)]
    env: Option<Env>,
    /// Recorded at this time or later.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Recorded before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// allow: no rule was against it; deny: refused; would-deny: recorded although a rule would refuse it.
    #[arg(long, value_enum)]
    decision: Option<Decision>,
    /// A rule that refused, or would have.
    #[arg(long)]
    rule: Option<String>,
    /// At most this many; 0 for all.
    #[arg(long, short = 'n', default_value_t = 50)]
    limit: usize,
    /// Newest first.
    #[arg(long, short)]
    reverse: bool,
    #[command(flatten)]
    reader: ReaderArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Decision {
    Allow,
    Deny,
    WouldDeny,
}

/// Prints the records asked for.
///
/// # Errors
/// When the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    let query = query(args, context)?;
    let source = Source::open(context, &args.reader)?;
    if context.printer.json {
        source.each(query, args.limit, |record| context.printer.value(record)).map(|_| ())
    } else {
        let mut table = Table::new(&["index", "time", "actor", "kind", "subject", "env", "decision"]);
        let more = source.each(query, args.limit, |record| {
            row(&mut table, record);
            Ok(())
        })?;
        if table.is_empty() {
            context.printer.note("no such records");
            return Ok(());
        }
        context.printer.table(&table)?;
        if more {
            context.printer.note(&format!("the first {}; there are more (--limit 0 shows all)", table.len()));
        }
        Ok(())
    }
}

fn query(args: &Args, context: &Context) -> Done<Query> {
    let now = context.now();
    let time = |text: &Option<String>| text.as_deref().map(|text| when::parse(text, now)).transpose();
    Ok(Query {
        subject: args.subject.clone(),
        kind: args.kind.clone(),
        actor: args.actor.clone(),
        env: args.env,
        since: time(&args.since)?,
        until: time(&args.until)?,
        decision: args.decision.map(|decision| match decision {
            Decision::Allow => DecisionFilter::Allow,
            Decision::Deny => DecisionFilter::Deny,
            Decision::WouldDeny => DecisionFilter::WouldDeny,
        }),
        rule: args.rule.clone(),
        newest_first: args.reverse,
        ..Query::default()
    })
}

fn row(table: &mut Table, record: &RecordView) {
    let (decided, tone) = record.decided();
    let more = match record.events.len() {
        0 | 1 => String::new(),
        count => format!(" (+{})", count - 1),
    };
    table.toned([
        (record.index.to_string(), Tone::Plain),
        (record.t.to_string(), Tone::Quiet),
        view::signer(&record.actor, record.suspect),
        (format!("{}{more}", record.first("kind")), Tone::Plain),
        (record.first("subject").to_owned(), Tone::Plain),
        (record.first("env").to_owned(), Tone::Plain),
        (decided, tone),
    ]);
}
