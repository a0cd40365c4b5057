//! `sagwan grants`: who may use what, now or as of a time.

use super::{
    Context,
    failure::Done,
    ledger_failure,
    table::{Table, Tone},
    when,
};
use crate::{
    event::{ActorId, Env, Subject, Timestamp},
    state::{Grant, Term},
};
use serde::Serialize;

/// List the grants that hold, now or as of a time.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The time asked about: RFC 3339, a date, or a span back such as 7d; otherwise now.
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Only grants that this actor holds.
    #[arg(long)]
    actor: Option<ActorId>,
    /// Only grants that cover this subject.
    #[arg(long)]
    subject: Option<Subject>,
}

/// The JSON shape of a grant, as the HTTP API has it.
#[derive(Serialize)]
struct GrantView {
    grant: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<ActorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted_by: Option<ActorId>,
    env: Env,
    subjects: Vec<Subject>,
    actions: Vec<String>,
    purpose: String,
    from: Timestamp,
    until: Timestamp,
    breakglass: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_by: Option<ActorId>,
}

/// Prints the grants.
///
/// # Errors
/// When the ledger cannot be opened.
pub fn run(args: &Args, context: &Context) -> Done {
    let now = context.now();
    let as_of = args.as_of.as_deref().map_or(Ok(now), |text| when::parse(text, now))?;
    let ledger = context.open()?;
    let wanted = |grant: &Grant| {
        args.actor.as_ref().is_none_or(|actor| grant.holder.as_ref() == Some(actor))
            && args.subject.as_ref().is_none_or(|subject| grant.covers(subject))
    };
    let grants: Vec<GrantView> = ledger
        .state(|state| {
            let held = state.grants_at(as_of).into_iter().filter(|(_, grant, _)| wanted(grant));
            held.map(|(name, grant, term)| view(name, grant, term)).collect()
        })
        .map_err(|error| ledger_failure::of(&error))?;
    if context.printer.json {
        return grants.iter().try_for_each(|grant| context.printer.value(grant));
    }
    if grants.is_empty() {
        context.printer.note(&format!("no grant held at {as_of}"));
        return Ok(());
    }
    let mut table = Table::new(&["grant", "holder", "env", "subjects", "for", "until", "granted by"]);
    grants.iter().for_each(|grant| row(&mut table, grant));
    context.printer.table(&table)
}

fn view(name: &Subject, grant: &Grant, term: &Term) -> GrantView {
    GrantView {
        grant: name.clone(),
        holder: grant.holder.clone(),
        granted_by: grant.granted_by.clone(),
        env: grant.env,
        subjects: grant.subjects.clone(),
        actions: grant.actions.iter().map(ToString::to_string).collect(),
        purpose: term.purpose.to_string(),
        from: term.from,
        until: term.until,
        breakglass: grant.breakglass,
        reviewed_by: grant.reviewed_by.clone(),
    }
}

fn row(table: &mut Table, grant: &GrantView) {
    let text = |actor: &Option<ActorId>| actor.as_ref().map_or_else(String::new, ToString::to_string);
    let subjects: Vec<String> = grant.subjects.iter().map(ToString::to_string).collect();
    let actions = if grant.actions.is_empty() { "use".to_owned() } else { grant.actions.join(", ") };
    let (by, tone) = match (grant.breakglass, &grant.reviewed_by) {
        (true, None) => ("break-glass, not reviewed".to_owned(), Tone::Doubtful),
        (true, Some(reviewer)) => (format!("break-glass, reviewed by {reviewer}"), Tone::Plain),
        (false, _) => (text(&grant.granted_by), Tone::Plain),
    };
    table.toned([
        (grant.grant.to_string(), Tone::Plain),
        (text(&grant.holder), Tone::Plain),
        (grant.env.to_string(), Tone::Plain),
        (subjects.join(", "), Tone::Plain),
        (format!("{} ({actions})", grant.purpose), Tone::Plain),
        (grant.until.to_string(), Tone::Plain),
        (by, tone),
    ]);
}
