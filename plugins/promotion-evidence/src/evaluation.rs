//! Whether the model was measured, on what, and how well.

use crate::{Case, provenance::Origin};
use sagwan_common::Value;
use sagwan_guest::{Event, Severity, artifact, body, every, short, unversioned};
use std::collections::BTreeSet;

/// Evaluations that are looked at, the newest first.
const EVALUATIONS_MAX: usize = 512;
const DAY: f64 = 86_400_000.0;

/// Looks at the newest evaluation on each data, for each must be good.
pub fn look(case: &mut Case<'_>, origin: &Origin) {
    let model = case.event.subject.clone();
    let past = every(case.host, &model, &["model.evaluated"], EVALUATIONS_MAX).events;
    let ours: Vec<Event> = past
        .into_iter()
        .filter(|event| event.subject == model && artifact(event).as_deref() == Some(&case.artifact))
        .collect();
    if ours.is_empty() {
        let message = format!("{model} was never evaluated: record model.evaluated of this very artefact first");
        return case.lacks("evaluation", message);
    }
    let counted = counted(case, origin, ours);
    if counted.is_empty() {
        return;
    }
    for event in &counted {
        let outcome = body(event).get("outcome").and_then(Value::text).map(ToOwned::to_owned);
        let on = datasets(event).into_iter().collect::<Vec<_>>().join(", ");
        match outcome.as_deref() {
            Some("pass") => {}
            Some("warn") => {
                case.note("evaluation.warned", Severity::Minor, format!("the evaluation on {on} ended with a warning"));
            }
            _ => case.lacks("evaluation.failed", format!("the newest evaluation on {on} failed")),
        }
    }
    metrics(case, &counted);
    fairness(case, &counted);
}

fn datasets(event: &Event) -> BTreeSet<&str> {
    event.inputs.iter().map(|input| input.subject.as_str()).filter(|subject| subject.starts_with("dataset/")).collect()
}

/// The newest evaluation on each data that counts. Where there is none, the reason is found.
fn counted(case: &mut Case<'_>, origin: &Origin, ours: Vec<Event>) -> Vec<Event> {
    let settings = case.settings;
    let named: Vec<&str> = settings.list("evaluation_data").collect();
    let oldest = settings.number("evaluation_days").filter(|days| *days > 0.0).map(|days| days * DAY);
    let mut kept: Vec<Event> = Vec::new();
    let mut reasons: Vec<(&str, &str)> = Vec::new();
    for event in ours {
        let on = datasets(&event);
        let trained_on = on.iter().all(|subject| origin.datasets.iter().any(|known| known.subject == **subject));
        let age = case.event.recorded.saturating_sub(event.recorded) as f64;
        let reason = if on.is_empty() {
            Some(("evaluation.no-data", "names the data that it was on: put the dataset among its inputs"))
        } else if !named.is_empty() && !on.iter().any(|subject| named.iter().any(|name| is(subject, name))) {
            Some(("evaluation.other-data", "was on the data that the settings ask for"))
        } else if oldest.is_some_and(|oldest| age > oldest) {
            Some(("evaluation.old", "is young enough"))
        } else if settings.truth("independent_evaluation") && origin.makers.contains(&event.actor) {
            Some(("evaluation.not-independent", "was signed by somebody other than who registered the model"))
        } else if trained_on && !settings.truth("allow_training_data") {
            Some(("evaluation.training-data", "was on data that the model was not trained on"))
        } else {
            None
        };
        match reason {
            Some(reason) => reasons.push(reason),
            None if kept.iter().any(|newer| datasets(newer) == on) => {}
            None => kept.push(event),
        }
    }
    if let Some((code, what)) = reasons.first().filter(|_| kept.is_empty()) {
        let message = format!("no evaluation of {} {what}", case.event.subject);
        case.lacks(code, message);
    }
    kept
}

/// Whether a subject has a name, of that version where it has one.
fn is(subject: &str, name: &str) -> bool {
    subject == name || (!name.contains('@') && unversioned(subject) == name)
}

/// The values of a metric, of the evaluations that measured it.
fn values(counted: &[Event], wanted: impl Fn(&str) -> bool) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    for event in counted {
        let body = body(event);
        for (name, value) in body.get("metrics").map(Value::members).unwrap_or_default() {
            if let Some(value) = value.number().filter(|_| wanted(name)) {
                found.push((name.clone().into_owned(), value));
            }
        }
    }
    found
}

fn metrics(case: &mut Case<'_>, counted: &[Event]) {
    for (name, bounds) in case.settings.map("metrics") {
        let bound = |which: &str| bounds.get(which).and_then(Value::number);
        let measured = values(counted, |one| one == name);
        if measured.is_empty() {
            let message = format!("no evaluation that counts says {name:?}: measure it, and record it in the open");
            case.lacks("metric.missing", message);
        }
        // The worst of them counts.
        let least = measured.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        let greatest = measured.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
        if let Some(bound) = bound("least").filter(|bound| least < *bound) {
            case.lacks("metric.low", format!("{name:?} is {}, below {}", short(least), short(bound)));
        }
        if let Some(bound) = bound("greatest").filter(|bound| greatest > *bound) {
            case.lacks("metric.high", format!("{name:?} is {}, above {}", short(greatest), short(bound)));
        }
    }
}

fn fairness(case: &mut Case<'_>, counted: &[Event]) {
    let gaps: Vec<&str> = case.settings.list("fairness_metrics").collect();
    if gaps.is_empty() {
        return;
    }
    let is_gap = |name: &str| {
        gaps.iter().any(|gap| gap.strip_suffix('*').map_or(name == *gap, |beginning| name.starts_with(beginning)))
    };
    let measured = values(counted, is_gap);
    if measured.is_empty() {
        let message = format!("no evaluation that counts measured a fairness gap: record one of {}", gaps.join(", "));
        return case.lacks("fairness.missing", message);
    }
    let limit = case.settings.number("fairness_gap").unwrap_or_default();
    let mut said: Vec<&str> = Vec::new();
    for (name, value) in &measured {
        if value.abs() > limit && !said.contains(&name.as_str()) {
            said.push(name);
            case.lacks("fairness.gap", format!("{name:?} is {}, more than {} from 0", short(*value), short(limit)));
        }
    }
}
