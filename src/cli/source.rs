//! A log as a stranger sees it: its checkpoint and its hash tiles, from a server, a folder of files, or a ledger.

use super::{
    Context,
    failure::{Done, Failure, Kind},
    ledger_failure, open,
    remote::Remote,
};
use crate::{
    event::limits::NOTE_BYTES_MAX,
    ledger::Ledger,
    merkle::{self, Hash, MerkleError, NodeReader, TILE_WIDTH, TileId, TileNode, TilePath},
    verify::Shown,
};
use std::{
    cell::RefCell,
    collections::HashMap,
    io::Read as _,
    path::{Path, PathBuf},
};

/// What to do when a log contradicts what it signed.
pub const KEEP: &str = "keep this checkpoint and the ledger's own: together they prove it; ask the operator, and rely on nothing that came after it";

/// Where checkpoint and tiles come from.
pub enum Source {
    /// A ledger that this process has open.
    Ledger(Box<Ledger>),
    /// A server, or a static copy behind one.
    Server(Remote),
    /// A static copy in a folder: `checkpoint`, `tile/…`.
    Copy(PathBuf),
}

impl Source {
    /// The log at an address, or in a folder.
    ///
    /// # Errors
    /// When the address is none, or the ledger in the folder cannot be opened.
    pub fn at(place: &str, context: &Context) -> Done<Self> {
        if ["http://", "https://"].iter().any(|scheme| place.starts_with(scheme)) {
            return Ok(Self::Server(Remote::new(place, None, &context.settings()?)?));
        }
        let folder = Path::new(place);
        if !folder.is_dir() {
            return Err(Failure::not_found(
                format!("{place} is no folder"),
                "give the address of a server, a ledger's folder, or one with `checkpoint` and `tile/`",
            ));
        }
        if folder.join("tile").is_dir() || !folder.join("journal").is_dir() {
            return Ok(Self::Copy(folder.to_owned()));
        }
        Ok(Self::Ledger(Box::new(open::at(folder)?)))
    }

    /// The newest signed checkpoint, with the cosignatures that it has.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn checkpoint(&self) -> Done<Vec<u8>> {
        match self {
            Self::Ledger(ledger) => Ok(ledger.checkpoint(&ledger.head()).into_bytes()),
            Self::Server(remote) => remote.bytes_up_to("/checkpoint", NOTE_BYTES_MAX as u64),
            Self::Copy(folder) => read(&folder.join("checkpoint"), NOTE_BYTES_MAX as u64),
        }
    }

    /// The newest checkpoint that enough witnesses cosigned, as its operator sees it.
    ///
    /// # Errors
    /// When there is none.
    pub fn witnessed(&self) -> Done<Vec<u8>> {
        let none = || Failure::not_found("no checkpoint is cosigned by enough witnesses", "see `sagwan witness list`");
        match self {
            Self::Ledger(ledger) => Ok(ledger.witnessed().ok_or_else(none)?.note.clone().into_bytes()),
            Self::Server(remote) => remote.bytes_up_to("/witnessed/checkpoint", NOTE_BYTES_MAX as u64),
            Self::Copy(_) => Err(none()),
        }
    }

    /// What the log shows of the tree of `to` leaves: how it begins. Of a server or a copy at most some dozens of tiles are
    /// read; nothing of them is believed.
    ///
    /// # Errors
    /// When a tile cannot be had.
    pub fn shown(&self, from: u64, to: u64) -> Done<Shown> {
        match self {
            Self::Ledger(ledger) => {
                let begins = ledger.root_at(from).map_err(|error| ledger_failure::of(&error))?;
                let proof = ledger.consistency_proof(from, to).map_err(|error| ledger_failure::of(&error))?;
                Ok(Shown { begins, proof })
            }
            Self::Server(_) | Self::Copy(_) => {
                let tiles = Tiles { source: self, size: to, seen: RefCell::default() };
                let begins = merkle::root_at(&tiles, from).map_err(|TileFailure(failure)| failure)?;
                let proof = merkle::consistency_proof(&tiles, from, to).map_err(|TileFailure(failure)| failure)?;
                Ok(Shown { begins, proof })
            }
        }
    }

    fn tile(&self, tile: TileId) -> Done<Vec<u8>> {
        let (path, bytes_max) = (TilePath::Tile(tile), u64::from(TILE_WIDTH) * 32);
        match self {
            Self::Server(remote) => remote.bytes_up_to(&format!("/{path}"), bytes_max),
            Self::Copy(folder) => read(&folder.join(path.to_string()), bytes_max),
            Self::Ledger(ledger) => ledger.tile(&path).map_err(|error| ledger_failure::of(&error)),
        }
    }
}

fn read(path: &Path, bytes_max: u64) -> Done<Vec<u8>> {
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(failed)?.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        let what = format!("{} is larger than {bytes_max} bytes", path.display());
        return Err(Failure::new(Kind::Verification, what, "check where the copy comes from"));
    }
    Ok(bytes)
}

/// The tiles of a tree (C2SP tlog-tiles).
struct Tiles<'s> {
    source: &'s Source,
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
            let bytes = self.source.tile(tile).map_err(TileFailure)?;
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
