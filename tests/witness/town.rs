//! A ledger, its people, and witnesses.

use crate::{
    house::{House, ORIGIN, START_MS, author, dataset, found, key},
    stand::Witness,
};
use sagwan::{
    codec::note::{KeyType, Vkey},
    crypto::NoteVerifier,
    event::Env,
    ledger::Author,
    verify::LogKeys,
    witness::{Asker, Outcome, Round, WitnessConfig, WitnessError, Witnessing, WitnessingConfig, witnessing},
};
use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};
use tempfile::TempDir;

/// The witnesses' clock, a minute after the ledger's.
pub const NOW: u64 = START_MS as u64 / 1_000 + 60;

pub struct Town {
    pub dir: TempDir,
    pub house: House,
    pub dana: Author,
}

impl Town {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let house = found(&dir.path().join("ledger"));
        let dana = author("user:dana", 10);
        house.enrol(&dana, "role:data-engineer");
        Self { dir, house, dana }
    }

    pub fn folder(&self) -> PathBuf {
        self.dir.path().join("ledger")
    }

    pub fn size(&self) -> u64 {
        self.house.ledger().head().size
    }

    /// Records a dataset; its index.
    pub fn dataset(&self, name: &str) -> u64 {
        self.house.record(&self.dana, &[self.house.event(&format!("dataset/{name}"), Some(Env::Dev), dataset(false))])
    }

    /// A copy of the ledger's folder as it is now.
    pub fn copy(&mut self) -> PathBuf {
        let copy = self.dir.path().join("copy");
        copy_folder(&self.house.close(), &copy);
        self.house = House::open(&self.folder(), &self.house);
        copy
    }

    /// Puts a copy in the place of the ledger.
    pub fn put_back(&mut self, copy: &Path) {
        let folder = self.house.close();
        std::fs::remove_dir_all(&folder).unwrap();
        copy_folder(copy, &folder);
        self.house = House::open(&folder, &self.house);
    }

    pub fn asker(&self, sections: &[String], quorum: usize) -> Asker {
        self.try_asker(sections, quorum, false).unwrap()
    }

    pub fn try_asker(&self, sections: &[String], quorum: usize, although: bool) -> Result<Asker, WitnessError> {
        Asker::open(self.house.ledger().clone(), settings(sections, quorum), although)
    }
}

#[derive(serde::Deserialize)]
struct Sections {
    witness: Vec<WitnessConfig>,
}

pub fn settings(sections: &[String], quorum: usize) -> Witnessing {
    let sections: Sections = toml::from_str(&sections.concat()).unwrap();
    witnessing(&sections.witness, &WitnessingConfig { quorum, ..WitnessingConfig::default() }).unwrap()
}

pub fn log_verifier() -> NoteVerifier {
    NoteVerifier::new(Vkey::new(ORIGIN, KeyType::Ed25519, key(200).public().raw()).unwrap()).unwrap()
}

pub fn log_keys() -> LogKeys {
    LogKeys::new(ORIGIN, &[key(200).public().clone()]).unwrap()
}

/// A witness that knows the log.
pub fn witness(name: &str, seed: u8) -> Witness {
    Witness::start(&format!("witness.example/{name}"), seed, log_verifier(), ORIGIN, NOW)
}

pub fn round(asker: &mut Asker) -> Round {
    asker.round(&AtomicBool::new(false)).unwrap()
}

/// The one outcome of a round.
pub fn only(round: &Round) -> &Outcome {
    assert_eq!(round.outcomes.len(), 1, "{round:?}");
    &round.outcomes[0].1
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
