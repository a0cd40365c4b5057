//! One call: a fresh instance, the function, and what is left of both.

use super::{
    Limits,
    call::{Bounds, Call, Cost, Stop, ticks},
    engine::TICK,
    error::{Cause, Fault, Label, clip},
};
use crate::plugin::state::Changes;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use wasmtime::{Engine, Error, Result, Store, Trap};

/// What all calls share.
pub(super) struct Shared {
    pub(super) engine: Engine,
    /// The contract's: of registration, and of what a component is asked then.
    pub(super) limits: Arc<Limits>,
    /// Of a call that judges.
    pub(super) judging: Bounds,
    /// Of a call that observes: with a monitor's fuel and time.
    pub(super) observing: Bounds,
    gate: Gate,
}

impl Shared {
    pub(super) fn new(engine: Engine, limits: Limits, here: Limits) -> Self {
        let gate = Gate { free: Mutex::new(here.calls), left: Condvar::new() };
        let observing = Bounds { here: Arc::new(of_monitor(&here)), contract: Arc::new(of_monitor(&limits)) };
        let judging = Bounds { here: Arc::new(here), contract: Arc::new(limits) };
        Self { engine, gate, limits: Arc::clone(&judging.contract), judging, observing }
    }
}

fn of_monitor(limits: &Limits) -> Limits {
    Limits { fuel: limits.monitor_fuel, call_ms: limits.monitor_call_ms, ..limits.clone() }
}

/// Lets only so many calls in as the pool has places for: who is too many waits, and is not refused by chance.
struct Gate {
    free: Mutex<usize>,
    left: Condvar,
}

struct Permit<'g>(&'g Gate);

impl Gate {
    fn enter(&self) -> Permit<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.left.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.left.notify_one();
    }
}

/// What became of a call.
pub(super) struct Ended<R> {
    pub(super) outcome: std::result::Result<R, Fault>,
    pub(super) cost: Cost,
    /// Whether it failed before its function was called.
    pub(super) at_start: bool,
    /// What it would change in its state, had it returned.
    pub(super) changes: Changes,
}

/// Runs `act` in the fresh instance that `start` makes. Store and instance are gone afterwards, whatever happened.
pub(super) fn run<I, R>(
    shared: &Shared,
    (plugin, name): (&Label, &'static str),
    call: Call,
    start: impl FnOnce(&mut Store<Call>) -> Result<I>,
    act: impl FnOnce(&I, &mut Store<Call>) -> Result<R>,
) -> Ended<R> {
    let _permit = shared.gate.enter();
    let bounds = call.bounds.clone();
    let (limits, is_monitor) = (&*bounds.here, call.state.is_some());
    let mut store = Store::new(&shared.engine, call);
    store.limiter(|call| &mut call.limiter);
    store.set_hostcall_fuel(limits.result_bytes);
    store.set_epoch_deadline(ticks(limits, TICK));
    let mut at_start = true;
    let outcome = store.set_fuel(limits.fuel).and_then(|()| start(&mut store)).and_then(|instance| {
        at_start = false;
        act(&instance, &mut store)
    });
    // Fuel cannot be read where it is not consumed, which no engine of this room is.
    let fuel = limits.fuel - store.get_fuel().unwrap_or_default().min(limits.fuel);
    let call = store.into_data();
    let outcome = outcome.map_err(|error| {
        let cause = bounds.judged(cause(&error, &call, limits, at_start), is_monitor);
        Fault { plugin: plugin.clone(), call: name, cause }
    });
    Ended {
        outcome,
        cost: Cost { fuel, memory: call.limiter.memory, transcript: call.transcript.digest(), log: call.log },
        at_start,
        changes: call.state.map(super::state::Overlay::into_changes).unwrap_or_default(),
    }
}

/// Why a call failed, from what wasmtime says and what the host noted.
fn cause(error: &Error, call: &Call, limits: &Limits, at_start: bool) -> Cause {
    if let Some(Stop(cause)) = error.downcast_ref() {
        return cause.clone();
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Cause::Host { what: format!("no place in the pool ({}); allow fewer calls at once", root(error)) };
    }
    let trap = error.downcast_ref::<Trap>();
    match (trap, &call.limiter.refused) {
        (Some(Trap::OutOfFuel), _) => Cause::Fuel { limit: limits.fuel },
        (Some(Trap::Interrupt), _) => Cause::Deadline { limit: limits.call_ms },
        (Some(Trap::StackOverflow), _) => Cause::Stack { limit: limits.stack_bytes },
        // Whoever is refused memory and stops, stops for that.
        (Some(_), Some(refused)) => refused.clone(),
        (Some(trap), None) => Cause::Trap { what: clip(&trap.to_string()) },
        (None, Some(refused)) if at_start => refused.clone(),
        (None, _) => {
            let what = root(error);
            // wasmtime keeps the type of this error to itself.
            if what.contains("fuel allocated for hostcalls") {
                return Cause::ResultSize { limit: limits.result_bytes };
            }
            Cause::Interface { what }
        }
    }
}

/// The innermost message: what is around it names our own functions.
pub(super) fn root(error: &Error) -> String {
    clip(&error.root_cause().to_string())
}
