//! The one thread that depends on order: it judges statement after statement against the state of the prefix, at the
//! time of the open batch, and closes batches with a seal.

use super::{
    batch::Batch,
    check::{Checked, index_keys},
    committer,
    core::Core,
    error::LedgerError,
    extra_keys::{denial_keys, ruling_keys, seal_keys},
    known::{Pending, admissible},
    pen::{Own, Pen},
    prefix::Prefix,
    proved::{key_hashes, posted},
    recent::Known,
    refusal::{Refusal, Suppressed},
    replay::cells,
    seal::{Table, bytes_of},
    submission::Submission,
    threads::Start,
    time::LedgerTime,
    verdict::{Rejection, Verdict},
};
use crate::{
    crypto::{Algorithm, PublicKey},
    decide::{self, Context, Ruling, Signed},
    event::{
        ActorId, Body, Digest, Event, Subject, Timestamp,
        body::{KeyEntry, Seal},
        limits,
    },
    merkle::{Frontier, Hash},
    state::{Position, State},
};
use crossbeam_channel::Sender;
use std::{
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

/// At this size of the seal the batch closes: the next statement's decisions, bounded by the same number, still fit.
const SEAL_BYTES_CLOSE: usize = limits::SEAL_BYTES_MAX / 2;
/// A batch of at most so many entries is committed by the sequencer itself when nothing else waits: waking the
/// committer would cost more than it could overlap.
const COMMITTED_HERE: usize = 8;
/// How long the sequencer sleeps when nothing comes; sums of refusals are due once a minute.
const IDLE: Duration = Duration::from_millis(500);

/// Runs until the inbox is closed and empty, or the ledger stops. A caller who waits may take a turn himself while
/// the sequencer is free ([`super::Ledger::admit`]): the order is that of the inbox, whoever takes it from there.
pub(super) fn run(core: &Core, sequencer: &Mutex<Sequencer>) {
    let lock = || sequencer.lock().unwrap_or_else(PoisonError::into_inner);
    while core.stopped().is_none() && core.inbox.wait(IDLE) {
        lock().turn();
    }
    lock().end();
}

/// The sequencer's own possessions; what it shares stands in [`Core`].
pub(super) struct Sequencer {
    core: Arc<Core>,
    /// To the committer, until the end.
    out: Option<Sender<Batch>>,
    frontier: Frontier,
    pen: Arc<Pen>,
    time: LedgerTime,
    suppressed: Suppressed,
    pending: Pending,
    /// The log's size at the last stride of the index.
    stride_at: u64,
}

/// A batch that is being filled.
struct Open {
    batch: Batch,
    table: Table,
    policy: Digest,
    statements: usize,
    /// A denial in it names verdicts.
    denied_by_plugin: bool,
}

impl Sequencer {
    pub(super) fn new(core: Arc<Core>, out: Sender<Batch>, start: Start) -> Self {
        let Start { frontier, pen, t } = start;
        // What recovery folded beyond the store belongs to the first stride.
        let stride_at = core.index.stored().unwrap_or_default();
        let (time, suppressed, pending) = (LedgerTime::after(t), Suppressed::default(), Pending::default());
        Self { core, out: Some(out), frontier, pen, time, suppressed, pending, stride_at }
    }

    /// Takes one turn: the oldest submission that is checked, and whatever is at hand after it; or, when there is none,
    /// the sums of refusals that are due. A failure stops the ledger.
    pub(super) fn turn(&mut self) {
        let result = match self.core.inbox.pop_checked() {
            Some(submission) => self.fill(Some(submission)),
            None if self.suppressed.is_due(self.core.host.clock.now()) => self.fill(None),
            None => Ok(()),
        };
        if let Err(error) = result {
            self.core.stop(&error.to_string());
        }
    }

    /// Sends no more batches: the committer ends when it has settled those that it has.
    fn end(&mut self) {
        self.out = None;
    }

    /// Opens a batch, fills it as long as statements are at hand or the disk is busy, and closes it; as many batches
    /// as the first submission needs.
    fn fill(&mut self, first: Option<Arc<Submission>>) -> Result<(), LedgerError> {
        let core = Arc::clone(&self.core);
        core.let_readers_in();
        let mut state = core.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut open = self.open(&state)?;
        let sums = self.suppressed.due(open.batch.t);
        for refusal in sums {
            if self.is_full(&open, &state) {
                let full = self.close(open, &mut state)?;
                self.send(full)?;
                open = self.open(&state)?;
            }
            self.deny(&mut state, &mut open, refusal)?;
        }
        let mut next = first;
        while let Some(submission) = next.take() {
            for (position, result) in submission.take_checked().into_iter().enumerate() {
                if self.is_full(&open, &state) {
                    let full = self.close(open, &mut state)?;
                    self.send(full)?;
                    open = self.open(&state)?;
                }
                let verdict = match result {
                    Ok(checked) => self.judge(&mut state, &mut open, *checked)?,
                    Err(rejection) => Verdict::Invalid(rejection),
                };
                open.batch.answers.push((Arc::clone(&submission), position, verdict));
            }
            if self.is_full(&open, &state) {
                break;
            }
            next = core.inbox.next_or_idle();
        }
        let batch = self.close(open, &mut state)?;
        // Readers, and whoever is answered, may want the state.
        drop(state);
        if batch.entries.len() <= COMMITTED_HERE && core.inbox.is_quiet() {
            committer::settle(&core, batch);
            return Ok(());
        }
        self.send(batch)
    }

    fn send(&self, batch: Batch) -> Result<(), LedgerError> {
        if batch.entries.is_empty() && batch.answers.is_empty() {
            return Ok(());
        }
        let ended = || LedgerError::Stopped("the committer ended".into());
        let out = self.out.as_ref().ok_or_else(ended)?;
        self.core.inbox.batch_started();
        out.send(batch).map_err(|_| ended())
    }

    fn open(&mut self, state: &State) -> Result<Open, LedgerError> {
        let t = self.time.next(&*self.core.host.clock)?;
        Ok(Open {
            batch: Batch::new(self.frontier.size(), t),
            table: Table::new(),
            policy: in_force(state),
            statements: 0,
            denied_by_plugin: false,
        })
    }

    /// Whether the batch must close before another statement: it is large, or what its seal names has changed.
    fn is_full(&self, open: &Open, state: &State) -> bool {
        open.statements >= limits::SEAL_STATEMENTS_MAX - 1
            || open.table.bytes() >= SEAL_BYTES_CLOSE
            || open.policy != in_force(state)
            || open.batch.pen.is_some()
    }

    fn judge(&mut self, state: &mut State, open: &mut Open, checked: Checked) -> Result<Verdict, LedgerError> {
        if let Some(known) = self.pending.known(&self.core, &checked)? {
            return Ok(known);
        }
        if let Err(rejection) = admissible(&self.core, state, &checked, open.batch.t) {
            return Ok(Verdict::Invalid(rejection));
        }
        let index = self.frontier.size();
        let before = state.savepoint();
        let prefix = Prefix { archive: Arc::clone(&self.core) as _, size: index };
        let context = Context {
            policies: &self.core.policies,
            index,
            t: open.batch.t,
            rules: decide::RULES_VERSION,
            validators: Some(&prefix),
        };
        let signed =
            Signed { actor: &checked.actor, kid: checked.kid, events: &checked.events, identity: checked.identity };
        let ruling = match decide::decide(state, &context, &signed) {
            Ok(ruling) => ruling,
            Err(invalid) => {
                state.rollback_to(before);
                return Ok(Verdict::Invalid(Rejection::Typed(invalid)));
            }
        };
        if let Some(position) = ruling.refused {
            state.rollback_to(before);
            let personal = decide::personal_data(state, &context, &signed, &ruling);
            let refusal = Refusal::of(&checked, (&ruling, position), &personal, state, (index, open.batch.t))
                .ok_or_else(|| LedgerError::Own("a refusal that names no event of the statement".into()))?;
            return self.refuse(state, open, checked, (refusal, position));
        }
        let needed = bytes_of(&ruling.events);
        if needed > SEAL_BYTES_CLOSE {
            state.rollback_to(before);
            return Ok(Verdict::Invalid(Rejection::Decisions { needed, limit: SEAL_BYTES_CLOSE }));
        }
        open.table.push(&ruling.events);
        state.commit(before);
        self.record(state, open, checked, ruling)
    }

    fn record(
        &mut self,
        state: &State,
        open: &mut Open,
        checked: Checked,
        ruling: Ruling,
    ) -> Result<Verdict, LedgerError> {
        let index = self.frontier.size();
        self.pending.remember(&self.core, &checked, Known::Recorded(index), index);
        self.enrol(state, open, &checked.events)?;
        let mut keys = checked.keys;
        keys.extend(ruling_keys(&ruling.events));
        self.push(open, (checked.bytes, checked.leaf), keys, &checked.places);
        Ok(Verdict::Recorded { index, identity: checked.identity, events: ruling.events, known: false })
    }

    /// Keys that the events enrol or revoke: the verifying threads learn new ones, the log's own change the pen.
    fn enrol(&mut self, state: &State, open: &mut Open, events: &[Event]) -> Result<(), LedgerError> {
        let mut own = false;
        for event in events {
            let key = match &event.body {
                Body::ActorEnrolled(body) => body.key.as_ref().map(|key| &key.key),
                Body::KeyEnrolled(body) => Some(&body.key),
                Body::KeyRevoked(_) => None,
                _ => continue,
            };
            if let Some(key) = key.and_then(public_key) {
                self.core.ring.insert(key);
            }
            own |= event.subject.name() == ActorId::ledger().as_str();
        }
        if own {
            open.batch.pen = Some(Arc::new(self.core.pen(state, self.frontier.size() + 1)?));
        }
        Ok(())
    }

    fn push(&mut self, open: &mut Open, (bytes, leaf): (Arc<[u8]>, Hash), mut keys: Vec<Box<[u8]>>, places: &[Hash]) {
        keys.sort_unstable();
        keys.dedup();
        let index = self.frontier.size();
        let durable = self.core.head().size;
        self.core.tail.push(durable, index, open.batch.t, (&bytes, places));
        open.batch.postings.extend(posted(index, places));
        open.batch.keys.push((index, keys));
        self.append(open, bytes, leaf);
        open.statements += 1;
    }

    fn append(&mut self, open: &mut Open, bytes: Arc<[u8]>, leaf: Hash) {
        self.frontier.push(leaf);
        open.batch.entries.push(bytes);
        open.batch.leaves.push(leaf);
    }

    /// A refusal that the actor's budget still covers stands in the log as a denial; others are counted.
    fn refuse(
        &mut self,
        state: &mut State,
        open: &mut Open,
        checked: Checked,
        (refusal, position): (Refusal, u32),
    ) -> Result<Verdict, LedgerError> {
        let reasons = refusal.reasons.clone();
        let mut verdict =
            Verdict::Refused { denial: None, identity: checked.identity, position, reasons, known: false };
        if state.denial_budget(&checked.actor, open.batch.t) == 0 {
            self.suppressed.add(refusal, open.batch.t);
            return Ok(verdict);
        }
        let keep = refusal.keep_bytes;
        let index = self.deny(state, open, refusal)?;
        self.pending.remember(&self.core, &checked, Known::Denied(index), index);
        if keep {
            open.batch.refused.push(checked.bytes);
        }
        if let Verdict::Refused { denial, .. } = &mut verdict {
            *denial = Some(index);
        }
        Ok(verdict)
    }

    fn deny(&mut self, state: &mut State, open: &mut Open, mut refusal: Refusal) -> Result<u64, LedgerError> {
        let index = self.frontier.size();
        open.batch.findings.extend(std::mem::take(&mut refusal.findings));
        let event = refusal.into_event(open.batch.t);
        open.denied_by_plugin |= matches!(&event.body, Body::Denial(denial) if !denial.verdicts.is_empty());
        let keys = denial_keys(&event);
        let places = key_hashes(&index_keys(&ActorId::ledger(), std::slice::from_ref(&event)));
        let own = self.apply_own(state, open, &event)?;
        open.table.push(&[]);
        self.push(open, (own.bytes, own.leaf), keys, &places);
        Ok(index)
    }

    /// Signs an event of the log's own and folds it.
    fn apply_own(&self, state: &mut State, open: &Open, event: &Event) -> Result<Own, LedgerError> {
        let own = self.pen.statement(event, open.batch.t)?;
        let at = Position { index: self.frontier.size(), t: open.batch.t, position: 0, identity: own.identity };
        state.apply(at, &ActorId::ledger(), &Digest(self.pen.newest().thumbprint()), event);
        Ok(own)
    }

    /// Seals what was recorded; from here on the state is that of the batch's end.
    fn close(&mut self, mut open: Open, state: &mut State) -> Result<Batch, LedgerError> {
        if !open.batch.entries.is_empty() {
            self.seal(&mut open, state)?;
        }
        let Open { mut batch, .. } = open;
        if self.frontier.size() - self.stride_at >= self.core.options.stride_records {
            self.stride_at = self.frontier.size();
            batch.stride = Some(cells(state, &mut self.core.recent(), self.stride_at, batch.t));
        }
        self.core.state_size.store(self.frontier.size(), Ordering::Release);
        Ok(batch)
    }

    fn seal(&mut self, open: &mut Open, state: &mut State) -> Result<(), LedgerError> {
        // From here on the new keys sign: the seal's index is above that of the record that enrolled them.
        if let Some(pen) = &open.batch.pen {
            self.pen = Arc::clone(pen);
        }
        let proved = self.core.append_proved(std::mem::take(&mut open.batch.postings));
        let sealed = std::mem::replace(&mut open.table, Table::new()).into_sealed();
        open.batch.findings.extend(sealed.findings);
        let ran = !sealed.plugins.is_empty() || open.denied_by_plugin;
        let engine = ran.then(|| self.core.plugins.engine()).flatten();
        let seal = Seal {
            first: open.batch.first,
            size: self.frontier.size(),
            tree: Digest(self.frontier.root()),
            t: open.batch.t,
            rules: decide::RULES_VERSION,
            policy: open.policy,
            table: sealed.table,
            codes: sealed.codes,
            index: Digest(proved),
            engine: engine.and_then(|engine| engine.parse().ok()),
            plugins: sealed.plugins,
        };
        let event = own_event(Body::Seal(seal), open.batch.t)?;
        let own = self.apply_own(state, open, &event)?;
        open.batch.keys.push((self.frontier.size(), seal_keys()));
        self.append(open, own.bytes, own.leaf);
        open.batch.root = self.frontier.root();
        Ok(())
    }
}

/// The key of an entry, where it is one; decide refuses events whose key is none.
pub(super) fn public_key(entry: &KeyEntry) -> Option<PublicKey> {
    PublicKey::from_raw(Algorithm::from_name(entry.algorithm.as_str())?, &entry.public.0).ok()
}

/// The policy in force; the founding names one, so that it is there.
fn in_force(state: &State) -> Digest {
    state.policy().unwrap_or(Digest([0; 32]))
}

/// An event of the ledger about itself.
pub(super) fn own_event(body: Body, t: Timestamp) -> Result<Event, LedgerError> {
    let subject = Subject::new(crate::event::SubjectKind::Actor, ActorId::ledger().as_str());
    let subject = subject.map_err(|error| LedgerError::Own(error.to_string()))?;
    Ok(Event {
        subject,
        env: None,
        inputs: Vec::new(),
        outputs: Vec::new(),
        time: t,
        body,
        facets: crate::event::Map::new(),
        commitments: Vec::new(),
        imported: false,
        claimed_by: None,
    })
}
