//! `sagwan plugin test`: a plugin's fixtures on the real engine.

use super::{difference, load, place};
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure},
        table::{Table, Tone},
    },
    plugin::{
        Log,
        fixture::{EXPECT, Fixture, Outcome, Said},
    },
};
use serde_json::{Value as Json, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Run fixtures/NAME/{event,settings,queries,state,expect}.json on the real engine, and compare.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exit codes: 0 when the plugin says of every fixture what its expect.json says, 4 when not.

Examples:
  sagwan plugin test
  sagwan plugin test plugins/drift --component plugins/dist/drift.wasm
  sagwan plugin test --bless && git diff fixtures")]
pub struct Args {
    /// The project: its component is the one in dist/ or beside, its fixtures stand in fixtures/. Otherwise here.
    #[arg(value_name = "FOLDER", default_value = ".")]
    project: PathBuf,
    /// The component, where it stands elsewhere.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// The fixtures, where they stand elsewhere.
    #[arg(long, value_name = "FOLDER")]
    fixtures: Option<PathBuf>,
    /// Only this fixture. Repeat for more.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Write what the plugin says into each expect.json in place of comparing: review what changed.
    #[arg(long)]
    bless: bool,
    /// Show what each call said and wrote to its log, also of fixtures that hold.
    #[arg(long)]
    verbose: bool,
}

/// One fixture with what came of it.
struct Ran {
    fixture: Fixture,
    said: Said,
    form: Json,
}

impl Ran {
    fn holds(&self) -> bool {
        self.fixture.expect.as_ref() == Some(&self.form)
    }
}

/// Runs the fixtures.
///
/// # Errors
/// When something is not as expected, or a fixture or the component cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let component = args.component.clone().map_or_else(|| place::component(&args.project), Ok)?;
    let folder = args.fixtures.clone().unwrap_or_else(|| args.project.join("fixtures"));
    let fixtures = wanted(Fixture::all(&folder).map_err(|error| load::unfit(&error))?, args)?;
    let loaded = load::load(&load::bytes(&component)?, context)?;
    let bar = context.printer.progress("testing", fixtures.len() as u64);
    let run = |fixture: Fixture| {
        let said = fixture.run(&loaded.plugin);
        bar.inc(1);
        let form = said.expected();
        Ran { fixture, said, form }
    };
    let ran: Vec<Ran> = fixtures.into_iter().map(run).collect();
    bar.finish_and_clear();
    if args.bless {
        bless(&folder, &ran)?;
    }
    show(args, context, &ran)?;
    let failed = ran.iter().filter(|ran| !ran.holds()).count();
    let summary = format!("{}: {}, {failed} not as expected", loaded.described.name, counted(ran.len(), "fixture"));
    match (failed, args.bless) {
        (0, _) => context.printer.note(&summary),
        (_, true) => context.printer.note(&format!("{summary}; their {EXPECT} are written anew")),
        _ => {
            let next = "correct the rule or the fixture; when it is meant, run `sagwan plugin test --bless`";
            return Err(Failure::invalid(summary, next));
        }
    }
    Ok(())
}

fn wanted(fixtures: Vec<Fixture>, args: &Args) -> Done<Vec<Fixture>> {
    let known: Vec<String> = fixtures.iter().map(|fixture| fixture.name.clone()).collect();
    if let Some(unknown) = args.only.iter().find(|name| !known.contains(name)) {
        return Err(Failure::not_found(format!("no fixture {unknown}"), format!("there are {}", known.join(", "))));
    }
    Ok(fixtures.into_iter().filter(|fixture| args.only.is_empty() || args.only.contains(&fixture.name)).collect())
}

/// Writes what was said where it differs. A fault that depends on the machine is nothing to expect.
fn bless(folder: &Path, ran: &[Ran]) -> Done {
    for ran in ran.iter().filter(|ran| !ran.holds()) {
        let path = folder.join(&ran.fixture.name).join(EXPECT);
        if let Outcome::Fault(fault) = &ran.said.outcome {
            return Err(Failure::invalid(
                format!("{}: {fault}", ran.fixture.name),
                format!("a fault is not blessed; if it is meant, write {{\"fault\": \"{}\"}} yourself", fault.code()),
            ));
        }
        let text = serde_json::to_string_pretty(&ran.form).unwrap_or_default() + "\n";
        fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
    }
    Ok(())
}

fn show(args: &Args, context: &Context, ran: &[Ran]) -> Done {
    if context.printer.json {
        return ran.iter().try_for_each(|ran| context.printer.value(&shape(ran)));
    }
    let mut table = Table::new(&["fixture", "result", "said", "fuel"]);
    for ran in ran {
        let (word, tone) = match (&ran.fixture.expect, ran.holds()) {
            (_, true) => ("as expected", Tone::Good),
            (None, _) => ("nothing expected", Tone::Doubtful),
            _ => ("differs", Tone::Bad),
        };
        table.toned([
            (ran.fixture.name.clone(), Tone::Plain),
            (word.to_owned(), tone),
            (in_short(&ran.said.outcome), Tone::Plain),
            (ran.said.cost.fuel.to_string(), Tone::Quiet),
        ]);
    }
    context.printer.table(&table)?;
    for ran in ran.iter().filter(|ran| args.verbose || !ran.holds()) {
        context.printer.text(&format!("\n{}", ran.fixture.name))?;
        match &ran.fixture.expect {
            Some(expect) if !ran.holds() => context.printer.text(&difference::text(expect, &ran.form))?,
            Some(_) => {}
            None => context.printer.text(&format!(
                "{EXPECT} is not there; it would be\n{}",
                serde_json::to_string_pretty(&ran.form).unwrap_or_default()
            ))?,
        }
        words(context, &ran.said)?;
    }
    Ok(())
}

/// What was said for people, and the log.
fn words(context: &Context, said: &Said) -> Done {
    for message in said.messages() {
        context.printer.text(&format!("  said: {}", crate::cli::clean::inline(&message)))?;
    }
    let Log { lines, dropped } = &said.cost.log;
    for line in lines {
        let level = super::level(line.level);
        context.printer.text(&format!("  log {level}: {}", crate::cli::clean::inline(&line.message)))?;
    }
    if *dropped > 0 {
        context.printer.text(&format!("  log: {dropped} more lines were dropped"))?;
    }
    Ok(())
}

/// An outcome in a few words.
fn in_short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Judged(verdict) if verdict.findings().is_empty() => verdict.as_str().to_owned(),
        Outcome::Judged(verdict) => format!("{}, {}", verdict.as_str(), counted(verdict.findings().len(), "finding")),
        Outcome::Observed(observations) => counted(observations.len(), "observation"),
        Outcome::Settings(errors) => format!("{} in the settings", counted(errors.len(), "error")),
        Outcome::Fault(fault) => format!("fault: {}", fault.code()),
    }
}

fn shape(ran: &Ran) -> Json {
    let cost = &ran.said.cost;
    let log = |line: &crate::plugin::LogLine| json!({ "level": super::level(line.level), "message": line.message });
    json!({
        "fixture": ran.fixture.name, "as_expected": ran.holds(), "expected": ran.fixture.expect, "said": ran.form,
        "messages": ran.said.messages(), "fuel": cost.fuel, "memory": cost.memory, "transcript": cost.transcript,
        "log": cost.log.lines.iter().map(log).collect::<Vec<_>>(), "log_dropped": cost.log.dropped,
    })
}
