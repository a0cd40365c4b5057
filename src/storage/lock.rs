//! One process a folder.

use std::any::Any;
use std::fmt;
use std::path::Path;

use super::StorageError;
use super::io::{Io, LockAttempt};

/// The lock on a ledger's folder, held until it is dropped.
pub struct FolderLock {
    _held: Box<dyn Any + Send + Sync>,
}

impl FolderLock {
    /// Locks the folder against other processes, with the file `lock` in it.
    ///
    /// # Errors
    /// [`StorageError::Locked`], naming the process that has it if it says so; [`StorageError::Io`].
    pub fn take(io: &dyn Io, dir: &Path) -> Result<Self, StorageError> {
        let path = dir.join("lock");
        match io.lock(&path).map_err(|error| StorageError::io("lock", &path, error))? {
            LockAttempt::Held(held) => Ok(Self { _held: held }),
            LockAttempt::Busy(holder) => {
                let holder =
                    holder.map_or_else(|| "another process".to_owned(), |process| format!("process {process}"));
                Err(StorageError::Locked { path, holder })
            }
        }
    }
}

impl fmt::Debug for FolderLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FolderLock")
    }
}
