//! Reading everything and comparing everything with everything: what `verify --full` stands on.

use std::path::Path;

use super::local::{LocalLog, locked};
use super::read::{TileTree, full_tile};
use crate::merkle::{Frontier, Hash, TilePath, leaf_hash};
use crate::storage::journal::scan_journal;
use crate::storage::{CheckedEntries, Committed, Log, StorageError};

impl LocalLog {
    pub(super) fn check_files(&self, each: &mut CheckedEntries<'_>) -> Result<Committed, StorageError> {
        // Held throughout: what is stored now stays the border between files and memory.
        let stored = locked(&self.stored);
        let committed = {
            let view = self.view();
            Committed { size: view.edge.size(), root: view.root }
        };
        self.check_journal()?;
        let mut tree = Frontier::new();
        // Roots of the full tiles of each level that no full tile above them has taken in yet.
        let mut rows: Vec<Vec<Hash>> = vec![Vec::new(); 8];
        for number in 0..*stored >> 8 {
            let Some((leaves, root)) = self.check_bundle(number, each)? else { return Ok(committed) };
            tree.extend(leaves);
            self.check_above(&mut rows, number, root)?;
        }
        for index in *stored..committed.size {
            let entry = self.entry(index)?;
            let leaf = leaf_hash(&entry);
            if each(index, &entry, &leaf).is_break() {
                return Ok(committed);
            }
            tree.push(leaf);
        }
        if tree.root() != committed.root {
            return Err(StorageError::damaged(&self.dir.join("log"), 0, "the entries do not give the log's root"));
        }
        Ok(committed)
    }

    /// One bundle against its level-0 tile: the leaf hashes and the tile's root, or `None` when `each` broke.
    fn check_bundle(
        &self,
        number: u64,
        each: &mut CheckedEntries<'_>,
    ) -> Result<Option<(Vec<Hash>, Hash)>, StorageError> {
        let bundle = self.load_bundle(number)?;
        let leaves: Vec<Hash> = bundle.entries().map(leaf_hash).collect();
        let tile = self.load_tile(0, number)?;
        if tile.hashes() != leaves {
            return Err(self.blame(number, &leaves, &tile));
        }
        for ((index, entry), leaf) in (number << 8..).zip(bundle.entries()).zip(&leaves) {
            if each(index, entry, leaf).is_break() {
                return Ok(None);
            }
        }
        Ok(Some((leaves, *tile.root())))
    }

    /// Which of a bundle and its tile is damaged: the one that does not give the root that the tree has there.
    fn blame(&self, number: u64, leaves: &[Hash], tile: &TileTree) -> StorageError {
        let id = full_tile(0, number);
        let expected = match self.read_node(8, number) {
            Ok(expected) => expected,
            Err(error) => return error,
        };
        if *tile.root() != expected {
            let path = self.path_of(&TilePath::Tile(id));
            return StorageError::damaged(&path, 0, "the tile does not have the leaf hashes of its bundle's entries");
        }
        let position = leaves.iter().zip(tile.hashes()).position(|(leaf, there)| leaf != there).unwrap_or(0);
        let path = self.path_of(&TilePath::Bundle(id.into()));
        let index = (number << 8) + position as u64;
        StorageError::damaged(&path, 0, format!("entry {index} does not have its leaf hash"))
    }

    /// Takes in a tile's root, and compares every upper tile that becomes full by it with its file.
    fn check_above(&self, rows: &mut [Vec<Hash>], number: u64, root: Hash) -> Result<(), StorageError> {
        let mut root = root;
        for (level, row) in (1_u8..).zip(rows) {
            row.push(root);
            if row.len() < 256 {
                return Ok(());
            }
            let computed = TileTree::new(row);
            let index = number >> (8 * level);
            if self.load_tile(level, index)?.hashes() != computed.hashes() {
                let path = self.path_of(&TilePath::Tile(full_tile(level, index)));
                return Err(StorageError::damaged(&path, 0, "the tile does not have the roots of the tiles below it"));
            }
            root = *computed.root();
            row.clear();
        }
        Ok(())
    }

    /// Reads the journal once more and compares it with what is served from memory.
    fn check_journal(&self) -> Result<(), StorageError> {
        let dir = self.dir.join("journal");
        // Nothing is appended meanwhile: a frame that is being written would look torn.
        let _writer = locked(&self.writer);
        let (segments, _) = scan_journal(self.io.as_ref(), &dir, &self.options.digest())?;
        let mut end = None;
        for segment in &segments {
            for frame in &segment.frames {
                for (index, entry) in (frame.first..).zip(&frame.entries) {
                    if self.view().edge.node(0, index).is_some_and(|leaf| *leaf != leaf_hash(entry)) {
                        let what = format!("entry {index} changed since it was read");
                        return Err(StorageError::damaged(&segment.path, frame.offset(), what));
                    }
                }
            }
            end = Some(segment.next);
        }
        self.check_end(&dir, end)
    }

    fn check_end(&self, journal: &Path, end: Option<u64>) -> Result<(), StorageError> {
        let size = self.size();
        if end == Some(size) {
            return Ok(());
        }
        let what = format!("the journal ends at entry {}, the log at {size}", end.unwrap_or(0));
        Err(StorageError::damaged(journal, 0, what))
    }
}
