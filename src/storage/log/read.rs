//! Reading tiles, bundles, nodes and entries. Nothing that was read from a file is used before it is checked: an entry
//! against its leaf hash, a tile against the node above it, up to the right edge, which recovery checked.

use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::sync::Arc;

use super::local::{LocalLog, locked};
use crate::event::limits::ENTRY_BYTES_MAX;
use crate::merkle::{
    BundleId, Hash, TILE_WIDTH, TileId, TileNode, TilePath, bundle_entries, encode_bundle, leaf_hash, node_hash,
    tile_bytes, tile_hashes,
};
use crate::storage::StorageError;
use crate::storage::io::{Io, read_file};

/// Bytes of a tile with all nodes between its hashes: what the cache counts.
const TREE_BYTES: usize = 511 * 32;
/// Bytes of the largest bundle.
const BUNDLE_BYTES_MAX: u64 = TILE_WIDTH as u64 * (ENTRY_BYTES_MAX as u64 + 2);

/// A full tile and the nodes that are computed from it.
#[derive(Debug)]
pub struct TileTree {
    // Level after level: 256 hashes of the tile, 128 above them, and so on to the one root.
    nodes: Vec<Hash>,
}

impl TileTree {
    /// Computes all nodes above the 256 hashes of a full tile.
    pub fn new(hashes: &[Hash]) -> Self {
        let mut nodes = Vec::with_capacity(511);
        nodes.extend_from_slice(hashes);
        for at in (0..).step_by(2) {
            if at + 1 >= nodes.len() {
                break;
            }
            nodes.push(node_hash(&nodes[at], &nodes[at + 1]));
        }
        Self { nodes }
    }

    /// The 256 hashes of the tile.
    pub fn hashes(&self) -> &[Hash] {
        &self.nodes[..self.nodes.len().min(256)]
    }

    /// The root of the tile: the hash that stands for it one tile level up.
    pub fn root(&self) -> &Hash {
        &self.nodes[self.nodes.len() - 1]
    }

    /// The node `inner` levels above the hashes.
    fn node(&self, inner: u8, index: u64) -> Option<&Hash> {
        let from = 512 - (512_usize >> inner);
        self.nodes.get(from + usize::try_from(index).ok()?)
    }
}

/// A full bundle.
#[derive(Debug)]
pub struct Bundle {
    bytes: Vec<u8>,
    spans: Vec<Range<usize>>,
}

impl Bundle {
    /// Finds the entries.
    pub fn new(index: u64, bytes: Vec<u8>) -> Result<Self, String> {
        let id = BundleId { index, width: TILE_WIDTH };
        let entries = bundle_entries(&id, &bytes).map_err(|error| error.to_string())?;
        let spans = entries
            .iter()
            .scan(0, |at, entry| {
                let from = *at + 2;
                *at = from + entry.len();
                Some(from..*at)
            })
            .collect();
        Ok(Self { bytes, spans })
    }

    /// The entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = &[u8]> {
        self.spans.iter().map(|span| &self.bytes[span.clone()])
    }

    /// One entry, and its offset in the file.
    pub fn entry(&self, position: usize) -> Option<(usize, &[u8])> {
        self.spans.get(position).map(|span| (span.start, &self.bytes[span.clone()]))
    }
}

impl LocalLog {
    /// Where a full tile or bundle stands.
    pub(super) fn path_of(&self, path: &TilePath) -> PathBuf {
        self.dir.join("log").join(path.to_string())
    }

    /// Reads a full tile without checking it.
    pub(super) fn load_tile(&self, level: u8, index: u64) -> Result<TileTree, StorageError> {
        load_tile(self.io.as_ref(), self.path_of(&TilePath::Tile(full_tile(level, index))), level, index)
    }

    /// Reads a full bundle without checking it against its hashes.
    pub(super) fn load_bundle(&self, index: u64) -> Result<Bundle, StorageError> {
        load_bundle(self.io.as_ref(), self.path_of(&TilePath::Bundle(full_tile(0, index).into())), index)
    }

    /// A full tile from disk or the cache, checked against the node above it.
    pub(super) fn tree(&self, level: u8, index: u64) -> Result<Arc<TileTree>, StorageError> {
        if let Some(tree) = self.tiles.get(&(level, index)) {
            return Ok(tree);
        }
        let tree = Arc::new(self.load_tile(level, index)?);
        if *tree.root() != self.read_node(8 * (level + 1), index)? {
            let path = self.path_of(&TilePath::Tile(full_tile(level, index)));
            return Err(StorageError::damaged(
                &path,
                0,
                "the tile does not have the root that the tiles above it give",
            ));
        }
        self.tiles.put((level, index), Arc::clone(&tree), TREE_BYTES);
        Ok(tree)
    }

    fn bundle(&self, index: u64) -> Result<Arc<Bundle>, StorageError> {
        if let Some(bundle) = self.bundles.get(&index) {
            return Ok(bundle);
        }
        let bundle = Arc::new(self.load_bundle(index)?);
        self.bundles.put(index, Arc::clone(&bundle), bundle.bytes.len());
        Ok(bundle)
    }

    pub(super) fn read_node(&self, level: u8, index: u64) -> Result<Hash, StorageError> {
        let located = TileNode::locate(level, index)?;
        {
            let view = self.view();
            if index >= view.edge.size() >> level {
                return Err(StorageError::NotFound { what: format!("node {index} of tree level {level}") });
            }
            if let Some(node) = view.edge.node(usize::from(level), index) {
                return Ok(*node);
            }
        }
        let tree = self.tree(located.level, located.index)?;
        let inner = level % 8;
        let within = u64::from(located.offset) >> inner;
        tree.node(inner, within)
            .copied()
            .ok_or_else(|| StorageError::NotFound { what: format!("node {index} of tree level {level}") })
    }

    pub(super) fn read_entry(&self, index: u64) -> Result<Arc<[u8]>, StorageError> {
        {
            let view = self.view();
            if index >= view.edge.size() {
                return Err(StorageError::NotFound { what: format!("entry {index}") });
            }
            if let Some(position) = index.checked_sub(view.tail_first) {
                let entry = view.tail.get(usize::try_from(position).unwrap_or(usize::MAX)).cloned();
                let expected = view.edge.node(0, index).copied();
                drop(view);
                return match (entry, expected) {
                    (Some(entry), Some(expected)) if leaf_hash(&entry) == expected => Ok(entry),
                    _ => Err(self.damaged_memory(index)),
                };
            }
        }
        let (bundle, position) = (self.bundle(index >> 8)?, usize::from(index.to_be_bytes()[7]));
        let Some((offset, entry)) = bundle.entry(position) else {
            return Err(StorageError::NotFound { what: format!("entry {index}") });
        };
        self.check_entry(index, offset, entry)?;
        Ok(entry.into())
    }

    fn check_entry(&self, index: u64, offset: usize, entry: &[u8]) -> Result<(), StorageError> {
        if leaf_hash(entry) == self.read_node(0, index)? {
            return Ok(());
        }
        let path = self.path_of(&TilePath::Bundle(full_tile(0, index >> 8).into()));
        Err(StorageError::damaged(&path, offset as u64, format!("entry {index} does not have its leaf hash")))
    }

    fn damaged_memory(&self, index: u64) -> StorageError {
        let what = format!("entry {index} does not have its leaf hash in memory; check this machine's memory");
        StorageError::damaged(&self.dir.join("journal"), 0, what)
    }

    pub(super) fn scan_entries(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let end = range.end.min(self.view().edge.size());
        let mut index = range.start;
        while index < end {
            if index >= self.view().tail_first {
                let entry = self.read_entry(index)?;
                if each(index, &entry).is_break() {
                    return Ok(());
                }
                index += 1;
                continue;
            }
            // Whole bundles, past the cache: a scan would only push out what others read.
            let number = index >> 8;
            let bundle = self.load_bundle(number)?;
            let upto = end.min((number + 1) << 8);
            while index < upto {
                let position = usize::from(index.to_be_bytes()[7]);
                let Some((offset, entry)) = bundle.entry(position) else { break };
                self.check_entry(index, offset, entry)?;
                if each(index, entry).is_break() {
                    return Ok(());
                }
                index += 1;
            }
        }
        Ok(())
    }

    pub(super) fn read_tile(&self, path: &TilePath) -> Result<Vec<u8>, StorageError> {
        let tile = match path {
            TilePath::Tile(tile) => *tile,
            TilePath::Bundle(id) => TileId { level: 0, index: id.index, width: id.width },
        };
        let published = locked(&self.published).size;
        if TileId::at(tile.level, tile.index, published).is_none_or(|there| there.width < tile.width) {
            return Err(StorageError::NotFound { what: path.to_string() });
        }
        match path {
            TilePath::Tile(_) => {
                if let Some(hashes) = self.view().edge.tile(&tile) {
                    return Ok(tile_bytes(&hashes));
                }
                let tree = self.tree(tile.level, tile.index)?;
                Ok(tile_bytes(&tree.hashes()[..usize::from(tile.width)]))
            }
            TilePath::Bundle(id) => self.read_bundle(id),
        }
    }

    fn read_bundle(&self, id: &BundleId) -> Result<Vec<u8>, StorageError> {
        let first = id.index << 8;
        {
            let view = self.view();
            if let Some(from) = first.checked_sub(view.tail_first) {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                let entries: Vec<_> = view.tail.iter().skip(from).take(usize::from(id.width)).cloned().collect();
                drop(view);
                return Ok(encode_bundle(&entries)?);
            }
        }
        let bundle = self.bundle(id.index)?;
        let mut entries = Vec::with_capacity(usize::from(id.width));
        for (index, position) in (first..first + u64::from(id.width)).zip(0..) {
            let Some((offset, entry)) = bundle.entry(position) else { break };
            self.check_entry(index, offset, entry)?;
            entries.push(entry);
        }
        Ok(encode_bundle(&entries)?)
    }
}

pub(super) const fn full_tile(level: u8, index: u64) -> TileId {
    TileId { level, index, width: TILE_WIDTH }
}

pub(super) fn load_tile(io: &dyn Io, path: PathBuf, level: u8, index: u64) -> Result<TileTree, StorageError> {
    let bytes = read_file(io, &path, 256 * 32)?.ok_or_else(|| missing(&path))?;
    let hashes = tile_hashes(&full_tile(level, index), &bytes)
        .map_err(|error| StorageError::damaged(&path, 0, error.to_string()))?;
    Ok(TileTree::new(hashes))
}

pub(super) fn load_bundle(io: &dyn Io, path: PathBuf, index: u64) -> Result<Bundle, StorageError> {
    let bytes = read_file(io, &path, BUNDLE_BYTES_MAX)?.ok_or_else(|| missing(&path))?;
    Bundle::new(index, bytes).map_err(|what| StorageError::damaged(&path, 0, what))
}

fn missing(path: &std::path::Path) -> StorageError {
    StorageError::damaged(path, 0, "the file is missing")
}
