//! Recovery, which is how every log is opened: what `log/` and `journal/` hold must fit together, and the root that each
//! frame carries must follow from the entries. Nothing is changed before all of it does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::edge::Edge;
use super::local::{LocalLog, LogOptions, Tail};
use super::read::{full_tile, load_bundle, load_tile};
use crate::merkle::{BundleId, Hash, TileId, TilePath, encode_bundle, leaf_hash, tile_bytes, tiles_completed};
use crate::storage::StorageError;
use crate::storage::io::{Io, read_file, remove_file, sync_dirs, temporary_name};
use crate::storage::journal::{ScannedSegment, Writer, scan_journal};
use crate::storage::lock::FolderLock;

impl LocalLog {
    /// Opens the log in `dir`.
    ///
    /// # Errors
    /// Each refusal names the half or file that is missing, damaged, or contradicts another, and what to do:
    /// [`StorageError::NotALedger`], [`StorageError::Unfinished`], [`StorageError::MissingHalf`],
    /// [`StorageError::Damaged`], [`StorageError::Gap`], [`StorageError::Behind`], [`StorageError::WrongOrigin`],
    /// [`StorageError::Locked`], [`StorageError::Io`].
    pub fn open(io: Arc<dyn Io>, dir: &Path, options: LogOptions) -> Result<Self, StorageError> {
        let halves = Halves::find(io.as_ref(), dir)?;
        let lock = FolderLock::take(io.as_ref(), dir)?;
        halves.check(dir)?;
        let journal = dir.join("journal");
        let (segments, temporary) = scan_journal(io.as_ref(), &journal, &options.digest())?;
        let first = halves.check_segments(dir, &segments)?;
        let shelf = Shelf { io: io.as_ref(), dir };
        let (edge, tail) = shelf.rebuild(first, &segments)?;
        let stored = edge.size() - tail.len() as u64;
        shelf.check_overlap(&edge, &tail, stored)?;
        let writer = Writer::resume(Arc::clone(&io), &journal, options.digest(), options.segment_bytes, &segments)?;
        for path in temporary {
            remove_file(io.as_ref(), &path)?;
        }
        shelf.remove_temporary(stored, edge.size())?;
        sync_dirs(io.as_ref(), [dir])?;
        Ok(Self::assemble(io, dir, options, lock, writer, edge, tail))
    }
}

/// Which parts of a ledger are in its folder.
struct Halves {
    journal: bool,
    log: bool,
    tiles: bool,
    checkpoint: bool,
}

impl Halves {
    fn find(io: &dyn Io, dir: &Path) -> Result<Self, StorageError> {
        let exists = |name: &str| {
            let path = dir.join(name);
            io.stat(&path).map(|found| found.is_some()).map_err(|error| StorageError::io("look at", &path, error))
        };
        let halves = Self {
            journal: exists("journal")?,
            log: exists("log")?,
            tiles: exists("log/tile/entries/000")? || exists("log/tile/0/000")?,
            checkpoint: exists("checkpoint")?,
        };
        if halves.journal || halves.log || halves.checkpoint {
            return Ok(halves);
        }
        Err(StorageError::NotALedger { dir: dir.to_owned() })
    }

    fn check(&self, dir: &Path) -> Result<(), StorageError> {
        let half = |missing: &str, found: &str| {
            Err(StorageError::MissingHalf { missing: missing.to_owned(), found: found.to_owned() })
        };
        match self {
            Self { journal: false, tiles: true, .. } => half("journal/", "log/ with tiles"),
            Self { journal: false, checkpoint: true, .. } => half("journal/", "checkpoint"),
            Self { tiles: true, checkpoint: false, .. } => half("checkpoint", "log/ with tiles"),
            Self { log: false, checkpoint: true, .. } => half("log/", "checkpoint"),
            Self { journal: false, .. } => Err(StorageError::Unfinished { dir: dir.to_owned() }),
            _ => Ok(()),
        }
    }

    /// The index of the journal's first entry, when what the journal holds fits the other halves.
    fn check_segments(&self, dir: &Path, segments: &[ScannedSegment]) -> Result<u64, StorageError> {
        let half = |missing: &str, found: &str| {
            Err(StorageError::MissingHalf { missing: missing.to_owned(), found: found.to_owned() })
        };
        let holds = segments.iter().any(|segment| segment.root.is_some());
        match segments.first() {
            Some(first) if holds && !self.log => half("log/", &first.path.display().to_string()),
            Some(first) if first.spec.first > 0 && !self.tiles => {
                half("the tiles and bundles in log/", &first.path.display().to_string())
            }
            Some(first) if holds || first.spec.first > 0 => Ok(first.spec.first),
            _ if self.tiles => half("the content of journal/", "log/ with tiles"),
            _ if self.checkpoint => half("the content of journal/", "checkpoint"),
            _ => Err(StorageError::Unfinished { dir: dir.to_owned() }),
        }
    }
}

/// The files below `log/`, while the log is being opened.
struct Shelf<'a> {
    io: &'a dyn Io,
    dir: &'a Path,
}

impl Shelf<'_> {
    fn path(&self, id: &TilePath) -> PathBuf {
        self.dir.join("log").join(id.to_string())
    }

    /// The right edge of the tree, and the entries that are in no bundle below it. `first` is where the journal begins.
    fn rebuild(&self, first: u64, segments: &[ScannedSegment]) -> Result<(Edge, Tail), StorageError> {
        let stored = first & !255;
        let mut edge = Edge::load(stored, |level, start, end| {
            (start..end).map(|index| self.tile_root(level - 1, index)).collect()
        })?;
        let mut tail = Tail::new();
        if stored < first {
            let bundle = load_bundle(self.io, self.path(&bundle_path(first >> 8)), first >> 8)?;
            let before: Vec<Arc<[u8]>> =
                bundle.entries().take(usize::from(first.to_be_bytes()[7])).map(Arc::from).collect();
            grow(&mut edge, &mut tail, &before);
        }
        for segment in segments {
            if segment.root.is_some_and(|root| root != edge.root()) {
                return Err(self.blame(stored, segment));
            }
            for frame in &segment.frames {
                grow(&mut edge, &mut tail, &frame.entries);
                if edge.root() != frame.root {
                    let what = "the tree's root after this frame is another than it says";
                    return Err(StorageError::damaged(&segment.path, frame.offset(), what));
                }
            }
        }
        Ok((edge, tail))
    }

    fn tile_root(&self, level: u8, index: u64) -> Result<Hash, StorageError> {
        load_tile(self.io, self.path(&TilePath::Tile(full_tile(level, index))), level, index).map(|tree| *tree.root())
    }

    /// Why the tree before a segment is not the one that its header says: a damaged file in `log/` at the right edge, or
    /// a segment of another history.
    fn blame(&self, stored: u64, segment: &ScannedSegment) -> StorageError {
        for level in 1..8_u8 {
            let end = stored >> (8 * level);
            for index in end & !255..end {
                if let Err(error) = self.check_tile(level - 1, index) {
                    return error;
                }
            }
        }
        let what =
            "the segment does not follow the entries before it: it is from another time or another copy of the log";
        StorageError::damaged(&segment.path, 0, what)
    }

    /// Compares a full tile with what it is made from: a bundle, or 256 tiles.
    fn check_tile(&self, level: u8, index: u64) -> Result<(), StorageError> {
        let path = self.path(&TilePath::Tile(full_tile(level, index)));
        let tile = load_tile(self.io, path.clone(), level, index)?;
        let below: Vec<Hash> = if level == 0 {
            let bundle = load_bundle(self.io, self.path(&bundle_path(index)), index)?;
            bundle.entries().map(leaf_hash).collect()
        } else {
            (index << 8..(index + 1) << 8).map(|child| self.tile_root(level - 1, child)).collect::<Result<_, _>>()?
        };
        if tile.hashes() == below {
            return Ok(());
        }
        Err(StorageError::damaged(&path, 0, "the tile does not have the hashes of what it covers, or that changed"))
    }

    /// Files below `log/` that cover entries of the journal must say the same, and none may reach beyond it.
    fn check_overlap(&self, edge: &Edge, tail: &Tail, stored: u64) -> Result<(), StorageError> {
        for tile in tiles_completed(stored, edge.size())? {
            if tile.level == 0 {
                let from = usize::try_from((tile.index << 8) - stored).unwrap_or(usize::MAX);
                let entries: Vec<_> = tail.iter().skip(from).take(256).collect();
                self.check_same(&TilePath::Bundle(tile.into()), &encode_bundle(&entries)?)?;
            }
            let hashes = edge.tile(&tile).unwrap_or_default();
            self.check_same(&TilePath::Tile(tile), &tile_bytes(&hashes))?;
        }
        let beyond = full_tile(0, edge.size() >> 8);
        for id in [TilePath::Tile(beyond), TilePath::Bundle(beyond.into())] {
            if self.read(&id)?.is_some() {
                let witness = format!("log/{id}");
                return Err(StorageError::Behind { witness, seen: (beyond.index + 1) << 8, found: edge.size() });
            }
        }
        self.check_before(stored)
    }

    fn check_same(&self, id: &TilePath, expected: &[u8]) -> Result<(), StorageError> {
        match self.read(id)? {
            Some(there) if there != expected => {
                let what = "it differs from the same entries in journal/; one of the two is from another copy";
                Err(StorageError::damaged(&self.path(id), 0, what))
            }
            _ => Ok(()),
        }
    }

    /// The bundle before the journal must be there; that all others are is what `verify --full` is for.
    fn check_before(&self, stored: u64) -> Result<(), StorageError> {
        let Some(last) = (stored >> 8).checked_sub(1) else { return Ok(()) };
        if self.read(&bundle_path(last))?.is_some() {
            return Ok(());
        }
        Err(StorageError::Gap {
            from: last << 8,
            to: stored - 1,
            before: "log/".to_owned(),
            after: format!("journal/, which begins after entry {}", stored - 1),
        })
    }

    fn read(&self, id: &TilePath) -> Result<Option<Vec<u8>>, StorageError> {
        read_file(self.io, &self.path(id), u64::from(u32::MAX))
    }

    /// Removes what a crash left half written.
    fn remove_temporary(&self, stored: u64, size: u64) -> Result<(), StorageError> {
        let mut leftovers = vec![self.dir.join("checkpoint")];
        for tile in tiles_completed(stored, size)? {
            leftovers.push(self.path(&TilePath::Tile(tile)));
            leftovers.push(self.path(&TilePath::Bundle(TileId { level: 0, ..tile }.into())));
        }
        for path in leftovers {
            let path = temporary_name(&path);
            if self.io.stat(&path).map_err(|error| StorageError::io("look at", &path, error))?.is_some() {
                remove_file(self.io, &path)?;
            }
        }
        Ok(())
    }
}

const fn bundle_path(index: u64) -> TilePath {
    let tile = full_tile(0, index);
    TilePath::Bundle(BundleId { index: tile.index, width: tile.width })
}

fn grow(edge: &mut Edge, tail: &mut Tail, entries: &[Arc<[u8]>]) {
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    edge.apply(edge.stage(&leaves));
    tail.extend(entries.iter().cloned());
}
