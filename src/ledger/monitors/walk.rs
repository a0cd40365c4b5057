//! One monitor's way along the log under one binding.

use super::{
    MonitorStatus,
    found::Source,
    held,
    record::{Pending, bytes_of, record},
    snapshot,
};
use crate::{
    event::{ActorId, Body, Digest, Event, Map, Subject, Timestamp, body::MonitorMarked, limits},
    ledger::{
        LedgerError,
        core::Core,
        prefix::{Archive, Asked, read},
        records::time_at,
    },
    plugin::{Class, EventView, Monitor, MonitorState, Observation, Observed, Place as At, Plugin},
    state::{Binding, Mark},
};
use std::{sync::Arc, time::Instant};

/// Calls that end for a reason of the host are made so many times before they count as faults.
const ATTEMPTS: usize = 3;
/// Records after which what it remembers is put on the disk.
const SNAPSHOT_RECORDS: u64 = 100_000;

/// A place in the log, and the ledger's time there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) index: u64,
    pub(super) t: Timestamp,
}

/// How far it has looked, and what it remembers of it.
#[derive(Clone, Default)]
pub(super) struct Memory {
    /// The record that it looks at next.
    pub(super) next: u64,
    pub(super) state: Arc<MonitorState>,
    /// The time of its last tick; of its approval before the first.
    pub(super) ticked: Timestamp,
    pub(super) shown: u64,
    pub(super) faults: u64,
    /// Its last call failed: the next one that does raises no new alert.
    pub(super) failing: bool,
    /// Of the faults those that lay with this host, since this process began to look.
    pub(super) indeterminate: u64,
}

/// A monitor under one binding.
pub(super) struct Watch {
    id: Digest,
    binding: Binding,
    /// `None` until it was found again. What went wrong is begun again from the last mark.
    memory: Option<Memory>,
    pending: Pending,
    /// The record up to which what is remembered stands on the disk.
    put_down_at: u64,
    pub(super) problem: Option<String>,
    pub(super) rests_until: Option<Instant>,
}

impl Watch {
    pub(super) fn new(id: Digest, binding: Binding) -> Self {
        Self {
            id,
            binding,
            memory: None,
            pending: Pending::default(),
            put_down_at: 0,
            problem: None,
            rests_until: None,
        }
    }

    pub(super) fn status(&self) -> MonitorStatus {
        let mark = self.binding.mark.as_ref();
        let at = match (&self.memory, mark) {
            (Some(memory), _) => (memory.next, memory.shown, memory.faults),
            (None, Some(mark)) => (mark.next, mark.shown, mark.faults),
            (None, None) => (self.first(), 0, 0),
        };
        MonitorStatus {
            plugin: self.binding.plugin.clone(),
            binding: self.id,
            position: self.binding.position,
            next: at.0,
            shown: at.1,
            faults: at.2,
            problem: self.problem.clone(),
        }
    }

    fn first(&self) -> u64 {
        self.binding.approved.unwrap_or(self.binding.index) + 1
    }

    /// Looks at what is new, up to a round's share; whether there is more. `binding` is the same as the ledger has it now.
    pub(super) fn turn(&mut self, core: &Arc<Core>, binding: Binding, head: &Place) -> Result<bool, LedgerError> {
        self.binding = binding;
        let looked = self.look_on(core, head);
        if looked.is_err() {
            (self.memory, self.pending) = (None, Pending::default());
        }
        looked
    }

    fn look_on(&mut self, core: &Arc<Core>, head: &Place) -> Result<bool, LedgerError> {
        let monitor = self.monitor(core)?;
        let end = self.binding.unbound.unwrap_or(head.index).min(head.index);
        let mut memory = match self.memory.take() {
            Some(memory) => memory,
            None => self.remember(core, &monitor, end)?,
        };
        let stop = end.min(memory.next + limits::MONITOR_ROUND_RECORDS);
        while memory.next < stop {
            self.look_at_one(core, &monitor, &mut memory)?;
        }
        let more = memory.next < end;
        let marked = self.binding.mark.as_ref().map_or(0, |mark| mark.shown);
        let quiet = !more && is_due(&memory, core.host.clock.now()) && !is_due(&memory, head.t);
        if !self.pending.events.is_empty() || memory.shown >= marked + limits::MONITOR_MARK_EVENTS || quiet {
            self.flush(core, memory.mark())?;
        }
        let due = memory.next >= self.put_down_at + SNAPSHOT_RECORDS;
        self.memory = Some(memory);
        if due {
            self.put_down(core);
        }
        Ok(more)
    }

    fn monitor(&self, core: &Arc<Core>) -> Result<Monitor, LedgerError> {
        match core.plugins.plugin(&self.binding.component) {
            Ok(Plugin::Monitor(monitor)) => Ok(monitor),
            Ok(Plugin::Validator(_)) => Err(held("its component is a validator: bind a monitor")),
            Err(why) => Err(held(why)),
        }
    }

    /// Finds again what it remembered at its last mark: from the disk, and by looking again at what came after.
    fn remember(&mut self, core: &Arc<Core>, monitor: &Monitor, end: u64) -> Result<Memory, LedgerError> {
        let first = self.first();
        let mut memory = match snapshot::read(core, &self.id, &self.binding, end) {
            Some(memory) => memory,
            None => Memory::new(first, time_at(core, first - 1)?),
        };
        self.put_down_at = memory.next;
        let marked = self.binding.mark.as_ref().map_or(0, |mark| mark.next);
        while memory.next < marked {
            look(&archive(core), (&self.binding, &self.id), monitor, &mut memory)?;
        }
        Ok(memory)
    }

    /// Looks at the next record, and keeps what is found in it to be recorded: with what waits already if both fit into
    /// one statement, else after that.
    fn look_at_one(&mut self, core: &Arc<Core>, monitor: &Monitor, memory: &mut Memory) -> Result<(), LedgerError> {
        let before = (!self.pending.events.is_empty()).then(|| memory.mark());
        let found = look(&archive(core), (&self.binding, &self.id), monitor, memory)?;
        if let Some(mark) = before
            && !self.pending.fits(&found)
        {
            self.flush(core, mark)?;
        }
        self.pending.extend(found);
        Ok(())
    }

    /// Records what was found and how far it has looked.
    fn flush(&mut self, core: &Arc<Core>, at: Mark) -> Result<(), LedgerError> {
        let position = self.binding.position;
        let Mark { next, state, shown, faults } = at;
        let mark = MonitorMarked {
            binding: self.id,
            next,
            state,
            shown,
            faults,
            position: (position > 0).then_some(position),
        };
        let mut events = std::mem::take(&mut self.pending).events;
        events.push(Event {
            subject: self.binding.plugin.clone(),
            env: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            time: core.host.clock.now(),
            body: Body::MonitorMarked(mark),
            facets: Map::new(),
            commitments: Vec::new(),
            imported: false,
            claimed_by: None,
        });
        let mut name = self.id.0.to_vec();
        name.extend(position.to_be_bytes());
        name.extend(next.to_be_bytes());
        record(core, &name, &events)?;
        self.binding.mark = Some(at);
        Ok(())
    }

    /// Puts what it remembers on the disk. What cannot be written is found again from the log.
    pub(super) fn put_down(&mut self, core: &Core) {
        let Some(memory) = self.memory.as_ref().filter(|memory| memory.next > self.put_down_at) else { return };
        if self.pending.events.is_empty() && snapshot::write(core, &self.id, &self.binding, memory).is_ok() {
            self.put_down_at = memory.next;
        }
    }
}

fn is_due(memory: &Memory, t: Timestamp) -> bool {
    t.0 - memory.ticked.0 >= limits::MONITOR_TICK_MS
}

fn archive(core: &Arc<Core>) -> Arc<dyn Archive> {
    Arc::clone(core) as _
}

/// Shows the next record to a monitor, after telling it that time has passed if it has; what it found, as events.
pub(super) fn look(
    archive: &Arc<dyn Archive>,
    (binding, id): (&Binding, &Digest),
    monitor: &Monitor,
    memory: &mut Memory,
) -> Result<Vec<Event>, LedgerError> {
    let index = memory.next;
    let (bytes, t) = archive.at(index)?;
    let settings = binding.settings_text();
    let mut found = Vec::new();
    if is_due(memory, t) {
        memory.ticked = t;
        let source = Source { binding, id, index, t, event: None };
        let call =
            |memory: &Memory| monitor.tick(t, settings, Arc::new(Asked::new(archive, index, None)), &memory.state);
        found.extend(memory.call(&**archive, &source, call)?);
    }
    let (actor, events) = read(&bytes).map_err(|what| LedgerError::Record { index, what })?;
    for (position, event) in (0..).zip(&events) {
        if !binding.covers(event) || is_a_monitors(&actor, event) {
            continue;
        }
        memory.shown += 1;
        let source = Source { binding, id, index, t, event: Some((position, event.env)) };
        let view = EventView::new(event, &At { actor: &actor, index, position, recorded: t });
        let call = |memory: &Memory| {
            monitor.observe(&view, settings, Arc::new(Asked::new(archive, index, Some(event))), &memory.state)
        };
        found.extend(memory.call(&**archive, &source, call)?);
    }
    memory.next += 1;
    Ok(found)
}

/// What the log records of monitors, and seals: not shown, or they would watch themselves.
pub(in crate::ledger) fn is_a_monitors(actor: &ActorId, event: &Event) -> bool {
    let theirs = matches!(
        event.body,
        Body::Seal(_)
            | Body::MonitorMarked(_)
            | Body::MonitorObserved(_)
            | Body::AlertRaised(_)
            | Body::RetrainRequested(_)
    );
    theirs && *actor == ActorId::ledger()
}

impl Memory {
    /// Before the first record of a binding, which it looks at from the time of its approval on.
    pub(super) fn new(first: u64, approved: Timestamp) -> Self {
        Self { next: first, ticked: approved, ..Self::default() }
    }

    /// How far it has looked, and what it remembers.
    pub(super) fn mark(&self) -> Mark {
        Mark { next: self.next, state: self.state.root(), shown: self.shown, faults: self.faults }
    }

    /// Makes one call, and keeps what it changes. A fault changes nothing; the first in a row raises an alert.
    fn call(
        &mut self,
        archive: &dyn Archive,
        source: &Source<'_>,
        call: impl Fn(&Self) -> Observed,
    ) -> Result<Vec<Event>, LedgerError> {
        let mut observed = call(self);
        for _ in 1..ATTEMPTS {
            if !matches!(&observed.outcome, Err(fault) if fault.class() == Class::Indeterminate) {
                break;
            }
            observed = call(self);
        }
        let events = match &observed.outcome {
            Ok(observations) => {
                self.failing = false;
                let is_empty = observations.is_empty();
                Arc::make_mut(&mut self.state).apply(observed.changes);
                if is_empty { Vec::new() } else { named(archive, source, observations)? }
            }
            Err(fault) => {
                self.faults += 1;
                self.indeterminate += u64::from(fault.class() == Class::Indeterminate);
                let first = !std::mem::replace(&mut self.failing, true);
                source.fault(fault).into_iter().filter(|_| first).collect()
            }
        };
        Ok(events)
    }
}

/// The events of what was observed, without those that are recorded already.
fn named(archive: &dyn Archive, source: &Source<'_>, observations: &[Observation]) -> Result<Vec<Event>, LedgerError> {
    let all = source.events(observations, &|_| true);
    let mentioned: Vec<&Subject> = all.iter().flat_map(Event::mentions).collect();
    let known = archive.known(&mentioned)?;
    let events = source.events(observations, &|subject| known.contains(subject));
    // An alert of this name is there already when a fault of the machine came between its statement and the mark.
    let fresh = |event: &Event| !matches!(&event.body, Body::AlertRaised(_)) || !known.contains(&event.subject);
    Ok(events.into_iter().filter(fresh).filter_map(fitting).collect())
}

/// An event that a statement can hold: without what its monitor adds freely, if that makes it too long.
fn fitting(mut event: Event) -> Option<Event> {
    if bytes_of(&event) >= limits::MONITOR_STATEMENT_BYTES_MAX || event.validate().is_err() {
        event.facets.retain(|name, _| name == "monitor");
    }
    (bytes_of(&event) < limits::MONITOR_STATEMENT_BYTES_MAX && event.validate().is_ok()).then_some(event)
}
