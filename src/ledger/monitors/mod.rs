//! Monitors: they look at what is recorded, once it is durable, and the ledger records what they find.
//!
//! A monitor walks the log under each of its bindings, record by record. What it found in a record is recorded in one
//! statement of the ledger together with a mark (`monitor.marked`): how far it has looked, and the root of what it
//! remembers. So each record is watched exactly once, whenever the machine fails: what is not marked is looked at again.
//! What it remembers follows from the records that it was shown; the file in `monitors/` only saves the time to find it
//! again ([`snapshot`]).

mod again;
mod found;
mod record;
mod snapshot;
mod walk;

pub use self::again::{Rewatch, Rewatched};
pub(super) use self::walk::is_a_monitors;
use self::walk::{Place, Watch};
use super::{core::Core, error::LedgerError};
use crate::{
    event::{Digest, Subject, body::PluginWorld, limits},
    state::{Binding, Life, State},
};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

/// How long the monitors rest between two looks at the log's end.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a monitor rests that met a problem.
const REST: Duration = Duration::from_secs(1);

/// How a monitor fares under one binding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MonitorStatus {
    /// The plugin.
    pub plugin: Subject,
    /// The identity of the statement that bound it.
    pub binding: Digest,
    /// The position of the event in that statement.
    pub position: u32,
    /// The log index of the record that it looks at next.
    pub next: u64,
    /// Events that it was shown since it was bound.
    pub shown: u64,
    /// Events that it failed on since then.
    pub faults: u64,
    /// Why it stands still, if it does, and what to do.
    pub problem: Option<String>,
}

/// Runs until `stop` is closed; then looks at what is new for a short while, and puts down what it remembers.
pub(super) fn run(core: &Arc<Core>, stop: &Receiver<()>) {
    let mut desk = Desk::default();
    let mut more = false;
    loop {
        let pause = if more { Duration::ZERO } else { PAUSE };
        let stopping = stop.recv_timeout(pause) != Err(RecvTimeoutError::Timeout);
        let until = Instant::now() + Duration::from_millis(limits::MONITOR_CLOSE_MS);
        more = desk.round(core);
        while stopping && more && Instant::now() < until {
            more = desk.round(core);
        }
        if core.stopped().is_some() {
            return;
        }
        if stopping {
            desk.watches.values_mut().for_each(|watch| watch.put_down(core));
            return;
        }
    }
}

/// Every binding of a monitor that has something left to look at.
#[derive(Default)]
struct Desk {
    watches: BTreeMap<(Digest, u32), Watch>,
}

impl Desk {
    /// One turn for each monitor; whether one has more to look at.
    fn round(&mut self, core: &Arc<Core>) -> bool {
        let result = core.read_state(|state, head| (due(state), Place { index: head.size, t: head.t }));
        // A ledger that has stopped records nothing more.
        let Ok((due, head)) = result else { return false };
        if due.is_empty() && self.watches.is_empty() {
            return false;
        }
        self.watches.retain(|key, _| due.contains_key(key));
        let mut more = false;
        for (key, binding) in due {
            let watch = self.watches.entry(key).or_insert_with(|| Watch::new(key.0, binding.clone()));
            if watch.rests_until.is_some_and(|until| Instant::now() < until) {
                continue;
            }
            match watch.turn(core, binding, &head) {
                Ok(left) => {
                    more |= left;
                    (watch.problem, watch.rests_until) = (None, None);
                }
                Err(error) => {
                    watch.problem = Some(error.to_string());
                    watch.rests_until = Some(Instant::now() + REST);
                }
            }
        }
        let all = self.watches.values().map(Watch::status).collect();
        *core.monitors.lock().unwrap_or_else(PoisonError::into_inner) = all;
        more
    }
}

/// The bindings of monitors that are approved, and have not looked at all that was recorded while they were.
fn due(state: &State) -> BTreeMap<(Digest, u32), Binding> {
    let has_more = |binding: &Binding| match (binding.approved, binding.unbound) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(approved), Some(end)) => binding.mark.as_ref().map_or(approved + 1, |mark| mark.next) < end,
    };
    let due = state.bindings().filter(|(_, binding)| has_more(binding) && is_monitor(state, binding));
    due.map(|(id, binding)| ((*id, binding.position), binding.clone())).collect()
}

fn is_monitor(state: &State, binding: &Binding) -> bool {
    match state.subject(&binding.plugin).map(|subject| &subject.life) {
        Some(Life::Plugin(plugin)) => {
            plugin.components.iter().any(|own| own.component == binding.component && own.world == PluginWorld::Monitor)
        }
        _ => false,
    }
}

/// What holds a monitor up.
fn held(what: impl Into<String>) -> LedgerError {
    LedgerError::Monitor(what.into())
}
