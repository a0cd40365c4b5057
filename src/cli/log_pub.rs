//! `log.pub`: the keys that the log signs with, as C2SP verifier keys, one a line. A convenience for whoever verifies:
//! nothing of the ledger's own is decided by it.

use super::{
    failure::{Done, Failure},
    ledger_failure,
};
use crate::{
    codec::note::{KeyType, Vkey},
    ledger::Ledger,
    verify::LogKeys,
};
use std::path::Path;

/// The name of the file in the ledger's folder.
pub const FILE: &str = "log.pub";

/// Writes the keys that sign now, and gives them.
///
/// # Errors
/// When the ledger has stopped or the file cannot be written.
pub fn write(ledger: &Ledger) -> Done<Vec<String>> {
    let vkeys = of(ledger)?;
    let path = ledger.folder().join(FILE);
    std::fs::write(&path, vkeys.join("\n") + "\n").map_err(|error| Failure::io("write", &path, &error))?;
    Ok(vkeys)
}

/// The log's keys as verifier keys.
///
/// # Errors
/// When the ledger has stopped.
pub fn of(ledger: &Ledger) -> Done<Vec<String>> {
    let keys = ledger.log_keys().map_err(|error| ledger_failure::of(&error))?;
    let vkey = |key: &crate::crypto::PublicKey| {
        Vkey::new(ledger.origin(), KeyType::Ed25519, key.raw()).map(|vkey| vkey.to_string()).map_err(|error| {
            Failure::invalid(error.to_string(), "the ledger's origin cannot name a log: found it anew")
        })
    };
    keys.iter().map(vkey).collect()
}

/// Pins the keys of a file: verifier keys, one a line, of one log; or a public key in PEM and the log's origin.
///
/// # Errors
/// When the file cannot be read or holds neither.
pub fn read(path: &Path, origin: Option<&str>) -> Done<LogKeys> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    let wrong = |why: String| {
        let next = "give the log's log.pub (C2SP verifier keys), or its public key in PEM with --origin";
        Failure::invalid(format!("{}: {why}", path.display()), next)
    };
    if text.contains("-----BEGIN ") {
        let origin = origin.ok_or_else(|| Failure::usage("a PEM key does not name its log", "give --origin NAME"))?;
        let key = super::signer::read_public(path)?;
        return LogKeys::new(origin, &[key]).map_err(|error| wrong(error.to_string()));
    }
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let first = lines.first().ok_or_else(|| wrong("no key in it".into()))?;
    let first: Vkey = first.parse().map_err(|error| wrong(format!("{error}")))?;
    LogKeys::from_vkeys(origin.unwrap_or(first.name()), &lines).map_err(|error| wrong(error.to_string()))
}
