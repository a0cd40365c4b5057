//! Whether a grave alert is open.

use crate::{Case, provenance::Origin};
use sagwan_common::Value;
use sagwan_guest::{body, every};

/// Alerts of one subject that are looked at, the newest first. More are a finding: one of them may be open.
const ALERTS_MAX: usize = 512;
/// Open alerts that are named.
const NAMED_MAX: usize = 8;
/// Alerts of which it is asked whether they are open; a call may ask a thousand questions.
const ASKED_MAX: usize = 400;

fn grade(severity: &str) -> u8 {
    match severity {
        "minor" => 1,
        "moderate" => 2,
        "major" => 3,
        "critical" => 4,
        // `never`
        _ => u8::MAX,
    }
}

/// Finds the open alerts about the model and what belongs to it.
pub fn look(case: &mut Case<'_>, origin: &Origin) {
    let from = grade(case.settings.text("open_alerts").unwrap_or("major"));
    if from == u8::MAX {
        return;
    }
    let mut alerts: Vec<String> = Vec::new();
    let mut more = false;
    for subject in subjects(case, origin) {
        let past = every(case.host, &subject, &["alert.raised"], ALERTS_MAX);
        more |= past.more;
        for event in &past.events {
            let about = event.inputs.iter().any(|input| input.subject == subject);
            let severity = body(event).get("severity").and_then(Value::text).map_or(u8::MAX, grade);
            if about && severity >= from && !alerts.contains(&event.subject) {
                alerts.push(event.subject.clone());
            }
        }
    }
    more |= alerts.len() > ASKED_MAX;
    let mut named = 0;
    for alert in alerts.iter().take(ASKED_MAX) {
        if named < NAMED_MAX && is_open(case, alert) {
            named += 1;
            let message = format!("{alert} is open: deal with it and record alert.resolved");
            case.lacks("alert.open", message);
        }
    }
    if more && named == 0 {
        let message = format!("there are more alerts about {} than are looked at", case.event.subject);
        case.lacks("alert.too-many", message);
    }
}

/// An alert is open until it is resolved, and again when it is raised again.
fn is_open(case: &Case<'_>, alert: &str) -> bool {
    let events = case.host.newest(alert, &["alert.raised", "alert.resolved"], 16);
    events.iter().find(|event| event.subject == alert).is_none_or(|event| event.kind == "alert.raised")
}

/// What alerts about which count.
fn subjects(case: &Case<'_>, origin: &Origin) -> Vec<String> {
    let wanted: Vec<&str> = case.settings.list("alerts_about").collect();
    let model = &case.event.subject;
    let mut subjects = Vec::new();
    if wanted.contains(&"model") {
        subjects.push(model.clone());
    }
    if wanted.contains(&"deployments") {
        for event in case.host.newest(model, &["model.deployed"], 64) {
            let served = event.outputs.into_iter().filter(|_| event.subject == *model).map(|output| output.subject);
            subjects.extend(served.filter(|subject| subject.starts_with("deployment/")));
        }
    }
    if wanted.contains(&"data") {
        subjects.extend(origin.datasets.iter().map(|dataset| dataset.subject.clone()));
    }
    let mut seen = Vec::new();
    subjects.retain(|subject| {
        let new = !seen.contains(subject);
        seen.push(subject.clone());
        new
    });
    subjects
}
