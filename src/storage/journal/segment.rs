//! Segments: names, headers, and how a new one is made.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::sector::{Kind, PAYLOAD, Place, SECTOR, is_zero, payload};
use super::{BATCH_BYTES_MAX, frame::FRAME_HEADER};
use crate::merkle::Hash;
use crate::storage::StorageError;
use crate::storage::io::{Access, Io, IoFile, temporary_name, write_all_at};

const MAGIC: &[u8; 8] = b"SGWNJRNL";
const VERSION: u16 = 1;
const SUFFIX: &str = ".journal";

/// Bytes of an ordinary segment: small, because up to three of them stand beside the log, and each is written twice.
pub const SEGMENT_BYTES: u64 = 4 << 20;

/// Bytes of the largest segment: room for the largest batch, whatever the ordinary size.
pub(super) const SEGMENT_BYTES_MAX: u64 = SEGMENT_BYTES + (BATCH_BYTES_MAX as u64 + FRAME_HEADER as u64) * 33 / 32;

/// What a segment is, apart from its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSpec {
    /// SHA-256 of the log's origin.
    pub origin: [u8; 32],
    /// Index of the first entry.
    pub first: u64,
    /// Length in sectors.
    pub sectors: u32,
}

impl SegmentSpec {
    /// What the sectors' checksums are bound to.
    pub(super) fn identity(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"sagwan journal segment v1\n");
        hasher.update(self.origin);
        hasher.update(self.first.to_be_bytes());
        hasher.update(self.sectors.to_be_bytes());
        hasher.finalize().into()
    }

    /// Appends the header sector.
    pub(super) fn append_header(&self, out: &mut Vec<u8>, root: &Hash) {
        let mut fields = Vec::with_capacity(86);
        fields.extend_from_slice(MAGIC);
        fields.extend_from_slice(&VERSION.to_be_bytes());
        fields.extend_from_slice(&self.origin);
        fields.extend_from_slice(&self.first.to_be_bytes());
        fields.extend_from_slice(&self.sectors.to_be_bytes());
        fields.extend_from_slice(root);
        Place { identity: &self.identity(), number: 0, start: 0 }.append(out, Kind::Header, &fields);
    }

    /// Checks a header sector that is not zero, and gives the root in it.
    pub(super) fn check_header(&self, path: &Path, sector: &[u8]) -> Result<Hash, StorageError> {
        let fields: &[u8; PAYLOAD] =
            payload(sector).try_into().map_err(|_| StorageError::damaged(path, 0, "the header is cut off"))?;
        if &fields[..8] == MAGIC && fields[8..10] == VERSION.to_be_bytes() && fields[10..42] != self.origin {
            return Err(StorageError::WrongOrigin { path: path.to_owned() });
        }
        if !(Place { identity: &self.identity(), number: 0, start: 0 }).accepts(sector, Kind::Header) {
            let what = "the header's checksum does not fit name, length and origin";
            return Err(StorageError::damaged(path, 0, what));
        }
        let fits = &fields[..8] == MAGIC
            && fields[8..10] == VERSION.to_be_bytes()
            && fields[42..50] == self.first.to_be_bytes()
            && fields[50..54] == self.sectors.to_be_bytes()
            && is_zero(&fields[86..]);
        if !fits {
            return Err(StorageError::damaged(path, 0, "the header has fields that this version does not write"));
        }
        let mut root = [0; 32];
        root.copy_from_slice(&fields[54..86]);
        Ok(root)
    }
}

/// Where the segment with this first entry stands.
pub(super) fn segment_path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}{SUFFIX}"))
}

/// The first entry's index, from a name; `None` when it is no segment's name.
pub(super) fn segment_first(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    (digits.len() == 20 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// A segment filled with zeros and synced, under its temporary name.
#[derive(Debug)]
pub struct Blank {
    pub(super) path: PathBuf,
    pub(super) file: Box<dyn IoFile>,
    pub(super) sectors: u32,
}

/// Makes a segment of at least `sectors` sectors, and of the ordinary size `usual` bytes.
pub(super) fn make_blank(io: &dyn Io, dir: &Path, name: &str, usual: u64, sectors: u32) -> Result<Blank, StorageError> {
    let path = temporary_name(&dir.join(name));
    let sectors = sectors.max(u32::try_from(usual / SECTOR as u64).unwrap_or(u32::MAX));
    let made = fill(io, &path, sectors);
    if made.is_err() {
        // What is left of it takes room that the next try needs; that removing it fails too changes nothing.
        let _ = io.remove(&path);
    }
    Ok(Blank { file: made?, path, sectors })
}

fn fill(io: &dyn Io, path: &Path, sectors: u32) -> Result<Box<dyn IoFile>, StorageError> {
    let failed = |action| move |error| StorageError::io(action, path, error);
    if io.stat(path).map_err(failed("look at"))?.is_some() {
        io.remove(path).map_err(failed("remove"))?;
    }
    let file = io.open(path, Access::Create { private: false }).map_err(failed("create"))?;
    let zeros = vec![0; 1 << 20];
    let bytes = u64::from(sectors) * SECTOR as u64;
    let mut done = 0;
    while done < bytes {
        let part = (bytes - done).min(zeros.len() as u64);
        write_all_at(file.as_ref(), &zeros[..usize::try_from(part).unwrap_or(0)], done)
            .map_err(failed("fill with zeros"))?;
        done += part;
    }
    file.sync_all().map_err(failed("sync"))?;
    Ok(file)
}
