//! What the host holds for one call: budgets, log, transcript, state. It is dropped with the call.

use super::{
    Limits,
    answers::{Answers, NoAnswers, Transcript},
    error::Cause,
    state::{MonitorState, Overlay},
};
use crate::event::Digest;
use std::{sync::Arc, time::Duration};
use wasmtime::{ResourceLimiter, Result};

/// How much a log line matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// For the author alone.
    Debug,
    /// Of interest.
    Info,
    /// Odd.
    Warn,
    /// Wrong.
    Error,
}

/// A line that a plugin wrote. It is a foreign text: clean it before it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// The text.
    pub message: String,
}

/// What a plugin wrote during a call. It is never part of a verdict.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Log {
    /// The lines, in order.
    pub lines: Vec<LogLine>,
    /// Lines beyond the quota of a call.
    pub dropped: u64,
}

/// Ends a call from within the host.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Stop(pub(super) Cause);

/// What a call may use: here, and by the contract. Less here never changes a verdict: the call ends, and says why.
#[derive(Clone)]
pub(super) struct Bounds {
    pub(super) here: Arc<Limits>,
    pub(super) contract: Arc<Limits>,
}

impl Bounds {
    /// The contract's limits, whatever the host gives.
    pub(super) fn of_contract(limits: &Arc<Limits>) -> Self {
        Self { here: Arc::clone(limits), contract: Arc::clone(limits) }
    }

    /// A cause, as what it is where this host's own limit was met and not the contract's.
    pub(super) fn judged(&self, cause: Cause, is_monitor: bool) -> Cause {
        let (here, contract) = (&*self.here, &*self.contract);
        let of = |validator, monitor| if is_monitor { monitor } else { validator };
        let (setting, given, most) = match &cause {
            Cause::Fuel { .. } => (of("fuel", "monitor_fuel"), here.fuel, contract.fuel),
            Cause::Deadline { .. } => (of("call_ms", "monitor_call_ms"), here.call_ms, contract.call_ms),
            Cause::Stack { .. } => ("stack_bytes", here.stack_bytes as u64, contract.stack_bytes as u64),
            Cause::ResultSize { .. } => ("result_bytes", here.result_bytes as u64, contract.result_bytes as u64),
            _ => return cause,
        };
        if given < most { Cause::Tightened { cause: Box::new(cause), setting, most } } else { cause }
    }
}

/// What a call has besides its instance.
pub(super) struct Call {
    pub(super) limiter: Limiter,
    pub(super) log: Log,
    pub(super) log_left: usize,
    pub(super) answers: Arc<dyn Answers>,
    pub(super) transcript: Transcript,
    pub(super) answer_bytes: usize,
    pub(super) bounds: Bounds,
    /// A monitor's alone.
    pub(super) state: Option<Overlay>,
}

impl Call {
    pub(super) fn new(bounds: &Bounds, answers: Arc<dyn Answers>, state: Option<Arc<MonitorState>>) -> Self {
        let limits = &bounds.here;
        Self {
            limiter: Limiter {
                memory: 0,
                memory_here: limits.memory_bytes,
                memory_max: bounds.contract.memory_bytes,
                elements: 0,
                elements_max: limits.table_elements,
                refused: None,
            },
            log: Log::default(),
            log_left: limits.log_bytes,
            answers,
            transcript: Transcript::default(),
            answer_bytes: 0,
            bounds: bounds.clone(),
            state: state.map(Overlay::new),
        }
    }

    /// A call that asks nothing of the ledger, under the contract's limits: what it says decides what is recorded.
    pub(super) fn alone(limits: &Arc<Limits>) -> Self {
        Self::new(&Bounds::of_contract(limits), Arc::new(NoAnswers), None)
    }

    /// What it may use on this host.
    pub(super) fn limits(&self) -> &Limits {
        &self.bounds.here
    }

    /// Counts a question and the bytes of its answer.
    pub(super) fn answered(&mut self, bytes: usize) -> Result<(), Stop> {
        self.answer_bytes = self.answer_bytes.saturating_add(bytes);
        let (asked, queries) = (self.transcript.asked(), self.limits().queries);
        if asked > queries {
            return Err(Stop(Cause::Queries { what: "answers", limit: queries.into() }));
        }
        let limit = self.limits().answer_bytes;
        if self.answer_bytes > limit {
            return Err(Stop(Cause::Queries { what: "bytes of answers", limit: limit as u64 }));
        }
        Ok(())
    }
}

/// Bounds all memories of a call together, and all tables.
pub(super) struct Limiter {
    pub(super) memory: usize,
    /// What this host gives, and what the contract does.
    memory_here: usize,
    memory_max: usize,
    elements: usize,
    elements_max: usize,
    /// What was refused last: why a guest that then stops has stopped.
    pub(super) refused: Option<Cause>,
}

/// Whether `used` may grow from `current` to `desired`, as far as we are concerned.
fn fits(used: usize, limit: usize, current: usize, desired: usize) -> Option<usize> {
    used.checked_add(desired.saturating_sub(current)).filter(|wanted| *wanted <= limit)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let Some(wanted) = fits(self.memory, self.memory_max, current, desired) else {
            self.refused = Some(Cause::Memory { limit: self.memory_max });
            return Ok(false);
        };
        // Beyond its own maximum a memory does not grow whatever we say: nothing is to be counted then.
        let grows = maximum.is_none_or(|maximum| desired <= maximum);
        // A guest that saw less than the contract gives could return another verdict than elsewhere: the call ends.
        if grows && wanted > self.memory_here {
            let (setting, most) = ("memory_bytes", self.memory_max as u64);
            let cause = Box::new(Cause::Memory { limit: self.memory_here });
            return Err(Stop(Cause::Tightened { cause, setting, most }).into());
        }
        if grows {
            self.memory = wanted;
        }
        Ok(grows)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        self.failed(Cause::Memory { limit: self.memory_max }, &error)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let Some(wanted) = fits(self.elements, self.elements_max, current, desired) else {
            self.refused = Some(Cause::Table { limit: self.elements_max });
            return Ok(false);
        };
        let grows = maximum.is_none_or(|maximum| desired <= maximum);
        if grows {
            self.elements = wanted;
        }
        Ok(grows)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        self.failed(Cause::Table { limit: self.elements_max }, &error)
    }
}

impl Limiter {
    /// What a memory or table can never be is the guest's to live with. Growth that was granted and could not be had is
    /// ours: a guest that saw it could return a verdict that depends on this machine, so the call ends.
    fn failed(&mut self, refused: Cause, error: &wasmtime::Error) -> Result<()> {
        let why = error.to_string();
        if why.contains("exceeds") || why.contains("exceeded") || why.contains("overflow") {
            self.refused = Some(refused);
            return Ok(());
        }
        Err(Stop(Cause::Host { what: format!("memory did not grow ({why}); free some") }).into())
    }
}

/// A call's outcome and what it took.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cost {
    /// Units of fuel: for information, it differs between versions of the engine.
    pub fuel: u64,
    /// Bytes of all memories at the end; they never shrink.
    pub memory: usize,
    /// The digest of what was asked and answered; `None` when nothing was asked.
    pub transcript: Option<Digest>,
    /// What the plugin wrote.
    pub log: Log,
}

/// Looks of the ticker that a call may last, rounded up, and one more for the part of one that is under way.
pub(super) fn ticks(limits: &Limits, tick: Duration) -> u64 {
    let tick = u64::try_from(tick.as_millis()).unwrap_or(1).max(1);
    limits.call_ms.div_ceil(tick) + 1
}
