//! What was said in all: verdicts, findings by code, and some events as examples.

use super::trial::{Heard, Notable};
use crate::{
    cli::{
        Context,
        failure::Done,
        table::{Table, Tone},
    },
    event::Digest,
    plugin::Described,
    state::Binding,
};
use serde::Serialize;
use std::{collections::BTreeMap, ops::Range};

/// Codes that are counted one by one: they are the plugin's words, and it may make up as many as it likes.
const CODES_MAX: usize = 1_000;
/// Under what the rest is counted.
const OTHERS: &str = "(others)";

/// How often a code was said.
#[derive(Clone, Debug, Serialize)]
pub struct Code {
    /// The word.
    pub code: String,
    /// How grave, the first time.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub severity: String,
    /// How often.
    pub count: u64,
    /// The first record.
    pub first: u64,
}

/// Counts on their way.
pub struct Tally {
    limit: usize,
    asked: u64,
    passed_over: u64,
    fuel: u64,
    said: BTreeMap<&'static str, u64>,
    codes: BTreeMap<String, Code>,
    examples: Vec<Notable>,
    notable: u64,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub struct Report {
    plugin: String,
    component: Digest,
    settings: serde_json::Value,
    range: (u64, u64),
    asked: u64,
    passed_over: u64,
    said: BTreeMap<&'static str, u64>,
    found: Vec<Code>,
    /// Events that it had something to say of, in log order: the first of them.
    pub examples: Vec<Notable>,
    /// How many there are.
    notable: u64,
    fuel: u64,
    seconds: f64,
    events_per_second: f64,
}

impl Tally {
    /// Counts of nothing yet, which keep so many examples.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            asked: 0,
            passed_over: 0,
            fuel: 0,
            said: BTreeMap::new(),
            codes: BTreeMap::new(),
            examples: Vec::new(),
            notable: 0,
        }
    }

    /// Adds what came of a record.
    pub fn add(&mut self, heard: Heard) {
        self.asked += heard.said.len() as u64;
        self.passed_over += heard.passed_over;
        self.fuel += heard.fuel;
        for word in heard.said {
            *self.said.entry(word).or_default() += 1;
        }
        for notable in heard.notable {
            self.notable += 1;
            for found in &notable.found {
                let is_known = self.codes.contains_key(&found.code) || self.codes.len() < CODES_MAX;
                let code = if is_known { found.code.as_str() } else { OTHERS };
                let fresh =
                    || Code { code: code.to_owned(), severity: found.severity.clone(), count: 0, first: notable.index };
                self.codes.entry(code.to_owned()).or_insert_with(fresh).count += 1;
            }
            if self.examples.len() < self.limit {
                self.examples.push(notable);
            }
        }
    }

    /// The report of them.
    #[must_use]
    pub fn report(self, described: &Described, binding: &Binding, range: &Range<u64>, seconds: f64) -> Report {
        let mut found: Vec<Code> = self.codes.into_values().collect();
        found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
        let events = (self.asked + self.passed_over) as f64;
        Report {
            plugin: format!("{}@{}", described.name, described.version),
            component: described.component,
            settings: serde_json::from_str(binding.settings_text()).unwrap_or_default(),
            range: (range.start, range.end),
            asked: self.asked,
            passed_over: self.passed_over,
            said: self.said,
            found,
            examples: self.examples,
            notable: self.notable,
            fuel: self.fuel,
            seconds,
            events_per_second: if seconds > 0.0 { (events / seconds).round() } else { 0.0 },
        }
    }
}

/// Prints a report.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(report: &Report, context: &Context) -> Done {
    if context.printer.json {
        return context.printer.value(report);
    }
    let (first, end) = report.range;
    context.printer.fields(&[
        ("rule", format!("{} ({})", report.plugin, report.component)),
        ("settings", report.settings.to_string()),
        ("records", format!("{first} to {}", end.saturating_sub(1))),
        ("events", format!("{} asked about, {} passed over", report.asked, report.passed_over)),
        ("took", format!("{:.1} s, {:.0} events/s, {} fuel", report.seconds, report.events_per_second, report.fuel)),
    ])?;
    let mut table = Table::new(&["said", "events"]);
    for (word, count) in &report.said {
        table.toned([((*word).to_owned(), tone(word)), (count.to_string(), Tone::Plain)]);
    }
    if !table.is_empty() {
        context.printer.text("")?;
        context.printer.table(&table)?;
    }
    if !report.found.is_empty() {
        let mut table = Table::new(&["found", "severity", "times", "first in record"]);
        for code in &report.found {
            table.row([code.code.clone(), code.severity.clone(), code.count.to_string(), code.first.to_string()]);
        }
        context.printer.text("")?;
        context.printer.table(&table)?;
    }
    examples(report, context)
}

fn examples(report: &Report, context: &Context) -> Done {
    if report.examples.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["record", "kind", "subject", "env", "said", "found"]);
    for one in &report.examples {
        let place = match one.position {
            Some(position) if position > 0 => format!("{}.{position}", one.index),
            _ => one.index.to_string(),
        };
        let found = one.found.iter().map(|found| format!("{}: {}", found.code, found.message));
        table.toned([
            (place, Tone::Plain),
            (one.kind.clone(), Tone::Plain),
            (one.subject.to_string(), Tone::Plain),
            (one.env.map(|env| env.to_string()).unwrap_or_default(), Tone::Plain),
            (one.said.to_owned(), tone(one.said)),
            (found.collect::<Vec<_>>().join("; "), Tone::Plain),
        ]);
    }
    context.printer.text("")?;
    context.printer.table(&table)?;
    let shown = report.examples.len() as u64;
    if shown < report.notable {
        context.printer.note(&format!("the first {shown} of {} events; -n shows more", report.notable));
    }
    Ok(())
}

fn tone(said: &str) -> Tone {
    match said {
        "reject" | "fault" => Tone::Bad,
        "observed" => Tone::Doubtful,
        "accept" => Tone::Good,
        _ => Tone::Quiet,
    }
}
