//! `sagwan plugin bench`: what a plugin's calls take.

use super::{load, place, samples::samples};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        table::Table,
    },
    event::limits,
    plugin::{
        Plugin,
        fixture::{Fixture, Outcome, Shown},
    },
};
use serde::Serialize;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// Measure a plugin's calls: time (a fresh instance and the call), fuel and memory.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Each fixture (where there is none: each example of docs/events.md of the kinds that the plugin speaks of) is run for its
share of the time, each call in a fresh instance, as in the ledger; fixtures of settings that are refused are left out, for
no ledger calls with them. Times are those of this machine while it does what
else it does; fuel and memory are the same everywhere with this release. Time a release build of sagwan.")]
pub struct Args {
    /// The component.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The fixtures; otherwise those beside the component.
    #[arg(long, value_name = "FOLDER")]
    fixtures: Option<PathBuf>,
    /// How long all of it may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
}

/// What the calls of one fixture took.
#[derive(Debug, Serialize)]
struct Measured {
    fixture: String,
    calls: usize,
    p50_us: f64,
    p99_us: f64,
    max_us: f64,
    fuel: u64,
    memory: usize,
    /// Of a kind that the plugin does not speak of: what was measured is not a call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    not_asked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
}

/// Calls of a fixture that are not counted: they warm the caches.
const WARM_UP: usize = 10;
/// Calls of a fixture at least, so that a p99 is one.
const CALLS_MIN: usize = 100;
/// Calls of a fixture at most: what is kept of each is 8 bytes.
const CALLS_MAX: usize = 1_000_000;
/// Seconds after which even the least number of calls is cut short: a slow plugin has an answer too.
const PATIENCE: f64 = 10.0;

/// Measures and prints.
///
/// # Errors
/// When the component or a fixture cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let loaded = load::load(&load::bytes(&args.file)?, context)?;
    let fixtures = match args.fixtures.clone().or_else(|| place::fixtures(&args.file)) {
        Some(folder) => Fixture::all(&folder).map_err(|error| load::unfit(&error))?,
        None => samples(&loaded.described),
    };
    // No call of a ledger has settings that the plugin refuses: what it did with them would say nothing.
    let fixtures: Vec<Fixture> = fixtures.into_iter().filter(|fixture| !expects_refused_settings(fixture)).collect();
    if fixtures.is_empty() {
        return Err(Failure::invalid("there is nothing to show it", "name its fixtures with --fixtures"));
    }
    let share = args.seconds / fixtures.len() as f64;
    let bar = context.printer.progress("measuring", fixtures.len() as u64);
    let mut measured = Vec::new();
    for fixture in &fixtures {
        measured.push(measure(&loaded.plugin, fixture, share));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if context.printer.json {
        return measured.iter().try_for_each(|one| context.printer.value(one));
    }
    let fuel = match &loaded.plugin {
        Plugin::Validator(_) => limits::PLUGIN_FUEL_MAX,
        Plugin::Monitor(_) => limits::PLUGIN_MONITOR_FUEL_MAX,
    };
    print(&measured, fuel, context)
}

fn expects_refused_settings(fixture: &Fixture) -> bool {
    fixture.expect.as_ref().is_some_and(|expect| expect.get("settings").is_some())
}

fn measure(plugin: &Plugin, fixture: &Fixture, seconds: f64) -> Measured {
    let said = fixture.call(plugin);
    for _ in 1..WARM_UP {
        std::hint::black_box(fixture.call(plugin));
    }
    let (share, patience) = (Duration::from_secs_f64(seconds), Duration::from_secs_f64(seconds.max(PATIENCE)));
    let mut times = Vec::new();
    let begun = Instant::now();
    loop {
        let call = Instant::now();
        std::hint::black_box(fixture.call(plugin));
        times.push(call.elapsed());
        let elapsed = begun.elapsed();
        let enough = elapsed >= share && times.len() >= CALLS_MIN;
        if enough || elapsed >= patience || times.len() >= CALLS_MAX {
            break;
        }
    }
    times.sort_unstable();
    Measured {
        fixture: fixture.name.clone(),
        calls: times.len(),
        p50_us: quantile(&times, 50),
        p99_us: quantile(&times, 99),
        max_us: quantile(&times, 100),
        fuel: said.cost.fuel,
        memory: said.cost.memory,
        not_asked: match (&fixture.shown, plugin) {
            (Shown::Event(event), _) => !plugin.described().speaks_of(event.1.kind()),
            (Shown::Tick(_), Plugin::Validator(_)) => true,
            (Shown::Tick(_), Plugin::Monitor(_)) => false,
        },
        fault: match &said.outcome {
            Outcome::Fault(fault) => Some(fault.code()),
            _ => None,
        },
    }
}

/// Microseconds below which so many per cent of sorted times are, rounded to tenths.
fn quantile(sorted: &[Duration], per_cent: usize) -> f64 {
    let at = (sorted.len() * per_cent).div_ceil(100).saturating_sub(1);
    let time = sorted.get(at).or(sorted.last()).copied().unwrap_or_default();
    (time.as_secs_f64() * 1e7).round() / 10.0
}

fn print(measured: &[Measured], fuel: u64, context: &Context) -> Done {
    let mut table =
        Table::new(&["fixture", "calls", "p50 us", "p99 us", "max us", "fuel", "of its fuel", "memory", "fault"]);
    for one in measured {
        let share = one.fuel as f64 * 100.0 / fuel as f64;
        table.row([
            one.fixture.clone(),
            one.calls.to_string(),
            format!("{:.1}", one.p50_us),
            format!("{:.1}", one.p99_us),
            format!("{:.1}", one.max_us),
            one.fuel.to_string(),
            format!("{share:.2} %"),
            one.memory.to_string(),
            if one.not_asked { "not asked" } else { one.fault.unwrap_or_default() }.to_owned(),
        ]);
    }
    context.printer.table(&table)
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.01..=3_600.0).contains(&seconds) => Ok(seconds),
        _ => Err("give seconds, from 0.01 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let times: Vec<Duration> = (1..=100).map(Duration::from_micros).collect();
        assert_eq!([50, 99, 100].map(|per_cent| quantile(&times, per_cent)), [50.0, 99.0, 100.0]);
        assert_eq!(quantile(&times[..1], 99), 1.0);
        assert_eq!(quantile(&[], 50), 0.0);
    }
}
