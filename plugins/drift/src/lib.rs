//! drift: measures how far a dataset's profile has moved from its reference, raises alerts, and asks for retraining.

mod judge;

use judge::Moved;
use sagwan_guest::{
    Alert, Description, Event, Host, Ledger, Measurement, Metric, Observation, Retrain, Settings, Severity, check,
    clip, describe, newest_profile, profile_of, reference, short,
};

const SCHEMA: &str = include_str!("../settings.schema.json");
/// The defaults of the schema alone: it is long, and settings are read at every call.
const DEFAULTS: &str = include_str!("../settings.defaults.json");
/// Metrics of one measurement: at most 256, each with its threshold counted.
const METRICS: usize = 240;
/// Measurements of one event, and alerts about columns: 64 observations are taken in all.
const MEASUREMENTS_MAX: usize = 12;
const COLUMN_ALERTS_MAX: usize = 40;
/// Models that are asked to be retrained.
const MODELS_MAX: usize = 8;

/// What there is to say of an event.
#[must_use]
pub fn look(event: &Event, settings: &str, host: &dyn Host) -> Vec<Observation> {
    if event.kind != "data.profiled" {
        return Vec::new();
    }
    let settings = Settings::read(DEFAULTS, settings);
    let Some(against) = reference(event, &settings) else { return Vec::new() };
    let (Some(current), Some(before)) = (profile_of(event, host), newest_profile(&against, host)) else {
        return Vec::new();
    };
    if current.digest == before.digest {
        return Vec::new();
    }
    let columns = judge::columns(&current.profile, &before.profile, &settings);
    if columns.is_empty() {
        return Vec::new();
    }
    let evidence = vec![current.digest, before.digest];
    let mut observations = measurements(event, &columns, &settings);
    let first_alert = observations.len();
    let moved: Vec<&Moved<'_>> = columns.iter().filter(|column| column.moved()).collect();
    let share = moved.len() as f64 / columns.len() as f64;
    let threshold = settings.number("dataset_share").unwrap_or(0.5);
    if share >= threshold && !moved.is_empty() {
        observations.push(dataset_alert(event, &against, &columns, &moved, threshold, &evidence));
    }
    let mut worst: Vec<&&Moved<'_>> = moved.iter().collect();
    worst.sort_by(|a, b| b.drift.psi.total_cmp(&a.drift.psi).then_with(|| a.name.cmp(b.name)));
    observations
        .extend(worst.iter().take(COLUMN_ALERTS_MAX).map(|column| column_alert(event, column, &settings, &evidence)));
    let alerts = observations.iter().skip(first_alert).zip(first_alert..);
    let is_major = |observation: &Observation| matches!(observation, Observation::Alert(alert) if alert.severity as u8 >= Severity::Major as u8);
    let major = alerts.into_iter().find(|(observation, _)| is_major(observation)).map(|(_, place)| place);
    if let Some(place) = major.filter(|_| settings.truth("retrain")) {
        let alert = u32::try_from(place).ok();
        for model in models(&settings, &against, host) {
            let reason = clip(format!("the data of {} has moved away from {against}", event.subject));
            observations.push(Observation::Retrain(Retrain {
                model,
                reason,
                alert,
                evidence: evidence.clone(),
                attributes: Vec::new(),
            }));
        }
    }
    observations
}

fn measurements(event: &Event, columns: &[Moved<'_>], settings: &Settings<'_>) -> Vec<Observation> {
    let mut packs: Vec<Vec<Metric>> = vec![Vec::new()];
    for column in columns {
        let metrics = column.metrics(settings);
        let weigh = |metrics: &[Metric]| {
            metrics.iter().map(|metric| 1 + usize::from(metric.threshold.is_some())).sum::<usize>()
        };
        if packs.last().is_some_and(|pack| weigh(pack) + weigh(&metrics) > METRICS) {
            packs.push(Vec::new());
        }
        if let Some(pack) = packs.last_mut() {
            pack.extend(metrics);
        }
    }
    let measured = |metrics| {
        Observation::Measurement(Measurement {
            subject: event.subject.clone(),
            metrics,
            begin: None,
            end: None,
            attributes: Vec::new(),
        })
    };
    packs.into_iter().take(MEASUREMENTS_MAX).map(measured).collect()
}

fn dataset_alert(
    event: &Event,
    against: &str,
    columns: &[Moved<'_>],
    moved: &[&Moved<'_>],
    threshold: f64,
    evidence: &[String],
) -> Observation {
    let value = moved.len() as f64 / columns.len() as f64;
    let names: Vec<&str> = moved.iter().take(20).map(|column| column.name).collect();
    let message = format!(
        "{} of {} columns have moved away from {against}: {}{}",
        moved.len(),
        columns.len(),
        names.join(", "),
        if moved.len() > names.len() { ", …" } else { "" }
    );
    Observation::Alert(Alert {
        subject: event.subject.clone(),
        code: "drift.dataset".into(),
        severity: Severity::Major,
        message: clip(message),
        metrics: vec![Metric { name: "share-of-columns".into(), value, threshold: Some(threshold) }],
        evidence: evidence.to_vec(),
        attributes: Vec::new(),
    })
}

fn column_alert(event: &Event, column: &Moved<'_>, settings: &Settings<'_>, evidence: &[String]) -> Observation {
    let message = format!(
        "column {:?} has moved: stability index {}, {} {} (threshold {})",
        column.name,
        short(column.drift.psi),
        column.test,
        short(column.figure),
        short(column.threshold)
    );
    Observation::Alert(Alert {
        subject: event.subject.clone(),
        code: "drift.column".into(),
        severity: column.severity.unwrap_or(Severity::Minor),
        message: clip(message),
        metrics: column.metrics(settings),
        evidence: evidence.to_vec(),
        attributes: Vec::new(),
    })
}

/// The models that should be trained again: those of the settings, else those made from the reference.
fn models(settings: &Settings<'_>, against: &str, host: &dyn Host) -> Vec<String> {
    let mut models: Vec<String> = settings.list("models").map(Into::into).collect();
    if models.is_empty() {
        models = host.newest(against, &["model.registered"], 64).into_iter().map(|event| event.subject).collect();
    }
    let mut seen = Vec::new();
    models.retain(|model| {
        let new = model.starts_with("model/") && !seen.contains(model);
        seen.push(model.clone());
        new
    });
    models.truncate(MODELS_MAX);
    models
}

/// What this plugin is.
#[must_use]
pub fn description() -> Description {
    let summary = "Measures how far a dataset's profile has moved from its reference (PSI, Kolmogorov-Smirnov, Jensen-Shannon, Wasserstein, chi-squared), raises alerts, and asks for retraining.";
    describe("drift", summary, SCHEMA, &["data.profiled"])
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
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn the_fixtures_hold() {
        for fixture in sagwan_guest::fixture::all(env!("CARGO_MANIFEST_DIR")) {
            check(SCHEMA, &fixture.settings).unwrap();
            let observations = look(&fixture.event, &fixture.settings, &fixture.host);
            sagwan_guest::fixture::expect_observations(&fixture, &observations);
        }
    }
}
