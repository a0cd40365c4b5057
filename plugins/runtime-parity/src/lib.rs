//! runtime-parity: what is deployed was evaluated on what it will serve on: the same image, libraries, class of hardware.

mod compare;
mod runtime;

use compare::Difference;
use runtime::Runtime;
use sagwan_common::Value;
use sagwan_guest::{
    Description, Event, Finding, Host, Ledger, Settings, Severity, Verdict, artifact, body, check, describe, every,
    finding,
};

const SCHEMA: &str = include_str!("../settings.schema.json");
/// The defaults of the schema alone: it is long, and settings are read at every call.
const DEFAULTS: &str = include_str!("../settings.defaults.json");
/// Evaluations that are looked at, the newest first.
const EVALUATIONS_MAX: usize = 256;
/// Different runtimes of evaluations that are compared.
const RUNTIMES_MAX: usize = 32;

/// Judges an event.
#[must_use]
pub fn judge(event: &Event, settings: &str, host: &dyn Host) -> Verdict {
    let evaluation = match event.kind.as_str() {
        "model.deployed" => "model.evaluated",
        "prompt.deployed" => "prompt.evaluated",
        _ => return Verdict::Abstain,
    };
    let settings = Settings::read(DEFAULTS, settings);
    let Some(named) = named(event) else {
        let message = "the deployment names no runtime: record runtime.captured, and name it in the body";
        return refuse("runtime.missing", message.into(), Some("/body/runtime"), &[]);
    };
    let Some(deployed) = runtime::newest(&named, None, host) else {
        let message = format!("{named} was never captured: record runtime.captured of what it serves on");
        return refuse("runtime.unknown", message, Some("/body/runtime"), &[]);
    };
    let evaluations = evaluations(event, evaluation, host);
    if evaluations.is_empty() {
        let message =
            format!("{} was never evaluated well: record {evaluation} of these very bytes first", event.subject);
        return refuse("evaluation", message, None, &[]);
    }
    let evaluated = runtimes(&evaluations, host);
    let compared = evaluated.iter().map(|evaluated| (evaluated, compare::differences(&deployed, evaluated, &settings)));
    // The closest decides, the newest of equals.
    let closest = compared.min_by_key(|(_, differences)| differences.iter().filter(|one| one.grave()).count());
    let Some((evaluated, differences)) = closest else {
        let message = format!(
            "no evaluation of {} names a runtime that was captured: name it in the body, or among the inputs, and record runtime.captured",
            event.subject
        );
        return refuse("evaluation.runtime", message, None, &[]);
    };
    verdict(&deployed, evaluated, differences)
}

fn refuse(code: &str, message: String, pointer: Option<&str>, evidence: &[String]) -> Verdict {
    let mut found = finding(code, Severity::Major, message, pointer.map(Into::into));
    found.evidence = evidence.to_vec();
    Verdict::Reject(vec![found])
}

fn verdict(deployed: &Runtime, evaluated: &Runtime, differences: Vec<Difference>) -> Verdict {
    let refused = differences.iter().any(Difference::grave);
    let told = |difference: Difference| -> Finding {
        let message =
            format!("{} against {} of the evaluation: {}", deployed.subject, evaluated.subject, difference.what);
        let mut found = finding(difference.code, difference.severity, message, Some("/body/runtime".into()));
        found.evidence.extend(difference.evidence);
        found
    };
    // 256 findings are taken.
    let findings = differences.into_iter().take(250).map(told).collect();
    if refused { Verdict::Reject(findings) } else { Verdict::Accept(findings) }
}

/// The runtime that an event names: in its body, else among its inputs.
fn named(event: &Event) -> Option<String> {
    let said = body(event).get("runtime").and_then(Value::text).map(ToOwned::to_owned);
    said.or_else(|| {
        event.inputs.iter().map(|input| &input.subject).find(|subject| subject.starts_with("runtime/")).cloned()
    })
}

/// The evaluations of what is deployed that did not fail, the newest first.
fn evaluations(event: &Event, kind: &str, host: &dyn Host) -> Vec<Event> {
    let deployed = artifact(event);
    let mut events = every(host, &event.subject, &[kind], EVALUATIONS_MAX).events;
    events.retain(|past| {
        let failed = body(past).get("outcome").and_then(Value::text) == Some("fail");
        past.subject == event.subject && deployed.is_some() && artifact(past) == deployed && !failed
    });
    events
}

/// What they ran on, as it was captured before each: each capture once.
fn runtimes(evaluations: &[Event], host: &dyn Host) -> Vec<Runtime> {
    let mut runtimes: Vec<Runtime> = Vec::new();
    let mut asked: Vec<(String, u64)> = Vec::new();
    for event in evaluations {
        let Some(named) = named(event) else { continue };
        if asked.len() >= RUNTIMES_MAX || asked.contains(&(named.clone(), event.index)) {
            continue;
        }
        let found = runtime::newest(&named, Some(event.index), host);
        if let Some(runtime) = found.filter(|one| !runtimes.iter().any(|known| known.place == one.place)) {
            runtimes.push(runtime);
        }
        asked.push((named, event.index));
    }
    runtimes
}

/// What is wrong with settings beyond their schema.
///
/// # Errors
/// All that is wrong.
pub fn check_settings(text: &str) -> Result<(), Vec<String>> {
    check(SCHEMA, text)?;
    let settings = Settings::read(DEFAULTS, text);
    let mut errors = Vec::new();
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (class, names) in settings.map("hardware_classes") {
        for name in names.items().iter().filter_map(Value::text) {
            match seen.iter().find(|(known, _)| *known == name) {
                Some((_, other)) => errors.push(format!(
                    "settings.hardware_classes.{class}: {name:?} is of class {other:?} already: name it once"
                )),
                None => seen.push((name, class)),
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// What this plugin is.
#[must_use]
pub fn description() -> Description {
    let summary = "Refuses a deployment into a runtime whose image, libraries or class of hardware are not those that it was evaluated on.";
    describe("runtime-parity", summary, SCHEMA, &["model.deployed", "prompt.deployed"])
}

/// The plugin, as the host sees it.
pub struct Plugin;

impl sagwan_validator::Guest for Plugin {
    fn describe() -> Description {
        description()
    }

    fn check_settings(settings: String) -> Result<(), Vec<String>> {
        check_settings(&settings)
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
            check_settings(&fixture.settings).unwrap();
            let verdict = judge(&fixture.event, &fixture.settings, &fixture.host);
            sagwan_guest::fixture::expect(&fixture, &verdict);
        }
    }

    #[test]
    fn every_code_has_its_fixture() {
        let expected: String =
            sagwan_guest::fixture::all(env!("CARGO_MANIFEST_DIR")).into_iter().map(|fixture| fixture.expect).collect();
        let sources = [include_str!("lib.rs"), include_str!("compare.rs")];
        for code in sagwan_guest::fixture::codes(&sources) {
            assert!(expected.contains(&format!("{code:?}")), "no fixture finds {code:?}");
        }
    }

    #[test]
    fn settings_are_checked() {
        for (settings, word) in [
            (r#"{"image": "any"}"#, "write one of"),
            (r#"{"libraries": "patch"}"#, "write one of"),
            (r#"{"library_rules": {"numpy": "2"}}"#, "write one of"),
            (r#"{"library_rules": ["numpy"]}"#, "type object"),
            (r#"{"memory_share": -1}"#, "below 0"),
            (r#"{"memory_share": 1e9}"#, "above 1000"),
            (r#"{"hardware_classes": {"a": ["NVIDIA L4"], "b": ["NVIDIA L4"]}}"#, "already"),
            (r#"{"hardware_classes": {"a": "NVIDIA L4"}}"#, "type array"),
        ] {
            let errors = check_settings(settings).unwrap_err();
            assert!(errors.len() == 1 && errors[0].contains(word), "{settings}: {errors:?}");
        }
    }
}
