//! The text of a policy file, before anybody parses it: plain printable ASCII in lines that end with a line feed.
//!
//! What a reviewer sees must be what the engine reads. A byte-order mark, a zero-width space, a Cyrillic letter, a tab
//! or a carriage return breaks that (hazards 1, 2 and 20 of casbin 2.20), so none of them passes.

use super::error::{PolicyError, refuse, refuse_file};
use crate::event::limits;

/// The text of `bytes`, proven to be printable ASCII within the limits.
pub(super) fn check<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, PolicyError> {
    if bytes.len() > limits::POLICY_FILE_BYTES_MAX {
        let reason = format!("{} bytes, the limit is {}", bytes.len(), limits::POLICY_FILE_BYTES_MAX);
        return Err(refuse_file(file, reason, "split the file by owner"));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(refuse(file, 1, "a byte-order mark before the first line", "save the file as plain ASCII, no BOM"));
    }
    let mut line = 1;
    let mut length = 0;
    for byte in bytes {
        match byte {
            b'\n' => {
                line += 1;
                length = 0;
                continue;
            }
            b' '..=b'~' => length += 1,
            b'\t' => return Err(refuse(file, line, "a tab", "use spaces")),
            b'\r' => return Err(refuse(file, line, "a carriage return", "end lines with a line feed alone")),
            0..=0x1f | 0x7f => return Err(refuse(file, line, format!("control byte {byte:#04x}"), "remove it")),
            0x80.. => {
                let remedy = "retype the line in plain ASCII: look-alike letters and zero-width spaces are refused";
                return Err(refuse(file, line, format!("a character outside ASCII (byte {byte:#04x})"), remedy));
            }
        }
        if length > limits::POLICY_LINE_BYTES_MAX {
            let reason = format!("a line of more than {} bytes", limits::POLICY_LINE_BYTES_MAX);
            return Err(refuse(file, line, reason, "break the line"));
        }
    }
    std::str::from_utf8(bytes).map_err(|_| refuse_file(file, "not text", "save the file as plain ASCII"))
}

/// The lines that say something, with their numbers from 1: no blank ones, no comments (`#` in the first column).
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.split('\n').enumerate().map(|(index, line)| (index + 1, line));
    numbered.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
}

/// The line, from 1, on which byte `offset` stands.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// Lower-case letters, digits and single hyphens, beginning with a letter: actions, object types, purposes, rule ids
/// and owners.
pub(super) fn is_word(text: &str) -> bool {
    text.len() <= limits::POLICY_WORD_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Deserializes a TOML file, with the line of the first thing that is wrong.
pub(super) fn toml<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, PolicyError> {
    toml::from_str(text).map_err(|error| {
        let reason = error.message().to_owned();
        let remedy = "see docs/policy.md for the keys of this file";
        match error.span() {
            Some(span) => refuse(file, line_at(text, span.start), reason, remedy),
            None => refuse_file(file, reason, remedy),
        }
    })
}
