//! promotion-evidence: no model is promoted without what has to be known of it: an evaluation on named data, where its
//! data came from and on what basis, its papers, its fairness; and not while a grave alert is open.

mod alerts;
mod evaluation;
mod provenance;

use sagwan_guest::{
    Description, Event, Finding, Host, Ledger, Settings, Severity, Verdict, artifact, check, describe, every, finding,
};

const SCHEMA: &str = include_str!("../settings.schema.json");
/// The defaults of the schema alone: it is long, and settings are read at every call.
const DEFAULTS: &str = include_str!("../settings.defaults.json");
/// Documents that are looked at, the newest first.
const DOCUMENTS_MAX: usize = 256;

/// What is judged, and what was found.
pub struct Case<'c> {
    /// The promotion.
    pub event: &'c Event,
    /// The digest that is promoted.
    pub artifact: String,
    /// The settings.
    pub settings: &'c Settings<'c>,
    /// The ledger.
    pub host: &'c dyn Host,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Case<'_> {
    /// A finding that refuses.
    pub fn lacks(&mut self, code: &str, message: String) {
        self.note(code, Severity::Major, message);
    }

    /// A finding.
    pub fn note(&mut self, code: &str, severity: Severity, message: String) {
        let mut found = finding(code, severity, message, None);
        found.evidence.push(self.artifact.clone());
        self.findings.push(found);
    }
}

/// Judges an event.
#[must_use]
pub fn judge(event: &Event, settings: &str, host: &dyn Host) -> Verdict {
    if event.kind != "model.promoted" {
        return Verdict::Abstain;
    }
    let Some(artifact) = artifact(event) else {
        let message = "the promotion names no artefact: name the digest of what was registered";
        let found = finding("artifact", Severity::Major, message.into(), Some("/body/artifact".into()));
        return Verdict::Reject(vec![found]);
    };
    let settings = Settings::read(DEFAULTS, settings);
    let mut case = Case { event, artifact, settings: &settings, host, findings: Vec::new() };
    let origin = provenance::look(&mut case);
    evaluation::look(&mut case, &origin);
    documents(&mut case);
    alerts::look(&mut case, &origin);
    let refused = case.findings.iter().any(|found| found.severity as u8 >= Severity::Major as u8);
    if refused { Verdict::Reject(case.findings) } else { Verdict::Accept(case.findings) }
}

/// Whether each paper that is asked for is filed about the model, and not about other bytes of it.
fn documents(case: &mut Case<'_>) {
    let mut wanted: Vec<String> = case.settings.list("documents").map(Into::into).collect();
    if wanted.is_empty() {
        return;
    }
    let filed = every(case.host, &case.event.subject, &["document.filed"], DOCUMENTS_MAX).events;
    for document in &filed {
        let about = |input: &sagwan_guest::Reference| {
            input.subject == case.event.subject && input.digest.as_ref().is_none_or(|digest| *digest == case.artifact)
        };
        if document.inputs.iter().any(about) {
            let body = sagwan_guest::body(document);
            let kind = body.get("document_type").and_then(sagwan_common::Value::text).unwrap_or_default();
            wanted.retain(|one| one != kind);
        }
    }
    let mut done: Vec<String> = Vec::new();
    for kind in wanted {
        if !done.contains(&kind) {
            let message = format!(
                "no {kind:?} is filed about {}: record document.filed with the model among its inputs",
                case.event.subject
            );
            case.lacks("document", message);
            done.push(kind);
        }
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
    for (name, bounds) in settings.map("metrics") {
        let bound = |which: &str| bounds.get(which).and_then(sagwan_common::Value::number);
        match (bound("least"), bound("greatest")) {
            (None, None) => errors.push(format!("settings.metrics.{name}: write least, greatest or both")),
            (Some(least), Some(greatest)) if least > greatest => {
                errors.push(format!("settings.metrics.{name}: no number is at least {least} and at most {greatest}"));
            }
            _ => {}
        }
    }
    for list in ["evaluation_data", "documents", "fairness_metrics"] {
        if settings.list(list).any(str::is_empty) {
            errors.push(format!("settings.{list}: an empty name names nothing: take it out"));
        }
    }
    if let Some(other) = settings.list("evaluation_data").find(|name| !name.starts_with("dataset/")) {
        errors.push(format!(
            "settings.evaluation_data: {other:?} is no dataset: write dataset/NAME or dataset/NAME@VERSION"
        ));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// What this plugin is.
#[must_use]
pub fn description() -> Description {
    let summary = "Refuses a promotion without evaluation on named data, provenance with a legal basis, model card, metrics and fairness within bounds, or while a grave alert is open.";
    describe("promotion-evidence", summary, SCHEMA, &["model.promoted"])
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
        let sources = [
            include_str!("lib.rs"),
            include_str!("alerts.rs"),
            include_str!("evaluation.rs"),
            include_str!("provenance.rs"),
        ];
        for code in sagwan_guest::fixture::codes(&sources) {
            // The ledger refuses a promotion without artefact before any rule sees it; many alerts have a test below.
            let elsewhere = ["artifact", "alert.too-many"].contains(&code.as_str());
            assert!(elsewhere || expected.contains(&format!("{code:?}")), "no fixture finds {code:?}");
        }
    }

    /// A ledger with many alerts about everything, all dealt with, and nothing else.
    struct Alarming<'f>(&'f Event);

    impl Host for Alarming<'_> {
        fn backwards(&self, subject: &str, kinds: &[&str], from: Option<u64>, limit: u32) -> Vec<Event> {
            let alert = |index: u64| Event {
                kind: "alert.raised".into(),
                subject: format!("alert/{index}"),
                index,
                inputs: vec![sagwan_guest::Reference { subject: subject.into(), digest: None, external: false }],
                // {"severity": "critical"}
                body: b"\xa1\x68severity\x68critical".to_vec(),
                ..self.0.clone()
            };
            let resolved = || Event { kind: "alert.resolved".into(), subject: subject.into(), ..self.0.clone() };
            match kinds {
                ["alert.raised"] => (0..=from.unwrap_or(9_999)).rev().take(limit as usize).map(alert).collect(),
                ["alert.raised", "alert.resolved"] => vec![resolved()],
                _ => Vec::new(),
            }
        }

        fn blob(&self, _: &str) -> Option<Vec<u8>> {
            None
        }
    }

    #[test]
    fn alerts_that_are_not_looked_at_may_be_open() {
        let fixtures = sagwan_guest::fixture::all(env!("CARGO_MANIFEST_DIR"));
        let event = &fixtures.iter().find(|fixture| fixture.name == "sound").unwrap().event;
        let Verdict::Reject(findings) = judge(event, "{}", &Alarming(event)) else { unreachable!() };
        assert!(findings.iter().any(|found| found.code == "alert.too-many"), "{findings:?}");
    }

    #[test]
    fn settings_are_checked() {
        for (settings, word) in [
            (r#"{"metrics": {"auc": {}}}"#, "settings.metrics.auc"),
            (r#"{"metrics": {"auc": {"least": 1, "greatest": 0}}}"#, "at most 0"),
            (r#"{"metrics": {"auc": 0.7}}"#, "type object"),
            (r#"{"metrics": {"auc": {"at_least": 0.7}}}"#, "no such setting"),
            (r#"{"fairness_gap": -1}"#, "below 0"),
            (r#"{"fairness_gap": "0.1"}"#, "type number"),
            (r#"{"documents": [""]}"#, "empty"),
            (r#"{"evaluation_data": ["model/a"]}"#, "is no dataset"),
            (r#"{"open_alerts": "info"}"#, "write one of"),
            (r#"{"alerts_about": ["people"]}"#, "write one of"),
        ] {
            let errors = check_settings(settings).unwrap_err();
            assert!(errors.len() == 1 && errors[0].contains(word), "{settings}: {errors:?}");
        }
    }
}
