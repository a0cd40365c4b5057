//! `sagwan roles`: who holds which role, now or as of a time or log index, and which record gave it.

use super::{
    Context,
    failure::Done,
    reader::{ReaderArgs, Source},
    rights,
    table::{Table, Tone},
};
use crate::{
    event::{ActorId, Env, RoleId},
    ledger::RoleFilter,
    server::HeldRoleView,
};

/// List who holds which role, now or as of a time or log index.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The moment asked about: RFC 3339, a date, a span back such as 7d, or a log index, which means before that
    /// record was judged; otherwise now.
    #[arg(long, value_name = "TIME|INDEX")]
    as_of: Option<String>,
    /// Only roles of this actor.
    #[arg(long)]
    actor: Option<ActorId>,
    /// Only this role.
    #[arg(long)]
    role: Option<RoleId>,
    /// Only roles in this environment.
    #[arg(long)]
    env: Option<Env>,
    /// Also roles that have run out or were taken away.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    reader: ReaderArgs,
}

/// Prints the roles.
///
/// # Errors
/// When the ledger cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let now = context.now();
    let as_of = rights::as_of(args.as_of.as_deref(), now)?;
    let filter = RoleFilter { actor: args.actor.clone(), role: args.role.clone(), env: args.env, all: args.all };
    let view = Source::open(context, &args.reader)?.roles(as_of, now, &filter)?;
    if context.printer.json {
        return view.roles.iter().try_for_each(|role| context.printer.value(role));
    }
    if view.roles.is_empty() {
        context.printer.note(&format!("no such role was held at {}", view.as_of));
        return Ok(());
    }
    let mut table = Table::new(&["actor", "role", "env", "until", "given by", "record", "why", "status"]);
    view.roles.iter().for_each(|role| row(&mut table, role));
    context.printer.table(&table)
}

fn row(table: &mut Table, role: &HeldRoleView) {
    let (status, tone) = match (&role.ended, role.status.as_str()) {
        (Some(end), _) => {
            let why = end.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            (format!("ended by {} (record {}){why}", end.by, end.index), Tone::Quiet)
        }
        (None, "live") => ("live".to_owned(), Tone::Good),
        (None, status) => (status.to_owned(), Tone::Quiet),
    };
    table.toned([
        (role.actor.clone(), Tone::Plain),
        (role.role.clone(), Tone::Plain),
        (role.env.clone(), Tone::Plain),
        (role.until.map_or_else(|| "without end".to_owned(), |until| until.to_string()), Tone::Plain),
        (role.by.clone(), Tone::Plain),
        (role.index.to_string(), Tone::Quiet),
        (role.reason.clone().unwrap_or_default(), Tone::Plain),
        (status, tone),
    ]);
}
