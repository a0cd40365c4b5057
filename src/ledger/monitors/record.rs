//! Recording what a monitor found, each time exactly once.

use super::{super::author::Author, Core, held};
use crate::{
    codec::event::to_cbor,
    event::{ActorId, Event, limits},
    ledger::{LedgerError, Rejection, Verdict},
};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, mpsc};

/// Events that wait to be recorded together with a mark.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) events: Vec<Event>,
    bytes: usize,
}

impl Pending {
    /// Whether these events, and the mark, still fit into one statement with those that wait.
    pub(super) fn fits(&self, events: &[Event]) -> bool {
        let bytes: usize = events.iter().map(bytes_of).sum();
        self.events.len() + events.len() < limits::MONITOR_STATEMENT_EVENTS_MAX
            && self.bytes + bytes < limits::MONITOR_STATEMENT_BYTES_MAX
    }

    pub(super) fn extend(&mut self, events: Vec<Event>) {
        self.bytes += events.iter().map(bytes_of).sum::<usize>();
        self.events.extend(events);
    }
}

/// Bytes of an event in a statement.
pub(super) fn bytes_of(event: &Event) -> usize {
    to_cbor(event).len()
}

/// Records events, the last of them a mark, in as many statements as they need: with the mark in the last one. What
/// `name` names is recorded once: a statement of that name that is in the log already is not recorded again.
pub(super) fn record(core: &Arc<Core>, name: &[u8], events: &[Event]) -> Result<(), LedgerError> {
    let mut left = events;
    for part in 0_u32.. {
        if left.is_empty() {
            break;
        }
        let mut bytes = 0;
        let fits = |event: &&Event| {
            bytes += bytes_of(event);
            bytes < limits::MONITOR_STATEMENT_BYTES_MAX
        };
        let count = left.iter().take(limits::MONITOR_STATEMENT_EVENTS_MAX).take_while(fits).count().max(1);
        let (now, later) = left.split_at(count.min(left.len()));
        let mut id = Sha256::new_with_prefix(b"sagwan monitor\0");
        id.update(name);
        id.update(part.to_be_bytes());
        submit(core, now, &id.finalize())?;
        left = later;
    }
    Ok(())
}

fn submit(core: &Arc<Core>, events: &[Event], id: &[u8]) -> Result<(), LedgerError> {
    let pen = core.read_state(|state, head| core.pen(state, head.size))??;
    let author = Author { actor: ActorId::ledger(), key: pen.secret().clone(), audience: None };
    let now = core.host.clock.now().max(core.head().t);
    let seconds = u64::try_from(now.0.div_euclid(1_000)).unwrap_or_default();
    let signed = author.sign(events, seconds, Some(id)).map_err(|error| LedgerError::Own(error.to_string()))?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let done = Box::new(move |verdicts| drop(sender.send(verdicts)));
    let busy = core.inbox.submit(vec![signed.into()], done, &core.origin, &core.ring);
    busy.map_err(|busy| held(busy.to_string()))?;
    let verdicts = receiver.recv().map_err(|_| held("the ledger is closing"))?;
    match verdicts.into_iter().next() {
        // Signed at another second it has another identity, and the same name: it is there already.
        Some(Verdict::Recorded { .. } | Verdict::Invalid(Rejection::ClientId { .. })) => Ok(()),
        Some(Verdict::Refused { reasons, .. }) => {
            let reasons: Vec<_> = reasons.iter().map(|reason| reason.message.as_str()).collect();
            Err(held(format!("what it found is refused: {}", reasons.join("; "))))
        }
        Some(Verdict::Invalid(rejection)) => Err(held(rejection.to_string())),
        Some(Verdict::Failed(why)) => Err(LedgerError::Stopped(why)),
        None => Err(held("the ledger is closing")),
    }
}
