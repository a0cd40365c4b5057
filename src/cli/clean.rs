//! Text from records made safe to show. A record is written by others: what it says must not move the cursor, colour
//! or reorder other text, hide characters, or begin a line that looks like ours.

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use std::{fmt::Write as _, io};

/// Marks in the output that combine with the letter before them beyond this count hide what stands around them.
const COMBINING_RUN_MAX: usize = 3;

/// `text` on one line: whatever a terminal would not show as itself becomes `\u{…}`, line breaks and tabs `\n`, `\t`.
#[must_use]
pub fn inline(text: &str) -> String {
    clean(text, false)
}

/// Like [`inline`], but keeps line breaks and tabs: for text of our own that spans lines.
#[must_use]
pub fn lines(text: &str) -> String {
    clean(text, true)
}

fn clean(text: &str, keep_lines: bool) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut combining = 0;
    for c in text.chars() {
        combining = if is_combining(c) { combining + 1 } else { 0 };
        match c {
            '\n' | '\t' if keep_lines => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if is_hostile(c) || combining > COMBINING_RUN_MAX => {
                // INVARIANT: writing to a String does not fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Characters that act on a terminal or a reader's eye instead of being seen: controls, bidirectional overrides and
/// isolates (UAX #9; CVE-2021-42574), zero-width and invisible characters, separators, variation selectors, tags,
/// private use and non-characters.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00ad | 0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5
            | 0x180b..=0x180f
            | 0x200b..=0x200f
            | 0x2028..=0x202e
            | 0x2060..=0x206f
            | 0x2800 | 0x3164 | 0xfeff | 0xffa0
            | 0xe000..=0xf8ff
            | 0xfdd0..=0xfdef
            | 0xfe00..=0xfe0f
            | 0xfff0..=0xfffb
            | 0xe0000..=0xe0fff
            | 0xf0000..=0x10_ffff)
        || u32::from(c) & 0xfffe == 0xfffe
}

fn is_combining(c: char) -> bool {
    matches!(u32::from(c),
        0x0300..=0x036f | 0x0483..=0x0489 | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f)
}

/// `value` as compact JSON in which every hostile character stands as its `\u` escape: the same value for a program,
/// harmless on a terminal.
///
/// # Errors
/// When `value` cannot be written as JSON.
pub fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Escaping(CompactFormatter)))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes JSON as `F` does, with hostile characters escaped.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for c in fragment.chars() {
            if is_hostile(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                write!(writer, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_is_left_and_what_is_plain_stays() {
        for (given, shown) in [
            ("plain, 한글, naïve, 日本, ✓", "plain, 한글, naïve, 日本, ✓"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("a\u{9b}2Jb", "a\\u{9b}2Jb"),
            ("a\rb\nc\td", "a\\rb\\nc\\td"),
            ("\u{202e}drow\u{2069}", "\\u{202e}drow\\u{2069}"),
            ("a\u{200b}b\u{feff}c\u{ad}", "a\\u{200b}b\\u{feff}c\\u{ad}"),
            ("\u{e0041}\u{fe0f}\u{2028}", "\\u{e0041}\\u{fe0f}\\u{2028}"),
        ] {
            assert_eq!(inline(given), shown);
        }
        assert_eq!(lines("a\nb\u{7}"), "a\nb\\u{7}");
    }

    #[test]
    fn marks_do_not_pile_up() {
        let pile = format!("a{}", "\u{301}".repeat(50));
        assert_eq!(inline(&pile).matches('\u{301}').count(), COMBINING_RUN_MAX);
    }

    #[test]
    fn json_is_the_same_value_and_harmless() {
        let given = "\u{1b}]0;x\u{7}\u{202e}\u{200b}\u{e0041} \"quoted\" \\ 한글\n";
        let text = json(&given).unwrap();
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), given);
        assert!(!text.chars().any(is_hostile), "{text}");
        assert!(text.contains("한글"));
    }
}
