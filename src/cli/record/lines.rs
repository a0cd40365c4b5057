//! `sagwan record -`: an event a line. Lines are recorded as they come, in order, so that a slow producer waits for
//! nobody and a fast one fills batches.

use super::{Args, finish, read_events};
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure, Kind},
        fate::{Fate, Word},
        recorder::{Parcel, Recorder, Secrets},
    },
    event::{Event, limits},
};
use serde::Serialize;
use std::{
    io::{BufRead as _, BufReader, Read},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::Duration,
};

/// Statements submitted at a time: what goes under one seal.
const CHUNK: usize = limits::SEAL_STATEMENTS_MAX;
/// How long an unfinished batch waits for its next event.
const PAUSE: Duration = Duration::from_secs(1);
/// Statements that the conclusion lists.
const SHOWN_MAX: usize = 100;
/// Bytes of a line: JSON may be several times as long as the statement that it becomes.
const LINE_BYTES_MAX: u64 = 8 * limits::STATEMENT_BYTES_MAX as u64;

/// The lines that one statement was made of, and the statement.
struct Bundle {
    lines: Lines,
    parcel: Parcel,
}

/// The numbers of the lines whose events one statement holds, in order: blank lines have none.
struct Lines(Vec<u64>);

impl Lines {
    fn first(&self) -> u64 {
        self.0.first().copied().unwrap_or_default()
    }

    fn last(&self) -> u64 {
        self.0.last().copied().unwrap_or_default()
    }

    /// The line of the event because of which the whole statement was refused.
    fn at_fault(&self, fate: &Fate) -> Option<u64> {
        fate.position.and_then(|position| self.0.get(position as usize).copied())
    }

    /// What stands in a list: `3`, or of a batch `1–2 (because of line 2)`.
    fn listed(&self, fate: &Fate) -> String {
        match (self.first(), self.last(), self.at_fault(fate)) {
            (first, last, _) if first == last => first.to_string(),
            (first, last, None) => format!("{first}–{last}"),
            (first, last, Some(line)) => format!("{first}–{last} (because of line {line})"),
        }
    }
}

impl std::fmt::Display for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.first(), self.last()) {
            (first, last) if first == last => write!(f, "line {first}"),
            (first, last) => write!(f, "lines {first}–{last}"),
        }
    }
}

/// What `--json` prints for a statement: its lines, and its fate.
#[derive(Serialize)]
struct Printed<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_line: Option<u64>,
    /// Refused: the line of the batch because of which it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_line: Option<u64>,
    #[serde(flatten)]
    fate: &'a Fate,
}

/// How far it got. What was not recorded stands here as its lines.
#[derive(Default)]
struct Tally {
    recorded: usize,
    refused: Vec<String>,
    invalid: Vec<String>,
    /// The batches among them.
    batches: usize,
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
                    bad = bundle(recorder, &mut waiting, &mut bundles);
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
            Err(failure) => bad = Some((number, failure)),
        }
        if waiting.len() >= size {
            bad = bundle(recorder, &mut waiting, &mut bundles).or(bad);
        }
        if bundles.len() >= CHUNK {
            flush(context, recorder, &mut bundles, &mut tally)?;
        }
    }
    // What cannot be signed stands before the line that could not be read.
    bad = bundle(recorder, &mut waiting, &mut bundles).or(bad);
    flush(context, recorder, &mut bundles, &mut tally)?;
    tally.conclude(context, bad)
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
    let mut events = read_events(args, recorder, line, context.now(), &place).map_err(|mut failure| {
        // What is read here is one line: its own number is the one that counts.
        failure.what = failure.what.replace(" at line 1 column ", " at column ");
        failure
    })?;
    let (Some(event), true) = (events.pop(), events.is_empty()) else {
        let next = "write one event a line; --batch signs them together";
        return Err(Failure::invalid(format!("{place}: a list of events"), next));
    };
    let mut secrets = Secrets::default();
    let event = finish(args, recorder, event, &mut secrets);
    event.map(|event| Some((event, secrets))).map_err(|failure| failure.within(&format!("line {number}")))
}

/// Signs what waits as one statement. Where that cannot be done: the first of its lines, and why.
fn bundle(
    recorder: &Recorder<'_>,
    waiting: &mut Vec<(u64, Event, Secrets)>,
    bundles: &mut Vec<Bundle>,
) -> Option<(u64, Failure)> {
    if waiting.is_empty() {
        return None;
    }
    let (mut lines, mut events, mut secrets) = (Vec::new(), Vec::new(), Secrets::default());
    for (line, event, mut more) in waiting.drain(..) {
        lines.push(line);
        events.push(event);
        secrets.openings.append(&mut more.openings);
        secrets.commit = more.commit;
    }
    let lines = Lines(lines);
    match recorder.parcel(&events, secrets) {
        Ok(parcel) => {
            bundles.push(Bundle { lines, parcel });
            None
        }
        Err(failure) => {
            let mut failure = failure.within(&lines.to_string());
            if lines.0.len() > 1 {
                failure.next = format!("give a smaller --batch, or {}", failure.next);
            }
            Some((lines.first(), failure))
        }
    }
}

fn flush(context: &Context, recorder: &Recorder<'_>, bundles: &mut Vec<Bundle>, tally: &mut Tally) -> Done {
    if bundles.is_empty() {
        return Ok(());
    }
    let (lines, parcels): (Vec<_>, Vec<_>) = bundles.drain(..).map(|bundle| (bundle.lines, bundle.parcel)).unzip();
    let first = lines.first().map_or(0, Lines::first);
    let fates = recorder.send(&parcels).map_err(|mut failure| {
        failure.next = format!("{}; go on with line {first}: `tail -n +{first}`", failure.next);
        failure
    })?;
    for (lines, fate) in lines.iter().zip(&fates) {
        tell(context, lines, fate)?;
        match fate.verdict {
            Word::Recorded => tally.recorded += 1,
            Word::Refused => tally.refused.push(lines.listed(fate)),
            Word::Invalid | Word::Failed => tally.invalid.push(lines.listed(fate)),
        }
        tally.batches += usize::from(fate.verdict != Word::Recorded && lines.0.len() > 1);
    }
    Ok(())
}

fn tell(context: &Context, lines: &Lines, fate: &Fate) -> Done {
    let printer = &context.printer;
    if printer.json {
        let last_line = Some(lines.last()).filter(|last| *last != lines.first());
        let refused_line = lines.at_fault(fate).filter(|_| last_line.is_some());
        return printer.value(&Printed { line: lines.first(), last_line, refused_line, fate });
    }
    match fate.failure() {
        Some(failure) => {
            let reasons = failure.reasons.join("; ");
            // A statement is refused as a whole, for its first event that a rule is against.
            let what = match (lines.at_fault(fate).filter(|_| lines.0.len() > 1), fate.stands()) {
                (Some(line), Some(stands)) => {
                    format!("refused because of line {line}, nothing of them is recorded: {stands}")
                }
                _ => failure.what,
            };
            printer.warn(&format!("{lines}: {what}: {reasons}"));
            Ok(())
        }
        None => {
            let index = fate.index.unwrap_or_default();
            for (position, warning) in fate.warnings() {
                let line = lines.0.get(position).copied().unwrap_or_default();
                printer.warn(&format!("warning: line {line}: {warning}"));
            }
            printer.text(&format!("{lines}: record {index}"))
        }
    }
}

impl Tally {
    fn conclude(self, context: &Context, bad: Option<(u64, Failure)>) -> Done {
        let recorded = format!("{} recorded", counted(self.recorded, "statement"));
        let not = self.refused.len() + self.invalid.len();
        if let Some((number, failure)) = bad {
            let place = if failure.what.starts_with("line") { String::new() } else { format!("line {number}: ") };
            let what = format!("{place}{}", failure.what);
            let (before, besides) = match not {
                0 => ("the lines before it are done", ""),
                _ => ("the lines before it are done, but for these", "; record these too, once they are corrected"),
            };
            let mut failure = Failure::invalid(
                format!("{what} ({recorded}, {before})"),
                format!(
                    "{}; then go on with line {number}: `tail -n +{number} FILE | sagwan record -`{besides}",
                    failure.next
                ),
            );
            failure.reasons = self.summary();
            return Err(failure);
        }
        if not == 0 {
            context.printer.note(&recorded);
            return Ok(());
        }
        let kind = if self.invalid.is_empty() { Kind::Refused } else { Kind::Invalid };
        let was = if not == 1 { "was" } else { "were" };
        let next = match (self.batches, self.refused.is_empty()) {
            (0, _) => "correct these lines and record only them",
            (_, false) => {
                "correct the lines that were refused, and record all lines of their batches again, but no others: \
                 of a batch with such a line nothing is recorded"
            }
            (_, true) => {
                "give a smaller --batch or correct them, and record all lines of these batches again, but no others"
            }
        };
        let mut failure =
            Failure::new(kind, format!("{} {was} not recorded, {recorded}", counted(not, "statement")), next);
        failure.reasons = self.summary();
        Err(failure)
    }

    /// What was not recorded, the first hundred.
    fn summary(&self) -> Vec<String> {
        let list = |name: &str, lines: &[String]| {
            let shown = lines.iter().take(SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if lines.len() > SHOWN_MAX { ", …" } else { "" };
            let word = if lines.len() == 1 && !shown.contains('–') { "line" } else { "lines" };
            (!lines.is_empty()).then(|| format!("{name}: {word} {shown}{more}"))
        };
        [list("refused", &self.refused), list("invalid", &self.invalid)].into_iter().flatten().collect()
    }
}
