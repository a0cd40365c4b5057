//! Founding a ledger: its first record, under its first seal, before anybody else may write.

use super::{
    Ledger, Options,
    author::key_entry,
    check::index_keys,
    error::LedgerError,
    host::Host,
    keys,
    pen::Pen,
    proved::{key_hashes, posted},
    sequencer::own_event,
};
use crate::{
    crypto::SecretKey,
    decide,
    event::{
        ActorId, Body, Digest, Text, Timestamp,
        body::{LedgerCreated, Officer, Seal},
        limits,
    },
    merkle::{Frontier, Trie},
    policy::{Bundle, Policy},
    storage::{Batch, Blobs as _, LocalBlobs, LocalLog, Log as _, LogOptions},
};
use std::{collections::BTreeSet, path::Path, sync::Arc};

/// What a ledger begins with.
pub struct Founding {
    /// The origin line of its checkpoints: a name like `example.org/credit`, without spaces or `+`.
    pub origin: Text,
    /// The first officers, each with a first key.
    pub officers: Vec<Officer>,
    /// How many different officers must approve a policy, from 1 to the number of officers.
    pub quorum: u32,
    /// The policy in force from the start.
    pub policy: Bundle,
    /// The log's first key.
    pub log_key: SecretKey,
}

impl Ledger {
    /// Makes a ledger in `folder` and opens it.
    ///
    /// # Errors
    /// [`LedgerError::Founding`] and [`LedgerError::Policy`] before anything is written; [`LedgerError::Storage`] when
    /// there is something already, or the disk fails.
    pub fn create(folder: &Path, founding: Founding, options: &Options, host: &Host) -> Result<Self, LedgerError> {
        founding.check()?;
        let digest = Digest(founding.policy.digest().0);
        Policy::load(&founding.policy).map_err(|error| LedgerError::Policy { digest, error })?;
        let log = LocalLog::create(Arc::clone(&host.io), folder, LogOptions::new(founding.origin.as_str()))?;
        keys::put(&*host.io, folder, &founding.log_key)?;
        LocalBlobs::new(Arc::clone(&host.io), folder).put(&founding.policy.to_bytes())?;
        founding.write(&log, host.clock.now(), digest)?;
        log.close()?;
        drop(log);
        Self::open(folder, options, host)
    }
}

impl Founding {
    fn check(&self) -> Result<(), LedgerError> {
        let refuse = |why: String| Err(LedgerError::Founding(why));
        let officers = self.officers.len();
        if officers == 0 || officers > limits::OFFICERS_MAX {
            return refuse(format!("{officers} officers; name from 1 to {}", limits::OFFICERS_MAX));
        }
        let log_key = key_entry(&self.log_key).public.0;
        if self.officers.iter().any(|officer| officer.actor == ActorId::ledger() || officer.key.public.0 == log_key) {
            return refuse(
                "an officer is the log or has its key; give each officer a name and a key of his own".into(),
            );
        }
        let actors: BTreeSet<_> = self.officers.iter().map(|officer| &officer.actor).collect();
        let keys: BTreeSet<_> = self.officers.iter().map(|officer| &officer.key.public.0).collect();
        if actors.len() != officers || keys.len() != officers {
            return refuse("an officer or a key stands twice; name each once".into());
        }
        if self.quorum == 0 || usize::try_from(self.quorum).is_ok_and(|quorum| quorum > officers) {
            return refuse(format!(
                "a quorum of {} among {officers} officers; choose from 1 to {officers}",
                self.quorum
            ));
        }
        if let Some(weak) = self.officers.iter().find(|officer| super::sequencer::public_key(&officer.key).is_none()) {
            return refuse(format!("the key of {} is not a valid Ed25519 public key", weak.actor));
        }
        Ok(())
    }

    /// The first record and its seal, in one batch, and their checkpoint.
    fn write(self, log: &LocalLog, t: Timestamp, policy: Digest) -> Result<(), LedgerError> {
        let pen = Pen::new(self.origin.as_str(), vec![self.log_key.clone()])?;
        let created = LedgerCreated {
            origin: self.origin,
            officers: self.officers,
            quorum: self.quorum,
            keys: vec![key_entry(&self.log_key)],
            policy,
        };
        let created = own_event(Body::LedgerCreated(created), t)?;
        let mut proved = Trie::default();
        let keys = index_keys(&ActorId::ledger(), std::slice::from_ref(&created));
        proved.append(posted(0, &key_hashes(&keys)).collect());
        let first = pen.statement(&created, t)?;
        let mut frontier = Frontier::default();
        frontier.push(first.leaf);
        let seal = Seal {
            first: 0,
            size: 1,
            tree: Digest(frontier.root()),
            t,
            rules: decide::RULES_VERSION,
            policy,
            table: vec![super::seal::allowed()],
            codes: vec![(1, 0)],
            index: Digest(proved.root()),
            engine: None,
            plugins: Vec::new(),
        };
        let seal = pen.statement(&own_event(Body::Seal(seal), t)?, t)?;
        let (leaf_hashes, entries) = ([first.leaf, seal.leaf], [first.bytes, seal.bytes]);
        let batch = Batch { first: 0, entries: &entries, leaf_hashes: &leaf_hashes };
        let committed = log.append(0, &batch).map_err(|error| LedgerError::Stopped(error.to_string()))?;
        log.publish(pen.checkpoint(committed.size, &committed.root)?.as_bytes(), committed.size)?;
        Ok(())
    }
}
