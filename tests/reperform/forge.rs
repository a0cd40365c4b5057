//! An operator who has the log's key, and writes the log again as he likes it: every signature, root and seal fits.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use crate::{
    house::{ORIGIN, key},
    town::Town,
};
use sagwan::{
    audit::{Reperformed, reperform},
    codec::statement::Statement,
    event::{
        ActorId, Body, Digest, Event,
        body::{Denial, Seal},
        event_keys,
    },
    ledger::{Author, Brought, Host, Ledger, LedgerError, Options, Whole},
    merkle::{Frontier, Trie, key_hash, leaf_hash},
    storage::{LocalBlobs, Vault},
    verify::Head,
};
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A record on its way into a forged log.
#[derive(Clone)]
pub struct Item {
    pub actor: ActorId,
    pub events: Vec<Event>,
    bytes: Vec<u8>,
    signed_at: u64,
    client_id: Option<Vec<u8>>,
}

impl Item {
    fn of(bytes: &[u8], actor: ActorId, events: Vec<Event>) -> Self {
        let statement = Statement::parse(bytes).unwrap();
        let client_id = statement.cti.map(<[u8]>::to_vec);
        Self { actor, events, signed_at: statement.iat, client_id, bytes: bytes.to_vec() }
    }

    /// A statement that never stood in this log.
    pub fn statement(bytes: &[u8]) -> Self {
        let statement = Statement::parse(bytes).unwrap();
        let events = sagwan::codec::event::payload_from_cbor(statement.payload).unwrap();
        Self::of(bytes, statement.iss.parse().unwrap(), events)
    }

    /// Something that the log says of itself.
    pub fn own(event: Event) -> Self {
        let signed_at = u64::try_from(event.time.0 / 1_000).unwrap();
        Self { actor: ActorId::ledger(), events: vec![event], bytes: Vec::new(), signed_at, client_id: None }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn seal(&mut self) -> &mut Seal {
        match &mut self.events[0].body {
            Body::Seal(seal) => seal,
            other => panic!("no seal: {other:?}"),
        }
    }

    pub fn denial(&mut self) -> &mut Denial {
        match &mut self.events[0].body {
            Body::Denial(denial) => denial,
            other => panic!("no denial: {other:?}"),
        }
    }

    fn is_seal(&self) -> bool {
        matches!(self.events[0].body, Body::Seal(_))
    }
}

/// A log as its operator has it in his hands.
pub struct Forgery {
    pub items: Vec<Item>,
    pub refused: HashMap<[u8; 32], Vec<u8>>,
    folder: PathBuf,
    /// Whoever owns that folder.
    _town: Option<Town>,
}

impl Forgery {
    /// Of a town's ledger, which is closed now.
    pub fn of_town(mut town: Town) -> Self {
        let folder = town.house.close();
        Self { _town: Some(town), ..Self::of(&folder) }
    }

    /// Of the ledger in a folder, which is closed.
    pub fn of(folder: &Path) -> Self {
        let options = Options { index: sagwan::ledger::IndexKind::Memory, ..Options::default() };
        let ledger = Ledger::open(folder, &options, &Host::real()).unwrap();
        let size = ledger.head().size;
        let records = (0..size).map(|index| ledger.record(index).unwrap());
        let items: Vec<Item> = records.map(|record| Item::of(&record.bytes, record.actor, record.events)).collect();
        ledger.close().unwrap();
        let vault = Vault::new(Host::real().io, folder);
        let mut refused = HashMap::new();
        for item in &items {
            if let Body::Denial(Denial { bytes: Some(digest), .. }) = &item.events[0].body
                && let Some(bytes) = vault.refused(&digest.0).unwrap()
            {
                refused.insert(digest.0, bytes);
            }
        }
        Self { items, refused, folder: folder.to_owned(), _town: None }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The index of the first item of which `what` holds.
    pub fn find(&self, what: impl Fn(&Event) -> bool) -> usize {
        self.items.iter().position(|item| item.events.iter().any(&what)).unwrap()
    }

    /// The seal that covers an item.
    pub fn seal_of(&mut self, index: usize) -> &mut Seal {
        self.items[index..].iter_mut().find(|item| item.is_seal()).unwrap().seal()
    }

    /// Changes the row of an item, which must have one of its own.
    pub fn row(&mut self, index: usize) -> &mut sagwan::event::SealedDecision {
        let seal = self.seal_of(index);
        let mut before = seal.first;
        let (_, row) = *seal
            .codes
            .iter()
            .find(|(count, _)| {
                before += u64::from(*count);
                (index as u64) < before
            })
            .unwrap();
        &mut seal.table[usize::try_from(row).unwrap()]
    }

    /// Signs all that is the log's again, with every root as it comes out.
    pub fn entries(&self) -> Vec<Arc<[u8]>> {
        let log = Author { actor: ActorId::ledger(), key: key(200), audience: None };
        let (mut tree, mut index, mut first) = (Frontier::default(), Trie::default(), 0);
        let mut entries: Vec<Arc<[u8]>> = Vec::new();
        for item in &self.items {
            let mut item = item.clone();
            let at = entries.len() as u64;
            if item.is_seal() {
                let seal = item.seal();
                (seal.first, seal.size) = (first, at);
                (seal.tree, seal.index) = (Digest(tree.root()), Digest(index.root()));
                first = at + 1;
            } else {
                let keys: BTreeSet<_> = event_keys(&item.actor, &item.events);
                index.append(keys.iter().map(|key| (key_hash(key.to_string().as_bytes()), at)).collect());
            }
            let bytes = if item.actor == ActorId::ledger() {
                log.sign(&item.events, item.signed_at, item.client_id.as_deref()).unwrap()
            } else {
                item.bytes
            };
            tree.push(leaf_hash(&bytes));
            entries.push(bytes.into());
        }
        entries
    }

    /// What an auditor finds.
    pub fn audit(&self) -> Result<Reperformed, LedgerError> {
        let entries = self.entries();
        let mut tree = Frontier::default();
        entries.iter().for_each(|bytes| tree.push(leaf_hash(bytes)));
        let brought = Brought {
            origin: ORIGIN.to_owned(),
            head: Head { size: tree.size(), root: tree.root() },
            entries,
            blobs: Arc::new(LocalBlobs::new(Host::real().io, &self.folder)),
            refused: self.refused.clone(),
        };
        let whole = Whole::brought(brought, &self.folder, &Host::real());
        reperform(&whole, &mut |_, _| {})
    }

    /// The differences that an auditor finds, in words: index, rule, recorded, re-performed.
    pub fn differences(&self) -> Vec<(u64, String, String, String)> {
        let found = self.audit().unwrap();
        let differences = found.differences.into_iter();
        differences.map(|one| (one.index, one.rule, one.recorded, one.reperformed)).collect()
    }
}
