//! Reading the journal back, and telling a torn write from damage. The rules are in [`super`].

use std::path::{Path, PathBuf};

use super::frame::{Frame, FrameHeader, stream_of};
use super::sector::{Kind, Place, SECTOR, is_incomplete, is_zero, payload, sector};
use super::segment::{SEGMENT_BYTES_MAX, SegmentSpec, segment_first};
use crate::merkle::{Hash, TREE_SIZE_MAX};
use crate::storage::StorageError;
use crate::storage::io::{Io, is_temporary, read_file};

/// A segment that was read.
#[derive(Debug, Clone)]
pub struct ScannedSegment {
    /// Where it stands.
    pub path: PathBuf,
    /// What it is.
    pub spec: SegmentSpec,
    /// Root of the tree before its first entry; `None` when the header was never written.
    pub root: Option<Hash>,
    /// Its whole frames.
    pub frames: Vec<Frame>,
    /// Sectors behind the last whole frame that hold a torn write and are to be zeroed, first and one after the last.
    pub torn: Option<(u32, u32)>,
    /// Index of the entry after its last one.
    pub next: u64,
}

impl ScannedSegment {
    /// The first sector that is free, once a torn write is zeroed.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.frames.last().map_or(1, |frame| frame.start + frame.sectors)
    }

    /// Whether nothing but zeros stands in it.
    const fn is_blank(&self) -> bool {
        self.root.is_none() && self.frames.is_empty() && self.torn.is_none()
    }
}

/// The segments of a journal, in order, and the names of its temporary files. Nothing is changed.
///
/// # Errors
/// [`StorageError::Damaged`], [`StorageError::WrongOrigin`], [`StorageError::Gap`], [`StorageError::Io`].
pub fn scan_journal(
    io: &dyn Io,
    dir: &Path,
    origin: &[u8; 32],
) -> Result<(Vec<ScannedSegment>, Vec<PathBuf>), StorageError> {
    let names = io.list(dir).map_err(|error| StorageError::io("list", dir, error))?;
    let temporary = names.iter().filter(|listed| is_temporary(&listed.name)).map(|listed| dir.join(&listed.name));
    let mut segments: Vec<ScannedSegment> = Vec::new();
    for listed in &names {
        let Some(first) = segment_first(&listed.name) else { continue };
        let segment = scan_segment(io, &dir.join(&listed.name), first, origin)?;
        if let Some(before) = segments.last() {
            check_order(before, &segment)?;
        }
        segments.push(segment);
    }
    Ok((segments, temporary.collect()))
}

/// A segment is followed by the next one without a gap, and only the last may be torn or blank.
fn check_order(before: &ScannedSegment, after: &ScannedSegment) -> Result<(), StorageError> {
    if let Some((sector, _)) = before.torn {
        let what = format!("a frame lacks sectors, but {} was begun after it", after.path.display());
        return Err(StorageError::damaged(&before.path, u64::from(sector) * SECTOR as u64, what));
    }
    if before.root.is_none() {
        let what = format!("the header and all frames are missing, but {} was begun after it", after.path.display());
        return Err(StorageError::damaged(&before.path, 0, what));
    }
    if before.next < after.spec.first {
        return Err(StorageError::Gap {
            from: before.next,
            to: after.spec.first - 1,
            before: before.path.display().to_string(),
            after: after.path.display().to_string(),
        });
    }
    if before.next > after.spec.first {
        let what =
            format!("begins at entry {}, but {} goes on to {}", after.spec.first, before.path.display(), before.next);
        return Err(StorageError::damaged(&after.path, 0, what));
    }
    Ok(())
}

fn scan_segment(io: &dyn Io, path: &Path, first: u64, origin: &[u8; 32]) -> Result<ScannedSegment, StorageError> {
    let bytes = read_file(io, path, SEGMENT_BYTES_MAX)?
        .ok_or_else(|| StorageError::damaged(path, 0, "the file vanished while it was read"))?;
    if bytes.len() % SECTOR != 0 || bytes.len() < 2 * SECTOR {
        return Err(StorageError::damaged(path, bytes.len() as u64, "the file ends there, it was cut off"));
    }
    let sectors = u32::try_from(bytes.len() / SECTOR).unwrap_or(u32::MAX);
    let spec = SegmentSpec { origin: *origin, first, sectors };
    let header = &bytes[..SECTOR];
    let root = if is_incomplete(header) { None } else { Some(spec.check_header(path, header)?) };
    let identity = spec.identity();
    let mut scan =
        Scan { path, bytes: &bytes, identity: &identity, at: 1, next: first, frames: Vec::new(), torn: None };
    scan.run()?;
    let Scan { mut frames, mut torn, mut next, .. } = scan;
    // A header that was cut short in the making of the log proves nothing, and nothing follows it.
    let cut = root.is_none() && first > 0 && !is_zero(header);
    if root.is_none() && (!frames.is_empty() || torn.is_some() || cut) {
        // Header and first frame are one write: without the header that write was torn, if it was the last one.
        let end = torn.map_or(1, |(_, end)| end).max(frames.first().map_or(1, |frame| frame.start + frame.sectors));
        if frames.len() > 1 || (frames.len() == 1 && torn.is_some()) || first == 0 {
            return Err(StorageError::damaged(path, 0, "the header is missing, but frames that followed it are there"));
        }
        frames.clear();
        next = first;
        torn = Some((0, end));
    }
    Ok(ScannedSegment { path: path.to_owned(), spec, root, frames, torn, next })
}

struct Scan<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    identity: &'a [u8; 32],
    at: u32,
    next: u64,
    frames: Vec<Frame>,
    torn: Option<(u32, u32)>,
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), StorageError> {
        while let Some(found) = sector(self.bytes, self.at) {
            if is_incomplete(found) {
                return self.end_without_first();
            }
            if !self.place(self.at, self.at).accepts(found, Kind::First) {
                return Err(self.damage(self.at, "a sector whose checksum is wrong where a frame begins"));
            }
            let header = FrameHeader::parse(payload(found)).map_err(|what| self.damage(self.at, what))?;
            if header.first != self.next {
                return Err(self.damage(self.at, "a frame that does not follow the one before it"));
            }
            // The name of a segment says where it begins, and a name is easily changed.
            if u64::from(header.count) > TREE_SIZE_MAX.saturating_sub(self.next) {
                return Err(self.damage(self.at, "a frame with entries beyond the largest log"));
            }
            if !self.frame(&header)? {
                return Ok(());
            }
        }
        Ok(())
    }

    const fn place(&self, number: u32, start: u32) -> Place<'_> {
        Place { identity: self.identity, number, start }
    }

    fn damage(&self, number: u32, what: &str) -> StorageError {
        StorageError::damaged(self.path, u64::from(number) * SECTOR as u64, what)
    }

    /// Reads the frame that begins here; false when it is torn, and so the last.
    fn frame(&mut self, header: &FrameHeader) -> Result<bool, StorageError> {
        let (start, end) = (self.at, self.at.saturating_add(header.sectors()));
        let mut missing = None;
        for number in start..end {
            let Some(found) = sector(self.bytes, number) else {
                return Err(self.damage(start, "a frame that is longer than its segment"));
            };
            if number == start {
                continue;
            }
            if is_incomplete(found) {
                missing = missing.or(Some(number));
            } else if !self.place(number, start).accepts(found, Kind::Further) {
                return Err(self.damage(number, "a sector whose checksum is wrong"));
            }
        }
        if let Some(number) = missing {
            if let Some(later) = self.written_from(end).next() {
                return Err(self.damage(
                    number,
                    &format!("an empty sector in a frame, though sector {later} was written after it"),
                ));
            }
            self.torn = Some((start, end));
            return Ok(false);
        }
        let sectors = &self.bytes[start as usize * SECTOR..end as usize * SECTOR];
        let entries = header.entries(&stream_of(sectors)).map_err(|what| self.damage(start, what))?;
        self.next += u64::from(header.count);
        self.frames.push(Frame { start, sectors: end - start, first: header.first, entries, root: header.root });
        self.at = end;
        Ok(true)
    }

    /// No frame begins here. Either nothing was written behind, or the first sector of a torn frame is missing.
    fn end_without_first(&mut self) -> Result<(), StorageError> {
        let start = self.at;
        let mut end = None;
        for number in self.written_from(start) {
            let found = sector(self.bytes, number).unwrap_or_default();
            if is_incomplete(found) || self.place(number, start).accepts(found, Kind::Further) {
                end = Some(number + 1);
            } else if self.place(number, number).accepts(found, Kind::First) {
                return Err(self.damage(
                    start,
                    &format!("a frame is missing, though the one in sector {number} was written after it"),
                ));
            } else {
                return Err(self.damage(number, "a sector whose checksum is wrong"));
            }
        }
        self.torn = end.map(|end| (start, end));
        Ok(())
    }

    fn written_from(&self, from: u32) -> impl Iterator<Item = u32> {
        let mut number = from;
        std::iter::from_fn(move || {
            while let Some(found) = sector(self.bytes, number) {
                number += 1;
                if !is_zero(found) {
                    return Some(number - 1);
                }
            }
            None
        })
    }
}

/// Whether a journal holds nothing at all: one blank or missing first segment.
pub(super) fn is_blank(segments: &[ScannedSegment]) -> bool {
    segments.iter().all(ScannedSegment::is_blank)
}
