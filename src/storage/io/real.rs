//! The file system of this machine.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::{Access, Io, IoFile, Listed, LockAttempt, Stat};

/// The machine's own files.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealIo;

impl IoFile for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Self::sync_data(self)
    }

    fn sync_all(&self) -> io::Result<()> {
        Self::sync_all(self)
    }

    fn size(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }
}

impl Io for RealIo {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn IoFile>> {
        let mut options = OpenOptions::new();
        options.read(true);
        match access {
            Access::Read => {}
            Access::Write => {
                options.write(true);
            }
            Access::Create { private } => {
                options.write(true).create_new(true).mode(if private { 0o600 } else { 0o644 });
            }
        }
        options.open(path).map(|file| Box::new(file) as Box<dyn IoFile>)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir(&self, path: &Path, private: bool) -> io::Result<()> {
        fs::DirBuilder::new().mode(if private { 0o700 } else { 0o755 }).create(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        // `File::open("")` fails: the folder of a bare file name is the current one.
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        File::open(path)?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            names.push(Listed { name, is_dir: entry.file_type()?.is_dir() });
        }
        names.sort_unstable();
        Ok(names)
    }

    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        match fs::metadata(path) {
            Ok(found) => {
                let mode = found.permissions().mode() & 0o7777;
                Ok(Some(Stat { is_dir: found.is_dir(), len: found.len(), mode }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock(&self, path: &Path) -> io::Result<LockAttempt> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o644).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.write_all(format!("{}\n", std::process::id()).as_bytes())?;
                Ok(LockAttempt::Held(Box::new(Held(file))))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The id is only for the message: a holder that has not written it yet is named without it.
                let read = (&mut file).take(32).read_to_string(&mut text);
                Ok(LockAttempt::Busy(read.ok().and_then(|_| text.trim().parse().ok())))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// A locked file, unlocked when dropped: a process that is being started elsewhere has a copy of it for a moment, and
/// closing ours alone would leave it locked for as long (flock(2)).
struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // What cannot be unlocked is closed next, which unlocks it too.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_though_somebody_has_a_copy_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let file = File::create(&path).unwrap();
        file.try_lock().unwrap();
        let copy = file.try_clone().unwrap();
        let held = Held(file);
        assert!(matches!(RealIo.lock(&path).unwrap(), LockAttempt::Busy(_)));
        drop(held);
        assert!(matches!(RealIo.lock(&path).unwrap(), LockAttempt::Held(_)));
        drop(copy);
    }
}
