//! Where the model came from: its registration, the runs that made it, the data that they read.

use crate::Case;
use sagwan_common::Value;
use sagwan_guest::{Event, Reference, Severity, artifact, body, every, says};

/// Runs, and datasets, that are followed.
const RUNS_MAX: usize = 32;
const DATASETS_MAX: usize = 128;
/// Events of one subject that are looked at, the newest first.
const EVENTS_MAX: usize = 256;

/// What is known of where a model came from.
#[derive(Default)]
pub struct Origin {
    /// Who registered it.
    pub makers: Vec<String>,
    /// The data that it was trained on.
    pub datasets: Vec<Reference>,
}

/// Finds where the model came from, and what is missing in it.
pub fn look(case: &mut Case<'_>) -> Origin {
    let model = case.event.subject.clone();
    let past = every(case.host, &model, &["model.registered", "run.completed"], EVENTS_MAX).events;
    let ours = |event: &&Event| event.subject == model && artifact(event).as_deref() == Some(&case.artifact);
    let registered = past.iter().filter(|event| event.kind == "model.registered").find(ours);
    let mut origin =
        Origin { makers: registered.iter().map(|event| event.actor.clone()).collect(), ..Origin::default() };
    let mut runs: Vec<String> = Vec::new();
    let inputs = |event: &Event, origin: &mut Origin, runs: &mut Vec<String>| {
        for input in &event.inputs {
            if input.subject.starts_with("dataset/") {
                add(&mut origin.datasets, input);
            } else if input.subject.starts_with("run/") && !runs.contains(&input.subject) {
                runs.push(input.subject.clone());
            }
        }
    };
    if let Some(event) = registered {
        inputs(event, &mut origin, &mut runs);
    }
    for run in past.iter().filter(|event| event.kind == "run.completed") {
        let made = |output: &Reference| {
            output.subject == model && output.digest.as_ref().is_none_or(|digest| *digest == case.artifact)
        };
        if run.outputs.iter().any(made) && !runs.contains(&run.subject) {
            runs.push(run.subject.clone());
        }
    }
    let many = runs.len() > RUNS_MAX;
    for run in runs.iter().take(RUNS_MAX) {
        for event in case.host.newest(run, &["run.started", "run.completed"], 16) {
            if event.subject == *run {
                inputs(&event, &mut origin, &mut Vec::new());
            }
        }
    }
    if case.settings.truth("provenance") {
        let imported = registered.is_some_and(|event| event.attributes.iter().any(|one| one.name == "imported"));
        judge(case, &origin, imported, many || origin.datasets.len() > DATASETS_MAX);
    }
    origin
}

/// Adds a dataset, once for each of its digests.
fn add(datasets: &mut Vec<Reference>, input: &Reference) {
    match datasets.iter_mut().find(|known| known.subject == input.subject) {
        Some(known) if known.digest == input.digest || input.digest.is_none() => {}
        Some(known) if known.digest.is_none() => known.digest.clone_from(&input.digest),
        _ => datasets.push(input.clone()),
    }
}

fn judge(case: &mut Case<'_>, origin: &Origin, imported: bool, many: bool) {
    let model = &case.event.subject;
    if many {
        let message =
            format!("{model} has more runs or datasets behind it than are followed ({RUNS_MAX}, {DATASETS_MAX})");
        case.lacks("provenance.too-many", message);
        return;
    }
    if origin.datasets.is_empty() {
        let (severity, why) = match imported {
            // What came before the ledger is not held against it, but it is said.
            true => (Severity::Moderate, "it was imported; record its data where it is known"),
            false => (Severity::Major, "name it among the inputs of the registration or of the run that made it"),
        };
        let message = format!("the data that {model} was trained on is not known: {why}");
        case.note("provenance.data", severity, message);
        return;
    }
    for dataset in &origin.datasets {
        dataset_is_sound(case, dataset);
    }
}

fn dataset_is_sound(case: &mut Case<'_>, dataset: &Reference) {
    let subject = &dataset.subject;
    let past = every(case.host, subject, &["dataset.registered", "dataset.validated"], EVENTS_MAX).events;
    let of_kind = |kind: &str| past.iter().filter(|event| event.subject == *subject).find(|event| event.kind == kind);
    let Some(registered) = of_kind("dataset.registered") else {
        if dataset.external && case.settings.truth("allow_external") {
            return;
        }
        let message =
            format!("{subject}, which the model was trained on, is not registered: record dataset.registered first");
        case.lacks("provenance.unregistered", message);
        return;
    };
    let known = body(registered).get("digest").and_then(Value::digest);
    if let Some((known, read)) = known.zip(dataset.digest.clone()).filter(|(known, read)| known != read) {
        let message = format!("the model was trained on {subject} of {read}, but {known} is registered");
        case.lacks("provenance.digest", message);
    }
    let basis = body(registered).get("legal_basis").and_then(Value::text).map(|text| text.trim().to_lowercase());
    let unfit = |basis: &String| {
        basis.is_empty() || case.settings.list("no_basis").any(|word| word.trim().to_lowercase() == *basis)
    };
    if basis.as_ref().map_or(!says(registered, "legal_basis"), unfit) {
        let message = format!("{subject} is registered without a legal basis of its use");
        case.lacks("provenance.legal-basis", message);
    }
    let failed = |event: &Event| body(event).get("outcome").and_then(Value::text) == Some("fail");
    if of_kind("dataset.validated").is_some_and(failed) {
        let message = format!("{subject}, which the model was trained on, failed its newest validation");
        case.lacks("provenance.validation", message);
    }
}
