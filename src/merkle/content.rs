//! What stands in a tile and in an entry bundle (C2SP tlog-tiles).

use super::{BundleId, Hash, MerkleError, TileId};
use crate::event::limits::ENTRY_BYTES_MAX;

/// The bytes of a tile: its hashes, one after the other.
#[must_use]
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.as_flattened().to_vec()
}

/// The hashes of a tile, borrowed from its bytes, which must be exactly as many as its width says.
///
/// # Errors
/// [`MerkleError::NoSuchTile`], [`MerkleError::TileLength`].
pub fn tile_hashes<'a>(tile: &TileId, bytes: &'a [u8]) -> Result<&'a [Hash], MerkleError> {
    tile.check()?;
    let expected = size_of::<Hash>() * usize::from(tile.width);
    match bytes.as_chunks() {
        (hashes, []) if hashes.len() == usize::from(tile.width) => Ok(hashes),
        _ => Err(MerkleError::TileLength { width: tile.width, expected, found: bytes.len() }),
    }
}

/// Appends one entry to a bundle: its length as 16 bits, big-endian, and its bytes.
///
/// # Errors
/// [`MerkleError::EntryTooLong`] above 65,535 bytes; the bundle is then unchanged.
pub fn append_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), MerkleError> {
    let length = u16::try_from(entry.len()).map_err(|_| MerkleError::EntryTooLong { length: entry.len() })?;
    bundle.reserve(2 + entry.len());
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The bytes of a bundle with these entries.
///
/// # Errors
/// [`MerkleError::EntryTooLong`]; [`MerkleError::NoSuchTile`] when there are none, or more than 256.
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, MerkleError> {
    let width = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    TileId { level: 0, index: 0, width }.check()?;
    let mut bundle = Vec::with_capacity(entries.iter().map(|entry| 2 + entry.as_ref().len()).sum());
    entries.iter().try_for_each(|entry| append_entry(&mut bundle, entry.as_ref()))?;
    Ok(bundle)
}

/// The entries of a bundle, borrowed from its bytes: exactly as many as its width says, and nothing after them.
///
/// # Errors
/// [`MerkleError::NoSuchTile`], [`MerkleError::BundleCut`], [`MerkleError::BundleWidth`].
pub fn bundle_entries<'a>(id: &BundleId, bytes: &'a [u8]) -> Result<Vec<&'a [u8]>, MerkleError> {
    TileId { level: 0, index: id.index, width: id.width }.check()?;
    let mut entries = Vec::with_capacity(usize::from(id.width));
    let mut rest = bytes;
    while !rest.is_empty() {
        let found = entries.len() + 1;
        if found > usize::from(id.width) {
            return Err(MerkleError::BundleWidth { expected: id.width, found });
        }
        let cut = MerkleError::BundleCut { entry: entries.len(), length: bytes.len() };
        let Some((length, after)) = rest.split_first_chunk() else { return Err(cut) };
        let Some((entry, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*length))) else {
            return Err(cut);
        };
        entries.push(entry);
        rest = after;
    }
    if entries.len() != usize::from(id.width) {
        return Err(MerkleError::BundleWidth { expected: id.width, found: entries.len() });
    }
    Ok(entries)
}

const _: () = assert!(ENTRY_BYTES_MAX == u16::MAX as usize, "an entry's length is a 16-bit number");
