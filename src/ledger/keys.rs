//! The log's secret keys in `keys/`, and the checkpoint that names the log: what is read before the log itself.

use super::error::LedgerError;
use crate::{
    crypto::SecretKey,
    event::limits::CHECKPOINT_BYTES_MAX,
    storage::{
        StorageError,
        io::{Io, read_file},
        read_secret, write_secret,
    },
};
use std::path::Path;

/// Names of the log's keys: `log-<thumbprint>.pem`.
const PREFIX: &str = "log-";

/// Writes a key of the log, durably, under its own name; nothing is overwritten.
pub(super) fn put(io: &dyn Io, folder: &Path, key: &SecretKey) -> Result<(), LedgerError> {
    let name = format!("{PREFIX}{}.pem", hex::encode(key.public().thumbprint()));
    Ok(write_secret(io, &folder.join("keys").join(name), key.to_pem().as_bytes())?)
}

/// Every key of the log that is there.
pub(super) fn all(io: &dyn Io, folder: &Path) -> Result<Vec<SecretKey>, LedgerError> {
    let dir = folder.join("keys");
    let listed = io.list(&dir).map_err(|source| LedgerError::Storage(io_error("list", &dir, source)))?;
    let mut keys = Vec::new();
    for file in listed {
        let name = file.name;
        if !name.starts_with(PREFIX) || !name.ends_with(".pem") {
            continue;
        }
        let path = dir.join(&name);
        let Some(bytes) = read_secret(io, &path)? else { continue };
        let text = zeroize::Zeroizing::new(bytes);
        let text = std::str::from_utf8(&text)
            .map_err(|_| LedgerError::LogKeyFile { path: path.clone(), why: "it is not text".into() })?;
        let key = SecretKey::from_pem(text);
        keys.push(key.map_err(|error| LedgerError::LogKeyFile { path, why: error.to_string() })?);
    }
    Ok(keys)
}

/// The stored checkpoint, if there is one.
pub(super) fn checkpoint(io: &dyn Io, folder: &Path) -> Result<Option<Vec<u8>>, LedgerError> {
    Ok(read_file(io, &folder.join("checkpoint"), CHECKPOINT_BYTES_MAX)?)
}

fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> StorageError {
    StorageError::Io { action, path: path.to_owned(), source }
}
