//! Values by their SHA-256: `blobs/ab/abcd…`, 64 hexadecimal digits, the folder being the first two.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use sha2::{Digest, Sha256};

use super::io::{Access, Durability, Io, make_dir, read_file, replace_file};
use super::{Blobs, StorageError};
use crate::event::limits::{BLOB_BYTES_MAX, BLOB_PIECE_BYTES};

/// What is wrong with a blob whose bytes are others.
const OTHER: &str = "the blob does not have the digest that is its name";

fn none(digest: &[u8; 32]) -> StorageError {
    StorageError::NoBlob { digest: hex::encode(digest) }
}

/// Blobs as files in a folder of this machine.
#[derive(Debug)]
pub struct LocalBlobs {
    io: Arc<dyn Io>,
    ledger: PathBuf,
}

impl LocalBlobs {
    /// The blobs of the ledger in this folder. Nothing is made before the first blob.
    #[must_use]
    pub fn new(io: Arc<dyn Io>, ledger: &Path) -> Self {
        Self { io, ledger: ledger.to_owned() }
    }

    fn path(&self, digest: &[u8; 32]) -> PathBuf {
        let name = hex::encode(digest);
        self.ledger.join("blobs").join(&name[..2]).join(name)
    }
}

impl Blobs for LocalBlobs {
    fn put(&self, bytes: &[u8]) -> Result<[u8; 32], StorageError> {
        let found = bytes.len() as u64;
        if found > BLOB_BYTES_MAX {
            return Err(StorageError::TooLarge { what: "a blob".to_owned(), found, limit: BLOB_BYTES_MAX });
        }
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let path = self.path(&digest);
        let folder = path.parent().unwrap_or(&self.ledger);
        make_dir(self.io.as_ref(), &self.ledger, folder, false)?;
        // Written again even if it is there: it may be damaged, or its folder not synced.
        replace_file(self.io.as_ref(), &path, bytes, false, Durability::Now)?;
        Ok(digest)
    }

    fn get(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StorageError> {
        let path = self.path(digest);
        let bytes = read_file(self.io.as_ref(), &path, BLOB_BYTES_MAX)?.ok_or_else(|| none(digest))?;
        if Sha256::digest(&bytes)[..] == digest[..] {
            return Ok(bytes);
        }
        Err(StorageError::damaged(&path, 0, OTHER))
    }

    fn check(&self, digest: &[u8; 32]) -> Result<bool, StorageError> {
        let path = self.path(digest);
        let file = match self.io.open(&path, Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StorageError::io("open", &path, error)),
        };
        let (mut hash, mut piece, mut read) = (Sha256::new(), vec![0; BLOB_PIECE_BYTES], 0);
        // What is larger than a blob can be is none, whatever its digest.
        while read <= BLOB_BYTES_MAX {
            match file.read_at(&mut piece, read) {
                Ok(0) => match hash.finalize()[..] == digest[..] {
                    true => return Ok(true),
                    false => break,
                },
                Ok(count) => {
                    hash.update(piece.get(..count).unwrap_or_default());
                    read += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(StorageError::io("read", &path, error)),
            }
        }
        Err(StorageError::damaged(&path, 0, OTHER))
    }

    fn has(&self, digest: &[u8; 32]) -> Result<bool, StorageError> {
        let path = self.path(digest);
        let found = self.io.stat(&path).map_err(|error| StorageError::io("look at", &path, error))?;
        Ok(found.is_some())
    }
}

/// Blobs in memory, for whoever wants none on disk.
#[derive(Default)]
pub struct MemBlobs {
    held: std::sync::RwLock<std::collections::HashMap<[u8; 32], Vec<u8>>>,
}

impl Blobs for MemBlobs {
    fn put(&self, bytes: &[u8]) -> Result<[u8; 32], StorageError> {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let mut held = self.held.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        held.insert(digest, bytes.to_vec());
        Ok(digest)
    }

    fn get(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StorageError> {
        let held = self.held.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = held.get(digest).cloned();
        found.ok_or_else(|| none(digest))
    }

    fn has(&self, digest: &[u8; 32]) -> Result<bool, StorageError> {
        Ok(self.held.read().unwrap_or_else(std::sync::PoisonError::into_inner).contains_key(digest))
    }
}

impl fmt::Debug for MemBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemBlobs")
    }
}
