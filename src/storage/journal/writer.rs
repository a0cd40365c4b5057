//! Writing the journal: one write and one `fdatasync` a batch.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{FRAME_HEADER, append_frame, section_bytes};
use super::scan::{ScannedSegment, is_blank};
use super::sector::{SECTOR, sectors_for};
use super::segment::{Blank, SegmentSpec, make_blank, segment_path};
use super::{BATCH_BYTES_MAX, frame::Frame};
use crate::merkle::{Hash, empty_root};
use crate::storage::io::{Access, Io, IoFile, read_exact_at, sync_dirs, write_all_at};
use crate::storage::{AppendError, StorageError};

/// The open journal. It does not know the tree: roots come from its caller.
#[derive(Debug)]
pub struct Writer {
    io: Arc<dyn Io>,
    dir: PathBuf,
    origin: [u8; 32],
    usual: u64,
    active: Active,
    older: VecDeque<(PathBuf, u64)>,
    spare: Option<Blank>,
    buffer: Vec<u8>,
    stream: Vec<u8>,
}

#[derive(Debug)]
struct Active {
    spec: SegmentSpec,
    identity: [u8; 32],
    path: PathBuf,
    file: Box<dyn IoFile>,
    next: u32,
    has_header: bool,
}

impl Writer {
    /// Makes the folder's first segment, with its header.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn create(io: Arc<dyn Io>, dir: &Path, origin: [u8; 32], usual: u64) -> Result<Self, StorageError> {
        let blank = make_blank(io.as_ref(), dir, "next", usual, 2)?;
        let active = take(io.as_ref(), dir, blank, origin, 0)?;
        let (buffer, stream) = (Vec::new(), Vec::new());
        let mut writer = Self {
            io,
            dir: dir.to_owned(),
            origin,
            usual,
            active,
            older: VecDeque::new(),
            spare: None,
            buffer,
            stream,
        };
        writer.active.spec.append_header(&mut writer.buffer, &empty_root());
        writer.write_out(0)?;
        writer.active.has_header = true;
        Ok(writer)
    }

    /// Goes on with a journal that was read: zeroes a torn write, and writes and syncs the last frame again, because it
    /// may have come from a cache that the disk never took.
    ///
    /// # Errors
    /// [`StorageError::Unfinished`], [`StorageError::Io`].
    pub fn resume(
        io: Arc<dyn Io>,
        dir: &Path,
        origin: [u8; 32],
        usual: u64,
        segments: &[ScannedSegment],
    ) -> Result<Self, StorageError> {
        let unfinished = || StorageError::Unfinished { dir: dir.parent().unwrap_or(dir).to_owned() };
        let (last, older) = segments.split_last().ok_or_else(unfinished)?;
        if last.spec.first == 0 && is_blank(segments) {
            return Err(unfinished());
        }
        let file = io.open(&last.path, Access::Write).map_err(|error| StorageError::io("open", &last.path, error))?;
        let active = Active {
            identity: last.spec.identity(),
            spec: last.spec.clone(),
            path: last.path.clone(),
            file,
            next: last.end(),
            has_header: last.root.is_some(),
        };
        let older = older.iter().map(|segment| (segment.path.clone(), segment.spec.first)).collect();
        let (buffer, stream) = (Vec::new(), Vec::new());
        let writer = Self { io, dir: dir.to_owned(), origin, usual, active, older, spare: None, buffer, stream };
        writer.settle(last)?;
        // A rename that was not synced would take the segment's name with it.
        sync_dirs(writer.io.as_ref(), [dir])?;
        Ok(writer)
    }

    /// Makes what was read from the last segment true of the disk.
    fn settle(&self, last: &ScannedSegment) -> Result<(), StorageError> {
        let file = self.active.file.as_ref();
        let failed = |action: &'static str| move |error| StorageError::io(action, &last.path, error);
        if let Some((from, to)) = last.torn {
            // Last bytes first: then every sector is incomplete, however little of the rest gets written.
            for sector in u64::from(from)..u64::from(to) {
                let last = (sector + 1) * SECTOR as u64 - 1;
                write_all_at(file, &[0], last).map_err(failed("clear a torn write in"))?;
            }
            let zeros = vec![0; (to - from) as usize * SECTOR];
            write_all_at(file, &zeros, u64::from(from) * SECTOR as u64).map_err(failed("clear a torn write in"))?;
        }
        let again = match last.frames.as_slice() {
            [] => last.root.map(|_| (0, 1)),
            [only] => Some((0, only.start + only.sectors)),
            [.., end] => Some((end.start, end.start + end.sectors)),
        };
        if let Some((from, to)) = again {
            let mut bytes = vec![0; (to - from) as usize * SECTOR];
            read_exact_at(file, &mut bytes, u64::from(from) * SECTOR as u64).map_err(failed("read"))?;
            write_all_at(file, &bytes, u64::from(from) * SECTOR as u64).map_err(failed("write"))?;
        }
        file.sync_data().map_err(failed("sync"))
    }

    /// Makes a batch durable. `before` and `after` are the roots of the tree without and with it.
    ///
    /// # Errors
    /// [`AppendError::Refused`] leaves the journal as it was; after [`AppendError::Unknown`] it must not be used again.
    pub fn append(
        &mut self,
        first: u64,
        entries: &[Arc<[u8]>],
        before: &Hash,
        after: &Hash,
    ) -> Result<(), AppendError> {
        let section = section_bytes(entries).ok_or_else(|| AppendError::Refused(too_large(entries)))?;
        let sectors = sectors_for(FRAME_HEADER + section);
        if self.active.spec.sectors.saturating_sub(self.active.next) < sectors {
            self.roll(first, sectors)?;
        }
        self.buffer.clear();
        let at = if self.active.has_header {
            self.active.next
        } else {
            self.active.spec.append_header(&mut self.buffer, before);
            0
        };
        let Active { identity, next, .. } = &self.active;
        append_frame(&mut self.buffer, &mut self.stream, identity, *next, (first, entries, after));
        self.write_out(at).map_err(AppendError::Unknown)?;
        self.active.has_header = true;
        self.active.next += sectors;
        Ok(())
    }

    fn write_out(&self, sector: u32) -> Result<(), StorageError> {
        let Active { file, path, .. } = &self.active;
        write_all_at(file.as_ref(), &self.buffer, u64::from(sector) * SECTOR as u64)
            .map_err(|error| StorageError::io("write", path, error))?;
        file.sync_data().map_err(|error| StorageError::io("sync", path, error))
    }

    /// Goes on in a new segment. Making it may fail harmlessly; giving it its name may not.
    fn roll(&mut self, first: u64, sectors: u32) -> Result<(), AppendError> {
        let enough = sectors + 1;
        let blank = match self.spare.take() {
            Some(spare) if spare.sectors >= enough => spare,
            _ => make_blank(self.io.as_ref(), &self.dir, "next", self.usual, enough).map_err(AppendError::Refused)?,
        };
        let active = take(self.io.as_ref(), &self.dir, blank, self.origin, first).map_err(AppendError::Unknown)?;
        let before = std::mem::replace(&mut self.active, active);
        // An empty segment of the same name was replaced by the rename.
        if before.spec.first != first {
            self.older.push_back((before.path, before.spec.first));
        }
        Ok(())
    }

    /// Whether a next segment should be made ready: half of this one is used, and there is none yet.
    #[must_use]
    pub fn wants_spare(&self) -> bool {
        self.spare.is_none() && self.active.next > self.active.spec.sectors / 2
    }

    /// Takes a segment that [`make_spare`] made.
    pub fn give_spare(&mut self, spare: Blank) {
        self.spare = Some(spare);
    }

    /// Removes the segments all of whose entries are below `stored`, the oldest first, so that no gap can arise. The
    /// segment that is written to stays, as the proof of how far the log goes.
    ///
    /// # Errors
    /// [`StorageError::Io`]; nothing is lost.
    pub fn drop_below(&mut self, stored: u64) -> Result<(), StorageError> {
        while let Some((path, _)) = self.older.front() {
            let next = self.older.get(1).map_or(self.active.spec.first, |(_, first)| *first);
            // A segment without a frame does not prove yet that the one before it is superfluous.
            if next > stored || (self.older.len() == 1 && !self.active.has_header) {
                return Ok(());
            }
            self.io.remove(path).map_err(|error| StorageError::io("remove", path, error))?;
            sync_dirs(self.io.as_ref(), [self.dir.as_path()])?;
            self.older.pop_front();
        }
        Ok(())
    }

    /// Removes the segment that was made ready.
    ///
    /// # Errors
    /// [`StorageError::Io`]; nothing is lost.
    pub fn drop_spare(&mut self) -> Result<(), StorageError> {
        match self.spare.take() {
            Some(spare) => self.io.remove(&spare.path).map_err(|error| StorageError::io("remove", &spare.path, error)),
            None => Ok(()),
        }
    }
}

/// Makes a segment ready for [`Writer::give_spare`], without holding up who appends.
///
/// # Errors
/// [`StorageError::Io`]; nothing is lost.
pub fn make_spare(io: &dyn Io, dir: &Path, usual: u64) -> Result<Blank, StorageError> {
    make_blank(io, dir, "spare", usual, 2)
}

fn take(io: &dyn Io, dir: &Path, blank: Blank, origin: [u8; 32], first: u64) -> Result<Active, StorageError> {
    let path = segment_path(dir, first);
    io.rename(&blank.path, &path).map_err(|error| StorageError::io("rename to", &path, error))?;
    sync_dirs(io, [dir])?;
    let spec = SegmentSpec { origin, first, sectors: blank.sectors };
    Ok(Active { identity: spec.identity(), spec, path, file: blank.file, next: 1, has_header: false })
}

fn too_large(entries: &[Arc<[u8]>]) -> StorageError {
    let found = entries.iter().map(|entry| entry.len() as u64 + 2).sum();
    let what = format!("a batch of {} entries, each of which must have 1 to 65,535 bytes,", entries.len());
    StorageError::TooLarge { what, found, limit: BATCH_BYTES_MAX as u64 }
}

/// The sectors that a frame takes, for those who look at the files.
impl Frame {
    /// Byte offset of the frame in its segment.
    #[must_use]
    pub fn offset(&self) -> u64 {
        u64::from(self.start) * SECTOR as u64
    }
}
