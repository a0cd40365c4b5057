//! A journal segment: what is read from it, written again by the documented format, is the same bytes.
//!
//! A fuzzer cannot guess checksums, so they are filled in first, with the fields that follow from the place; a checksum
//! of four 0xff is left as it is. The first byte chooses the index that the segment begins with.
#![no_main]

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use libfuzzer_sys::fuzz_target;
use sagwan::storage::{
    io::{Access, Io, IoFile, Listed, LockAttempt, Stat},
    journal::{Frame, scan_journal},
};
use sha2::{Digest, Sha256};

const SECTOR: usize = 512;
/// Bytes of a sector between its checksum and its kind.
const PAYLOAD: usize = SECTOR - 5;
const FIRST: u8 = 0x33;
const FURTHER: u8 = 0x55;
const HEADER: u8 = 0x66;
const ORIGIN: [u8; 32] = [7; 32];

/// A folder with one file.
#[derive(Debug, Clone)]
struct One {
    name: String,
    bytes: Vec<u8>,
}

impl IoFile for One {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
    fn write_at(&self, _: &[u8], _: u64) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }
    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    fn sync_data(&self) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    fn sync_all(&self) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    fn size(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }
}

impl Io for One {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn IoFile>> {
        assert!(path.ends_with(&self.name) && access == Access::Read);
        Ok(Box::new(self.clone()))
    }
    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    fn remove(&self, _: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    fn create_dir(&self, _: &Path, _: bool) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
    fn list(&self, _: &Path) -> io::Result<Vec<Listed>> {
        Ok(vec![Listed { name: self.name.clone(), is_dir: false }])
    }
    fn stat(&self, _: &Path) -> io::Result<Option<Stat>> {
        Ok(Some(Stat { is_dir: false, len: self.bytes.len() as u64, mode: 0o644 }))
    }
    fn lock(&self, _: &Path) -> io::Result<LockAttempt> {
        Err(ErrorKind::Unsupported.into())
    }
}

/// A segment, as the documentation of the journal describes it.
struct Segment {
    first: u64,
    bytes: Vec<u8>,
}

impl Segment {
    fn sectors(&self) -> u32 {
        (self.bytes.len() / SECTOR) as u32
    }

    /// Sets the checksum of sector `number`, which belongs to the frame that begins in sector `start`.
    fn seal(&mut self, number: usize, start: usize) {
        let sectors = self.sectors();
        let sector = &mut self.bytes[number * SECTOR..][..SECTOR];
        // A sector that was not written to its end has no kind.
        if sector[..4] == [0xff; 4] || sector[SECTOR - 1] == 0 {
            return;
        }
        let mut hasher = Sha256::new();
        hasher.update(b"sagwan journal segment v1\n");
        hasher.update(ORIGIN);
        hasher.update(self.first.to_be_bytes());
        hasher.update(sectors.to_be_bytes());
        let mut bound = hasher.finalize().to_vec();
        bound.extend((number as u32).to_be_bytes());
        bound.extend((start as u32).to_be_bytes());
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&bound), &sector[4..]);
        sector[..4].copy_from_slice(&checksum.to_be_bytes());
    }

    /// Writes a payload over the sectors from `start` on, as many as there are.
    fn put(&mut self, start: usize, stream: &[u8]) {
        for (number, part) in (start..self.sectors() as usize).zip(stream.chunks(PAYLOAD)) {
            self.bytes[number * SECTOR + 4..][..part.len()].copy_from_slice(part);
        }
    }

    fn header(&mut self, root: Option<&[u8]>) {
        let (first, sectors) = (self.first.to_be_bytes(), self.sectors().to_be_bytes());
        let payload = &mut self.bytes[4..SECTOR - 1];
        if let Some(root) = root {
            payload[..10].copy_from_slice(b"SGWNJRNL\0\x01");
            payload[54..86].copy_from_slice(root);
        }
        payload[10..42].copy_from_slice(&ORIGIN);
        payload[42..50].copy_from_slice(&first);
        payload[50..54].copy_from_slice(&sectors);
        self.bytes[SECTOR - 1] = HEADER;
        self.seal(0, 0);
    }

    /// Fills in what a fuzzer cannot guess.
    fn mend(&mut self) {
        if self.bytes[SECTOR - 1] == HEADER {
            self.header(None);
        }
        let (mut at, mut next) = (1, self.first);
        while at < self.sectors() as usize {
            let stream: Vec<u8> =
                self.bytes[at * SECTOR..].chunks(SECTOR).flat_map(|sector| &sector[4..SECTOR - 1]).copied().collect();
            let length = u32::from_be_bytes([stream[20], stream[21], stream[22], stream[23]]) as usize;
            let whole = 60_usize.saturating_add(length);
            let end = at.saturating_add(whole.div_ceil(PAYLOAD)).min(self.sectors() as usize);
            if self.bytes[at * SECTOR + SECTOR - 1] == FIRST && stream.len() >= whole {
                let mut stream = stream[..whole].to_vec();
                stream[8..16].copy_from_slice(&next.to_be_bytes());
                let checksum = crc32c::crc32c_append(crc32c::crc32c(&stream[..56]), &stream[60..]);
                stream[56..60].copy_from_slice(&checksum.to_be_bytes());
                let count = u32::from_be_bytes([stream[16], stream[17], stream[18], stream[19]]);
                next = next.wrapping_add(count.into());
                self.put(at, &stream);
            }
            let start = at;
            while at < end {
                self.seal(at, start);
                at += 1;
            }
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let section: Vec<u8> =
            frame.entries.iter().flat_map(|entry| [&(entry.len() as u16).to_be_bytes()[..], entry].concat()).collect();
        let mut stream = b"SGWF\0\x01\0\0".to_vec();
        stream.extend(frame.first.to_be_bytes());
        stream.extend((frame.entries.len() as u32).to_be_bytes());
        stream.extend((section.len() as u32).to_be_bytes());
        stream.extend(frame.root);
        stream.extend(crc32c::crc32c_append(crc32c::crc32c(&stream), &section).to_be_bytes());
        stream.extend(section);
        let start = frame.start as usize;
        assert_eq!(stream.len().div_ceil(PAYLOAD), frame.sectors as usize);
        self.put(start, &stream);
        for number in start..start + frame.sectors as usize {
            self.bytes[number * SECTOR + SECTOR - 1] = if number == start { FIRST } else { FURTHER };
            self.seal(number, start);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let first = if *choice < 128 { u64::from(*choice) } else { u64::MAX - u64::from(*choice - 128) };
    let mut bytes = body.to_vec();
    bytes.resize(body.len().div_ceil(SECTOR).max(2) * SECTOR, 0);
    let mut segment = Segment { first, bytes };
    segment.mend();
    let one = One { name: format!("{first:020}.journal"), bytes: segment.bytes.clone() };
    let Ok((scanned, temporary)) = scan_journal(&one, Path::new("journal"), &ORIGIN) else { return };
    assert!(temporary.is_empty());
    let [found] = &scanned[..] else { panic!("one segment") };
    let mut again = Segment { first, bytes: vec![0; segment.bytes.len()] };
    if let Some(root) = &found.root {
        again.header(Some(root));
    }
    found.frames.iter().for_each(|frame| again.frame(frame));
    let count: usize = found.frames.iter().map(|frame| frame.entries.len()).sum();
    assert_eq!(found.next, first + count as u64);
    // A torn write is zeroed out by recovery; nothing else may be there that was not read.
    if let Some((from, to)) = found.torn {
        segment.bytes[from as usize * SECTOR..to as usize * SECTOR].fill(0);
    }
    // The log's first header, cut short in its making, proves nothing: the log was never there.
    if first == 0 && found.root.is_none() {
        assert!(found.frames.is_empty() && found.torn.is_none());
        segment.bytes[..SECTOR].fill(0);
    }
    assert!(segment.bytes == again.bytes, "{found:?}");
});
