//! Moving full tiles and bundles from memory into files, and dropping the journal that they replace.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::thread;

use super::local::{LocalLog, locked, memory};
use crate::merkle::{MerkleError, TILE_WIDTH, TileId, TilePath, encode_bundle, tile_bytes, tiles_completed};
use crate::storage::StorageError;
use crate::storage::io::{Durability, Written, make_dir, read_file, replace_file, sync_dirs};
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
            let freed = memory(view.tail.drain(..gone).collect::<Vec<_>>().iter());
            view.tail_bytes = view.tail_bytes.saturating_sub(freed);
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
        let mut files = Vec::new();
        for tile in tiles_completed(from, to)? {
            if tile.level == 0 {
                let bundle = self.bundle_bytes(tile.index)?;
                files.extend(self.write_file(&TilePath::Bundle(tile.into()), &bundle, &mut folders)?);
            }
            let hashes = self.view().edge.tile(&tile).ok_or(lost(&tile))?;
            files.extend(self.write_file(&TilePath::Tile(tile), &tile_bytes(&hashes), &mut folders)?);
        }
        sync_files(&files, self.options.sync_threads)?;
        for file in files {
            file.take_name(self.io.as_ref())?;
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

    /// Writes a file that never changes again, without its name. One that is there already must be the same.
    fn write_file(
        &self,
        id: &TilePath,
        bytes: &[u8],
        folders: &mut BTreeSet<PathBuf>,
    ) -> Result<Option<Written>, StorageError> {
        let path = self.path_of(id);
        let folder = path.parent().unwrap_or(Path::new(""));
        if folders.insert(folder.to_owned()) {
            make_dir(self.io.as_ref(), &self.dir.join("log"), folder, false)?;
        }
        match read_file(self.io.as_ref(), &path, bytes.len() as u64) {
            Ok(None) => Written::new(self.io.as_ref(), &path, bytes, false).map(Some),
            Ok(Some(there)) if there == bytes => Ok(None),
            Ok(Some(_)) | Err(StorageError::TooLarge { .. }) => {
                Err(StorageError::damaged(&path, 0, "a file that never changes holds something else than the log"))
            }
            Err(error) => Err(error),
        }
    }
}

/// Syncs all files, several at a time; the first error counts.
fn sync_files(files: &[Written], threads: usize) -> Result<(), StorageError> {
    let share = files.len().div_ceil(threads.max(1)).max(1);
    if share >= files.len() {
        return files.iter().try_for_each(Written::sync);
    }
    thread::scope(|scope| {
        let parts: Vec<_> =
            files.chunks(share).map(|part| scope.spawn(move || part.iter().try_for_each(Written::sync))).collect();
        parts.into_iter().try_for_each(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

const fn lost(tile: &TileId) -> StorageError {
    StorageError::Merkle(MerkleError::NoSuchTile { level: tile.level, index: tile.index, width: tile.width })
}
