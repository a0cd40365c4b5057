//! The comparison as tables for people.

use super::DiffReport;
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::Done,
        table::{Table, Tone},
    },
    policy::{
        Answer,
        diff::{CellChange, Change, Class, Direction, StageChange, Stand},
    },
};
use std::collections::BTreeSet;

/// Prints the report: what it comes to first, then what is opened, weaker, closed, stricter.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(report: &DiffReport, context: &Context) -> Done {
    let side = |side: &super::Side| match side.name.contains(&side.digest.to_string()) {
        true => format!("{}, {}", side.name, counted(side.rules, "rule")),
        false => format!("{} ({}), {}", side.name, side.digest, counted(side.rules, "rule")),
    };
    context.printer.fields(&[
        ("before", side(&report.before)),
        ("after", side(&report.after)),
        ("comes to", in_words(report).to_owned()),
    ])?;
    for (title, table) in [
        ("Cells", cells(report)),
        ("Felt only by whoever holds both roles", pairs(report)),
        ("Stages", stages(report)),
        ("Constraints and words", constraints(report)),
        ("Actors for whom it changes something now", actors(report)),
    ] {
        if !table.is_empty() {
            context.printer.text(&format!("\n{title}"))?;
            context.printer.table(&table)?;
        }
    }
    if let Some(left_out) = &report.left_out {
        context.printer.text(&format!("\n{left_out}"))?;
    }
    let Some(flips) = &report.flips else { return Ok(()) };
    context.printer.text(&format!("\n{}", flips.in_words()))?;
    if flips.flips.is_empty() { Ok(()) } else { context.printer.table(&flips.table()) }
}

/// What the report comes to, in words.
pub fn in_words(report: &DiffReport) -> &'static str {
    match report.class {
        Class::Same if report.before.digest == report.after.digest => "the same: the two are one bundle",
        Class::Same if report.cells.is_empty() => "the same: no answer, stage or constraint differs",
        Class::Same => "the same: every request has the same answer, some by other rules",
        Class::Narrowed => "narrowed: some requests are answered more strictly, none more laxly",
        Class::Widened => "WIDENED: some requests are answered more laxly than before",
    }
}

/// A stand in a word, with the rules that decide: `allow by a, b`.
pub fn stand(stand: &Stand) -> String {
    let stage = stand.stage.map_or_else(String::new, |stage| format!(" ({stage})"));
    if stand.answer == Answer::DefaultDeny {
        return format!("{}{stage}", stand.answer);
    }
    format!("{}{stage} by {}", stand.answer, stand.deciding().join(", "))
}

/// What a cell becomes; where the rules that decide are the same, those that came and went behind them.
pub fn after(cell: &CellChange) -> String {
    let (before, after) = (stand(&cell.before), stand(&cell.after));
    if before != after {
        return after;
    }
    let ids = |stand: &Stand| -> BTreeSet<String> { stand.allow.iter().chain(&stand.deny).cloned().collect() };
    let (old, new) = (ids(&cell.before), ids(&cell.after));
    let came = new.difference(&old).map(|id| format!("+{id}"));
    let moved: Vec<String> = came.chain(old.difference(&new).map(|id| format!("-{id}"))).collect();
    format!("the same; {}", moved.join(", "))
}

/// Whom a stage concerns.
pub fn who(stage: &StageChange) -> String {
    format!("everybody in {}", stage.env)
}

fn tone(direction: Direction) -> Tone {
    match direction {
        Direction::Wider => Tone::Bad,
        Direction::Narrower => Tone::Good,
        Direction::Neutral => Tone::Quiet,
    }
}

fn cells(report: &DiffReport) -> Table {
    let mut table = Table::new(&["change", "role", "env", "object", "action", "before", "after"]);
    for cell in &report.cells.cells {
        let word = if cell.change == Change::Opened { "OPENED" } else { cell.change.as_str() };
        table.toned([
            (word, tone(cell.change.direction())),
            (&cell.role, Tone::Plain),
            (cell.env.as_str(), Tone::Plain),
            (&cell.object, Tone::Plain),
            (&cell.action, Tone::Plain),
            (&stand(&cell.before), Tone::Quiet),
            (&after(cell), Tone::Plain),
        ]);
    }
    table
}

fn pairs(report: &DiffReport) -> Table {
    let mut table = Table::new(&["change", "both roles", "env", "object", "action", "before", "after", ""]);
    for pair in &report.cells.multi_role {
        let word = if pair.change == Change::Opened { "OPENED" } else { pair.change.as_str() };
        let separated = pair.separated_by.as_ref().map_or_else(String::new, |id| format!("kept apart by {id}"));
        table.toned([
            (word, tone(pair.change.direction())),
            (&pair.roles.join(" + "), Tone::Plain),
            (pair.env.as_str(), Tone::Plain),
            (&pair.object, Tone::Plain),
            (&pair.action, Tone::Plain),
            (&stand(&pair.before), Tone::Quiet),
            (&stand(&pair.after), Tone::Plain),
            (&separated, Tone::Quiet),
        ]);
    }
    table
}

/// `wider`, `narrower` or `neutral`, as a change is told of stages and constraints.
pub fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Wider => "WEAKER",
        Direction::Narrower => "stricter",
        Direction::Neutral => "renamed",
    }
}

fn stages(report: &DiffReport) -> Table {
    let mut table = Table::new(&["change", "for", "object type", "of", "before", "after"]);
    for stage in &report.cells.stages {
        table.toned([
            (direction(stage.direction), tone(stage.direction)),
            (&who(stage), Tone::Plain),
            (&stage.object_type, Tone::Plain),
            (if stage.explicit_deny { "denying rules" } else { "everything else" }, Tone::Plain),
            (stage.before.as_str(), Tone::Quiet),
            (stage.after.as_str(), Tone::Plain),
        ]);
    }
    table
}

fn constraints(report: &DiffReport) -> Table {
    let mut table = Table::new(&["change", "kind", "about", "before", "after"]);
    for one in &report.cells.constraints {
        table.toned([
            (direction(one.direction), tone(one.direction)),
            (one.kind, Tone::Plain),
            (&one.about, Tone::Plain),
            (one.before.as_deref().unwrap_or("none"), Tone::Quiet),
            (one.after.as_deref().unwrap_or("none"), Tone::Plain),
        ]);
    }
    table
}

fn actors(report: &DiffReport) -> Table {
    let mut table = Table::new(&["actor", "roles", "wider", "narrower", "would break"]);
    for one in report.affected_actors.iter().flatten() {
        let tone = if one.wider > 0 { Tone::Bad } else { Tone::Plain };
        table.toned([
            (one.actor.to_string(), Tone::Plain),
            (roles(one), Tone::Plain),
            (one.wider.to_string(), tone),
            (one.narrower.to_string(), Tone::Plain),
            (one.breaks.join("; "), Tone::Bad),
        ]);
    }
    table
}

/// `role:a in dev, prod; role:b in dev`.
pub fn roles(one: &super::Affected) -> String {
    let role = |(role, envs): (&String, &BTreeSet<crate::event::Env>)| {
        let envs: Vec<&str> = envs.iter().map(|env| env.as_str()).collect();
        format!("{role} in {}", envs.join(", "))
    };
    one.roles.iter().map(role).collect::<Vec<_>>().join("; ")
}
