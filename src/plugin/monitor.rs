//! A monitor, ready to watch.

use super::{
    Answers, Described,
    bindings::{monitor::MonitorPre, monitor::exports::sagwan::plugin::monitoring::Guest, types},
    call::{Call, Cost},
    describe::{self, Read},
    error::{Fault, Label, PluginError},
    observation::{self, Observation},
    run::{Ended, Shared, run},
    state::{Changes, MonitorState},
    view::EventView,
};
use crate::event::Timestamp;
use std::sync::Arc;
use wasmtime::Store;

/// A monitor. Cheap to clone; its state is kept by whoever calls it.
#[derive(Clone)]
pub struct Monitor {
    shared: Arc<Shared>,
    pre: MonitorPre<Call>,
    label: Label,
    described: Arc<Described>,
}

/// What a monitor said, what it would change, and what it took.
#[derive(Clone, PartialEq, Debug)]
pub struct Observed {
    /// What it said, or why it said nothing.
    pub outcome: Result<Vec<Observation>, Fault>,
    /// What it changed in its state: nothing, unless it returned. The caller applies it.
    pub changes: Changes,
    /// What it took.
    pub cost: Cost,
}

impl Monitor {
    /// What it says of itself, and what was read from its bytes.
    #[must_use]
    pub fn described(&self) -> &Described {
        &self.described
    }

    /// Shows an event by settings (JSON text, as [`super::settings_text`] writes it) in a fresh instance. `answers` is
    /// the ledger as it was just before the event's statement, `state` what earlier calls left. Of kinds that it does not
    /// speak of it observes nothing, and is not asked.
    #[must_use]
    pub fn observe(
        &self,
        event: &EventView,
        settings: &str,
        answers: Arc<dyn Answers>,
        state: &Arc<MonitorState>,
    ) -> Observed {
        if !self.described.speaks_of(event.kind()) {
            return Observed { outcome: Ok(Vec::new()), changes: Changes::default(), cost: Cost::default() };
        }
        let call = Call::new(&self.shared.observing, answers, Some(Arc::clone(state)));
        self.observed("observe", call, |guest, store| guest.call_observe(store, event.inner(), settings))
    }

    /// Says that it is `now`, by the ledger's time. `answers` is the ledger as it is at this position.
    #[must_use]
    pub fn tick(
        &self,
        now: Timestamp,
        settings: &str,
        answers: Arc<dyn Answers>,
        state: &Arc<MonitorState>,
    ) -> Observed {
        let call = Call::new(&self.shared.observing, answers, Some(Arc::clone(state)));
        self.observed("tick", call, |guest, store| guest.call_tick(store, now.0, settings))
    }

    /// What is wrong with settings (JSON text), as the plugin says it; nothing, when they make sense.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn check_settings(&self, settings: &str) -> Result<Vec<String>, Fault> {
        let call = Call::alone(&self.shared.limits);
        let ended = self.run("check-settings", call, |guest, store| guest.call_check_settings(store, settings));
        describe::settings_errors(ended.outcome?, &self.label)
    }

    fn observed(
        &self,
        name: &'static str,
        call: Call,
        act: impl FnOnce(&Guest, &mut Store<Call>) -> wasmtime::Result<Vec<types::Observation>>,
    ) -> Observed {
        let Ended { outcome, cost, changes, .. } = self.run(name, call, act);
        let outcome = outcome.and_then(|given| {
            observation::all(given).map_err(|cause| Fault { plugin: self.label.clone(), call: name, cause })
        });
        // What it said decides whether what it remembers counts: a result that is refused was never given.
        let changes = if outcome.is_ok() { changes } else { Changes::default() };
        Observed { outcome, changes, cost }
    }

    /// Asks a compiled component what it is.
    ///
    /// # Errors
    /// It fails, or what it says does not hold.
    pub(super) fn load(
        shared: Arc<Shared>,
        pre: MonitorPre<Call>,
        label: Label,
        read: Read,
    ) -> Result<Self, PluginError> {
        let call = Call::alone(&shared.limits);
        let ended = enter(&shared, &pre, (&label, "describe"), call, |guest, store| guest.call_describe(store));
        let (label, described) = describe::told(&label, ended, read)?;
        Ok(Self { shared, pre, label, described: Arc::new(described) })
    }

    fn run<R>(
        &self,
        name: &'static str,
        call: Call,
        act: impl FnOnce(&Guest, &mut Store<Call>) -> wasmtime::Result<R>,
    ) -> Ended<R> {
        enter(&self.shared, &self.pre, (&self.label, name), call, act)
    }
}

/// Runs one function in a fresh instance.
fn enter<R>(
    shared: &Shared,
    pre: &MonitorPre<Call>,
    name: (&Label, &'static str),
    call: Call,
    act: impl FnOnce(&Guest, &mut Store<Call>) -> wasmtime::Result<R>,
) -> Ended<R> {
    run(shared, name, call, |store| pre.instantiate(store), |world, store| act(world.sagwan_plugin_monitoring(), store))
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "monitor {}", self.label)
    }
}
