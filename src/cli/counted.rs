//! Counts with their nouns: `1 grant`, `2 grants`.

/// A count and its noun, which takes an `s` unless there is one.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
