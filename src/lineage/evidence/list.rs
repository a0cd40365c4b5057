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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::ListProof;

    /// The tree over 39,063 chunks is hashed twice here; what is checked of it is a few dozen.
    #[test]
    fn a_range_of_ten_million_postings_is_proved_and_checked() {
        let list: Vec<u64> = (0..10_000_000).map(|n| 5 + 3 * n).collect();
        let count = list.len() as u64;
        let all = Chunks(list.chunks(CHUNK).map(postings::chunk_hash).collect());
        let whole = list_root_of_chunks(&all.0);
        let range = 15_000_000..15_030_000;
        let (from, to) = (list.partition_point(|at| *at < range.start), list.partition_point(|at| *at < range.end));

        // The chunks from the posting before the range to the one behind it.
        let chunks = (from - 1) / CHUNK..to / CHUNK + 1;
        let given = list[chunks.start * CHUNK..chunks.end * CHUNK].to_vec();
        let chunks = chunks.start as u64..chunks.end as u64;
        let proof = ListProof::make(count, chunks, given, &all).unwrap();
        assert_eq!(proof.verify(count, &whole), Ok(()));
        assert_eq!(proof.covers(&range), Some(&list[from..to]));
        assert!(proof.hashes.len() <= 2 * 16, "{} hashes", proof.hashes.len());
        let mut cut = proof.clone();
        cut.indices.remove(1_000);
        assert!(cut.verify(count, &whole).is_err());
        let mut other = proof;
        other.indices[1_000] += 1;
        assert!(other.verify(count, &whole).is_err());

        // As evidence has it: how many are below both ends of the range, and what stands last.
        let needs = Needs { covered: None, ends: [range.start, range.end].into(), positions: [count - 1].into() };
        let mut part = make(&list, &needs).unwrap();
        assert_eq!(root(&part).unwrap(), whole);
        assert!(part.chunks.len() <= 5 && part.beside.0.len() <= 32 * 5 * 16, "{} chunks", part.chunks.len());
        let below = |end: u64| {
            let given = part.chunks.iter().flat_map(|(number, chunk)| (number * CHUNK as u64..).zip(chunk));
            given.filter(|(_, at)| **at < end).map(|(position, _)| position + 1).max().unwrap()
        };
        assert_eq!(below(range.end) - below(range.start), (to - from) as u64);
        part.chunks[0].1[7] += 1;
        assert!(root(&part).is_ok_and(|found| found != whole));
    }
}
