//! The comparison as Markdown, fit for a pull request.

use super::{
    super::flips::{Flips, TITLES},
    DiffReport,
    tables::{after, direction, in_words, roles, stand, who},
};
use crate::{
    event::limits,
    policy::diff::{Change, Direction},
};
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
    if let Some(left_out) = &report.left_out {
        let _ = writeln!(text, "\n{}.", cell(left_out));
    }
    let flips = report.flips.as_ref();
    flips.iter().for_each(|flips| {
        let _ = writeln!(text, "\n{}.", cell(&flips.in_words()));
    });
    let (widening, others) = flips.map(flipped).unwrap_or_default();
    // What is opened stands first, for one role and for two, and what it would have let through.
    let mut sections = vec![
        cells(report, Change::Opened, "Opened: DENY → ALLOW"),
        Section::new("Past decisions: denied then, allowed after", &TITLES, widening),
        pairs(report),
    ];
    sections.extend(OTHERS.into_iter().map(|(change, title)| cells(report, change, title)));
    sections.extend([stages(report), constraints(report), actors(report)]);
    sections.push(Section::new("Other past decisions that would have been others", &TITLES, others));
    write_within(&mut text, &sections);
    text.truncate(text.trim_end().len());
    text
}

/// A table with its heading.
struct Section {
    title: String,
    titles: Vec<&'static str>,
    rows: Vec<String>,
    /// It is folded away.
    folded: bool,
}

/// What the frame of a table takes at most: its heading, its head, and the line that counts what is left out.
const FRAME_BYTES: usize = 400;

impl Section {
    fn new(title: &str, titles: &[&'static str], rows: Vec<String>) -> Self {
        Self { title: title.to_owned(), titles: titles.to_vec(), rows, folded: false }
    }

    /// The bytes of all rows that would be shown.
    fn size(&self) -> usize {
        self.rows.iter().take(ROWS_MAX).map(String::len).sum()
    }

    /// Writes it with at most `room` bytes of rows, and gives back what they took.
    fn write(&self, text: &mut String, room: usize) -> usize {
        let count = self.rows.len();
        if self.folded {
            let _ = write!(text, "\n<details><summary>{count} cells with the same answer by other rules</summary>\n");
        }
        let (titles, line) = (self.titles.join(" | "), "---|".repeat(self.titles.len()));
        let _ = write!(text, "\n### {} ({count})\n", self.title);
        let (mut shown, mut taken) = (0, 0);
        for row in self.rows.iter().take(ROWS_MAX) {
            if taken + row.len() > room {
                break;
            }
            if shown == 0 {
                let _ = write!(text, "\n| {titles} |\n|{line}\n");
            }
            text.push_str(row);
            (shown, taken) = (shown + 1, taken + row.len());
        }
        if shown < count {
            let _ = writeln!(text, "\n… and {} more: `sagwan policy diff --json` lists them.", count - shown);
        }
        if self.folded {
            text.push_str("\n</details>\n");
        }
        taken
    }
}

/// Writes the sections within what a pull request takes. One that comes first takes what it needs, but leaves half of
/// what is left to the others, as far as they need it.
fn write_within(text: &mut String, sections: &[Section]) {
    let sections: Vec<&Section> = sections.iter().filter(|section| !section.rows.is_empty()).collect();
    let frames = sections.len() * FRAME_BYTES;
    let mut left = limits::POLICY_MARKDOWN_BYTES_MAX.saturating_sub(text.len() + frames);
    for (at, section) in sections.iter().enumerate() {
        let others: usize = sections.iter().skip(at + 1).map(|section| section.size()).sum();
        let taken = section.write(text, (left / 2).max(left.saturating_sub(others)));
        left = left.saturating_sub(taken);
    }
}

/// The flips as rows: those that widen, and all others.
fn flipped(flips: &Flips) -> (Vec<String>, Vec<String>) {
    let rows = flips.sorted().into_iter().map(|flip| (flip, row(Flips::cells(flip).iter().map(String::as_str))));
    let (widening, others): (Vec<_>, Vec<_>) = rows.partition(|(flip, _)| flip.widens());
    let rows = |flips: Vec<(_, String)>| flips.into_iter().map(|(_, row)| row).collect();
    (rows(widening), others.into_iter().map(|(_, row)| row).collect())
}

fn stages(report: &DiffReport) -> Section {
    let stages = report.cells.stages.iter().map(|stage| {
        let of = if stage.explicit_deny { "denying rules" } else { "everything else" };
        let who = who(stage);
        let words = [direction(stage.direction), &who, &stage.object_type, of];
        row(words.into_iter().chain([stage.before.as_str(), stage.after.as_str()]))
    });
    Section::new("Stages", &["change", "for", "object type", "of", "before", "after"], stages.collect())
}

fn constraints(report: &DiffReport) -> Section {
    let constraints = report.cells.constraints.iter().map(|one| {
        let (before, after) = (one.before.as_deref().unwrap_or("none"), one.after.as_deref().unwrap_or("none"));
        row([direction(one.direction), one.kind, &one.about, before, after])
    });
    Section::new("Constraints and words", &["change", "kind", "about", "before", "after"], constraints.collect())
}

fn actors(report: &DiffReport) -> Section {
    let actors = report.affected_actors.iter().flatten().map(|one| {
        let (wider, narrower) = (one.wider.to_string(), one.narrower.to_string());
        row([one.actor.as_str(), &roles(one), &wider, &narrower, &one.breaks.join("; ")])
    });
    let titles = ["actor", "roles", "wider", "narrower", "would break"];
    Section::new("Actors for whom it changes something now", &titles, actors.collect())
}

/// The changes of cells besides what is opened, with their titles.
const OTHERS: [(Change, &str); 4] = [
    (Change::Weakened, "Refused as before, but more weakly"),
    (Change::Closed, "Closed: ALLOW → DENY"),
    (Change::Strengthened, "Refused as before, and more strictly"),
    (Change::Rules, "The same answer by other rules"),
];

/// The cells with one change; those that only have other rules are folded.
fn cells(report: &DiffReport, change: Change, title: &str) -> Section {
    let cells = report.cells.cells.iter().filter(|cell| cell.change == change).map(|one| {
        let (before, after) = (stand(&one.before), after(one));
        row([&one.role, one.env.as_str(), &one.object, &one.action, &before, &after])
    });
    let titles = ["role", "env", "object", "action", "before", "after"];
    Section { folded: change.direction() == Direction::Neutral, ..Section::new(title, &titles, cells.collect()) }
}

fn pairs(report: &DiffReport) -> Section {
    let rows = report.cells.multi_role.iter().map(|one| {
        let apart = one.separated_by.as_ref().map_or_else(String::new, |id| format!("kept apart by {id}"));
        let (roles, before, after) = (one.roles.join(" + "), stand(&one.before), stand(&one.after));
        row([one.change.as_str(), &roles, one.env.as_str(), &one.object, &one.action, &before, &after, &apart])
    });
    let titles = ["change", "both roles", "env", "object", "action", "before", "after", ""];
    Section::new("Felt only by whoever holds both roles", &titles, rows.collect())
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
