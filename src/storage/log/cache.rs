//! Tiles and bundles that were read lately, bounded in bytes.

use std::collections::HashMap;
use std::hash::Hash as Key;
use std::sync::{Arc, Mutex, PoisonError};

/// A cache that drops what was used longest ago. Values know their own size.
#[derive(Debug)]
pub struct Cache<K, V> {
    limit: usize,
    held: Mutex<Held<K, V>>,
}

#[derive(Debug)]
struct Held<K, V> {
    bytes: usize,
    clock: u64,
    values: HashMap<K, (u64, usize, Arc<V>)>,
}

impl<K: Key + Eq + Copy, V> Cache<K, V> {
    /// An empty cache for `limit` bytes of values.
    pub fn new(limit: usize) -> Self {
        Self { limit, held: Mutex::new(Held { bytes: 0, clock: 0, values: HashMap::new() }) }
    }

    /// The value, if it is held.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.clock += 1;
        let now = held.clock;
        let (used, _, value) = held.values.get_mut(key)?;
        *used = now;
        Some(Arc::clone(value))
    }

    /// Holds a value of `bytes`, unless it alone is above half the limit.
    pub fn put(&self, key: K, value: Arc<V>, bytes: usize) {
        if bytes > self.limit / 2 {
            return;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.clock += 1;
        let now = held.clock;
        if let Some((_, before, _)) = held.values.insert(key, (now, bytes, value)) {
            held.bytes -= before;
        }
        held.bytes += bytes;
        while held.bytes > self.limit {
            let Some(oldest) = held.values.iter().min_by_key(|(_, (used, _, _))| *used).map(|(key, _)| *key) else {
                return;
            };
            if let Some((_, gone, _)) = held.values.remove(&oldest) {
                held.bytes -= gone;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first_and_the_limit_holds() {
        let cache = Cache::new(100);
        for key in 0..4 {
            cache.put(key, Arc::new(key), 25);
        }
        assert_eq!(cache.get(&0).as_deref(), Some(&0));
        cache.put(9, Arc::new(9), 50);
        assert_eq!((cache.get(&1), cache.get(&2)), (None, None));
        assert!(cache.get(&0).is_some() && cache.get(&3).is_some() && cache.get(&9).is_some());
        cache.put(10, Arc::new(10), 51);
        assert_eq!(cache.get(&10), None, "one value may not push out all others");
    }
}
