//! data-quality: holds a dataset against bounds and against its reference, before its profile or registration is recorded.

mod checks;

use checks::Checks;
use sagwan_common::{
    Value,
    profile::{Column, Number, Profile},
};
use sagwan_guest::{
    Description, Event, Finding, Host, Ledger, Settings, Severity, Verdict, body, check, describe, finding,
    newest_profile, profile_of, reference,
};

const SCHEMA: &str = include_str!("../settings.schema.json");
/// The defaults of the schema alone: it is long, and settings are read at every call.
const DEFAULTS: &str = include_str!("../settings.defaults.json");

/// Judges an event.
#[must_use]
pub fn judge(event: &Event, settings: &str, host: &dyn Host) -> Verdict {
    let settings = Settings::read(DEFAULTS, settings);
    let against = reference(event, &settings);
    let (findings, evidence) = match event.kind.as_str() {
        "data.profiled" => {
            let Some(current) = profile_of(event, host) else {
                let message = "the profile is not in the ledger's blobs, or is no sagwan.profile/1: store it first, as `sagwan profile --record` does";
                return Verdict::Reject(vec![finding(
                    "no-profile",
                    Severity::Major,
                    message.into(),
                    Some("/body/profile".into()),
                )]);
            };
            let before = against.as_deref().and_then(|subject| newest_profile(subject, host));
            let mut evidence = vec![current.digest];
            evidence.extend(before.as_ref().map(|before| before.digest.clone()));
            let mut findings = unknown(against.as_deref(), before.is_some(), "data.profiled");
            let (current, reference) = (&current.profile, before.as_ref().map(|before| &before.profile));
            findings.extend(Checks { settings: &settings, current, reference, findings: Vec::new() }.run());
            (findings, evidence)
        }
        "dataset.registered" => {
            let Some(current) = registered(&body(event)) else { return Verdict::Abstain };
            let newest = |subject: &str| {
                let events = host.newest(subject, &["dataset.registered"], 16);
                events.iter().filter(|event| event.subject == subject).find_map(|event| registered(&body(event)))
            };
            let before = against.as_deref().and_then(newest);
            let mut findings = unknown(against.as_deref(), before.is_some(), "dataset.registered with a schema");
            let reference = before.as_ref();
            findings.extend(Checks { settings: &settings, current: &current, reference, findings: Vec::new() }.run());
            (findings, Vec::new())
        }
        _ => return Verdict::Abstain,
    };
    verdict(findings, &evidence, severity(settings.text("reject_from")))
}

fn severity(word: Option<&str>) -> Severity {
    match word {
        Some("minor") => Severity::Minor,
        Some("moderate") => Severity::Moderate,
        Some("critical") => Severity::Critical,
        _ => Severity::Major,
    }
}

/// A reference that was named and is not there.
fn unknown(against: Option<&str>, there: bool, kind: &str) -> Vec<Finding> {
    let Some(subject) = against.filter(|_| !there) else { return Vec::new() };
    let message = format!("the reference {subject} has no {kind} before this event: nothing was compared");
    vec![finding("no-reference", Severity::Moderate, message, None)]
}

fn verdict(mut findings: Vec<Finding>, evidence: &[String], from: Severity) -> Verdict {
    for finding in &mut findings {
        finding.evidence = evidence.to_vec();
    }
    if findings.iter().any(|finding| finding.severity as u8 >= from as u8) {
        Verdict::Reject(findings)
    } else {
        Verdict::Accept(findings)
    }
}

/// What a registration says of its columns, as a profile without distributions; `None` where it says nothing.
fn registered(body: &Value<'_>) -> Option<Profile> {
    let statistics = body.get("statistics");
    let counted = statistics.and_then(|statistics| statistics.get("columns")).map(Value::items).unwrap_or_default();
    let schema = body.get("schema").map(Value::items).unwrap_or_default();
    let name = |column: &Value<'_>| column.get("name").and_then(Value::text).map(ToOwned::to_owned);
    let mut columns: Vec<Column> = schema
        .iter()
        .filter_map(|column| {
            let kind = column.get("type").and_then(Value::text)?.to_owned();
            Some(Column { name: name(column)?, kind, ..Column::default() })
        })
        .collect();
    for column in counted {
        let Some(name) = name(column) else { continue };
        let count = |field: &str| column.get(field).and_then(Value::count).unwrap_or_default();
        let number = |field: &str| column.get(field).and_then(Value::number);
        let (missing, distinct) = (count("missing"), count("distinct"));
        let range = number("min").zip(number("max"));
        let numbers = range.map(|(min, max)| Number { min, max, deviation: number("deviation"), ..Number::default() });
        match columns.iter_mut().find(|known| known.name == name) {
            Some(known) => (known.missing, known.distinct, known.number) = (missing, distinct, numbers),
            // Its type was not said; what differs in nothing is not compared.
            None => columns.push(Column { name, missing, distinct, number: numbers, ..Column::default() }),
        }
    }
    let rows = statistics.and_then(|statistics| statistics.get("rows")).and_then(Value::count);
    // A schema alone has no rows to count.
    (!columns.is_empty()).then(|| Profile { rows: rows.unwrap_or(1), columns, ..Profile::default() })
}

/// What this plugin is.
#[must_use]
pub fn description() -> Description {
    let summary = "Holds a dataset's schema, missing values, ranges, categories, duplicates and outliers against bounds and a reference version.";
    describe("data-quality", summary, SCHEMA, &["data.profiled", "dataset.registered"])
}

/// The plugin, as the host sees it.
pub struct Plugin;

impl sagwan_validator::Guest for Plugin {
    fn describe() -> Description {
        description()
    }

    fn check_settings(settings: String) -> Result<(), Vec<String>> {
        check(SCHEMA, &settings)
    }

    fn validate(event: Event, settings: String) -> Verdict {
        judge(&event, &settings, &Ledger)
    }
}

#[cfg(target_arch = "wasm32")]
sagwan_validator::export!(Plugin with_types_in sagwan_validator::world);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn the_fixtures_hold() {
        for fixture in sagwan_guest::fixture::all(env!("CARGO_MANIFEST_DIR")) {
            check(SCHEMA, &fixture.settings).unwrap();
            let verdict = judge(&fixture.event, &fixture.settings, &fixture.host);
            sagwan_guest::fixture::expect(&fixture, &verdict);
        }
    }
}
