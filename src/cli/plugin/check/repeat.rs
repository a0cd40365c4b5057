//! Whether a plugin says the same each time: twice in each of two engines, compared bit for bit.

use super::Check;
use crate::{
    cli::Context,
    event::limits,
    plugin::{
        Class, Plugin,
        fixture::{Fixture, Outcome, Said},
    },
};
use std::time::{Duration, Instant};

/// Times that each engine runs each call.
const RUNS: usize = 2;
/// Settings besides those of the fixtures, on which `check-settings` must at least answer.
const SETTINGS: [&str; 3] = ["{}", "[]", r#"{"no-such-setting":1}"#];
/// Fixtures that are named when they fail; the rest are counted.
const NAMED: usize = 5;

/// What was seen of all calls.
#[derive(Default)]
struct Seen {
    calls: usize,
    fuel: u64,
    memory: usize,
    longest: Duration,
    faults: Vec<String>,
    differ: Vec<String>,
    unanswered: Vec<String>,
}

/// Calls everything, again and again.
pub fn checks(engines: &[Plugin], fixtures: &[Fixture], context: &Context) -> Vec<Check> {
    let mut seen = Seen::default();
    for settings in SETTINGS {
        seen.settings(engines, settings);
    }
    let bar = context.printer.progress("running", fixtures.len() as u64);
    for fixture in fixtures {
        seen.fixture(engines, fixture);
        bar.inc(1);
    }
    bar.finish_and_clear();
    seen.told(engines, fixtures.len())
}

impl Seen {
    /// `describe` was asked by each engine when it took the plugin in.
    fn settings(&mut self, engines: &[Plugin], settings: &str) {
        let answers: Vec<_> =
            engines.iter().flat_map(|plugin| [(); RUNS].map(|()| plugin.check_settings(settings))).collect();
        self.calls += answers.len();
        if let Some(Err(fault)) = answers.first() {
            self.unanswered.push(format!("settings {settings}: {fault}"));
        }
        if answers.windows(2).any(|pair| pair.first() != pair.last()) {
            self.differ.push(format!("check-settings on {settings}"));
        }
    }

    fn fixture(&mut self, engines: &[Plugin], fixture: &Fixture) {
        let mut first: Option<Said> = None;
        for plugin in engines.iter().flat_map(|plugin| [plugin; RUNS]) {
            let begun = Instant::now();
            // The settings of an example are those of nobody: a plugin may have settings that it cannot do without.
            let said = if fixture.expect.is_some() { fixture.run(plugin) } else { fixture.call(plugin) };
            self.longest = self.longest.max(begun.elapsed());
            self.calls += 1;
            match &first {
                Some(first) if *first != said => {
                    self.differ.push(fixture.name.clone());
                    return;
                }
                Some(_) => {}
                None => {
                    self.look(fixture, &said);
                    first = Some(said);
                }
            }
        }
    }

    fn look(&mut self, fixture: &Fixture, said: &Said) {
        self.fuel = self.fuel.max(said.cost.fuel);
        self.memory = self.memory.max(said.cost.memory);
        let Outcome::Fault(fault) = &said.outcome else { return };
        // A fault that a fixture asks for is the author's intent, unless it depends on the machine.
        let meant = fixture.expect.as_ref() == Some(&said.expected()) && fault.class() == Class::Reproducible;
        if !meant {
            self.faults.push(format!("{}: {fault}", fixture.name));
        }
    }

    fn told(self, engines: &[Plugin], fixtures: usize) -> Vec<Check> {
        let (fuel, memory, ms) = (self.fuel, self.memory, self.longest.as_secs_f64() * 1e3);
        let (most_fuel, most_ms) = match engines.first() {
            Some(Plugin::Monitor(_)) => (limits::PLUGIN_MONITOR_FUEL_MAX, limits::PLUGIN_MONITOR_CALL_MS_MAX),
            _ => (limits::PLUGIN_FUEL_MAX, limits::PLUGIN_CALL_MS_MAX),
        };
        let most_memory = limits::PLUGIN_MEMORY_BYTES_MAX;
        let calls = format!(
            "{fixtures} events: at most {fuel} of {most_fuel} fuel, {memory} of {most_memory} bytes of memory, {ms:.2} of {most_ms} ms"
        );
        let same = format!("{} calls in 2 engines: the same bit for bit", self.calls);
        let differ = || {
            let named = named(&self.differ);
            format!("what it says differs from call to call ({named}); report this: the sandbox should not let it")
        };
        let check = |name, bad: &[String], good: String| match bad.first() {
            None => Check::passed(name, good),
            Some(first) if bad.len() == 1 => Check::failed(name, first),
            Some(first) => Check::failed(name, &format!("in {} cases, the first: {first}", bad.len())),
        };
        vec![
            check("settings", &self.unanswered, "check-settings answers".to_owned()),
            check("calls", &self.faults, calls),
            if self.differ.is_empty() {
                Check::passed("determinism", same)
            } else {
                Check::failed("determinism", &differ())
            },
        ]
    }
}

fn named(list: &[String]) -> String {
    let shown = list.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > NAMED { format!("{shown} and {} more", list.len() - NAMED) } else { shown }
}
