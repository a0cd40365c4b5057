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
    /// The body of the event that the ledger records for it.
    #[must_use]
    pub fn body(&self, monitor: Text) -> MonitorObserved {
        MonitorObserved { monitor, from: self.begin, to: self.end, metrics: self.metrics.clone() }
    }
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
