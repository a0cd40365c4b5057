//! Values counted one by one, as long as they are few and short.

use crate::event::limits;
use std::collections::HashMap;

/// Counts of different texts, within a budget of bytes.
#[derive(Clone, Debug)]
pub struct Words {
    counts: HashMap<Box<str>, u64>,
    bytes_left: usize,
    overflown: bool,
}

/// What a counted value costs beyond its own bytes.
const OVERHEAD_BYTES: usize = 48;

impl Words {
    /// A table that may hold this many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { counts: HashMap::new(), bytes_left: bytes, overflown: false }
    }

    /// Counts a value; too many or too long ones end the counting.
    pub fn add(&mut self, word: &str) {
        if self.overflown {
            return;
        }
        if let Some(count) = self.counts.get_mut(word) {
            *count += 1;
            return;
        }
        let cost = word.len() + OVERHEAD_BYTES;
        let fits = word.len() <= limits::PROFILE_VALUE_BYTES_MAX
            && self.counts.len() < limits::PROFILE_VALUES_MAX
            && cost <= self.bytes_left;
        if fits {
            self.bytes_left -= cost;
            self.counts.insert(word.into(), 1);
        } else {
            self.give_up();
        }
    }

    /// Ends the counting and forgets what was counted.
    pub fn give_up(&mut self) {
        self.overflown = true;
        self.counts = HashMap::new();
    }

    /// The values, most frequent first, equals in order of their bytes; `None` when there were too many.
    #[must_use]
    pub fn counted(&self) -> Option<Vec<(String, u64)>> {
        if self.overflown {
            return None;
        }
        let mut counted: Vec<(String, u64)> =
            self.counts.iter().map(|(word, count)| (word.to_string(), *count)).collect();
        counted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Some(counted)
    }
}
