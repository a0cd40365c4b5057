//! The index on sled: runs, their manifest, and when they are merged.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::chunk::{Chunk, position, run_start};
use super::digest::ContentDigest;
use super::engine::Engine;
use super::manifest::{Manifest, RunKind, RunMeta};
use super::merge::{Merged, merge};
use super::postings::decode_indices;
use super::run::{RunWriter, chunk_before, find_chunk, remove_run};
use super::{IndexError, Mark, Stride, check_stride};
use crate::merkle::Hash;
use crate::storage::Index;

/// Runs of one tier that are merged into one of the next.
const TIER_RUNS: usize = 8;
/// Cells are written anew as one run when all runs together are this many times the oldest, and this much more.
const CELLS_GROWTH: u64 = 4;
const CELLS_SLACK: u64 = 4 << 20;
const MANIFEST: &[u8] = b"m";

/// The index in a folder, on sled.
#[derive(Debug)]
pub struct SledIndex {
    dir: PathBuf,
    // Readers hold it while they read, so that no run goes under their feet.
    open: RwLock<Option<Open>>,
    // One commit at a time.
    commit: Mutex<()>,
}

#[derive(Debug)]
struct Open {
    engine: Engine,
    manifest: Manifest,
}

impl SledIndex {
    /// Opens the index in a folder, or makes an empty one.
    ///
    /// # Errors
    /// [`IndexError::Damaged`]: then [`SledIndex::recreate`] and index the log anew.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let open = Open::load(dir)?;
        Ok(Self { dir: dir.to_owned(), open: RwLock::new(Some(open)), commit: Mutex::new(()) })
    }

    /// Deletes whatever is in the folder and makes an empty index there.
    ///
    /// # Errors
    /// [`IndexError::Damaged`] when the folder cannot be deleted or written.
    pub fn recreate(dir: &Path) -> Result<Self, IndexError> {
        delete(dir)?;
        Self::open(dir)
    }

    fn read<T>(&self, read: impl FnOnce(&Open) -> Result<T, IndexError>) -> Result<T, IndexError> {
        let open: RwLockReadGuard<'_, _> = self.open.read().unwrap_or_else(PoisonError::into_inner);
        read(open.as_ref().ok_or_else(|| IndexError::damaged("it could not be opened again"))?)
    }

    /// Makes a manifest the one in force: first in sled, then for readers.
    fn install(&self, manifest: Manifest) -> Result<(), IndexError> {
        self.read(|open| open.engine.insert(MANIFEST, &manifest.encode()))?;
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = open.as_mut() {
            open.manifest = manifest;
        }
        Ok(())
    }

    fn compact(&self) -> Result<(), IndexError> {
        for kind in [RunKind::Postings, RunKind::Cells] {
            while let Some((range, tier)) = self.read(|open| Ok(due(&open.manifest, kind)))? {
                let (manifest, gone) = self.read(|open| open.merged(kind, range, tier))?;
                self.install(manifest)?;
                for run in gone {
                    self.read(|open| remove_run(&open.engine, run.number))?;
                }
            }
        }
        Ok(())
    }
}

/// Which runs of a kind are to be merged, by their places among those of the kind, and the tier of the new run.
fn due(manifest: &Manifest, kind: RunKind) -> Option<(Range<usize>, u8)> {
    let runs: Vec<&RunMeta> = manifest.runs_of(kind).collect();
    let total: u64 = runs.iter().map(|run| run.bytes).sum();
    let oldest = runs.first()?;
    if kind == RunKind::Cells && total > CELLS_GROWTH * oldest.bytes + CELLS_SLACK {
        return Some((0..runs.len(), runs.iter().map(|run| run.tier).max().unwrap_or(0)));
    }
    let newest = runs.last()?.tier;
    let same = runs.iter().rev().take_while(|run| run.tier <= newest).count();
    (same >= TIER_RUNS).then(|| (runs.len() - same..runs.len(), newest.saturating_add(1)))
}

impl Open {
    fn load(dir: &Path) -> Result<Self, IndexError> {
        let engine = Engine::open(dir)?;
        let manifest = match engine.get(MANIFEST)? {
            Some(bytes) => Manifest::decode(&bytes)?,
            None => Manifest::default(),
        };
        let open = Self { engine, manifest };
        open.remove_orphans()?;
        Ok(open)
    }

    /// Removes the chunks of runs that the manifest does not name: written before a crash, or left after a merge.
    fn remove_orphans(&self) -> Result<(), IndexError> {
        let mut from = 0;
        while let Some((key, _)) = self.engine.first(run_start(from)..vec![b'd'])? {
            let number = key.get(1..9).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
            let number = number.ok_or_else(|| IndexError::damaged("a key that no chunk has"))?;
            if !self.manifest.runs.iter().any(|run| run.number == number) {
                remove_run(&self.engine, number)?;
            }
            from = number + 1;
        }
        Ok(())
    }

    fn add(&self, stride: &Stride) -> Result<Manifest, IndexError> {
        check_stride(self.manifest.mark.as_ref(), stride)?;
        let mut manifest = self.manifest.clone();
        manifest.mark = Some(stride.mark);
        let mut postings = RunWriter::new(&self.engine, manifest.next_run, RunKind::Postings, 0);
        for (key, indices) in &stride.postings {
            postings.postings(key, 0, indices)?;
        }
        manifest.runs.extend(postings.finish()?);
        let mut cells = RunWriter::new(&self.engine, manifest.next_run + 1, RunKind::Cells, 0);
        for (key, value) in &stride.cells {
            cells.cell(key, value.as_deref())?;
        }
        manifest.runs.extend(cells.finish()?);
        manifest.next_run += 2;
        Ok(manifest)
    }

    fn merged(&self, kind: RunKind, range: Range<usize>, tier: u8) -> Result<(Manifest, Vec<RunMeta>), IndexError> {
        let mut manifest = self.manifest.clone();
        let is_oldest = range.start == 0;
        let gone: Vec<RunMeta> = manifest.runs_of(kind).skip(range.start).take(range.len()).cloned().collect();
        let new = merge(&self.engine, &gone, (manifest.next_run, tier), is_oldest)?;
        manifest.next_run += 1;
        let is_gone = |run: &RunMeta| gone.iter().any(|gone| gone.number == run.number);
        let at = manifest.runs.iter().position(is_gone).unwrap_or(manifest.runs.len());
        manifest.runs.retain(|run| !is_gone(run));
        if let Some(new) = new {
            manifest.runs.insert(at.min(manifest.runs.len()), new);
        }
        Ok((manifest, gone))
    }

    fn find(&self, run: &RunMeta, key: &[u8], first: u64) -> Result<Option<Chunk>, IndexError> {
        find_chunk(&self.engine, run, &position(key, first))
    }

    /// Indices of a key in one run, ascending or descending, until there are `limit` of them in `out`.
    fn list(
        &self,
        run: &RunMeta,
        key: &[u8],
        range: &Range<u64>,
        reverse: bool,
        limit: usize,
        out: &mut Vec<u64>,
    ) -> Result<(), IndexError> {
        let start = if reverse { range.end - 1 } else { range.start };
        // Before the run's first position there is nothing behind, but everything ahead.
        let mut chunk = match self.find(run, key, start)? {
            Some(chunk) => chunk,
            None if reverse => return Ok(()),
            None => match find_chunk(&self.engine, run, &run.first)? {
                Some(chunk) => chunk,
                None => return Ok(()),
            },
        };
        let (lowest, highest) = (position(key, 0), position(key, range.end - 1));
        loop {
            let mut found = Vec::new();
            while chunk.advance()? {
                if chunk.key == key {
                    decode_indices(chunk.payload(), chunk.count, &mut found)?;
                }
            }
            found.retain(|index| range.contains(index));
            let room = limit - out.len();
            if reverse {
                out.extend(found.iter().rev().take(room));
            } else {
                out.extend(found.iter().take(room));
            }
            let next = if out.len() >= limit {
                None
            } else if reverse {
                if chunk.start > lowest { chunk_before(&self.engine, run, &chunk)? } else { None }
            } else if !chunk.next.is_empty() && chunk.next <= highest {
                find_chunk(&self.engine, run, &chunk.next)?
            } else {
                None
            };
            match next {
                Some(next) => chunk = next,
                None => return Ok(()),
            }
        }
    }

    fn count(&self, run: &RunMeta, key: &[u8]) -> Result<u64, IndexError> {
        let Some(mut chunk) = self.find(run, key, u64::MAX)? else { return Ok(0) };
        let mut count = 0;
        while chunk.advance()? {
            if chunk.key == key {
                count = chunk.ordinal + chunk.count;
            }
        }
        Ok(count)
    }

    fn each_cell(&self, prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), IndexError> {
        let mut merged = Merged::seek(&self.engine, self.manifest.runs_of(RunKind::Cells), prefix)?;
        let (mut is_there, mut value) = (false, Vec::new());
        while merged.next_key().is_some_and(|key| key.starts_with(prefix)) {
            merged.take(&mut |count, payload| {
                is_there = count > 0;
                value.clear();
                value.extend_from_slice(payload);
                Ok(())
            })?;
            if is_there {
                each(merged.key(), &value);
            }
        }
        Ok(())
    }

    fn each_list(&self, each: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), IndexError> {
        let mut merged = Merged::seek(&self.engine, self.manifest.runs_of(RunKind::Postings), &[])?;
        let (mut key, mut indices) = (Vec::new(), Vec::new());
        while let Some(next) = merged.next_key() {
            key.clear();
            key.extend_from_slice(next);
            merged.take(&mut |count, payload| {
                indices.clear();
                decode_indices(payload, count, &mut indices)?;
                each(&key, &indices);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn digest(&self) -> Result<Hash, IndexError> {
        let mut digest = ContentDigest::new(self.manifest.mark.as_ref());
        let mut before: Option<Vec<u8>> = None;
        self.each_list(&mut |key, indices| {
            if before.as_deref() != Some(key) {
                if before.is_some() {
                    digest.end_key();
                }
                digest.posting_key(key);
                before = Some(key.to_vec());
            }
            digest.indices(indices);
        })?;
        if before.is_some() {
            digest.end_key();
        }
        self.each_cell(&[], &mut |key, value| digest.cell(key, value))?;
        Ok(digest.finish())
    }
}

impl Index for SledIndex {
    fn mark(&self) -> Result<Option<Mark>, IndexError> {
        self.read(|open| Ok(open.manifest.mark))
    }

    fn commit(&self, stride: &Stride) -> Result<(), IndexError> {
        let _one = self.commit.lock().unwrap_or_else(PoisonError::into_inner);
        let manifest = self.read(|open| open.add(stride))?;
        self.install(manifest)?;
        self.compact()
    }

    fn postings(&self, key: &[u8], range: Range<u64>, reverse: bool, limit: usize) -> Result<Vec<u64>, IndexError> {
        self.read(|open| {
            let mut out = Vec::new();
            let mut runs: Vec<&RunMeta> = open.manifest.runs_of(RunKind::Postings).collect();
            if reverse {
                runs.reverse();
            }
            for run in runs {
                if range.is_empty() || out.len() >= limit {
                    break;
                }
                open.list(run, key, &range, reverse, limit, &mut out)?;
            }
            Ok(out)
        })
    }

    fn posting_count(&self, key: &[u8]) -> Result<u64, IndexError> {
        self.read(|open| open.manifest.runs_of(RunKind::Postings).map(|run| open.count(run, key)).sum())
    }

    fn posting_keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Vec<u8>>, IndexError> {
        self.read(|open| {
            let from = after.unwrap_or(prefix).max(prefix);
            let mut merged = Merged::seek(&open.engine, open.manifest.runs_of(RunKind::Postings), from)?;
            let mut keys = Vec::new();
            while keys.len() < limit && merged.next_key().is_some_and(|key| key.starts_with(prefix)) {
                merged.take(&mut |_, _| Ok(()))?;
                if after.is_none_or(|after| merged.key() > after) {
                    keys.push(merged.key().to_vec());
                }
            }
            Ok(keys)
        })
    }

    fn lists(&self, each: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), IndexError> {
        self.read(|open| open.each_list(each))
    }

    fn cell(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        self.read(|open| {
            for run in open.manifest.runs_of(RunKind::Cells).rev() {
                let Some(mut chunk) = open.find(run, key, 0)? else { continue };
                while chunk.advance()? {
                    if chunk.key == key {
                        return Ok((chunk.count > 0).then(|| chunk.payload().to_vec()));
                    }
                }
            }
            Ok(None)
        })
    }

    fn cells(&self, prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), IndexError> {
        self.read(|open| open.each_cell(prefix, each))
    }

    fn clear(&self) -> Result<(), IndexError> {
        let _one = self.commit.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = open.take() {
            open.engine.close();
        }
        delete(&self.dir)?;
        *open = Some(Open::load(&self.dir)?);
        Ok(())
    }

    fn flush(&self) -> Result<(), IndexError> {
        self.read(|open| open.engine.flush())
    }

    fn content_digest(&self) -> Result<Hash, IndexError> {
        self.read(Open::digest)
    }
}

fn delete(dir: &Path) -> Result<(), IndexError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(IndexError::damaged(format!("{} cannot be deleted: {error}", dir.display())))
        }
        _ => Ok(()),
    }
}
