//! The comparison as Markdown, fit for a pull request.

use super::{
    super::flips::{Flips, TITLES},
    DiffReport,
    tables::{direction, in_words, roles, stand},
};
use crate::policy::diff::{Change, Direction};
use std::fmt::Write as _;

/// Rows of one table that a pull request shows; more are counted.
const ROWS_MAX: usize = 200;

/// The report as Markdown.
#[must_use]
pub fn of(report: &DiffReport) -> String {
    let mut text = String::new();
    let counts = |wanted: Change| {
        let cells = report.cells.cells.iter().filter(|cell| cell.change == wanted).count();
        cells + report.cells.multi_role.iter().filter(|pair| pair.change == wanted).count()
    };
    // INVARIANT: writing to a String does not fail.
    let _ = write!(
        text,
        "## Policy: {}\n\n| | name | digest | rules |\n|---|---|---|---|\n",
        in_words(report).replace('|', "\\|")
    );
    for (word, side) in [("before", &report.before), ("after", &report.after)] {
        let _ = writeln!(text, "| {word} | {} | `{}` | {} |", cell(&side.name), side.digest, side.rules);
    }
    let _ = writeln!(
        text,
        "\n{} opened, {} weakened, {} closed, {} strengthened; {} stages and {} constraints changed.",
        counts(Change::Opened),
        counts(Change::Weakened),
        counts(Change::Closed),
        counts(Change::Strengthened),
        report.cells.stages.len(),
        report.cells.constraints.len()
    );
    // What is opened stands first, for one role and for two.
    cells(report, &[(Change::Opened, "Opened: DENY → ALLOW")], &mut text);
    pairs(report, &mut text);
    cells(report, &OTHERS, &mut text);
    let stages = report.cells.stages.iter().map(|stage| {
        let of = if stage.explicit_deny { "denying rules" } else { "everything else" };
        let words = [direction(stage.direction), stage.env.as_str(), &stage.object_type, of];
        row(words.into_iter().chain([stage.before.as_str(), stage.after.as_str()]))
    });
    table(&mut text, "Stages", &["change", "env", "object type", "of", "before", "after"], stages.collect());
    let constraints = report.cells.constraints.iter().map(|one| {
        let (before, after) = (one.before.as_deref().unwrap_or("none"), one.after.as_deref().unwrap_or("none"));
        row([direction(one.direction), one.kind, &one.about, before, after])
    });
    let titles = ["change", "kind", "about", "before", "after"];
    table(&mut text, "Constraints and words", &titles, constraints.collect());
    let actors = report
        .affected_actors
        .iter()
        .flatten()
        .map(|one| row([one.actor.as_str(), &roles(one), &one.wider.to_string(), &one.narrower.to_string()]));
    table(&mut text, "Actors who hold these roles now", &["actor", "roles", "wider", "narrower"], actors.collect());
    if let Some(flips) = &report.flips {
        let _ = writeln!(text, "\n{}.", cell(&flips.in_words()));
        let rows = flips.sorted().into_iter().map(|flip| row(Flips::cells(flip).iter().map(String::as_str)));
        table(&mut text, "Past decisions that would have been others", &TITLES, rows.collect());
    }
    text.truncate(text.trim_end().len());
    text
}

/// The changes of cells besides what is opened, with their titles.
const OTHERS: [(Change, &str); 4] = [
    (Change::Weakened, "Refused as before, but more weakly"),
    (Change::Closed, "Closed: ALLOW → DENY"),
    (Change::Strengthened, "Refused as before, and more strictly"),
    (Change::Rules, "The same answer by other rules"),
];

/// The changed cells, a table a change; what only has other rules is folded.
fn cells(report: &DiffReport, changes: &[(Change, &str)], text: &mut String) {
    for (change, title) in changes {
        let rows: Vec<String> = report
            .cells
            .cells
            .iter()
            .filter(|cell| cell.change == *change)
            .map(|one| {
                let (before, after) = (stand(&one.before), stand(&one.after));
                row([&one.role, one.env.as_str(), &one.object, &one.action, &before, &after])
            })
            .collect();
        let folded = change.direction() == Direction::Neutral && !rows.is_empty();
        if folded {
            let _ = write!(
                text,
                "\n<details><summary>{} cells with the same answer by other rules</summary>\n",
                rows.len()
            );
        }
        table(text, title, &["role", "env", "object", "action", "before", "after"], rows);
        if folded {
            text.push_str("\n</details>\n");
        }
    }
}

fn pairs(report: &DiffReport, text: &mut String) {
    let rows = report.cells.multi_role.iter().map(|one| {
        let apart = one.separated_by.as_ref().map_or_else(String::new, |id| format!("kept apart by {id}"));
        let (roles, before, after) = (one.roles.join(" + "), stand(&one.before), stand(&one.after));
        row([one.change.as_str(), &roles, one.env.as_str(), &one.object, &one.action, &before, &after, &apart])
    });
    let titles = ["change", "both roles", "env", "object", "action", "before", "after", ""];
    table(text, "Felt only by whoever holds both roles", &titles, rows.collect());
}

fn table(text: &mut String, title: &str, titles: &[&str], rows: Vec<String>) {
    if rows.is_empty() {
        return;
    }
    let _ = write!(
        text,
        "\n### {title} ({})\n\n| {} |\n|{}\n",
        rows.len(),
        titles.join(" | "),
        "---|".repeat(titles.len())
    );
    rows.iter().take(ROWS_MAX).for_each(|row| text.push_str(row));
    if rows.len() > ROWS_MAX {
        let _ = writeln!(text, "\n… and {} more: `sagwan policy diff --json` lists them.", rows.len() - ROWS_MAX);
    }
}

fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Text that stays in its cell: a file's name or a subject must not begin a table, a link or a tag of its own.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => safe.push(' '),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str("&#64;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '#' => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe
}
