//! Moving full tiles and bundles from memory into files, and dropping the journal that they replace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::local::{LocalLog, locked};
use crate::merkle::{MerkleError, TILE_WIDTH, TileId, TilePath, encode_bundle, tile_bytes, tiles_completed};
use crate::storage::StorageError;
use crate::storage::io::{Durability, make_dir, read_file, replace_file, sync_dirs};
use crate::storage::journal::make_spare;

/// Bundles that are stored before their folders are synced and the journal may shrink.
const STEP: u64 = 64 * TILE_WIDTH as u64;

impl LocalLog {
    pub(super) fn store_due(&self) -> Result<(), StorageError> {
        let mut stored = locked(&self.stored);
        let due = self.store_checkpoint()? & !u64::from(TILE_WIDTH - 1);
        while *stored < due {
            let upto = due.min(*stored + STEP);
            self.store_tiles(*stored, upto)?;
            *stored = upto;
            let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
            let gone = usize::try_from(upto - view.tail_first).unwrap_or(usize::MAX);
            view.tail.drain(..gone);
            view.tail_first = upto;
            view.edge.forget(upto);
        }
        locked(&self.writer).drop_below(*stored)?;
        if locked(&self.writer).wants_spare() {
            let spare = make_spare(self.io.as_ref(), &self.dir.join("journal"), self.options.segment_bytes)?;
            locked(&self.writer).give_spare(spare);
        }
        Ok(())
    }

    /// Stores the newest checkpoint if it is not stored yet; the size that is published.
    fn store_checkpoint(&self) -> Result<u64, StorageError> {
        let (checkpoint, size) = {
            let published = locked(&self.published);
            let unstored = published.checkpoint.as_ref().filter(|_| !published.is_stored);
            (unstored.cloned(), published.size)
        };
        if let Some(checkpoint) = checkpoint {
            let path = self.dir.join("checkpoint");
            replace_file(self.io.as_ref(), &path, &checkpoint, false, Durability::Now)?;
            let mut published = locked(&self.published);
            if published.size == size && published.checkpoint.as_ref() == Some(&checkpoint) {
                published.is_stored = true;
            }
        }
        Ok(size)
    }

    fn store_tiles(&self, from: u64, to: u64) -> Result<(), StorageError> {
        let mut folders = BTreeSet::new();
        for tile in tiles_completed(from, to)? {
            if tile.level == 0 {
                let bundle = self.bundle_bytes(tile.index)?;
                self.store_file(&TilePath::Bundle(tile.into()), &bundle, &mut folders)?;
            }
            let hashes = self.view().edge.tile(&tile).ok_or(lost(&tile))?;
            self.store_file(&TilePath::Tile(tile), &tile_bytes(&hashes), &mut folders)?;
        }
        sync_dirs(self.io.as_ref(), folders.iter().map(PathBuf::as_path))
    }

    fn bundle_bytes(&self, index: u64) -> Result<Vec<u8>, StorageError> {
        let view = self.view();
        let from = usize::try_from((index << 8) - view.tail_first).unwrap_or(usize::MAX);
        let entries: Vec<_> = view.tail.iter().skip(from).take(usize::from(TILE_WIDTH)).cloned().collect();
        drop(view);
        Ok(encode_bundle(&entries)?)
    }

    /// Writes a file that never changes again. One that is there already must be the same.
    fn store_file(&self, id: &TilePath, bytes: &[u8], folders: &mut BTreeSet<PathBuf>) -> Result<(), StorageError> {
        let path = self.path_of(id);
        let folder = path.parent().unwrap_or(Path::new(""));
        if folders.insert(folder.to_owned()) {
            make_dir(self.io.as_ref(), &self.dir.join("log"), folder, false)?;
        }
        match read_file(self.io.as_ref(), &path, bytes.len() as u64) {
            Ok(None) => replace_file(self.io.as_ref(), &path, bytes, false, Durability::Later),
            Ok(Some(there)) if there == bytes => Ok(()),
            Ok(Some(_)) | Err(StorageError::TooLarge { .. }) => {
                Err(StorageError::damaged(&path, 0, "a file that never changes holds something else than the log"))
            }
            Err(error) => Err(error),
        }
    }
}

const fn lost(tile: &TileId) -> StorageError {
    StorageError::Merkle(MerkleError::NoSuchTile { level: tile.level, index: tile.index, width: tile.width })
}
