//! The proved index in the ledger: which postings a record gives it, and the cells from which it is made again when the
//! ledger opens.

use super::batch::Cells;
use crate::merkle::{Hash, Postings, Trie, key_hash};

/// The first byte of its cells in the index; the place of the key follows, the value is its list.
pub(super) const CELL_PREFIX: u8 = b'P';

/// The places of a record's keys.
pub(super) fn key_hashes(keys: &[Box<[u8]>]) -> Vec<Hash> {
    keys.iter().map(|key| key_hash(key)).collect()
}

/// The postings of the record at `index`.
pub(super) fn posted(index: u64, places: &[Hash]) -> impl Iterator<Item = (Hash, u64)> {
    places.iter().map(move |place| (*place, index))
}

/// The cells of all lists that have a posting at or above `from`.
pub(super) fn cells(proved: &Trie, from: u64) -> Cells {
    let mut cells = Cells::new();
    proved.since(from, &mut |place, list| {
        cells.push(([&[CELL_PREFIX], place.as_slice()].concat(), Some(list.to_bytes())));
    });
    cells
}

/// The list of a cell, without the prefix of its key; `None` when it is none.
pub(super) fn list(place: &[u8], value: &[u8]) -> Option<(Hash, Postings)> {
    Some((place.try_into().ok()?, Postings::from_bytes(value).ok()?))
}
