//! `sagwan plugin check`: whether a component would be taken, and whether it says the same each time.

mod repeat;
mod taken;

use super::{load, place, samples::samples};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        ledger_failure,
        table::{Table, Tone},
    },
    event::Digest,
    plugin::{Anatomy, Described, Limits, PluginError, fixture::Fixture},
};
use serde::Serialize;
use std::path::PathBuf;

/// Say whether a component would be taken: imports, world, size, limits, and that it says the same each time.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Every function is called on every fixture (where there is none: on the examples of docs/events.md of the kinds that the
plugin speaks of) twice in each of two engines; verdict, fuel, memory, questions and state must be the same bit for bit.

Exit codes: 0 when every check passes, 4 when one does not.")]
pub struct Args {
    /// The component.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The fixtures; otherwise those beside the component.
    #[arg(long, value_name = "FOLDER")]
    fixtures: Option<PathBuf>,
}

/// What became of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Result {
    /// As it should be.
    Passed,
    /// Not so.
    Failed,
    /// One before it failed.
    NotReached,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What is checked, in a word.
    pub check: &'static str,
    /// What became of it.
    pub result: Result,
    /// What was found, with the limit beside it.
    pub found: String,
    /// What to do, where it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

impl Check {
    fn passed(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, result: Result::Passed, found: found.into(), remedy: String::new() }
    }

    /// A message of ours says what happened, and after the last semicolon what to do.
    fn failed(check: &'static str, message: &str) -> Self {
        let (found, remedy) = message.rsplit_once("; ").unwrap_or((message, "see docs/plugins.md"));
        Self { check, result: Result::Failed, found: found.to_owned(), remedy: remedy.to_owned() }
    }
}

#[derive(Serialize)]
struct Report<'r> {
    component: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    passed: bool,
    checks: &'r [Check],
}

/// Checks the file that the arguments name.
///
/// # Errors
/// When a check fails, or the file cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let bytes = load::bytes(&args.file)?;
    let anatomy = Anatomy::of(&bytes);
    let engines = [load::registry()?, load::registry()?];
    let [first, second] = &engines;
    let described = match load::register(first, &bytes, context) {
        Ok(described) => Ok(described),
        Err(error @ (PluginError::Engine { .. } | PluginError::Cache { .. })) => {
            return Err(ledger_failure::of_plugin(&error));
        }
        Err(error) => Err(error),
    };
    let mut checks = taken::checks(&anatomy, &described, &Limits::default());
    if let Ok(described) = &described {
        load::register(second, &bytes, context).map_err(|error| ledger_failure::of_plugin(&error))?;
        let plugins = engines.iter().filter_map(|engine| engine.get(&described.component)).collect::<Vec<_>>();
        let fixtures = fixtures(args, described)?;
        checks.extend(repeat::checks(&plugins, &fixtures, context));
    }
    let failed: Vec<&Check> = checks.iter().filter(|check| check.result == Result::Failed).collect();
    let name = described.as_ref().ok().map(|described| described.name.as_str());
    let report = Report { component: anatomy.component, name, passed: failed.is_empty(), checks: &checks };
    if context.printer.json {
        context.printer.value(&report)?;
    } else {
        print(&report, context)?;
    }
    if failed.is_empty() {
        return Ok(());
    }
    let reasons = failed.iter().map(|check| format!("{}: {}; {}", check.check, check.found, check.remedy)).collect();
    let what = format!("{} fails {} of {} checks", args.file.display(), failed.len(), checks.len());
    let next = failed.first().map(|check| check.remedy.clone()).unwrap_or_default();
    Err(Failure { reasons, ..Failure::invalid(what, next) })
}

/// What the plugin is shown: its fixtures, or examples.
fn fixtures(args: &Args, described: &Described) -> Done<Vec<Fixture>> {
    match args.fixtures.clone().or_else(|| place::fixtures(&args.file)) {
        Some(folder) => Fixture::all(&folder).map_err(|error| load::unfit(&error)),
        None => Ok(samples(described)),
    }
}

fn print(report: &Report<'_>, context: &Context) -> Done {
    let mut table = Table::new(&["check", "result", "found"]);
    for check in report.checks {
        let (word, tone) = match check.result {
            Result::Passed => ("passed", Tone::Good),
            Result::Failed => ("FAILED", Tone::Bad),
            Result::NotReached => ("not reached", Tone::Quiet),
        };
        table.toned([(check.check, Tone::Plain), (word, tone), (&check.found, Tone::Plain)]);
    }
    context.printer.table(&table)
}
