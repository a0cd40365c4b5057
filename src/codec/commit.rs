//! Commitments: a field is left out of an event and stands in the vault, where it can be erased; a digest that says
//! nothing without the salt stays in the signed bytes.
//!
//! # Exact bytes
//! ```text
//! commitment = SHA-256( "sagwan commitment v1" 0x00
//!                    || salt                          32 random bytes
//!                    || length of path                4 bytes, big-endian
//!                    || path                          the JSON pointer (RFC 6901), UTF-8
//!                    || value )                       deterministic CBOR (RFC 8949 section 4.2.1)
//! ```
//! The value is the field as it stands in the event's JSON form: a digest as `sha256:<hex>` text, a time as RFC 3339
//! text, a measured number as a float. The salt makes a guess at the value useless; the path keeps a value from being
//! shown as that of another field; domain, salt and the length give every input of the hash one reading.
//!
//! Randomness is passed in: this room is pure. A salt is used once.

use super::event::{self as event_codec, DecodeError};
use crate::event::{Bytes, Commitment, DataSubject, Digest, Event, EventError, Value, limits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::fmt;
use thiserror::Error;

/// What no other hash of this project begins with.
const DOMAIN: &[u8] = b"sagwan commitment v1\0";

/// What the vault keeps for one commitment. Whoever has it can show the value; once it is erased nobody can.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The JSON pointer of the field, as in the event's commitment.
    pub path: String,
    /// The field's value, in the event's JSON form.
    pub value: Value,
    /// The salt, 32 bytes: a byte string in CBOR, hexadecimal in JSON.
    #[serde(serialize_with = "write_salt", deserialize_with = "read_salt")]
    pub salt: [u8; limits::SALT_BYTES],
}

/// Neither value nor salt: an opening may hold personal data, and logs are not the vault.
impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Why a field cannot be taken out, or an opening does not fit.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CommitError {
    /// The path is not below `/body/` or `/facets/`, is too long, or is no JSON pointer.
    #[error(transparent)]
    Path(#[from] EventError),
    /// The event has nothing there.
    #[error("the event has no {path:?}: commit only to fields that it has")]
    Absent {
        /// The path given.
        path: String,
    },
    /// The path leads into a list.
    #[error("{path:?} is an element of a list, whose positions would shift: commit to the whole list {list:?}")]
    InList {
        /// The path given.
        path: String,
        /// The path of the list.
        list: String,
    },
    /// The value is too large.
    #[error(
        "the value of {path:?} has {bytes} bytes, the limit is {limit}: put it into blobs and commit to its digest"
    )]
    TooLarge {
        /// The path given.
        path: String,
        /// Its encoded length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// What is left is not an event, because the field must be present.
    #[error("{path:?} cannot be left out: {error}")]
    Required {
        /// The path given.
        path: String,
        /// What is wrong with the rest.
        error: DecodeError,
    },
    /// The event has no commitment to the opening's path.
    #[error("the event commits to nothing at {path:?}: this opening belongs to another event")]
    NotCommitted {
        /// The opening's path.
        path: String,
    },
    /// Value or salt are not those committed to.
    #[error("value and salt of {path:?} do not give the event's commitment: they were changed, or are another event's")]
    Mismatch {
        /// The opening's path.
        path: String,
    },
}

/// The commitment to `value` at `path` (see the module for its exact bytes).
#[must_use]
pub fn commit(path: &str, value: &Value, salt: &[u8; limits::SALT_BYTES]) -> Digest {
    let length = u32::try_from(path.len()).unwrap_or(u32::MAX).to_be_bytes();
    let hash = Sha256::new().chain_update(DOMAIN).chain_update(salt).chain_update(length).chain_update(path);
    Digest(hash.chain_update(event_codec::value_to_cbor(value)).finalize().into())
}

/// Leaves the field at `path` (a JSON pointer below `/body/` or `/facets/`) out of an event and commits to it instead.
/// The salt must be fresh randomness.
///
/// # Errors
/// [`CommitError`]: the path is not one of a field that the event has and may leave out, or the value is too large.
pub fn take_out(event: &Event, path: &str, salt: &[u8; limits::SALT_BYTES]) -> Result<(Event, Opening), CommitError> {
    let rooted = path.starts_with("/body/") || path.starts_with("/facets/");
    if !rooted || path.len() > limits::PATH_BYTES_MAX {
        return Err(EventError::Path { given: path.chars().take(80).collect() }.into());
    }
    let mut json = event_codec::to_json(event);
    let value = remove(&mut json, path)?;
    let value = Value::deserialize(&value).map_err(|_| CommitError::Absent { path: path.to_owned() })?;
    let (bytes, limit) = (event_codec::value_to_cbor(&value).len(), limits::COMMITTED_VALUE_BYTES_MAX);
    if bytes > limit {
        return Err(CommitError::TooLarge { path: path.to_owned(), bytes, limit });
    }
    let commitment = Commitment { path: path.to_owned(), digest: commit(path, &value, salt) };
    add(&mut json, &commitment);
    let rest = event_codec::from_json_value(&json, event.time)
        .map_err(|error| CommitError::Required { path: path.to_owned(), error })?;
    Ok((rest, Opening { path: commitment.path, value, salt: *salt }))
}

/// Whether `opening` shows what `event` commits to.
///
/// # Errors
/// [`CommitError::NotCommitted`], [`CommitError::Mismatch`].
pub fn verify_opening(event: &Event, opening: &Opening) -> Result<(), CommitError> {
    let path = || opening.path.clone();
    let commitment = event.commitments.iter().find(|commitment| commitment.path == opening.path);
    let commitment = commitment.ok_or_else(|| CommitError::NotCommitted { path: path() })?;
    // A commitment is public and the comparison tells nothing of the salt: it need not take constant time.
    let fits = commit(&opening.path, &opening.value, &opening.salt) == commitment.digest;
    if fits { Ok(()) } else { Err(CommitError::Mismatch { path: path() }) }
}

/// The pseudonym of a data subject: `ds-` and 26 characters of base32 over 128 random bits.
#[must_use]
pub fn pseudonym(random: [u8; 16]) -> DataSubject {
    DataSubject::from_random(random)
}

/// Removes and gives what stands at a JSON pointer that leads through objects only.
fn remove(json: &mut Json, path: &str) -> Result<Json, CommitError> {
    let absent = || CommitError::Absent { path: path.to_owned() };
    let (parent, last) = path.rsplit_once('/').ok_or_else(absent)?;
    let mut list = parent;
    while let Some((outer, _)) = list.rsplit_once('/') {
        if json.pointer(list).is_some_and(Json::is_array) {
            return Err(CommitError::InList { path: path.to_owned(), list: list.to_owned() });
        }
        list = outer;
    }
    let Some(Json::Object(fields)) = json.pointer_mut(parent) else { return Err(absent()) };
    // RFC 6901 section 4: `~1` first, so that `~01` is `~1`.
    fields.shift_remove(&last.replace("~1", "/").replace("~0", "~")).ok_or_else(absent)
}

fn add(json: &mut Json, commitment: &Commitment) {
    let Json::Object(fields) = json else { return };
    let list = fields.entry("commitments").or_insert_with(|| Json::Array(Vec::new()));
    if let (Json::Array(list), Ok(commitment)) = (list, serde_json::to_value(commitment)) {
        list.push(commitment);
    }
}

fn write_salt<S: Serializer>(salt: &[u8; limits::SALT_BYTES], serializer: S) -> Result<S::Ok, S::Error> {
    Bytes(salt.to_vec()).serialize(serializer)
}

fn read_salt<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; limits::SALT_BYTES], D::Error> {
    let bytes = Bytes::deserialize(deserializer)?.0;
    bytes.try_into().map_err(|_| serde::de::Error::custom("a salt has 32 bytes"))
}

#[cfg(test)]
mod tests;
