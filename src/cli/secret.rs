//! What does not go into the log in the clear: fields under a commitment, and data subjects under a pseudonym.
//!
//! The vault keeps both as openings. Behind a commitment: its path, value and salt, under the commitment's digest. For
//! a data subject two entries, so that he can be found and forgotten by either name: the pseudonym under
//! `SHA-256("sagwan data subject by name v1\0" || name)`, the name under
//! `SHA-256("sagwan data subject by pseudonym v1\0" || pseudonym)`.

use super::{
    failure::{Done, Failure, Kind},
    ledger_failure,
    recorder::Recorder,
    signer,
};
use crate::{
    codec::{
        cbor,
        commit::{self, Opening},
        event as event_codec,
    },
    event::{DataSubject, Digest, Event, Value},
    ledger::Ledger,
    storage::{self, Vault},
};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

const BY_NAME: &[u8] = b"sagwan data subject by name v1\0";
const BY_PSEUDONYM: &[u8] = b"sagwan data subject by pseudonym v1\0";
/// The path under which the vault keeps the entries of data subjects: none that a commitment may have.
const SUBJECT_PATH: &str = "data-subject";

/// Leaves the fields at `paths` out of the event and commits to them; their values and salts are for the vault.
///
/// # Errors
/// When the event has no such field, or must not leave it out.
pub fn commit(mut event: Event, paths: &[String]) -> Done<(Event, Vec<Opening>)> {
    let mut openings = Vec::with_capacity(paths.len());
    for path in paths {
        let taken = commit::take_out(&event, path, &signer::random()?);
        let (rest, opening) = taken.map_err(|error| {
            Failure::invalid(format!("--commit: {error}"), "name a field that the event has, such as /body/origin")
        })?;
        event = rest;
        openings.push(opening);
    }
    Ok((event, openings))
}

/// Puts openings into the vault, durably.
///
/// # Errors
/// When the disk fails.
pub fn keep(ledger: &Ledger, openings: Vec<&Opening>) -> Done {
    let entry = |opening: &Opening| {
        let digest = commit::commit(&opening.path, &opening.value, &opening.salt);
        let value = event_codec::value_to_cbor(&opening.value);
        (digest.0, storage::Opening { salt: opening.salt, path: opening.path.clone(), value })
    };
    put(ledger.vault(), &openings.into_iter().map(entry).collect::<Vec<_>>())
}

fn put(vault: &Vault, entries: &[([u8; 32], storage::Opening)]) -> Done {
    let entries = entries.iter().map(|(digest, opening)| (digest, opening));
    vault.put_all(entries).map_err(|error| ledger_failure::of_storage(&error))
}

/// Writes the data subject's pseudonym into the body of an event in JSON; a new one where the vault knows none.
///
/// # Errors
/// When the event has no body, or the vault is not at hand.
pub fn name_data_subject(event: &mut Json, recorder: &Recorder<'_>, who: &str) -> Done {
    let ledger = recorder.ledger()?.ok_or_else(|| {
        let next = "record into the folder, or give the pseudonym with --body data_subject=ds-…";
        Failure::usage("a data subject's pseudonym is in the vault, which a server does not open", next)
    })?;
    let body = event.get_mut("body").and_then(Json::as_object_mut);
    let body = body.ok_or_else(|| Failure::invalid("the event has no body", "docs/events.md shows every kind"))?;
    body.insert("data_subject".into(), json!(pseudonym(&ledger, who)?.as_str()));
    Ok(())
}

/// The pseudonym of a data subject, which the vault keeps from the first time on.
///
/// # Errors
/// When the name is empty or too long, or the disk fails.
pub fn pseudonym(ledger: &Ledger, who: &str) -> Done<DataSubject> {
    if who.is_empty() || who.len() > 256 {
        return Err(Failure::usage("--data-subject must have 1 to 256 bytes", "give the name by which you find him"));
    }
    let by_name = digest(BY_NAME, who);
    if let Some(Value::Text(known)) = look_up(ledger.vault(), &by_name)? {
        return known.parse().map_err(|error| {
            Failure::new(Kind::Verification, format!("the vault's entry: {error}"), "restore the vault from a copy")
        });
    }
    let fresh = commit::pseudonym(signer::random()?);
    let entry = |value: &str| -> Done<storage::Opening> {
        let value = event_codec::value_to_cbor(&Value::Text(value.to_owned()));
        Ok(storage::Opening { salt: signer::random()?, path: SUBJECT_PATH.into(), value })
    };
    let by_pseudonym = digest(BY_PSEUDONYM, fresh.as_str());
    put(ledger.vault(), &[(by_name, entry(fresh.as_str())?), (by_pseudonym, entry(who)?)])?;
    Ok(fresh)
}

fn digest(domain: &[u8], name: &str) -> [u8; 32] {
    Sha256::new().chain_update(domain).chain_update(name).finalize().into()
}

fn look_up(vault: &Vault, digest: &[u8; 32]) -> Done<Option<Value>> {
    let opening = vault.get(digest).map_err(|error| ledger_failure::of_storage(&error))?;
    opening.map(|opening| value(&opening)).transpose()
}

fn value(opening: &storage::Opening) -> Done<Value> {
    cbor::decode(&opening.value).map_err(|error| {
        Failure::new(Kind::Verification, format!("the vault's value: {error}"), "restore the vault from a copy")
    })
}

/// What the vault keeps under a name.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Kept {
    /// Behind a commitment.
    Opening {
        /// The field that was left out.
        path: String,
        /// Its value.
        value: Value,
        /// The salt, hexadecimal.
        salt: String,
    },
    /// Who a pseudonym is.
    DataSubject {
        /// The name by which he is found.
        name: String,
    },
    /// A refused statement.
    Refused {
        /// Its bytes.
        #[serde(skip)]
        bytes: Vec<u8>,
    },
}

/// What the vault keeps behind a commitment's digest, a refused statement's digest, or a pseudonym.
///
/// # Errors
/// When there is nothing (any more), or `name` is neither digest nor pseudonym.
pub fn find(vault: &Vault, name: &str) -> Done<Kept> {
    let absent = || {
        let next = "it may have been erased, which the log outlives, or stand in another ledger's vault";
        Failure::not_found(format!("the vault keeps nothing behind {name}"), next)
    };
    if let Ok(pseudonym) = name.parse::<DataSubject>() {
        return match look_up(vault, &digest(BY_PSEUDONYM, pseudonym.as_str()))? {
            Some(Value::Text(name)) => Ok(Kept::DataSubject { name }),
            _ => Err(absent()),
        };
    }
    let digest: Digest = name.parse().map_err(|_| {
        Failure::usage(format!("{name:?} is neither a digest nor a pseudonym"), "write sha256:…, or ds-…")
    })?;
    if let Some(opening) = vault.get(&digest.0).map_err(|error| ledger_failure::of_storage(&error))? {
        return Ok(Kept::Opening {
            path: opening.path.clone(),
            value: value(&opening)?,
            salt: hex::encode(opening.salt),
        });
    }
    let refused = vault.refused(&digest.0).map_err(|error| ledger_failure::of_storage(&error))?;
    refused.map(|bytes| Kept::Refused { bytes }).ok_or_else(absent)
}
