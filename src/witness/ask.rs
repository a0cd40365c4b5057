//! Asking all witnesses for the newest checkpoint, and keeping what they answer.

use super::{
    answer::Answer,
    client::Client,
    config::Witnessing,
    error::WitnessError,
    outcome::{Outcome, Round},
    store::{Kept, Store},
};
use crate::{
    codec::{
        note::{Note, NoteKey as _, NoteSignature, with_signatures},
        witness::AddCheckpoint,
    },
    event::limits,
    ledger::{Ledger, LedgerError, Published},
    verify::{LogKeys, verify_checkpoint},
};
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks the witnesses of one ledger. Only one may: whoever has the ledger open.
pub struct Asker {
    ledger: Ledger,
    settings: Witnessing,
    places: Vec<Place>,
    /// Nobody was asked yet.
    is_first: bool,
}

/// One witness, and how it fares.
struct Place {
    client: Client,
    store: Store,
    kept: Kept,
    /// Rounds in which it failed since it last answered well.
    failures: u32,
    /// It is left alone until then, by the monotonic clock.
    rests_until_ms: i64,
}

/// What came of asking one witness.
struct Reply {
    outcome: Outcome,
    line: Option<NoteSignature>,
    /// A checkpoint that the witness shows and that may prove something against this ledger.
    shown: Option<Vec<u8>>,
}

impl Asker {
    /// Reads what each witness cosigned last, and holds it against the ledger.
    ///
    /// # Errors
    /// [`WitnessError::Behind`] when the ledger does not hold what a witness cosigned, unless `accept_behind`; damaged
    /// files; those of the disk.
    pub fn open(ledger: Ledger, settings: Witnessing, accept_behind: bool) -> Result<Self, WitnessError> {
        let io = &*ledger.host().io;
        let mut places = Vec::with_capacity(settings.asked.len());
        for asked in &settings.asked {
            let store = Store::new(ledger.folder(), &asked.name);
            let vkey = asked.key.vkey().to_string();
            let mut kept = store.load(io, &vkey)?;
            if let Some(size) = contradicted(&ledger, kept.note.as_deref())? {
                let (witness, ours, path) = (asked.name.clone(), ledger.head().size, store.path().to_owned());
                if !accept_behind {
                    return Err(WitnessError::Behind { witness, theirs: size, ours, path });
                }
                kept = Kept::nothing(vkey);
            }
            places.push(Place { client: Client::new(asked), store, kept, failures: 0, rests_until_ms: i64::MIN });
        }
        let asker = Self { ledger, settings, places, is_first: true };
        asker.take_up_lines()?;
        Ok(asker)
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Witnessing {
        &self.settings
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Gives the ledger the cosignatures that were kept for its head.
    fn take_up_lines(&self) -> Result<(), WitnessError> {
        let head = self.ledger.head();
        let mut lines = Vec::new();
        for place in self.places.iter().filter(|place| place.kept.size == head.size) {
            let note = place.kept.note.as_deref().and_then(|note| Note::parse(note.as_bytes()).ok());
            lines.extend(note.into_iter().flat_map(|note| note.signatures).filter(|line| is_of(line, &place.client)));
        }
        self.keep(&head, &lines).map(drop)
    }

    /// Asks every witness that has not cosigned the newest checkpoint and is not left alone, all at once; what they answer
    /// is durable when this returns. Takes at most as long as the requests to one of them. Where `stop` is set nobody is
    /// asked any more. The first time everybody is asked: where an old copy of the whole folder was put back, nothing in it
    /// says so, and only they know.
    ///
    /// # Errors
    /// Those of the ledger and the disk; what a witness does is no error.
    pub fn round(&mut self, stop: &AtomicBool) -> Result<Round, WitnessError> {
        let (head, now_ms) = (self.ledger.head(), self.ledger.host().clock.monotonic_ms());
        let note = self.ledger.checkpoint(&head);
        let there = Note::parse(note.as_bytes()).map(|note| note.signatures).unwrap_or_default();
        let is_first = std::mem::take(&mut self.is_first);
        let has_cosigned = |place: &Place| there.iter().any(|line| is_of(line, &place.client));
        let is_due = |place: &&Place| is_first || (place.rests_until_ms <= now_ms && !has_cosigned(place));
        let replies: Vec<(String, Reply)> = std::thread::scope(|scope| {
            let (ledger, head) = (&self.ledger, &*head);
            let threads: Vec<_> = self
                .places
                .iter()
                .filter(is_due)
                .map(|place| {
                    let name = place.client.asked().name.clone();
                    let thread = std::thread::Builder::new().name("sagwan-ask".into());
                    (name, thread.spawn_scoped(scope, move || ask(place, ledger, head, stop)))
                })
                .collect();
            let ended = |thread: std::io::Result<std::thread::ScopedJoinHandle<'_, Reply>>| match thread {
                Ok(thread) => thread.join().unwrap_or_else(|_| Reply::failed("asking it failed here".into())),
                Err(error) => Reply::failed(format!("the system gives no thread: {error}")),
            };
            threads.into_iter().map(|(name, thread)| (name, ended(thread))).collect()
        });
        let lines: Vec<NoteSignature> = replies.iter().filter_map(|(_, reply)| reply.line.clone()).collect();
        let mut outcomes = Vec::with_capacity(replies.len());
        // What was cut short by stopping says nothing about a witness.
        let is_stopping = stop.load(Ordering::Relaxed);
        for (name, reply) in replies.into_iter().filter(|(_, reply)| !is_stopping || reply.line.is_some()) {
            let outcome = self.note(&name, reply, &head)?;
            outcomes.push((name, outcome));
        }
        let is_met = self.keep(&head, &lines)?;
        let witnessed = self.ledger.witnessed().map(|witnessed| witnessed.size);
        Ok(Round { size: head.size, outcomes, is_met, witnessed })
    }

    fn keys(&self) -> Result<LogKeys, WitnessError> {
        Ok(LogKeys::new(self.ledger.origin(), &self.ledger.log_keys()?)?)
    }

    /// Gives the ledger further cosignatures of a head; whether there are enough now.
    fn keep(&self, head: &Published, lines: &[NoteSignature]) -> Result<bool, WitnessError> {
        let own = |error: crate::codec::CodecError| LedgerError::Own(error.to_string());
        let note = self.ledger.checkpoint(head);
        let there = Note::parse(note.as_bytes()).map_err(own)?.signatures;
        // The first one of a witness stays: of two times the earlier says more.
        let is_new =
            |line: &&NoteSignature| !there.iter().any(|known| (&known.name, known.key_id) == (&line.name, line.key_id));
        let lines: Vec<NoteSignature> = lines.iter().filter(is_new).cloned().collect();
        let note = with_signatures(&note, &lines).map_err(own)?;
        let is_met = self.settings.policy.judge(note.as_bytes(), &self.keys()?)?.is_met;
        let is_news = is_met && self.ledger.witnessed().is_none_or(|kept| kept.size < head.size);
        if !lines.is_empty() || is_news {
            self.ledger.keep_cosigned(&note, is_met)?;
        }
        Ok(is_met)
    }

    /// Writes down what came of asking one witness.
    fn note(&mut self, name: &str, reply: Reply, head: &Published) -> Result<Outcome, WitnessError> {
        let keys = self.keys()?;
        let (io, clock) = (&*self.ledger.host().io, &self.ledger.host().clock);
        let interval_ms = u64::try_from(self.settings.interval.as_millis()).unwrap_or(u64::MAX);
        let Some(place) = self.places.iter_mut().find(|place| place.client.asked().name == name) else {
            return Ok(reply.outcome);
        };
        let mut outcome = reply.outcome;
        if let Some(shown) = reply.shown.filter(|shown| is_proof(shown, &keys, &self.ledger)) {
            outcome.prove(place.store.save_ahead(io, &shown)?);
        }
        let before = place.kept.clone();
        if let (Outcome::Cosigned { size, time }, Some(line)) = (&outcome, &reply.line) {
            if place.kept.size != *size || place.kept.note.is_none() {
                let note = with_signatures(&head.checkpoint, std::slice::from_ref(line));
                (place.kept.size, place.kept.time, place.kept.note) = (*size, *time, note.ok());
            }
            place.kept.trouble = None;
            (place.failures, place.rests_until_ms) = (0, i64::MIN);
        } else {
            let why = outcome.in_words();
            if place.kept.trouble.as_ref().is_none_or(|(_, known)| *known != why) {
                place.kept.trouble = Some((clock.now(), why));
            }
            place.failures = place.failures.saturating_add(1);
            let wait = interval_ms.saturating_mul(1 << (place.failures - 1).min(20)).min(limits::WITNESS_REST_MS_MAX);
            place.rests_until_ms = clock.monotonic_ms().saturating_add(wait.cast_signed());
        }
        if place.kept != before {
            place.store.save(io, &place.kept)?;
        }
        Ok(outcome)
    }
}

impl Reply {
    fn failed(why: String) -> Self {
        Self { outcome: Outcome::Failed(why), line: None, shown: None }
    }
}

fn is_of(line: &NoteSignature, client: &Client) -> bool {
    let vkey = client.asked().key.vkey();
    line.name == vkey.name() && line.key_id == vkey.key_id()
}

/// The size of a kept checkpoint that the ledger does not have.
fn contradicted(ledger: &Ledger, note: Option<&str>) -> Result<Option<u64>, WitnessError> {
    let head = note.and_then(|note| {
        let text = Note::parse(note.as_bytes()).ok()?.text;
        crate::codec::checkpoint::Checkpoint::parse(text).ok()
    });
    let Some(head) = head else { return Ok(None) };
    let is_had = head.size <= ledger.head().size && ledger.root_at(head.size)? == head.root;
    Ok((!is_had).then_some(head.size))
}

/// Whether a checkpoint is signed by this ledger's keys, and not one that it has.
fn is_proof(shown: &[u8], keys: &LogKeys, ledger: &Ledger) -> bool {
    let Ok(head) = verify_checkpoint(shown, keys) else { return false };
    head.size > ledger.head().size || ledger.root_at(head.size).is_ok_and(|root| root != head.root)
}

/// Asks one witness: with the size that it is known to have cosigned, and once more with the size that it names.
fn ask(place: &Place, ledger: &Ledger, head: &Published, stop: &AtomicBool) -> Reply {
    let text = match Note::parse(head.checkpoint.as_bytes()) {
        Ok(note) => note.text,
        Err(error) => return Reply::failed(error.to_string()),
    };
    let mut old = place.kept.size.min(head.size);
    let accuse = |outcome| Reply { outcome, line: None, shown: place.client.shown(ledger.origin()) };
    for _ in 0..limits::WITNESS_REQUESTS_MAX {
        if stop.load(Ordering::Relaxed) {
            return Reply::failed("it was not asked: this server is stopping".into());
        }
        let proof = match ledger.consistency_proof(old, head.size) {
            Ok(proof) => proof,
            Err(error) => return Reply::failed(format!("the proof for it could not be made: {error}")),
        };
        let body = match (AddCheckpoint { old, proof, checkpoint: head.checkpoint.clone() }).format() {
            Ok(body) => body,
            Err(error) => return Reply::failed(error.to_string()),
        };
        let now = u64::try_from(ledger.host().clock.now().0.div_euclid(1_000)).unwrap_or_default();
        let plain = |outcome| Reply { outcome, line: None, shown: None };
        match place.client.add_checkpoint(&body, text, now) {
            Answer::Cosigned { line, time } => {
                return Reply { outcome: Outcome::Cosigned { size: head.size, time }, line: Some(line), shown: None };
            }
            Answer::Last(size) if size > head.size => return accuse(Outcome::Ahead { size, proof: None }),
            // Version 1.0 of the specification answers so to another tree of the same size.
            Answer::Last(size) if size == old && size == head.size => {
                return accuse(Outcome::Inconsistent { proof: None });
            }
            Answer::Last(size) if size == old => {
                return Reply::failed(format!("it names the size {size}, with which it was asked"));
            }
            Answer::Last(size) => old = size,
            Answer::Inconsistent => return accuse(Outcome::Inconsistent { proof: None }),
            Answer::UnknownLog => return plain(Outcome::UnknownLog),
            Answer::UnknownKey => return plain(Outcome::UnknownKey),
            Answer::Failed(why) => return Reply::failed(why),
        }
    }
    Reply::failed("it named another size twice".into())
}
