//! What a monitor says, in our own words.

use super::{
    bindings::types,
    check::{attributes, evidence, list, metrics, subject, text, word, wrong},
    error::{Cause, clip},
};
use crate::event::{
    Digest, Number, Subject, SubjectKind, Text, Timestamp,
    body::{AlertRaised, MonitorObserved, RetrainRequested, Severity},
    limits,
};
use std::collections::BTreeMap;

/// Something is not as it should be.
#[derive(Clone, PartialEq, Debug)]
pub struct Alert {
    /// What it is about: an input of `alert.raised`.
    pub subject: Subject,
    /// A stable word: `a-z`, `0-9`, `-`, `.`.
    pub code: Text,
    /// How grave it is.
    pub severity: Severity,
    /// What was found, for people.
    pub message: Text,
    /// The numbers behind it.
    pub metrics: BTreeMap<String, Number>,
    /// What it was found in.
    pub evidence: Vec<Digest>,
    /// More, by name: facets of the event.
    pub attributes: BTreeMap<String, String>,
}

impl Alert {
    /// The body of the event that the ledger records for it.
    #[must_use]
    pub fn body(&self, monitor: Text) -> AlertRaised {
        AlertRaised {
            severity: self.severity,
            monitor,
            code: self.code.clone(),
            message: self.message.clone(),
            metrics: self.metrics.clone(),
        }
    }
}

/// A model should be trained again.
#[derive(Clone, PartialEq, Debug)]
pub struct Retrain {
    /// The model: the subject of `retrain.requested`.
    pub model: Subject,
    /// Why.
    pub reason: Text,
    /// The position of the alert that led to it, among the observations of the same call.
    pub alert: Option<usize>,
    /// What it follows from.
    pub evidence: Vec<Digest>,
    /// More, by name: facets of the event.
    pub attributes: BTreeMap<String, String>,
}

impl Retrain {
    /// The body of the event that the ledger records for it; `alert` is the subject that the ledger gave the alert.
    #[must_use]
    pub fn body(&self, alert: Option<Subject>) -> RetrainRequested {
        RetrainRequested { reason: Some(self.reason.clone()), alert }
    }
}

/// What was measured.
#[derive(Clone, PartialEq, Debug)]
pub struct Measurement {
    /// What was measured: the subject of `monitor.observed`.
    pub subject: Subject,
    /// The numbers.
    pub metrics: BTreeMap<String, Number>,
    /// The beginning of the period that they cover.
    pub begin: Option<Timestamp>,
    /// The end of that period.
    pub end: Option<Timestamp>,
    /// More, by name: facets of the event.
    pub attributes: BTreeMap<String, String>,
}

impl Measurement {
    /// A few of its numbers, for people: the first in the order of their names, and how many more there are.
    #[must_use]
    pub fn in_short(&self) -> String {
        let shown = self.metrics.iter().take(METRICS_SHOWN);
        let mut text = shown.map(|(name, value)| format!("{name} = {}", short(value.0))).collect::<Vec<_>>().join(", ");
        if let Some(more) = self.metrics.len().checked_sub(METRICS_SHOWN).filter(|more| *more > 0) {
            text.push_str(&format!(" and {more} more"));
        }
        text
    }

    /// The body of the event that the ledger records for it.
    #[must_use]
    pub fn body(&self, monitor: Text) -> MonitorObserved {
        MonitorObserved { monitor, from: self.begin, to: self.end, metrics: self.metrics.clone() }
    }
}

/// Numbers of a measurement that people are shown; the event that is recorded has all.
const METRICS_SHOWN: usize = 5;

/// A number in four significant digits; a very small or large one with its power of ten.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1.0..1e6).contains(&size) && value.fract() == 0.0 {
        return format!("{value}");
    }
    if !(1e-4..1e6).contains(&size) {
        return format!("{value:.3e}");
    }
    // INVARIANT: from -4 to 5.
    let power = size.log10().floor() as i32;
    let decimals = usize::try_from(3 - power).unwrap_or_default();
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// One thing that a monitor says.
#[derive(Clone, PartialEq, Debug)]
pub enum Observation {
    /// Something is not as it should be.
    Alert(Alert),
    /// A model should be trained again.
    Retrain(Retrain),
    /// A number, for the record.
    Measurement(Measurement),
}

impl Observation {
    /// Its place among others for people: what is to be acted on comes first.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::Alert(_) => 0,
            Self::Retrain(_) => 1,
            Self::Measurement(_) => 2,
        }
    }
}

/// What a call of a monitor said, checked.
pub(super) fn all(given: Vec<types::Observation>) -> Result<Vec<Observation>, Cause> {
    list("observations", given.len(), limits::PLUGIN_OBSERVATIONS_MAX)?;
    let observations: Vec<_> = given.into_iter().map(one).collect::<Result<_, _>>()?;
    for observation in &observations {
        if let Observation::Retrain(Retrain { alert: Some(position), .. }) = observation
            && !matches!(observations.get(*position), Some(Observation::Alert(_)))
        {
            let wanted = "name the position of an alert in the same list";
            return Err(wrong(format!("a request for retraining because of observation {position}; {wanted}")));
        }
    }
    Ok(observations)
}

fn one(given: types::Observation) -> Result<Observation, Cause> {
    Ok(match given {
        types::Observation::Alert(given) => Observation::Alert(alert(given)?),
        types::Observation::Retrain(given) => Observation::Retrain(retrain(given)?),
        types::Observation::Measurement(given) => Observation::Measurement(measurement(given)?),
    })
}

fn alert(given: types::Alert) -> Result<Alert, Cause> {
    let severity = match given.severity {
        types::Severity::Info => {
            return Err(wrong("an alert of severity `info`; report a measurement, or a finding of a validator"));
        }
        types::Severity::Minor => Severity::Minor,
        types::Severity::Moderate => Severity::Moderate,
        types::Severity::Major => Severity::Major,
        types::Severity::Critical => Severity::Critical,
    };
    Ok(Alert {
        subject: subject("an alert's subject", &given.subject)?,
        code: word("an alert's code", &given.code)?,
        severity,
        message: text("an alert's message", &given.message)?,
        metrics: metrics(given.metrics)?,
        evidence: evidence(&given.evidence)?,
        attributes: attributes(given.attributes)?,
    })
}

fn retrain(given: types::Retrain) -> Result<Retrain, Cause> {
    let model = subject("a model to be retrained", &given.model)?;
    if model.kind() != SubjectKind::Model {
        return Err(wrong(format!("`{model}` to be retrained; name a model/…")));
    }
    Ok(Retrain {
        model,
        reason: text("a reason for retraining", &given.reason)?,
        alert: given.alert.map(|position| position as usize),
        evidence: evidence(&given.evidence)?,
        attributes: attributes(given.attributes)?,
    })
}

fn measurement(given: types::Measurement) -> Result<Measurement, Cause> {
    let subject = subject("a measurement's subject", &given.subject)?;
    if !MEASURED.contains(&subject.kind()) {
        return Err(wrong(format!(
            "a measurement of `{}`; name a deployment, model, dataset or prompt",
            clip(subject.as_str())
        )));
    }
    if given.metrics.is_empty() {
        return Err(wrong("a measurement without a metric; give at least one, or no measurement"));
    }
    let time = |given: Option<i64>| match given {
        Some(ms) if !(0..TIME_END).contains(&ms) => Err(wrong(format!("a period at {ms} ms; give 1970 to 9999"))),
        given => Ok(given.map(Timestamp)),
    };
    Ok(Measurement {
        subject,
        metrics: metrics(given.metrics)?,
        begin: time(given.begin)?,
        end: time(given.end)?,
        attributes: attributes(given.attributes)?,
    })
}

/// What `monitor.observed` may be about.
const MEASURED: [SubjectKind; 4] =
    [SubjectKind::Deployment, SubjectKind::Model, SubjectKind::Dataset, SubjectKind::Prompt];
/// Milliseconds since 1970 after which no event has a time.
const TIME_END: i64 = (limits::UNIX_SECONDS_MAX as i64 + 1) * 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_in_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.842_731, "0.8427"),
            (12.0, "12"),
            (0.5, "0.5"),
            (-7.123_456, "-7.123"),
            (48_842.7, "48843"),
            (123_456.0, "123456"),
            (2.5e-120, "2.500e-120"),
            (1.234_56e9, "1.235e9"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn a_measurement_is_shown_by_its_first_numbers() {
        let metrics = (0..60).map(|at| (format!("m{at:02}"), Number(f64::from(at)))).collect();
        let subject = "dataset/d@1".parse().unwrap();
        let measured = Measurement { subject, metrics, begin: None, end: None, attributes: BTreeMap::new() };
        assert_eq!(measured.in_short(), "m00 = 0, m01 = 1, m02 = 2, m03 = 3, m04 = 4 and 55 more");
    }
}
