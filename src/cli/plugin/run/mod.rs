//! `sagwan plugin run`: what a rule would have said to the past.

mod save;
mod tally;
mod trial;

use self::{
    tally::{Tally, print},
    trial::{Heard, Trial},
};
use super::{
    load, named,
    scope::{ScopeArgs, settings},
};
use crate::{
    cli::{
        Context,
        asker::AskerArgs,
        failure::{Done, Failure},
        ledger_failure,
    },
    event::{Bytes, Digest, Subject, body::Stage},
    ledger::Ledger,
    plugin::{Described, Plugin, settings_text},
    state::Binding,
};
use std::{ops::Range, path::PathBuf, thread, time::Instant};

/// Ask a rule about recorded events: one, a range, or all of history. Nothing is recorded.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Each event is judged on the ledger as it was just before its statement, as it would have been then. What the log records of
its own is not shown to validators, what it records for monitors not to monitors. Refused statements are not asked about:
they are not in the log. Events of kinds that the plugin does not speak of are counted and not asked about, unless
--all-kinds. A monitor is shown the range in order and remembers from one record to the next.

Examples:
  sagwan plugin run dist/min-auc.wasm --settings '{\"minimum\":0.75}'
  sagwan plugin run plugin/min-auc@0.1.0 --range 10000..20000
  sagwan plugin run dist/min-auc.wasm --event 4711 --save-fixture from-production")]
pub struct Args {
    /// A component's file; or a binding of the ledger: its identity, or plugin/NAME@VERSION.
    #[arg(value_name = "FILE|BINDING")]
    rule: String,
    /// The settings: JSON, or a file that holds it; otherwise the binding's, or the plugin's defaults.
    #[arg(long, value_name = "JSON|FILE")]
    settings: Option<String>,
    /// One record, by its log index; INDEX.POSITION for one event of a batch.
    #[arg(long, value_name = "INDEX", conflicts_with = "range")]
    event: Option<String>,
    /// The records from A on, before B; otherwise all.
    #[arg(long, value_name = "A..B", value_parser = range)]
    range: Option<Range<u64>>,
    /// Also events of kinds that the plugin does not speak of.
    #[arg(long)]
    all_kinds: bool,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Show at most so many events that it had something to say of.
    #[arg(long, short = 'n', value_name = "EVENTS", default_value_t = 20)]
    limit: usize,
    /// Threads that ask a validator; otherwise one a core.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: Option<u16>,
    /// Keep the event of --event, with the settings and what the ledger answers, as a fixture.
    #[arg(long, value_name = "NAME", requires = "event")]
    save_fixture: Option<String>,
    /// The folder of fixtures.
    #[arg(long, value_name = "FOLDER", default_value = "fixtures")]
    fixtures: PathBuf,
    #[command(flatten)]
    asker: AskerArgs,
}

/// Runs the rule and prints what it said.
///
/// # Errors
/// When there is no such rule or record, the settings are refused, or the log cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let ledger = context.open()?;
    let (bytes, binding) = rule(args, &ledger)?;
    let loaded = load::load(&bytes, context)?;
    check_settings(&loaded.plugin, &binding)?;
    let (range, position) = asked(args, &ledger)?;
    let trial = Trial::new(&ledger, &loaded.plugin, &binding, args.all_kinds || position.is_some());
    let begun = Instant::now();
    if position.is_some() && matches!(loaded.plugin, Plugin::Monitor(_)) {
        // What a monitor says of an event depends on what it was shown before.
        tried(args, context, &trial, 0..range.start)?;
    }
    trial.only(position);
    let tally = tried(args, context, &trial, range.clone())?;
    let seconds = begun.elapsed().as_secs_f64();
    let report = tally.report(&loaded.described, &binding, &range, seconds);
    let shown = report.examples.iter().map(|example| (&example.subject, example.policy_env));
    let told = ledger.as_reader(args.asker.asker(&context.settings()?)?).tell(shown, &task(&loaded.described));
    told.map_err(|error| ledger_failure::of(&error))?;
    print(&report, context)?;
    if let (Some(name), Some(kept)) = (&args.save_fixture, trial.kept()) {
        let folder = save::save(&args.fixtures, name, &ledger, &binding, &kept)?;
        context.printer.note(&format!("kept as {}", folder.display()));
    } else if args.save_fixture.is_some() {
        return Err(Failure::not_found(
            "there was no event to keep",
            "name one with --event that the rule is asked about",
        ));
    }
    Ok(())
}

fn task(described: &Described) -> String {
    format!("try plugin {}@{} on the past", described.name, described.version)
}

/// The component, and the binding under which it is tried: one of the ledger's, or one made up of the arguments.
fn rule(args: &Args, ledger: &Ledger) -> Done<(Vec<u8>, Binding)> {
    let is_bound = args.rule.parse::<Digest>().is_ok() || args.rule.starts_with("plugin/");
    let mut binding = if is_bound && !PathBuf::from(&args.rule).is_file() {
        named::binding(ledger, &args.rule, named::Stands::Open)?.binding
    } else {
        tried_binding()?
    };
    let bytes = if is_bound && !PathBuf::from(&args.rule).is_file() {
        ledger.blobs().get(&binding.component.0).map_err(|error| ledger_failure::of_storage(&error))?
    } else {
        load::bytes(&PathBuf::from(&args.rule))?
    };
    if let Some(settings) = settings(args.settings.as_deref())? {
        binding.settings = Bytes(settings_text(Some(&settings)).into_bytes());
    }
    if !args.scope.is_everything() {
        binding.kinds = args.scope.kinds()?;
        binding.subjects = args.scope.subjects();
        binding.environments = args.scope.environments();
    }
    Ok((bytes, binding))
}

/// A binding of everything, with the plugin's defaults.
fn tried_binding() -> Done<Binding> {
    let unlikely = |error: crate::event::EventError| Failure::fault(error.to_string());
    Ok(Binding {
        plugin: "plugin/tried".parse::<Subject>().map_err(unlikely)?,
        component: Digest([0; 32]),
        index: 0,
        position: 0,
        bound_by: crate::event::ActorId::ledger(),
        mode: Stage::Enforce,
        fail_open: false,
        settings: Bytes(settings_text(None).into_bytes()),
        kinds: Vec::new(),
        subjects: Vec::new(),
        environments: Vec::new(),
        approved: None,
        unbound: None,
        mark: None,
    })
}

fn check_settings(plugin: &Plugin, binding: &Binding) -> Done {
    let errors = plugin.check_settings(binding.settings_text());
    let reasons = errors.map_err(|fault| Failure::invalid(fault.to_string(), "see `sagwan plugin check`"))?;
    if reasons.is_empty() {
        return Ok(());
    }
    let failure = Failure::invalid("the plugin refuses these settings", "see `sagwan plugin inspect --schema`");
    Err(Failure { reasons, ..failure })
}

/// The records that are asked about, and the position where one event is.
fn asked(args: &Args, ledger: &Ledger) -> Done<(Range<u64>, Option<Option<u32>>)> {
    let size = ledger.head().size;
    let Some(event) = &args.event else {
        let Range { start, end } = args.range.clone().unwrap_or(0..size);
        return Ok((start..end.min(size), None));
    };
    let wrong = || Failure::usage(format!("{event:?} is no record"), "write INDEX, or INDEX.POSITION");
    let (index, position) = match event.split_once('.') {
        Some((index, position)) => (index, Some(position.parse::<u32>().map_err(|_| wrong())?)),
        None => (event.as_str(), None),
    };
    let index: u64 = index.parse().map_err(|_| wrong())?;
    if index >= size {
        return Err(Failure::not_found(format!("no record {index}"), format!("the log has {size}")));
    }
    Ok((index..index + 1, Some(position)))
}

/// Asks about a range, with a progress bar.
fn tried(args: &Args, context: &Context, trial: &Trial<'_>, range: Range<u64>) -> Done<Tally> {
    let cores = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = if trial.in_order() { 1 } else { args.threads.map_or_else(cores, usize::from) };
    let mut tally = Tally::new(args.limit);
    let bar = context.printer.progress("trying", range.end.saturating_sub(range.start));
    let asked =
        trial.ledger.each_record(range, threads, &|record| trial.hear(record), &mut |done, heard: Vec<Heard>| {
            heard.into_iter().for_each(|heard| tally.add(heard));
            bar.set_position(done);
        });
    bar.finish_and_clear();
    asked.map_err(|error| ledger_failure::of(&error))?;
    Ok(tally)
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let wrong = || "write A..B, such as 1000..2000; either may be left out".to_owned();
    let (from, until) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str, absent| if text.is_empty() { Ok(absent) } else { text.parse().map_err(|_| wrong()) };
    let range = number(from, 0)?..number(until, u64::MAX)?;
    if range.start >= range.end { Err("write A..B with A before B".to_owned()) } else { Ok(range) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ranges_are_half_open_and_either_end_may_be_left_out() {
        assert_eq!(super::range("3..9"), Ok(3..9));
        assert_eq!(super::range("3.."), Ok(3..u64::MAX));
        assert_eq!(super::range("..9"), Ok(0..9));
        for wrong in ["", "3", "9..3", "3..3", "a..b", "3...9"] {
            assert!(super::range(wrong).is_err(), "{wrong}");
        }
    }
}
