//! An event of the past kept as a fixture, with what the ledger answered.

use crate::{
    cli::{
        failure::{Done, Failure},
        ledger_failure,
    },
    event::{ActorId, Digest, Event, Timestamp},
    ledger::{Ledger, PastRecord},
    plugin::{
        Answers, EventView, MonitorState, Place, Question, Unavailable,
        fixture::{EVENT, QUERIES, SETTINGS, STATE, event_json, settings_json},
    },
    state::Binding,
};
use serde_json::{Map, Value as Json, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// What was answered, by where it stands.
#[derive(Default)]
struct Answered {
    events: BTreeSet<(u64, u32)>,
    blobs: BTreeMap<Digest, Arc<[u8]>>,
}

/// An event with what was answered about it.
pub struct Kept {
    index: u64,
    position: u32,
    recorded: Timestamp,
    actor: ActorId,
    event: Event,
    state: Option<Arc<MonitorState>>,
    answered: Arc<Mutex<Answered>>,
}

impl Kept {
    /// Nothing was answered yet.
    #[must_use]
    pub fn new(record: &PastRecord<'_>, position: u32, event: &Event, state: Option<Arc<MonitorState>>) -> Self {
        Self {
            index: record.index,
            position,
            recorded: record.t,
            actor: record.actor.clone(),
            event: event.clone(),
            state,
            answered: Arc::default(),
        }
    }

    /// The same answers, noted.
    #[must_use]
    pub fn listening(&self, answers: Arc<dyn Answers>) -> Arc<dyn Answers> {
        Arc::new(Listening { answers, answered: Arc::clone(&self.answered) })
    }
}

/// Answers that are noted.
struct Listening {
    answers: Arc<dyn Answers>,
    answered: Arc<Mutex<Answered>>,
}

impl Answers for Listening {
    fn events_about(&self, question: &Question) -> Result<Vec<EventView>, Unavailable> {
        let found = self.answers.events_about(question)?;
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.events.extend(found.iter().map(|view| (view.index(), view.position())));
        Ok(found)
    }

    fn blob(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, Unavailable> {
        let found = self.answers.blob(digest)?;
        if let Some(bytes) = &found {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            answered.blobs.insert(*digest, Arc::clone(bytes));
        }
        Ok(found)
    }
}

/// Writes the fixture; its folder. What the rule must say is written by `sagwan plugin test --bless`.
///
/// # Errors
/// When the name is no name, the folder is there already, or something cannot be read or written.
pub fn save(fixtures: &Path, name: &str, ledger: &Ledger, binding: &Binding, kept: &Kept) -> Done<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return Err(Failure::usage(
            format!("{name:?} is no name of a fixture"),
            "use letters, digits, `-`, `_` and `.`",
        ));
    }
    let folder = fixtures.join(name);
    if folder.exists() {
        return Err(Failure::usage(format!("{} is there already", folder.display()), "choose another name"));
    }
    fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let place = Place { actor: &kept.actor, index: kept.index, position: kept.position, recorded: kept.recorded };
    write(&folder.join(EVENT), &event_json(&kept.event, &place))?;
    write(&folder.join(SETTINGS), &settings_json(binding.settings_text()))?;
    let queries = queries(&folder, ledger, kept)?;
    write(&folder.join(QUERIES), &queries)?;
    if let Some(state) = &kept.state {
        write(&folder.join(STATE), &remembered(state))?;
    }
    Ok(folder)
}

fn write(path: &Path, json: &Json) -> Done {
    let text = serde_json::to_string_pretty(json).unwrap_or_default() + "\n";
    fs::write(path, text).map_err(|error| Failure::io("write", path, &error))
}

/// What was answered: events in log order, and blobs as files beside.
fn queries(folder: &Path, ledger: &Ledger, kept: &Kept) -> Done<Json> {
    let answered = kept.answered.lock().unwrap_or_else(PoisonError::into_inner);
    let mut events = Vec::new();
    for (index, position) in &answered.events {
        let record = ledger.record(*index).map_err(|error| ledger_failure::of(&error))?;
        let place = Place { actor: &record.actor, index: *index, position: *position, recorded: record.t };
        let event = usize::try_from(*position).ok().and_then(|position| record.events.get(position));
        events.extend(event.map(|event| event_json(event, &place)));
    }
    let mut blobs = Map::new();
    for (digest, bytes) in &answered.blobs {
        let file = format!(
            "blob-{}",
            digest.short().trim_start_matches("sha256:").replace(|c: char| !c.is_ascii_alphanumeric(), "")
        );
        let path = folder.join(&file);
        fs::write(&path, bytes).map_err(|error| Failure::io("write", &path, &error))?;
        blobs.insert(digest.to_string(), file.into());
    }
    Ok(json!({ "events": events, "blobs": blobs }))
}

fn remembered(state: &MonitorState) -> Json {
    let value = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({ "hex": hex::encode(bytes) }),
    };
    Json::Object(state.entries().map(|(key, bytes)| (key.to_owned(), value(bytes))).collect())
}
