//! `sagwan record`: one event from a file or flags, or many on stdin.

mod flags;
mod lines;

use super::{
    Context,
    failure::{Done, Failure},
    recorder::{Recorder, Secrets},
    reference::Named,
    secret,
    signer::SignerArgs,
    spool,
};
use crate::{
    codec::event as event_codec,
    event::{Env, Event, Kind, Subject, Timestamp, Value, limits},
};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

pub use flags::value;

/// Sign an event and record it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan record event.json
  sagwan record --kind system.registered --subject system/credit --body purpose='Score loans' --body risk_class=high
  sagwan record --kind access.used --subject dataset/loans@1 --env prod --body origin=10.0.0.7 --commit /body/origin …
  producer | sagwan record - --batch 64

docs/events.md shows every kind with an example.")]
pub struct Args {
    /// A JSON file with one event (or a list of them: a signed batch); `-` reads events from stdin, one a line.
    #[arg(value_name = "FILE", conflicts_with_all = ["kind", "subject", "env", "inputs", "outputs", "body", "facets", "body_file", "time"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    signer: SignerArgs,
    /// What happened, such as model.registered.
    #[arg(long, value_parser = |text: &str| Kind::parse(text))]
    kind: Option<Kind>,
    /// What it is about, KIND/NAME[@VERSION].
    #[arg(long)]
    subject: Option<Subject>,
    /// The environment: dev, staging or prod.
    #[arg(long)]
    env: Option<Env>,
    /// What went in: SUBJECT, SUBJECT=sha256:HEX, or SUBJECT=PATH, which is hashed. Repeat for more.
    #[arg(long = "input", value_name = "SUBJECT[=DIGEST|PATH]")]
    inputs: Vec<Named>,
    /// What came out, written as --input is.
    #[arg(long = "output", value_name = "SUBJECT[=DIGEST|PATH]")]
    outputs: Vec<Named>,
    /// An input or output that is kept elsewhere and need not be recorded here.
    #[arg(long, value_name = "SUBJECT")]
    external: Vec<Subject>,
    /// A field of the body; VALUE is text, a number, true, false, or JSON. Dots lead into maps: metrics.auc=0.79.
    #[arg(long, value_name = "FIELD=VALUE")]
    body: Vec<String>,
    /// The body from a JSON file; --body adds to it.
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    /// An open extension, as --body is written.
    #[arg(long = "facet", value_name = "NAME=VALUE")]
    facets: Vec<String>,
    /// When it happened, as you claim; otherwise now.
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Leave this field out and commit to it; its value goes to the vault, where it can be erased.
    #[arg(long, value_name = "/body/FIELD")]
    commit: Vec<String>,
    /// Whose data was handled; the event gets a random pseudonym that only the vault resolves.
    #[arg(long, value_name = "WHO")]
    data_subject: Option<String>,
    /// The subject existed before this ledger: its missing history is not held against it.
    #[arg(long)]
    imported: bool,
    /// With `-`: sign this many events together.
    #[arg(long, value_name = "EVENTS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=limits::BATCH_EVENTS_MAX as u64))]
    batch: u64,
}

/// Records what the arguments say.
///
/// # Errors
/// When something was not recorded.
pub fn run(args: &Args, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    match &args.file {
        Some(file) if file.as_os_str() == "-" => lines::run(args, context, &recorder, std::io::stdin())?,
        Some(file) if is_lines(file) => {
            let opened = std::fs::File::open(file).map_err(|error| Failure::io("read", file, &error))?;
            lines::run(args, context, &recorder, opened)?;
        }
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| Failure::io("read", file, &error))?;
            let place = file.display().to_string();
            let events = read_events(args, &recorder, &text, context.now(), &place)?;
            one(args, &recorder, events)?;
        }
        None => one(args, &recorder, vec![flags::event(args, &recorder, context.now())?])?,
    }
    spool::resubmit_quietly(context, &recorder);
    Ok(())
}

fn is_lines(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "ndjson" || extension == "jsonl")
}

fn one(args: &Args, recorder: &Recorder<'_>, events: Vec<Event>) -> Done {
    let (mut ready, mut secrets) = (Vec::with_capacity(events.len()), Secrets::default());
    for event in events {
        ready.push(finish(args, recorder, event, &mut secrets)?);
    }
    recorder.record(&ready, secrets).map(|_| ())
}

/// Applies what the flags ask of every event: imported, the commitments.
fn finish(args: &Args, recorder: &Recorder<'_>, mut event: Event, secrets: &mut Secrets) -> Done<Event> {
    event.imported |= args.imported;
    if recorder.author().is_none() {
        secrets.commit.clone_from(&args.commit);
        return Ok(event);
    }
    let (event, mut openings) = secret::commit(event, &args.commit)?;
    secrets.openings.append(&mut openings);
    Ok(event)
}

/// Reads one event, or a list of them; with `--data-subject`, each with its pseudonym.
fn read_events(args: &Args, recorder: &Recorder<'_>, text: &str, now: Timestamp, place: &str) -> Done<Vec<Event>> {
    let Some(who) = &args.data_subject else {
        return event_codec::payload_from_json(text, now).map_err(|error| unreadable(place, &error));
    };
    // Read as an open value first: it refuses names that stand twice, which JSON libraries let pass.
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Failure::invalid(format!("{place}: not JSON: {error}"), "correct it; docs/events.md shows every kind")
    })?;
    let mut json = serde_json::json!(value);
    let events = match &mut json {
        Json::Array(events) => events.as_mut_slice(),
        one => std::slice::from_mut(one),
    };
    for event in events {
        secret::name_data_subject(event, recorder, who).map_err(|failure| failure.within(place))?;
    }
    event_codec::payload_from_json(&json.to_string(), now).map_err(|error| unreadable(place, &error))
}

fn unreadable(place: &str, error: &event_codec::DecodeError) -> Failure {
    Failure::invalid(format!("{place}: {error}"), "correct it; docs/events.md shows every kind with an example")
}
