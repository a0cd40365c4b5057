//! What is remembered between two looks, and the proof of an alarm: plain checkpoints, in files.

use crate::{
    cli::{
        failure::{Done, Failure, Kind},
        ledger_failure,
    },
    codec::witness::AddCheckpoint,
    event::limits::{NOTE_BYTES_MAX, WATCH_ALARMS_MAX},
    merkle::Hash,
    storage::io::{Durability, RealIo, make_root, read_file, replace_file},
    verify::VerifyError,
};
use std::path::{Path, PathBuf};

/// The file of the last checkpoint, and what stands beside it.
pub(super) struct Memory(PathBuf);

/// A file here, named after the log.
pub(super) fn default_path(origin: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
    PathBuf::from(format!("watched-{}.checkpoint", origin.chars().map(plain).collect::<String>()))
}

impl Memory {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The last checkpoint; `None` before the first look.
    pub(super) fn load(&self) -> Done<Option<Vec<u8>>> {
        read_file(&RealIo, &self.0, NOTE_BYTES_MAX as u64).map_err(|error| ledger_failure::of_storage(&error))
    }

    /// Remembers a checkpoint, durably.
    pub(super) fn save(&self, note: &[u8]) -> Done {
        let parent = self.0.parent().filter(|parent| !parent.as_os_str().is_empty());
        let made = parent.map_or(Ok(()), |parent| make_root(&RealIo, parent));
        made.and_then(|()| replace_file(&RealIo, &self.absolute()?, note, false, Durability::Now))
            .map_err(|error| ledger_failure::of_storage(&error))
    }

    /// With its folder, which is synced too.
    fn absolute(&self) -> Result<PathBuf, crate::storage::StorageError> {
        std::path::absolute(&self.0).map_err(|error| crate::storage::StorageError::io("find", &self.0, error))
    }

    /// The failure that a remembered checkpoint of another log, or of nobody, is.
    pub(super) fn foreign(&self, error: &VerifyError) -> Failure {
        let next = "give the --state of this log; take the file away only if you want to begin anew, for it is what the log is held to";
        Failure::new(Kind::Invalid, format!("what is remembered in {}: {error}", self.0.display()), next)
    }

    /// The proof of an alarm that nobody has moved away.
    pub(super) fn standing(&self) -> Done<Option<PathBuf>> {
        let base = self.absolute().map_err(|error| ledger_failure::of_storage(&error))?;
        Ok((1..=WATCH_ALARMS_MAX).map(|number| alarm(&base, number)).find(|folder| folder.exists()))
    }

    /// Keeps the remembered checkpoint and the one that contradicts it in a folder beside the file, with the proof where
    /// there is one, from the tree of the given size; the folder. The same contradiction is kept once.
    pub(super) fn keep_proof(&self, note: &[u8], proof: Option<(u64, &[Hash])>) -> Done<PathBuf> {
        let failed = |error: &crate::storage::StorageError| ledger_failure::of_storage(error);
        let old = self.load()?.unwrap_or_default();
        let base = self.absolute().map_err(|error| failed(&error))?;
        for number in 1..=WATCH_ALARMS_MAX {
            let folder = alarm(&base, number);
            let kept = |name: &str| read_file(&RealIo, &folder.join(name), NOTE_BYTES_MAX as u64).ok().flatten();
            if kept("new.checkpoint").is_some_and(|kept| kept == note)
                && kept("old.checkpoint").is_some_and(|kept| kept == old)
            {
                return Ok(folder);
            }
            if folder.exists() {
                continue;
            }
            make_root(&RealIo, &folder).map_err(|error| failed(&error))?;
            let write = |name: &str, bytes: &[u8]| write(&folder, name, bytes);
            write("old.checkpoint", &old)?;
            write("new.checkpoint", note)?;
            if let Some((old, proof)) = proof
                && let Ok(checkpoint) = String::from_utf8(note.to_vec())
                && let Ok(body) = (AddCheckpoint { old, proof: proof.to_vec(), checkpoint }).format()
            {
                write("proof.consistency", body.as_bytes())?;
            }
            return Ok(folder);
        }
        let what = format!("{WATCH_ALARMS_MAX} alarms are kept beside {}", self.0.display());
        Err(Failure::new(Kind::Alarm, what, "this log contradicts itself again and again: rely on nothing of it"))
    }
}

fn alarm(base: &Path, number: u32) -> PathBuf {
    let mut folder = base.as_os_str().to_owned();
    folder.push(format!(".alarm-{number}"));
    PathBuf::from(folder)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Done {
    replace_file(&RealIo, &folder.join(name), bytes, false, Durability::Now)
        .map_err(|error| ledger_failure::of_storage(&error))
}
