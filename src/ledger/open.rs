//! Opening a ledger: recovery is the normal path. The log is the truth; the index says how far it saves reading the
//! log again, and is thrown away when it contradicts it; the checkpoint outside both refuses a log that lost something.

use super::{
    IndexKind, Ledger, Options,
    check::check,
    core::Core,
    error::LedgerError,
    host::Host,
    inbox::{Inbox, KeyRing},
    indexer::Indexer,
    kept::Kept,
    keys,
    plugins::Plugins,
    policies::Policies,
    prefix::Tail,
    proved,
    publish::{Nodes, Published},
    replay::{Loading, Replay},
    surroundings::Surrounded,
    threads::{Start, Threads},
};
use crate::{
    codec::{
        checkpoint::Checkpoint,
        note::{KeyType, Note, Vkey},
    },
    crypto::{NoteVerifier, PublicKey},
    event::{Digest, limits},
    merkle::{Frontier, leaf_hash, root_at},
    state::State,
    storage::{
        Blobs, Index, IndexError, LocalBlobs, LocalLog, Log, LogOptions, Mark, MemIndex, SledIndex, StorageError, Vault,
    },
};
use std::{
    collections::HashMap,
    ops::ControlFlow,
    path::Path,
    sync::{Arc, Condvar, Mutex, RwLock, atomic::AtomicU64, atomic::AtomicUsize},
    thread,
};

/// What [`rebuild_index`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RebuildReport {
    /// Entries that the index covers now.
    pub size: u64,
    /// The digest of the index's whole logical content: the same after every rebuild of the same log.
    pub content: Digest,
    /// The content before, where that index covered the same entries and could be read.
    pub before: Option<Digest>,
}

/// Reports progress: entries done, entries in all.
pub(super) type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// The parts of a ledger that are read before any thread runs.
pub(super) struct Parts {
    pub(super) log: Arc<dyn Log>,
    pub(super) replay: Replay,
    pub(super) index: Indexer,
}

impl Ledger {
    /// Opens the ledger in `folder`: reads what the index does not cover, checks the log against its checkpoint, and
    /// signs that checkpoint again.
    ///
    /// # Errors
    /// Each says which part is missing, behind, diverging or damaged, and what to do; nothing is changed then. A
    /// ledger is never begun anew where anything of one exists.
    pub fn open(folder: &Path, options: &Options, host: &Host) -> Result<Self, LedgerError> {
        let (log, stored) = open_log(folder, host)?;
        let index = open_index(folder, options)?;
        let parts = recover(log, index, options, &mut |_, _| {})?;
        start(folder, options, host, parts, &stored)
    }
}

/// Throws the index away and makes it again from the log.
///
/// # Errors
/// As [`Ledger::open`].
pub fn rebuild_index(
    folder: &Path,
    options: &Options,
    host: &Host,
    progress: Progress<'_>,
) -> Result<RebuildReport, LedgerError> {
    let (log, stored) = open_log(folder, host)?;
    let index = open_index(folder, options)?;
    let covers_all = index.stored().is_ok_and(|stored| stored == log.size());
    let before = covers_all.then(|| index.store().content_digest().ok()).flatten().map(Digest);
    index.store().clear()?;
    let mut parts = recover(log, index, options, progress)?;
    check_checkpoint(&stored, &parts.replay.state, &*parts.log)?;
    store_rest(&mut parts)?;
    parts.index.store().flush()?;
    let content = Digest(parts.index.store().content_digest()?);
    Ok(RebuildReport { size: parts.replay.frontier.size(), content, before })
}

fn store_rest(parts: &mut Parts) -> Result<(), LedgerError> {
    let size = parts.replay.frontier.size();
    if parts.index.stored()? < size {
        let mark = Mark { size, root: parts.replay.frontier.root() };
        parts.index.store_now(mark, parts.replay.cells())?;
    }
    Ok(())
}

/// The log, and the checkpoint that stands beside it.
pub(super) fn open_log(folder: &Path, host: &Host) -> Result<(Arc<dyn Log>, Checkpointed), LedgerError> {
    let stored = Checkpointed::read(folder, host)?;
    let origin = stored.as_ref().map_or("", |stored| stored.head.origin.as_str());
    // Without a checkpoint the log says itself which half is missing.
    let log = match LocalLog::open(Arc::clone(&host.io), folder, LogOptions::new(origin)) {
        // Without a checkpoint no origin is known.
        Err(StorageError::WrongOrigin { .. }) if stored.is_none() => None,
        // The journal and the checkpoint beside it are of two logs; neither is believed more than the other.
        Err(StorageError::WrongOrigin { path }) => {
            let what = format!("is of the log {origin}, and {} is of another log", path.display());
            let remedy =
                "one of both does not belong into this folder: put checkpoint, journal/ and log/ back from one copy";
            return Err(LedgerError::Checkpoint { what, remedy });
        }
        log => Some(log?),
    };
    let (Some(log), Some(stored)) = (log, stored) else {
        let remedy =
            "restore it from the same copy as the log (only where nothing was ever recorded, make the ledger anew)";
        return Err(LedgerError::Checkpoint { what: "is missing".into(), remedy });
    };
    Ok((Arc::new(log), stored))
}

/// The stored checkpoint.
pub(super) struct Checkpointed {
    note: Vec<u8>,
    pub(super) head: Checkpoint,
}

impl Checkpointed {
    /// The signed note.
    pub(super) fn note(&self) -> &[u8] {
        &self.note
    }

    fn read(folder: &Path, host: &Host) -> Result<Option<Self>, LedgerError> {
        let Some(note) = keys::checkpoint(&*host.io, folder)? else { return Ok(None) };
        let unreadable = |what: String| LedgerError::Checkpoint {
            what: format!("cannot be read: {what}"),
            remedy: "it is damaged: restore it from the same copy as the log",
        };
        let head = {
            let parsed = Note::parse(&note).map_err(|error| unreadable(error.to_string()))?;
            Checkpoint::parse(parsed.text).map_err(|error| unreadable(error.to_string()))?
        };
        Ok(Some(Self { note, head }))
    }
}

pub(super) fn open_index(folder: &Path, options: &Options) -> Result<Indexer, LedgerError> {
    let store: Box<dyn Index> = match options.index {
        IndexKind::Memory => Box::new(MemIndex::default()),
        IndexKind::Disk => {
            let folder = folder.join("index");
            // Whatever is wrong with it, the log makes it anew.
            Box::new(SledIndex::open(&folder).or_else(|_| SledIndex::recreate(&folder))?)
        }
    };
    Ok(Indexer::new(store))
}

/// Reads what the index does not cover. An index that contradicts the log, or itself, is thrown away.
fn recover(log: Arc<dyn Log>, index: Indexer, options: &Options, progress: Progress<'_>) -> Result<Parts, LedgerError> {
    let mut replay = match from_index(&*log, index.store()) {
        Ok(Some(replay)) => replay,
        // Nothing stored, or nothing that can be trusted: the log tells everything again.
        Ok(None) | Err(_) => {
            index.store().clear()?;
            Replay::default().indexing()
        }
    };
    let ring = HashMap::new();
    let total = log.size();
    let mut failed = None;
    log.scan(replay.frontier.size()..total, &mut |at, bytes| match feed(&mut replay, &index, options, &ring, bytes) {
        Ok(()) => {
            progress(at + 1, total);
            ControlFlow::Continue(())
        }
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if !replay.is_sealed() || replay.frontier.root() != log.root() {
        let what = "the log does not end with a seal, or its tree is another".into();
        return Err(LedgerError::Record { index: total.saturating_sub(1), what });
    }
    Ok(Parts { log, replay, index })
}

/// One entry of the log: no signature is checked here, admission did it and the tree holds it (`verify --full` checks
/// all again).
fn feed(
    replay: &mut Replay,
    index: &Indexer,
    options: &Options,
    ring: &HashMap<Digest, Arc<PublicKey>>,
    bytes: &[u8],
) -> Result<(), LedgerError> {
    let at = replay.frontier.size();
    let origin = replay.state.origin().map(|origin| origin.as_str().to_owned()).unwrap_or_default();
    let checked = check(Arc::from(bytes), leaf_hash, &origin, |kid| ring.get(kid).cloned());
    let checked = checked.map_err(|error| LedgerError::Record { index: at, what: error.to_string() })?.with_keys();
    let Some(covered) = replay.feed(checked)? else { return Ok(()) };
    index.add(covered.keys);
    let size = replay.frontier.size();
    if size - index.stored()? >= options.stride_records {
        index.store_now(Mark { size, root: replay.frontier.root() }, replay.cells())?;
    }
    Ok(())
}

/// The fold up to the index's mark, if the mark is of this log.
fn from_index(log: &dyn Log, store: &dyn Index) -> Result<Option<Replay>, LedgerError> {
    let Some(mark) = store.mark()? else { return Ok(None) };
    if mark.size > log.size() || root_at(&Nodes(log), mark.size)? != mark.root {
        return Ok(None);
    }
    // Of all that a start does these two take the longest, and neither needs the other.
    let (loaded, proved) = thread::scope(|scope| {
        let proved = scope.spawn(|| proved::load(store));
        (load_cells(store, mark.size), proved.join())
    });
    let Loading { state, recent, .. } = loaded?;
    let proved = proved.map_err(|_| IndexError::damaged("reading its lists panicked"))??;
    let frontier = Frontier::load(&Nodes(log), mark.size)?;
    match super::records::last_seal(log, mark.size)? {
        Some(seal) if seal.index.0 == proved.root() => {
            Ok(Some(Replay::from_parts(frontier, state, recent, proved, seal.t).indexing()))
        }
        _ => Ok(None),
    }
}

/// State and identities, from the cells of an index of `size` entries.
fn load_cells(store: &dyn Index, size: u64) -> Result<Loading, IndexError> {
    let (mut loading, mut first_wrong) = (Loading::new(size), None);
    store.cells(&[], &mut |key, value| {
        if first_wrong.is_none() {
            first_wrong = loading.take(key, value).err();
        }
    })?;
    match first_wrong {
        None => Ok(loading),
        Some(what) => Err(IndexError::damaged(format!("its cells: {what}"))),
    }
}

/// The checkpoint must be this log's: signed by its keys, not ahead of it, on the same tree.
pub(super) fn check_checkpoint(stored: &Checkpointed, state: &State, log: &dyn Log) -> Result<(), LedgerError> {
    let refuse = |what: String, remedy| Err(LedgerError::Checkpoint { what, remedy });
    let head = &stored.head;
    if head.size > log.size() {
        let what = format!("is of size {}, the log ends at {}", head.size, log.size());
        return refuse(what, "the log lost records: restore journal/ and log/ from a copy that has them");
    }
    if root_at(&Nodes(log), head.size)? != head.root {
        let what = format!("of size {} has another root than the log", head.size);
        return refuse(
            what,
            "one of both is of another log, or was changed: put checkpoint, journal/ and log/ back from one copy",
        );
    }
    // Only a key that was valid at the checkpoint's last leaf may have signed it.
    let last = head.size.saturating_sub(1);
    let valid = state.log_keys().filter(|(_, key)| key.is_valid_at(last));
    let trusted = valid.filter_map(|(_, key)| key.public_key().ok());
    let trusted = trusted.filter_map(|key| log_verifier(&head.origin, &key)).collect::<Vec<_>>();
    let note = Note::parse(&stored.note).and_then(|note| note.verify(&trusted));
    match note {
        Ok(_) => Ok(()),
        Err(error) => refuse(
            format!("is not signed by the log's keys: {error}"),
            "it is damaged or forged: restore it from the same copy as the log",
        ),
    }
}

/// The verifier of a log's checkpoints under one of its keys.
fn log_verifier(origin: &str, key: &PublicKey) -> Option<NoteVerifier> {
    NoteVerifier::new(Vkey::new(origin, KeyType::Ed25519, key.raw()).ok()?).ok()
}

fn start(
    folder: &Path,
    options: &Options,
    host: &Host,
    parts: Parts,
    stored: &Checkpointed,
) -> Result<Ledger, LedgerError> {
    let Parts { log, replay, index } = parts;
    check_checkpoint(stored, &replay.state, &*log)?;
    let keys = keys::all(&*host.io, folder)?;
    let secrets = keys.into_iter().map(|key| (Digest(key.public().thumbprint()), key)).collect();
    let blobs: Arc<dyn Blobs> = Arc::new(LocalBlobs::new(Arc::clone(&host.io), folder));
    let (inbox, queue) = Inbox::new(options.queue_statements_max);
    let ring = KeyRing::default();
    for (_, key) in replay.state.keys() {
        if let Ok(key) = key.public_key() {
            ring.insert(key);
        }
    }
    let pen = super::core::pen(&stored.head.origin, &replay.state, replay.frontier.size(), &secrets)?;
    let pen = Arc::new(pen);
    let head = Published::new(Arc::clone(&pen), replay.frontier.size(), replay.frontier.root(), replay.t)?;
    log.publish(head.checkpoint.as_bytes(), head.size)?;
    let core = Arc::new(Core {
        folder: folder.to_owned(),
        origin: stored.head.origin.as_str().into(),
        options: options.clone(),
        host: host.clone(),
        inbox,
        ring,
        state_size: AtomicU64::new(head.size),
        state: RwLock::new(replay.state),
        proved: Mutex::new(replay.proved),
        recent: Mutex::new(replay.recent),
        log,
        index,
        policies: Policies::new(Arc::clone(&blobs)),
        plugins: Plugins::new(folder, host.compiler.clone(), Arc::clone(&blobs), options.plugin.clone()),
        monitors: Mutex::default(),
        tail: Tail::default(),
        blobs,
        vault: Vault::new(Arc::clone(&host.io), folder),
        pen_at_hand: Mutex::new(Arc::clone(&pen)),
        secrets: Mutex::new(secrets),
        counters: super::status::Counters::default(),
        log_pub: super::log_pub::LogPub::default(),
        cosigned: super::cosigned::Slots::default(),
        seals: super::records::Seals::default(),
        kept: Kept::new(limits::RECORDS_KEPT_BYTES),
        outlines: Kept::new(limits::OUTLINES_KEPT_BYTES),
        surrounded: Surrounded::new(head.size),
        head: Mutex::new(Arc::new(head)),
        head_changed: Condvar::new(),
        readers: AtomicUsize::new(0),
        fatal: Mutex::new(None),
    });
    let policy = core.read_state(|state, _| state.policy())?.unwrap_or(Digest([0; 32]));
    core.policies.load(&policy).map_err(|error| match error {
        LedgerError::Storage(StorageError::NoBlob { digest }) => StorageError::NoPolicy { digest }.into(),
        error => error,
    })?;
    super::cosigned::load(&core)?;
    // Of use to others only: what cannot be written now, the maintenance thread tries again.
    drop(super::log_pub::write_due(&core));
    let start = Start { frontier: replay.frontier, pen, t: replay.t };
    let threads = Arc::new(Threads::start(&core, queue, start)?);
    Ok(Ledger { core, threads })
}
