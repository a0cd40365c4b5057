//! `sagwan reproduce`: what is needed to run a run again, what of it is missing, and what is different here and now.

use super::AnswerArgs;
use crate::{
    cli::{
        Context,
        exec::capture,
        failure::{Done, Failure},
        table::{Table, Tone},
    },
    event::{Subject, SubjectKind, body::CodeVersion},
    lineage::{About, Ask, Found, Recipe},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeSet, ffi::OsString, path::Path};

/// What is needed to run a run again, and what is missing or different here.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Run it in the folder of the code: commit, lock file, operating system, language and machine there are compared with those
of the run.

Examples:
  sagwan reproduce run/2026-01-31-1
  sagwan reproduce run/2026-01-31-1 --save run.evidence --json")]
pub struct Args {
    /// The run.
    run: Subject,
    /// Do not look at this machine and folder.
    #[arg(long)]
    no_compare: bool,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// Something that was otherwise when the run ran.
#[derive(Debug, Serialize)]
struct Change {
    what: String,
    then: String,
    now: String,
}

/// Prints what is needed.
///
/// # Errors
/// When the subject is no run, or the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    if args.run.kind() != SubjectKind::Run {
        let next = "give the run: `sagwan lineage` finds the one behind a model";
        return Err(Failure::usage(format!("{} is no run", args.run), next));
    }
    let answer = args.answer.ask(context, Ask::Reproduce(About { subject: args.run.clone() }))?;
    let Found::Reproduce(recipe) = &answer.found else {
        return Err(Failure::fault("another answer came than was asked for"));
    };
    let changes = if args.no_compare { Vec::new() } else { changes(recipe) };
    if context.printer.json {
        let mut value = json!(answer);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("differs_here".to_owned(), json!(changes));
        }
        return context.printer.value(&value);
    }
    super::print(context, &answer)?;
    if changes.is_empty() {
        let is_known = recipe.code.is_some() || recipe.captured.is_some();
        match (args.no_compare, is_known) {
            (true, _) => {}
            (false, true) => context.printer.text("\nnothing differs here")?,
            (false, false) => {
                context.printer.text("\nneither code nor runtime is recorded: nothing to compare with")?
            }
        }
    } else {
        context.printer.text("\nDIFFERENT HERE")?;
        let mut table = Table::new(&["what", "then", "now"]);
        for change in &changes {
            let cells = [change.what.as_str(), &change.then, &change.now];
            table.toned(cells.map(|cell| (cell, Tone::Doubtful)));
        }
        context.printer.table(&table)?;
    }
    Ok(())
}

/// What the run's code and runtime have that this folder and machine have otherwise.
fn changes(recipe: &Recipe) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(then) = &recipe.code {
        let now = capture::code();
        compare("code", &of_code(then), &now.map_or(Value::Null, |now| of_code(&now)), &mut changes);
    }
    if let Some(then) = &recipe.captured {
        let command = recipe.command.as_ref().map_or("", |command| command.as_str());
        let words: Vec<OsString> = command.split_whitespace().map(OsString::from).collect();
        let name = then.pointer("/lock_file/name").and_then(Value::as_str);
        let lock = name.filter(|name| Path::new(name).is_file()).map(Path::new);
        let mut now = json!(capture::runtime(&words, lock, None));
        // What this program never looks for is not different, only not looked at.
        let mut then = then.clone();
        for unseen in ["image", "libraries", "details"] {
            for side in [&mut then, &mut now] {
                side.as_object_mut().map(|fields| fields.remove(unseen));
            }
        }
        compare("runtime", &then, &now, &mut changes);
    }
    changes
}

/// A code version with what its own form leaves out: that the working tree was clean.
fn of_code(code: &CodeVersion) -> Value {
    let mut value = json!(code);
    value.as_object_mut().map(|fields| fields.insert("dirty".to_owned(), json!(code.dirty)));
    value
}

/// Compares what either value has.
fn compare(what: &str, then: &Value, now: &Value, changes: &mut Vec<Change>) {
    let fields: BTreeSet<&String> =
        [then, now].into_iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys).collect();
    for name in &fields {
        let of = |value: &Value| value.get(name.as_str()).cloned().unwrap_or_default();
        compare(&format!("{what}.{name}"), &of(then), &of(now), changes);
    }
    if fields.is_empty() && then != now {
        let text = |value: &Value, nothing: &str| match value {
            Value::Null => nothing.to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let (then, now) = (text(then, "not recorded"), text(now, "not found"));
        changes.push(Change { what: what.to_owned(), then, now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_either_side_has_is_compared() {
        let code = |dirty| CodeVersion { commit: "abc".parse().unwrap(), repository: None, dirty };
        let found = |then: &Value, now: &Value| {
            let mut changes = Vec::new();
            compare("x", then, now, &mut changes);
            changes.into_iter().map(|change| (change.what, change.then, change.now)).collect::<Vec<_>>()
        };
        let change = |what: &str, then: &str, now: &str| (what.to_owned(), then.to_owned(), now.to_owned());
        let (clean, dirty) = (of_code(&code(false)), of_code(&code(true)));
        assert_eq!(found(&clean, &clean), []);
        assert_eq!(found(&clean, &dirty), [change("x.dirty", "false", "true")]);
        assert_eq!(found(&dirty, &clean), [change("x.dirty", "true", "false")]);
        assert_eq!(
            found(&clean, &Value::Null),
            [change("x.commit", "abc", "not found"), change("x.dirty", "false", "not found")]
        );
        let (bare, full) = (json!({"os": "linux"}), json!({"os": "linux", "hardware": {"accelerators": ["A"]}}));
        assert_eq!(found(&bare, &full), [change("x.hardware.accelerators", "not recorded", "[\"A\"]")]);
        assert_eq!(found(&full, &bare), [change("x.hardware.accelerators", "[\"A\"]", "not found")]);
    }
}
