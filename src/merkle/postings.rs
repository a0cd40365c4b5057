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
    indices.iter().copied().collect::<Postings>().root()
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
    /// The full chunks, if there are any.
    full: Option<Box<Full>>,
    /// The last index.
    last: u64,
    /// The steps between the indices of the last chunk, the first from 0: seven bits a byte, the lowest first, the high
    /// bit on all bytes of a number but its last. Most lists are short and there are many.
    open: Vec<u8>,
    /// Indices in the last chunk, fewer than [`CHUNK`].
    open_count: u16,
}

/// What is kept of full chunks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Full {
    /// How many there are.
    chunks: u64,
    /// The roots of the complete subtrees over them, left to right.
    edge: Vec<Hash>,
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
        let mut carry = self.open_hash();
        // One root for each bit that is set in `chunks`: those of the lowest ones are folded, as in a binary counter.
        let full = self.full.get_or_insert_default();
        for _ in 0..full.chunks.trailing_ones() {
            if let Some(left) = full.edge.pop() {
                carry = node_hash(&left, &carry);
            }
        }
        full.edge.push(carry);
        full.chunks += 1;
        self.open.clear();
        self.open_count = 0;
    }

    /// How many indices it has.
    #[must_use]
    pub fn count(&self) -> u64 {
        let full = self.full.as_ref().map_or(0, |full| full.chunks);
        full * CHUNK as u64 + u64::from(self.open_count)
    }

    /// A look at the bytes of the last chunk, the first of them.
    pub(super) fn open_bytes(&self) -> u64 {
        self.open.first().copied().map_or(0, u64::from)
    }

    /// The last index; 0 when there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// All its indices, while there is no full chunk.
    #[must_use]
    pub fn whole(&self) -> Option<Vec<u64>> {
        self.full.is_none().then(|| self.open())
    }

    /// The indices after the last full chunk.
    #[must_use]
    pub fn open(&self) -> Vec<u64> {
        self.open_indices().collect()
    }

    fn open_indices(&self) -> impl Iterator<Item = u64> {
        let mut rest = self.open.as_slice();
        let mut index = 0_u64;
        std::iter::from_fn(move || {
            index = index.wrapping_add(take_number(&mut rest)?);
            Some(index)
        })
    }

    /// The hash of the last chunk.
    fn open_hash(&self) -> Hash {
        let mut bytes = Vec::with_capacity(8 * usize::from(self.open_count));
        self.open_indices().for_each(|index| bytes.extend_from_slice(&index.to_be_bytes()));
        leaf_hash(&bytes)
    }

    /// The root over its chunks.
    #[must_use]
    pub fn root(&self) -> Hash {
        let open = (self.open_count > 0).then(|| self.open_hash());
        let edge = self.full.iter().flat_map(|full| full.edge.iter().copied());
        let parts = edge.chain(open);
        // From the right: the last part stands deepest.
        parts.rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}

impl FromIterator<u64> for Postings {
    fn from_iter<T: IntoIterator<Item = u64>>(indices: T) -> Self {
        let mut list = Self::default();
        list.extend(indices);
        list
    }
}

impl Extend<u64> for Postings {
    fn extend<T: IntoIterator<Item = u64>>(&mut self, indices: T) {
        indices.into_iter().for_each(|index| self.push(index));
    }
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    // Exactly as much as is needed: doubling would cost more than what it spares, there are as many lists as keys.
    out.reserve_exact((64 - number.leading_zeros()).div_ceil(7).max(1) as usize);
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
}
