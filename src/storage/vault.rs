//! The vault: what the log only commits to, and may have to be forgotten. Nothing in it is needed for any proof.
//!
//! - `vault/openings/ab/<hex>`: salt, path and value behind a commitment, named by the commitment's digest.
//! - `vault/refused/<expiry>-<hex>`: a refused statement, named by the time when it is to go (milliseconds since 1970, 16
//!   decimal digits) and the SHA-256 of its bytes.
//!
//! Files are 0600 in folders of 0700. An opening is: `SGWO`, version (u16), salt (32 bytes), length (u16) and bytes of
//! the path, length (u32) and bytes of the value, CRC32C (u32) of all before; numbers big-endian.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::StorageError;
use super::io::{Durability, Io, is_temporary, make_dir, read_file, remove_file, replace_file, sync_dirs};
use crate::event::limits::{COMMITTED_VALUE_BYTES_MAX, ENTRY_BYTES_MAX, PATH_BYTES_MAX};

const MAGIC: &[u8; 6] = b"SGWO\x00\x01";

/// What opens a commitment: personal data, so it has no readable debug text.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    /// 32 random bytes.
    pub salt: [u8; 32],
    /// Field that the commitment stands for, a JSON pointer.
    pub path: String,
    /// The value, as it is encoded in the commitment.
    pub value: Vec<u8>,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The vault in a ledger's folder.
#[derive(Debug)]
pub struct Vault {
    io: Arc<dyn Io>,
    dir: PathBuf,
    ledger: PathBuf,
}

/// The refused statements that a vault held when it was asked.
#[derive(Debug)]
pub struct RefusedStatements<'a> {
    vault: &'a Vault,
    paths: HashMap<[u8; 32], PathBuf>,
}

impl RefusedStatements<'_> {
    /// A refused statement by the SHA-256 of its bytes; `None` when it was not there, or its time is over by now.
    ///
    /// # Errors
    /// [`StorageError::Damaged`], [`StorageError::Io`].
    pub fn read(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, StorageError> {
        self.paths.get(digest).map_or(Ok(None), |path| self.vault.read_refused(path, digest))
    }
}

impl Vault {
    /// The vault of the ledger in this folder. Nothing is made before something is put in.
    #[must_use]
    pub fn new(io: Arc<dyn Io>, ledger: &Path) -> Self {
        Self { io, dir: ledger.join("vault"), ledger: ledger.to_owned() }
    }

    /// Stores openings by the digests of their commitments; all are synced when it returns.
    ///
    /// # Errors
    /// [`StorageError::TooLarge`], [`StorageError::Io`].
    pub fn put_all<'a>(
        &self,
        openings: impl IntoIterator<Item = (&'a [u8; 32], &'a Opening)>,
    ) -> Result<(), StorageError> {
        let mut folders = std::collections::BTreeSet::new();
        for (digest, opening) in openings {
            let bytes = encode(opening)?;
            let path = self.opening_path(digest);
            let folder = path.parent().unwrap_or(&self.dir).to_owned();
            if !folders.contains(&folder) {
                make_dir(self.io.as_ref(), &self.ledger, &folder, true)?;
                folders.insert(folder);
            }
            replace_file(self.io.as_ref(), &path, &bytes, true, Durability::Later)?;
        }
        sync_dirs(self.io.as_ref(), folders.iter().map(PathBuf::as_path))
    }

    /// The opening of a commitment; `None` when it was never here, or was erased.
    ///
    /// # Errors
    /// [`StorageError::Damaged`], [`StorageError::Io`].
    pub fn get(&self, digest: &[u8; 32]) -> Result<Option<Opening>, StorageError> {
        let path = self.opening_path(digest);
        let limit = (COMMITTED_VALUE_BYTES_MAX + PATH_BYTES_MAX + 64) as u64;
        let Some(bytes) = read_file(self.io.as_ref(), &path, limit)? else { return Ok(None) };
        let damaged = || StorageError::damaged(&path, 0, "it is not an opening, or its checksum is wrong");
        decode(&bytes).map(Some).ok_or_else(damaged)
    }

    /// Erases an opening. The commitment stays, and proves from now on only that there was a value.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn erase(&self, digest: &[u8; 32]) -> Result<(), StorageError> {
        let path = self.opening_path(digest);
        let found = self.io.stat(&path).map_err(|error| StorageError::io("look at", &path, error))?;
        if found.is_some() { remove_file(self.io.as_ref(), &path) } else { Ok(()) }
    }

    /// Keeps a refused statement until `expiry` (milliseconds since 1970); gives the SHA-256 of its bytes.
    ///
    /// # Errors
    /// [`StorageError::TooLarge`], [`StorageError::Io`].
    pub fn put_refused(&self, statement: &[u8], expiry: i64) -> Result<[u8; 32], StorageError> {
        let (found, limit) = (statement.len() as u64, ENTRY_BYTES_MAX as u64);
        if found > limit {
            return Err(StorageError::TooLarge { what: "a refused statement".to_owned(), found, limit });
        }
        let digest: [u8; 32] = Sha256::digest(statement).into();
        let folder = self.dir.join("refused");
        make_dir(self.io.as_ref(), &self.ledger, &folder, true)?;
        let path = folder.join(format!("{:016}-{}", expiry.max(0), hex::encode(digest)));
        replace_file(self.io.as_ref(), &path, statement, true, Durability::Now)?;
        Ok(digest)
    }

    /// A refused statement by the SHA-256 of its bytes; `None` when it was never here, or its time is over.
    ///
    /// # Errors
    /// [`StorageError::Damaged`], [`StorageError::Io`].
    pub fn refused(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, StorageError> {
        self.all_refused()?.read(digest)
    }

    fn read_refused(&self, path: &Path, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, StorageError> {
        let bytes = read_file(self.io.as_ref(), path, ENTRY_BYTES_MAX as u64)?;
        match bytes {
            Some(bytes) if Sha256::digest(&bytes)[..] != digest[..] => {
                Err(StorageError::damaged(path, 0, "the statement does not have the digest that is its name"))
            }
            bytes => Ok(bytes),
        }
    }

    /// Every refused statement that is kept now, to be read by digest: the folder is listed once.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn all_refused(&self) -> Result<RefusedStatements<'_>, StorageError> {
        let digest = |path: &Path| {
            let name = path.file_name()?.to_str()?;
            hex::decode(name.split_once('-')?.1).ok()?.try_into().ok()
        };
        let files = self.refused_files()?.into_iter().filter_map(|(_, path)| Some((digest(&path)?, path)));
        Ok(RefusedStatements { vault: self, paths: files.collect() })
    }

    /// Removes refused statements whose time is over at `now` (milliseconds since 1970); how many.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn sweep(&self, now: i64) -> Result<u64, StorageError> {
        let mut removed = 0;
        for (expiry, path) in self.refused_files()? {
            if expiry <= now {
                remove_file(self.io.as_ref(), &path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn opening_path(&self, digest: &[u8; 32]) -> PathBuf {
        let name = hex::encode(digest);
        self.dir.join("openings").join(&name[..2]).join(name)
    }

    fn refused_files(&self) -> Result<Vec<(i64, PathBuf)>, StorageError> {
        let folder = self.dir.join("refused");
        let names = match self.io.list(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            names => names.map_err(|error| StorageError::io("list", &folder, error))?,
        };
        let whole = names.into_iter().filter(|listed| !is_temporary(&listed.name));
        Ok(whole
            .filter_map(|listed| {
                let (expiry, _) = listed.name.split_once('-')?;
                Some((expiry.parse().ok()?, folder.join(&listed.name)))
            })
            .collect())
    }
}

fn encode(opening: &Opening) -> Result<Vec<u8>, StorageError> {
    let bounded = |what: &str, found: usize, limit: usize| {
        if found <= limit {
            return Ok(());
        }
        Err(StorageError::TooLarge { what: what.to_owned(), found: found as u64, limit: limit as u64 })
    };
    bounded("the path of a commitment", opening.path.len(), PATH_BYTES_MAX)?;
    bounded("the value behind a commitment", opening.value.len(), COMMITTED_VALUE_BYTES_MAX)?;
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&opening.salt);
    out.extend_from_slice(&u16::try_from(opening.path.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(opening.path.as_bytes());
    out.extend_from_slice(&u32::try_from(opening.value.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&opening.value);
    let checksum = crc32c::crc32c(&out);
    out.extend_from_slice(&checksum.to_be_bytes());
    Ok(out)
}

fn decode(bytes: &[u8]) -> Option<Opening> {
    let (content, checksum) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(content).to_be_bytes() != *checksum {
        return None;
    }
    let (salt, rest) = content.strip_prefix(MAGIC)?.split_first_chunk::<32>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (path, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (length, value) = rest.split_first_chunk::<4>()?;
    let whole = value.len() as u64 == u64::from(u32::from_be_bytes(*length));
    let path = String::from_utf8(path.to_vec()).ok()?;
    whole.then(|| Opening { salt: *salt, path, value: value.to_vec() })
}
