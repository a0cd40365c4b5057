//! `my-rule`: the contract's side. The rule itself is in `rule.rs`.

mod rule;

wit_bindgen::generate!({ path: "wit", world: "validator" });

use exports::sagwan::plugin::validation::Guest;
use rule::Found;
use sagwan::plugin::{
    json,
    types::{Description, Event, Finding, Severity, Verdict},
};

struct MyRule;

/// The kinds that the rule speaks of.
const KINDS: [&str; 1] = ["model.evaluated"];

impl Guest for MyRule {
    fn describe() -> Description {
        Description {
            name: "my-rule".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Refuses an evaluation whose metric is below a minimum".into(),
            settings_schema: include_str!("../settings.schema.json").into(),
            kinds: KINDS.map(Into::into).to_vec(),
            attributes: Vec::new(),
        }
    }

    fn check_settings(settings: String) -> Result<(), Vec<String>> {
        rule::settings(&settings).map(|_| ())
    }

    fn validate(event: Event, settings: String) -> Verdict {
        if !KINDS.contains(&event.kind.as_str()) {
            return Verdict::Abstain;
        }
        // The ledger calls only with settings that `check_settings` passed, and bodies that it has read itself.
        let (Ok(settings), Ok(body)) = (rule::settings(&settings), json::from_body(&event.kind, &event.body)) else {
            return Verdict::Abstain;
        };
        let metric = &settings.metric;
        match rule::judge(&body, &settings) {
            Found::Enough(_) => Verdict::Accept(Vec::new()),
            Found::TooLow(value) => {
                let message = format!("{metric} is {value}, below {}", settings.minimum);
                // A name in a JSON pointer (RFC 6901).
                let name = metric.replace('~', "~0").replace('/', "~1");
                Verdict::Reject(vec![finding("metric-too-low", message, format!("/body/metrics/{name}"))])
            }
            Found::Missing => {
                let message = format!("the evaluation does not say what {metric} is");
                Verdict::Reject(vec![finding("metric-missing", message, "/body/metrics".into())])
            }
        }
    }
}

fn finding(code: &str, message: String, pointer: String) -> Finding {
    Finding {
        code: code.into(),
        severity: Severity::Major,
        message,
        pointer: Some(pointer),
        evidence: Vec::new(),
        attributes: Vec::new(),
    }
}

export!(MyRule);
