//! What was read of the log, kept for the next reader: questions about lineage come back to the same records.

use ahash::AHashMap;
use std::{
    borrow::Borrow,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// What says how much memory it takes.
pub(super) trait Weigh {
    /// In bytes, about.
    fn weight(&self) -> usize;
}

/// Things by their log index, for all who read.
pub(super) struct Kept<T>(Mutex<Generations<u64, T>>);

impl<T: Weigh> Kept<T> {
    /// Keeps things that weigh `bytes_max` in all.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self(Mutex::new(Generations::new(bytes_max)))
    }

    pub(super) fn get(&self, index: u64) -> Option<Arc<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&index)
    }

    pub(super) fn put(&self, index: u64, thing: Arc<T>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(index, thing);
    }
}

/// Things by a key, in two generations: when the young one is full, the old one is forgotten and the young one grows
/// old. What is asked for grows young again. So what is in use stays, and no bound is passed.
pub(super) struct Generations<K, T: ?Sized> {
    young: AHashMap<K, Arc<T>>,
    old: AHashMap<K, Arc<T>>,
    /// What the young ones weigh, in bytes.
    weight: usize,
    /// What a generation may weigh, in bytes.
    weight_max: usize,
}

impl<K: Eq + Hash, T: Weigh + ?Sized> Generations<K, T> {
    /// Keeps things that weigh `bytes_max` in all.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { young: AHashMap::new(), old: AHashMap::new(), weight: 0, weight_max: bytes_max / 2 }
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<Arc<T>>
    where
        K: Borrow<Q>,
    {
        if let Some(found) = self.young.get(key) {
            return Some(Arc::clone(found));
        }
        let (key, found) = self.old.remove_entry(key)?;
        self.put(key, Arc::clone(&found));
        Some(found)
    }

    /// What stands under a key, grown no younger.
    pub(super) fn peek<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&T>
    where
        K: Borrow<Q>,
    {
        self.young.get(key).or_else(|| self.old.get(key)).map(|found| &**found)
    }

    pub(super) fn put(&mut self, key: K, thing: Arc<T>) {
        let weight = thing.weight();
        if self.weight + weight > self.weight_max {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight;
        self.young.insert(key, thing);
    }

    pub(super) fn clear(&mut self) {
        *self = Self { weight_max: self.weight_max, ..Self::new(0) };
    }

    pub(super) fn is_empty(&self) -> bool {
        self.young.is_empty() && self.old.is_empty()
    }

    /// Forgets what stands under a key.
    pub(super) fn forget<Q: Eq + Hash + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if let Some(forgotten) = self.young.remove(key) {
            self.weight = self.weight.saturating_sub(forgotten.weight());
        }
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weigh for usize {
        fn weight(&self) -> usize {
            *self
        }
    }

    #[test]
    fn what_is_in_use_stays_and_no_bound_is_passed() {
        let kept = Kept::new(100);
        for index in 0..1_000 {
            kept.put(index, Arc::new(10));
            assert_eq!(kept.get(0).as_deref(), Some(&10), "asked for all the time, after {index}");
            let generations = kept.0.lock().unwrap();
            let held: usize = generations.young.values().chain(generations.old.values()).map(|thing| **thing).sum();
            assert!(held <= 100, "{held} bytes after {index}");
        }
        assert_eq!(kept.get(999).as_deref(), Some(&10));
        assert_eq!(kept.get(500), None, "forgotten");
    }
    #[test]
    fn what_is_forgotten_is_gone_from_both_generations_and_weighs_nothing() {
        let mut kept = Generations::<u64, usize>::new(40);
        for key in 0..4 {
            kept.put(key, Arc::new(10));
        }
        assert_eq!((kept.old.len(), kept.young.len(), kept.weight), (2, 2, 20));
        (0..4).for_each(|key| kept.forget(&key));
        assert!(kept.is_empty());
        assert_eq!(kept.weight, 0);
    }
}
