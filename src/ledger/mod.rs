//! Admission, sequencer, seals, recovery: where proof and judgement meet.
//!
//! ```text
//! submit → inbox → verifying threads (form, signature; all cores)
//!                → sequencer (one thread, log order: known? key valid? decide; seals)
//!                → committer (one thread: ONE journal write + fdatasync, checkpoint) → index, answers
//! ```
//!
//! While a batch waits for the disk the next one is being verified and judged. Nothing leaves (receipt, checkpoint,
//! tile, answer, state) before it is durable. Any unclear result of a write stops the ledger; opening it again goes
//! the same way as always and finds what is durable (`open.rs`).

mod audit;
mod author;
mod backtest;
mod batch;
mod check;
mod committer;
mod contents;
mod core;
mod cosigned;
mod edge;
mod error;
mod excerpt;
mod extra_keys;
mod found;
mod ground;
mod history;
mod host;
mod inbox;
mod indexer;
mod kept;
mod keys;
mod known;
mod log_pub;
mod monitors;
mod open;
mod outline;
mod own;
mod pen;
mod plugins;
mod policies;
mod prefix;
mod proved;
mod publish;
mod query;
mod recent;
mod records;
mod refusal;
mod rehearsal;
mod replay;
mod rights;
mod rotate;
mod seal;
mod sequencer;
mod state_at;
mod status;
mod submission;
mod surroundings;
mod threads;
mod time;
mod verdict;
mod viewer;
mod whole;

pub use author::{Author, key_entry};
pub use backtest::PastRecord;
pub use contents::Contents;
pub use cosigned::{COSIGNED, CosignedHead};
pub use edge::{Edge, Link, edges};
pub use error::LedgerError;
pub use excerpt::Excerpt;
pub use found::Founding;
pub use ground::Ground;
pub use history::{About, Past};
pub use host::{Clock, Entropy, Host};
pub use log_pub::LOG_PUB;
pub use monitors::{MonitorStatus, Rewatch, Rewatched};
pub use open::{RebuildReport, rebuild_index};
pub use outline::{EventOutline, Outline};
pub use publish::Published;
pub use query::{DecisionFilter, Page, Query};
pub use records::{Record, plugins_of};
pub use rehearsal::{Flip, Rehearsal, Rehearsed, Ruled, Tally};
pub use replay::Totals;

pub use rights::{AsOf, GrantFilter, GrantStep, HeldGrant, HeldRole, Moment, RoleEnd, RoleFilter};
pub use seal::{findings_digest, sealed_rulings};
pub use status::{COMMIT_BUCKETS_US, Status};
pub use submission::Done;
pub use surroundings::Surroundings;
pub use verdict::{Busy, Rejection, Verdict};
pub use viewer::{Asker, Reading, Seen, Sight, Sighted, Viewer, Withheld};
pub use whole::{Brought, Entry, Examiner, FullReport, Refused, Whole, verify_full};

use self::core::Core;
use crate::{
    crypto::PublicKey,
    decide::PolicySource,
    event::{Digest, limits},
    merkle::{Hash, TilePath},
    plugin::{Described, Limits as PluginLimits},
    policy::Policy,
    state::State,
    storage::{Blobs, Vault},
};
use std::{
    path::Path,
    sync::{Arc, PoisonError, mpsc},
};

/// Where the index stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IndexKind {
    /// In `index/`, on the disk.
    Disk,
    /// In memory: rebuilt from the log at every start.
    Memory,
}

/// What an operator may choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that check signatures; 0 means one a core.
    pub verify_threads: usize,
    /// Statements that may wait before [`Busy::Full`].
    pub queue_statements_max: usize,
    /// Entries between two strides of the stored index: what a start after a crash reads again.
    pub stride_records: u64,
    /// Where the index stands.
    pub index: IndexKind,
    /// Bytes of entries that may wait for their tiles before [`Busy::Behind`].
    pub lag_bytes_max: u64,
    /// What a call of a plugin may use on this host: no more than the contract gives.
    pub plugin: PluginLimits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            verify_threads: 0,
            queue_statements_max: 8_192,
            stride_records: 32_768,
            index: IndexKind::Disk,
            lag_bytes_max: limits::LAG_BYTES_MAX,
            plugin: PluginLimits::default(),
        }
    }
}

/// An open ledger. Clones are handles on the same one; it closes with [`Ledger::close`] or with the last handle.
#[derive(Clone)]
pub struct Ledger {
    core: Arc<Core>,
    threads: Arc<threads::Threads>,
}

impl Ledger {
    /// Submits Signed Statements, in the order in which they are to be judged, and returns at once. `done` is called
    /// from another thread when each has its verdict, durably; it must not block.
    ///
    /// # Errors
    /// [`Busy`] when too much waits or the ledger has stopped; nothing was taken then.
    pub fn submit(&self, statements: Vec<Vec<u8>>, done: Done) -> Result<(), Busy> {
        let (lag_bytes, limit) = (self.core.log.lag_bytes(), self.core.options.lag_bytes_max);
        if lag_bytes >= limit {
            return Err(Busy::Behind { lag_bytes, limit });
        }
        let statements = statements.into_iter().map(Arc::from).collect();
        self.core.inbox.submit(statements, done, &self.core.origin, &self.core.ring)
    }

    /// Submits statements and waits for their verdicts.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub fn admit_all(&self, statements: Vec<Vec<u8>>) -> Result<Vec<Verdict>, Busy> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let done = move |verdicts| drop(sender.send(verdicts));
        // The sequencer, if it is free and little is asked: two threads need not be woken for it then.
        let free = (statements.len() <= inbox::CHECKED_BY_CALLER).then(|| self.threads.sequencer.try_lock().ok());
        self.submit(statements, Box::new(done))?;
        if let Some(mut sequencer) = free.flatten() {
            sequencer.turn();
        }
        receiver.recv().map_err(|_| Busy::Stopped("it ended without an answer".into()))
    }

    /// Submits one statement and waits for its verdict.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub fn admit(&self, statement: Vec<u8>) -> Result<Verdict, Busy> {
        let verdict = self.admit_all(vec![statement])?.pop();
        verdict.ok_or_else(|| Busy::Stopped("it ended without an answer".into()))
    }

    /// The newest durable tree head.
    #[must_use]
    pub fn head(&self) -> Arc<Published> {
        self.core.head()
    }

    /// Reads the state as of the newest durable batch.
    ///
    /// # Errors
    /// [`LedgerError::Stopped`].
    pub fn state<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, LedgerError> {
        self.core.read_state(|state, _| read(state))
    }

    /// The policy in force.
    ///
    /// # Errors
    /// [`LedgerError::Stopped`], or the bundle's own when its blob is damaged.
    pub fn policy(&self) -> Result<Arc<Policy>, LedgerError> {
        let digest = self.state(State::policy)?;
        self.core.policies.load(&digest.unwrap_or(Digest([0; 32])))
    }

    /// A policy by the digest of its bundle.
    ///
    /// # Errors
    /// The blob's own when the bundle is not at hand, or what the loader has against it.
    pub fn policy_of(&self, digest: &Digest) -> Result<Arc<Policy>, LedgerError> {
        self.core.policies.load(digest)
    }

    /// Every policy at hand, for those who rehearse decisions.
    #[must_use]
    pub fn policies(&self) -> &dyn PolicySource {
        &self.core.policies
    }

    /// The receipt of a record under the newest head (RFC 9942).
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] and those of the log.
    pub fn receipt(&self, index: u64) -> Result<Vec<u8>, LedgerError> {
        let (head, leaf) = self.leaf(index)?;
        head.receipt(&*self.core.log, index, &leaf)
    }

    /// The record with its receipt in the unprotected header: a Transparent Statement (RFC 9943).
    ///
    /// # Errors
    /// As [`Self::receipt`].
    pub fn transparent_statement(&self, index: u64) -> Result<Vec<u8>, LedgerError> {
        let (receipt, bytes) = (self.receipt(index)?, self.core.log.entry(index)?);
        crate::codec::statement::attach_receipts(&bytes, &[&receipt])
            .map_err(|error| LedgerError::Own(error.to_string()))
    }

    /// The proof of a record under a checkpoint (C2SP tlog-proof): the newest on which enough witnesses are, where it
    /// covers the record; else the newest.
    ///
    /// # Errors
    /// As [`Self::receipt`].
    pub fn tlog_proof(&self, index: u64) -> Result<String, LedgerError> {
        let (head, leaf) = self.leaf(index)?;
        let log = &*self.core.log;
        if let Some(witnessed) = self.witnessed().filter(|witnessed| witnessed.size > index) {
            return publish::tlog_proof(log, index, &leaf, (witnessed.size, &witnessed.root), &witnessed.note);
        }
        let checkpoint = self.core.cosigned_note(&head.checkpoint);
        publish::tlog_proof(log, index, &leaf, (head.size, &head.root), &checkpoint)
    }

    /// The proof that the tree of size `to` continues the tree of size `from` (RFC 6962, section 2.1.2).
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] beyond the head, [`LedgerError::Merkle`] when `from` is above `to`.
    pub fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<Hash>, LedgerError> {
        let size = self.head().size;
        if to > size {
            return Err(LedgerError::NotFound { what: format!("a tree of size {to}"), size });
        }
        Ok(crate::merkle::consistency_proof(&publish::Nodes(&*self.core.log), from, to)?)
    }

    fn leaf(&self, index: u64) -> Result<(Arc<Published>, Hash), LedgerError> {
        let head = self.head();
        if index >= head.size {
            return Err(LedgerError::NotFound { what: format!("record {index}"), size: head.size });
        }
        Ok((head, crate::merkle::leaf_hash(&self.core.log.entry(index)?)))
    }

    /// The bytes of a tile or entry bundle (C2SP tlog-tiles), as far as it is published.
    ///
    /// # Errors
    /// Those of the log; not found beyond the head.
    pub fn tile(&self, path: &TilePath) -> Result<Vec<u8>, LedgerError> {
        Ok(self.core.log.tile(path)?)
    }

    /// The log's keys that sign now, oldest first.
    ///
    /// # Errors
    /// [`LedgerError::Stopped`].
    pub fn log_keys(&self) -> Result<Vec<PublicKey>, LedgerError> {
        let pen = self.core.read_state(|state, head| self.core.pen(state, head.size))??;
        Ok(pen.public())
    }

    /// The log's origin line.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.core.origin
    }

    /// The ledger's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.core.folder
    }

    /// The ledger's wall clock, for those who sign at its side.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.core.host
    }

    /// Where salts and values behind commitments stand, and refused statements.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.core.vault
    }

    /// Takes a plugin's component in: reads it, compiles it, asks it what it is, and keeps it in `blobs/`, so that it
    /// can be published and bound.
    ///
    /// # Errors
    /// [`LedgerError::Plugin`] says what is wrong with it; those of the storage.
    pub fn register_plugin(&self, component: &[u8]) -> Result<Described, LedgerError> {
        self.core.plugins.register(component)
    }

    /// What a component says of itself. It is made ready, if it was not yet.
    ///
    /// # Errors
    /// Why it is not at hand, and what to do.
    pub fn plugin(&self, component: &Digest) -> Result<Described, String> {
        self.core.plugins.plugin(component).map(|plugin| plugin.described().clone())
    }

    /// Values by digest.
    #[must_use]
    pub fn blobs(&self) -> &dyn Blobs {
        &*self.core.blobs
    }

    /// How the ledger fares.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = self.core.counters.status();
        status.size = self.core.head().size;
        status.fatal = self.core.stopped();
        status.queued = self.core.inbox.statements();
        status.indexed = self.core.index.stored().unwrap_or_default();
        let monitors = self.core.monitors.lock().unwrap_or_else(PoisonError::into_inner);
        status.monitors.clone_from(&monitors);
        status
    }

    /// Judges what waits, makes it durable, writes the index and the checkpoint, and ends the threads. The folder is
    /// free for another process once the last handle is gone.
    ///
    /// # Errors
    /// The first thing that failed; whatever was acknowledged is durable all the same.
    pub fn close(self) -> Result<(), LedgerError> {
        self.threads.close(&self.core)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // The last handle but the threads' own closes; errors have no one to hear them, and nothing acknowledged hangs on it.
        if Arc::strong_count(&self.threads) == 1 {
            drop(self.threads.close(&self.core));
        }
    }
}
