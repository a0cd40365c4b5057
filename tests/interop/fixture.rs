//! A small log in memory, the same from the same seed: statements, tree, checkpoints, receipts, proofs, tiles.

use std::collections::HashMap;

use sagwan::{
    codec::{
        cbor,
        checkpoint::Checkpoint,
        note::{KeyType, format_note},
        receipt::UnsignedHead,
        statement::{EVENT_MEDIA_TYPE, Unsigned, attach_receipts},
        tlog_proof::TlogProof,
    },
    crypto::{Algorithm, NoteSigner, PublicKey, SecretKey},
    merkle::{Frontier, Hash, MerkleError, NodeReader, consistency_proof, inclusion_proof, leaf_hash, root_at},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

pub const ORIGIN: &str = "ledger.example.org/sagwan";
pub const ISSUER: &str = "service:pipeline";

/// A log of `entries.len()` signed statements.
pub struct Fixture {
    pub log: SecretKey,
    pub actor: SecretKey,
    pub entries: Vec<Vec<u8>>,
    nodes: HashMap<(u8, u64), Hash>,
}

impl NodeReader for Fixture {
    type Error = MerkleError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, MerkleError> {
        self.nodes.get(&(level, index)).copied().ok_or(MerkleError::NoSuchNode { level, index })
    }
}

/// A key that depends on nothing but its name.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Sha256::digest(format!("sagwan test key {name}")).into())
}

/// Signs checkpoints of a log with this origin.
pub fn signer_of(origin: &str, log: &SecretKey) -> NoteSigner {
    NoteSigner::new(origin, KeyType::Ed25519, log.clone()).unwrap()
}

/// The subject of statement `index`.
pub fn subject(index: u64) -> String {
    format!("dataset/credit-{index}@v1")
}

/// Statement `index`, signed by `actor`, meant for `aud` only if there is one.
pub fn statement(actor: &SecretKey, index: u64, aud: Option<&str>) -> Vec<u8> {
    let payload = cbor::encode(&json!({
        "kind": "dataset.registered",
        "subject": subject(index),
        "time": 1_790_000_000_000_i64 + index as i64,
        "body": {"source": "UCI", "purpose": "credit risk", "legal-basis": "public", "rows": 1000 + index},
    }));
    Unsigned {
        alg: Algorithm::Ed25519.cose(),
        kid: &actor.public().thumbprint(),
        iss: ISSUER,
        sub: &subject(index),
        aud,
        iat: 1_790_000_000 + index,
        cti: None,
        content_type: EVENT_MEDIA_TYPE,
        payload: &payload.unwrap(),
    }
    .sign(|bytes| actor.sign(bytes))
    .unwrap()
}

impl Fixture {
    pub fn new(size: u64) -> Self {
        let (log, actor) = (key("log"), key("actor"));
        let entries: Vec<_> = (0..size).map(|index| statement(&actor, index, Some(ORIGIN))).collect();
        let mut nodes = HashMap::new();
        let mut frontier = Frontier::new();
        for entry in &entries {
            frontier.push_with(leaf_hash(entry), |level, index, hash| {
                nodes.insert((level, index), *hash);
            });
        }
        Self { log, actor, entries, nodes }
    }

    pub fn root(&self, size: u64) -> Hash {
        root_at(self, size).unwrap()
    }

    pub fn signer(log: &SecretKey) -> NoteSigner {
        signer_of(ORIGIN, log)
    }

    /// The checkpoint of the first `size` leaves, signed by every key given.
    pub fn checkpoint_by(&self, size: u64, logs: &[&SecretKey]) -> String {
        let text = Checkpoint { origin: ORIGIN.to_owned(), size, root: self.root(size) }.format().unwrap();
        let lines: Vec<_> = logs.iter().map(|log| Self::signer(log).sign(&text, 0)).collect();
        format_note(&text, &lines).unwrap()
    }

    pub fn checkpoint(&self, size: u64) -> String {
        self.checkpoint_by(size, &[&self.log])
    }

    pub fn receipt(&self, index: u64, size: u64) -> Vec<u8> {
        let (kid, root) = (self.log.public().thumbprint(), self.root(size));
        UnsignedHead { alg: Algorithm::Ed25519.cose(), kid: &kid, origin: ORIGIN, size, root: &root }
            .sign(|bytes| self.log.sign(bytes))
            .unwrap()
            .receipt(index, &inclusion_proof(self, index, size).unwrap())
            .unwrap()
    }

    pub fn transparent(&self, index: u64, size: u64) -> Vec<u8> {
        attach_receipts(&self.entries[index as usize], &[&self.receipt(index, size)]).unwrap()
    }

    pub fn tlog_proof(&self, index: u64, size: u64) -> String {
        let path = inclusion_proof(self, index, size).unwrap();
        TlogProof { extra: None, index, path, checkpoint: self.checkpoint(size) }.format().unwrap()
    }

    pub fn consistency(&self, from: u64, to: u64) -> Vec<Hash> {
        consistency_proof(self, from, to).unwrap()
    }

    pub fn public(&self) -> &PublicKey {
        self.log.public()
    }
}
