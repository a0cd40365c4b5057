//! What a monitor found, as the events that the ledger records for it. Pure.

use super::super::refusal::text;
use crate::{
    event::{
        Body, Digest, Env, Event, Map, Reference, Subject, SubjectKind, Text, Timestamp, Value,
        body::{AlertRaised, Severity},
    },
    plugin::{Alert, Fault, Measurement, Observation, Retrain},
    state::Binding,
};
use std::collections::BTreeMap;

/// What a call looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    /// Under which binding, and its identity.
    pub(super) binding: &'a Binding,
    pub(super) id: &'a Digest,
    /// The record, or the one before which time had passed.
    pub(super) index: u64,
    /// The ledger's time of it.
    pub(super) t: Timestamp,
    /// The position of the event in it, and its environment; `None` for a tick.
    pub(super) event: Option<(u32, Option<Env>)>,
}

/// The code of the alert about a monitor that failed.
const FAULT: &str = "monitor-fault";

impl Source<'_> {
    /// The events of what was observed. `known` says whether a subject was ever recorded.
    pub(super) fn events(&self, observations: &[Observation], known: &dyn Fn(&Subject) -> bool) -> Vec<Event> {
        let each = observations.iter().enumerate().filter_map(|(at, observation)| match observation {
            Observation::Alert(alert) => self.alert(at, alert, known),
            Observation::Retrain(retrain) => Some(self.retrain(retrain, observations, known)),
            Observation::Measurement(measurement) => self.measurement(measurement),
        });
        each.collect()
    }

    /// The alert about the monitor itself.
    pub(super) fn fault(&self, fault: &Fault) -> Option<Event> {
        let body = AlertRaised {
            severity: Severity::Major,
            monitor: self.monitor()?,
            code: FAULT.parse().ok()?,
            message: text(&fault.to_string())?,
            metrics: BTreeMap::new(),
        };
        Some(self.event(self.name("fault")?, Vec::new(), Body::AlertRaised(body), self.facets(&[], &BTreeMap::new())))
    }

    fn alert(&self, at: usize, alert: &Alert, known: &dyn Fn(&Subject) -> bool) -> Option<Event> {
        let about = reference(&alert.subject, known);
        let facets = self.facets(&alert.evidence, &alert.attributes);
        Some(self.event(
            self.name(&at.to_string())?,
            vec![about],
            Body::AlertRaised(alert.body(self.monitor()?)),
            facets,
        ))
    }

    fn retrain(&self, retrain: &Retrain, all: &[Observation], known: &dyn Fn(&Subject) -> bool) -> Event {
        let alert = retrain.alert.and_then(|at| self.name(&at.to_string()));
        let about = retrain.alert.and_then(|at| match all.get(at) {
            Some(Observation::Alert(alert)) => Some(reference(&alert.subject, known)),
            _ => None,
        });
        let facets = self.facets(&retrain.evidence, &retrain.attributes);
        let body = Body::RetrainRequested(retrain.body(alert));
        self.event(retrain.model.clone(), about.into_iter().collect(), body, facets)
    }

    fn measurement(&self, measurement: &Measurement) -> Option<Event> {
        let facets = self.facets(&[], &measurement.attributes);
        let body = Body::MonitorObserved(measurement.body(self.monitor()?));
        Some(self.event(measurement.subject.clone(), Vec::new(), body, facets))
    }

    fn event(&self, subject: Subject, mut inputs: Vec<Reference>, body: Body, facets: Map) -> Event {
        inputs.push(Reference { subject: self.binding.plugin.clone(), digest: None, external: false });
        Event {
            subject,
            env: Some(self.env()),
            inputs,
            outputs: Vec::new(),
            time: self.t,
            body,
            facets,
            commitments: Vec::new(),
            imported: false,
            claimed_by: None,
        }
    }

    /// The environment of the event; where it has none, the binding's first; where that has none, `prod`.
    fn env(&self) -> Env {
        let own = self.event.and_then(|(_, env)| env);
        own.or_else(|| self.binding.environments.first().copied()).unwrap_or(Env::Prod)
    }

    /// Any subject is a text: this is never `None`.
    fn monitor(&self) -> Option<Text> {
        self.binding.plugin.as_str().parse().ok()
    }

    /// The name of an alert: the same whenever the same record is looked at under the same binding.
    fn name(&self, what: &str) -> Option<Subject> {
        let plugin: String = self.binding.plugin.name().chars().take(128).collect();
        let (bound, at) = (self.binding.index, self.binding.position);
        let place = match self.event {
            Some((position, _)) => format!("{}-{position}", self.index),
            None => format!("{}-tick", self.index),
        };
        Subject::new(SubjectKind::Alert, &format!("{plugin}-b{bound}.{at}-{place}-{what}")).ok()
    }

    /// Who found it, and in what.
    fn facets(&self, evidence: &[Digest], attributes: &BTreeMap<String, String>) -> Map {
        let word = |word: &dyn std::fmt::Display| Value::Text(word.to_string());
        let int = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let mut source = Map::from([
            ("binding".to_owned(), word(self.id)),
            ("component".to_owned(), word(&self.binding.component)),
            ("mode".to_owned(), word(&self.binding.mode)),
            ("index".to_owned(), int(self.index)),
        ]);
        if self.binding.position > 0 {
            source.insert("binding_position".to_owned(), int(u64::from(self.binding.position)));
        }
        if let Some((position, _)) = self.event {
            source.insert("position".to_owned(), int(u64::from(position)));
        }
        let mut facets = Map::from([("monitor".to_owned(), Value::Map(source))]);
        if !evidence.is_empty() {
            let evidence = evidence.iter().map(|digest| word(digest)).collect();
            facets.insert("evidence".to_owned(), Value::Array(evidence));
        }
        if !attributes.is_empty() {
            let attributes = attributes.iter().map(|(name, value)| (name.clone(), word(value))).collect();
            facets.insert("attributes".to_owned(), Value::Map(attributes));
        }
        facets
    }
}

fn reference(subject: &Subject, known: &dyn Fn(&Subject) -> bool) -> Reference {
    Reference { subject: subject.clone(), digest: None, external: !known(subject) }
}
