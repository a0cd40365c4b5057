//! Going through the log again: the same fold as admission's, with the seals' word for what was decided. Used by
//! opening, by rebuilding the index, and by `verify --full`.

use super::{
    batch::Cells,
    check::Checked,
    error::LedgerError,
    extra_keys::{denial_keys, seal_keys, sealed_keys},
    proved::posted,
    recent::{Known, Recent, client_identity},
    seal::{expand, row_at},
    sequencer::public_key,
};
use crate::{
    crypto::PublicKey,
    decide::RULES_VERSION,
    event::{ActorId, Body, Decision, Event, Outcome, SealedDecision, Timestamp, body::Seal, limits},
    merkle::{Frontier, Hash, Trie},
    state::{Position, State},
};

/// What the fold knows after the entries so far.
#[derive(Default)]
pub(super) struct Replay {
    pub(super) frontier: Frontier,
    pub(super) proved: Trie,
    pub(super) state: State,
    pub(super) recent: Recent,
    /// The ledger's time of the last seal.
    pub(super) t: Timestamp,
    /// Entries that no seal covers yet.
    open: Vec<(u64, Checked)>,
    /// Whether keys of the index and identities are wanted.
    indexing: bool,
    pub(super) totals: Totals,
}

/// What was counted on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Statements of actors.
    pub statements: u64,
    /// Events in them.
    pub events: u64,
    /// Seals.
    pub seals: u64,
    /// Denials.
    pub denials: u64,
    /// Statements that were recorded although a rule would have refused them.
    pub would_deny: u64,
}

/// What one covered batch gives to the index.
pub(super) struct Covered {
    pub(super) keys: Vec<(u64, Vec<Box<[u8]>>)>,
    /// Keys that the batch enrolled.
    pub(super) enrolled: Vec<PublicKey>,
}

/// A statement that is about to be folded, and what its seal says of it.
pub(super) struct Sealed<'a> {
    pub(super) index: u64,
    pub(super) checked: &'a Checked,
    pub(super) seal: &'a Seal,
    /// The row of the statement, and one for each of its events.
    pub(super) row: &'a SealedDecision,
    pub(super) rows: &'a [SealedDecision],
}

/// Looks at a statement on the state of its prefix, and leaves that as it is.
pub(super) type Look<'l> = &'l mut dyn FnMut(&mut State, &Sealed<'_>) -> Result<(), LedgerError>;

impl Replay {
    /// From what a stored index says of a prefix; `default()` begins at the beginning.
    pub(super) fn from_parts(frontier: Frontier, state: State, recent: Recent, proved: Trie, t: Timestamp) -> Self {
        Self { frontier, proved, state, recent, t, ..Self::default() }
    }

    /// The same, for those who write an index: what is fed must come with its keys.
    pub(super) fn indexing(self) -> Self {
        Self { indexing: true, ..self }
    }

    /// Whether a seal covers everything so far.
    pub(super) fn is_sealed(&self) -> bool {
        self.open.is_empty()
    }

    /// The next entry. When it is a seal, the entries that it covers are folded, and what they give to the index
    /// comes back.
    pub(super) fn feed(&mut self, checked: Checked) -> Result<Option<Covered>, LedgerError> {
        self.feed_shown(checked, &mut |_, _| Ok(()))
    }

    /// The same, for those who look at each statement before it is folded.
    pub(super) fn feed_shown(&mut self, checked: Checked, look: Look<'_>) -> Result<Option<Covered>, LedgerError> {
        let index = self.frontier.size();
        let own = checked.actor == ActorId::ledger();
        if own && matches!(checked.events.first().map(|event| &event.body), Some(Body::Seal(_))) {
            return self.seal(index, checked, look).map(Some);
        }
        self.frontier.push(checked.leaf);
        self.open.push((index, checked));
        Ok(None)
    }

    fn seal(&mut self, index: u64, checked: Checked, look: Look<'_>) -> Result<Covered, LedgerError> {
        let Some(event) = checked.events.first() else {
            return Err(LedgerError::Record { index, what: "a seal without an event".into() });
        };
        let Body::Seal(seal) = &event.body else {
            return Err(LedgerError::Record { index, what: "not a seal".into() });
        };
        if checked.events.len() != 1 {
            return Err(LedgerError::Record { index, what: "a seal with other events beside it".into() });
        }
        self.check_seal(index, seal)?;
        let mut covered = self.fold(seal, look)?;
        if self.indexing {
            covered.keys.push((index, seal_keys()));
        }
        if seal.index.0 != self.proved.root() {
            return Err(LedgerError::Record { index, what: "its seal names another root of the proved index".into() });
        }
        self.t = seal.t;
        let at = Position { index, t: seal.t, position: 0, identity: checked.identity };
        self.state.apply(at, &checked.actor, &checked.kid, event);
        self.totals.seals += 1;
        self.frontier.push(checked.leaf);
        Ok(covered)
    }

    fn check_seal(&self, index: u64, seal: &Seal) -> Result<(), LedgerError> {
        let first = self.open.first().map_or(index, |(first, _)| *first);
        let sealed: u64 = seal.codes.iter().map(|(count, _)| u64::from(*count)).sum();
        let wrong = if seal.first != first || seal.size != index {
            Some(format!("its seal covers [{}, {}), not [{first}, {index})", seal.first, seal.size))
        } else if seal.tree.0 != self.frontier.root() {
            Some("its seal names another tree root".to_owned())
        } else if sealed != self.open.len() as u64 {
            Some(format!("its seal decides {sealed} statements, there are {}", self.open.len()))
        } else if seal.rules == 0 || seal.rules > RULES_VERSION {
            Some(format!(
                "its seal was decided by rules version {}, this program knows up to {RULES_VERSION}",
                seal.rules
            ))
        } else if self.state.policy().is_some_and(|policy| policy != seal.policy) {
            Some("its seal names another policy than the one in force".to_owned())
        } else if let Some((at, _)) = self.open.iter().find(|(_, checked)| outside_window(checked, seal.t)) {
            Some(format!("its seal covers record {at}, which was signed outside the admission window"))
        } else if seal.t < self.t {
            Some(format!("its time {} is before the last seal's {}", seal.t, self.t))
        } else {
            None
        };
        wrong.map_or(Ok(()), |what| Err(LedgerError::Record { index, what }))
    }

    fn fold(&mut self, seal: &Seal, look: Look<'_>) -> Result<Covered, LedgerError> {
        let mut covered = Covered { keys: Vec::with_capacity(self.open.len()), enrolled: Vec::new() };
        let mut postings: Vec<(Hash, u64)> = Vec::with_capacity(8 * self.open.len());
        for (index, checked) in std::mem::take(&mut self.open) {
            let row = row_at(&seal.table, &seal.codes, index - seal.first)
                .ok_or_else(|| LedgerError::Record { index, what: "its seal names no row for it".into() })?;
            let rows = expand(&seal.table, row, checked.events.len());
            if rows.len() != checked.events.len() || rows.iter().any(|row| row.outcome == Outcome::Refused) {
                return Err(LedgerError::Record { index, what: "its seal decides other events than it has".into() });
            }
            look(&mut self.state, &Sealed { index, checked: &checked, seal, row, rows: &rows })?;
            for (position, event) in (0..).zip(&checked.events) {
                let at = Position { index, t: seal.t, position, identity: checked.identity };
                self.state.apply(at, &checked.actor, &checked.kid, event);
                covered.enrolled.extend(enrolled(event));
            }
            self.totals.would_deny += u64::from(rows.iter().any(|row| row.decision == Decision::Deny));
            self.count(&checked);
            postings.extend(posted(index, &checked.places));
            if !self.indexing {
                continue;
            }
            self.remember(index, &checked);
            let mut keys = match checked.events.first() {
                Some(event) if matches!(event.body, Body::Denial(_)) => denial_keys(event),
                _ => checked.keys,
            };
            keys.extend(sealed_keys(&rows));
            keys.sort_unstable();
            keys.dedup();
            covered.keys.push((index, keys));
        }
        self.proved.append(postings);
        Ok(covered)
    }

    fn count(&mut self, checked: &Checked) {
        if let Some(Body::Denial(_)) = checked.events.first().map(|event| &event.body) {
            self.totals.denials += 1;
        } else {
            self.totals.statements += 1;
            self.totals.events += checked.events.len() as u64;
        }
    }

    fn remember(&mut self, index: u64, checked: &Checked) {
        if let Some(Body::Denial(denial)) = checked.events.first().map(|event| &event.body) {
            if let (Some(identity), Some(signed)) = (&denial.statement, denial.signed_at) {
                self.recent.insert(identity, signed.0.div_euclid(1_000), Known::Denied(index));
            }
            return;
        }
        self.recent.insert(&checked.identity, checked.signed_at, Known::Recorded(index));
        if let Some(id) = &checked.client_id {
            self.recent.insert(&client_identity(&checked.actor, id), checked.signed_at, Known::Recorded(index));
        }
    }

    /// The changed cells of state and identities, for a stride that ends here.
    pub(super) fn cells(&mut self) -> Cells {
        cells(&mut self.state, &mut self.recent, self.frontier.size(), self.t)
    }
}

/// Whether a statement was signed too far from the time of its seal.
fn outside_window(checked: &Checked, t: Timestamp) -> bool {
    (t.0 - checked.signed_at.saturating_mul(1_000)).abs() > limits::ADMISSION_WINDOW_MS
}

/// The first byte of the state's cells in the index.
const STATE_PREFIX: u8 = b'S';

/// The changed cells of state and identities, sorted by key, when the log has `size` entries and its last seal is of
/// `t`.
pub(super) fn cells(state: &mut State, recent: &mut Recent, size: u64, t: Timestamp) -> Cells {
    recent.forget(t.0.div_euclid(1_000));
    let prefixed = |(key, value): (Vec<u8>, _)| ([&[STATE_PREFIX], key.as_slice()].concat(), value);
    let mut cells: Cells = state.drain_dirty().into_iter().map(prefixed).collect();
    cells.extend(recent.drain_cells(size));
    cells.sort_unstable();
    cells
}

/// Both on their way back from the cells of an index of `size` entries.
pub(super) struct Loading {
    pub(super) state: State,
    pub(super) recent: Recent,
    size: u64,
}

impl Loading {
    pub(super) fn new(size: u64) -> Self {
        Self { state: State::new(), recent: Recent::default(), size }
    }

    /// Takes a cell; the reason when it is not of their making.
    pub(super) fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let known = match key.split_first() {
            Some((&STATE_PREFIX, rest)) => return self.state.load_cell(rest, value).map_err(|error| error.to_string()),
            Some((&super::recent::CELL_PREFIX, _)) => self.recent.load_cell(key, value, self.size),
            _ => false,
        };
        if known { Ok(()) } else { Err("a cell that is not the ledger's".into()) }
    }
}

/// The keys that an event enrols.
fn enrolled(event: &Event) -> Vec<PublicKey> {
    match &event.body {
        Body::LedgerCreated(body) => {
            let officers = body.officers.iter().map(|officer| &officer.key);
            body.keys.iter().chain(officers).filter_map(public_key).collect()
        }
        Body::ActorEnrolled(body) => body.key.iter().filter_map(|key| public_key(&key.key)).collect(),
        Body::KeyEnrolled(body) => public_key(&body.key).into_iter().collect(),
        _ => Vec::new(),
    }
}
