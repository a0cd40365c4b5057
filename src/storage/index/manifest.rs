//! The manifest: which runs there are, and how far they go. Its bytes are described in [`super`].

use super::postings::take_bytes;
use super::{IndexError, Mark};

const MAGIC: &[u8; 6] = b"SGWI\x00\x01";
/// Runs that a manifest may name: far more than eight a tier ever make.
const RUNS_MAX: usize = 4096;

/// What a run holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// Lists of entry indices.
    Postings = 0,
    /// Cells of current state.
    Cells = 1,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunMeta {
    pub number: u64,
    pub kind: RunKind,
    pub tier: u8,
    pub chunks: u32,
    pub bytes: u64,
    /// Position of its first item.
    pub first: Vec<u8>,
}

/// All runs, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    pub mark: Option<Mark>,
    pub next_run: u64,
    pub runs: Vec<RunMeta>,
}

impl Manifest {
    pub fn runs_of(&self, kind: RunKind) -> impl DoubleEndedIterator<Item = &RunMeta> {
        self.runs.iter().filter(move |run| run.kind == kind)
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let mark = self.mark.unwrap_or(Mark { size: 0, root: [0; 32] });
        out.extend_from_slice(&mark.size.to_be_bytes());
        out.extend_from_slice(&mark.root);
        out.extend_from_slice(&self.next_run.to_be_bytes());
        out.extend_from_slice(&u32::try_from(self.runs.len()).unwrap_or(u32::MAX).to_be_bytes());
        for run in &self.runs {
            out.extend_from_slice(&run.number.to_be_bytes());
            out.extend_from_slice(&[run.kind as u8, run.tier]);
            out.extend_from_slice(&run.chunks.to_be_bytes());
            out.extend_from_slice(&run.bytes.to_be_bytes());
            out.extend_from_slice(&u16::try_from(run.first.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend_from_slice(&run.first);
        }
        let checksum = crc32c::crc32c(&out);
        out.extend_from_slice(&checksum.to_be_bytes());
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let damaged = || IndexError::damaged("the manifest's checksum is wrong");
        let (content, checksum) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
        if crc32c::crc32c(content).to_be_bytes() != *checksum || !content.starts_with(MAGIC) {
            return Err(damaged());
        }
        let mut rest = &content[MAGIC.len()..];
        let size = u64::from_be_bytes(array(&mut rest)?);
        let root = array(&mut rest)?;
        let next_run = u64::from_be_bytes(array(&mut rest)?);
        let count = u32::from_be_bytes(array(&mut rest)?) as usize;
        if count > RUNS_MAX {
            return Err(damaged());
        }
        let mut runs = Vec::with_capacity(count);
        for _ in 0..count {
            let number = u64::from_be_bytes(array(&mut rest)?);
            let [kind, tier] = array(&mut rest)?;
            let kind = if kind == 0 { RunKind::Postings } else { RunKind::Cells };
            let chunks = u32::from_be_bytes(array(&mut rest)?);
            let bytes = u64::from_be_bytes(array(&mut rest)?);
            let length = usize::from(u16::from_be_bytes(array(&mut rest)?));
            let first = take_bytes(&mut rest, length)?.to_vec();
            runs.push(RunMeta { number, kind, tier, chunks, bytes, first });
        }
        if !rest.is_empty() {
            return Err(damaged());
        }
        Ok(Self { mark: Some(Mark { size, root }), next_run, runs })
    }
}

fn array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], IndexError> {
    take_bytes(bytes, N)?.try_into().map_err(|_| IndexError::damaged("the manifest is cut off"))
}
