//! A map that can be taken back and knows what changed: the one store that every entity stands in.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

/// Entities of one type under their keys. Every write goes to the undo log; [`Table::settle`] turns what stands there
/// into dirty marks, [`Table::undo_to`] takes it back.
#[derive(Clone, Debug)]
pub(super) struct Table<K, V> {
    map: HashMap<K, V>,
    undo: Vec<(K, Option<V>)>,
    dirty: HashSet<K>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { map: HashMap::new(), undo: Vec::new(), dirty: HashSet::new() }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Table<K, V> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.map.iter()
    }

    pub fn put(&mut self, key: K, value: V) {
        let old = self.map.insert(key.clone(), value);
        self.undo.push((key, old));
    }

    /// Changes the entity under `key`, made by `default` when there is none.
    pub fn change(&mut self, key: &K, default: impl FnOnce() -> V, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.map.get_mut(key) {
            self.undo.push((key.clone(), Some(value.clone())));
            change(value);
        } else {
            let mut value = default();
            change(&mut value);
            self.put(key.clone(), value);
        }
    }

    /// Changes the entity under `key`, if there is one.
    pub fn edit(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.map.get_mut(key) {
            self.undo.push((key.clone(), Some(value.clone())));
            change(value);
        }
    }

    /// How many writes could be taken back.
    pub fn written(&self) -> usize {
        self.undo.len()
    }

    /// Takes back every write beyond the first `written`.
    pub fn undo_to(&mut self, written: usize) {
        while self.undo.len() > written {
            match self.undo.pop() {
                Some((key, Some(old))) => drop(self.map.insert(key, old)),
                Some((key, None)) => drop(self.map.remove(&key)),
                None => {}
            }
        }
    }

    /// Makes every write final: it can no longer be taken back, and waits for [`Table::take_dirty`].
    pub fn settle(&mut self) {
        self.dirty.extend(self.undo.drain(..).map(|(key, _)| key));
    }

    /// The keys written since the last call, each with what stands there now.
    pub fn take_dirty(&mut self) -> impl Iterator<Item = (K, Option<&V>)> {
        std::mem::take(&mut self.dirty).into_iter().map(|key| {
            let value = self.map.get(&key);
            (key, value)
        })
    }

    /// An entity read back from the index: neither dirty nor to be undone.
    pub fn load(&mut self, key: K, value: V) {
        self.map.insert(key, value);
    }
}
