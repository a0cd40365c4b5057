//! Decoded records for the next reader: questions about lineage come back to the same ones.

use super::records::Record;
use crate::event::limits;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Records by their index, in two generations: when the young one is full, the old one is forgotten and the young one
/// grows old. What is asked for grows young again. So what is in use stays, and no bound is passed.
#[derive(Default)]
pub(super) struct Kept(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<u64, Arc<Record>>,
    old: HashMap<u64, Arc<Record>>,
    /// What the young ones weigh, in bytes.
    weight: usize,
}

impl Kept {
    pub(super) fn get(&self, index: u64) -> Option<Arc<Record>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.young.get(&index) {
            return Some(Arc::clone(found));
        }
        let found = kept.old.remove(&index)?;
        kept.put(Arc::clone(&found));
        Some(found)
    }

    pub(super) fn put(&self, record: Arc<Record>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(record);
    }
}

impl Generations {
    fn put(&mut self, record: Arc<Record>) {
        // Decoded, a statement takes a few times its bytes.
        let weight = 4 * record.bytes.len() + 512;
        if self.weight + weight > limits::RECORDS_KEPT_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight;
        self.young.insert(record.index, record);
    }
}
