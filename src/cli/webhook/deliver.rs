//! `sagwan webhook deliver`: the couriers without a server.

use super::{failure, named};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        table::{Table, Tone},
    },
    ledger::Ledger,
    notify::{Board, Courier, Endpoint, Service, Turn},
    server,
};
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// Deliver what is due, and what becomes due.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The ledger's folder is locked meanwhile, as for any command; a server that has it open delivers by itself. The first time,
an endpoint begins at the ledger's head: what was recorded before is not sent.")]
pub struct Args {
    /// Deliver what is due now, and end; otherwise until SIGINT or SIGTERM.
    #[arg(long)]
    once: bool,
}

#[derive(Serialize)]
struct View<'a> {
    webhook: &'a str,
    found: u64,
    delivered: u64,
    failed: u64,
    given_up: u64,
    /// What still waits.
    waiting: usize,
    /// What was given up, now and before, and is kept.
    dead: usize,
}

/// Delivers.
///
/// # Errors
/// When the ledger, a queue or a secret cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let endpoints = named(context, None)?;
    let ledger = context.open()?;
    if args.once { once(&ledger, endpoints, context) } else { on_and_on(&ledger, endpoints, context) }
}

fn once(ledger: &Ledger, endpoints: Vec<Endpoint>, context: &Context) -> Done {
    let stop = AtomicBool::new(false);
    let mut table = Table::new(&["webhook", "new", "delivered", "failed attempts", "given up", "waiting", "kept dead"]);
    for endpoint in endpoints {
        let mut courier = Courier::open(ledger.clone(), endpoint).map_err(|error| failure(&error))?;
        let mut all = Turn::default();
        loop {
            let turn = courier.turn(&stop).map_err(|error| failure(&error))?;
            all = Turn {
                found: all.found + turn.found,
                delivered: all.delivered + turn.delivered,
                failed: all.failed + turn.failed,
                dead: all.dead + turn.dead,
            };
            if turn == Turn::default() || turn.failed > 0 {
                break;
            }
        }
        courier.put_down().map_err(|error| failure(&error))?;
        let (endpoint, queue) = (courier.endpoint(), courier.queue());
        let view = View {
            webhook: &endpoint.name,
            found: all.found,
            delivered: all.delivered,
            failed: all.failed,
            given_up: all.dead,
            waiting: queue.waiting.len(),
            dead: queue.dead.len(),
        };
        if context.printer.json {
            context.printer.value(&view)?;
            continue;
        }
        let tone = |count: u64, tone| if count == 0 { Tone::Quiet } else { tone };
        table.toned([
            (view.webhook.to_owned(), Tone::Plain),
            (view.found.to_string(), Tone::Quiet),
            (view.delivered.to_string(), tone(view.delivered, Tone::Good)),
            (view.failed.to_string(), tone(view.failed, Tone::Doubtful)),
            (view.given_up.to_string(), tone(view.given_up, Tone::Bad)),
            (view.waiting.to_string(), Tone::Plain),
            (view.dead.to_string(), Tone::Plain),
        ]);
    }
    if context.printer.json { Ok(()) } else { context.printer.table(&table) }
}

fn on_and_on(ledger: &Ledger, endpoints: Vec<Endpoint>, context: &Context) -> Done {
    let printer = context.printer.clone();
    let service = Service::start(ledger, endpoints, &Board::default(), move |line| printer.warn(line));
    let service = service.map_err(|error| failure(&error))?;
    context.printer.note("delivering; stop with Ctrl-C");
    let fault = |error: &dyn std::fmt::Display| Failure::fault(error.to_string());
    let runtime = server::runtime(&server::ServerConfig::default()).map_err(|error| fault(&error))?;
    let waited = runtime.block_on(async {
        server::stop_signal()?.await;
        Ok::<_, server::ServerError>(())
    });
    service.stop();
    waited.map_err(|error| fault(&error))
}
