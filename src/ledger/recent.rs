//! The identities of the admission window, so that resubmission finds the first record.
//!
//! A statement's identity covers its signing time, so one generation an hour of signing time is asked exactly once, and
//! forgotten when the window has passed it. An entry is eight bytes of the identity and the index; a hit is compared with the record itself, so that a chosen collision of eight bytes decides nothing.

use crate::event::{ActorId, Digest, limits};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map};

const HOUR_S: i64 = 3_600;
/// At most two identities an index, 16 bytes each: the index wants values of 4 KiB at most.
const INDICES_PER_CELL: u64 = 128;
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
    cells: BTreeSet<Vec<u8>>,
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

    /// What the index must write and remove since the last call, as cells below [`CELL_PREFIX`], in no order; `size` is
    /// the log's size. A cell holds one hour's identities of [`INDICES_PER_CELL`] indices, so that the same log gives
    /// the same cells, wherever its strides end.
    pub(super) fn drain_cells(&mut self, size: u64) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let mut cells: Vec<_> = self.stale.drain(..).map(|key| (key, None)).collect();
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable_by_key(|(hour, short, packed)| (*hour, group(*packed), *packed, *short));
        for same in fresh.chunk_by(|a, b| (a.0, group(a.2)) == (b.0, group(b.2))) {
            let Some((hour, _, packed)) = same.first() else { continue };
            let key = [&[CELL_PREFIX], hour.to_be_bytes().as_slice(), &group(*packed).to_be_bytes()].concat();
            let value = same.iter().flat_map(|(_, short, packed)| [*short, *packed]).flat_map(u64::to_be_bytes);
            self.generations.entry(*hour).or_default().cells.insert(key.clone());
            cells.push((key, Some(value.collect())));
        }
        // The last group may get more: its cell is written again, whole.
        fresh.retain(|(.., packed)| group(*packed) == size / INDICES_PER_CELL);
        self.fresh = fresh;
        cells
    }

    /// Takes back a cell that [`Self::drain_cells`] gave, of an index of `size` entries; false when it is none.
    pub(super) fn load_cell(&mut self, key: &[u8], value: &[u8], size: u64) -> bool {
        let number = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_be_bytes);
        let hour = key.get(1..9).and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
        let (Some(hour), 17, 0) = (hour, key.len(), value.len() % 16) else { return false };
        let generation = self.generations.entry(hour).or_default();
        generation.cells.insert(key.to_vec());
        value.chunks_exact(16).all(|pair| {
            let (short, packed) = pair.split_at(8);
            let (Some(short), Some(packed)) = (number(short), number(packed)) else { return false };
            generation.insert(short, packed);
            if group(packed) == size / INDICES_PER_CELL {
                self.fresh.push((hour, short, packed));
            }
            true
        })
    }
}

/// The group of indices whose identities share a cell.
fn group(packed: u64) -> u64 {
    (packed >> 1) / INDICES_PER_CELL
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
        let cells: BTreeMap<_, _> = recent.drain_cells(500).into_iter().collect();
        assert!(cells.len() >= 4);
        let mut again = Recent::default();
        for (key, value) in &cells {
            assert!(again.load_cell(key, value.as_deref().unwrap(), 500));
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
        let key = cells.first_key_value().unwrap().0;
        assert!(!again.load_cell(&[CELL_PREFIX], &[0; 16], 500) && !again.load_cell(key, &[0; 15], 500));
    }

    /// Drained at once, in many strides, or with a restart between, the index ends with the same cells.
    #[test]
    fn the_same_log_gives_the_same_cells() {
        let identity = |n: u64| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(n * 0x9e37_79b9).to_be_bytes());
            Digest(bytes)
        };
        let cells = |strides: &[u64], restart: bool| {
            let (mut recent, mut kept, mut at) = (Recent::default(), BTreeMap::new(), 0);
            for end in strides {
                for n in at..*end {
                    recent.insert(&identity(n), i64::try_from(n).unwrap() * 9, Known::Recorded(n));
                }
                at = *end;
                for (key, value) in recent.drain_cells(at) {
                    kept.insert(key, value.unwrap());
                }
                if restart {
                    recent = Recent::default();
                    kept.iter().for_each(|(key, value)| assert!(recent.load_cell(key, value, at)));
                }
            }
            kept
        };
        let whole = cells(&[1_000], false);
        for strides in [&[1, 127, 128, 129, 640, 1_000][..], &[300, 1_000], &[999, 1_000]] {
            assert_eq!(cells(strides, false), whole, "{strides:?}");
            assert_eq!(cells(strides, true), whole, "{strides:?} with restarts");
        }
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
