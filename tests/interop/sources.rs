//! The two logs that foreign verifiers are shown: one made of the codec and the tree alone, and a real ledger.

use sagwan::{
    crypto::{PublicKey, SecretKey},
    event::Env,
    merkle::{Hash, NodeReader, TilePath, encode_bundle, tile_bytes},
};

use crate::{
    fixture::{Fixture, ORIGIN},
    folder::Source,
    house::{self, House},
};

impl Source for Fixture {
    fn origin(&self) -> String {
        ORIGIN.to_owned()
    }
    fn size(&self) -> u64 {
        self.entries.len() as u64
    }
    fn log_key(&self) -> &SecretKey {
        &self.log
    }
    fn signers(&self) -> Vec<PublicKey> {
        vec![self.actor.public().clone()]
    }
    fn checkpoint(&self) -> String {
        Self::checkpoint(self, self.size())
    }
    fn tile(&self, path: &TilePath) -> Vec<u8> {
        match path {
            TilePath::Tile(tile) => {
                let first = 256 * tile.index;
                let hashes: Vec<Hash> = (first..first + u64::from(tile.width))
                    .map(|index| self.node(8 * tile.level, index).unwrap())
                    .collect();
                tile_bytes(&hashes)
            }
            TilePath::Bundle(bundle) => {
                let first = 256 * bundle.index as usize;
                encode_bundle(&self.entries[first..first + usize::from(bundle.width)]).unwrap()
            }
        }
    }
    fn receipt(&self, index: u64) -> Vec<u8> {
        Self::receipt(self, index, self.size())
    }
    fn transparent(&self, index: u64) -> Vec<u8> {
        Self::transparent(self, index, self.size())
    }
    fn tlog_proof(&self, index: u64) -> String {
        Self::tlog_proof(self, index, self.size())
    }
    fn consistency(&self, from: u64) -> Vec<Hash> {
        Self::consistency(self, from, self.size())
    }
}

/// A ledger on the disk, closed and opened again after everything was recorded.
pub struct Real {
    house: House,
    log_key: SecretKey,
    engineer: PublicKey,
}

impl Real {
    /// Founds it in `folder` and has an engineer register `count` data sets.
    pub fn new(folder: &std::path::Path, count: usize) -> Self {
        let mut house = house::found(folder);
        let engineer = house::author("user:engineer", 3);
        house.enrol(&engineer, "role:data-engineer");
        let statements = (0..count).map(|index| {
            let event = house.event(&format!("dataset/credit-{index}@v1"), Some(Env::Dev), house::dataset(false));
            house.sign(&engineer, &[event])
        });
        let verdicts = house.ledger().admit_all(statements.collect()).unwrap();
        assert_eq!(verdicts.len(), count);
        house.reopen();
        assert!(house.ledger().head().size > count as u64, "{:?}", verdicts.first());
        Self { house, log_key: house::key(200), engineer: engineer.key.public().clone() }
    }
}

impl Source for Real {
    fn origin(&self) -> String {
        self.house.ledger().origin().to_owned()
    }
    fn size(&self) -> u64 {
        self.house.ledger().head().size
    }
    fn log_key(&self) -> &SecretKey {
        &self.log_key
    }
    fn signers(&self) -> Vec<PublicKey> {
        let officers = self.house.officers.iter().map(|officer| officer.key.public().clone());
        officers.chain([self.engineer.clone(), self.log_key.public().clone()]).collect()
    }
    fn checkpoint(&self) -> String {
        std::fs::read_to_string(self.house.ledger().folder().join("checkpoint")).unwrap()
    }
    fn tile(&self, path: &TilePath) -> Vec<u8> {
        self.house.ledger().tile(path).unwrap()
    }
    fn receipt(&self, index: u64) -> Vec<u8> {
        self.house.ledger().receipt(index).unwrap()
    }
    fn transparent(&self, index: u64) -> Vec<u8> {
        self.house.ledger().transparent_statement(index).unwrap()
    }
    fn tlog_proof(&self, index: u64) -> String {
        self.house.ledger().tlog_proof(index).unwrap()
    }
    fn consistency(&self, from: u64) -> Vec<Hash> {
        self.house.ledger().consistency_proof(from, self.size()).unwrap()
    }
}
