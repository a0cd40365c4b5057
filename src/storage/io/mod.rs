//! The seam to the file system: everything that this room writes or reads, the index of sled apart, goes through [`Io`].
//!
//! Tests put another implementation below it, one that loses, reorders and tears what was not synced, and that fails
//! at the n-th call. So the trait has exactly the steps whose order matters, and no convenience: a file is durable
//! after `sync_data` (its bytes) or `sync_all`, a name after `sync_dir` of its folder.

mod files;
mod real;

use std::any::Any;
use std::fmt;
use std::io;
use std::path::Path;

pub use files::{
    Durability, Written, is_temporary, make_dir, make_root, read_exact_at, read_file, remove_file, replace_file,
    sync_dirs, temporary_name, write_all_at,
};
pub use real::RealIo;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading only; the file must exist.
    Read,
    /// Reading and writing; the file must exist.
    Write,
    /// Reading and writing; the file must not exist. `private` gives mode 0600 instead of 0644.
    Create {
        /// Whether only the owner may read it.
        private: bool,
    },
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Bytes of a file; without meaning for a folder.
    pub len: u64,
    /// Permission bits (`0o600` and the like).
    pub mode: u32,
}

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The name, without its folder. Names that are not UTF-8 come lossily: nothing of ours has one.
    pub name: String,
    /// Whether it is a folder.
    pub is_dir: bool,
}

/// The result of asking for a lock.
pub enum LockAttempt {
    /// Held until the value is dropped.
    Held(Box<dyn Any + Send + Sync>),
    /// Another process holds it; its process id, if it could be read.
    Busy(Option<u32>),
}

/// An open file. Offsets and lengths are bytes.
pub trait IoFile: Send + Sync + fmt::Debug {
    /// Reads up to `buffer.len()` bytes at `offset`; 0 means the end of the file.
    ///
    /// # Errors
    /// Whatever the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes some of `bytes` at `offset` and says how many.
    ///
    /// # Errors
    /// Whatever the system says; an unknown part may have been written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Cuts the file, or extends it with zeros.
    ///
    /// # Errors
    /// Whatever the system says.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// `fdatasync`: the bytes, and the length if it changed, are on the disk.
    ///
    /// # Errors
    /// Whatever the system says; then nothing is known of any unsynced write.
    fn sync_data(&self) -> io::Result<()>;

    /// `fsync`: as [`IoFile::sync_data`], and the permissions and times too.
    ///
    /// # Errors
    /// As [`IoFile::sync_data`].
    fn sync_all(&self) -> io::Result<()>;

    /// Bytes in the file.
    ///
    /// # Errors
    /// Whatever the system says.
    fn size(&self) -> io::Result<u64>;
}

/// A file system, or a test's idea of one.
pub trait Io: Send + Sync + fmt::Debug {
    /// Opens or creates a file.
    ///
    /// # Errors
    /// Whatever the system says.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn IoFile>>;

    /// Gives a file another name, replacing what stands there. Durable after `sync_dir` of both folders.
    ///
    /// # Errors
    /// Whatever the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// Whatever the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes one folder, whose parent exists. `private` gives mode 0700 instead of 0755.
    ///
    /// # Errors
    /// `AlreadyExists`, and whatever the system says.
    fn create_dir(&self, path: &Path, private: bool) -> io::Result<()>;

    /// `fsync` of a folder: the names in it are on the disk.
    ///
    /// # Errors
    /// Whatever the system says.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// The names in a folder, in ascending order.
    ///
    /// # Errors
    /// `NotFound`, and whatever the system says.
    fn list(&self, path: &Path) -> io::Result<Vec<Listed>>;

    /// What the path names, or `None` when it names nothing.
    ///
    /// # Errors
    /// Whatever the system says.
    fn stat(&self, path: &Path) -> io::Result<Option<Stat>>;

    /// Takes the exclusive lock on a file, which is created if need be and then holds this process's id as text.
    ///
    /// # Errors
    /// Whatever the system says; that another process holds the lock is no error.
    fn lock(&self, path: &Path) -> io::Result<LockAttempt>;
}
