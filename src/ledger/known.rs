//! What the sequencer knows of a statement before any rule is asked: was it here before, is it in time, whose key.

use super::{
    check::{Checked, verify},
    core::Core,
    error::LedgerError,
    recent::{Known, client_identity},
    verdict::{Rejection, Verdict},
};
use crate::{
    codec::{event::payload_from_cbor, statement::Statement},
    event::{ActorId, Body, Digest, Event, Kind, Signer, Timestamp, limits},
    state::State,
};
use std::collections::{HashMap, VecDeque};

/// Entries that are remembered by identity until they are surely durable: more than can be between the sequencer and
/// the disk.
const PENDING: usize = 4 * limits::SEAL_STATEMENTS_MAX;

/// Identities of entries that may not be readable from the log yet.
#[derive(Default)]
pub(super) struct Pending {
    order: VecDeque<u64>,
    by_index: HashMap<u64, (Digest, Option<Digest>)>,
}

impl Pending {
    fn push(&mut self, index: u64, identity: Digest, client: Option<Digest>) {
        self.order.push_back(index);
        self.by_index.insert(index, (identity, client));
        if self.order.len() > PENDING
            && let Some(old) = self.order.pop_front()
        {
            self.by_index.remove(&old);
        }
    }
}

impl Pending {
    /// Remembers what now stands at `index`.
    pub(super) fn remember(&mut self, core: &Core, checked: &Checked, known: Known, index: u64) {
        let client = checked.client_id.as_ref().map(|id| client_identity(&checked.actor, id));
        let mut recent = core.recent();
        recent.insert(&checked.identity, checked.signed_at, known);
        if let Some(client) = &client {
            recent.insert(client, checked.signed_at, known);
        }
        self.push(index, checked.identity, client);
    }

    /// The verdict on a statement that was here before, or whose client id was.
    pub(super) fn known(&self, core: &Core, checked: &Checked) -> Result<Option<Verdict>, LedgerError> {
        let candidates = core.recent().candidates(&checked.identity, checked.signed_at);
        for known in candidates {
            let (Known::Recorded(index) | Known::Denied(index)) = known;
            if self.identities(core, index)?.0 == checked.identity {
                return Ok(Some(again(known, checked.identity)));
            }
        }
        let Some(client_id) = &checked.client_id else { return Ok(None) };
        let client = client_identity(&checked.actor, client_id);
        let candidates = core.recent().candidates_any(&client);
        for known in candidates {
            let (Known::Recorded(index) | Known::Denied(index)) = known;
            if self.identities(core, index)?.1 == Some(client) {
                return Ok(Some(Verdict::Invalid(Rejection::ClientId { index })));
            }
        }
        Ok(None)
    }

    /// The statement's identity and its client identity; for a denial those of what it refused, as far as it says.
    fn identities(&self, core: &Core, index: u64) -> Result<(Digest, Option<Digest>), LedgerError> {
        match self.by_index.get(&index) {
            Some(found) => Ok(*found),
            None => stored_identities(core, index),
        }
    }
}

pub(super) fn stored_identities(core: &Core, index: u64) -> Result<(Digest, Option<Digest>), LedgerError> {
    let damaged = |what: String| LedgerError::Record { index, what };
    let bytes = core.log.entry(index)?;
    let statement = Statement::parse(&bytes).map_err(|error| damaged(error.to_string()))?;
    let actor = statement.iss.parse().map_err(|error| damaged(format!("{error}")))?;
    if actor == ActorId::ledger() {
        let events = payload_from_cbor(statement.payload).map_err(|error| damaged(error.to_string()))?;
        if let Some(Body::Denial(denial)) = events.first().map(|event| &event.body) {
            return Ok((denial.statement.unwrap_or(Digest([0; 32])), None));
        }
    }
    let client = statement.cti.map(|id| client_identity(&actor, id));
    Ok((Digest(statement.identity()), client))
}

fn again(known: Known, identity: Digest) -> Verdict {
    match known {
        Known::Recorded(index) => Verdict::Recorded { index, identity, events: Vec::new(), known: true },
        Known::Denied(index) => {
            Verdict::Refused { denial: Some(index), identity, position: 0, reasons: Vec::new(), known: true }
        }
    }
}

/// Marks of monitors come the way of all statements, together with what was found; and so does what webhooks were told.
fn only_the_sequencer(kind: &Kind) -> bool {
    kind.signer() == Signer::Log && !matches!(kind, Kind::MonitorMarked | Kind::NotificationRecorded)
}

/// The checks that need the ledger's time and keys, before any rule: nothing is recorded when they fail.
pub(super) fn admissible(core: &Core, state: &State, checked: &Checked, t: Timestamp) -> Result<(), Rejection> {
    // Whoever holds the log's key still cannot hand in what only the sequencer writes.
    if checked.actor == ActorId::ledger()
        && let Some(own) = checked.events.iter().map(Event::kind).find(only_the_sequencer)
    {
        return Err(Rejection::LogsOwn { kind: own });
    }
    let signed = Timestamp(checked.signed_at.saturating_mul(1_000));
    if (t.0 - signed.0).abs() > limits::ADMISSION_WINDOW_MS {
        return Err(Rejection::Stale { signed, t });
    }
    let kid = checked.kid;
    let Some(key) = state.key(&kid) else { return Err(Rejection::KeyUnknown { kid }) };
    if key.actor != checked.actor {
        return Err(Rejection::KeyOwner { kid, owner: key.actor.clone(), claimed: checked.actor.clone() });
    }
    if checked.verified {
        return Ok(());
    }
    // The key was enrolled by a statement that was judged after this one was checked.
    let public = core.ring.get(&kid).ok_or(Rejection::KeyUnknown { kid })?;
    let statement = Statement::parse(&checked.bytes).map_err(Rejection::Malformed)?;
    verify(&statement, &public)
}
