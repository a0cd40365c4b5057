//! One endpoint's courier: looks for new records, sends what is due, and has the ledger record what came of it.
//!
//! Each step is durable before the next: what is found waits in the queue before it is sent, and what was answered stands
//! there before the ledger records it. So a message is sent at least once, under one id, and its outcome is recorded once.

use super::{
    config::Endpoint,
    error::NotifyError,
    message::{Message, id_of},
    queue::{Queue, Settled, Store, Waiting, wait_ms},
    sender::{Answer, Sender},
};
use crate::{
    event::{
        Body, Event, Map, Text, Timestamp,
        body::{DeliveryOutcome, NotificationRecorded},
        limits,
    },
    ledger::{Ledger, LedgerError, Query},
};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

/// Records of one page of a look.
const PAGE: usize = 500;
/// How old a statement of the log's own may be and still be one that the ledger knows again: well within the admission
/// window.
const KNOWN_AGAIN_MS: i64 = 3_600_000;

/// What a turn did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Turn {
    /// Messages that were found.
    pub found: u64,
    /// Messages that were taken.
    pub delivered: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Messages that were given up.
    pub dead: u64,
}

/// The courier of one endpoint. Only one may work on a queue at a time: whoever has the ledger open.
pub struct Courier {
    ledger: Ledger,
    endpoint: Endpoint,
    sender: Sender,
    store: Store,
    queue: Queue,
    /// The endpoint did not answer: nothing is sent to it before this time.
    rests_until: Timestamp,
    /// Failures since the last message that was taken.
    failures: u32,
    /// When the queue was last written.
    saved: Timestamp,
}

impl Courier {
    /// Opens the endpoint's queue; a new one begins at the ledger's head, so that nobody is told of years at once.
    ///
    /// # Errors
    /// [`NotifyError::Queue`] and [`NotifyError::Storage`].
    pub fn open(ledger: Ledger, endpoint: Endpoint) -> Result<Self, NotifyError> {
        let store = Store::new(ledger.folder(), &endpoint.name);
        let io = &*ledger.host().io;
        let queue = match store.load(io)? {
            Some(queue) => queue,
            None => {
                let queue = Queue::starting_at(ledger.head().size);
                store.save(io, &queue)?;
                queue
            }
        };
        let (sender, now) = (Sender::new(&endpoint), ledger.host().clock.now());
        Ok(Self { ledger, endpoint, sender, store, queue, rests_until: Timestamp(i64::MIN), failures: 0, saved: now })
    }

    /// The endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What waits.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Looks, sends what is due, and has the outcomes recorded; ends between two attempts when `stop` is set.
    ///
    /// # Errors
    /// When the ledger has stopped, its disk fails, or the secret cannot be read. The queue is as durable as before.
    pub fn turn(&mut self, stop: &AtomicBool) -> Result<Turn, NotifyError> {
        let mut turn = Turn::default();
        self.record_settled()?;
        self.raise_the_dead()?;
        turn.found = self.look()?;
        let secrets =
            if self.is_due(self.now()) { self.endpoint.secrets(&*self.ledger.host().io)? } else { Vec::new() };
        for _ in 0..limits::WEBHOOK_TURN_ATTEMPTS_MAX {
            let now = self.now();
            let due = self.queue.waiting.iter().position(|waiting| waiting.next <= now);
            let Some(at) = due.filter(|_| now >= self.rests_until && !stop.load(Ordering::Relaxed)) else { break };
            let Some(waiting) = self.queue.waiting.get(at).cloned() else { break };
            let answer = match self.message(&waiting)? {
                Some(message) => self.sender.send(&message, &secrets, now),
                None => {
                    return Err(NotifyError::Queue {
                        path: self.endpoint.name.clone().into(),
                        what: format!("record {} has no event {}", waiting.index, waiting.position),
                    });
                }
            };
            self.note(at, waiting, answer, &mut turn)?;
            self.record_settled()?;
        }
        Ok(turn)
    }

    fn now(&self) -> Timestamp {
        self.ledger.host().clock.now()
    }

    fn is_due(&self, now: Timestamp) -> bool {
        now >= self.rests_until && self.queue.waiting.iter().any(|waiting| waiting.next <= now)
    }

    fn save(&mut self) -> Result<(), NotifyError> {
        self.store.save(&*self.ledger.host().io, &self.queue)?;
        self.saved = self.now();
        Ok(())
    }

    /// Writes down how far it looked; for the end of a courier's work.
    ///
    /// # Errors
    /// [`NotifyError::Storage`].
    pub fn put_down(&mut self) -> Result<(), NotifyError> {
        self.save()
    }

    /// Puts what was recorded since the last look among what waits.
    fn look(&mut self) -> Result<u64, NotifyError> {
        let (from, head) = (self.queue.cursor, self.ledger.head());
        let room = limits::WEBHOOK_WAITING_MAX.saturating_sub(self.queue.waiting.len());
        if from >= head.size || room == 0 {
            return Ok(0);
        }
        let mut found: BTreeSet<(u64, u32)> = BTreeSet::new();
        // Records below this one were looked at for every kind.
        let mut seen = head.size;
        for kind in self.endpoint.selection.kinds() {
            let query = Query { kind: Some(kind.clone()), cursor: Some(from), limit: PAGE, ..Query::default() };
            let page = self.ledger.query(&query)?;
            for record in page.records.iter().filter(|record| record.index < head.size) {
                let wanted = |event: &Event| event.kind() == *kind && self.endpoint.selection.wants(event);
                let events = record.events.iter().zip(0..).filter(|(event, _)| wanted(event));
                found.extend(events.map(|(_, position)| (record.index, position)));
            }
            seen = seen.min(page.next.unwrap_or(seen));
        }
        let mut fresh: Vec<_> = found.into_iter().filter(|(index, _)| *index < seen).collect();
        if fresh.len() > room {
            // The rest is found again by the next look; a record is taken whole, so one may go beyond the bound.
            let last = fresh.get(room.saturating_sub(1)).map_or(from, |(index, _)| *index);
            fresh.retain(|(index, _)| *index <= last);
            seen = last + 1;
        }
        let now = self.now();
        let waiting = |(index, position)| Waiting { index, position, attempts: 0, next: now, last: None };
        let count = fresh.len() as u64;
        self.queue.waiting.extend(fresh.into_iter().map(waiting));
        self.queue.cursor = seen;
        // Where nothing was found, how far it looked is written now and then: kinds that are added to the settings later
        // begin about where they were added.
        if count > 0 || now.0.saturating_sub(self.saved.0) > limits::WEBHOOK_SAVE_MS {
            self.save()?;
        }
        Ok(count)
    }

    fn message(&self, waiting: &Waiting) -> Result<Option<Message>, NotifyError> {
        let record = self.ledger.record(waiting.index)?;
        Ok(Message::of(self.ledger.origin(), &self.endpoint.name, &record, waiting.position))
    }

    /// Writes down what came of an attempt.
    fn note(&mut self, at: usize, mut waiting: Waiting, answer: Answer, turn: &mut Turn) -> Result<(), NotifyError> {
        let now = self.now();
        waiting.attempts += 1;
        let settled = |outcome, status, reason| Settled {
            index: waiting.index,
            position: waiting.position,
            attempts: waiting.attempts,
            at: now,
            outcome,
            status,
            reason,
        };
        match answer {
            Answer::Taken { status } => {
                (self.failures, turn.delivered) = (0, turn.delivered + 1);
                self.queue.settled.push_back(settled(DeliveryOutcome::Delivered, Some(status), None));
                self.queue.waiting.remove(at);
            }
            Answer::Failed { status, why, retry_after_ms, gone } => {
                self.failures = self.failures.saturating_add(1);
                turn.failed += 1;
                let wait = |failures, random| wait_ms(self.endpoint.retry_ms, failures, random, retry_after_ms);
                let (one, two) = (self.random()?, self.random()?);
                // What is next in the queue would most likely fail as well.
                self.rests_until = now.plus_ms(wait(self.failures, one).cast_signed());
                if gone || waiting.attempts >= self.endpoint.attempts {
                    turn.dead += 1;
                    let dead = settled(DeliveryOutcome::Dead, status, Some(why));
                    self.queue.settled.push_back(dead.clone());
                    self.queue.bury(dead);
                    self.queue.waiting.remove(at);
                } else {
                    waiting.next = now.plus_ms(wait(waiting.attempts, two).cast_signed());
                    waiting.last = Some(why);
                    self.queue.waiting.get_mut(at).into_iter().for_each(|slot| *slot = waiting.clone());
                }
            }
        }
        self.save()
    }

    fn random(&self) -> Result<u32, NotifyError> {
        let mut bytes = [0; 4];
        self.ledger.host().entropy.fill(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn raise_the_dead(&mut self) -> Result<(), NotifyError> {
        let io = &*self.ledger.host().io;
        let Some(again) = self.store.asked_again(io)? else { return Ok(()) };
        let now = self.ledger.host().clock.now();
        self.queue.raise(&again, now);
        (self.rests_until, self.failures) = (Timestamp(i64::MIN), 0);
        self.store.save(io, &self.queue)?;
        self.store.forget_again(io)
    }

    /// Has the ledger record what was delivered and given up, each once: the same statement again is known again.
    fn record_settled(&mut self) -> Result<(), NotifyError> {
        if self.queue.settled.is_empty() {
            return Ok(());
        }
        while let Some(settled) = self.queue.settled.front().cloned() {
            self.record_one(&settled)?;
            self.queue.settled.pop_front();
        }
        self.save()
    }

    fn record_one(&self, settled: &Settled) -> Result<(), NotifyError> {
        let record = self.ledger.record(settled.index)?;
        let at = usize::try_from(settled.position).unwrap_or(usize::MAX);
        let missing =
            || LedgerError::Record { index: settled.index, what: format!("it has no event {}", settled.position) };
        let about = record.events.get(at).ok_or_else(missing)?;
        let text = |text: &str| text.parse::<Text>().map_err(|error| LedgerError::Own(error.to_string()));
        let id = id_of(self.ledger.origin(), &self.endpoint.name, settled.index, settled.position);
        let body = NotificationRecorded {
            webhook: text(&self.endpoint.name)?,
            message: text(&id)?,
            record: settled.index,
            position: settled.position.into(),
            kind: text(about.kind().as_str())?,
            outcome: settled.outcome,
            attempts: settled.attempts.into(),
            status: settled.status.map(u64::from),
            // An endpoint's odd words must not keep its outcome from being recorded.
            reason: settled.reason.as_deref().and_then(|reason| text(reason).ok()),
        };
        let event = Event {
            subject: about.subject.clone(),
            env: about.env,
            inputs: Vec::new(),
            outputs: Vec::new(),
            time: settled.at,
            body: Body::NotificationRecorded(body),
            facets: Map::new(),
            commitments: Vec::new(),
            imported: false,
            claimed_by: None,
        };
        let now = self.now();
        let signed = if now.0.saturating_sub(settled.at.0) < KNOWN_AGAIN_MS { settled.at } else { now };
        // A message that is sent again after it was given up has an outcome of its own.
        let name = format!("{id} {}", settled.at.0);
        Ok(self.ledger.say(event, signed, name.as_bytes())?)
    }
}
