//! The past, decision by decision: the whole log once in order, with the state of the prefix at each event that was
//! recorded or refused. Nothing is checked here that `verify --full` checks: signatures, roots, proofs.

use super::{
    Ledger,
    check::{Checked, check},
    core::Core,
    error::LedgerError,
    seal::{expand, row_at},
    verdict::Rejection,
};
use crate::{
    decide::{Signed, is_logs_own},
    event::{
        ActorId, Body, Decision, Digest, Event, Outcome, SealedDecision, Timestamp,
        body::{Denial, PolicyRequest, Seal},
    },
    state::{Position, State},
    storage::{Log, RefusedStatements},
};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{ops::ControlFlow, sync::Arc, thread};

/// Entries that one thread decodes at a time.
const PART: usize = 128;
/// Parts under way: the reader waits when the decoders fall behind.
const PARTS_MAX: usize = 32;

/// One decision of the past, as its seal or its denial says it.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// The log index of the record, or of the denial.
    pub index: u64,
    /// The position of the event in its statement, from 0.
    pub position: u32,
    /// The ledger's time then.
    pub t: Timestamp,
    /// The version of the rules that decided.
    pub rules: u32,
    /// The policy that was in force.
    pub policy: Digest,
    /// Who signed the statement.
    pub actor: &'a ActorId,
    /// What was decided.
    pub sealed: &'a SealedDecision,
    /// What it was decided about.
    pub about: About<'a>,
}

/// What a decision was about, as far as it is still known.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// The statement, as recorded, or as the vault keeps it after a refusal.
    Statement(Signed<'a>),
    /// A denial whose statement is erased by now, or that sums up several: what is left of it.
    Denial(&'a Denial, &'a Event),
}

impl<'a> Past<'a> {
    /// The event, where the statement is still known.
    #[must_use]
    pub fn event(&self) -> Option<&'a Event> {
        match self.about {
            About::Statement(signed) => signed.events.get(usize::try_from(self.position).ok()?),
            About::Denial(..) => None,
        }
    }

    /// What policy was asked, where nothing more is known.
    #[must_use]
    pub fn request(&self) -> Option<&'a PolicyRequest> {
        match self.about {
            About::Statement(_) => None,
            About::Denial(denial, _) => denial.request.as_ref(),
        }
    }
}

type Entries = Vec<(u64, Arc<[u8]>)>;
type Results = Vec<(u64, Result<Checked, Rejection>)>;
/// A part and where its results go, so that they are taken in order.
type Part = (Entries, Sender<Results>);

impl Ledger {
    /// Walks the log up to its newest seal, and hands `visit` every decision with the state that it was made on: of
    /// each event of each statement, and of each refusal. What the log says about itself is folded and not shown, for
    /// nobody decides about it. `progress` gets entries done and entries in all. Gives the state at the end.
    ///
    /// # Errors
    /// [`LedgerError::Record`] for a log that is not what the ledger writes, and those of log and vault.
    pub fn history(
        &self,
        visit: &mut dyn FnMut(&State, &Past<'_>),
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<State, LedgerError> {
        let core = &*self.core;
        let size = self.head().size;
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (parts, queue) = bounded::<Part>(PARTS_MAX);
        let (order, ordered) = bounded::<Receiver<Results>>(PARTS_MAX);
        let mut walk = Walk { core, refused: core.vault.all_refused()?, state: State::new(), open: Vec::new(), visit };
        thread::scope(|scope| {
            for _ in 0..threads {
                let queue = queue.clone();
                scope.spawn(move || decode_parts(&queue, &core.origin));
            }
            drop(queue);
            let reader = scope.spawn(move || read(&*core.log, size, &parts, &order));
            let folded = walk.fold(&ordered, size, progress);
            // The reader sees a closed channel and ends.
            drop(ordered);
            let read = reader.join().map_err(|_| LedgerError::Stopped("the reading thread ended by a panic".into()))?;
            folded.and(read)
        })?;
        Ok(walk.state)
    }
}

fn read(log: &dyn Log, size: u64, parts: &Sender<Part>, order: &Sender<Receiver<Results>>) -> Result<(), LedgerError> {
    let send = |entries: Entries| {
        let (results, receiver) = bounded(1);
        order.send(receiver).is_ok() && parts.send((entries, results)).is_ok()
    };
    let mut part = Vec::with_capacity(PART);
    log.scan(0..size, &mut |index, bytes| {
        part.push((index, Arc::from(bytes)));
        let going = part.len() < PART || send(std::mem::replace(&mut part, Vec::with_capacity(PART)));
        if going { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    send(part);
    Ok(())
}

fn decode_parts(queue: &Receiver<Part>, origin: &str) {
    for (entries, results) in queue {
        let decoded = entries.into_iter().map(|(index, bytes)| (index, decode(bytes, origin)));
        // Whoever waited may be gone after a failure.
        drop(results.send(decoded.collect()));
    }
}

/// Decodes without a signature check and without a leaf hash: nobody asks for either here.
fn decode(bytes: Arc<[u8]>, origin: &str) -> Result<Checked, Rejection> {
    check(bytes, |_| [0; 32], origin, |_| None)
}

/// The fold on its way.
struct Walk<'a> {
    core: &'a Core,
    refused: RefusedStatements<'a>,
    state: State,
    /// Entries that no seal covers yet.
    open: Vec<(u64, Checked)>,
    visit: &'a mut dyn FnMut(&State, &Past<'_>),
}

impl Walk<'_> {
    fn fold(
        &mut self,
        ordered: &Receiver<Receiver<Results>>,
        size: u64,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), LedgerError> {
        for results in ordered {
            let ended = |_| LedgerError::Stopped("a decoding thread ended by a panic".into());
            let mut done = 0;
            for (index, decoded) in results.recv().map_err(ended)? {
                let checked = decoded.map_err(|error| LedgerError::Record { index, what: error.to_string() })?;
                done = index + 1;
                match checked.events.first().map(|event| &event.body) {
                    Some(Body::Seal(seal)) if checked.actor == ActorId::ledger() => self.sealed(index, seal)?,
                    _ => self.open.push((index, checked)),
                }
            }
            progress(done, size);
        }
        Ok(())
    }

    /// A seal changes no state; it says what was decided about what it covers.
    fn sealed(&mut self, index: u64, seal: &Seal) -> Result<(), LedgerError> {
        for (index, checked) in std::mem::take(&mut self.open) {
            let damaged = |what: &str| LedgerError::Record { index, what: what.into() };
            let at = index.checked_sub(seal.first).ok_or_else(|| damaged("its seal begins after it"))?;
            let row = row_at(&seal.table, &seal.codes, at).ok_or_else(|| damaged("its seal names no row for it"))?;
            match checked.events.as_slice() {
                [event] if matches!(event.body, Body::Denial(_)) => self.denied(index, seal, &checked, event)?,
                _ => self.recorded(index, seal, &checked, row),
            }
        }
        if seal.size == index {
            Ok(())
        } else {
            Err(LedgerError::Record { index, what: "it seals another size".into() })
        }
    }

    fn recorded(&mut self, index: u64, seal: &Seal, checked: &Checked, row: &SealedDecision) {
        let spelt = (!row.events.is_empty()).then(|| expand(&seal.table, row, checked.events.len()));
        let signed =
            Signed { actor: &checked.actor, kid: checked.kid, events: &checked.events, identity: checked.identity };
        for ((event, position), at) in checked.events.iter().zip(0..).zip(0..) {
            let sealed = spelt.as_ref().and_then(|rows| rows.get::<usize>(at)).unwrap_or(row);
            if !is_logs_own(&checked.actor, event) {
                let about = About::Statement(signed);
                (self.visit)(&self.state, &past(seal, index, position, signed.actor, sealed, about));
            }
            let at = Position { index, t: seal.t, position, identity: checked.identity };
            self.state.apply(at, &checked.actor, &checked.kid, event);
        }
    }

    /// A refusal was decided on the state before the denial that stands for it, after the earlier events of its
    /// statement.
    fn denied(&mut self, index: u64, seal: &Seal, checked: &Checked, event: &Event) -> Result<(), LedgerError> {
        let Body::Denial(denial) = &event.body else { return Ok(()) };
        let sealed = SealedDecision {
            decision: Decision::Deny,
            outcome: Outcome::Refused,
            rules: denial.rules.clone(),
            events: Vec::new(),
            verdicts: denial.verdicts.clone(),
        };
        let position = denial.position.unwrap_or_default();
        match self.kept(denial)? {
            Some(kept)
                if denial.state == index && kept.events.len() > usize::try_from(position).unwrap_or(usize::MAX) =>
            {
                let signed =
                    Signed { actor: &kept.actor, kid: kept.kid, events: &kept.events, identity: kept.identity };
                let savepoint = self.state.savepoint();
                for (earlier, at) in kept.events.iter().zip(0..position) {
                    let at = Position { index, t: seal.t, position: at, identity: kept.identity };
                    self.state.apply(at, &kept.actor, &kept.kid, earlier);
                }
                let about = About::Statement(signed);
                (self.visit)(&self.state, &past(seal, index, position, signed.actor, &sealed, about));
                self.state.rollback_to(savepoint);
            }
            _ => {
                let about = About::Denial(denial, event);
                (self.visit)(&self.state, &past(seal, index, position, &denial.actor, &sealed, about));
            }
        }
        let at = Position { index, t: seal.t, position: 0, identity: checked.identity };
        self.state.apply(at, &checked.actor, &checked.kid, event);
        Ok(())
    }

    /// The refused statement, as long as the vault keeps it.
    fn kept(&self, denial: &Denial) -> Result<Option<Checked>, LedgerError> {
        let Some(digest) = &denial.bytes else { return Ok(None) };
        let Some(bytes) = self.refused.read(&digest.0)? else { return Ok(None) };
        // It was decoded when it was refused; what does not decode now is as good as erased.
        Ok(decode(bytes.into(), &self.core.origin).ok())
    }
}

fn past<'a>(
    seal: &Seal,
    index: u64,
    position: u32,
    actor: &'a ActorId,
    sealed: &'a SealedDecision,
    about: About<'a>,
) -> Past<'a> {
    Past { index, position, t: seal.t, rules: seal.rules, policy: seal.policy, actor, sealed, about }
}
