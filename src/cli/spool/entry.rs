//! One waiting statement, as it stands in its file. It may hold what the vault is to keep: the file is its owner's only.

use crate::{
    cli::{
        failure::{Done, Failure, Kind},
        recorder::{Content, Parcel, Recorder, Secrets},
    },
    codec::{commit::Opening, event as event_codec, statement::Statement},
    event::{Bytes, Event, Timestamp, limits},
};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A waiting statement.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The version of this format.
    version: u32,
    /// Kind and subject, for people.
    pub about: String,
    /// The ledger's folder or the server's address.
    pub target: String,
    /// When it was kept.
    pub kept: Timestamp,
    /// Why it was not recorded.
    pub why: String,
    /// The Signed Statement, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statement: Option<Bytes>,
    /// The events that the server is to sign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<serde_json::Value>,
    /// The fields that the server is to commit to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    commit: Vec<String>,
    /// Tells the server that this is the same request again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    key: String,
    /// What the vault is to keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    openings: Vec<Opening>,
}

const VERSION: u32 = 1;

impl Entry {
    /// An entry of a parcel.
    #[must_use]
    pub fn new(about: &str, target: &str, parcel: &Parcel, why: &Failure, kept: Timestamp) -> Self {
        let mut entry = Self {
            version: VERSION,
            about: about.to_owned(),
            target: target.to_owned(),
            kept,
            why: why.what.clone(),
            statement: None,
            events: Vec::new(),
            commit: Vec::new(),
            key: String::new(),
            openings: parcel.openings.clone(),
        };
        match &parcel.content {
            Content::Signed(statement) => entry.statement = Some(Bytes(statement.clone())),
            Content::Plain { events, commit, key } => {
                entry.events = events.iter().map(event_codec::to_json).collect();
                (entry.commit, entry.key) = (commit.clone(), key.clone());
            }
        }
        entry
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// When the file cannot be read or is none.
    pub fn read(path: &Path) -> Done<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
        let entry: Self = serde_json::from_str(&text).map_err(|error| {
            Failure::invalid(format!("{}: {error}", path.display()), "move the file away: it is no entry of a spool")
        })?;
        if entry.version != VERSION {
            return Err(Failure::invalid(
                format!("{}: version {} of a spool", path.display(), entry.version),
                "use the sagwan that wrote it",
            ));
        }
        Ok(entry)
    }

    /// The parcel again. A statement that is too old to be admitted is signed anew, where that is asked for: if it was
    /// recorded after all, it will stand in the log twice.
    ///
    /// # Errors
    /// When the entry holds nothing that can be sent.
    pub fn parcel(&self, recorder: &Recorder<'_>, again: bool, now: Timestamp) -> Done<Parcel> {
        let broken =
            |why: String| Failure::new(Kind::Invalid, why, "look at it with `sagwan spool list`, then drop it");
        let openings = self.openings.clone();
        if let Some(Bytes(statement)) = &self.statement {
            let parsed = Statement::parse(statement).map_err(|error| broken(error.to_string()))?;
            let signed_ms = i64::try_from(parsed.iat).unwrap_or(i64::MAX).saturating_mul(1_000);
            let old = now.0.saturating_sub(signed_ms) >= limits::ADMISSION_WINDOW_MS;
            if !(old && again) {
                return Ok(Parcel { content: Content::Signed(statement.clone()), openings, without_env: Vec::new() });
            }
            let events = event_codec::payload_from_cbor(parsed.payload).map_err(|error| broken(error.to_string()))?;
            return recorder.parcel(&events, Secrets { openings, commit: Vec::new() });
        }
        let read = |json| event_codec::from_json_value(json, self.kept);
        let events: Result<Vec<Event>, _> = self.events.iter().map(read).collect();
        let events = events.map_err(|error| broken(error.to_string()))?;
        let (commit, key) = (self.commit.clone(), self.key.clone());
        Ok(Parcel { content: Content::Plain { events, commit, key }, openings, without_env: Vec::new() })
    }
}
