//! Cells out and in: the state as the index keeps it.

use super::{
    CELLS_VERSION, State, StateError, SubjectState,
    cell::{Cell, read_whole},
    table::Table,
};
use crate::event::{Digest, Subject};
use sha2::{Digest as _, Sha256};
use std::hash::Hash;

/// The first byte of a cell's key: which table the entity stands in.
const FACTS: u8 = b'f';
const ACTORS: u8 = b'a';
const KEYS: u8 = b'k';
const SUBJECTS: u8 = b's';
const PROPOSALS: u8 = b'p';
const BINDINGS: u8 = b'b';
const HOLDINGS: u8 = b'h';

/// A cell's key, and its value; no value means that the cell is to be removed.
pub type DirtyCell = (Vec<u8>, Option<Vec<u8>>);

impl State {
    /// The cells that changed since the last call, in the order of their keys. Only what was committed shows.
    pub fn drain_dirty(&mut self) -> Vec<DirtyCell> {
        let mut cells = Vec::new();
        dirty(FACTS, &mut self.facts, &mut cells);
        dirty(ACTORS, &mut self.actors, &mut cells);
        dirty(KEYS, &mut self.keys, &mut cells);
        dirty(SUBJECTS, &mut self.subjects, &mut cells);
        dirty(PROPOSALS, &mut self.proposals, &mut cells);
        dirty(BINDINGS, &mut self.bindings, &mut cells);
        dirty(HOLDINGS, &mut self.holdings, &mut cells);
        cells.sort_unstable();
        cells
    }

    /// Every cell, in the order of its key.
    #[must_use]
    pub fn cells(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut cells = Vec::new();
        all(FACTS, &self.facts, &mut cells);
        all(ACTORS, &self.actors, &mut cells);
        all(KEYS, &self.keys, &mut cells);
        all(SUBJECTS, &self.subjects, &mut cells);
        all(PROPOSALS, &self.proposals, &mut cells);
        all(BINDINGS, &self.bindings, &mut cells);
        all(HOLDINGS, &self.holdings, &mut cells);
        cells.sort_unstable();
        cells
    }

    /// The state that these cells were taken from. Their order does not matter.
    ///
    /// # Errors
    /// [`StateError`] when a cell is not of the form, or of another version: rebuild the index.
    pub fn load<K: AsRef<[u8]>, V: AsRef<[u8]>>(cells: impl IntoIterator<Item = (K, V)>) -> Result<Self, StateError> {
        let mut state = Self::new();
        for (key, value) in cells {
            state.load_cell(key.as_ref(), value.as_ref())?;
        }
        Ok(state)
    }

    /// Takes one of these cells.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_cell(&mut self, key: &[u8], value: &[u8]) -> Result<(), StateError> {
        let found = match key.split_first() {
            Some((&FACTS, rest)) => {
                let (&found, value) = value.split_first().ok_or_else(|| unreadable(key))?;
                if found != CELLS_VERSION {
                    return Err(StateError::Version { found, expected: CELLS_VERSION });
                }
                load(&mut self.facts, rest, value)
            }
            Some((&ACTORS, rest)) => load(&mut self.actors, rest, value),
            Some((&KEYS, rest)) => load(&mut self.keys, rest, value),
            Some((&SUBJECTS, rest)) => self.load_subject(rest, value),
            Some((&PROPOSALS, rest)) => load(&mut self.proposals, rest, value),
            Some((&BINDINGS, rest)) => load(&mut self.bindings, rest, value),
            Some((&HOLDINGS, rest)) => load(&mut self.holdings, rest, value),
            _ => None,
        };
        found.ok_or_else(|| unreadable(key))
    }

    fn load_subject(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        let (subject, known): (Subject, SubjectState) = (read_whole(key)?, read_whole(value)?);
        if known.is_personal() {
            self.marked_personal.insert(subject.clone());
        }
        self.subjects.load(subject, known);
        Some(())
    }

    /// SHA-256 over all cells in the order of their keys, each key and value with its length before it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        for (key, value) in self.cells() {
            for part in [key, value] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        Digest(hasher.finalize().into())
    }
}

fn unreadable(key: &[u8]) -> StateError {
    StateError::Cell { key: hex::encode(key) }
}

fn key_bytes<K: Cell>(tag: u8, key: &K) -> Vec<u8> {
    let mut bytes = vec![tag];
    key.write(&mut bytes);
    bytes
}

fn value_bytes<V: Cell>(tag: u8, value: &V) -> Vec<u8> {
    let mut bytes = if tag == FACTS { vec![CELLS_VERSION] } else { Vec::new() };
    value.write(&mut bytes);
    bytes
}

fn dirty<K: Cell + Eq + Hash + Clone, V: Cell + Clone>(tag: u8, table: &mut Table<K, V>, cells: &mut Vec<DirtyCell>) {
    cells.extend(
        table.take_dirty().map(|(key, value)| (key_bytes(tag, &key), value.map(|value| value_bytes(tag, value)))),
    );
}

fn all<K: Cell + Eq + Hash + Clone, V: Cell + Clone>(
    tag: u8,
    table: &Table<K, V>,
    cells: &mut Vec<(Vec<u8>, Vec<u8>)>,
) {
    cells.extend(table.iter().map(|(key, value)| (key_bytes(tag, key), value_bytes(tag, value))));
}

fn load<K: Cell + Eq + Hash + Clone, V: Cell + Clone>(table: &mut Table<K, V>, key: &[u8], value: &[u8]) -> Option<()> {
    table.load(read_whole(key)?, read_whole(value)?);
    Some(())
}
