//! Everything that this room refuses, and why.

use thiserror::Error;

use super::TILE_WIDTH;
use crate::event::limits::{ENTRY_BYTES_MAX, TREE_SIZE_MAX};

/// What is wrong with a tree's size, a proof, a tile, a bundle or a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MerkleError {
    /// A size above 2^63 - 1.
    #[error("tree size {size} is above the limit of {TREE_SIZE_MAX}; the size was misread or forged, fetch it again")]
    SizeTooLarge {
        /// The size that was given.
        size: u64,
    },
    /// An index at or beyond the tree's size.
    #[error("index {index} is not in a tree of {size} leaves; ask for an index below {size} or for a later checkpoint")]
    IndexOutOfRange {
        /// The index that was asked for.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The old tree of a consistency proof is larger than the new one.
    #[error("old size {from} is above new size {to}; a log never shrinks, so swap the two or treat this as a fork")]
    SizeShrinks {
        /// Leaves in the old tree.
        from: u64,
        /// Leaves in the new tree.
        to: u64,
    },
    /// A proof with too many or too few hashes.
    #[error(
        "the {proof} proof has {found} hashes, must have exactly {expected}; fetch a proof for exactly these sizes"
    )]
    PathLength {
        /// `inclusion` or `consistency`.
        proof: &'static str,
        /// Hashes that the sizes call for.
        expected: usize,
        /// Hashes that were given.
        found: usize,
    },
    /// The proof leads to another root than the one it was checked against.
    #[error(
        "the {proof} proof leads to root {}, not to {}; either leaf, proof or checkpoint was altered, or the log forked: keep all of them as evidence",
        hex::encode(computed),
        hex::encode(expected)
    )]
    RootMismatch {
        /// `inclusion`, `consistency (old tree)`, `consistency (new tree)`, `list` or `index`.
        proof: &'static str,
        /// The root that the proof was checked against.
        expected: super::Hash,
        /// The root that the proof leads to.
        computed: super::Hash,
    },
    /// A frontier with another number of hashes than its size has complete subtrees.
    #[error("a frontier of size {size} has exactly {expected} hashes, found {found}; rebuild it from the tiles")]
    FrontierLength {
        /// Leaves in the tree.
        size: u64,
        /// One for each bit that is set in the size.
        expected: usize,
        /// Hashes that were given.
        found: usize,
    },
    /// A node of a complete subtree that no tree of up to 2^63 - 1 leaves has.
    #[error("no tree has a complete node at level {level}, index {index}: it would end beyond leaf {TREE_SIZE_MAX}")]
    NoSuchNode {
        /// Height above the leaves, which are level 0.
        level: u8,
        /// Position in the level, from the left.
        index: u64,
    },
    /// A tile or bundle width outside 1..=256, or a tile that no tree can have.
    #[error(
        "tile level {level}, index {index}, width {width} cannot exist; level is at most 7, width 1 to {TILE_WIDTH}"
    )]
    NoSuchTile {
        /// Tile level (8 tree levels each).
        level: u8,
        /// Position in the level, from the left.
        index: u64,
        /// Hashes in the tile.
        width: u16,
    },
    /// A tile's content of the wrong length.
    #[error(
        "a tile of width {width} has exactly {expected} bytes, found {found}; the file is cut or damaged, restore it"
    )]
    TileLength {
        /// Hashes that the tile should have.
        width: u16,
        /// 32 bytes for each.
        expected: usize,
        /// Bytes that were found.
        found: usize,
    },
    /// A tile that does not reach as far as the node that is computed from it.
    #[error("the tile has {found} hashes, the node needs {needed}; fetch the tile of a larger tree")]
    TileTooNarrow {
        /// Hashes that the node needs, counted from the tile's start.
        needed: usize,
        /// Hashes that the tile has.
        found: usize,
    },
    /// An entry longer than an entry bundle can say.
    #[error("an entry of {length} bytes is above the limit of {ENTRY_BYTES_MAX}; move large payloads to a blob")]
    EntryTooLong {
        /// Bytes of the entry.
        length: usize,
    },
    /// A bundle that ends inside an entry or its length.
    #[error("the bundle ends at byte {length}, inside entry {entry}; the file is cut or damaged, restore it")]
    BundleCut {
        /// Position of the entry in the bundle.
        entry: usize,
        /// Bytes in the bundle.
        length: usize,
    },
    /// A bundle with another number of entries than its name says.
    #[error("the bundle has {found} entries, its name says {expected}; the file is damaged or misnamed, restore it")]
    BundleWidth {
        /// Entries that the bundle should have.
        expected: u16,
        /// Entries that were found; one more than expected when bytes follow.
        found: usize,
    },
    /// Postings that do not ascend strictly, or a chunk of the wrong length.
    #[error(
        "posting {position} of the list is not above the one before it, or its chunk is too long: ask for the proof again"
    )]
    PostingOrder {
        /// Position in what was given, from 0.
        position: u64,
    },
    /// A proof of a part of a list whose parts do not fit each other.
    #[error("the proof of the list is refused: {what}; ask for the proof again")]
    ListProof {
        /// What is wrong.
        what: &'static str,
    },
    /// A proof of the index that is none for its key.
    #[error("the proof of the index is refused: {what}; ask for the proof again")]
    TrieProof {
        /// What is wrong.
        what: &'static str,
    },
    /// A proof of several leaves, or of several keys, whose parts do not fit each other.
    #[error("the proof of several at once is refused: {what}; ask for the proof again")]
    Multiproof {
        /// What is wrong.
        what: &'static str,
    },
    /// A tile path that is not written the one way that C2SP tlog-tiles allows.
    #[error("tile path {path:?} is refused: {fault}")]
    Path {
        /// The path, cut to its first 64 characters.
        path: String,
        /// The rule that it breaks.
        fault: PathFault,
    },
}

/// Which rule of C2SP tlog-tiles a path breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathFault {
    /// Does not start with `tile/`.
    #[error("it must start with `tile/`, without a leading slash")]
    Prefix,
    /// Longer than any tile's path.
    #[error("it is longer than any tile's path")]
    TooLong,
    /// The level is neither `entries` nor a number from 0 to 7.
    #[error("the level must be `entries` or a number from 0 to 7 without leading zeros")]
    Level,
    /// There is no index.
    #[error("the index is missing")]
    IndexMissing,
    /// A group of the index is not three digits.
    #[error("each part of the index must be three digits, all but the last with an `x` before them")]
    IndexGroup,
    /// The first of several groups is `x000`.
    #[error("the index has a leading group of zeros")]
    IndexLeadingZeros,
    /// The index does not fit a tree of 2^63 - 1 leaves.
    #[error("the index is beyond the largest tree")]
    IndexTooLarge,
    /// The width is not a number from 1 to 255.
    #[error("the width after `.p/` must be a number from 1 to 255 without leading zeros")]
    Width,
    /// Something follows the width or the last group.
    #[error("something follows the end of the path")]
    Trailing,
}
