//! Chunks: a few KiB of items in order. The bytes are described in [`super`].

use std::ops::Range;

use sled::IVec;

use super::IndexError;
use super::postings::{put_varint, take_bytes, take_length, take_varint};

/// Bytes at which a chunk is closed.
pub const CHUNK_BYTES: usize = 4096;

/// The place of an item in its run: ascends as (key, first index) does.
pub fn position(key: &[u8], first: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(key.len() + 10);
    for byte in key {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xff);
        }
    }
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&first.to_be_bytes());
    out
}

/// The sled key of a chunk of this run.
pub fn chunk_key(run: u64, position: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(9 + position.len());
    out.push(b'c');
    out.extend_from_slice(&run.to_be_bytes());
    out.extend_from_slice(position);
    out
}

/// The sled keys of all chunks of this run and later ones lie at or above this.
pub fn run_start(run: u64) -> Vec<u8> {
    chunk_key(run, &[])
}

/// Items that are being packed.
#[derive(Debug, Default)]
pub struct ChunkBuilder {
    /// Position of the first item.
    pub first: Vec<u8>,
    items: Vec<u8>,
    last_key: Vec<u8>,
}

impl ChunkBuilder {
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub const fn len(&self) -> usize {
        self.items.len()
    }

    pub fn push(&mut self, key: &[u8], ordinal: u64, count: u64, payload: &[u8]) {
        let shared = key.iter().zip(&self.last_key).take_while(|(one, other)| one == other).count();
        put_varint(&mut self.items, shared as u64);
        put_varint(&mut self.items, (key.len() - shared) as u64);
        self.items.extend_from_slice(&key[shared..]);
        put_varint(&mut self.items, ordinal);
        put_varint(&mut self.items, count);
        put_varint(&mut self.items, payload.len() as u64);
        self.items.extend_from_slice(payload);
        self.last_key.truncate(shared);
        self.last_key.extend_from_slice(&key[shared..]);
    }

    /// The chunk's sled key and value; `next` is the position of the chunk after it, empty for none.
    pub fn finish(&mut self, run: u64, next: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let key = chunk_key(run, &self.first);
        let mut value = vec![0; 4];
        value.extend_from_slice(&u16::try_from(next.len()).unwrap_or(u16::MAX).to_be_bytes());
        value.extend_from_slice(next);
        value.extend_from_slice(&self.items);
        let checksum = checksum(&key, &value[4..]);
        value[..4].copy_from_slice(&checksum.to_be_bytes());
        self.items.clear();
        self.last_key.clear();
        (key, value)
    }
}

fn checksum(key: &[u8], rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), rest)
}

/// A chunk that was read and passed its checksum, and the item at which its reader stands.
#[derive(Debug)]
pub struct Chunk {
    /// Position of its first item.
    pub start: Vec<u8>,
    /// Position of the run's next chunk; empty in the last.
    pub next: Vec<u8>,
    value: IVec,
    at: usize,
    /// Key of the current item.
    pub key: Vec<u8>,
    /// Indices of the key before the current item.
    pub ordinal: u64,
    /// Indices in the current item; 0 or 1 for a cell.
    pub count: u64,
    payload: Range<usize>,
}

impl Chunk {
    /// Checks a chunk; it stands before its first item.
    pub fn open(key: &[u8], value: IVec) -> Result<Self, IndexError> {
        let damaged = || IndexError::damaged("a chunk's checksum is wrong");
        let (stored, rest) = value.split_first_chunk::<4>().ok_or_else(damaged)?;
        if checksum(key, rest).to_be_bytes() != *stored || key.len() < 9 {
            return Err(damaged());
        }
        let mut items = rest;
        let length = take_bytes(&mut items, 2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let next = take_bytes(&mut items, length)?.to_vec();
        let at = value.len() - items.len();
        let start = key[9..].to_vec();
        Ok(Self { start, next, value, at, key: Vec::new(), ordinal: 0, count: 0, payload: 0..0 })
    }

    /// Goes to the next item; false at the end.
    pub fn advance(&mut self) -> Result<bool, IndexError> {
        let mut rest = &self.value[self.at..];
        if rest.is_empty() {
            return Ok(false);
        }
        let shared = usize::try_from(take_varint(&mut rest)?).unwrap_or(usize::MAX);
        if shared > self.key.len() {
            return Err(IndexError::damaged("a key that shares more than there is"));
        }
        let suffix = take_length(&mut rest)?;
        self.key.truncate(shared);
        self.key.extend_from_slice(take_bytes(&mut rest, suffix)?);
        self.ordinal = take_varint(&mut rest)?;
        self.count = take_varint(&mut rest)?;
        let length = take_length(&mut rest)?;
        let from = self.value.len() - rest.len();
        self.payload = from..from + length;
        self.at = self.payload.end;
        Ok(true)
    }

    /// Payload of the current item.
    pub fn payload(&self) -> &[u8] {
        &self.value[self.payload.clone()]
    }
}
