//! Two JSON values side by side, line by line: what was expected and what was said.

use serde_json::Value as Json;

/// Lines beyond which two texts are shown whole, one after the other: comparing costs their product.
const LINES_MAX: usize = 2_000;

/// What became of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// In both.
    Same,
    /// Expected, and not said.
    Missing,
    /// Said, and not expected.
    New,
}

impl Change {
    fn mark(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Missing => '-',
            Self::New => '+',
        }
    }
}

/// The difference as text, a line each: `-` was expected and not said, `+` was said and not expected.
#[must_use]
pub fn text(expected: &Json, said: &Json) -> String {
    let pretty = |json: &Json| serde_json::to_string_pretty(&sorted(json)).unwrap_or_default();
    let (expected, said) = (pretty(expected), pretty(said));
    let line = |(change, line): (Change, &str)| format!("{} {line}", change.mark());
    lines(&expected, &said).into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Fields in the order of their names, so that only what differs is told.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(fields.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The longest common subsequence of lines, told in order.
fn lines<'t>(before: &'t str, after: &'t str) -> Vec<(Change, &'t str)> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    if before.len().max(after.len()) > LINES_MAX {
        let all = |change, lines: Vec<&'t str>| lines.into_iter().map(move |line| (change, line));
        return all(Change::Missing, before).chain(all(Change::New, after)).collect();
    }
    // common[i][j]: how many lines before[i..] and after[j..] have in common.
    let mut common = vec![vec![0_u32; after.len() + 1]; before.len() + 1];
    let at =
        |table: &[Vec<u32>], i: usize, j: usize| table.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
    for (i, one) in before.iter().enumerate().rev() {
        for (j, other) in after.iter().enumerate().rev() {
            let value = if one == other {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = value;
            }
        }
    }
    let (mut told, mut i, mut j) = (Vec::new(), 0, 0);
    loop {
        match (before.get(i), after.get(j)) {
            (Some(one), Some(other)) if one == other => {
                told.push((Change::Same, *one));
                (i, j) = (i + 1, j + 1);
            }
            (Some(one), other) if other.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                told.push((Change::Missing, *one));
                i += 1;
            }
            (_, Some(other)) => {
                told.push((Change::New, *other));
                j += 1;
            }
            (_, None) => return told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_marked() {
        let expected = json!({"verdict": "reject", "findings": [{"code": "a", "severity": "major"}]});
        let said = json!({"findings": [{"severity": "minor", "code": "a"}], "verdict": "reject"});
        let text = text(&expected, &said);
        let marked: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
        assert_eq!(marked, [r#"-       "severity": "major""#, r#"+       "severity": "minor""#]);
    }

    #[test]
    fn one_side_may_be_empty() {
        assert_eq!(lines("", "a\nb"), [(Change::New, "a"), (Change::New, "b")]);
        assert_eq!(lines("a", ""), [(Change::Missing, "a")]);
        assert_eq!(lines("a\nb\nc", "a\nc"), [(Change::Same, "a"), (Change::Missing, "b"), (Change::Same, "c")]);
    }
}
