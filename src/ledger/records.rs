//! Records as people ask for them: the statement, and what its seal says was decided about it.

use super::{
    Ledger,
    check::{Checked, check},
    core::Core,
    error::LedgerError,
    extra_keys::SEALS,
    kept::Weigh,
    outline::Outline,
    seal::{allowed, expand, row_at},
};
use crate::{
    codec::statement::Statement,
    event::{
        ActorId, Body, Decision, Digest, Event, Outcome, SealedDecision, Timestamp,
        body::{Seal, SealedPlugin},
        limits,
    },
    merkle::leaf_hash,
    storage::Log,
};
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
};

/// Seals kept for the next reader.
const SEALS_KEPT: usize = 1_024;

/// One entry of the log, with its seal's word on it.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its log index.
    pub index: u64,
    /// The ledger's time of its batch.
    pub t: Timestamp,
    /// The statement as signed: the entry of the log.
    pub bytes: Arc<[u8]>,
    /// The statement's identity.
    pub identity: Digest,
    /// Who signed it.
    pub actor: ActorId,
    /// With which key.
    pub kid: Digest,
    /// When, as the signer claims: seconds since 1970.
    pub signed_at: i64,
    /// What it says.
    pub events: Vec<Event>,
    /// What was decided, event by event.
    pub rulings: Vec<SealedDecision>,
    /// The seal's table of plugins, where a ruling has verdicts, which name its rows.
    pub plugins: Vec<SealedPlugin>,
    /// The log index of its seal.
    pub seal: u64,
    /// The policy bundle that was in force.
    pub policy: Digest,
    /// Its key was declared suspect from before this index.
    pub suspect: bool,
}

impl Record {
    /// Whether it was recorded although a rule would have refused it.
    #[must_use]
    pub fn would_deny(&self) -> bool {
        self.rulings.iter().any(|ruling| ruling.decision == Decision::Deny && ruling.outcome != Outcome::Refused)
    }

    /// Whether it is the denial of something else.
    #[must_use]
    pub fn is_denial(&self) -> bool {
        matches!(self.events.first().map(|event| &event.body), Some(Body::Denial(_)))
    }

    /// Whether it is a seal.
    #[must_use]
    pub fn is_seal(&self) -> bool {
        matches!(self.events.first().map(|event| &event.body), Some(Body::Seal(_)))
    }
}

impl Weigh for Record {
    fn weight(&self) -> usize {
        // Decoded, a statement takes a few times its bytes.
        4 * self.bytes.len() + 512
    }
}

/// Seals by their own index.
#[derive(Default)]
pub(super) struct Seals(Mutex<BTreeMap<u64, Arc<Seal>>>);

impl Seals {
    /// The index of the seal that covers `index`, or stands there.
    pub(super) fn at(&self, core: &Core, index: u64) -> Result<u64, LedgerError> {
        Ok(self.covering(core, index)?.0)
    }

    /// The seal that covers `index`, or stands there.
    fn covering(&self, core: &Core, index: u64) -> Result<(u64, Arc<Seal>), LedgerError> {
        {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, seal)) = kept.range(index..).next().filter(|(_, seal)| seal.first <= index) {
                return Ok((*at, Arc::clone(seal)));
            }
        }
        let found = match indexed_seal(core, index)? {
            None => find_seal(&*core.log, index, core.log.size())?,
            found => found,
        };
        let (at, seal) = found.ok_or_else(|| LedgerError::Record { index, what: "no seal covers it".into() })?;
        let seal = Arc::new(seal);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SEALS_KEPT {
            // Any one will do: readers walk in one direction or jump.
            kept.pop_first();
        }
        kept.insert(at, Arc::clone(&seal));
        Ok((at, seal))
    }
}

/// The seal that covers `index`, found by the index; `None` where that knows of none: it was made before it knew seals.
fn indexed_seal(core: &Core, index: u64) -> Result<Option<(u64, Seal)>, LedgerError> {
    let next = core.index.postings(SEALS.as_bytes(), index..core.log.size(), false, 1)?;
    let Some(at) = next.first() else { return Ok(None) };
    let seal = read_seal(&core.log.entry(*at)?);
    Ok(seal.filter(|seal| seal.first <= index).map(|seal| (*at, seal)))
}

/// The first seal at or above `index`, below `size`.
fn find_seal(log: &dyn Log, index: u64, size: u64) -> Result<Option<(u64, Seal)>, LedgerError> {
    let end = size.min(index.saturating_add(limits::SEAL_STATEMENTS_MAX as u64 + 1));
    let mut found = None;
    log.scan(index..end, &mut |at, bytes| {
        found = read_seal(bytes).map(|seal| (at, seal));
        if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(found)
}

/// The seal that an entry is, if it is one.
pub(super) fn read_seal(bytes: &[u8]) -> Option<Seal> {
    let statement = Statement::parse(bytes).ok()?;
    // Cheap before dear: most entries are not the log's own.
    if statement.iss != ActorId::ledger().as_str() {
        return None;
    }
    let (_, events) = super::check::decode(&statement).ok()?;
    match events.into_iter().next()?.body {
        Body::Seal(seal) => Some(seal),
        _ => None,
    }
}

/// The seal that ends a tree of this size; `None` when its last leaf is no such seal.
pub(super) fn last_seal(log: &dyn Log, size: u64) -> Result<Option<Seal>, LedgerError> {
    let Some(last) = size.checked_sub(1) else { return Ok(None) };
    let seal = find_seal(log, last, size)?.map(|(_, seal)| seal);
    Ok(seal.filter(|seal| seal.size == last))
}

impl Ledger {
    /// The record at `index`.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] beyond the head; [`LedgerError::Record`] and those of the log for damage.
    pub fn record(&self, index: u64) -> Result<Record, LedgerError> {
        let size = self.core.head().size;
        if index >= size {
            return Err(LedgerError::NotFound { what: format!("record {index}"), size });
        }
        record(&self.core, &suspects(&self.core)?, index)
    }

    /// The log index of a statement by its identity, as long as the admission window remembers it. For a refused one
    /// that of its denial.
    ///
    /// # Errors
    /// Those of the log.
    pub fn find(&self, identity: &Digest) -> Result<Option<u64>, LedgerError> {
        use super::recent::Known::{Denied, Recorded};
        let candidates = self.core.recent().candidates_any(identity);
        let size = self.core.head().size;
        for Recorded(index) | Denied(index) in candidates {
            if index < size && super::known::stored_identities(&self.core, index)?.0 == *identity {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

/// The ledger's time at `index`.
pub(super) fn time_at(core: &Core, index: u64) -> Result<Timestamp, LedgerError> {
    Ok(core.seals.covering(core, index)?.1.t)
}

/// The keys that were declared suspect, each from an index on.
pub(super) type Suspects = BTreeMap<Digest, u64>;

/// All of them, in one look at the state.
pub(super) fn suspects(core: &Core) -> Result<Suspects, LedgerError> {
    core.read_state(|state, _| {
        let keys = state.keys().into_iter();
        keys.filter_map(|(kid, key)| key.suspect_since.map(|since| (*kid, since))).collect()
    })
}

/// As [`record`]; decoded once for all who ask.
pub(super) fn shared_record(core: &Core, suspects: &Suspects, index: u64) -> Result<Arc<Record>, LedgerError> {
    let known = match core.kept.get(index) {
        Some(known) => known,
        None => {
            let read = Arc::new(record(core, &Suspects::new(), index)?);
            core.kept.put(index, Arc::clone(&read));
            read
        }
    };
    // What is kept says nothing of suspicion, which may arise at any time.
    match suspects.get(&known.kid).is_some_and(|since| index >= *since) {
        true => Ok(Arc::new(Record { suspect: true, ..Record::clone(&known) })),
        false => Ok(known),
    }
}

/// The outline of the record at `index`; read once for all who ask.
pub(super) fn shared_outline(core: &Core, index: u64) -> Result<Arc<Outline>, LedgerError> {
    if let Some(known) = core.outlines.get(index) {
        return Ok(known);
    }
    // Whoever wants the record itself, or its bytes for a proof, comes next: it is decoded once.
    let read = Arc::new(Outline::of(&*shared_record(core, &Suspects::new(), index)?));
    core.outlines.put(index, Arc::clone(&read));
    Ok(read)
}

/// The record at `index`.
pub(super) fn record(core: &Core, suspects: &Suspects, index: u64) -> Result<Record, LedgerError> {
    let damaged = |what: String| LedgerError::Record { index, what };
    let bytes = core.log.entry(index)?;
    let checked = check(bytes, leaf_hash, &core.origin, |_| None).map_err(|error| damaged(error.to_string()))?;
    let (at, seal) = core.seals.covering(core, index)?;
    let rulings = if at == index {
        vec![allowed()]
    } else {
        let row = row_at(&seal.table, &seal.codes, index - seal.first);
        let row = row.ok_or_else(|| damaged("its seal names no row for it".into()))?;
        expand(&seal.table, row, checked.events.len())
    };
    let plugins = plugins_of(&seal, &rulings);
    let suspect = suspects.get(&checked.kid).is_some_and(|since| index >= *since);
    let Checked { bytes, identity, actor, kid, signed_at, events, .. } = checked;
    Ok(Record {
        index,
        t: seal.t,
        bytes,
        identity,
        actor,
        kid,
        signed_at,
        events,
        rulings,
        plugins,
        seal: at,
        policy: seal.policy,
        suspect,
    })
}

/// The table of plugins that the verdicts of rulings name rows of; nothing where there are none.
#[must_use]
pub fn plugins_of(seal: &Seal, rulings: &[SealedDecision]) -> Vec<SealedPlugin> {
    match rulings.iter().all(|ruling| ruling.verdicts.is_empty()) {
        true => Vec::new(),
        false => seal.plugins.clone(),
    }
}
