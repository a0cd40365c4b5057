//! One digest over all content, whatever the engine and its layout.

use sha2::{Digest, Sha256};

use super::Mark;
use crate::merkle::Hash;

/// SHA-256 over `sagwan index v1\n`, the mark (size u64 and root, or nothing), then for each posting key in order `p`,
/// its length (u32), its bytes, each index (u64), and u64::MAX; for each cell in order `c`, length (u32) and bytes of
/// its key, length (u32) and bytes of its value.
pub struct ContentDigest(Sha256);

impl ContentDigest {
    pub fn new(mark: Option<&Mark>) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"sagwan index v1\n");
        if let Some(mark) = mark {
            hasher.update(mark.size.to_be_bytes());
            hasher.update(mark.root);
        }
        Self(hasher)
    }

    pub fn posting_key(&mut self, key: &[u8]) {
        self.0.update(b"p");
        self.bytes(key);
    }

    pub fn indices(&mut self, indices: &[u64]) {
        let bytes: Vec<u8> = indices.iter().flat_map(|index| index.to_be_bytes()).collect();
        self.0.update(&bytes);
    }

    pub fn end_key(&mut self) {
        self.0.update(u64::MAX.to_be_bytes());
    }

    pub fn cell(&mut self, key: &[u8], value: &[u8]) {
        self.0.update(b"c");
        self.bytes(key);
        self.bytes(value);
    }

    pub fn finish(self) -> Hash {
        self.0.finalize().into()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // Keys and values are bounded far below 4 GiB.
        self.0.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.update(bytes);
    }
}
