//! The shipped plugins against Evidently and NannyML: from the data of the project by our profiles and the components of
//! `plugins/dist/` come the figures that they give within 0.01, and alerts for the same columns and periods. What they
//! say stands in `tests/vectors/figures.json`, with their versions; `tests/interop/figures.py` asks them anew.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

#[path = "drift_agreement/data.rs"]
mod data;

use data::Table;
use sagwan::{
    codec::event as event_codec,
    event::{ActorId, Digest, Timestamp, body::Severity},
    plugin::{Answers, EventView, Limits, MonitorState, Observation, Place, Plugin, Question, Registry, Unavailable},
    profile::Options,
};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
};

/// How far a figure may be off theirs.
const AGREEMENT: f64 = 0.01;
/// The same for the p-value of Kolmogorov and Smirnov: a thousandth of the statistic, which is what a profile is exact
/// to, is 0.05 of the p-value where there are thousands of rows.
const P_AGREEMENT: f64 = 0.05;

fn vectors() -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/figures.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn component(registry: &Registry, name: &str) -> Plugin {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("plugins/dist/{name}.wasm"));
    let described = registry.register(&fs::read(path).unwrap()).unwrap();
    registry.get(&described.component).unwrap()
}

/// A ledger of profiles.
#[derive(Default)]
struct Profiles {
    events: Vec<(String, EventView)>,
    blobs: BTreeMap<Digest, Arc<[u8]>>,
}

impl Profiles {
    /// Records a profile of a dataset; the event that says so.
    fn record(&mut self, subject: &str, profile: &[u8], more: &Json) -> EventView {
        let digest = Digest(Sha256::digest(profile).into());
        self.blobs.insert(digest, profile.into());
        let mut json = json!({ "kind": "data.profiled", "subject": subject, "env": "prod",
            "time": "2026-06-01T00:00:00Z", "body": { "profile": digest, "rows": 1 } });
        for (name, value) in more.as_object().unwrap() {
            json[name] = value.clone();
        }
        let event = event_codec::from_json_value(&json, Timestamp(0)).unwrap();
        let actor: ActorId = "service:profiler".parse().unwrap();
        let index = self.events.len() as u64;
        let place = Place { actor: &actor, index, position: 0, recorded: Timestamp(i64::try_from(index).unwrap()) };
        let view = EventView::new(&event, &place);
        self.events.push((subject.to_owned(), view.clone()));
        view
    }
}

impl Answers for Profiles {
    fn events_about(&self, question: &Question) -> Result<Vec<EventView>, Unavailable> {
        let about = self.events.iter().rev().filter(|(subject, _)| question.subject.as_str() == subject);
        Ok(about.map(|(_, view)| view.clone()).take(question.limit).collect())
    }

    fn blob(&self, digest: &Digest) -> Result<Option<Arc<[u8]>>, Unavailable> {
        Ok(self.blobs.get(digest).cloned())
    }
}

/// What the monitor `drift` says of one profile against another.
fn drift(plugin: &Plugin, reference: &[u8], current: &[u8], settings: &Json) -> Vec<Observation> {
    let Plugin::Monitor(monitor) = plugin else { panic!("drift is a monitor") };
    let mut ledger = Profiles::default();
    ledger.record("dataset/data@reference", reference, &json!({}));
    let inputs = json!({ "inputs": [{ "subject": "dataset/data@reference" }] });
    let event = ledger.record("dataset/data@current", current, &inputs);
    let told = monitor.observe(&event, &settings.to_string(), Arc::new(ledger), &Arc::default());
    told.outcome.unwrap_or_else(|fault| panic!("{fault:?}"))
}

/// Every figure of the measurements.
fn measured(observations: &[Observation]) -> BTreeMap<String, f64> {
    let mut figures = BTreeMap::new();
    for observation in observations {
        if let Observation::Measurement(measurement) = observation {
            figures.extend(measurement.metrics.iter().map(|(name, value)| (name.clone(), value.0)));
        }
    }
    figures
}

/// The columns that alerts are raised for, of a severity that `wanted` takes.
fn alerted(observations: &[Observation], wanted: impl Fn(Severity) -> bool) -> BTreeSet<String> {
    let column = |observation: &Observation| match observation {
        Observation::Alert(alert) if alert.code.as_str() == "drift.column" && wanted(alert.severity) => alert
            .metrics
            .keys()
            .find_map(|name| name.strip_prefix("psi/")?.strip_suffix("/threshold").map(str::to_owned)),
        _ => None,
    };
    observations.iter().filter_map(column).collect()
}

/// What their figures are held against: the data that they were given, as profiles.
fn profiles(name: &str) -> (Table, Table) {
    match name.split_once(' ') {
        None => (Table::read(name, 0), Table::read(name, 1)),
        Some((name, month)) => (Table::read(name, 0), Table::read(name, 1).month(month)),
    }
}

#[test]
fn the_same_figures_and_alerts_for_the_same_columns() {
    let registry = Registry::new(Limits::default(), None).unwrap();
    let plugin = component(&registry, "drift");
    let vectors = vectors();
    let (mut figures, mut moved_columns, mut borderline) = (0, 0, 0);
    for theirs in vectors["drift"].as_array().unwrap() {
        let name = theirs["name"].as_str().unwrap();
        let columns = theirs["columns"].as_object().unwrap();
        let only: Vec<&String> = columns.keys().collect();
        let (reference, current) = profiles(name);
        assert_eq!(json!([reference.rows(), current.rows()]), theirs["rows"], "{name}");
        let (before, after) = (reference.profile(&Options::default()), current.profile(&Options::default()));
        // Their default test alone decides: the index is so high that it says nothing.
        let by_test = json!({ "columns": only, "psi_moderate": 1e6, "psi_major": 1e6, "retrain": false });
        let ours = drift(&plugin, &before.bytes, &after.bytes, &by_test);
        let measured = measured(&ours);
        for (column, theirs) in columns {
            for (figure, value) in theirs.as_object().unwrap() {
                let deviation = before.deviation(column);
                let (figure, value) = match (figure.as_str(), value.as_f64()) {
                    // NannyML's is in the column's own unit.
                    ("wasserstein-distance", Some(value)) => ("wasserstein", value / deviation.unwrap()),
                    ("figure", _) | (_, None) => continue,
                    (figure, Some(value)) => (figure, value),
                };
                // What they count as categories may be whole numbers here, of which there is no chi-squared.
                let Some(found) = measured.get(&format!("{figure}/{column}")) else {
                    let numbers = ["chi-squared-p", "l-infinity"].contains(&figure) && deviation.is_some();
                    assert!(numbers, "{name}: no {figure} of {column}");
                    continue;
                };
                let agreement = if figure == "ks-p" { P_AGREEMENT } else { AGREEMENT };
                assert!((found - value).abs() <= agreement, "{name}: {figure} of {column} is {found}, theirs {value}");
                figures += 1;
            }
        }
        let moved = |column: &&String| columns[*column]["moved"] == true;
        let expected: BTreeSet<String> = columns.keys().filter(moved).cloned().collect();
        assert_eq!(alerted(&ours, |_| true), expected, "{name}: the columns that have moved");
        moved_columns += expected.len();
        let is_dataset = |one: &Observation| matches!(one, Observation::Alert(a) if a.code.as_str() == "drift.dataset");
        assert_eq!(ours.iter().any(is_dataset), theirs["moved-share"].as_f64().unwrap() >= 0.5, "{name}: the dataset");
        // By the index, as by default.
        let ours = drift(&plugin, &before.bytes, &after.bytes, &json!({ "columns": only, "retrain": false }));
        let index = |column: &str| columns[column]["psi"].as_f64().unwrap();
        let found = alerted(&ours, |severity| severity >= Severity::Moderate);
        for column in columns.keys() {
            // A thousandth from the threshold, either is right: a profile is exact to no more.
            let close = (index(column) - 0.1).abs() <= 0.001;
            borderline += usize::from(close);
            let agree = found.contains(column) == (index(column) >= 0.1);
            assert!(close || agree, "{name}: by the index {} of {column}", index(column));
        }
    }
    assert!(borderline <= 1, "{borderline} figures are too near to the threshold to tell");
    assert!(
        figures > 600 && moved_columns > 100,
        "{figures} figures, {moved_columns} columns that moved were compared"
    );
}

#[test]
fn the_same_figures_and_alerts_for_the_same_months() {
    let registry = Registry::new(Limits::default(), None).unwrap();
    let Plugin::Monitor(monitor) = component(&registry, "performance") else { panic!("performance is a monitor") };
    let vectors = vectors();
    let tables = [Table::read("california", 0), Table::read("california", 1)];
    let named = |name: &str| Some(name.to_owned());
    let options = Options {
        target: named("clf_target"),
        prediction: named("y_pred"),
        score: named("y_pred_proba"),
        ..Options::default()
    };
    let settings = json!({ "reference_chunks": 8, "retrain": false }).to_string();
    let mut ledger = Profiles::default();
    let mut state = MonitorState::default();
    let mut alerts = 0;
    for theirs in vectors["performance"].as_array().unwrap() {
        let month = theirs["month"].as_str().unwrap();
        let table = &tables[usize::from(theirs["period"] == "analysis")];
        let profile = table.month(month).profile(&options);
        let inputs = json!({ "inputs": [{ "subject": "model/housing@1" }] });
        let event = ledger.record(&format!("dataset/housing@{month}"), &profile.bytes, &inputs);
        let answers = Profiles { events: Vec::new(), blobs: ledger.blobs.clone() };
        let told = monitor.observe(&event, &settings, Arc::new(answers), &Arc::new(state.clone()));
        state.apply(told.changes);
        let observations = told.outcome.unwrap();
        let measured = measured(&observations);
        let off = |observation: &Observation| match observation {
            Observation::Alert(alert) => alert.metrics.keys().find(|name| !name.ends_with("/threshold")).cloned(),
            _ => None,
        };
        let off: BTreeSet<String> = observations.iter().filter_map(off).collect();
        for (figure, theirs) in theirs["figures"].as_object().unwrap() {
            let Some(value) = theirs["value"].as_f64() else { continue };
            let found = measured.get(figure).unwrap_or_else(|| panic!("{month}: no {figure}"));
            assert!((found - value).abs() <= AGREEMENT, "{month}: {figure} is {found}, theirs {value}");
            assert_eq!(off.contains(figure), theirs["alert"] == true, "{month}: an alert for {figure}");
            alerts += usize::from(off.contains(figure));
        }
    }
    assert!(alerts >= 5, "only {alerts} alerts were compared");
}
