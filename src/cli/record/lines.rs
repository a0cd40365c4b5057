//! `sagwan record -`: an event a line. Lines are recorded as they come, in order, so that a slow producer waits for
//! nobody and a fast one fills batches.

use super::{Args, finish, read_events};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure, Kind},
        fate::{Fate, Word},
        recorder::{Parcel, Recorder, Secrets},
    },
    event::{Event, limits},
};
use serde::Serialize;
use std::{
    io::{BufRead as _, BufReader, Read},
    ops::RangeInclusive,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::Duration,
};

/// Statements submitted at a time: what goes under one seal.
const CHUNK: usize = limits::SEAL_STATEMENTS_MAX;
/// How long an unfinished batch waits for its next event.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes of a line: JSON may be several times as long as the statement that it becomes.
const LINE_BYTES_MAX: u64 = 8 * limits::STATEMENT_BYTES_MAX as u64;

/// The lines that one statement was made of, and the statement.
struct Bundle {
    lines: RangeInclusive<u64>,
    parcel: Parcel,
}

/// What `--json` prints for a statement: its lines, and its fate.
#[derive(Serialize)]
struct Printed<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_line: Option<u64>,
    #[serde(flatten)]
    fate: &'a Fate,
}

/// How far it got.
#[derive(Default)]
struct Tally {
    recorded: u64,
    refused: Vec<u64>,
    invalid: Vec<u64>,
}

/// Records the events of `input`. A line that is no event ends it: the lines before it stay recorded.
///
/// # Errors
/// When a line was not recorded: which, and how to go on.
pub fn run(args: &Args, context: &Context, recorder: &Recorder<'_>, input: impl Read + Send + 'static) -> Done {
    let lines = reading(input);
    let mut tally = Tally::default();
    let mut bad = None;
    let mut number = 0;
    let mut waiting: Vec<(u64, Event, Secrets)> = Vec::new();
    let mut bundles = Vec::new();
    let size = usize::try_from(args.batch).unwrap_or(1);
    while bad.is_none() {
        let line = match next(&lines, !bundles.is_empty(), !waiting.is_empty()) {
            Next::Line(line) => line,
            Next::Pause => {
                if bundles.is_empty() {
                    bundles.push(bundle(recorder, &mut waiting)?);
                }
                flush(context, recorder, &mut bundles, &mut tally)?;
                continue;
            }
            Next::End => break,
        };
        number += 1;
        match line.and_then(|line| event_of(args, context, recorder, &line, number)) {
            Ok(Some((event, secrets))) => waiting.push((number, event, secrets)),
            Ok(None) => {}
            Err(failure) => bad = Some(failure),
        }
        if waiting.len() >= size {
            bundles.push(bundle(recorder, &mut waiting)?);
        }
        if bundles.len() >= CHUNK {
            flush(context, recorder, &mut bundles, &mut tally)?;
        }
    }
    if !waiting.is_empty() {
        bundles.push(bundle(recorder, &mut waiting)?);
    }
    flush(context, recorder, &mut bundles, &mut tally)?;
    tally.conclude(context, bad, number)
}

/// Reads lines on a thread of their own.
fn reading(input: impl Read + Send + 'static) -> Receiver<Done<String>> {
    let (sender, lines) = mpsc::sync_channel(CHUNK);
    std::thread::spawn(move || {
        let mut input = BufReader::new(input);
        loop {
            let mut line = Vec::new();
            let read = input.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line);
            let outcome = match read {
                Ok(0) => return,
                Ok(read) if read as u64 > LINE_BYTES_MAX => Err(Failure::invalid(
                    format!("longer than {LINE_BYTES_MAX} bytes"),
                    "split it, or keep the large part elsewhere and refer to it by digest",
                )),
                Ok(_) => String::from_utf8(line).map_err(|_| Failure::invalid("not UTF-8", "write the line in UTF-8")),
                Err(error) => Err(Failure::new(Kind::Io, format!("cannot read: {error}"), "check where it comes from")),
            };
            let ended = outcome.is_err();
            if sender.send(outcome).is_err() || ended {
                return;
            }
        }
    });
    lines
}

/// What comes next.
enum Next {
    Line(Done<String>),
    /// Nothing for now: what is at hand should be recorded.
    Pause,
    End,
}

/// The next line. Waits for none while statements are ready, and a moment while a batch is begun.
fn next(lines: &Receiver<Done<String>>, ready: bool, begun: bool) -> Next {
    let wait = match (ready, begun) {
        (true, _) => Duration::ZERO,
        (false, true) => PAUSE,
        (false, false) => return lines.recv().map_or(Next::End, Next::Line),
    };
    match lines.recv_timeout(wait) {
        Ok(line) => Next::Line(line),
        Err(RecvTimeoutError::Timeout) => Next::Pause,
        Err(RecvTimeoutError::Disconnected) => Next::End,
    }
}

fn event_of(
    args: &Args,
    context: &Context,
    recorder: &Recorder<'_>,
    line: &str,
    number: u64,
) -> Done<Option<(Event, Secrets)>> {
    if line.trim().is_empty() {
        return Ok(None);
    }
    let place = format!("line {number}");
    let mut events = read_events(args, recorder, line, context.now(), &place)?;
    let (Some(event), true) = (events.pop(), events.is_empty()) else {
        let next = "write one event a line; --batch signs them together";
        return Err(Failure::invalid(format!("{place}: a list of events"), next));
    };
    let mut secrets = Secrets::default();
    let event = finish(args, recorder, event, &mut secrets);
    event.map(|event| Some((event, secrets))).map_err(|failure| failure.within(&format!("line {number}")))
}

fn bundle(recorder: &Recorder<'_>, waiting: &mut Vec<(u64, Event, Secrets)>) -> Done<Bundle> {
    let (mut events, mut secrets) = (Vec::new(), Secrets::default());
    let first = waiting.first().map_or(0, |(line, ..)| *line);
    let last = waiting.last().map_or(0, |(line, ..)| *line);
    for (_, event, mut more) in waiting.drain(..) {
        events.push(event);
        secrets.openings.append(&mut more.openings);
        secrets.commit = more.commit;
    }
    let parcel = recorder.parcel(&events, secrets).map_err(|failure| failure.within(&format!("line {first}")))?;
    Ok(Bundle { lines: first..=last, parcel })
}

fn flush(context: &Context, recorder: &Recorder<'_>, bundles: &mut Vec<Bundle>, tally: &mut Tally) -> Done {
    if bundles.is_empty() {
        return Ok(());
    }
    let (lines, parcels): (Vec<_>, Vec<_>) = bundles.drain(..).map(|bundle| (bundle.lines, bundle.parcel)).unzip();
    let first = lines.first().map_or(0, |lines| *lines.start());
    let fates = recorder.send(&parcels).map_err(|mut failure| {
        failure.next = format!("{}; go on with line {first}: `tail -n +{first}`", failure.next);
        failure
    })?;
    for (lines, fate) in lines.iter().zip(&fates) {
        tell(context, lines, fate)?;
        match fate.verdict {
            Word::Recorded => tally.recorded += 1,
            Word::Refused => tally.refused.push(*lines.start()),
            Word::Invalid | Word::Failed => tally.invalid.push(*lines.start()),
        }
    }
    Ok(())
}

fn tell(context: &Context, lines: &RangeInclusive<u64>, fate: &Fate) -> Done {
    let last_line = (lines.start() != lines.end()).then_some(*lines.end());
    if context.printer.json {
        return context.printer.value(&Printed { line: *lines.start(), last_line, fate });
    }
    match fate.failure() {
        Some(failure) => {
            let reasons = failure.reasons.join("; ");
            context.printer.warn(&format!("line {}: {}: {reasons}", lines.start(), failure.what));
            Ok(())
        }
        None => {
            let index = fate.index.unwrap_or_default();
            fate.warnings().iter().for_each(|warning| {
                context.printer.warn(&format!("warning: line {}: {warning}", lines.start()));
            });
            context.printer.text(&format!("line {}: record {index}", lines.start()))
        }
    }
}

impl Tally {
    fn conclude(self, context: &Context, bad: Option<Failure>, number: u64) -> Done {
        let recorded = format!("{} statements recorded", self.recorded);
        if let Some(failure) = bad {
            let what = if failure.what.starts_with("line ") {
                failure.what
            } else {
                format!("line {number}: {}", failure.what)
            };
            let mut failure = Failure::invalid(
                format!("{what} ({recorded}, the lines before it are done)"),
                format!("correct line {number} and go on with it: `tail -n +{number} FILE | sagwan record -`"),
            );
            failure.reasons = self.summary();
            return Err(failure);
        }
        if self.refused.is_empty() && self.invalid.is_empty() {
            context.printer.note(&recorded);
            return Ok(());
        }
        let kind = if self.invalid.is_empty() { Kind::Refused } else { Kind::Invalid };
        let not = self.refused.len() + self.invalid.len();
        let mut failure = Failure::new(
            kind,
            format!("{not} statements were not recorded, {recorded}"),
            "correct these lines and record only them",
        );
        failure.reasons = self.summary();
        Err(failure)
    }

    /// The lines that were not recorded, the first hundred.
    fn summary(&self) -> Vec<String> {
        let list = |name: &str, lines: &[u64]| {
            let shown: Vec<String> = lines.iter().take(100).map(u64::to_string).collect();
            let more = if lines.len() > 100 { ", …" } else { "" };
            (!lines.is_empty()).then(|| format!("{name}: line {}{more}", shown.join(", ")))
        };
        [list("refused", &self.refused), list("invalid", &self.invalid)].into_iter().flatten().collect()
    }
}
