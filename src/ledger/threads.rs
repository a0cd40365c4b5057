//! The ledger's threads: started when it is open, ended in the order of the flow.

use super::{
    committer,
    core::Core,
    error::LedgerError,
    log_pub, monitors,
    pen::Pen,
    replay::cells,
    sequencer::{self, Sequencer},
};
use crate::{event::Timestamp, merkle::Frontier, storage::Mark};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

/// How often due tiles, the checkpoint file and expired refusals are seen to.
const MAINTENANCE: Duration = Duration::from_millis(200);
/// How often refused statements whose time is over are looked for.
const SWEEP: Duration = Duration::from_secs(600);
/// Batches between the sequencer and the disk: one being written, one waiting.
const BATCHES_IN_FLIGHT: usize = 1;

/// Handles on the threads; taken when they are joined.
pub(super) struct Threads {
    /// For callers who take a turn themselves.
    pub(super) sequencer: Arc<Mutex<Sequencer>>,
    flow: Mutex<Vec<JoinHandle<()>>>,
    rest: Mutex<Vec<JoinHandle<()>>>,
    stop_maintenance: Mutex<Option<Sender<()>>>,
    /// Ends first: what monitors find goes the way of all statements.
    monitors: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

/// Where the sequencer begins.
pub(super) struct Start {
    pub(super) frontier: Frontier,
    pub(super) pen: Arc<Pen>,
    pub(super) t: Timestamp,
}

impl Threads {
    pub(super) fn start(
        core: &Arc<Core>,
        parts: Receiver<super::inbox::Part>,
        start: Start,
    ) -> Result<Self, LedgerError> {
        let mut flow = Vec::new();
        for n in 0..verify_threads(core) {
            let (core, parts) = (Arc::clone(core), parts.clone());
            flow.push(spawn(&format!("verify-{n}"), move || core.inbox.check_parts(&parts, &core.origin, &core.ring))?);
        }
        let (out, batches) = bounded(BATCHES_IN_FLIGHT);
        let sequencer = Sequencer::new(Arc::clone(core), out, start);
        let sequencer = Arc::new(Mutex::new(sequencer));
        let (shared, own) = (Arc::clone(core), Arc::clone(&sequencer));
        flow.push(spawn("sequencer", move || sequencer::run(&shared, &own))?);
        let shared = Arc::clone(core);
        flow.push(spawn("committer", move || committer::run(&shared, &batches))?);
        let (stop, stopped) = bounded(0);
        let shared = Arc::clone(core);
        let index = spawn("index", move || {
            if let Err(error) = shared.index.write_strides() {
                shared.stop(&format!("the index cannot be written: {error}"));
            }
        })?;
        let shared = Arc::clone(core);
        let maintenance = spawn("maintenance", move || maintain(&shared, &stopped))?;
        let (stop_monitors, stopped) = bounded(0);
        let shared = Arc::clone(core);
        let monitors = spawn("monitors", move || monitors::run(&shared, &stopped))?;
        Ok(Self {
            sequencer,
            flow: Mutex::new(flow),
            rest: Mutex::new(vec![index, maintenance]),
            stop_maintenance: Mutex::new(Some(stop)),
            monitors: Mutex::new(Some((stop_monitors, monitors))),
        })
    }

    /// Ends the flow from its source on, then writes what is left of the index and the log's checkpoint. Does nothing
    /// the second time.
    pub(super) fn close(&self, core: &Core) -> Result<(), LedgerError> {
        let mut flow = self.flow.lock().unwrap_or_else(PoisonError::into_inner);
        if flow.is_empty() {
            return Ok(());
        }
        let mut panicked = false;
        let monitors = self.monitors.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, thread)) = monitors {
            drop(stop);
            panicked |= thread.join().is_err();
        }
        core.inbox.close("it is closing");
        for thread in flow.drain(..) {
            panicked |= thread.join().is_err();
        }
        if core.stopped().is_none() && !panicked {
            last_stride(core);
        }
        core.index.close();
        self.stop_maintenance.lock().unwrap_or_else(PoisonError::into_inner).take();
        for thread in self.rest.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            panicked |= thread.join().is_err();
        }
        if panicked {
            core.stop("a thread ended by a panic");
        }
        let closed = core.log.close();
        match core.stopped() {
            Some(why) => Err(LedgerError::Stopped(why)),
            None => Ok(closed?),
        }
    }
}

/// So that the next start has nothing to read again.
fn last_stride(core: &Core) {
    let head = core.head();
    let stored = core.index.stored().unwrap_or_default();
    if stored == head.size {
        return;
    }
    let mut state = core.state.write().unwrap_or_else(PoisonError::into_inner);
    let cells = cells(&mut state, &mut core.recent(), head.size, head.t);
    core.index.freeze(Mark { size: head.size, root: head.root }, cells);
}

fn maintain(core: &Core, stopped: &Receiver<()>) {
    use crossbeam_channel::RecvTimeoutError::Timeout;
    let mut swept = None::<Instant>;
    while stopped.recv_timeout(MAINTENANCE) == Err(Timeout) {
        if core.stopped().is_some() {
            return;
        }
        if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
            // What cannot be removed now is tried again; nothing that was promised hangs on it.
            drop(core.vault.sweep(core.host.clock.now().0));
            swept = Some(Instant::now());
        }
        drop(log_pub::write_due(core));
        if let Err(error) = core.log.maintain() {
            core.stop(&error.to_string());
        }
    }
}

fn verify_threads(core: &Core) -> usize {
    match core.options.verify_threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, LedgerError> {
    Builder::new().name(format!("sagwan-{name}")).spawn(work).map_err(LedgerError::Thread)
}
