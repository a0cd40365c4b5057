//! `my-rule`: the contract's side. The rule itself is in `rule.rs`.

mod rule;

wit_bindgen::generate!({ path: "wit", world: "monitor" });

use exports::sagwan::plugin::monitoring::Guest;
use rule::Found;
use sagwan::plugin::{
    json, state,
    types::{Alert, Description, Event, Measurement, Metric, Observation, Severity},
};

struct MyRule;

/// The kinds that the rule speaks of.
const KINDS: [&str; 1] = ["model.evaluated"];

impl Guest for MyRule {
    fn describe() -> Description {
        Description {
            name: "my-rule".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Raises an alert when a model's metric falls below a minimum".into(),
            settings_schema: include_str!("../settings.schema.json").into(),
            kinds: KINDS.map(Into::into).to_vec(),
            attributes: Vec::new(),
        }
    }

    fn check_settings(settings: String) -> Result<(), Vec<String>> {
        rule::settings(&settings).map(|_| ())
    }

    fn observe(event: Event, settings: String) -> Vec<Observation> {
        if !KINDS.contains(&event.kind.as_str()) {
            return Vec::new();
        }
        // The ledger calls only with settings that `check_settings` passed, and bodies that it has read itself.
        let (Ok(settings), Ok(body)) = (rule::settings(&settings), json::from_body(&event.kind, &event.body)) else {
            return Vec::new();
        };
        let (value, too_low) = match rule::judge(&body, &settings) {
            Found::Missing => return Vec::new(),
            Found::Enough(value) => (value, false),
            Found::TooLow(value) => (value, true),
        };
        // What is remembered is kept by model, whatever its version.
        let model = event.subject.rsplit_once('@').map_or(event.subject.as_str(), |(name, _)| name);
        let before = state::get(model).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        state::set(model, value.to_string().as_bytes());
        let metric = Metric { name: settings.metric.clone(), value, threshold: Some(settings.minimum) };
        let mut said = vec![Observation::Measurement(Measurement {
            subject: event.subject.clone(),
            metrics: vec![metric.clone()],
            begin: None,
            end: None,
            attributes: Vec::new(),
        })];
        if too_low {
            let before = before.map_or_else(String::new, |before| format!(" (it was {before})"));
            said.push(Observation::Alert(Alert {
                subject: event.subject,
                code: "metric-too-low".into(),
                severity: Severity::Major,
                message: format!("{} is {value}, below {}{before}", settings.metric, settings.minimum),
                metrics: vec![metric],
                evidence: Vec::new(),
                attributes: Vec::new(),
            }));
        }
        said
    }

    fn tick(_now: i64, _settings: String) -> Vec<Observation> {
        Vec::new()
    }
}

export!(MyRule);
