//! The report for people, for a terminal of 100 columns.

use super::{Demo, change, next::Command};
use crate::{
    cli::{
        counted::counted,
        demo::tale::{Fate, Step},
        failure::Done,
        printer::Printer,
        table::{Table, Tone},
    },
    event::{Body, Digest},
};
use std::{collections::BTreeSet, time::Duration};

/// Columns of the widest line.
const WIDTH: usize = 100;

pub fn print(demo: &Demo<'_>, next: &[Command], took: Duration, printer: &Printer) -> Done {
    let head = "Each statement is signed by its author and sealed by the ledger; the numbers left out are seals.";
    printer.text(&format!("THE LIFE OF A CREDIT-RISK MODEL, IN {}\n\n{head}\n", demo.folder.display()))?;
    story(demo, printer)?;
    against(demo, printer)?;
    change::print(demo, printer)?;
    record(demo, printer)?;
    proof(demo, printer)?;
    whole(demo, printer)?;
    printer.text("\nTRY NEXT\n")?;
    for command in next {
        printer.text(&format!("# {}\n{}", command.does, command.line()))?;
    }
    let keys = demo.folder.join("keys");
    let tail = format!(
        "\nEverybody's keys are in {}. Done in {:.1} s; delete {} when you have seen enough.",
        keys.display(),
        took.as_secs_f64(),
        demo.folder.display()
    );
    printer.text(&wrapped(&tail, ""))
}

/// Chapter by chapter, a line a statement.
fn story(demo: &Demo<'_>, printer: &Printer) -> Done {
    for (at, chapter) in demo.told.chapters.iter().enumerate() {
        let (number, space) = (at + 1, if at == 0 { "" } else { "\n" });
        printer.text(&format!("{space}{}", wrapped(&format!("{number}. {}", chapter.title), "   ")))?;
        if at == 0 {
            printer.text("")?;
        }
        // One header stands for all, the columns being of one width; without it there is an empty line.
        let header = ["#", "who", "what", "about", "env", "outcome"];
        let mut table = Table::new(if at == 0 { &header } else { &[] });
        chapter.steps.iter().for_each(|step| row(&mut table, step));
        printer.table(&table)?;
    }
    Ok(())
}

fn row(table: &mut Table, step: &Step) {
    let (outcome, tone) = outcome(step.fate);
    table.toned([
        (format!("{:>4}", step.index), Tone::Quiet),
        (format!("{:8}", who(step)), Tone::Plain),
        (format!("{:21}", what(step)), Tone::Plain),
        (format!("{:25}", step.subject), Tone::Plain),
        (format!("{:7}", step.env), Tone::Plain),
        (outcome.to_owned(), tone),
    ]);
}

fn who(step: &Step) -> &str {
    step.actor.split_once(':').map_or(step.actor.as_str(), |(_, name)| name)
}

fn what(step: &Step) -> String {
    match step.kinds.as_slice() {
        [] => String::new(),
        [kind] => kind.clone(),
        [kind, more @ ..] => format!("{kind} (+{})", more.len()),
    }
}

fn outcome(fate: Fate) -> (&'static str, Tone) {
    match fate {
        Fate::Recorded => ("recorded", Tone::Good),
        Fate::WouldDeny => ("recorded, rule against", Tone::Doubtful),
        Fate::Refused => ("REFUSED", Tone::Bad),
    }
}

/// What the rules were against, and why.
fn against(demo: &Demo<'_>, printer: &Printer) -> Done {
    for (fate, title) in [
        (Fate::Refused, "\nREFUSED: prod enforces, and so do the plugins; each left a denial, signed by the ledger"),
        (Fate::WouldDeny, "\nRECORDED, THOUGH A RULE WAS AGAINST IT: dev observes, staging warns; the log says so"),
    ] {
        printer.text(title)?;
        for step in demo.of_fate(fate) {
            let line = format!("\n  #{} {}: {} {} in {}", step.index, who(step), what(step), step.subject, step.env);
            printer.text(&line)?;
            for why in &step.reasons {
                printer.text(&wrapped(&format!("     {}: {}", why.rule, why.message), "       "))?;
            }
        }
    }
    Ok(())
}

/// One record and its receipt.
fn record(demo: &Demo<'_>, printer: &Printer) -> Done {
    let record = &demo.proof.record;
    let event = record.events.first();
    let said =
        event.map_or_else(String::new, |event| format!("{} {} in {}", event.kind(), event.subject, event.policy_env()));
    let reason = event.and_then(|event| match &event.body {
        Body::ModelApproved(body) => body.reason.as_ref().map(ToString::to_string),
        _ => None,
    });
    let rules: Vec<&str> = record.rulings.iter().flat_map(|ruling| &ruling.rules).map(|rule| rule.as_str()).collect();
    let receipt = &demo.proof.receipt;
    let path: Vec<String> = receipt.path.iter().map(Digest::short).collect();
    printer.text(&format!("\nONE RECORD, #{}, AND ITS RECEIPT\n", record.index))?;
    printer.fields(&[
        ("  says", said),
        ("  because", reason.unwrap_or_default()),
        ("  signed by", format!("{}, key {}", record.actor, record.kid.short())),
        ("  statement", record.identity.to_string()),
        (
            "  decided",
            format!("allowed {}", if rules.is_empty() { String::new() } else { format!("by {}", rules.join(", ")) }),
        ),
        ("  sealed", format!("at {} in #{}, under policy {}", record.t, record.seal, record.policy.short())),
        ("  receipt", format!("RFC 9942, {} bytes, signed by log key {}", receipt.bytes, receipt.kid.short())),
        ("  path", format!("{} hashes from the leaf to the root: {}", path.len(), abridged(&path))),
    ])
}

/// The first three of a list.
fn abridged(list: &[String]) -> String {
    match list {
        [a, b, c, rest @ ..] if !rest.is_empty() => format!("{a} {b} {c} …"),
        all => all.join(" "),
    }
}

fn proof(demo: &Demo<'_>, printer: &Printer) -> Done {
    let (proof, place) = (demo.proof, demo.proof.place);
    printer.text("\nTHE PROOF, CHECKED WITH THE RECORD, ITS RECEIPT AND log.pub, WITHOUT THE LEDGER\n")?;
    printer.fields(&[
        ("  holds", format!("the record is leaf {} of the tree of {} leaves", place.index, place.size)),
        ("  root", Digest(place.root).to_string()),
        ("  signed", format!("by {}: the same tree head as its checkpoint", demo.verified.full.origin)),
        ("  author", format!("the statement is signed by {}'s key", proof.record.actor)),
    ])?;
    let forged = proof.forged.split(": ").next().unwrap_or_default();
    printer.text(&wrapped(&format!("  forged  with one bit turned the verifier says: {forged}"), "          "))
}

fn whole(demo: &Demo<'_>, printer: &Printer) -> Done {
    let (all, totals) = (&demo.verified.full, &demo.verified.full.totals);
    let (again, gone) = (&demo.verified.counts, demo.verified.not_reperformed);
    let reasons: BTreeSet<&str> = demo.verified.unperformed.iter().map(|one| one.why.as_str()).collect();
    let gone = match gone {
        0 => "each as recorded".to_owned(),
        gone => {
            let why = reasons.into_iter().collect::<Vec<_>>().join("; ");
            format!("each as recorded; {gone} could not be made again: {why}")
        }
    };
    printer.text("\nTHE WHOLE LEDGER, VERIFIED: EVERY BYTE, SIGNATURE AND SEAL, AND EVERY DECISION MADE AGAIN\n")?;
    printer.fields(&[
        ("  entries", format!("{}, with {}", all.size, counted(all.signatures, "signature"))),
        (
            "  statements",
            format!(
                "{} with {} events, of which {} had a rule against them",
                totals.statements, totals.events, totals.would_deny
            ),
        ),
        ("  denials", totals.denials.to_string()),
        ("  seals", totals.seals.to_string()),
        ("  root", all.root.to_string()),
    ])?;
    let again = format!(
        "  again       {}, {}, {}: {gone}",
        counted(again.decisions, "decision"),
        counted(again.denials, "denial"),
        counted(again.verdicts, "verdict")
    );
    printer.text(&wrapped(&again, "              "))
}

/// Lines of at most a hundred columns, all but the first begun by `indent`; line breaks at the front are kept.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    let first = text.len() - text.trim_start().len();
    let (lead, rest) = text.split_at(first);
    let mut lines = vec![lead.to_owned()];
    for word in rest.split(' ') {
        let fits = lines.last().is_some_and(|line| line.chars().count() + 1 + word.chars().count() <= WIDTH);
        match lines.last_mut() {
            Some(line) if line.trim().is_empty() => line.push_str(word),
            Some(line) if fits => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    lines.join("\n")
}
