//! What was read of the log, kept for the next reader: questions about lineage come back to the same records.

use ahash::AHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What says how much memory it takes.
pub(super) trait Weigh {
    /// In bytes, about.
    fn weight(&self) -> usize;
}

/// Things by their log index, in two generations: when the young one is full, the old one is forgotten and the young one
/// grows old. What is asked for grows young again. So what is in use stays, and no bound is passed.
pub(super) struct Kept<T> {
    generations: Mutex<Generations<T>>,
    /// What a generation may weigh, in bytes.
    weight_max: usize,
}

struct Generations<T> {
    young: AHashMap<u64, Arc<T>>,
    old: AHashMap<u64, Arc<T>>,
    /// What the young ones weigh, in bytes.
    weight: usize,
}

impl<T: Weigh> Kept<T> {
    /// Keeps things that weigh `bytes_max` in all.
    pub(super) fn new(bytes_max: usize) -> Self {
        let generations = Generations { young: AHashMap::new(), old: AHashMap::new(), weight: 0 };
        Self { generations: Mutex::new(generations), weight_max: bytes_max / 2 }
    }

    pub(super) fn get(&self, index: u64) -> Option<Arc<T>> {
        let mut kept = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.young.get(&index) {
            return Some(Arc::clone(found));
        }
        let found = kept.old.remove(&index)?;
        kept.put(index, Arc::clone(&found), self.weight_max);
        Some(found)
    }

    pub(super) fn put(&self, index: u64, thing: Arc<T>) {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner).put(index, thing, self.weight_max);
    }
}

impl<T: Weigh> Generations<T> {
    fn put(&mut self, index: u64, thing: Arc<T>, weight_max: usize) {
        let weight = thing.weight();
        if self.weight + weight > weight_max {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight;
        self.young.insert(index, thing);
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
            let generations = kept.generations.lock().unwrap();
            let held: usize = generations.young.values().chain(generations.old.values()).map(|thing| **thing).sum();
            assert!(held <= 100, "{held} bytes after {index}");
        }
        assert_eq!(kept.get(999).as_deref(), Some(&10));
        assert_eq!(kept.get(500), None, "forgotten");
    }
}
