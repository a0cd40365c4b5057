//! A checkpoint that somebody kept, held against the ledger as it is today: did it only grow since?

use super::{Args, Report, keys};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure, Kind},
        ledger_failure,
        remote::Remote,
    },
    codec::{checkpoint::Checkpoint, note::Note},
    event::Digest,
    ledger::Ledger,
    merkle::{self, Hash, MerkleError, NodeReader, TILE_WIDTH, TileId, TileNode, TilePath},
    verify::{Head, LogKeys, VerifyError, verify_checkpoint, verify_consistency},
};
use std::{cell::RefCell, collections::HashMap, path::Path};

/// What to do when a log contradicts what it signed.
const KEEP: &str = "keep this checkpoint and the ledger's own: together they prove it; ask the operator, and rely on nothing that came after it";

/// The ledger against which a checkpoint is held.
enum Log {
    Folder(Box<Ledger>),
    Server(Remote),
}

/// Holds the checkpoint at `path` against the ledger here, or the one that `--ledger` names.
pub(super) fn verify(context: &Context, args: &Args, path: &Path) -> Done<Report> {
    let kept = super::file::read(path)?;
    let log = match context.named_url() {
        Some(url) => Log::Server(Remote::new(url, None, &context.settings()?)?),
        None => Log::Folder(Box::new(context.open()?)),
    };
    let keys = log.keys(context, args, &kept)?;
    let old = verify_checkpoint(&kept, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let now = log.checkpoint()?;
    let new = verify_checkpoint(&now, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    if new.size < old.size {
        let what =
            format!("the ledger was rolled back: it signed a tree of {} leaves, and shows {} now", old.size, new.size);
        return Err(Failure::new(Kind::Verification, what, KEEP));
    }
    let path = log.proof(old.size, &new)?;
    verify_consistency(&kept, &now, &path, &keys).map_err(|error| forked(&error, &old, &new))?;
    Ok(report(&keys, &old, &new, args.key.is_some()))
}

fn forked(error: &VerifyError, old: &Head, new: &Head) -> Failure {
    let what = if old.size == new.size {
        format!("the ledger was forked: it signed two different trees of {} leaves", old.size)
    } else {
        format!(
            "the ledger was forked or rewritten: its tree of {} leaves does not begin with the {} leaves that it signed",
            new.size, old.size
        )
    };
    Failure::new(Kind::Verification, format!("{what} ({error})"), KEEP)
}

fn report(keys: &LogKeys, old: &Head, new: &Head, pinned: bool) -> Report {
    let origin = keys.origin();
    let mut claimed = vec!["that the tree holds what its log shows: `sagwan verify --full` checks it".to_owned()];
    if !pinned {
        claimed.push("that these are the log's keys: the ledger itself says so; give --key to pin others".to_owned());
    }
    Report {
        verified: "the ledger against a kept checkpoint",
        checked: vec![
            format!("{origin} signed a tree of {} leaves then, and one of {} leaves now", old.size, new.size),
            format!(
                "the tree of now begins with the tree of then: {} leaves came after it, none was changed",
                new.size - old.size
            ),
        ],
        claimed,
        origin: Some(origin.to_owned()),
        size: Some(new.size),
        root: Some(Digest(new.root)),
        kept_size: Some(old.size),
        ..Report::default()
    }
}

impl Log {
    /// The keys to verify with: those given; of a folder else all that its log says were its own when the checkpoint
    /// was signed, or are now, for a kept checkpoint may be older than a rotation.
    fn keys(&self, context: &Context, args: &Args, kept: &[u8]) -> Done<LogKeys> {
        let (None, Self::Folder(ledger)) = (&args.key, self) else { return keys(context, args) };
        let unreadable =
            |why: String| Failure::invalid(format!("the checkpoint: {why}"), "give it as the log signed it");
        let note = Note::parse(kept).map_err(|error| unreadable(error.to_string()))?;
        let size = Checkpoint::parse(note.text).map_err(|error| unreadable(error.to_string()))?.size;
        let read = |state: &crate::state::State, now: u64| -> Vec<_> {
            let valid = state
                .log_keys()
                .filter(|(_, key)| key.is_valid_at(size.saturating_sub(1)) || key.is_valid_at(now.saturating_sub(1)));
            valid.filter_map(|(_, key)| key.public_key().ok()).collect()
        };
        let now = ledger.head().size;
        let found = ledger.state(|state| read(state, now)).map_err(|error| ledger_failure::of(&error))?;
        LogKeys::new(ledger.origin(), &found).map_err(|error| ledger_failure::of_proof(&error))
    }

    fn checkpoint(&self) -> Done<Vec<u8>> {
        match self {
            Self::Folder(ledger) => Ok(ledger.head().checkpoint.clone().into_bytes()),
            Self::Server(remote) => remote.bytes("/checkpoint", &[]),
        }
    }

    /// The consistency proof, made here from the log's nodes: a log that lies fails the check of it.
    fn proof(&self, from: u64, new: &Head) -> Done<Vec<Hash>> {
        match self {
            Self::Folder(ledger) => {
                ledger.consistency_proof(from, new.size).map_err(|error| ledger_failure::of(&error))
            }
            Self::Server(remote) => {
                let tiles = Tiles { remote, size: new.size, seen: RefCell::default() };
                merkle::consistency_proof(&tiles, from, new.size).map_err(|TileFailure(failure)| failure)
            }
        }
    }
}

/// The tiles of a server, or of any static copy of a log (C2SP tlog-tiles).
struct Tiles<'r> {
    remote: &'r Remote,
    size: u64,
    seen: RefCell<HashMap<(u8, u64), Vec<Hash>>>,
}

/// A tile that cannot be had.
struct TileFailure(Failure);

impl From<MerkleError> for TileFailure {
    fn from(error: MerkleError) -> Self {
        Self(Failure::new(Kind::Verification, error.to_string(), KEEP))
    }
}

impl NodeReader for Tiles<'_> {
    type Error = TileFailure;

    fn node(&self, level: u8, index: u64) -> Result<Hash, TileFailure> {
        let node = TileNode::locate(level, index)?;
        let tile = node.tile(self.size)?;
        if let Some(hashes) = self.seen.borrow().get(&(tile.level, tile.index)) {
            return Ok(node.root(hashes)?);
        }
        let hashes = self.fetch(tile)?;
        let root = node.root(&hashes)?;
        self.seen.borrow_mut().insert((tile.level, tile.index), hashes);
        Ok(root)
    }
}

impl Tiles<'_> {
    /// A partial tile may be gone once the full one is there.
    fn fetch(&self, tile: TileId) -> Result<Vec<Hash>, TileFailure> {
        let read = |tile: TileId| -> Result<Vec<Hash>, TileFailure> {
            let bytes = self.remote.bytes(&format!("/{}", TilePath::Tile(tile)), &[]).map_err(TileFailure)?;
            Ok(merkle::tile_hashes(&tile, &bytes)?.to_vec())
        };
        match read(tile) {
            Err(TileFailure(failure)) if failure.kind == Kind::NotFound && tile.width < TILE_WIDTH => {
                let mut hashes = read(TileId { width: TILE_WIDTH, ..tile })?;
                hashes.truncate(tile.width.into());
                Ok(hashes)
            }
            hashes => hashes,
        }
    }
}
