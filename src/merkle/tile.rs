//! Which tile or entry bundle is where, and the one path it has (C2SP tlog-tiles).
//!
//! A tile of level L holds up to 256 hashes of tree level 8·L; the levels between are computed from them. A bundle
//! holds the up to 256 entries whose leaf hashes stand in the level-0 tile of the same index. A width of 256 is a full
//! tile, and is not written in the path.

use std::fmt;
use std::str::FromStr;

use super::frontier::check_size;
use super::{Frontier, Hash, MerkleError, PathFault, TILE_WIDTH, TREE_SIZE_MAX};

/// The highest tile level that a tree of up to 2^63 - 1 leaves can have.
const MAX_TILE_LEVEL: u8 = 7;

/// The longest path: `tile/entries/`, 17 digits of index in groups of `x###/`, and `.p/255`.
const MAX_PATH_BYTES: usize = 64;

/// A hash tile: hashes `256 * index .. 256 * index + width` of tree level `8 * level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// Tile level, 0 (leaf hashes) to 7.
    pub level: u8,
    /// Position in the level, from the left.
    pub index: u64,
    /// Hashes in the tile, 1 to 256; 256 is a full tile.
    pub width: u16,
}

/// An entry bundle: entries `256 * index .. 256 * index + width` of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BundleId {
    /// Position from the left, the same as that of the level-0 tile with these entries' hashes.
    pub index: u64,
    /// Entries in the bundle, 1 to 256; 256 is a full bundle.
    pub width: u16,
}

/// Anything that has a path below `tile/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TilePath {
    /// `tile/<L>/<N>[.p/<W>]`
    Tile(TileId),
    /// `tile/entries/<N>[.p/<W>]`
    Bundle(BundleId),
}

impl TileId {
    /// Whether the tile has all its 256 hashes, and so never changes again.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The tile at this place as it is when the tree has `size` leaves, or `None` when it does not exist then.
    #[must_use]
    pub fn at(level: u8, index: u64, size: u64) -> Option<Self> {
        let width = width_at(level, index, size);
        (width > 0).then_some(Self { level, index, width })
    }

    /// Checks that some tree of up to 2^63 - 1 leaves has this tile.
    ///
    /// # Errors
    /// [`MerkleError::NoSuchTile`].
    pub fn check(&self) -> Result<(), MerkleError> {
        if (1..=TILE_WIDTH).contains(&self.width) && self.width <= width_at(self.level, self.index, TREE_SIZE_MAX) {
            return Ok(());
        }
        Err(MerkleError::NoSuchTile { level: self.level, index: self.index, width: self.width })
    }
}

impl BundleId {
    /// Whether the bundle has all its 256 entries, and so never changes again.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The bundle at this place as it is when the log has `size` entries, or `None` when it does not exist then.
    #[must_use]
    pub fn at(index: u64, size: u64) -> Option<Self> {
        TileId::at(0, index, size).map(Self::from)
    }
}

impl From<TileId> for BundleId {
    /// The bundle beside a level-0 tile: same index, same width.
    fn from(tile: TileId) -> Self {
        Self { index: tile.index, width: tile.width }
    }
}

/// Hashes that the tile at this place has when the tree has `size` leaves; 0 when it does not exist.
fn width_at(level: u8, index: u64, size: u64) -> u16 {
    let hashes = if level > MAX_TILE_LEVEL { 0 } else { size >> (8 * level) };
    let before = index.saturating_mul(u64::from(TILE_WIDTH));
    u16::try_from(hashes.saturating_sub(before)).unwrap_or(TILE_WIDTH).min(TILE_WIDTH)
}

/// The full tiles, of every level, that appear when a tree grows from `from` to `to` leaves, level by level and left
/// to right. The full bundles are those of the level-0 tiles. Nothing when `to` is not above `from`.
///
/// # Errors
/// [`MerkleError::SizeTooLarge`].
pub fn tiles_completed(from: u64, to: u64) -> Result<impl Iterator<Item = TileId>, MerkleError> {
    check_size(from)?;
    check_size(to)?;
    Ok((0..MAX_TILE_LEVEL).flat_map(move |level| {
        let shift = 8 * (level + 1);
        (from >> shift..to >> shift).map(move |index| TileId { level, index, width: TILE_WIDTH })
    }))
}

/// The partial tiles, at most one a level, of a tree of `size` leaves (width `floor(size / 256^L) mod 256`; empty
/// ones do not exist). The partial bundle is that of the level-0 tile, if there is one.
///
/// # Errors
/// [`MerkleError::SizeTooLarge`].
pub fn partial_tiles(size: u64) -> Result<impl Iterator<Item = TileId>, MerkleError> {
    check_size(size)?;
    Ok((0..=MAX_TILE_LEVEL).filter_map(move |level| {
        let hashes = size >> (8 * level);
        let width = u16::try_from(hashes % u64::from(TILE_WIDTH)).unwrap_or(0);
        (width > 0).then_some(TileId { level, index: hashes / u64::from(TILE_WIDTH), width })
    }))
}

/// Where a complete subtree's root is found: it is computed from `count` neighbouring hashes of one tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileNode {
    /// Level of the tile.
    pub level: u8,
    /// Position of the tile in its level.
    pub index: u64,
    /// The first hash of the tile that counts.
    pub offset: u8,
    /// How many hashes count: a power of two, 1 to 128.
    pub count: u8,
}

impl TileNode {
    /// Finds the node at tree level `level` and position `index`, as [`NodeReader::node`](super::NodeReader::node)
    /// names it.
    ///
    /// # Errors
    /// [`MerkleError::NoSuchNode`] when the node would end beyond 2^63 - 1 leaves.
    pub fn locate(level: u8, index: u64) -> Result<Self, MerkleError> {
        if level >= 63 || index >= TREE_SIZE_MAX >> level {
            return Err(MerkleError::NoSuchNode { level, index });
        }
        let inner = level % 8;
        let first = index << inner;
        let [.., offset] = first.to_be_bytes();
        Ok(Self { level: level / 8, index: first >> 8, offset, count: 1 << inner })
    }

    /// The tile to read, as it is when the tree has `size` leaves.
    ///
    /// # Errors
    /// [`MerkleError::TileTooNarrow`] when a tree of that size does not have the node yet.
    pub fn tile(&self, size: u64) -> Result<TileId, MerkleError> {
        let tile = TileId { level: self.level, index: self.index, width: width_at(self.level, self.index, size) };
        self.reaches(usize::from(tile.width))?;
        Ok(tile)
    }

    /// The node's hash, from the hashes of its tile.
    ///
    /// # Errors
    /// [`MerkleError::TileTooNarrow`] when the tile ends before the node does.
    pub fn root(&self, hashes: &[Hash]) -> Result<Hash, MerkleError> {
        let end = self.reaches(hashes.len())?;
        let mut subtree = Frontier::new();
        subtree.extend(hashes[usize::from(self.offset)..end].iter().copied());
        Ok(subtree.root())
    }

    fn reaches(&self, found: usize) -> Result<usize, MerkleError> {
        let needed = usize::from(self.offset) + usize::from(self.count);
        if needed > found { Err(MerkleError::TileTooNarrow { needed, found }) } else { Ok(needed) }
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        write_place(f, self.index, self.width)
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tile/entries/")?;
        write_place(f, self.index, self.width)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tile(tile) => tile.fmt(f),
            Self::Bundle(bundle) => bundle.fmt(f),
        }
    }
}

/// Writes the index in groups of three digits, and the width of a partial tile.
fn write_place(f: &mut fmt::Formatter<'_>, index: u64, width: u16) -> fmt::Result {
    let groups = (0..7_u32).rev().map(|group| (group, index / 1000_u64.pow(group)));
    for (group, digits) in groups.filter(|(group, digits)| *digits > 0 || *group == 0) {
        let digits = digits % 1000;
        if group > 0 { write!(f, "x{digits:03}/")? } else { write!(f, "{digits:03}")? }
    }
    if width == TILE_WIDTH { Ok(()) } else { write!(f, ".p/{width}") }
}

impl FromStr for TilePath {
    type Err = MerkleError;

    /// Parses a path, without a leading slash; every path but the one that `Display` writes is refused.
    fn from_str(path: &str) -> Result<Self, MerkleError> {
        parse(path).map_err(|fault| MerkleError::Path { path: path.chars().take(MAX_PATH_BYTES).collect(), fault })
    }
}

fn parse(path: &str) -> Result<TilePath, PathFault> {
    if path.len() > MAX_PATH_BYTES {
        return Err(PathFault::TooLong);
    }
    let rest = path.strip_prefix("tile/").ok_or(PathFault::Prefix)?;
    let (level, rest) = rest.split_once('/').ok_or(PathFault::IndexMissing)?;
    let level = match level.as_bytes() {
        b"entries" => None,
        [digit @ b'0'..=b'7'] => Some(digit - b'0'),
        _ => return Err(PathFault::Level),
    };
    let (place, width) = match rest.split_once(".p/") {
        Some((place, width)) => (place, parse_width(width)?),
        None => (rest, TILE_WIDTH),
    };
    let index = parse_index(place)?;
    let tile = TileId { level: level.unwrap_or(0), index, width };
    tile.check().map_err(|_| PathFault::IndexTooLarge)?;
    Ok(if level.is_some() { TilePath::Tile(tile) } else { TilePath::Bundle(tile.into()) })
}

fn parse_width(text: &str) -> Result<u16, PathFault> {
    let (digits, after) = text.split_once('/').map_or((text, None), |(digits, after)| (digits, Some(after)));
    let width = match digits.as_bytes() {
        [b'1'..=b'9', rest @ ..] if rest.len() <= 2 && rest.iter().all(u8::is_ascii_digit) => digits.parse::<u8>().ok(),
        _ => None,
    };
    match (width, after) {
        (None, _) => Err(PathFault::Width),
        (Some(_), Some(_)) => Err(PathFault::Trailing),
        (Some(width), None) => Ok(width.into()),
    }
}

fn parse_index(text: &str) -> Result<u64, PathFault> {
    if text.is_empty() {
        return Err(PathFault::IndexMissing);
    }
    let mut index = 0_u64;
    let mut ended = false;
    for (position, group) in text.split('/').enumerate() {
        if ended {
            return Err(PathFault::Trailing);
        }
        let (digits, last) = group.strip_prefix('x').map_or((group, true), |digits| (digits, false));
        let number = match digits.as_bytes() {
            [a, b, c] if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                100 * u64::from(a - b'0') + 10 * u64::from(b - b'0') + u64::from(c - b'0')
            }
            _ => return Err(PathFault::IndexGroup),
        };
        if position == 0 && !last && number == 0 {
            return Err(PathFault::IndexLeadingZeros);
        }
        index = index.checked_mul(1000).and_then(|index| index.checked_add(number)).ok_or(PathFault::IndexTooLarge)?;
        ended = last;
    }
    if ended { Ok(index) } else { Err(PathFault::IndexMissing) }
}
