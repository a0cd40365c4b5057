//! sled, with every error and every panic turned into damage: the caller then deletes the index and builds it anew.

use std::fs;
use std::ops::RangeBounds;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use sled::{Db, IVec};

use super::IndexError;

/// Bytes of sled's page cache.
const CACHE_BYTES: u64 = 16 << 20;
/// Opening that takes longer than this has met a file that sled cannot cope with.
const OPEN_TIME_MAX: Duration = Duration::from_secs(60);
/// How long the lock on the file is waited for. sled's threads may keep it for a while after the database was dropped;
/// nobody else can have it, because the ledger's folder has a lock of its own.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(20);
const LOCK_RETRY: Duration = Duration::from_millis(10);

/// An open sled database.
#[derive(Debug)]
pub struct Engine {
    db: Db,
}

impl Engine {
    /// Opens or makes the database in a folder. What a kill left of a snapshot that was being made is removed first:
    /// with it sled would refuse to open.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        remove_unfinished_snapshots(dir).map_err(|error| IndexError::damaged(error.to_string()))?;
        let config = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES).flush_every_ms(Some(5_000));
        let (sender, receiver) = mpsc::channel();
        // In a thread of its own, because a damaged file can make sled panic or never come back.
        let opener = move || {
            let opened = guard(|| open_locked(&config));
            // Nobody waits any more when opening took too long.
            let _ = sender.send(opened);
        };
        std::thread::Builder::new()
            .name("index-open".to_owned())
            .spawn(opener)
            .map_err(|error| IndexError::damaged(error.to_string()))?;
        match receiver.recv_timeout(OPEN_TIME_MAX) {
            Ok(db) => Ok(Self { db: db? }),
            Err(_) => Err(IndexError::damaged("sled did not open it in a minute")),
        }
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<IVec>, IndexError> {
        guard(|| self.db.get(key))
    }

    pub fn insert(&self, key: &[u8], value: &[u8]) -> Result<(), IndexError> {
        // One by one: `apply_batch` ignores the bound of the cache.
        guard(|| self.db.insert(key, value)).map(|_| ())
    }

    pub fn remove(&self, key: &[u8]) -> Result<(), IndexError> {
        guard(|| self.db.remove(key)).map(|_| ())
    }

    pub fn first<R: RangeBounds<Vec<u8>>>(&self, range: R) -> Result<Option<(IVec, IVec)>, IndexError> {
        guard(|| self.db.range(range).next().transpose())
    }

    pub fn last<R: RangeBounds<Vec<u8>>>(&self, range: R) -> Result<Option<(IVec, IVec)>, IndexError> {
        guard(|| self.db.range(range).next_back().transpose())
    }

    pub fn iter<R: RangeBounds<Vec<u8>>>(&self, range: R) -> Result<EngineIter, IndexError> {
        guard(|| Ok::<_, sled::Error>(self.db.range(range))).map(EngineIter)
    }

    pub fn flush(&self) -> Result<(), IndexError> {
        guard(|| self.db.flush()).map(|_| ())
    }

    /// Closes the database, whatever state it is in.
    pub fn close(self) {
        // The result is dropped: what was not written is written anew after the next opening.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(self)));
    }
}

/// Keys and values in order.
pub struct EngineIter(sled::Iter);

impl EngineIter {
    pub fn next(&mut self) -> Result<Option<(IVec, IVec)>, IndexError> {
        guard(|| self.0.next().transpose())
    }
}

/// Opens the database, waiting for whoever closes it.
fn open_locked(config: &sled::Config) -> Result<Db, sled::Error> {
    let started = Instant::now();
    loop {
        match config.open() {
            Err(error) if is_lock_held(&error) && started.elapsed() < LOCK_WAIT_MAX => sleep(LOCK_RETRY),
            opened => return opened,
        }
    }
}

/// Whether it is the lock that sled did not get: it says so in words only.
fn is_lock_held(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

fn guard<T>(call: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, IndexError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(IndexError::damaged(error.to_string())),
        Err(_) => Err(IndexError::damaged("sled panicked")),
    }
}

fn remove_unfinished_snapshots(dir: &Path) -> std::io::Result<()> {
    if !dir.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
