//! What is built from the steps of [`Io`]: whole files, atomic replacement, folders that stay.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::{Access, Io, IoFile};
use crate::storage::StorageError;

/// How a temporary file's name ends; start-up removes what has it.
const TEMPORARY: &str = ".tmp";

/// Whether a new file's name is synced at once, or by the caller together with others ([`sync_dirs`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The folder is synced before the call returns.
    Now,
    /// The caller syncs the folder.
    Later,
}

/// Reads exactly `buffer.len()` bytes at `offset`.
///
/// # Errors
/// `UnexpectedEof` when the file ends before, and whatever the system says.
pub fn read_exact_at(file: &dyn IoFile, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(&mut buffer[done..], offset + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes all of `bytes` at `offset`, going on after a short write.
///
/// # Errors
/// `WriteZero` when the system takes nothing, and whatever it says.
pub fn write_all_at(file: &dyn IoFile, bytes: &[u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match file.write_at(&bytes[done..], offset + done as u64) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => done += written,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads a whole file of at most `limit` bytes; `None` when there is no such file.
///
/// # Errors
/// [`StorageError::TooLarge`], and [`StorageError::Io`].
pub fn read_file(io: &dyn Io, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, StorageError> {
    let file = match io.open(path, Access::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StorageError::io("open", path, error)),
    };
    let found = file.size().map_err(|error| StorageError::io("measure", path, error))?;
    if found > limit {
        return Err(StorageError::TooLarge { what: format!("file {}", path.display()), found, limit });
    }
    let mut bytes = vec![0; usize::try_from(found).unwrap_or(usize::MAX)];
    read_exact_at(file.as_ref(), &mut bytes, 0).map_err(|error| StorageError::io("read", path, error))?;
    Ok(Some(bytes))
}

/// The name under which a file is written before it gets its own.
#[must_use]
pub fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(TEMPORARY);
    name.into()
}

/// Whether a name is one of [`temporary_name`].
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.ends_with(TEMPORARY)
}

/// A file that was written under its temporary name, and is not synced yet.
#[derive(Debug)]
pub struct Written {
    temporary: PathBuf,
    path: PathBuf,
    file: Box<dyn IoFile>,
}

impl Written {
    /// Writes `bytes` under the temporary name of `path`, replacing a leftover of that name.
    ///
    /// # Errors
    /// [`StorageError::Io`]; the temporary file may remain.
    pub fn new(io: &dyn Io, path: &Path, bytes: &[u8], private: bool) -> Result<Self, StorageError> {
        let temporary = temporary_name(path);
        let access = Access::Create { private };
        let opened = match io.open(&temporary, access) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                io.remove(&temporary).map_err(|error| StorageError::io("remove", &temporary, error))?;
                io.open(&temporary, access)
            }
            opened => opened,
        };
        let file = opened.map_err(|error| StorageError::io("create", &temporary, error))?;
        write_all_at(file.as_ref(), bytes, 0).map_err(|error| StorageError::io("write", &temporary, error))?;
        Ok(Self { temporary, path: path.to_owned(), file })
    }

    /// Syncs the bytes. Several files may be synced from several threads: the file system then takes them together.
    ///
    /// # Errors
    /// [`StorageError::Io`]; the file must not be used then.
    pub fn sync(&self) -> Result<(), StorageError> {
        self.file.sync_all().map_err(|error| StorageError::io("sync", &self.temporary, error))
    }

    /// Gives the file, which was synced, its name. The folder is not synced yet.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn take_name(self, io: &dyn Io) -> Result<(), StorageError> {
        io.rename(&self.temporary, &self.path).map_err(|error| StorageError::io("rename to", &self.path, error))
    }
}

/// Puts `bytes` at `path` so that a reader, also after a power loss, sees the old file or the new one, never a mixture.
///
/// # Errors
/// [`StorageError::Io`]; the old file may still be there.
pub fn replace_file(
    io: &dyn Io,
    path: &Path,
    bytes: &[u8],
    private: bool,
    durability: Durability,
) -> Result<(), StorageError> {
    let written = Written::new(io, path, bytes, private)?;
    written.sync()?;
    written.take_name(io)?;
    match durability {
        Durability::Now => sync_dirs(io, path.parent()),
        Durability::Later => Ok(()),
    }
}

/// Removes a file and syncs its folder; that it is not there is no error.
///
/// # Errors
/// [`StorageError::Io`].
pub fn remove_file(io: &dyn Io, path: &Path) -> Result<(), StorageError> {
    match io.remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StorageError::io("remove", path, error)),
        Ok(()) => sync_dirs(io, path.parent()),
    }
}

/// Makes a folder and those between it and `root`, as far as they are missing, and syncs the folder above each of them,
/// also when it is there: whoever made it may have failed before that.
///
/// # Errors
/// [`StorageError::Io`].
pub fn make_dir(io: &dyn Io, root: &Path, path: &Path, private: bool) -> Result<(), StorageError> {
    let Some(parent) = path.parent().filter(|_| path != root) else { return Ok(()) };
    make_dir(io, root, parent, private)?;
    if !is_dir(io, path)? {
        match io.create_dir(path, private) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(StorageError::io("make folder", path, error));
            }
            _ => {}
        }
    }
    sync_dirs(io, [parent])
}

/// Makes a folder wherever it is to be, with all that is missing above it.
///
/// # Errors
/// [`StorageError::Io`].
pub fn make_root(io: &dyn Io, path: &Path) -> Result<(), StorageError> {
    let mut root = path;
    while let Some(parent) = root.parent() {
        if root.as_os_str().is_empty() || is_dir(io, root)? {
            break;
        }
        root = parent;
    }
    make_dir(io, root, path, false)
}

fn is_dir(io: &dyn Io, path: &Path) -> Result<bool, StorageError> {
    let found = io.stat(path).map_err(|error| StorageError::io("look at", path, error))?;
    Ok(found.is_some_and(|stat| stat.is_dir))
}

/// Syncs each folder once.
///
/// # Errors
/// [`StorageError::Io`].
pub fn sync_dirs<'a>(io: &dyn Io, dirs: impl IntoIterator<Item = &'a Path>) -> Result<(), StorageError> {
    let dirs: BTreeSet<&Path> = dirs.into_iter().collect();
    for dir in dirs {
        io.sync_dir(dir).map_err(|error| StorageError::io("sync folder", dir, error))?;
    }
    Ok(())
}
