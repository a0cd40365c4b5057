//! The ledger as it was just before a statement, for the plugins that judge it: what is durable below its index, and
//! what is judged but still on its way to the disk.

use super::{check::decode, core::Core, error::LedgerError, plugins::Plugins, records::time_at};
use crate::{
    codec::{event::to_json, statement::Statement},
    decide::Validators,
    event::{ActorId, Digest, Event, EventKey, Subject, Timestamp, body::PluginWorld},
    merkle::{Hash, key_hash},
    plugin::{Answers, Cause, Cost, EventView, Fault, Judged, Label, Place, Plugin, Question, Unavailable},
    storage::Blobs,
};
use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

/// Postings read at a time.
const CHUNK: usize = 64;

/// Records that are judged and may not be readable from the log yet.
#[derive(Default)]
pub(super) struct Tail(RwLock<VecDeque<Waiting>>);

/// One of them.
struct Waiting {
    index: u64,
    t: Timestamp,
    bytes: Arc<[u8]>,
    places: Vec<Hash>,
}

impl Tail {
    /// Adds a record; forgets those below `durable`.
    pub(super) fn push(&self, durable: u64, index: u64, t: Timestamp, (bytes, places): (&Arc<[u8]>, &[Hash])) {
        let mut waiting = self.0.write().unwrap_or_else(PoisonError::into_inner);
        while waiting.front().is_some_and(|first| first.index < durable) {
            waiting.pop_front();
        }
        waiting.push_back(Waiting { index, t, bytes: Arc::clone(bytes), places: places.to_vec() });
    }

    /// The records at or above `from` and below `to` that have the key at `place`.
    fn find(&self, place: &Hash, from: u64, to: u64) -> Vec<(u64, Timestamp, Arc<[u8]>)> {
        let waiting = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = waiting.iter().filter(|one| (from..to).contains(&one.index) && one.places.contains(place));
        found.map(|one| (one.index, one.t, Arc::clone(&one.bytes))).collect()
    }
}

/// What plugins' questions about the past are answered from: a ledger at work, or its log when it is gone through again.
pub(super) trait Archive: Send + Sync {
    /// The components.
    fn plugins(&self) -> &Plugins;

    /// Values by digest.
    fn blobs(&self) -> &dyn Blobs;

    /// Hands out the records below `size` that may mention the subject, in the order that the question asks for, until
    /// `take` says that it has enough.
    fn about(&self, question: &Question, size: u64, take: Take<'_>) -> Result<(), Unavailable>;

    /// A record's bytes, and the ledger's time of its batch.
    fn at(&self, index: u64) -> Result<(Arc<[u8]>, Timestamp), LedgerError>;

    /// Which of the subjects were recorded by now, for what monitors find.
    fn known(&self, subjects: &[&Subject]) -> Result<HashSet<Subject>, LedgerError>;
}

/// A record that may be part of an answer.
pub(super) type Found = (u64, Timestamp, Arc<[u8]>);
/// Takes records, until it says no.
pub(super) type Take<'t> = &'t mut dyn FnMut(Found) -> bool;

/// The prefix of the log before `size`.
pub(super) struct Prefix {
    pub(super) archive: Arc<dyn Archive>,
    pub(super) size: u64,
}

impl Validators for Prefix {
    fn described(&self, component: &Digest) -> Result<(PluginWorld, Vec<String>), String> {
        let plugin = self.archive.plugins().plugin(component)?;
        let described = plugin.described();
        Ok((described.world, described.capabilities.iter().map(ToString::to_string).collect()))
    }

    fn check_settings(&self, component: &Digest, settings: &str) -> Result<Vec<String>, String> {
        self.archive.plugins().plugin(component)?.check_settings(settings).map_err(|fault| fault.to_string())
    }

    fn validate(&self, component: &Digest, settings: &str, event: &Event, view: &EventView) -> Judged {
        match self.archive.plugins().plugin(component) {
            Ok(Plugin::Validator(validator)) => {
                validator.validate(view, settings, Arc::new(Asked::new(&self.archive, self.size, Some(event))))
            }
            Ok(Plugin::Monitor(_)) => missing(component, "it is a monitor: bind a validator".to_owned()),
            Err(why) => missing(component, why),
        }
    }
}

pub(super) fn missing(component: &Digest, what: String) -> Judged {
    let plugin = Label { name: None, component: *component };
    let fault = Fault { plugin, call: "validate", cause: Cause::Host { what } };
    Judged { outcome: Err(fault), cost: Cost::default() }
}

/// What one call asks of a prefix.
pub(super) struct Asked {
    archive: Arc<dyn Archive>,
    size: u64,
    /// The event of the call, and those that it was answered with: only blobs that they name are given out, so that
    /// the answer depends on nothing else.
    seen: Mutex<Vec<Event>>,
}

impl Asked {
    pub(super) fn new(archive: &Arc<dyn Archive>, size: u64, event: Option<&Event>) -> Self {
        Self { archive: Arc::clone(archive), size, seen: Mutex::new(event.into_iter().cloned().collect()) }
    }
}

impl Archive for Core {
    fn plugins(&self) -> &Plugins {
        &self.plugins
    }

    fn blobs(&self) -> &dyn Blobs {
        &*self.blobs
    }

    fn about(&self, question: &Question, size: u64, take: Take<'_>) -> Result<(), Unavailable> {
        candidates(self, question, size).each(take)
    }

    fn at(&self, index: u64) -> Result<(Arc<[u8]>, Timestamp), LedgerError> {
        Ok((self.log.entry(index)?, time_at(self, index)?))
    }

    fn known(&self, subjects: &[&Subject]) -> Result<HashSet<Subject>, LedgerError> {
        self.read_state(|state, _| {
            let known = subjects.iter().filter(|subject| state.subject(subject).is_some());
            known.map(|subject| (*subject).clone()).collect()
        })
    }
}

/// The part of the prefix that a question is about.
pub(super) fn range(question: &Question, size: u64) -> std::ops::Range<u64> {
    match (question.start, question.newest_first) {
        (None, _) => 0..size,
        (Some(start), false) => start..size,
        (Some(start), true) => 0..size.min(start.saturating_add(1)),
    }
}

/// Indices with the subject, and the bytes of those that may not be in the log yet, in the order asked for.
fn candidates<'c>(core: &'c Core, question: &Question, size: u64) -> Candidates<'c> {
    let key = EventKey::Subject(question.subject.clone()).to_string();
    let durable = core.head().size.min(size);
    let range = range(question, size);
    let mut waiting = core.tail.find(&key_hash(key.as_bytes()), range.start.max(durable), range.end);
    if question.newest_first {
        waiting.reverse();
    }
    let reverse = question.newest_first;
    Candidates { core, key, range: range.start..range.end.min(durable), reverse, waiting: waiting.into() }
}

/// The records of an answer, one after the other.
struct Candidates<'a> {
    core: &'a Core,
    key: String,
    /// What is left of the durable part.
    range: std::ops::Range<u64>,
    reverse: bool,
    waiting: VecDeque<(u64, Timestamp, Arc<[u8]>)>,
}

impl Candidates<'_> {
    fn each(&mut self, take: Take<'_>) -> Result<(), Unavailable> {
        if self.reverse && !self.waiting(take) {
            return Ok(());
        }
        if self.durable(take)? && !self.reverse {
            self.waiting(take);
        }
        Ok(())
    }

    fn waiting(&mut self, take: Take<'_>) -> bool {
        std::iter::from_fn(|| self.waiting.pop_front()).all(take)
    }

    fn durable(&mut self, take: Take<'_>) -> Result<bool, Unavailable> {
        while !self.range.is_empty() {
            let list = self.core.index.postings(self.key.as_bytes(), self.range.clone(), self.reverse, CHUNK);
            let list = list.map_err(|error| unavailable(&error))?;
            for index in &list {
                let bytes = self.core.log.entry(*index).map_err(|error| unavailable(&error))?;
                let t = time_at(self.core, *index).map_err(|error| unavailable(&error))?;
                if !take((*index, t, bytes)) {
                    return Ok(false);
                }
            }
            match list.last() {
                Some(last) if list.len() == CHUNK && self.reverse => self.range.end = *last,
                Some(last) if list.len() == CHUNK => self.range.start = *last + 1,
                _ => break,
            }
        }
        Ok(true)
    }
}

pub(super) fn unavailable(error: &dyn std::fmt::Display) -> Unavailable {
    Unavailable { what: error.to_string() }
}

impl Answers for Asked {
    fn events_about(&self, question: &Question) -> Result<Vec<EventView>, Unavailable> {
        let mut answer = Vec::new();
        let mut failed = None;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.archive.about(question, self.size, &mut |(index, t, bytes)| {
            match read(&bytes) {
                Ok((actor, events)) => answer_with(&mut answer, &mut seen, question, (index, t, &actor), events),
                Err(error) => failed = Some(unavailable(&error)),
            }
            failed.is_none() && answer.len() < question.limit
        })?;
        failed.map_or(Ok(answer), Err)
    }

    fn blob(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, Unavailable> {
        let text = digest.to_string();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.iter().any(|event| to_json(event).to_string().contains(&text)) {
            return Ok(None);
        }
        let bytes = self.archive.blobs().get(&digest.0).map_err(|error| unavailable(&error))?;
        Ok(Some(bytes.into()))
    }
}

/// Who signed a record, and what it says; its signature was checked when it was admitted.
pub(super) fn read(bytes: &[u8]) -> Result<(ActorId, Vec<Event>), String> {
    let statement = Statement::parse(bytes).map_err(|error| error.to_string())?;
    decode(&statement).map_err(|error| error.to_string())
}

fn answer_with(
    answer: &mut Vec<EventView>,
    seen: &mut Vec<Event>,
    question: &Question,
    (index, recorded, actor): (u64, Timestamp, &ActorId),
    events: Vec<Event>,
) {
    let mentions = |event: &Event, subject: &Subject| event.mentions().any(|mentioned| mentioned == subject);
    let wanted = |event: &Event| {
        mentions(event, &question.subject)
            && (question.kinds.is_empty() || question.kinds.iter().any(|kind| *kind == event.kind()))
    };
    let mut chosen: Vec<(u32, Event)> = (0..).zip(events).filter(|(_, event)| wanted(event)).collect();
    if question.newest_first {
        chosen.reverse();
    }
    chosen.truncate(question.limit.saturating_sub(answer.len()));
    for (position, event) in chosen {
        answer.push(EventView::new(&event, &Place { actor, index, position, recorded }));
        seen.push(event);
    }
}
