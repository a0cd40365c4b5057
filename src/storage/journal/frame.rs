//! Frames: one batch as it stands in the journal. The bytes are described in [`super`].

use std::sync::Arc;

use super::BATCH_BYTES_MAX;
use super::sector::{Kind, Place, is_zero, payload, sectors_for};
use crate::event::limits::ENTRY_BYTES_MAX;
use crate::merkle::Hash;

const MAGIC: &[u8; 4] = b"SGWF";
const VERSION: u16 = 1;
/// Bytes of a frame before its entries section.
pub const FRAME_HEADER: usize = 60;

/// A batch that was read from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Number of its first sector in the segment.
    pub start: u32,
    /// How many sectors it takes.
    pub sectors: u32,
    /// Index of its first entry.
    pub first: u64,
    /// Its entries.
    pub entries: Vec<Arc<[u8]>>,
    /// RFC 6962 root of the tree after it, as written.
    pub root: Hash,
}

/// The fields at the start of a frame.
#[derive(Debug, Clone, Copy)]
pub struct FrameHeader {
    pub first: u64,
    pub count: u32,
    pub length: usize,
    pub root: Hash,
    checksum: u32,
}

impl FrameHeader {
    /// Reads the fields from the payload of a frame's first sector, which has passed its own checksum.
    pub fn parse(first_payload: &[u8]) -> Result<Self, &'static str> {
        let (head, _) = first_payload.split_at(FRAME_HEADER);
        if &head[..4] != MAGIC {
            return Err("a frame without its magic");
        }
        if u16::from_be_bytes([head[4], head[5]]) != VERSION || !is_zero(&head[6..8]) {
            return Err("a frame of a version that this program does not know");
        }
        let length = number(&head[20..24]) as usize;
        let count = u32::try_from(number(&head[16..20])).unwrap_or(u32::MAX);
        if count == 0 || length > BATCH_BYTES_MAX {
            return Err("a frame without entries, or above the limit");
        }
        let mut root = [0; 32];
        root.copy_from_slice(&head[24..56]);
        let checksum = u32::try_from(number(&head[56..60])).unwrap_or(0);
        Ok(Self { first: number(&head[8..16]), count, length, root, checksum })
    }

    /// Sectors of the whole frame.
    pub fn sectors(&self) -> u32 {
        sectors_for(FRAME_HEADER + self.length)
    }

    /// The entries, from all payloads of the frame one after the other.
    pub fn entries(&self, stream: &[u8]) -> Result<Vec<Arc<[u8]>>, &'static str> {
        let (used, padding) = stream.split_at(FRAME_HEADER + self.length);
        if !is_zero(padding) {
            return Err("bytes after the end of a frame");
        }
        let (head, mut rest) = used.split_at(FRAME_HEADER);
        if crc32c::crc32c_append(crc32c::crc32c(&head[..56]), rest) != self.checksum {
            return Err("a frame whose checksum is wrong");
        }
        let mut entries = Vec::with_capacity(self.count.min(1 << 16) as usize);
        while let [high, low, after @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let Some((entry, after)) = after.split_at_checked(length) else {
                return Err("an entry that runs over the end of its frame");
            };
            entries.push(Arc::from(entry));
            rest = after;
        }
        if !rest.is_empty() || entries.len() as u64 != u64::from(self.count) {
            return Err("a frame with another number of entries than it says");
        }
        Ok(entries)
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Bytes of the entries section, or `None` when an entry or the batch is above its limit.
pub fn section_bytes(entries: &[Arc<[u8]>]) -> Option<usize> {
    let fits = !entries.is_empty() && entries.iter().all(|entry| (1..=ENTRY_BYTES_MAX).contains(&entry.len()));
    let bytes = entries.iter().map(|entry| entry.len() + 2).sum();
    (fits && bytes <= BATCH_BYTES_MAX).then_some(bytes)
}

/// Appends a batch's sectors to `out`. `stream` is scratch space.
pub fn append_frame(
    out: &mut Vec<u8>,
    stream: &mut Vec<u8>,
    identity: &[u8; 32],
    start: u32,
    batch: (u64, &[Arc<[u8]>], &Hash),
) {
    let (first, entries, root) = batch;
    stream.clear();
    stream.extend_from_slice(MAGIC);
    stream.extend_from_slice(&VERSION.to_be_bytes());
    stream.extend_from_slice(&[0, 0]);
    stream.extend_from_slice(&first.to_be_bytes());
    stream.extend_from_slice(&low32(entries.len()));
    stream.extend_from_slice(&[0; 4]);
    stream.extend_from_slice(root);
    stream.extend_from_slice(&[0; 4]);
    for entry in entries {
        let [.., high, low] = entry.len().to_be_bytes();
        stream.extend_from_slice(&[high, low]);
        stream.extend_from_slice(entry);
    }
    let length = low32(stream.len() - FRAME_HEADER);
    stream[20..24].copy_from_slice(&length);
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&stream[..56]), &stream[FRAME_HEADER..]);
    stream[56..60].copy_from_slice(&checksum.to_be_bytes());
    let mut place = Place { identity, number: start, start };
    for part in stream.chunks(super::sector::PAYLOAD) {
        let kind = if place.number == start { Kind::First } else { Kind::Further };
        place.append(out, kind, part);
        place.number += 1;
    }
}

fn low32(number: usize) -> [u8; 4] {
    // Callers have checked the limits, which are far below 2^32.
    u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes()
}

/// All payloads of a frame, one after the other.
pub fn stream_of(sectors: &[u8]) -> Vec<u8> {
    sectors.chunks_exact(super::sector::SECTOR).flat_map(payload).copied().collect()
}
