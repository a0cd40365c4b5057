//! The journal: the open tail of the log, where a batch becomes durable with one write and one `fdatasync`.
//!
//! # Bytes
//!
//! All numbers are big-endian. The folder `journal/` holds segments, named by the index of their first entry in 20
//! decimal digits, `00000000000000000000.journal`. A segment has a fixed length, a multiple of 512 bytes, and is filled
//! with zeros and synced before it gets its name; so a sector that was never written is zero, and every byte is written
//! once. What is not used yet is zero. (`spare.tmp` and `next.tmp` are
//! segments that have no name yet.)
//!
//! **Sector** (512 bytes), the unit that a disk writes all of or nothing of:
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | CRC32C, see below |
//! | 4 | 507 | payload |
//! | 511 | 1 | 0x33: first sector of a frame · 0x55: a further sector of a frame · 0x66: segment header |
//!
//! The CRC32C (Castagnoli) is over: the segment's identity (32 bytes), the sector's number in the segment (u32), the
//! number of the sector in which its frame begins (u32; 0 for the header), and the sector's bytes 4 to 511, in this order. So a sector
//! of another segment, place or frame does not pass. The identity is SHA-256 over `sagwan journal segment v1\n`,
//! SHA-256(origin), the index of the first entry (u64) and the segment's length in sectors (u32): it follows from name,
//! length and origin, and is not stored.
//!
//! **Segment header**, the payload of sector 0, written together with the first frame (alone, when the log is made):
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | `SGWNJRNL` |
//! | 8 | 2 | version, 1 |
//! | 10 | 32 | SHA-256(origin) |
//! | 42 | 8 | index of the first entry |
//! | 50 | 4 | length of the segment in sectors |
//! | 54 | 32 | RFC 6962 root of the tree over all entries before the first |
//! | 86 | 421 | zero |
//!
//! **Frame**: one batch. It begins with a sector; its bytes are cut into payloads of 507, the last filled up with zeros.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | `SGWF` |
//! | 4 | 2 | version, 1 |
//! | 6 | 2 | zero |
//! | 8 | 8 | index of the first entry |
//! | 16 | 4 | number of entries, at least 1 |
//! | 20 | 4 | bytes of the entries section |
//! | 24 | 32 | RFC 6962 root of the tree after this batch: binds the frame to all that was before |
//! | 56 | 4 | CRC32C over bytes 0 to 55 and the entries section |
//! | 60 | | entries section: for each entry its length (u16) and its bytes, as in a C2SP entry bundle |
//!
//! # Reading after a crash
//!
//! A frame is synced before the next one is written, so only the last frame can be torn, and a sector that was not
//! written to its end has a zero as its last byte. Therefore: such a sector in the last frame means an unsynced write,
//! which nobody was told of: the frame is zeroed out. A sector whose last byte is not zero and that does not pass its CRC
//! is damage. An incomplete sector in a frame behind which anything was written, in the same or a later segment, is
//! damage: what follows proves that the frame was synced. Damage is refused,
//! named and left as it is. The last frame may have been read from a cache that the disk never took, so it is
//! written and synced once more before anything is built on it.

mod frame;
mod scan;
mod sector;
mod segment;
mod writer;

pub use frame::Frame;
pub use scan::{ScannedSegment, scan_journal};
pub use segment::{Blank, SEGMENT_BYTES, SegmentSpec};
pub use writer::{Writer, make_spare};

use crate::event::limits::JOURNAL_BATCH_BYTES_MAX as BATCH_BYTES_MAX;
