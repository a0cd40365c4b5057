//! Files that only their owner may read: `keys/`, 0600 in a folder of 0700.

use std::path::Path;

use super::StorageError;
use super::io::{Durability, Io, make_dir, read_file, replace_file};
use crate::event::limits::SECRET_BYTES_MAX;

/// Reads a secret file of at most 64 KiB; `None` when it is not there.
///
/// # Errors
/// [`StorageError::Exposed`] when its group or others may read or write it, [`StorageError::TooLarge`],
/// [`StorageError::Io`].
pub fn read_secret(io: &dyn Io, path: &Path) -> Result<Option<Vec<u8>>, StorageError> {
    let found = io.stat(path).map_err(|error| StorageError::io("look at", path, error))?;
    let Some(found) = found else { return Ok(None) };
    if found.mode & 0o077 != 0 {
        return Err(StorageError::Exposed { path: path.to_owned(), mode: found.mode });
    }
    read_file(io, path, SECRET_BYTES_MAX)
}

/// Writes a secret file with mode 0600 and syncs it. Its folder is made with 0700 if need be; the one above must exist.
///
/// # Errors
/// [`StorageError::AlreadyExists`] when there is one: a key is never overwritten; [`StorageError::Io`].
pub fn write_secret(io: &dyn Io, path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_dir(io, folder.parent().unwrap_or(folder), folder, true)?;
    }
    if io.stat(path).map_err(|error| StorageError::io("look at", path, error))?.is_some() {
        return Err(StorageError::AlreadyExists { path: path.to_owned() });
    }
    replace_file(io, path, bytes, true, Durability::Now)
}
