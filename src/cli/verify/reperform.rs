//! Re-performance: every decision of a log made again, and what came out otherwise.

use super::Report;
use crate::{
    audit::{Reperformed, reperform},
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure, Kind},
        ledger_failure,
        table::{Table, Tone},
    },
    ledger::Whole,
};
use serde_json::json;

/// Rows of a table on a terminal; `--json` has all that is kept.
const SHOWN: usize = 50;

/// Verifies a log and decides everything in it again.
pub(super) fn run(context: &Context, whole: &Whole) -> Done<Reperformed> {
    let bar = context.printer.progress("re-performing", whole.size());
    let done = reperform(whole, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    done.map_err(|error| ledger_failure::of(&error))
}

/// Adds to a report what was made again.
pub(super) fn report(done: &Reperformed, report: &mut Report) {
    let counts = &done.counts;
    let verb = if done.different == 0 { "and each came out as recorded" } else { "and not all came out as recorded" };
    if counts.decisions + counts.denials + counts.verdicts > 0 {
        report.checked.push(format!(
            "{}, {} and {} made again, with the policies and plugins of the time, {verb}",
            counted(counts.decisions, "decision"),
            counted(counts.denials, "denial"),
            counted(counts.verdicts, "verdict")
        ));
    } else {
        report.not_checked.push("what was decided: not one decision, denial or verdict could be made again".into());
    }
    if counts.marks > 0 {
        report.checked.push(format!(
            "monitors looked again, up to the last of {}, and found the {} that the log has",
            counted(counts.marks, "mark"),
            counted(counts.observations, "thing")
        ));
    }
    if done.not_reperformed > 0 {
        report
            .claimed
            .push(format!("{} that could not be made again, as listed", counted(done.not_reperformed, "thing")));
    }
    report
        .claimed
        .push("the words of denials' reasons: rules, requests and verdicts are compared, prose is not".into());
    report.reperformed = Some(json!({
        "counts": counts,
        "differences": done.different,
        "not_reperformed": done.not_reperformed,
    }));
}

/// Prints what differs, and what could not be made again: before the report, a line each with `--json`.
pub(super) fn print(context: &Context, done: &Reperformed) -> Done {
    let printer = &context.printer;
    if printer.json {
        done.differences.iter().try_for_each(|difference| printer.value(&json!({ "difference": difference })))?;
        return done.unperformed.iter().try_for_each(|one| printer.value(&json!({ "not_reperformed": one })));
    }
    let mut table = Table::new(&["record", "event", "what", "rule", "recorded", "re-performed"]);
    for one in done.differences.iter().take(SHOWN) {
        let what = serde_json::to_value(one.what).ok().and_then(|what| what.as_str().map(str::to_owned));
        table.toned([
            (one.index.to_string(), Tone::Plain),
            (one.position.to_string(), Tone::Quiet),
            (what.unwrap_or_default(), Tone::Plain),
            (one.rule.clone(), Tone::Plain),
            (one.recorded.clone(), Tone::Doubtful),
            (one.reperformed.clone(), Tone::Bad),
        ]);
    }
    show(context, "Differs from the log", &table, done.different)?;
    let mut table = Table::new(&["record", "event", "what", "why"]);
    for one in done.unperformed.iter().take(SHOWN) {
        table.row([one.index.to_string(), one.position.to_string(), one.what.to_owned(), one.why.clone()]);
    }
    show(context, "Not re-performed", &table, done.not_reperformed)
}

fn show(context: &Context, heading: &str, table: &Table, count: u64) -> Done {
    if table.is_empty() {
        return Ok(());
    }
    context.printer.text(heading)?;
    context.printer.table(table)?;
    let more = count.saturating_sub(table.len() as u64);
    let more = if more > 0 { format!("… and {more} more: --json prints them\n") } else { String::new() };
    context.printer.text(&more)
}

/// The failure that differences are.
pub(super) fn outcome(done: &Reperformed) -> Done {
    if done.different == 0 {
        return Ok(());
    }
    let next =
        "ask the operator, and keep a copy of the whole folder: the log's own signature stands under what differs";
    let what = format!("{} in the log came out otherwise when made again", counted(done.different, "thing"));
    Err(Failure::new(Kind::Verification, what, next))
}
