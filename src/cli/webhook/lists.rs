//! `sagwan webhook list` and `dead`: the queues, as whoever delivers last wrote them. Nothing is locked.

use super::{failure, named};
use crate::{
    cli::{
        Context,
        failure::Done,
        table::{Table, Tone},
    },
    event::Timestamp,
    notify::{Endpoint, Queue, Store},
    storage::io::RealIo,
};
use serde::Serialize;

/// List the messages that were given up, oldest first.
#[derive(clap::Args, Debug)]
pub struct Dead {
    /// Only those of this webhook.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

#[derive(Serialize)]
struct View<'a> {
    webhook: &'a str,
    url: &'a str,
    kinds: Vec<&'a str>,
    /// Records below this one were looked at; absent before the first look.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_up_to: Option<u64>,
    waiting: usize,
    dead: usize,
    /// When the next attempt may be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Timestamp>,
    /// What the last failed attempt came to, of those that wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<&'a str>,
}

#[derive(Serialize)]
struct DeadView<'a> {
    webhook: &'a str,
    record: u64,
    position: u32,
    attempts: u32,
    given_up: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    why: &'a str,
}

fn queue(context: &Context, endpoint: &Endpoint) -> Done<Option<Queue>> {
    Store::new(&context.folder()?, &endpoint.name).load(&RealIo).map_err(|error| failure(&error))
}

/// Prints the endpoints.
///
/// # Errors
/// When a setting or a queue is wrong.
pub fn list(context: &Context) -> Done {
    let mut table = Table::new(&["webhook", "kinds", "waiting", "next attempt", "given up", "last failure", "url"]);
    for endpoint in named(context, None)? {
        let queue = queue(context, &endpoint)?;
        let waiting = queue.iter().flat_map(|queue| &queue.waiting);
        let view = View {
            webhook: &endpoint.name,
            url: &endpoint.url,
            kinds: endpoint.selection.kinds().iter().map(|kind| kind.as_str()).collect(),
            looked_up_to: queue.as_ref().map(|queue| queue.cursor),
            waiting: waiting.clone().count(),
            dead: queue.as_ref().map_or(0, |queue| queue.dead.len()),
            next: waiting.clone().map(|waiting| waiting.next).min(),
            last_failure: waiting.clone().find_map(|waiting| waiting.last.as_deref()),
        };
        if context.printer.json {
            context.printer.value(&view)?;
            continue;
        }
        let tone = |count: usize, tone| if count == 0 { Tone::Quiet } else { tone };
        table.toned([
            (view.webhook.to_owned(), Tone::Plain),
            (view.kinds.join(", "), Tone::Plain),
            (view.waiting.to_string(), tone(view.waiting, Tone::Doubtful)),
            (view.next.map_or_else(String::new, |next| next.to_string()), Tone::Quiet),
            (view.dead.to_string(), tone(view.dead, Tone::Bad)),
            (view.last_failure.unwrap_or_default().to_owned(), Tone::Plain),
            (view.url.to_owned(), Tone::Plain),
        ]);
    }
    if context.printer.json { Ok(()) } else { context.printer.table(&table) }
}

/// Prints what was given up.
///
/// # Errors
/// As [`list`].
pub fn dead(args: &Dead, context: &Context) -> Done {
    let mut table = Table::new(&["webhook", "record", "attempts", "given up", "why"]);
    for endpoint in named(context, args.name.as_deref())? {
        for dead in queue(context, &endpoint)?.iter().flat_map(|queue| &queue.dead) {
            let view = DeadView {
                webhook: &endpoint.name,
                record: dead.index,
                position: dead.position,
                attempts: dead.attempts,
                given_up: dead.at,
                status: dead.status,
                why: dead.reason.as_deref().unwrap_or_default(),
            };
            if context.printer.json {
                context.printer.value(&view)?;
                continue;
            }
            let place = match view.position {
                0 => view.record.to_string(),
                position => format!("{}.{position}", view.record),
            };
            let (attempts, when) = (view.attempts.to_string(), view.given_up.to_string());
            table.row([view.webhook.to_owned(), place, attempts, when, view.why.to_owned()]);
        }
    }
    if context.printer.json {
        return Ok(());
    }
    if table.is_empty() {
        context.printer.note("nothing was given up");
        return Ok(());
    }
    context.printer.table(&table)?;
    context.printer.note("send them again with `sagwan webhook retry NAME --all`, or name records");
    Ok(())
}
