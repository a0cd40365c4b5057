//! The log once more, record by record, for a rule that is tried on the past. Nothing is decided and nothing recorded.

use super::{
    Ledger,
    error::LedgerError,
    monitors::is_a_monitors,
    prefix::{Asked, read},
    records::read_seal,
};
use crate::{
    decide::is_logs_own,
    event::{ActorId, Event, Timestamp, limits},
    plugin::{Answers, EventView, Place},
    storage::Log,
};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{ops::ControlFlow, ops::Range, sync::Arc, thread};

/// Records that one thread takes at a time.
const PART: usize = 128;
/// Parts under way: the reader waits when the rule falls behind.
const PARTS_MAX: usize = 32;

/// A record of the past.
#[derive(Clone, Copy, Debug)]
pub struct PastRecord<'a> {
    /// Its log index.
    pub index: u64,
    /// The ledger's time of its batch.
    pub t: Timestamp,
    /// Who signed it.
    pub actor: &'a ActorId,
    /// What it says.
    pub events: &'a [Event],
}

impl PastRecord<'_> {
    /// Whether validators are shown one of its events: what the log records of its own is not judged.
    #[must_use]
    pub fn is_shown_to_validators(&self, event: &Event) -> bool {
        !is_logs_own(self.actor, event)
    }

    /// Whether monitors are shown one of its events: what is recorded for them is not, or they would watch themselves.
    #[must_use]
    pub fn is_shown_to_monitors(&self, event: &Event) -> bool {
        !is_a_monitors(self.actor, event)
    }

    /// One of its events, as a plugin sees it.
    #[must_use]
    pub fn view(&self, position: u32, event: &Event) -> EventView {
        EventView::new(event, &Place { actor: self.actor, index: self.index, position, recorded: self.t })
    }
}

/// An entry with the time of its seal.
type Entry = (u64, Timestamp, Arc<[u8]>);
type Results<T> = Result<Vec<T>, LedgerError>;
/// A part and where its results go, so that they are taken in order.
type Part<T> = (Vec<Entry>, Sender<Results<T>>);

impl Ledger {
    /// Hands every record of `range` that a seal covers to `judge`, on so many threads: with one, in log order. `take`
    /// gets what it gives, in log order, with how many records are done.
    ///
    /// # Errors
    /// [`LedgerError::Record`] for a log that is not what the ledger writes, and those of the log.
    pub fn each_record<T: Send>(
        &self,
        range: Range<u64>,
        threads: usize,
        judge: &(dyn Fn(&PastRecord<'_>) -> T + Sync),
        take: &mut dyn FnMut(u64, Vec<T>),
    ) -> Result<(), LedgerError> {
        let size = self.core.head().size;
        let (first, end) = (range.start, range.end.min(size));
        let (parts, queue) = bounded::<Part<T>>(PARTS_MAX);
        let (order, ordered) = bounded::<Receiver<Results<T>>>(PARTS_MAX);
        thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                let queue = queue.clone();
                scope.spawn(move || {
                    for (entries, results) in queue {
                        // Whoever waited may be gone after a failure.
                        drop(results.send(entries.into_iter().map(|entry| judged(entry, judge)).collect()));
                    }
                });
            }
            drop(queue);
            let log = &*self.core.log;
            let reader = scope.spawn(move || scan(log, first..end, size, &parts, &order));
            let taken = gather(&ordered, take);
            // The reader sees a closed channel and ends.
            drop(ordered);
            let read = reader.join().map_err(|_| LedgerError::Stopped("the reading thread ended by a panic".into()))?;
            taken.and(read)
        })
    }

    /// The ledger as it was just before the record at `index`, for a plugin that is asked about an event of it, or, at a
    /// tick, about none.
    #[must_use]
    pub fn answers_before(&self, index: u64, event: Option<&Event>) -> Arc<dyn Answers> {
        Arc::new(Asked::new(&(Arc::clone(&self.core) as _), index, event))
    }
}

fn gather<T>(ordered: &Receiver<Receiver<Results<T>>>, take: &mut dyn FnMut(u64, Vec<T>)) -> Result<(), LedgerError> {
    let mut done = 0;
    for results in ordered {
        let ended = |_| LedgerError::Stopped("a thread that tried the rule ended by a panic".into());
        let results = results.recv().map_err(ended)??;
        done += results.len() as u64;
        take(done, results);
    }
    Ok(())
}

/// Reads entries and gives each the time of its seal.
fn scan<T>(
    log: &dyn Log,
    range: Range<u64>,
    size: u64,
    parts: &Sender<Part<T>>,
    order: &Sender<Receiver<Results<T>>>,
) -> Result<(), LedgerError> {
    let send = |entries: Vec<Entry>| {
        let (results, receiver) = bounded(1);
        order.send(receiver).is_ok() && parts.send((entries, results)).is_ok()
    };
    let (mut open, mut part) = (Vec::new(), Vec::with_capacity(PART));
    let last = size.min(range.end.saturating_add(limits::SEAL_STATEMENTS_MAX as u64 + 1));
    log.scan(range.start..last, &mut |index, bytes| {
        if index < range.end {
            open.push((index, Arc::<[u8]>::from(bytes)));
        }
        let Some(seal) = read_seal(bytes) else { return ControlFlow::Continue(()) };
        part.extend(open.drain(..).map(|(index, bytes)| (index, seal.t, bytes)));
        let going = part.len() < PART || send(std::mem::replace(&mut part, Vec::with_capacity(PART)));
        if going && index + 1 < range.end { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    send(part);
    Ok(())
}

fn judged<T>((index, t, bytes): Entry, judge: &(dyn Fn(&PastRecord<'_>) -> T + Sync)) -> Result<T, LedgerError> {
    let (actor, events) = read(&bytes).map_err(|what| LedgerError::Record { index, what })?;
    Ok(judge(&PastRecord { index, t, actor: &actor, events: &events }))
}
