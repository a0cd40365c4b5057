//! Several runs read as one: postings of a key one after the other, of cells the newest.

use super::IndexError;
use super::engine::Engine;
use super::manifest::{RunKind, RunMeta};
use super::postings::decode_indices;
use super::run::{RunIter, RunWriter};

/// What looks at the items of a key: count and payload of each.
type EachItem<'a> = dyn FnMut(u64, &[u8]) -> Result<(), IndexError> + 'a;

/// Runs of one kind, the oldest first, read together in order of keys.
pub struct Merged {
    runs: Vec<RunIter>,
    key: Vec<u8>,
}

impl Merged {
    /// Stands before the first key at or above `from`.
    pub fn seek<'a>(engine: &Engine, runs: impl Iterator<Item = &'a RunMeta>, from: &[u8]) -> Result<Self, IndexError> {
        let mut open = Vec::new();
        for run in runs {
            open.extend(RunIter::seek(engine, run, from)?);
        }
        Ok(Self { runs: open, key: Vec::new() })
    }

    /// The next key; `None` at the end. Its items must then be taken with [`Merged::take`].
    pub fn next_key(&mut self) -> Option<&[u8]> {
        let least = self.runs.iter().map(|run| run.item().key.as_slice()).min()?;
        self.key.clear();
        self.key.extend_from_slice(least);
        Some(&self.key)
    }

    /// The key at which it stands.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// Gives all items of the key at which it stands, the oldest first: count and payload of each.
    pub fn take(&mut self, each: &mut EachItem<'_>) -> Result<(), IndexError> {
        let mut at = 0;
        while let Some(run) = self.runs.get_mut(at) {
            let mut ended = false;
            while !ended && run.item().key == self.key {
                each(run.item().count, run.item().payload())?;
                ended = !run.advance()?;
            }
            if ended {
                self.runs.remove(at);
            } else {
                at += 1;
            }
        }
        Ok(())
    }
}

/// Merges runs of one kind, the oldest first, into a new one. Removed cells are forgotten when `is_oldest` says that no
/// older run can hold them.
pub fn merge(
    engine: &Engine,
    runs: &[RunMeta],
    into: (u64, u8),
    is_oldest: bool,
) -> Result<Option<RunMeta>, IndexError> {
    let Some(kind) = runs.first().map(|run| run.kind) else { return Ok(None) };
    let mut merged = Merged::seek(engine, runs.iter(), &[])?;
    let mut writer = RunWriter::new(engine, into.0, kind, into.1);
    let (mut indices, mut cell) = (Vec::new(), (false, Vec::new()));
    while merged.next_key().is_some() {
        match kind {
            RunKind::Postings => {
                indices.clear();
                merged.take(&mut |count, payload| decode_indices(payload, count, &mut indices))?;
                if !indices.is_sorted_by(|one, next| one < next) {
                    return Err(IndexError::damaged("indices that do not ascend"));
                }
                writer.postings(merged.key(), 0, &indices)?;
            }
            RunKind::Cells => {
                merged.take(&mut |count, payload| {
                    cell.0 = count > 0;
                    cell.1.clear();
                    cell.1.extend_from_slice(payload);
                    Ok(())
                })?;
                if cell.0 || !is_oldest {
                    writer.cell(merged.key(), cell.0.then_some(cell.1.as_slice()))?;
                }
            }
        }
    }
    writer.finish()
}
