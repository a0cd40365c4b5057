//! `sagwan webhook retry` and `test`.

use super::{failure, named};
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure, Kind},
    },
    ledger::Host,
    notify::{Again, Answer, Endpoint, Message, NotifyError, Sender, Store},
};
use serde_json::json;

/// Send messages again that were given up, with all their attempts.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The server takes it up at its next look; without a server, `sagwan webhook deliver --once` does. The message keeps its
id, so that a receiver who had it after all sees that.")]
pub struct Retry {
    /// The webhook.
    #[arg(value_name = "NAME")]
    name: String,
    /// The records that were given up.
    #[arg(value_name = "RECORD", required_unless_present = "all", conflicts_with = "all")]
    records: Vec<u64>,
    /// All of them.
    #[arg(long)]
    all: bool,
}

/// Send a test message to an endpoint now. It is of type `sagwan.test`, and not recorded.
#[derive(clap::Args, Debug)]
pub struct Test {
    /// The webhook.
    #[arg(value_name = "NAME")]
    name: String,
}

fn one(context: &Context, name: &str) -> Done<Endpoint> {
    named(context, Some(name))?.pop().ok_or_else(|| Failure::not_found("no such webhook", "see `sagwan webhook list`"))
}

/// Leaves word for whoever delivers.
///
/// # Errors
/// When none of these was given up, or the wish cannot be written.
pub fn retry(args: &Retry, context: &Context) -> Done {
    let (endpoint, io) = (one(context, &args.name)?, Host::real().io);
    let store = Store::new(&context.folder()?, &endpoint.name);
    let queue = store.load(&*io).map_err(|error| failure(&error))?;
    let dead: Vec<u64> = queue.iter().flat_map(|queue| &queue.dead).map(|dead| dead.index).collect();
    if let Some(record) = args.records.iter().find(|record| !dead.contains(record)) {
        let what = format!("no message about record {record} was given up by {}", endpoint.name);
        return Err(Failure::not_found(what, "see `sagwan webhook dead`"));
    }
    if dead.is_empty() {
        return Err(Failure::not_found(format!("{} gave nothing up", endpoint.name), "see `sagwan webhook list`"));
    }
    // Wishes add up until somebody fulfils them.
    let earlier = store.asked_again(&*io).map_err(|error| failure(&error))?.unwrap_or_default();
    let records = earlier.records.iter().chain(&args.records).copied().collect();
    let again = Again { all: args.all || earlier.all, records };
    store.ask_again(&*io, &again).map_err(|error| failure(&error))?;
    let count = if again.all { dead.len() } else { dead.iter().filter(|index| again.records.contains(index)).count() };
    if context.printer.json {
        return context.printer.value(&json!({ "webhook": endpoint.name, "again": count }));
    }
    context.printer.text(&format!("{} will be sent to {} again", counted(count, "message"), endpoint.name))
}

/// Sends the test message, and says what came back.
///
/// # Errors
/// When the endpoint did not take it.
pub fn test(args: &Test, context: &Context) -> Done {
    let (endpoint, host) = (one(context, &args.name)?, Host::real());
    let secrets = endpoint.secrets(&*host.io).map_err(|error| failure(&error.into()))?;
    let mut random = [0; 16];
    host.entropy.fill(&mut random).map_err(|error| failure(&NotifyError::from(error)))?;
    let now = context.now();
    let message = Message::test(&endpoint.name, now, random);
    match Sender::new(&endpoint).send(&message, &secrets, now) {
        Answer::Taken { status } if context.printer.json => {
            context.printer.value(&json!({ "webhook": endpoint.name, "message": message.id, "status": status }))
        }
        Answer::Taken { status } => {
            context.printer.text(&format!("{} took the test message {}: {status}", endpoint.name, message.id))
        }
        Answer::Failed { why, .. } => {
            let what = format!("{} did not take the test message: {why}", endpoint.name);
            Err(Failure::new(
                Kind::Remote,
                what,
                "check url, secret and network; docs/webhooks.md says what a receiver does",
            ))
        }
    }
}
