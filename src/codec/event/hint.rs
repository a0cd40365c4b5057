//! The nearest known name: what somebody who mistyped a field most likely meant.

/// What an error repeats of its input: the beginning, printable.
pub(super) fn clip(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The known name nearest to `given`, if any is near: at most a third of its letters differ, capitals and the choice
/// between `-`, `_` and nothing not counted; else the one that shares a word with it, as `basis` does with `legal_basis`.
pub(super) fn nearest(given: &str, known: &[&'static str]) -> Option<&'static str> {
    let letters = plain(given.get(..64).unwrap_or(given));
    if letters.len() > 64 {
        return None;
    }
    let near = known.iter().map(|name| (distance(&letters, &plain(name)), *name)).min()?;
    if near.0 <= near.1.len().div_ceil(3) {
        return Some(near.1);
    }
    let mut sharing = known.iter().filter(|name| words(name).any(|word| words(given).any(|own| own == word)));
    sharing.next().copied().filter(|_| sharing.next().is_none())
}

/// The words of a name, but those that are too short to mean much.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['-', '_', ' ']).filter(|word| word.len() > 3)
}

fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Levenshtein's edit distance, a row at a time.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let first = row.iter_mut().next();
        first.into_iter().for_each(|cell| *cell = left);
        for (cell, y) in row.iter_mut().skip(1).zip(b) {
            let best = (diagonal + usize::from(x != y)).min(*cell + 1).min(left + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_field_and_nonsense_finds_none() {
        let known = ["legal_basis", "purpose", "source"];
        assert_eq!(nearest("legalBasis", &known), Some("legal_basis"));
        assert_eq!(nearest("purposes", &known), Some("purpose"));
        assert_eq!(nearest("sorce", &known), Some("source"));
        assert_eq!(nearest("basis", &known), Some("legal_basis"));
        assert_eq!(nearest("basis", &["legal_basis", "statistical_basis"]), None, "either may be meant");
        assert_eq!(nearest("zzzzzzzzzz", &known), None);
        assert_eq!(nearest("", &["id"]), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), &known), None);
    }

    #[test]
    fn distances() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
        assert_eq!(distance(&chars("abc"), &chars("")), 3);
    }
}
