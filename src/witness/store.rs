//! What each witness cosigned last: a file of the ledger's folder each, replaced whole. Losing one costs a question: the
//! witness itself remembers.

use super::error::WitnessError;
use crate::{
    event::{Timestamp, limits},
    storage::io::{Durability, Io, make_dir, read_file, replace_file},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The folder of these files in the ledger's folder.
pub const FOLDER: &str = "witnesses";

/// The version of the file's form.
const VERSION: u32 = 1;

/// What stands in the file of one witness.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    version: u32,
    /// Whose cosignatures these are.
    pub vkey: String,
    /// The size that it cosigned last, as far as is known; 0 for none.
    pub size: u64,
    /// When that was by its clock, in seconds since 1970; 0 for never.
    pub time: u64,
    /// The checkpoint with its line.
    pub note: Option<String>,
    /// What is wrong with it since when, in words.
    pub trouble: Option<(Timestamp, String)>,
}

impl Kept {
    /// Nothing was cosigned.
    #[must_use]
    pub fn nothing(vkey: String) -> Self {
        Self { version: VERSION, vkey, size: 0, time: 0, note: None, trouble: None }
    }
}

/// The files of one witness.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    kept: PathBuf,
    ahead: PathBuf,
}

impl Store {
    /// The files of the witness of this name; none is made.
    #[must_use]
    pub fn new(ledger: &Path, name: &str) -> Self {
        let folder = ledger.join(FOLDER);
        let (kept, ahead) = (folder.join(format!("{name}.json")), folder.join(format!("{name}.ahead")));
        Self { root: ledger.to_owned(), kept, ahead }
    }

    /// Where what it cosigned last stands.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.kept
    }

    /// What the witness with this key cosigned last; nothing where the file is another key's.
    ///
    /// # Errors
    /// [`WitnessError::Kept`] and [`WitnessError::Storage`].
    pub fn load(&self, io: &dyn Io, vkey: &str) -> Result<Kept, WitnessError> {
        let nothing = || Kept::nothing(vkey.to_owned());
        let Some(bytes) = read_file(io, &self.kept, limits::WITNESS_STATE_BYTES_MAX)? else { return Ok(nothing()) };
        let wrong = |what: String| WitnessError::Kept { path: self.kept.clone(), what };
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        match kept.version {
            VERSION if kept.vkey == vkey => Ok(kept),
            VERSION => Ok(nothing()),
            other => Err(wrong(format!("version {other}, and this program knows {VERSION}"))),
        }
    }

    /// Writes it, durably.
    ///
    /// # Errors
    /// [`WitnessError::Storage`].
    pub fn save(&self, io: &dyn Io, kept: &Kept) -> Result<(), WitnessError> {
        let wrong = |error: serde_json::Error| WitnessError::Kept { path: self.kept.clone(), what: error.to_string() };
        self.write(io, &self.kept, &serde_json::to_vec(kept).map_err(wrong)?)
    }

    /// Keeps a checkpoint that this ledger signed and does not have: the proof that an old copy was put in its place.
    ///
    /// # Errors
    /// [`WitnessError::Storage`].
    pub fn save_ahead(&self, io: &dyn Io, note: &[u8]) -> Result<PathBuf, WitnessError> {
        self.write(io, &self.ahead, note)?;
        Ok(self.ahead.clone())
    }

    fn write(&self, io: &dyn Io, path: &Path, bytes: &[u8]) -> Result<(), WitnessError> {
        make_dir(io, &self.root, &self.root.join(FOLDER), false)?;
        Ok(replace_file(io, path, bytes, false, Durability::Now)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::io::RealIo;

    #[test]
    fn what_was_cosigned_survives_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path(), "one");
        assert_eq!(store.load(&RealIo, "key").unwrap(), Kept::nothing("key".into()));
        let kept = Kept { size: 7, time: 9, note: Some("x".into()), ..Kept::nothing("key".into()) };
        store.save(&RealIo, &kept).unwrap();
        assert_eq!(store.load(&RealIo, "key").unwrap(), kept);
        assert_eq!(store.load(&RealIo, "other key").unwrap().size, 0);
        for bad in ["", "{}", r#"{"version":2,"vkey":"key","size":0,"time":0,"note":null,"trouble":null}"#] {
            std::fs::write(folder.path().join("witnesses/one.json"), bad).unwrap();
            assert!(matches!(store.load(&RealIo, "key"), Err(WitnessError::Kept { .. })), "{bad}");
        }
    }
}
