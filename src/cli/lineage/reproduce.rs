//! `sagwan reproduce`: what is needed to run a run again, what of it is missing, and what is different here and now.

use super::AnswerArgs;
use crate::{
    cli::{
        Context,
        exec::capture,
        failure::{Done, Failure},
        table::{Table, Tone},
    },
    event::{Subject, SubjectKind},
    lineage::{About, Ask, Found, Recipe},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{ffi::OsString, path::Path};

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
    if !changes.is_empty() {
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
        compare("code", &json!(then), &now.map_or(Value::Null, |now| json!(now)), &mut changes);
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

/// Compares what the older value has.
fn compare(what: &str, then: &Value, now: &Value, changes: &mut Vec<Change>) {
    match then {
        Value::Object(fields) => {
            for (name, value) in fields {
                compare(&format!("{what}.{name}"), value, now.get(name).unwrap_or(&Value::Null), changes);
            }
        }
        then if then != now => {
            let text = |value: &Value| match value {
                Value::Null => "not found".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            changes.push(Change { what: what.to_owned(), then: text(then), now: text(now) });
        }
        _ => {}
    }
}
