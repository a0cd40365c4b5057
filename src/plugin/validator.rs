//! A validator, ready to judge.

use super::{
    Answers, Described,
    bindings::validator::{ValidatorPre, exports::sagwan::plugin::validation::Guest},
    call::{Call, Cost},
    describe::{self, Read},
    error::{Fault, Label, PluginError},
    run::{Ended, Shared, run},
    verdict::Verdict,
    view::EventView,
};
use std::sync::Arc;
use wasmtime::Store;

/// A validator. Cheap to clone; calls may run at once.
#[derive(Clone)]
pub struct Validator {
    shared: Arc<Shared>,
    pre: ValidatorPre<Call>,
    label: Label,
    described: Arc<Described>,
}

/// What a validator said of an event, and what it took.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// The verdict, or why there is none.
    pub outcome: Result<Verdict, Fault>,
    /// What it took.
    pub cost: Cost,
}

impl Validator {
    /// What it says of itself, and what was read from its bytes.
    #[must_use]
    pub fn described(&self) -> &Described {
        &self.described
    }

    /// Judges an event by settings (JSON text, as [`super::settings_text`] writes it) in a fresh instance. `answers` is
    /// the ledger as it was just before the event's statement. Of kinds that it does not speak of it says nothing, and
    /// is not asked.
    #[must_use]
    pub fn validate(&self, event: &EventView, settings: &str, answers: Arc<dyn Answers>) -> Judged {
        if !self.described.speaks_of(event.kind()) {
            return Judged { outcome: Ok(Verdict::Abstain), cost: Cost::default() };
        }
        let call = Call::new(&self.shared.judging, answers, None);
        let ended = self.run("validate", call, |guest, store| guest.call_validate(store, event.inner(), settings));
        let outcome = ended.outcome.and_then(|verdict| {
            let fault = |cause| Fault { plugin: self.label.clone(), call: "validate", cause };
            Verdict::try_from(verdict).map_err(fault)
        });
        Judged { outcome, cost: ended.cost }
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

    /// Asks a compiled component what it is.
    ///
    /// # Errors
    /// It fails, or what it says does not hold.
    pub(super) fn load(
        shared: Arc<Shared>,
        pre: ValidatorPre<Call>,
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
    pre: &ValidatorPre<Call>,
    name: (&Label, &'static str),
    call: Call,
    act: impl FnOnce(&Guest, &mut Store<Call>) -> wasmtime::Result<R>,
) -> Ended<R> {
    run(shared, name, call, |store| pre.instantiate(store), |world, store| act(world.sagwan_plugin_validation(), store))
}

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "validator {}", self.label)
    }
}
