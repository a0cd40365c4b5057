//! `log.pub`: the keys that the log signs with, as C2SP verifier keys, one a line. The ledger keeps it up to date; here
//! it is read by whoever verifies.

use super::{
    failure::{Done, Failure},
    ledger_failure,
};
use crate::{codec::note::Vkey, ledger::Ledger, verify::LogKeys};
use std::path::Path;

pub use crate::ledger::LOG_PUB as FILE;

/// The log's keys as verifier keys.
///
/// # Errors
/// When the ledger has stopped.
pub fn of(ledger: &Ledger) -> Done<Vec<String>> {
    ledger.log_vkeys().map_err(|error| ledger_failure::of(&error))
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
