//! `verify --full`: every byte of the log again, every signature, every seal; nothing that the index says is used.

use super::{
    check::{Checked, check, verify},
    error::LedgerError,
    ground::Entries,
    inbox::KeyRing,
    replay::{Look, Replay},
    verdict::Rejection,
};
use crate::{
    codec::statement::Statement,
    event::{ActorId, Digest},
    merkle::Hash,
    state::State,
    storage::Committed,
};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::{ops::ControlFlow, sync::Arc, thread};

/// Entries that one thread checks at a time.
const PART: usize = 128;
/// Parts under way: the reader waits when the checkers fall behind.
const PARTS_MAX: usize = 32;

type PartEntries = Vec<(u64, Arc<[u8]>, Hash)>;
type Results = Vec<(u64, Result<Checked, Rejection>)>;
/// A part and where its results go, so that they are taken in order.
type Part = (PartEntries, Sender<Results>);

/// Reads, checks and folds all entries; gives the fold, the signatures that were checked, and what the entries come to.
pub(super) fn go_through(
    entries: &Entries,
    origin: &str,
    look: Look<'_>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(Replay, u64, Committed), LedgerError> {
    let ring = KeyRing::default();
    let (parts, queue) = bounded::<Part>(PARTS_MAX);
    let (order, ordered) = bounded::<Receiver<Results>>(PARTS_MAX);
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let total = entries.size();
    let (read, folded) = thread::scope(|scope| {
        for _ in 0..threads {
            let (queue, ring) = (queue.clone(), &ring);
            scope.spawn(move || check_parts(&queue, ring, origin));
        }
        drop(queue);
        let reader = scope.spawn(move || {
            let mut part = Vec::with_capacity(PART);
            let mut stopped = false;
            let result = entries.check_all(&mut |index, bytes, leaf| {
                part.push((index, Arc::from(bytes), *leaf));
                if part.len() == PART {
                    stopped = !send(&parts, &order, std::mem::take(&mut part));
                }
                if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            send(&parts, &order, part);
            result
        });
        let folded = fold(&ordered, &ring, look, &mut |done| progress(done, total));
        // The reader sees a closed channel and ends.
        drop(ordered);
        (reader.join(), folded)
    });
    let (replay, signatures) = folded?;
    let committed = read.map_err(|_| LedgerError::Stopped("the reading thread ended by a panic".into()))??;
    Ok((replay, signatures, committed))
}

fn send(parts: &Sender<Part>, order: &Sender<Receiver<Results>>, entries: PartEntries) -> bool {
    let (results, receiver) = bounded(1);
    order.send(receiver).is_ok() && parts.send((entries, results)).is_ok()
}

fn check_parts(queue: &Receiver<Part>, ring: &KeyRing, origin: &str) {
    for (entries, results) in queue {
        let checked = entries.into_iter().map(|(index, bytes, leaf)| {
            (index, check(bytes, |_| leaf, origin, |kid| ring.get(kid)).map(Checked::with_keys))
        });
        // Whoever waited may be gone after a failure.
        drop(results.send(checked.collect()));
    }
}

/// What must be checked of an entry once its seal has folded it: only then is every key of the batch known, and every
/// revocation.
struct Covering {
    index: u64,
    actor: ActorId,
    kid: Digest,
    /// Its bytes, when its key was not known to the checking thread.
    unverified: Option<Arc<[u8]>>,
}

/// Folds the results in log order, and checks in order what depends on it: which keys were valid.
fn fold(
    ordered: &Receiver<Receiver<Results>>,
    ring: &KeyRing,
    look: Look<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<(Replay, u64), LedgerError> {
    let mut replay = Replay::default();
    let mut signatures = 0;
    let mut open: Vec<Covering> = Vec::new();
    for results in ordered {
        let results = results.recv().map_err(|_| LedgerError::Stopped("a checking thread ended by a panic".into()))?;
        for (index, result) in results {
            let checked = result.map_err(|error| LedgerError::Record { index, what: error.to_string() })?;
            open.push(Covering {
                index,
                actor: checked.actor.clone(),
                kid: checked.kid,
                unverified: (!checked.verified).then(|| Arc::clone(&checked.bytes)),
            });
            if let Some(covered) = replay.feed_shown(checked, look)? {
                covered.enrolled.into_iter().for_each(|key| ring.insert(key));
                signatures += open.len() as u64;
                open.drain(..).try_for_each(|signed| signed.check(&replay.state, ring))?;
            }
        }
        progress(replay.frontier.size());
    }
    Ok((replay, signatures))
}

impl Covering {
    fn check(&self, state: &State, ring: &KeyRing) -> Result<(), LedgerError> {
        let damaged = |what: String| LedgerError::Record { index: self.index, what };
        let key = state.key(&self.kid).ok_or_else(|| damaged(format!("its key {} was never enrolled", self.kid)))?;
        if key.actor != self.actor {
            return Err(damaged(format!("its key {} is {}'s, not {}'s", self.kid, key.actor, self.actor)));
        }
        if !key.is_valid_at(self.index) {
            return Err(damaged(format!("its key {} was not valid at this index", self.kid)));
        }
        let Some(bytes) = &self.unverified else { return Ok(()) };
        let public = ring.get(&self.kid).ok_or_else(|| damaged(format!("its key {} is no key", self.kid)))?;
        let statement = Statement::parse(bytes).map_err(|error| damaged(error.to_string()))?;
        verify(&statement, &public).map_err(|error| damaged(error.to_string()))
    }
}
