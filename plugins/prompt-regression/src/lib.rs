//! prompt-regression: a prompt version is promoted only when it does no worse on its tests than the version before it.

mod predecessor;
mod suite;

use predecessor::Predecessor;
use sagwan_common::Value;
use sagwan_guest::{
    Description, Event, Finding, Host, Ledger, Settings, Severity, Verdict, artifact, body, check, describe, every,
    finding,
};

const SCHEMA: &str = include_str!("../settings.schema.json");
/// The defaults of the schema alone: it is long, and settings are read at every call.
const DEFAULTS: &str = include_str!("../settings.defaults.json");
/// Evaluations of a version that are looked at, the newest first.
const EVALUATIONS_MAX: usize = 512;

/// What is judged, and what was found.
pub struct Case<'c> {
    /// The settings.
    pub settings: &'c Settings<'c>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The digests that it was found about.
    pub evidence: Vec<String>,
}

impl Case<'_> {
    /// A finding that refuses.
    pub fn lacks(&mut self, code: &str, message: String) {
        self.note(code, Severity::Major, message);
    }

    /// A finding.
    pub fn note(&mut self, code: &str, severity: Severity, message: String) {
        let mut found = finding(code, severity, message, None);
        found.evidence.clone_from(&self.evidence);
        self.findings.push(found);
    }
}

/// Judges an event.
#[must_use]
pub fn judge(event: &Event, settings: &str, host: &dyn Host) -> Verdict {
    if event.kind != "prompt.promoted" {
        return Verdict::Abstain;
    }
    let Some(template) = artifact(event) else {
        let message = "the promotion names no template: name the digest of what was registered";
        let found = finding("template", Severity::Major, message.into(), Some("/body/template".into()));
        return Verdict::Reject(vec![found]);
    };
    let settings = Settings::read(DEFAULTS, settings);
    let mut case = Case { settings: &settings, findings: Vec::new(), evidence: vec![template.clone()] };
    let before = predecessor::find(event, &settings, host);
    case.evidence.extend(before.as_ref().map(|before| before.template.clone()));
    let ours = evaluations(&event.subject, &template, host);
    let theirs = before.as_ref().map(|before| evaluations(&before.subject, &before.template, host));
    hold(&mut case, event, &ours, before.as_ref().zip(theirs.as_deref()));
    let refused = case.findings.iter().any(|found| found.severity as u8 >= Severity::Major as u8);
    if refused { Verdict::Reject(case.findings) } else { Verdict::Accept(case.findings) }
}

/// The evaluations of a version's template, the newest first.
fn evaluations(subject: &str, template: &str, host: &dyn Host) -> Vec<Event> {
    let mut events = every(host, subject, &["prompt.evaluated"], EVALUATIONS_MAX).events;
    events.retain(|event| event.subject == subject && artifact(event).as_deref() == Some(template));
    events
}

/// The name of an evaluation's suite.
fn suite_of(event: &Event) -> String {
    body(event).get("suite").and_then(Value::text).unwrap_or_default().to_owned()
}

fn hold(case: &mut Case<'_>, event: &Event, ours: &[Event], before: Option<(&Predecessor, &[Event])>) {
    if ours.is_empty() {
        let message =
            format!("{} was never tested: record prompt.evaluated of this very template first", event.subject);
        return case.lacks("evaluation", message);
    }
    if before.is_none() {
        let message = format!(
            "no version before {} is known to have been promoted here: it is held against none; name the one that it replaces among the inputs",
            event.subject
        );
        let required = case.settings.truth("require_predecessor");
        case.note("predecessor.none", if required { Severity::Major } else { Severity::Moderate }, message);
    }
    let (suites, before) = suites(case, ours, before);
    for suite in &suites {
        let named = |event: &&Event| suite_of(event) == *suite;
        let Some(tested) = ours.iter().find(named) else {
            let message = format!("{} was not tested with {suite:?}: {}", event.subject, remedy(before));
            case.lacks("suite.missing", message);
            continue;
        };
        suite::alone(case, suite, tested);
        let Some((before, theirs)) = before else { continue };
        match theirs.iter().find(named) {
            Some(other) => suite::against(case, suite, tested, other),
            None => {
                let message =
                    format!("{}, which is replaced, was not tested with {suite:?}: test it as well", before.subject);
                case.lacks("predecessor.not-tested", message);
            }
        }
    }
}

/// The suites that count, and the predecessor where there is one to hold them against.
fn suites<'b>(
    case: &mut Case<'_>,
    ours: &[Event],
    before: Option<(&'b Predecessor, &'b [Event])>,
) -> (Vec<String>, Option<(&'b Predecessor, &'b [Event])>) {
    let mut suites: Vec<String> = case.settings.list("suites").map(Into::into).collect();
    suites.sort_unstable();
    suites.dedup();
    if !suites.is_empty() {
        return (suites, before);
    }
    if let Some(newest) = before.and_then(|(_, theirs)| theirs.first()) {
        return (vec![suite_of(newest)], before);
    }
    if let Some((before, _)) = before {
        let message = format!("{}, which is replaced, was never tested: test it with the same suite", before.subject);
        case.lacks("predecessor.not-tested", message);
    }
    (ours.first().map(suite_of).into_iter().collect(), None)
}

fn remedy(before: Option<(&Predecessor, &[Event])>) -> String {
    match before {
        Some((before, _)) => format!("run it, or test {} with the newer suite too", before.subject),
        None => "run it".into(),
    }
}

/// What is wrong with settings beyond their schema.
///
/// # Errors
/// All that is wrong.
pub fn check_settings(text: &str) -> Result<(), Vec<String>> {
    check(SCHEMA, text)?;
    let settings = Settings::read(DEFAULTS, text);
    let mut errors = Vec::new();
    for (name, rule) in settings.map("metrics") {
        let bound = |which: &str| rule.get(which).and_then(Value::number);
        if let (Some(least), Some(greatest)) = (bound("least"), bound("greatest"))
            && least > greatest
        {
            errors.push(format!("settings.metrics.{name}: no number is at least {least} and at most {greatest}"));
        }
    }
    for (name, version) in settings.map("predecessors") {
        let version = version.text().unwrap_or_default();
        if name.contains('@') || !version.starts_with("prompt/") || sagwan_guest::unversioned(version) != name {
            errors.push(format!(
                "settings.predecessors.{name}: write a prompt's name without version, and one of its versions"
            ));
        }
    }
    if settings.list("suites").any(str::is_empty) {
        errors.push("settings.suites: an empty name names nothing: take it out".into());
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// What this plugin is.
#[must_use]
pub fn description() -> Description {
    let summary = "Refuses the promotion of a prompt version that does worse on its test suites than the version that it replaces.";
    describe("prompt-regression", summary, SCHEMA, &["prompt.promoted"])
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
        for code in sagwan_guest::fixture::codes(&[include_str!("lib.rs"), include_str!("suite.rs")]) {
            // The ledger refuses a promotion without template before any rule sees it.
            assert!(code == "template" || expected.contains(&format!("{code:?}")), "no fixture finds {code:?}");
        }
    }

    #[test]
    fn settings_are_checked() {
        for (settings, word) in [
            (r#"{"metrics": {"style": {"least": 1, "greatest": 0}}}"#, "at most 0"),
            (r#"{"metrics": {"style": {"better": "more"}}}"#, "write one of"),
            (r#"{"metrics": {"style": {"worse_by": -0.1}}}"#, "below 0"),
            (r#"{"pass_share_drop": 2}"#, "above 1"),
            (r#"{"cases_least": 0}"#, "below 1"),
            (r#"{"cases_least": 1.5}"#, "type integer"),
            (r#"{"suites": [""]}"#, "empty"),
            (r#"{"predecessors": {"prompt/a": "prompt/b@1"}}"#, "one of its versions"),
            (r#"{"predecessors": {"prompt/a@2": "prompt/a@1"}}"#, "without version"),
        ] {
            let errors = check_settings(settings).unwrap_err();
            assert!(errors.len() == 1 && errors[0].contains(word), "{settings}: {errors:?}");
        }
    }
}
