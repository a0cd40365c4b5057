//! Counts with their nouns: `1 grant`, `2 grants`, `2 entries`.

use std::fmt::Display;

/// A count and its noun, in the plural unless there is one.
#[must_use]
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    match (count == N::from(1), noun.strip_suffix("ry")) {
        (true, _) => format!("{count} {noun}"),
        (false, Some(stem)) => format!("{count} {stem}ries"),
        (false, None) => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_all_else_is_many() {
        let all: Vec<String> = (0..3).map(|count: u64| counted(count, "denial")).collect();
        assert_eq!(all, ["0 denials", "1 denial", "2 denials"]);
        assert_eq!([counted(1_usize, "entry"), counted(2_usize, "entry")], ["1 entry", "2 entries"]);
    }
}
