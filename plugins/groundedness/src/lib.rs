//! groundedness: watches how many claims of recorded responses are supported by their sources, over a window of time.

mod lexical;
mod sample;
mod window;

use sagwan_common::Value;
use sagwan_guest::{
    Alert, Attribute, Description, Event, Host, Ledger, Measurement, Memory, Metric, Observation, Settings, Severity,
    body, check, clip, describe, key, short,
};
use window::{Counts, Window};

const SCHEMA: &str = include_str!("../settings.schema.json");
/// The defaults of the schema alone: it is long, and settings are read at every call.
const DEFAULTS: &str = include_str!("../settings.defaults.json");
/// The keys of windows begin with it.
const PREFIX: &str = "window/";
/// Windows that are remembered.
const WINDOWS_MAX: usize = 900;
const HOUR: f64 = 3_600_000.0;

/// What an event says of its responses.
enum Judged {
    /// So many claims, so many of them supported; by a judge, or by their words.
    Counts(Counts, &'static str),
    /// What it says makes no sense, and why.
    Nonsense(String),
    /// Nothing about groundedness.
    Nothing,
}

/// What there is to say of an event.
#[must_use]
pub fn look<L: Host + Memory>(event: &Event, settings: &str, ledger: &L) -> Vec<Observation> {
    if event.kind != "response.evaluated" {
        return Vec::new();
    }
    let settings = Settings::read(DEFAULTS, settings);
    let (counts, judge) = match judged(event, &settings, ledger) {
        Judged::Counts(counts, judge) => (counts, judge),
        Judged::Nonsense(message) => {
            return vec![alert(event, "groundedness.malformed", Severity::Minor, message, Vec::new())];
        }
        Judged::Nothing => return Vec::new(),
    };
    let hours = settings.number("window_hours").unwrap_or(24.0);
    let length = (hours * HOUR) as i64;
    let name = format!("{} {}", event.env.as_deref().unwrap_or_default(), event.subject);
    let key = key(PREFIX, &name);
    let known = ledger.recall(&key).as_deref().and_then(Window::read);
    // What cannot be remembered is judged alone.
    let remember = known.is_some() || ledger.keys(PREFIX).len() < WINDOWS_MAX;
    let mut window = known.unwrap_or_default();
    window.add(event.recorded, length, counts);
    let total = window.total();
    let share = total.supported / total.claims;
    let gate = settings.number("gate").unwrap_or(0.7);
    let mut observations = vec![measured(event, length, &total, gate, judge)];
    let enough = total.claims >= settings.number("claims_least").unwrap_or(1.0);
    if enough && share < gate {
        let repeat = settings.number("repeat_hours").unwrap_or_default() * HOUR;
        if window.told.is_none_or(|told| event.recorded.saturating_sub(told) as f64 >= repeat) {
            window.told = Some(event.recorded);
            observations.push(below(event, &total, (hours, gate), &settings));
        }
    } else if enough {
        window.told = None;
    }
    if remember {
        ledger.remember(&key, window.write().as_bytes());
    }
    observations
}

/// The judge's verdict; where there is none, that of the words of the sample.
fn judged(event: &Event, settings: &Settings<'_>, host: &dyn Host) -> Judged {
    let body = body(event);
    let number = |name: &str| body.get(name).and_then(Value::number);
    let (claims, supported, responses) = (number("claims"), number("supported_claims"), number("responses"));
    let counts =
        |supported: f64, claims: f64| Counts { supported, claims, responses: responses.unwrap_or(1.0), lexical: 0.0 };
    match (claims, supported, number("groundedness")) {
        (Some(claims), Some(supported), _) if supported > claims => {
            Judged::Nonsense(format!("{supported} of {claims} claims are said to be supported: that cannot be"))
        }
        // Responses without a claim say nothing of groundedness.
        (Some(claims), Some(_), _) if claims <= 0.0 => Judged::Nothing,
        (Some(claims), Some(supported), _) => Judged::Counts(counts(supported, claims), "recorded"),
        (_, _, Some(share)) if !(0.0..=1.0).contains(&share) => {
            Judged::Nonsense(format!("a groundedness of {} is recorded: it is a share, from 0 to 1", short(share)))
        }
        // Without claims, each response counts as one.
        (claims, _, Some(share)) => match claims.or(responses).unwrap_or(1.0) {
            weight if weight > 0.0 => Judged::Counts(counts(share * weight, weight), "recorded"),
            _ => Judged::Nothing,
        },
        _ if settings.truth("baseline") => sampled(&body, settings, host),
        _ => Judged::Nothing,
    }
}

fn sampled(body: &Value<'_>, settings: &Settings<'_>, host: &dyn Host) -> Judged {
    let Some(digest) = body.get("sample").and_then(Value::digest) else { return Judged::Nothing };
    let Some(bytes) = host.blob(&digest) else { return Judged::Nothing };
    let overlap = settings.number("overlap").unwrap_or(0.6);
    match sample::judge(&bytes, overlap) {
        Some(counts) if counts.claims > 0.0 => Judged::Counts(counts, "lexical"),
        Some(_) => Judged::Nothing,
        None => Judged::Nonsense(format!("the sample {digest} is no sagwan.responses/1: nothing was judged")),
    }
}

fn measured(event: &Event, length: i64, total: &Counts, gate: f64, judge: &str) -> Observation {
    let metric = |name: &str, value: f64, threshold: Option<f64>| Metric { name: name.into(), value, threshold };
    Observation::Measurement(Measurement {
        subject: event.subject.clone(),
        metrics: vec![
            metric("groundedness", total.supported / total.claims, Some(gate)),
            metric("supported-claims", total.supported, None),
            metric("claims", total.claims, None),
            metric("lexical-claims", total.lexical, None),
            metric("responses", total.responses, None),
        ],
        begin: Some(event.recorded.saturating_sub(length).max(0)),
        end: Some(event.recorded),
        attributes: vec![Attribute { name: "judge".into(), value: judge.into() }],
    })
}

fn below(event: &Event, total: &Counts, (hours, gate): (f64, f64), settings: &Settings<'_>) -> Observation {
    let severity = match settings.text("severity") {
        Some("minor") => Severity::Minor,
        Some("moderate") => Severity::Moderate,
        Some("critical") => Severity::Critical,
        _ => Severity::Major,
    };
    let share = total.supported / total.claims;
    let mut message = format!(
        "{} of {} claims of the last {} hours are supported, a share of {}, below the gate of {}",
        short(total.supported),
        short(total.claims),
        short(hours),
        short(share),
        short(gate)
    );
    if total.lexical > 0.0 {
        message.push_str(&format!("; {} of them were judged by their words", short(total.lexical)));
    }
    let metrics = vec![Metric { name: "groundedness".into(), value: share, threshold: Some(gate) }];
    alert(event, "groundedness.below-gate", severity, message, metrics)
}

fn alert(event: &Event, code: &str, severity: Severity, message: String, metrics: Vec<Metric>) -> Observation {
    Observation::Alert(Alert {
        subject: event.subject.clone(),
        code: code.into(),
        severity,
        message: clip(message),
        metrics,
        evidence: body(event).get("sample").and_then(Value::digest).into_iter().collect(),
        attributes: Vec::new(),
    })
}

/// What this plugin is.
#[must_use]
pub fn description() -> Description {
    let summary = "Watches the share of supported claims of recorded responses over a window, by a judge's verdicts or a lexical baseline, and raises an alert below the gate.";
    describe("groundedness", summary, SCHEMA, &["response.evaluated"])
}

/// The plugin, as the host sees it.
pub struct Plugin;

impl sagwan_monitor::Guest for Plugin {
    fn describe() -> Description {
        description()
    }

    fn check_settings(settings: String) -> Result<(), Vec<String>> {
        check(SCHEMA, &settings)
    }

    fn observe(event: Event, settings: String) -> Vec<Observation> {
        look(&event, &settings, &Ledger)
    }

    fn tick(_: i64, _: String) -> Vec<Observation> {
        Vec::new()
    }
}

#[cfg(target_arch = "wasm32")]
sagwan_monitor::export!(Plugin with_types_in sagwan_monitor::world);

#[cfg(test)]
mod tests;
