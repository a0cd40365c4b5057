//! The identities of the admission window, so that resubmission finds the first record.
//!
//! A statement's identity covers its signing time, so one generation an hour of signing time is asked exactly once, and
//! forgotten when the window has passed it. An entry is eight bytes of the identity and the index; a hit is compared with the record itself, so that a chosen collision of eight bytes decides nothing.

use crate::event::{ActorId, Digest, limits};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap, hash_map};

const HOUR_S: i64 = 3_600;
/// 3,200 bytes of value: the index wants small ones.
const ENTRIES_PER_CELL: usize = 200;
/// The first byte of this table's cells in the index.
pub(super) const CELL_PREFIX: u8 = b'R';

/// What was found under an identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// The record of the statement itself.
    Recorded(u64),
    /// The denial that stands in its place.
    Denied(u64),
}

impl Known {
    fn pack(self) -> u64 {
        match self {
            Self::Recorded(index) => index << 1,
            Self::Denied(index) => index << 1 | 1,
        }
    }

    fn unpack(packed: u64) -> Self {
        if packed & 1 == 0 { Self::Recorded(packed >> 1) } else { Self::Denied(packed >> 1) }
    }
}

/// Identities by hour of signing time.
#[derive(Default)]
pub(super) struct Recent {
    generations: BTreeMap<i64, Generation>,
    /// What the index does not hold yet: hour, short identity, packed index.
    fresh: Vec<(i64, u64, u64)>,
    /// Cells of forgotten generations, to be removed from the index.
    stale: Vec<Vec<u8>>,
}

/// One hour's identities. Short identities are unique but for accident or malice; `more` serves those.
#[derive(Default)]
struct Generation {
    first: HashMap<u64, u64>,
    more: BTreeMap<u64, Vec<u64>>,
    cells: Vec<Vec<u8>>,
}

impl Generation {
    fn insert(&mut self, short: u64, packed: u64) {
        match self.first.entry(short) {
            hash_map::Entry::Vacant(entry) => drop(entry.insert(packed)),
            hash_map::Entry::Occupied(_) => self.more.entry(short).or_default().push(packed),
        }
    }
}

impl Recent {
    /// What may be known of this identity: candidates whose record must be compared.
    pub(super) fn candidates(&self, identity: &Digest, signed_at: i64) -> Vec<Known> {
        let Some(generation) = self.generations.get(&signed_at.div_euclid(HOUR_S)) else { return Vec::new() };
        let short = short(identity);
        let first = generation.first.get(&short).into_iter();
        first.chain(generation.more.get(&short).into_iter().flatten()).map(|packed| Known::unpack(*packed)).collect()
    }

    /// As [`Self::candidates`], when the signing time is not at hand.
    pub(super) fn candidates_any(&self, identity: &Digest) -> Vec<Known> {
        self.generations.keys().flat_map(|hour| self.candidates(identity, hour * HOUR_S)).collect()
    }

    pub(super) fn insert(&mut self, identity: &Digest, signed_at: i64, known: Known) {
        let (hour, short, packed) = (signed_at.div_euclid(HOUR_S), short(identity), known.pack());
        self.generations.entry(hour).or_default().insert(short, packed);
        self.fresh.push((hour, short, packed));
    }

    /// Forgets the generations that the window has passed at `t_s`, seconds since 1970.
    pub(super) fn forget(&mut self, t_s: i64) {
        let window_s = limits::ADMISSION_WINDOW_MS / 1_000;
        let oldest = (t_s - window_s).div_euclid(HOUR_S);
        while self.generations.first_key_value().is_some_and(|(hour, _)| *hour < oldest) {
            let forgotten = self.generations.pop_first();
            self.stale.extend(forgotten.into_iter().flat_map(|(_, generation)| generation.cells));
        }
        self.fresh.retain(|(hour, ..)| *hour >= oldest);
    }

    /// What the index must add and remove since the last call, as cells below [`CELL_PREFIX`], in no order. `size` is
    /// the log's size: no two calls may share it.
    pub(super) fn drain_cells(&mut self, size: u64) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let mut cells: Vec<_> = self.stale.drain(..).map(|key| (key, None)).collect();
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable();
        for same_hour in fresh.chunk_by(|a, b| a.0 == b.0) {
            for (part, entries) in (0_u32..).zip(same_hour.chunks(ENTRIES_PER_CELL)) {
                let Some((hour, ..)) = entries.first() else { continue };
                let mut key = vec![CELL_PREFIX];
                key.extend_from_slice(&hour.to_be_bytes());
                key.extend_from_slice(&size.to_be_bytes());
                key.extend_from_slice(&part.to_be_bytes());
                let pairs = entries.iter().flat_map(|(_, short, packed)| [*short, *packed]);
                let value = pairs.flat_map(u64::to_be_bytes).collect();
                self.generations.entry(*hour).or_default().cells.push(key.clone());
                cells.push((key, Some(value)));
            }
        }
        cells
    }

    /// Takes back a cell that [`Self::drain_cells`] gave; false when it is none.
    pub(super) fn load_cell(&mut self, key: &[u8], value: &[u8]) -> bool {
        let number = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_be_bytes);
        let hour = key.get(1..9).and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
        let (Some(hour), 0) = (hour, value.len() % 16) else { return false };
        let generation = self.generations.entry(hour).or_default();
        generation.cells.push(key.to_vec());
        value.chunks_exact(16).all(|pair| {
            let (short, packed) = pair.split_at(8);
            match (number(short), number(packed)) {
                (Some(short), Some(packed)) => {
                    generation.insert(short, packed);
                    true
                }
                _ => false,
            }
        })
    }
}

fn short(identity: &Digest) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(identity.0.split_at(8).0);
    u64::from_be_bytes(first)
}

/// The identity under which a client's own id (CWT `cti`) is remembered: apart from those of statements.
pub(super) fn client_identity(actor: &ActorId, client_id: &[u8]) -> Digest {
    let mut hash = Sha256::new_with_prefix(b"sagwan/cti/v1\0");
    hash.update((actor.as_str().len() as u64).to_be_bytes());
    hash.update(actor.as_str());
    hash.update(client_id);
    Digest(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(byte: u8, tail: u8) -> Digest {
        let mut bytes = [byte; 32];
        bytes[31] = tail;
        Digest(bytes)
    }

    #[test]
    fn colliding_short_identities_are_all_candidates() {
        let mut recent = Recent::default();
        recent.insert(&digest(7, 1), 10, Known::Recorded(3));
        recent.insert(&digest(7, 2), 10, Known::Denied(4));
        recent.insert(&digest(7, 3), 10, Known::Recorded(5));
        let found = recent.candidates(&digest(7, 9), 11);
        assert_eq!(found, [Known::Recorded(3), Known::Denied(4), Known::Recorded(5)]);
        assert!(recent.candidates(&digest(7, 9), HOUR_S).is_empty(), "another hour is another generation");
        assert_eq!(recent.candidates_any(&digest(7, 9)).len(), 3);
    }

    #[test]
    fn cells_bring_back_the_same_answers() {
        let mut recent = Recent::default();
        for n in 0..500_u32 {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&(n % 490).to_be_bytes());
            recent.insert(&Digest(bytes), i64::from(n) * 20, Known::Recorded(n.into()));
        }
        let cells = recent.drain_cells(500);
        assert!(cells.len() >= 3 && recent.drain_cells(501).is_empty());
        let mut again = Recent::default();
        for (key, value) in &cells {
            assert!(again.load_cell(key, value.as_deref().unwrap()));
        }
        for n in 0..500_u32 {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&(n % 490).to_be_bytes());
            assert_eq!(
                recent.candidates(&Digest(bytes), i64::from(n) * 20),
                again.candidates(&Digest(bytes), i64::from(n) * 20)
            );
        }
        again.forget(i64::MAX / 2);
        assert_eq!(again.drain_cells(502).len(), cells.len(), "every cell of a forgotten generation is removed");
        assert!(!again.load_cell(&[CELL_PREFIX], &[0; 16]) && !again.load_cell(&cells[0].0, &[0; 15]));
    }

    #[test]
    fn the_window_is_forgotten_and_nothing_in_it() {
        let mut recent = Recent::default();
        let window_s = limits::ADMISSION_WINDOW_MS / 1_000;
        recent.insert(&digest(1, 1), 0, Known::Recorded(1));
        recent.insert(&digest(2, 1), HOUR_S, Known::Recorded(2));
        recent.forget(window_s + HOUR_S - 1);
        assert_eq!(recent.candidates(&digest(1, 1), 0).len(), 1, "signed in the first hour of the window");
        recent.forget(window_s + HOUR_S);
        assert!(recent.candidates(&digest(1, 1), 0).is_empty());
        assert_eq!(recent.candidates(&digest(2, 1), HOUR_S).len(), 1);
    }
}
