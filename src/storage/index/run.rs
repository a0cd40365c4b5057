//! Runs: writing one in order, and reading it from any place on.

use super::IndexError;
use super::chunk::{CHUNK_BYTES, Chunk, ChunkBuilder, chunk_key, position, run_start};
use super::engine::{Engine, EngineIter};
use super::manifest::{RunKind, RunMeta};
use super::postings::encode_indices;

/// Bytes of one item's list of indices, about: longer lists are cut into several items.
const LIST_BYTES: usize = 1024;

/// Writes a run, chunk by chunk. Items come in strictly ascending order of (key, first index).
pub struct RunWriter<'a> {
    engine: &'a Engine,
    meta: RunMeta,
    chunk: ChunkBuilder,
    payload: Vec<u8>,
}

impl<'a> RunWriter<'a> {
    pub fn new(engine: &'a Engine, number: u64, kind: RunKind, tier: u8) -> Self {
        let meta = RunMeta { number, kind, tier, chunks: 0, bytes: 0, first: Vec::new() };
        Self { engine, meta, chunk: ChunkBuilder::default(), payload: Vec::new() }
    }

    /// Adds indices of a key, `ordinal` being how many of it the run has already.
    pub fn postings(&mut self, key: &[u8], ordinal: u64, indices: &[u64]) -> Result<(), IndexError> {
        let mut ordinal = ordinal;
        // No index takes more than ten bytes.
        for part in indices.chunks(LIST_BYTES / 2) {
            let mut payload = std::mem::take(&mut self.payload);
            payload.clear();
            encode_indices(part, &mut payload);
            self.item(key, part[0], ordinal, part.len() as u64, &payload)?;
            self.payload = payload;
            ordinal += part.len() as u64;
        }
        Ok(())
    }

    /// Adds a cell, or that it was removed.
    pub fn cell(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), IndexError> {
        self.item(key, 0, 0, u64::from(value.is_some()), value.unwrap_or_default())
    }

    fn item(&mut self, key: &[u8], first: u64, ordinal: u64, count: u64, payload: &[u8]) -> Result<(), IndexError> {
        if !self.chunk.is_empty() && self.chunk.len() + key.len() + payload.len() > CHUNK_BYTES {
            let next = position(key, first);
            self.cut(&next)?;
        }
        if self.chunk.is_empty() {
            self.chunk.first = position(key, first);
            if self.meta.chunks == 0 {
                self.meta.first = self.chunk.first.clone();
            }
        }
        self.chunk.push(key, ordinal, count, payload);
        Ok(())
    }

    fn cut(&mut self, next: &[u8]) -> Result<(), IndexError> {
        let (key, value) = self.chunk.finish(self.meta.number, next);
        self.meta.chunks += 1;
        self.meta.bytes += (key.len() + value.len()) as u64;
        self.engine.insert(&key, &value)
    }

    /// Writes the last chunk; `None` when there was nothing to write.
    pub fn finish(mut self) -> Result<Option<RunMeta>, IndexError> {
        if !self.chunk.is_empty() {
            self.cut(&[])?;
        }
        Ok((self.meta.chunks > 0).then_some(self.meta))
    }
}

/// Removes all chunks of a run.
pub fn remove_run(engine: &Engine, number: u64) -> Result<(), IndexError> {
    let mut chunks = engine.iter(run_start(number)..run_start(number + 1))?;
    while let Some((key, _)) = chunks.next()? {
        engine.remove(&key)?;
    }
    Ok(())
}

/// The chunk of a run in which a position lies or would lie; `None` when it lies before the run.
pub fn find_chunk(engine: &Engine, run: &RunMeta, position: &[u8]) -> Result<Option<Chunk>, IndexError> {
    if position < run.first.as_slice() {
        return Ok(None);
    }
    let range = run_start(run.number)..=chunk_key(run.number, position);
    let (key, value) = engine.last(range)?.ok_or_else(gone)?;
    let chunk = Chunk::open(&key, value)?;
    if !chunk.next.is_empty() && chunk.next.as_slice() <= position {
        return Err(gone());
    }
    Ok(Some(chunk))
}

/// The chunk before one of a run; `None` when that is the first.
pub fn chunk_before(engine: &Engine, run: &RunMeta, chunk: &Chunk) -> Result<Option<Chunk>, IndexError> {
    if chunk.start == run.first {
        return Ok(None);
    }
    let range = run_start(run.number)..chunk_key(run.number, &chunk.start);
    let (key, value) = engine.last(range)?.ok_or_else(gone)?;
    let before = Chunk::open(&key, value)?;
    if before.next == chunk.start { Ok(Some(before)) } else { Err(gone()) }
}

fn gone() -> IndexError {
    IndexError::damaged("a chunk is missing, or one that was removed came back")
}

/// Reads a run in order.
pub struct RunIter {
    chunks: EngineIter,
    chunk: Chunk,
}

impl RunIter {
    /// Stands at the first item whose key is at or above `from`; `None` when there is none.
    pub fn seek(engine: &Engine, run: &RunMeta, from: &[u8]) -> Result<Option<Self>, IndexError> {
        let at = position(from, 0).max(run.first.clone());
        let start = find_chunk(engine, run, &at)?.ok_or_else(gone)?.start;
        let mut chunks = engine.iter(chunk_key(run.number, &start)..run_start(run.number + 1))?;
        let (key, value) = chunks.next()?.ok_or_else(gone)?;
        let mut iter = Self { chunks, chunk: Chunk::open(&key, value)? };
        while iter.advance()? {
            if iter.chunk.key.as_slice() >= from {
                return Ok(Some(iter));
            }
        }
        Ok(None)
    }

    /// Goes to the next item; false at the end of the run.
    pub fn advance(&mut self) -> Result<bool, IndexError> {
        if self.chunk.advance()? {
            return Ok(true);
        }
        match self.chunks.next()? {
            None if self.chunk.next.is_empty() => Ok(false),
            Some((key, value)) if key[9..] == self.chunk.next => {
                self.chunk = Chunk::open(&key, value)?;
                self.chunk.advance()
            }
            _ => Err(gone()),
        }
    }

    /// The item at which it stands.
    pub const fn item(&self) -> &Chunk {
        &self.chunk
    }
}
