//! Rows that several answers have in common.

use crate::{
    cli::{
        table::{Table, Tone},
        view,
    },
    event::{
        Kind,
        body::{ColumnUse, VerdictWord},
    },
    lineage::{ColumnEdge, ColumnOf, Line, Role, Serving, graph::Edge},
};
use serde_json::Value;

/// Edges.
pub fn edges(edges: &[Edge]) -> Table {
    let mut table = Table::new(&["record", "time", "from", "to", "by", "env", ""]);
    for edge in edges {
        let (mark, tone) = if edge.against_rules { ("against a rule", Tone::Doubtful) } else { ("", Tone::Plain) };
        table.toned([
            (edge.index.to_string(), Tone::Plain),
            (edge.t.to_string(), Tone::Quiet),
            (edge.from.to_string(), Tone::Plain),
            (edge.to.to_string(), Tone::Plain),
            (edge.kind.to_string(), Tone::Plain),
            (edge.env.map(|env| env.to_string()).unwrap_or_default(), Tone::Plain),
            (mark.to_owned(), tone),
        ]);
    }
    table
}

/// Edges between columns.
pub fn columns(edges: &[ColumnEdge]) -> Table {
    let mut table = Table::new(&["record", "time", "from", "column", "to", "column", "use", "by", ""]);
    for edge in edges {
        let (mark, tone) = if edge.against_rules { ("against a rule", Tone::Doubtful) } else { ("", Tone::Plain) };
        let masked = if edge.masked { " (masked)" } else { "" };
        table.toned([
            (edge.index.to_string(), Tone::Plain),
            (edge.t.to_string(), Tone::Quiet),
            (edge.from.subject.to_string(), Tone::Plain),
            (column(&edge.from), Tone::Plain),
            (edge.to.subject.to_string(), Tone::Plain),
            (column(&edge.to), Tone::Plain),
            (format!("{}{masked}", edge.by.map_or("", ColumnUse::as_str)), Tone::Plain),
            (edge.kind.to_string(), Tone::Plain),
            (mark.to_owned(), tone),
        ]);
    }
    table
}

/// A column's name, or `*` for every column.
pub fn column(at: &ColumnOf) -> String {
    at.column.as_ref().map_or_else(|| "*".to_owned(), |name| name.as_str().to_owned())
}

/// Events.
pub fn lines<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Table {
    let mut table = Table::new(&["record", "time", "kind", "subject", "env", "actor", "decision", "says"]);
    for line in lines {
        let (decided, tone) = match view::refused(&line.says).filter(|_| line.kind == Kind::Denial) {
            Some(refused) => (format!("refused: {refused}"), Tone::Bad),
            None => view::words_of(line.decision, line.outcome, &line.rules),
        };
        let mentioned = match line.mentioned_as {
            None => "",
            Some(Role::Input) => " (as input)",
            Some(Role::Output) => " (as output)",
            Some(Role::Named) => " (names it)",
        };
        table.toned([
            (line.index.to_string(), Tone::Plain),
            (line.t.to_string(), Tone::Quiet),
            (line.kind.to_string(), Tone::Plain),
            (format!("{}{mentioned}", line.subject), Tone::Plain),
            (line.env.map(|env| env.to_string()).unwrap_or_default(), Tone::Plain),
            view::signer(&line.actor, line.suspect),
            (decided, tone),
            (says(&line.says), Tone::Quiet),
        ]);
    }
    table
}

/// What plugins said of events.
pub fn verdicts<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Table {
    let mut table = Table::new(&["record", "kind", "verdict", "binding", "component"]);
    for (line, said) in lines.into_iter().flat_map(|line| line.verdicts.iter().map(move |said| (line, said))) {
        let tone = match said.verdict {
            VerdictWord::Accept => Tone::Good,
            VerdictWord::Reject | VerdictWord::Fault => Tone::Bad,
            _ => Tone::Plain,
        };
        table.toned([
            (line.index.to_string(), Tone::Plain),
            (line.kind.to_string(), Tone::Plain),
            (said.verdict.to_string(), tone),
            (said.binding.to_string(), Tone::Plain),
            (said.component.to_string(), Tone::Quiet),
        ]);
    }
    table
}

/// The body of an event on one line, short texts and numbers first of all; `--json` has all of it.
fn says(body: &Value) -> String {
    let Value::Object(fields) = body else { return String::new() };
    let short = |value: &Value| match value {
        Value::String(text) if text.starts_with("sha256:") => Some(text.chars().take(15).collect()),
        Value::String(text) => Some(text.chars().take(60).collect()),
        Value::Object(_) | Value::Array(_) | Value::Null => None,
        other => Some(other.to_string()),
    };
    let said: Vec<String> =
        fields.iter().filter_map(|(name, value)| short(value).map(|value: String| format!("{name}={value}"))).collect();
    said.join(" ")
}

/// What is said of a deployment.
const SERVING: [&str; 7] = ["env", "deployment", "version", "since", "record", "by", "traffic"];

fn deployed(one: &Serving) -> [String; 7] {
    [
        one.env.to_string(),
        one.deployment.as_ref().map(ToString::to_string).unwrap_or_default(),
        one.version.to_string(),
        one.t.to_string(),
        one.since.to_string(),
        if one.rolled_back { format!("{} (rolled back)", one.by) } else { one.by.to_string() },
        one.traffic.map(|share| share.0.to_string()).unwrap_or_default(),
    ]
}

/// What serves.
pub fn serving(rows: &[Serving]) -> Table {
    let mut table = Table::new(&SERVING);
    rows.iter().for_each(|one| table.row(deployed(one)));
    table
}

/// What came to serve and what ceased to, each with its mark.
pub fn serving_changed<'a>(rows: impl IntoIterator<Item = (&'static str, &'a Serving)>) -> Table {
    let mut table = Table::named([""].into_iter().chain(SERVING));
    rows.into_iter().for_each(|(mark, one)| table.row([mark.to_owned()].into_iter().chain(deployed(one))));
    table
}
