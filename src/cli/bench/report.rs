//! The rows of the report: what was measured, against what, and whether the promise holds.

use crate::cli::table::{Table, Tone};
use serde::Serialize;

/// What is promised of a ratio or a rate.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// This much or more.
    AtLeast(f64),
    /// This much or less.
    AtMost(f64),
}

/// One measurement.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    name: &'static str,
    figure: f64,
    unit: &'static str,
    /// What it is held against; absent when the promise is about the figure itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    promise: Bound,
    kept: bool,
    note: String,
}

impl Row {
    /// A figure held against a ceiling of the same unit: the promise is about the ratio.
    pub fn ratio(name: &'static str, figure: f64, ceiling: f64, promise: Bound) -> Self {
        let ratio = figure / ceiling;
        let kept = holds(ratio, promise);
        Self {
            name,
            figure,
            unit: "/s",
            ceiling: Some(ceiling),
            ratio: Some(ratio),
            promise,
            kept,
            note: String::new(),
        }
    }

    /// A figure that is promised by itself.
    pub fn rate(name: &'static str, figure: f64, promise: Bound) -> Self {
        let kept = holds(figure, promise);
        Self { name, figure, unit: "/s", ceiling: None, ratio: None, promise, kept, note: String::new() }
    }

    /// The unit, when it is not `/s`.
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// A remark.
    pub fn note(self, note: String) -> Self {
        Self { note, ..self }
    }

    /// Whether the promise is kept.
    pub fn kept(&self) -> bool {
        self.kept
    }
}

fn holds(value: f64, promise: Bound) -> bool {
    match promise {
        Bound::AtLeast(bound) => value >= bound,
        Bound::AtMost(bound) => value <= bound,
    }
}

fn shown(value: f64, unit: &str) -> String {
    match unit {
        "s" if value < 1.0 => format!("{:.0} µs", value * 1e6),
        "s" => format!("{value:.2} s"),
        "checks" => format!("{value:.2} checks"),
        "B" => format!("{:.1} MB", value / 1e6),
        _ => format!("{value:.0}{unit}"),
    }
}

/// The rows as a table for people.
pub fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&["what", "figure", "ceiling", "ratio", "promise", "", "remark"]);
    for row in rows {
        let of_ratio = row.ratio.is_some();
        let bound = |value: f64| if of_ratio { format!("{value:.2}") } else { shown(value, row.unit) };
        let promise = match row.promise {
            Bound::AtLeast(value) => format!("≥ {}", bound(value)),
            Bound::AtMost(value) => format!("≤ {}", bound(value)),
        };
        let (mark, tone) = if row.kept { ("kept", Tone::Good) } else { ("missed", Tone::Bad) };
        table.toned([
            (row.name.to_owned(), Tone::Plain),
            (shown(row.figure, row.unit), Tone::Plain),
            (row.ceiling.map(|ceiling| shown(ceiling, row.unit)).unwrap_or_default(), Tone::Quiet),
            (row.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(), tone),
            (promise, Tone::Quiet),
            (mark.to_owned(), tone),
            (row.note.clone(), Tone::Quiet),
        ]);
    }
    table
}
