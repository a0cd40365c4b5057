//! personal-data: refuses what names a person where it stands in the open. It says where, and never what.

pub mod detect;

use detect::Found;
use sagwan_common::{Value, cbor};
use sagwan_guest::{Attribute, Description, Event, Finding, Settings, Severity, Verdict, check, describe, finding};

const SCHEMA: &str = include_str!("../settings.schema.json");
/// The defaults of the schema alone: it is long, and settings are read at every call.
const DEFAULTS: &str = include_str!("../settings.defaults.json");
/// Findings of one event: enough to see what is wrong with it.
const FINDINGS_MAX: usize = 64;
/// Fields of bodies that are times: their milliseconds are no resident numbers.
const TIMES: [&str; 8] = ["until", "signed_at", "t", "from", "to", "known_at", "due", "retain_until"];
/// Fields that count or measure something, and ends of such names.
const COUNTS: [&str; 9] =
    ["bytes", "rows", "records", "size", "count", "tokens", "responses", "claims", "data_subjects"];
const COUNT_ENDS: [&str; 8] = ["_bytes", "_rows", "_records", "_size", "_count", "_tokens", "_ms", "_ns"];
/// Kinds of subject: what begins like one is a subject, whose `@` stands before its version.
const SUBJECTS: [&str; 17] = [
    "system/",
    "dataset/",
    "job/",
    "run/",
    "experiment/",
    "code/",
    "model/",
    "prompt/",
    "deployment/",
    "runtime/",
    "document/",
    "requirement/",
    "policy/",
    "plugin/",
    "grant/",
    "alert/",
    "incident/",
];

/// What is looked for, and what was found.
struct Search<'s> {
    wanted: Vec<Found>,
    allowed: Vec<&'s str>,
    findings: Vec<Finding>,
}

/// Judges an event.
#[must_use]
pub fn judge(event: &Event, settings: &str) -> Verdict {
    let settings = Settings::read(DEFAULTS, settings);
    let wanted: Vec<&str> = settings.list("look_for").collect();
    let mut search = Search {
        wanted: Found::ALL.into_iter().filter(|found| wanted.contains(&found.word())).collect(),
        allowed: settings.list("allow_domains").collect(),
        findings: Vec::new(),
    };
    search.text(&event.subject, "/subject");
    for (list, name) in [(&event.inputs, "inputs"), (&event.outputs, "outputs")] {
        for (at, reference) in list.iter().enumerate() {
            search.text(&reference.subject, &format!("/{name}/{at}/subject"));
        }
    }
    for (bytes, pointer) in [(&event.body, "/body"), (&event.facets, "/facets")] {
        if let Some(value) = cbor::read(bytes) {
            search.value(&value, &mut pointer.to_owned(), "");
        }
    }
    for attribute in &event.attributes {
        search.text(&attribute.value, "/claimed_by");
    }
    if search.findings.is_empty() { Verdict::Accept(Vec::new()) } else { Verdict::Reject(search.findings) }
}

/// Whether a field holds a time or a count, which may look like anything.
fn is_measure(name: &str) -> bool {
    TIMES.contains(&name) || COUNTS.contains(&name) || COUNT_ENDS.iter().any(|end| name.ends_with(end))
}

impl Search<'_> {
    fn value(&mut self, value: &Value<'_>, pointer: &mut String, name: &str) {
        let length = pointer.len();
        match value {
            Value::Text(text) => self.text(text, pointer),
            Value::Int(number) if *number > 0 && !is_measure(name) => {
                // A number loses the zero that it began with, as that of somebody born from 2000 to 2009 does. Shorter
                // ones are ordinary numbers: counts, sizes, seconds.
                let digits = format!("{number:013}");
                if digits.len() <= 19 && *number >= 100_000_000_000 {
                    let numbers = [Found::ResidentNumber, Found::Card].into_iter();
                    let wanted: Vec<Found> = numbers.filter(|found| self.wanted.contains(found)).collect();
                    self.note(detect::find(&digits, &wanted, &[]), pointer);
                }
            }
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&at.to_string());
                    self.value(item, pointer, "");
                    pointer.truncate(length);
                }
            }
            Value::Map(members) => {
                for (key, member) in members {
                    // A name that names somebody is not repeated: its map is pointed at.
                    let named = detect::find(key, &self.wanted, &self.allowed);
                    self.note(named, pointer);
                    pointer.push('/');
                    pointer.push_str(&if named.is_some() {
                        "*".into()
                    } else {
                        key.replace('~', "~0").replace('/', "~1")
                    });
                    self.value(member, pointer, key);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, pointer: &str) {
        let subject = SUBJECTS.iter().any(|kind| text.starts_with(kind));
        let found = if subject {
            let wanted: Vec<Found> = self.wanted.iter().copied().filter(|found| *found != Found::Email).collect();
            detect::find(text, &wanted, &[])
        } else {
            detect::find(text, &self.wanted, &self.allowed)
        };
        self.note(found, pointer);
    }

    fn note(&mut self, found: Option<Found>, pointer: &str) {
        let Some(found) = found.filter(|_| self.findings.len() < FINDINGS_MAX) else { return };
        let mut message = found.name().to_owned();
        message.push_str(" stands in the open: leave it out, or commit to the field, so that its value is kept in the vault and can be erased");
        // By this the ledger keeps the refused bytes nowhere.
        let personal = Attribute { name: "personal".into(), value: "true".into() };
        let found = finding(found.word(), Severity::Critical, message, Some(pointer.to_owned()));
        self.findings.push(Finding { attributes: vec![personal], ..found });
    }
}

/// What this plugin is.
#[must_use]
pub fn description() -> Description {
    let summary = "Refuses resident registration numbers, telephone and card numbers, e-mail addresses and passport numbers that stand in the open.";
    describe("personal-data", summary, SCHEMA, &[])
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
        judge(&event, &settings)
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
            sagwan_guest::fixture::expect(&fixture, &judge(&fixture.event, &fixture.settings));
        }
    }

    #[test]
    fn no_finding_repeats_the_value() {
        for fixture in sagwan_guest::fixture::all(env!("CARGO_MANIFEST_DIR")) {
            if let Verdict::Reject(findings) = judge(&fixture.event, &fixture.settings) {
                for found in findings {
                    let said = format!("{} {}", found.message, found.pointer.unwrap());
                    assert!(said.bytes().filter(u8::is_ascii_digit).count() < 4 && !said.contains('@'), "{said}");
                }
            }
        }
    }

    #[test]
    fn settings_are_checked() {
        assert!(check(SCHEMA, "{}").is_ok());
        let wrong = check(SCHEMA, r#"{"look_for": ["phones"], "x": 1}"#).unwrap_err();
        assert_eq!(wrong.len(), 2);
        assert!(wrong[0].contains("look_for[0]") && wrong[1].contains("there is no such setting"), "{wrong:?}");
    }
}
