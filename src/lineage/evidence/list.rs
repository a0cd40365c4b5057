//! Chunks of a list of the index: which are needed to show it up to an index, and their proof.

use super::Part;
use crate::{
    event::Bytes,
    lineage::LineageError,
    merkle::{Hash, MerkleError, NodeReader, list_root_of_chunks, multiproof, multiproof_root, postings},
};

/// Indices of a full chunk.
const CHUNK: usize = postings::CHUNK;

/// The hashes in a byte string.
pub(super) fn hashes(bytes: &Bytes, part: &'static str) -> Result<Vec<Hash>, LineageError> {
    match bytes.0.as_chunks() {
        (hashes, []) => Ok(hashes.to_vec()),
        _ => LineageError::refused(format!("{part} is not a list of hashes of 32 bytes")),
    }
}

/// One after the other.
pub(super) fn joined(hashes: &[Hash]) -> Bytes {
    Bytes(hashes.as_flattened().to_vec())
}

/// How many chunks, from the first, show a list up to the index `covered`: the first whose last index is at or above it
/// ends them.
pub(super) fn chunks_needed<'a>(mut chunks: impl Iterator<Item = &'a [u64]>, covered: u64) -> usize {
    let mut needed = 0;
    for chunk in chunks.by_ref() {
        needed += 1;
        if chunk.last().is_some_and(|last| *last >= covered) {
            break;
        }
    }
    needed
}

/// The hashes of all chunks, as a tree.
struct Chunks(Vec<Hash>);

impl NodeReader for Chunks {
    type Error = MerkleError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
        let missing = MerkleError::NoSuchNode { level, index };
        let (start, end) = (index << level, (index + 1) << level);
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let hashes = range.and_then(|(start, end)| self.0.get(start..end)).ok_or(missing)?;
        Ok(list_root_of_chunks(hashes))
    }
}

/// The part of a list, whose indices are all given, that shows it up to the index `covered`.
pub(super) fn make(list: &[u64], covered: u64) -> Result<Part, MerkleError> {
    let needed = chunks_needed(list.chunks(CHUNK), covered);
    let chunks: Vec<(u64, Vec<u64>)> = (0..).zip(list.chunks(CHUNK).take(needed).map(<[u64]>::to_vec)).collect();
    let numbers: Vec<u64> = chunks.iter().map(|(number, _)| *number).collect();
    let all = Chunks(list.chunks(CHUNK).map(postings::chunk_hash).collect());
    let beside = multiproof(&all, all.0.len() as u64, &numbers)?;
    Ok(Part { count: list.len() as u64, chunks, beside: joined(&beside) })
}

/// The root of the list of which this is a part.
pub(super) fn root(part: &Part) -> Result<Hash, LineageError> {
    let total = part.count.div_ceil(CHUNK as u64);
    let mut last = None;
    for (number, chunk) in &part.chunks {
        let left = part.count.saturating_sub(number.saturating_mul(CHUNK as u64));
        if chunk.len() as u64 != left.min(CHUNK as u64) {
            return LineageError::refused("a chunk of a list is cut, or stands beyond its end");
        }
        for index in chunk {
            if last.is_some_and(|last| *index <= last) {
                return LineageError::refused("the indices of a list do not ascend");
            }
            last = Some(*index);
        }
    }
    let leaves: Vec<(u64, Hash)> =
        part.chunks.iter().map(|(number, chunk)| (*number, postings::chunk_hash(chunk))).collect();
    multiproof_root(total, &leaves, &hashes(&part.beside, "the proof of a list")?)
        .map_err(|error| LineageError::Proof { part: "the proof of a list", error })
}
