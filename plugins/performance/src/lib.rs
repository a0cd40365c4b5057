//! performance: watches how well a model predicts when the truth arrives, and how much it predicts, chunk by chunk.

mod chunk;
mod judge;
mod series;

use chunk::Chunk;
use judge::{Off, Side};
use sagwan_common::Value;
use sagwan_guest::{
    Alert, Description, Event, Host, Ledger, Measurement, Memory, Metric, Observation, Retrain, Settings, Severity,
    check, clip, describe, short,
};
use series::Series;

const SCHEMA: &str = include_str!("../settings.schema.json");
/// The defaults of the schema alone: it is long, and settings are read at every call.
const DEFAULTS: &str = include_str!("../settings.defaults.json");
/// Series that are remembered.
const SERIES_MAX: usize = 900;
const HOUR: f64 = 3_600_000.0;
/// Alerts of one call: 64 observations are taken.
const ALERTS_MAX: usize = 60;

/// What there is to say of an event.
#[must_use]
pub fn look<L: Host + Memory>(event: &Event, settings: &str, ledger: &L) -> Vec<Observation> {
    let settings = Settings::read(DEFAULTS, settings);
    let Some(chunk) = chunk::of(event, &settings, ledger) else { return Vec::new() };
    let key = series::key(event, &chunk);
    let mut series = match ledger.recall(&key).as_deref().and_then(Series::read) {
        Some(series) => series,
        // What cannot be remembered is still held against the fixed bounds.
        None if ledger.keys(series::PREFIX).len() >= SERIES_MAX => Series::default(),
        None => Series { new: true, ..Series::default() },
    };
    let remember = series.new || !series.about.is_empty();
    let off = judge::judge(&chunk, &series, &settings);
    let mut observations = vec![measured(event, &chunk, &off)];
    let worse = off.iter().any(|off| off.side == Side::Worse);
    let first = observations.len();
    observations.extend(off.iter().take(ALERTS_MAX).map(|off| alert(event, &chunk, off, &settings)));
    if worse && !series.worse && settings.truth("retrain") {
        let place = off.iter().position(|off| off.side == Side::Worse).map(|place| place + first);
        observations.extend(retrain(&chunk, place));
    }
    series.worse = worse;
    if remember {
        series.note(event, &chunk, settings.number("reference_chunks").unwrap_or(10.0));
        ledger.remember(&key, series.write().as_bytes());
    }
    observations
}

/// What there is to say when time has passed.
#[must_use]
pub fn pass<L: Memory>(now: i64, settings: &str, ledger: &L) -> Vec<Observation> {
    let settings = Settings::read(DEFAULTS, settings);
    let hours = settings.number("silence_hours").unwrap_or_default();
    let mut observations = Vec::new();
    if hours <= 0.0 {
        return observations;
    }
    for key in ledger.keys(series::PREFIX) {
        let Some(mut series) = ledger.recall(&key).as_deref().and_then(Series::read) else { continue };
        let silent = now.saturating_sub(series.last) as f64 / HOUR;
        if series.silent || silent <= hours || observations.len() >= ALERTS_MAX {
            continue;
        }
        let message = format!("nothing has come of {} for {} hours", series.about, short(silent));
        let metric = Metric { name: "silence-hours".into(), value: silent, threshold: Some(hours) };
        observations.push(Observation::Alert(Alert {
            subject: series.about.clone(),
            code: "prediction.silence".into(),
            severity: Severity::Moderate,
            message,
            metrics: vec![metric],
            evidence: Vec::new(),
            attributes: Vec::new(),
        }));
        series.silent = true;
        ledger.remember(&key, series.write().as_bytes());
    }
    observations
}

fn measured(event: &Event, chunk: &Chunk, off: &[Off]) -> Observation {
    let metrics = chunk.figures.iter().map(|(name, value)| Metric {
        name: name.clone(),
        value: *value,
        threshold: off.iter().find(|off| off.name == *name).map(|off| off.threshold),
    });
    Observation::Measurement(Measurement {
        subject: event.subject.clone(),
        metrics: metrics.collect(),
        begin: chunk.from,
        end: chunk.to,
        attributes: Vec::new(),
    })
}

fn alert(event: &Event, chunk: &Chunk, off: &Off, settings: &Settings<'_>) -> Observation {
    let severity = match (off.side, settings.text("severity")) {
        (Side::Better, _) => Severity::Minor,
        (Side::Unusual, _) | (Side::Worse, Some("moderate")) => Severity::Moderate,
        (Side::Worse, Some("minor")) => Severity::Minor,
        (Side::Worse, Some("critical")) => Severity::Critical,
        (Side::Worse, _) => Severity::Major,
    };
    let relation = if off.value < off.threshold { "below" } else { "above" };
    let message = format!(
        "{:?} of {} is {}, {relation} {} ({})",
        off.name,
        event.subject,
        short(off.value),
        short(off.threshold),
        off.why
    );
    Observation::Alert(Alert {
        subject: chunk.about.clone(),
        code: off.code.into(),
        severity,
        message: clip(message),
        metrics: vec![Metric { name: off.name.clone(), value: off.value, threshold: Some(off.threshold) }],
        evidence: chunk.evidence.clone(),
        attributes: Vec::new(),
    })
}

fn retrain(chunk: &Chunk, alert: Option<usize>) -> Option<Observation> {
    let model = chunk.model.clone()?;
    Some(Observation::Retrain(Retrain {
        reason: clip(format!("{model} predicts worse than it did: see the alert")),
        model,
        alert: alert.filter(|place| *place < ALERTS_MAX).and_then(|place| u32::try_from(place).ok()),
        evidence: chunk.evidence.clone(),
        attributes: Vec::new(),
    }))
}

/// What is wrong with settings beyond their schema.
///
/// # Errors
/// All that is wrong.
pub fn check_settings(text: &str) -> Result<(), Vec<String>> {
    check(SCHEMA, text)?;
    let settings = Settings::read(DEFAULTS, text);
    let mut errors = Vec::new();
    for (name, bounds) in settings.map("bounds") {
        let bound = |which: &str| bounds.get(which).and_then(Value::number);
        match (bound("least"), bound("greatest")) {
            (None, None) => errors.push(format!("settings.bounds.{name}: write least, greatest or both")),
            (Some(least), Some(greatest)) if least > greatest => {
                errors.push(format!("settings.bounds.{name}: no number is at least {least} and at most {greatest}"));
            }
            _ => {}
        }
    }
    let lower: Vec<&str> = settings.list("lower_is_better").collect();
    if let Some(both) = settings.list("higher_is_better").find(|name| lower.contains(name)) {
        errors.push(format!("settings.lower_is_better: {both:?} cannot be better both ways: name it once"));
    }
    for (name, model) in settings.map("models") {
        if !model.text().unwrap_or_default().starts_with("model/") {
            errors.push(format!("settings.models.{name}: write a model, such as model/credit-risk@2"));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// What this plugin is.
#[must_use]
pub fn description() -> Description {
    let summary = "Holds accuracy, precision, recall, AUC, errors, and the volume and rate of predictions against mean ± 3σ of reference chunks or fixed bounds; raises alerts and asks for retraining.";
    describe("performance", summary, SCHEMA, &["data.profiled", "model.evaluated"])
}

/// The plugin, as the host sees it.
pub struct Plugin;

impl sagwan_monitor::Guest for Plugin {
    fn describe() -> Description {
        description()
    }

    fn check_settings(settings: String) -> Result<(), Vec<String>> {
        check_settings(&settings)
    }

    fn observe(event: Event, settings: String) -> Vec<Observation> {
        look(&event, &settings, &Ledger)
    }

    fn tick(now: i64, settings: String) -> Vec<Observation> {
        pass(now, &settings, &Ledger)
    }
}

#[cfg(target_arch = "wasm32")]
sagwan_monitor::export!(Plugin with_types_in sagwan_monitor::world);

#[cfg(test)]
mod tests;
