//! Fixtures without the engine: `fixtures/NAME/{event.json,settings.json,queries.json,expect.json}`, run on the rule
//! itself. The same files are run on the real engine by the ledger's own tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "only tests use it")]

use crate::{Attribute, Event, Finding, Host, Memory, Observation, Reference, Severity, Verdict};
use sagwan_common::{Value, cbor, json};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// One fixture, read.
pub struct Fixture {
    /// Its name.
    pub name: String,
    /// The event that is judged.
    pub event: Event,
    /// Instead of an event: the ledger's time, of which a monitor is told.
    pub tick: Option<i64>,
    /// The settings, as text.
    pub settings: String,
    /// What the ledger answers.
    pub host: Canned,
    /// What is expected, as JSON.
    pub expect: String,
}

/// A ledger with prepared answers.
#[derive(Default)]
pub struct Canned {
    events: Vec<Event>,
    blobs: BTreeMap<String, Vec<u8>>,
    state: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Host for Canned {
    fn backwards(&self, subject: &str, kinds: &[&str], from: Option<u64>, limit: u32) -> Vec<Event> {
        let mentions = |event: &&Event| {
            event.subject == subject || event.inputs.iter().chain(&event.outputs).any(|other| other.subject == subject)
        };
        let kind = |event: &&Event| kinds.is_empty() || kinds.contains(&event.kind.as_str());
        let inside = |event: &&Event| from.is_none_or(|from| event.index <= from);
        let limit = limit.min(256) as usize;
        self.events.iter().rev().filter(inside).filter(mentions).filter(kind).take(limit).cloned().collect()
    }

    fn blob(&self, digest: &str) -> Option<Vec<u8>> {
        self.blobs.get(digest).cloned()
    }
}

impl Memory for Canned {
    fn recall(&self, key: &str) -> Option<Vec<u8>> {
        self.state.borrow().get(key).cloned()
    }

    fn remember(&self, key: &str, value: &[u8]) {
        self.state.borrow_mut().insert(key.into(), value.into());
    }

    fn forget(&self, key: &str) {
        self.state.borrow_mut().remove(key);
    }

    fn keys(&self, prefix: &str) -> Vec<String> {
        self.state.borrow().keys().filter(|key| key.starts_with(prefix)).take(1_000).cloned().collect()
    }
}

/// Holds `settings.defaults.json` against the schema that it is taken from.
fn defaults_are_those_of_the_schema(plugin: &Path) {
    let text = |name: &str| fs::read_to_string(plugin.join(name)).unwrap();
    let (schema, defaults) = (text("settings.schema.json"), text("settings.defaults.json"));
    let schema = json::read(&schema).expect("settings.schema.json is JSON");
    let properties = schema.get("properties").map(Value::members).unwrap_or_default();
    let mut expected = Vec::new();
    for (name, property) in properties {
        expected.extend(property.get("default").map(|default| (name.clone(), default.clone())));
    }
    assert_eq!(json::read(&defaults), Some(Value::Map(expected)), "take settings.defaults.json from the schema anew");
}

/// Every fixture of a plugin's folder, in order of names.
#[must_use]
pub fn all(plugin: &str) -> Vec<Fixture> {
    defaults_are_those_of_the_schema(Path::new(plugin));
    let folder = Path::new(plugin).join("fixtures");
    let mut folders: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "no fixtures in {}", folder.display());
    folders.iter().map(|folder| read(folder)).collect()
}

fn read(folder: &Path) -> Fixture {
    let text = |name: &str| {
        fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{}: {error}", folder.join(name).display()))
    };
    let (event_text, queries_text) = (text("event.json"), text("queries.json"));
    let queries = json::read(&queries_text).expect("queries.json is JSON");
    let events = queries.get("events").map(Value::items).unwrap_or_default();
    let events: Vec<Event> = events.iter().zip(0..).map(|(value, index)| event(value, index)).collect();
    let blob = |(digest, value): &(std::borrow::Cow<'_, str>, Value<'_>)| {
        let file = value.text().expect("a blob is the path of a file");
        (digest.to_string(), fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}")))
    };
    let blobs = queries.get("blobs").map(Value::members).unwrap_or_default().iter().map(blob).collect();
    let state_text = fs::read_to_string(folder.join("state.json")).unwrap_or_else(|_| "{}".into());
    let state = json::read(&state_text).expect("state.json is JSON");
    let remembered = state.members().iter().map(|(key, value)| (key.to_string(), value.text().unwrap().into()));
    let shown = json::read(&event_text).expect("event.json is JSON");
    let tick = shown.get("tick").and_then(Value::number).map(|now| now as i64);
    let nothing = json::read(r#"{"kind": "tick", "subject": "system/none"}"#).unwrap();
    Fixture {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        event: event(if tick.is_some() { &nothing } else { &shown }, events.len() as u64),
        tick,
        settings: text("settings.json"),
        host: Canned { events, blobs, state: RefCell::new(remembered.collect()) },
        expect: text("expect.json"),
    }
}

fn event(value: &Value<'_>, index: u64) -> Event {
    let text = |name: &str| value.get(name).and_then(Value::text).map(str::to_owned);
    let references = |name: &str| {
        let items = value.get(name).map(Value::items).unwrap_or_default();
        let reference = |item: &Value<'_>| Reference {
            subject: item.get("subject").and_then(Value::text).unwrap().into(),
            digest: item.get("digest").and_then(Value::text).map(str::to_owned),
            external: item.get("external").and_then(Value::truth).unwrap_or_default(),
        };
        items.iter().map(reference).collect()
    };
    let bytes = |name: &str| {
        let empty = Value::Map(Vec::new());
        let mut value = value.get(name).unwrap_or(&empty).clone();
        if let Value::Map(members) = &mut value {
            // The ledger's CBOR has times as milliseconds.
            for (_, member) in members.iter_mut().filter(|(name, _)| name == "from" || name == "to") {
                if let Some(time) = member.text().and_then(time) {
                    *member = Value::Int(time);
                }
            }
        }
        let mut bytes = Vec::new();
        cbor::write(&value, &mut bytes);
        bytes
    };
    let committed = value.get("commitments").map(Value::items).unwrap_or_default();
    let imported = value.get("imported").and_then(Value::truth).unwrap_or_default().then(|| "true".to_owned());
    let attributes = [("imported", imported), ("claimed-by", text("claimed_by"))];
    let attribute = |(name, value): (&str, Option<String>)| Some(Attribute { name: name.into(), value: value? });
    Event {
        kind: text("kind").unwrap(),
        subject: text("subject").unwrap(),
        env: text("env"),
        actor: text("actor").unwrap_or_else(|| "user:ana".into()),
        index,
        position: 0,
        recorded: value.get("recorded").and_then(Value::number).map_or(0, |at| at as i64),
        claimed: 0,
        inputs: references("inputs"),
        outputs: references("outputs"),
        body: bytes("body"),
        facets: bytes("facets"),
        committed: committed.iter().filter_map(|one| one.get("path").and_then(Value::text)).map(Into::into).collect(),
        attributes: attributes.into_iter().filter_map(attribute).collect(),
    }
}

/// Milliseconds since 1970 of a time such as `2026-01-31T09:00:00Z`.
fn time(text: &str) -> Option<i64> {
    let number = |from: usize, until: usize| text.get(from..until)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    // Days from the civil calendar, by Howard Hinnant's algorithm.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let of_era = year.rem_euclid(400);
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = (number(11, 13)? * 60 + number(14, 16)?) * 60 + number(17, 19)?;
    text.ends_with('Z').then_some((days * 86_400 + seconds) * 1_000)
}

/// The codes of findings and alerts in sources: what stands in quotes right after the brackets of `lacks`, `note` and
/// the like, and the words of `("code", "…")` pairs, as far as they look like a code.
#[must_use]
pub fn codes(sources: &[&str]) -> Vec<String> {
    let mut codes = Vec::new();
    for source in sources {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for call in ["lacks(", "note(", "finding(", "refuse(", "Some(("] {
            for after in source.split(call).skip(1) {
                if let Some(code) = after.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                    codes.push(code.to_owned());
                }
            }
        }
    }
    codes.sort();
    codes.dedup();
    codes
}

/// Holds a verdict against what is expected: `verdict`, and of each finding `code`, `severity`, `pointer`.
///
/// # Panics
/// When they differ.
pub fn expect(fixture: &Fixture, verdict: &Verdict) {
    let (word, findings): (&str, &[Finding]) = match verdict {
        Verdict::Abstain => ("abstain", &[]),
        Verdict::Accept(findings) => ("accept", findings),
        Verdict::Reject(findings) => ("reject", findings),
    };
    let found: Vec<String> = findings.iter().map(|f| line(&f.code, f.severity, f.pointer.as_deref())).collect();
    compare(fixture, "verdict", word, "findings", &found);
}

/// Holds observations against what is expected: of each `alert` its `code`, `severity` and `subject`; that a
/// `retrain` names its model; that a `measurement` is there.
///
/// # Panics
/// When they differ.
pub fn expect_observations(fixture: &Fixture, observations: &[Observation]) {
    let show = |observation: &Observation| match observation {
        Observation::Alert(alert) => line(&alert.code, alert.severity, Some(&alert.subject)),
        Observation::Retrain(retrain) => format!("retrain {}", retrain.model),
        Observation::Measurement(measurement) => format!("measurement {}", measurement.subject),
    };
    let found: Vec<String> = observations.iter().map(show).collect();
    compare(fixture, "", "", "observations", &found);
}

fn line(code: &str, severity: Severity, place: Option<&str>) -> String {
    let severity = match severity {
        Severity::Info => "info",
        Severity::Minor => "minor",
        Severity::Moderate => "moderate",
        Severity::Major => "major",
        Severity::Critical => "critical",
    };
    format!("{severity} {code} {}", place.unwrap_or_default()).trim_end().to_owned()
}

fn compare(fixture: &Fixture, member: &str, word: &str, list: &str, found: &[String]) {
    let expected = json::read(&fixture.expect).expect("expect.json is JSON");
    let one = |item: &Value<'_>| {
        let text = |name: &str| item.get(name).and_then(Value::text).unwrap_or_default();
        match item.get("retrain").or(item.get("measurement")) {
            Some(subject) => {
                let what = if item.get("retrain").is_some() { "retrain" } else { "measurement" };
                format!("{what} {}", subject.text().unwrap_or_default())
            }
            None => {
                let place = item.get("pointer").or(item.get("subject")).and_then(Value::text).unwrap_or_default();
                format!("{} {} {place}", text("severity"), text("code")).trim_end().to_owned()
            }
        }
    };
    let wanted: Vec<String> = expected.get(list).map(Value::items).unwrap_or_default().iter().map(one).collect();
    let wanted_word = expected.get(member).and_then(Value::text).unwrap_or_default();
    assert_eq!(
        (word, found),
        (wanted_word, &wanted[..]),
        "fixture {}: left is what was found, right what expect.json says",
        fixture.name
    );
}
