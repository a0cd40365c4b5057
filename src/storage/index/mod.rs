//! The index: lists of entry indices by key, and cells of current state. It can be deleted at any time and is built anew
//! from the log; so nothing here promises durability, but everything is checked, and what does not fit is reported as
//! damage, never answered from.
//!
//! # Why packed runs
//!
//! One small random key costs sled 14 to 18 µs, several of them a record more than its signature check. So a stride of
//! many records becomes one sorted *run*, cut into chunks of about 4 KiB, and only chunks are given to sled: an LSM tree
//! whose blocks lie in sled. Runs of one kind are merged eight at a time, so a look-up reads a few runs, and each posting
//! is written again only when the number of strides grows eightfold.
//!
//! # What is in sled (all numbers big-endian; `varint` is LEB128)
//!
//! - Key `m`: the manifest. `SGWI`, version (u16), mark size (u64) and root (32), next run's number (u64), number of
//!   runs (u32); for each run, the oldest first: number (u64), kind (u8: 0 postings, 1 cells), tier (u8), chunks (u32),
//!   bytes (u64), length (u16) and bytes of its first position; then CRC32C (u32) over all before.
//! - Key `c`, run number (u64), position: a chunk. Its value: CRC32C (u32) over its key and the rest; length (u16) and
//!   bytes of the position of the run's next chunk, empty in the last; then items up to the end.
//! - A position is an item's key with every 00 as 00 FF, then 00 00, then the first index in the item (u64; 0 for
//!   a cell). Positions in a run ascend strictly.
//! - An item: bytes shared with the key before it in the chunk (varint), length of the rest (varint), the rest;
//!   ordinal (varint), count (varint), payload length (varint), payload. Postings: ordinal is how many indices of the
//!   key the run has before the item, count how many are in it, payload the first index and the distances to the
//!   following ones (varint each). Cells: ordinal 0, count 1 with the value as payload, or 0 for a removed cell.
//!
//! A chunk names its successor, and the manifest the first position: a chunk that is gone, or one that came back, is
//! noticed by whoever reads there. Chunks are written before the manifest that names them, and removed after the
//! manifest that does not name them any more; what no manifest names is removed at the next opening.

mod chunk;
mod digest;
mod engine;
mod manifest;
mod memory;
mod merge;
mod postings;
mod run;
mod runs;

pub use memory::MemIndex;
pub use runs::SledIndex;

use super::{IndexError, Mark, Stride};
use crate::event::limits::{INDEX_CELL_BYTES_MAX, INDEX_KEY_BYTES_MAX};

/// Refuses a stride that is out of order or above a limit.
fn check_stride(before: Option<&Mark>, stride: &Stride) -> Result<(), IndexError> {
    let refuse = |what: String| Err(IndexError::Stride { what });
    let from = before.map_or(0, |mark| mark.size);
    if stride.mark.size < from {
        return refuse(format!("its mark is {}, the index is at {from}", stride.mark.size));
    }
    let keys = stride.postings.iter().map(|(key, _)| key);
    if !keys.clone().is_sorted_by(|one, next| one < next) || !stride.cells.is_sorted_by(|one, next| one.0 < next.0) {
        return refuse("its keys do not ascend".to_owned());
    }
    if keys.chain(stride.cells.iter().map(|(key, _)| key)).any(|key| key.len() > INDEX_KEY_BYTES_MAX) {
        return refuse(format!("a key is above {INDEX_KEY_BYTES_MAX} bytes"));
    }
    if stride.cells.iter().any(|(_, value)| value.as_ref().is_some_and(|value| value.len() > INDEX_CELL_BYTES_MAX)) {
        return refuse(format!("a cell is above {INDEX_CELL_BYTES_MAX} bytes"));
    }
    for (key, indices) in &stride.postings {
        let fits = indices.iter().all(|index| (from..stride.mark.size).contains(index));
        if indices.is_empty() || !fits || !indices.is_sorted_by(|one, next| one < next) {
            let key = String::from_utf8_lossy(key);
            return refuse(format!("the indices of {key} are not ascending from {from} to {}", stride.mark.size));
        }
    }
    Ok(())
}
