//! Chunks of a list of the index: which are needed to show what was read of it, and their proof.

use super::Part;
use crate::{
    event::Bytes,
    lineage::{LineageError, source::Needs},
    merkle::{Hash, MerkleError, NodeReader, list_root_of_chunks, multiproof, multiproof_root, postings},
};
use std::collections::BTreeSet;

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

/// The numbers of the chunks that show what is needed of a list of `count` postings; `below` says how many of them are
/// below an index, where the chunks at hand show it.
///
/// What was listed up to an index needs the chunks from the first to the one with the first posting at or above it; how
/// many are below an index, the postings on both sides of it; a position, its chunk. At least one chunk is given.
pub(super) fn needed(count: u64, needs: &Needs, below: impl Fn(u64) -> Option<u64>) -> Option<BTreeSet<u64>> {
    let chunk_of = |position: u64| position / CHUNK as u64;
    let last = count.checked_sub(1)?;
    let mut chunks = BTreeSet::new();
    if let Some(covered) = needs.covered {
        chunks.extend(0..=chunk_of(below(covered)?.min(last)));
    }
    for end in &needs.ends {
        let below = below(*end)?;
        chunks.insert(chunk_of(below.min(last)));
        chunks.extend(below.checked_sub(1).map(chunk_of));
    }
    chunks.extend(needs.positions.iter().filter(|position| **position < count).map(|position| chunk_of(*position)));
    Some(chunks)
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

/// The part of a list, whose indices are all given, that shows what is needed of it.
pub(super) fn make(list: &[u64], needs: &Needs) -> Result<Part, MerkleError> {
    let below = |index: u64| Some(list.partition_point(|own| *own < index) as u64);
    let numbers: Vec<u64> = needed(list.len() as u64, needs, below).unwrap_or_default().into_iter().collect();
    let chunk = |number: &u64| list.chunks(CHUNK).nth(usize::try_from(*number).ok()?).map(<[u64]>::to_vec);
    let chunks = numbers.iter().filter_map(|number| Some((*number, chunk(number)?))).collect();
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
