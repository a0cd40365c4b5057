//! The few files that the door itself reads: certificates, keys, tokens. Bounded, since a wrong path may name anything.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use super::ServerError;
use crate::event::limits::SETTINGS_FILE_BYTES_MAX;

/// The bytes of a file of at most [`SETTINGS_FILE_BYTES_MAX`] bytes.
///
/// # Errors
/// [`ServerError::File`], naming what the file was to be.
pub(super) fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, ServerError> {
    let fault = |why: String| ServerError::File { what, path: PathBuf::from(path), why };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| fault(error.to_string()))?;
    file.take(SETTINGS_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| fault(error.to_string()))?;
    if bytes.len() as u64 > SETTINGS_FILE_BYTES_MAX {
        return Err(fault(format!("it is larger than {SETTINGS_FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

/// The same, as text.
///
/// # Errors
/// [`ServerError::File`], also when it is not UTF-8.
pub(super) fn read_text(what: &'static str, path: &Path) -> Result<String, ServerError> {
    String::from_utf8(read(what, path)?).map_err(|_| ServerError::File {
        what,
        path: PathBuf::from(path),
        why: "it is not UTF-8 text".into(),
    })
}
