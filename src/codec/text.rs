//! The strict text forms that C2SP formats share: decimals, base64, lines.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{CodecError, Hash, Result};
use crate::event::limits::PROOF_HASHES_MAX;

/// A decimal without sign, leading zeros or overflow.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    if canonical { text.parse().ok() } else { None }
}

/// Standard base64 with padding; no other alphabet, no stray bits, no white space (RFC 4648 section 4).
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A 32-byte hash in base64.
pub(super) fn hash(text: &str) -> Option<Hash> {
    base64(text)?.try_into().ok()
}

/// Appends hashes in base64, one a line.
pub(super) fn put_hashes(out: &mut String, hashes: &[Hash]) {
    for hash in hashes {
        out.push_str(&to_base64(hash));
        out.push('\n');
    }
}

/// Hashes in base64, one a line, each line with its number; no more of them than a proof has.
pub(super) fn take_hashes<'t>(what: &'static str, lines: impl Iterator<Item = (&'t str, usize)>) -> Result<Vec<Hash>> {
    let lines: Vec<_> = lines.collect();
    let mut hashes = Vec::new();
    for (line, number) in &lines {
        if hashes.len() == PROOF_HASHES_MAX {
            let (size, limit) = (lines.len() as u64, PROOF_HASHES_MAX as u64);
            return Err(CodecError::Oversize { what, size, limit, unit: "hashes" });
        }
        hashes.push(hash(line).ok_or(CodecError::BadLine { line: *number, expected: "the base64 of a 32-byte hash" })?);
    }
    Ok(hashes)
}

/// Bytes as standard base64 with padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// UTF-8 without ASCII control characters other than LF (C2SP signed-note, "Format").
pub(super) fn clean(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes).map_err(|error| CodecError::BadText { offset: error.valid_up_to() })?;
    match bytes.iter().position(|byte| *byte < 0x20 && *byte != b'\n') {
        Some(offset) => Err(CodecError::BadText { offset }),
        None => Ok(text),
    }
}

/// Refuses what is larger than its limit in bytes.
pub(super) fn at_most(what: &'static str, size: usize, limit: usize) -> Result<()> {
    if size <= limit {
        return Ok(());
    }
    Err(CodecError::Oversize { what, size: size as u64, limit: limit as u64, unit: "bytes" })
}

/// Refuses what is empty or larger than its limit in bytes.
pub(super) fn within(what: &'static str, size: usize, limit: usize) -> Result<()> {
    if size == 0 { Err(CodecError::Empty(what)) } else { at_most(what, size, limit) }
}
