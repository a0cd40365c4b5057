//! Proofs of parts of a list of postings: which indices a key has within a range, and that it has no others there.

use super::{
    Hash, MerkleError, NodeReader, node_hash,
    postings::{CHUNK, check_order, chunk_hash},
    proof::{range_root, split},
};
use std::ops::Range;

/// Neighbouring chunks of a list in full, and the hashes of everything beside them. With all chunks it is the whole
/// list and has no hashes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListProof {
    /// How many postings the list has.
    pub count: u64,
    /// The position of the first index given; a multiple of [`CHUNK`].
    pub first: u64,
    /// The indices of the chunks given, ascending.
    pub indices: Vec<u64>,
    /// The roots of the subtrees over the other chunks, left to right.
    pub hashes: Vec<Hash>,
}

impl ListProof {
    /// The proof that gives the chunks `chunks` of a list of `count` postings, whose indices are `indices`; `reader`
    /// has the nodes of the tree over the chunks.
    ///
    /// # Errors
    /// [`MerkleError::ListProof`] when there are no such chunks; whatever the reader fails with.
    pub fn make<R: NodeReader>(
        count: u64,
        chunks: Range<u64>,
        indices: Vec<u64>,
        reader: &R,
    ) -> Result<Self, R::Error> {
        let total = count.div_ceil(CHUNK as u64);
        if chunks.is_empty() || chunks.end > total {
            return Err(MerkleError::ListProof { what: "the list has no such chunks" }.into());
        }
        let mut hashes = Vec::new();
        outside(0..total, &chunks, &mut |part| {
            hashes.push(range_root(reader, part.start, part.end)?);
            Ok::<_, R::Error>(())
        })?;
        Ok(Self { count, first: chunks.start * CHUNK as u64, indices, hashes })
    }

    /// Checks that these are the postings at their positions of the list with this count and root.
    ///
    /// # Errors
    /// [`MerkleError::ListProof`], [`MerkleError::PostingOrder`], [`MerkleError::RootMismatch`].
    pub fn verify(&self, count: u64, root: &Hash) -> Result<(), MerkleError> {
        let wrong = |what| Err(MerkleError::ListProof { what });
        let chunk = CHUNK as u64;
        let given = self.indices.len() as u64;
        if self.count != count || count > super::TREE_SIZE_MAX {
            return wrong("it is of a list of another length");
        }
        if given == 0 || !self.first.is_multiple_of(chunk) || self.first > count || given > count - self.first {
            return wrong("its postings are not those of whole chunks of the list");
        }
        let end = self.first + given;
        if end != count && !end.is_multiple_of(chunk) {
            return wrong("its last chunk is cut");
        }
        check_order(&self.indices)?;
        let total = count.div_ceil(chunk);
        let chunks = self.first / chunk..end.div_ceil(chunk);
        let mut beside = self.hashes.iter();
        let mut inside = self.indices.chunks(CHUNK).map(chunk_hash);
        let computed = fold(0..total, &chunks, &mut inside, &mut beside);
        let computed = computed.filter(|_| beside.next().is_none());
        match computed {
            Some(computed) if computed == *root => Ok(()),
            Some(computed) => Err(MerkleError::RootMismatch { proof: "list", expected: *root, computed }),
            None => wrong("it has too few or too many hashes"),
        }
    }

    /// The postings within a range of log indices, when the proof shows that there are no others: it begins with the
    /// list or before the range, and ends with the list or behind the range. Call [`Self::verify`] first.
    #[must_use]
    pub fn covers(&self, range: &Range<u64>) -> Option<&[u64]> {
        let from_start = self.first == 0 || self.indices.first().is_some_and(|index| *index < range.start);
        let ends = self.first + self.indices.len() as u64 == self.count;
        let to_end = ends || self.indices.last().is_some_and(|index| *index >= range.end);
        if !(from_start && to_end) {
            return None;
        }
        let start = self.indices.partition_point(|index| *index < range.start);
        let end = self.indices.partition_point(|index| *index < range.end);
        self.indices.get(start..end.max(start))
    }
}

/// Calls `beside` for each of the largest subtrees of `tree` that have nothing of `chunks`, left to right.
fn outside<E>(
    tree: Range<u64>,
    chunks: &Range<u64>,
    beside: &mut impl FnMut(Range<u64>) -> Result<(), E>,
) -> Result<(), E> {
    if tree.end <= chunks.start || tree.start >= chunks.end {
        return beside(tree);
    }
    if tree.end - tree.start == 1 {
        return Ok(());
    }
    let middle = tree.start + split(tree.end - tree.start);
    outside(tree.start..middle, chunks, beside)?;
    outside(middle..tree.end, chunks, beside)
}

/// The root of `tree`, whose chunks in `chunks` hash to `inside` and whose other subtrees are `beside`; `None` when
/// hashes are missing.
fn fold<'a>(
    tree: Range<u64>,
    chunks: &Range<u64>,
    inside: &mut impl Iterator<Item = Hash>,
    beside: &mut impl Iterator<Item = &'a Hash>,
) -> Option<Hash> {
    if tree.end <= chunks.start || tree.start >= chunks.end {
        return beside.next().copied();
    }
    if tree.end - tree.start == 1 {
        return inside.next();
    }
    let middle = tree.start + split(tree.end - tree.start);
    let left = fold(tree.start..middle, chunks, inside, beside)?;
    let right = fold(middle..tree.end, chunks, inside, beside)?;
    Some(node_hash(&left, &right))
}

#[cfg(test)]
mod tests {
    use super::super::{Frontier, postings::list_root};
    use super::*;
    use proptest::prelude::*;

    /// All complete nodes of a small tree.
    struct Nodes(Vec<Hash>);

    impl NodeReader for Nodes {
        type Error = MerkleError;

        fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
            let (start, end) = ((index << level) as usize, ((index + 1) << level) as usize);
            let mut tree = Frontier::new();
            tree.extend(self.0.get(start..end).ok_or(MerkleError::NoSuchNode { level, index })?.iter().copied());
            Ok(tree.root())
        }
    }

    fn proof(indices: &[u64], chunks: Range<u64>) -> ListProof {
        let nodes = Nodes(indices.chunks(CHUNK).map(chunk_hash).collect());
        let given = indices.chunks(CHUNK).skip(chunks.start as usize).take((chunks.end - chunks.start) as usize);
        let given = given.flatten().copied().collect();
        ListProof::make(indices.len() as u64, chunks, given, &nodes).unwrap()
    }

    #[test]
    fn every_run_of_chunks_is_proved_and_nothing_else() {
        for count in [1, 255, 256, 257, 600, 1_500, 2_049] {
            let indices: Vec<u64> = (0..count).map(|n| 5 + 3 * n).collect();
            let root = list_root(&indices);
            let total = count.div_ceil(CHUNK as u64);
            for start in 0..total {
                for end in start + 1..=total {
                    let proof = proof(&indices, start..end);
                    assert_eq!(proof.verify(count, &root), Ok(()), "{count} {start}..{end}");
                    assert!(proof.verify(count + 1, &root).is_err());
                    assert!(proof.verify(count, &[7; 32]).is_err());
                    assert!(proof.hashes.len() <= 2 * 4);
                }
            }
            let whole = proof(&indices, 0..total);
            assert_eq!((whole.hashes.len(), whole.covers(&(0..u64::MAX))), (0, Some(indices.as_slice())));
        }
    }

    proptest! {
        #[test]
        fn what_it_covers_is_complete(count in 1_u64..1_300, from in 0_u64..4_000, length in 0_u64..4_000, a in 0_u64..6, b in 1_u64..6) {
            let indices: Vec<u64> = (0..count).map(|n| 5 + 3 * n).collect();
            let total = count.div_ceil(CHUNK as u64);
            let start = a.min(total - 1);
            let proof = proof(&indices, start..(start + b).min(total));
            let range = from..from + length;
            let truth: Vec<u64> = indices.iter().copied().filter(|index| range.contains(index)).collect();
            if let Some(covered) = proof.covers(&range) {
                prop_assert_eq!(covered, truth.as_slice());
            }
        }

        #[test]
        fn an_altered_proof_is_refused(count in 1_u64..1_300, a in 0_u64..6, b in 1_u64..6, kind in 0..7, at in any::<prop::sample::Index>()) {
            let indices: Vec<u64> = (0..count).map(|n| 5 + 3 * n).collect();
            let root = list_root(&indices);
            let total = count.div_ceil(CHUNK as u64);
            let start = a.min(total - 1);
            let mut altered = proof(&indices, start..(start + b).min(total));
            let sound = altered.clone();
            let spot = at.index(altered.indices.len());
            match kind {
                0 => altered.indices[spot] += 1,
                1 => { altered.indices.remove(spot); }
                2 => altered.indices.insert(spot, 4),
                3 => altered.first += CHUNK as u64,
                4 => altered.count += 1,
                5 => altered.hashes.push([0; 32]),
                _ => altered.hashes.iter_mut().for_each(|hash| hash[0] ^= 1),
            }
            prop_assert!(altered == sound || altered.verify(count, &root).is_err());
        }
    }
}
