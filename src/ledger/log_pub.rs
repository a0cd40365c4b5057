//! `log.pub`: the keys that the log signs with, as C2SP verifier keys, one a line, for whoever verifies. It follows from
//! the log: written anew when a key of the log is rotated in or revoked, whoever asked for it. Nothing of the ledger's
//! own is decided by it, so that a failure to write it stops nothing; the maintenance thread tries again.

use super::{Ledger, core::Core, error::LedgerError, pen::Pen};
use crate::{
    codec::note::{KeyType, Vkey},
    crypto::PublicKey,
    event::limits::LOG_PUB_BYTES_MAX,
    storage::{
        StorageError,
        io::{Durability, read_file, replace_file},
    },
};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of the file in the ledger's folder.
pub const LOG_PUB: &str = "log.pub";

/// Whose keys the file holds.
#[derive(Default)]
pub(super) struct LogPub(Mutex<Option<Arc<Pen>>>);

impl Ledger {
    /// The keys that sign now as verifier keys (C2SP signed-note), oldest first: the lines of `log.pub`.
    ///
    /// # Errors
    /// [`LedgerError::Stopped`]; [`LedgerError::Founding`] when the origin cannot name a log.
    pub fn log_vkeys(&self) -> Result<Vec<String>, LedgerError> {
        vkeys(&self.core.origin, &self.log_keys()?)
    }
}

fn vkeys(origin: &str, keys: &[PublicKey]) -> Result<Vec<String>, LedgerError> {
    let vkey = |key: &PublicKey| Vkey::new(origin, KeyType::Ed25519, key.raw()).map(|vkey| vkey.to_string());
    let vkeys = keys.iter().map(vkey).collect::<Result<_, _>>();
    vkeys.map_err(|error| LedgerError::Founding(format!("origin {origin:?}: {error}")))
}

/// Writes the keys of the newest durable head, unless the file holds them.
///
/// # Errors
/// Those of the disk: the next call tries again.
pub(super) fn write_due(core: &Core) -> Result<(), LedgerError> {
    let pen = core.head().pen();
    let mut written = core.log_pub.0.lock().unwrap_or_else(PoisonError::into_inner);
    if written.as_ref().is_some_and(|written| Arc::ptr_eq(written, &pen)) {
        return Ok(());
    }
    let text = vkeys(&core.origin, &pen.public())?.join("\n") + "\n";
    let path = core.folder.join(LOG_PUB);
    let there = match read_file(&*core.host.io, &path, LOG_PUB_BYTES_MAX) {
        // Whatever so long a file is, it is not this one.
        Err(StorageError::TooLarge { .. }) => None,
        there => there?,
    };
    if there.as_deref() != Some(text.as_bytes()) {
        replace_file(&*core.host.io, &path, text.as_bytes(), false, Durability::Now)?;
    }
    *written = Some(pen);
    Ok(())
}
