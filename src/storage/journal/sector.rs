//! Sectors: cutting a frame into them, and telling whether one is whole.

/// Bytes of a sector: what a disk writes all of or nothing of.
pub const SECTOR: usize = 512;
/// Bytes of a sector beside its payload: CRC32C before it, kind after it.
const OVERHEAD: usize = 5;
/// Payload bytes of a sector.
pub const PAYLOAD: usize = SECTOR - OVERHEAD;

/// What a sector is: its last byte, so that a sector of which only the beginning was written ends with zero. No flipped
/// bit makes one of them zero, or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The first sector of a frame.
    First = 0x33,
    /// A further sector of a frame.
    Further = 0x55,
    /// The segment header.
    Header = 0x66,
}

/// Where a sector stands: what its checksum binds it to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The segment's identity.
    pub identity: &'a [u8; 32],
    /// The sector's number in the segment.
    pub number: u32,
    /// The number of the sector in which its frame begins.
    pub start: u32,
}

impl Place<'_> {
    fn checksum(&self, rest: &[u8]) -> u32 {
        let mut bound = [0; 40];
        bound[..32].copy_from_slice(self.identity);
        bound[32..36].copy_from_slice(&self.number.to_be_bytes());
        bound[36..].copy_from_slice(&self.start.to_be_bytes());
        crc32c::crc32c_append(crc32c::crc32c(&bound), rest)
    }

    /// Appends a sector with this payload, of at most [`PAYLOAD`] bytes, filled up with zeros.
    pub fn append(&self, out: &mut Vec<u8>, kind: Kind, payload: &[u8]) {
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(payload);
        out.resize(at + SECTOR - 1, 0);
        out.push(kind as u8);
        let checksum = self.checksum(&out[at + 4..]);
        out[at..at + 4].copy_from_slice(&checksum.to_be_bytes());
    }

    /// Whether the sector is whole, of this kind, and belongs here.
    pub fn accepts(&self, sector: &[u8], kind: Kind) -> bool {
        sector.len() == SECTOR
            && sector[SECTOR - 1] == kind as u8
            && sector[..4] == self.checksum(&sector[4..]).to_be_bytes()
    }
}

/// The sector of this number in a segment's bytes; `None` beyond its end.
pub fn sector(bytes: &[u8], number: u32) -> Option<&[u8]> {
    let from = usize::try_from(number).ok()?.checked_mul(SECTOR)?;
    bytes.get(from..from + SECTOR)
}

/// The payload of a sector.
pub fn payload(sector: &[u8]) -> &[u8] {
    &sector[4..4 + PAYLOAD]
}

/// Whether all bytes are zero: the sector was never written.
pub fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Whether the sector was not written to its end.
pub fn is_incomplete(sector: &[u8]) -> bool {
    sector.last().is_none_or(|kind| *kind == 0)
}

/// Sectors that this many payload bytes take.
pub fn sectors_for(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(PAYLOAD)).unwrap_or(u32::MAX)
}
