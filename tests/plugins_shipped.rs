//! The plugins that ship, on the real engine: each component of `plugins/dist/` is what `SHA256SUMS` says, imports what it
//! may, and gives on each of its fixtures what `expect.json` says: the same files on which its source is tested natively.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use sagwan::{
    codec::event as event_codec,
    event::{ActorId, Digest, Event, Subject, Timestamp},
    plugin::{
        Answers, EventView, Finding, Limits, MonitorState, Observation, Place, Plugin, Question, Registry, Unavailable,
    },
};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Every plugin with what it may import.
const SHIPPED: [(&str, &[&str]); 7] = [
    ("data-quality", &["query"]),
    ("drift", &["query"]),
    ("performance", &["query", "state"]),
    ("personal-data", &[]),
    ("promotion-evidence", &["query"]),
    ("prompt-regression", &["query"]),
    ("runtime-parity", &["query"]),
];

fn plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins")
}

fn component(name: &str) -> Vec<u8> {
    fs::read(plugins().join("dist").join(format!("{name}.wasm"))).unwrap()
}

/// An event of a fixture, at an index.
fn view(json: &Json, index: u64) -> EventView {
    let mut json = json.clone();
    let fields = json.as_object_mut().unwrap();
    // Not part of an event: who signed it, and when it was recorded.
    let actor: ActorId = fields.remove("actor").map_or("user:ana".parse(), |a| a.as_str().unwrap().parse()).unwrap();
    let recorded = Timestamp(fields.remove("recorded").map_or(0, |at| at.as_i64().unwrap()));
    let event: Event = event_codec::from_json_value(&json, recorded).unwrap_or_else(|error| panic!("{error}: {json}"));
    EventView::new(&event, &Place { actor: &actor, index, position: 0, recorded })
}

/// The answers of a `queries.json`: events in log order, and files by digest.
struct Canned {
    events: Vec<(Json, EventView)>,
    blobs: BTreeMap<Digest, Arc<[u8]>>,
}

impl Answers for Canned {
    fn events_about(&self, question: &Question) -> Result<Vec<EventView>, Unavailable> {
        let subject = question.subject.as_str();
        let names = |event: &Json| {
            let about = |list: &str| event[list].as_array().into_iter().flatten().any(|one| one["subject"] == subject);
            event["subject"] == subject || about("inputs") || about("outputs")
        };
        let kind =
            |event: &Json| question.kinds.is_empty() || question.kinds.iter().any(|k| event["kind"] == k.as_str());
        let fits = |(event, view): &(Json, EventView)| (names(event) && kind(event)).then(|| view.clone());
        let mut found: Vec<EventView> = self.events.iter().filter_map(fits).collect();
        let start = question.start;
        if question.newest_first {
            found.reverse();
            found.retain(|view| start.is_none_or(|start| view.index() <= start));
        } else {
            found.retain(|view| start.is_none_or(|start| view.index() >= start));
        }
        found.truncate(question.limit);
        Ok(found)
    }

    fn blob(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, Unavailable> {
        Ok(self.blobs.get(digest).cloned())
    }
}

/// What a plugin is shown.
enum Shown {
    Event(Box<EventView>),
    Tick(Timestamp),
}

struct Fixture {
    name: String,
    shown: Shown,
    state: Arc<MonitorState>,
    settings: String,
    answers: Arc<Canned>,
    expect: Json,
}

fn fixtures(plugin: &str) -> Vec<Fixture> {
    let folder = plugins().join(plugin).join("fixtures");
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| fixture(plugin, folder)).collect()
}

fn fixture(plugin: &str, folder: &Path) -> Fixture {
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let json = |name: &str| -> Json { serde_json::from_str(&text(name)).unwrap() };
    let queries = json("queries.json");
    let events = queries["events"].as_array().cloned().unwrap_or_default();
    let blobs = queries["blobs"].as_object().cloned().unwrap_or_default();
    let blob = |(digest, file): (String, Json)| {
        let bytes = fs::read(folder.join(file.as_str().unwrap())).unwrap();
        let digest: Digest = digest.parse().unwrap();
        assert_eq!(digest, Digest(Sha256::digest(&bytes).into()), "{plugin}: {file} is not what its digest says");
        (digest, bytes.into())
    };
    let index = events.len() as u64;
    let event = json("event.json");
    let state = if folder.join("state.json").exists() { json("state.json") } else { json!({}) };
    let state = state.as_object().unwrap();
    let remembered = |(key, value): (&String, &Json)| (key.clone(), value.as_str().unwrap().as_bytes().into());
    let events = events.into_iter().zip(0..).map(|(event, index)| (event.clone(), view(&event, index))).collect();
    Fixture {
        name: format!("{plugin}/{}", folder.file_name().unwrap().to_string_lossy()),
        shown: match event.get("tick") {
            Some(now) => Shown::Tick(Timestamp(now.as_i64().unwrap())),
            None => Shown::Event(Box::new(view(&event, index))),
        },
        state: Arc::new(MonitorState::new(state.iter().map(remembered))),
        settings: serde_json::to_string(&json("settings.json")).unwrap(),
        answers: Arc::new(Canned { events, blobs: blobs.into_iter().map(blob).collect() }),
        expect: json("expect.json"),
    }
}

/// What `expect.json` says of a finding.
fn found(finding: &Finding) -> Json {
    let mut json = json!({ "code": finding.code, "severity": finding.severity });
    if let Some(pointer) = &finding.pointer {
        json["pointer"] = json!(pointer);
    }
    json
}

fn observed(observation: &Observation) -> Json {
    let subject = |subject: &Subject| json!(subject);
    match observation {
        Observation::Alert(alert) => {
            json!({ "code": alert.code, "severity": alert.severity, "subject": subject(&alert.subject) })
        }
        Observation::Retrain(retrain) => json!({ "retrain": subject(&retrain.model) }),
        Observation::Measurement(measurement) => json!({ "measurement": subject(&measurement.subject) }),
    }
}

/// What a plugin says of a fixture, in the form of `expect.json`.
fn said(plugin: &Plugin, fixture: &Fixture) -> Json {
    let answers: Arc<dyn Answers> = Arc::clone(&fixture.answers) as _;
    match (plugin, &fixture.shown) {
        (Plugin::Validator(validator), Shown::Event(event)) => {
            let judged = validator.validate(event, &fixture.settings, answers);
            let verdict = judged.outcome.unwrap_or_else(|fault| panic!("{}: {fault:?}", fixture.name));
            let findings: Vec<Json> = verdict.findings().iter().map(found).collect();
            match findings.is_empty() {
                true => json!({ "verdict": verdict.as_str() }),
                false => json!({ "verdict": verdict.as_str(), "findings": findings }),
            }
        }
        (Plugin::Monitor(monitor), shown) => {
            let told = match shown {
                Shown::Event(event) => monitor.observe(event, &fixture.settings, answers, &fixture.state),
                Shown::Tick(now) => monitor.tick(*now, &fixture.settings, answers, &fixture.state),
            };
            let observations = told.outcome.unwrap_or_else(|fault| panic!("{}: {fault:?}", fixture.name));
            json!({ "observations": observations.iter().map(observed).collect::<Vec<_>>() })
        }
        (Plugin::Validator(_), Shown::Tick(_)) => panic!("{}: time passes for monitors alone", fixture.name),
    }
}

#[test]
fn the_fixtures_hold_on_the_engine() {
    let registry = Registry::new(Limits::default(), None).unwrap();
    for (name, capabilities) in SHIPPED {
        let described = registry.register(&component(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(described.name.as_str(), name);
        let imports: Vec<&str> = described.capabilities.iter().map(|one| one.as_str()).collect();
        assert_eq!(imports, capabilities, "{name} imports what it does not need, or the list here is old");
        let plugin = registry.get(&described.component).unwrap();
        let mut words = std::collections::BTreeSet::new();
        let fixtures = fixtures(name);
        for fixture in &fixtures {
            assert_eq!(plugin.check_settings(&fixture.settings).unwrap(), Vec::<String>::new(), "{}", fixture.name);
            let said = said(&plugin, fixture);
            assert_eq!(said, fixture.expect, "{}", fixture.name);
            words.insert(said.to_string());
        }
        assert!(words.len() > 1, "{name}: its fixtures all say the same");
    }
}

#[test]
fn nonsense_of_settings_is_refused() {
    let registry = Registry::new(Limits::default(), None).unwrap();
    for (name, _) in SHIPPED {
        let described = registry.register(&component(name)).unwrap();
        let plugin = registry.get(&described.component).unwrap();
        assert!(plugin.check_settings("{}").unwrap().is_empty(), "{name} has defaults for everything");
        for settings in ["", "[]", "{\"no_such_setting\":1}"] {
            assert!(!plugin.check_settings(settings).unwrap().is_empty(), "{name} takes {settings:?}");
        }
    }
}

#[test]
fn the_sums_are_those_of_the_components() {
    let sums = fs::read_to_string(plugins().join("dist/SHA256SUMS")).unwrap();
    let mut names = Vec::new();
    for line in sums.lines() {
        let (sum, file) = line.split_once("  ").expect("a sum and a name");
        let name = file.strip_suffix(".wasm").unwrap();
        assert_eq!(hex::encode(Sha256::digest(component(name))), sum, "{name}");
        names.push(name.to_owned());
    }
    let mut shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
    shipped.sort_unstable();
    assert_eq!(names, shipped);
}
