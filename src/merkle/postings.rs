//! A list of log indices under one hash: what the proved index says of one key.
//!
//! The indices stand in ascending order in chunks of [`CHUNK`]; only the last chunk may be shorter. A chunk's bytes are
//! its indices, 8 bytes each, big-endian; the list's root is the RFC 6962 root over the chunks as leaves. A list only
//! grows, so the list as of an earlier index is a prefix, and shows itself by the two postings around that index.

use super::{Frontier, Hash, MerkleError, empty_root, leaf_hash, node_hash};

/// Indices in a full chunk.
pub const CHUNK: usize = 256;

/// The hash of a chunk: an RFC 6962 leaf over its indices, 8 bytes each, big-endian.
#[must_use]
pub fn chunk_hash(indices: &[u64]) -> Hash {
    let mut bytes = Vec::with_capacity(8 * indices.len());
    indices.iter().for_each(|index| bytes.extend_from_slice(&index.to_be_bytes()));
    leaf_hash(&bytes)
}

/// The root of a whole list; that of the tree without leaves when it is empty.
#[must_use]
pub fn list_root(indices: &[u64]) -> Hash {
    let mut list = Postings::default();
    indices.iter().for_each(|index| list.push(*index));
    list.root()
}

/// The root over the hashes of chunks, all of them in order.
#[must_use]
pub fn list_root_of_chunks(chunks: &[Hash]) -> Hash {
    let mut tree = Frontier::new();
    tree.extend(chunks.iter().copied());
    tree.root()
}

/// A list that grows: its count and root, at a cost and in a space that do not depend on its length.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Postings {
    /// Full chunks so far.
    chunks: u64,
    /// The roots of the complete subtrees over them, left to right.
    edge: Vec<Hash>,
    /// The last index.
    last: u64,
    /// The steps between the indices of the last chunk, the first from 0: seven bits a byte, the lowest first, the high
    /// bit on all bytes of a number but its last. Most lists are short and there are many.
    open: Vec<u8>,
    /// Indices in the last chunk, fewer than [`CHUNK`].
    open_count: u16,
}

impl Postings {
    /// Appends an index above all others.
    ///
    /// An index that is not is the caller's mistake: he goes through the log in order. It would be found as a root that
    /// nobody else computes.
    pub fn push(&mut self, index: u64) {
        debug_assert!(self.count() == 0 || self.last < index, "postings are appended in log order");
        let from = if self.open_count == 0 { 0 } else { self.last };
        put_number(&mut self.open, index.wrapping_sub(from));
        self.last = index;
        self.open_count += 1;
        if usize::from(self.open_count) == CHUNK {
            self.close_chunk();
        }
    }

    fn close_chunk(&mut self) {
        let mut carry = chunk_hash(&self.open());
        // One root for each bit that is set in `chunks`: those of the lowest ones are folded, as in a binary counter.
        for _ in 0..self.chunks.trailing_ones() {
            if let Some(left) = self.edge.pop() {
                carry = node_hash(&left, &carry);
            }
        }
        self.edge.push(carry);
        self.chunks += 1;
        self.open.clear();
        self.open_count = 0;
    }

    /// How many indices it has.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.chunks * CHUNK as u64 + u64::from(self.open_count)
    }

    /// The last index; 0 when there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The indices after the last full chunk.
    #[must_use]
    pub fn open(&self) -> Vec<u64> {
        let mut rest = self.open.as_slice();
        let mut index = 0_u64;
        let step = || {
            index = index.wrapping_add(take_number(&mut rest)?);
            Some(index)
        };
        std::iter::from_fn(step).collect()
    }

    /// The root over its chunks.
    #[must_use]
    pub fn root(&self) -> Hash {
        let open = (self.open_count > 0).then(|| chunk_hash(&self.open()));
        let parts = self.edge.iter().copied().chain(open);
        // From the right: the last part stands deepest.
        parts.rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }

    /// Its parts as bytes: the number of full chunks, the last index, the roots of the subtrees, the open chunk.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + 32 * self.edge.len() + self.open.len());
        put_number(&mut out, self.chunks);
        put_number(&mut out, self.last);
        self.edge.iter().for_each(|hash| out.extend_from_slice(hash));
        out.extend_from_slice(&self.open);
        out
    }

    /// A list from [`Self::to_bytes`].
    ///
    /// # Errors
    /// [`MerkleError::PostingOrder`] when the bytes are no list.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MerkleError> {
        let damaged = MerkleError::PostingOrder { position: 0 };
        let mut rest = bytes;
        let (Some(chunks), Some(last)) = (take_number(&mut rest), take_number(&mut rest)) else { return Err(damaged) };
        let roots = 32 * chunks.count_ones() as usize;
        let (Some(edge), Some(open)) = (rest.get(..roots), rest.get(roots..)) else { return Err(damaged) };
        let edge = edge.chunks_exact(32).filter_map(|hash| hash.try_into().ok()).collect();
        let mut list = Self { chunks, edge, last, open: open.to_vec(), open_count: 0 };
        let indices = list.open();
        check_order(&indices)?;
        if indices.len() >= CHUNK || indices.last().is_some_and(|index| *index != last) {
            return Err(damaged);
        }
        list.open_count = u16::try_from(indices.len()).unwrap_or(u16::MAX);
        if list.to_bytes() == bytes { Ok(list) } else { Err(damaged) }
    }
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Refuses indices that do not ascend strictly.
pub(super) fn check_order(indices: &[u64]) -> Result<(), MerkleError> {
    let broken = indices.windows(2).position(|pair| pair.first() >= pair.last());
    broken.map_or(Ok(()), |at| Err(MerkleError::PostingOrder { position: at as u64 + 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_that_of_the_tree_over_the_chunks() {
        let indices: Vec<u64> = (0..3_000_u64).map(|n| n * n + (1 << 20) * (n / 700)).skip(1).collect();
        let mut list = Postings::default();
        assert_eq!((list.count(), list.root()), (0, empty_root()));
        for (n, index) in indices.iter().enumerate() {
            list.push(*index);
            let so_far = &indices[..=n];
            assert_eq!((list.count(), list.last()), (so_far.len() as u64, *index));
            let mut tree = Frontier::new();
            so_far.chunks(CHUNK).for_each(|chunk| tree.push(chunk_hash(chunk)));
            assert_eq!(list.root(), tree.root(), "after {n}");
            assert_eq!(list.open(), so_far.chunks_exact(CHUNK).remainder());
            assert_eq!(Postings::from_bytes(&list.to_bytes()), Ok(list.clone()));
        }
        assert_eq!(list_root(&indices), list.root());
    }

    #[test]
    fn indices_of_any_size_are_kept() {
        let mut list = Postings::default();
        for index in [0, 1, 127, 128, u64::from(u32::MAX), 1 << 62, u64::MAX] {
            list.push(index);
            assert_eq!(list.open().last(), Some(&index));
        }
    }

    #[test]
    fn bytes_that_are_no_list_are_refused() {
        let mut list = Postings::default();
        (0..300).for_each(|index| list.push(index));
        let bytes = list.to_bytes();
        for cut in 0..bytes.len() {
            // Without its open chunk it is a list, but another one.
            let found = Postings::from_bytes(&bytes[..cut]);
            assert!(found.is_err() || found.is_ok_and(|found| found.root() != list.root()), "{cut}");
        }
        assert!(Postings::from_bytes(&[&bytes[..], &[1]].concat()).is_err());
        assert!(Postings::from_bytes(&[0, 2, 2, 0]).is_err(), "an index twice");
        assert!(Postings::from_bytes(&[0, 0x80, 0]).is_err(), "a number longer than need be");
    }
}
