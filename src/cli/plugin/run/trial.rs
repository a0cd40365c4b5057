//! Asking a rule about a record of the past.

use super::save::Kept;
use crate::{
    event::{Env, Event, Kind, Number, Subject, Timestamp, limits},
    ledger::{Ledger, PastRecord},
    plugin::{
        Answers, Cost, EventView, Fault, Monitor, MonitorState, NoAnswers, Observation, Observed, Plugin, Validator,
        Verdict,
    },
    state::Binding,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What a rule said of one event, where it said something.
#[derive(Clone, Debug, Serialize)]
pub struct Notable {
    /// The record.
    pub index: u64,
    /// The event in it; none for a tick.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// Its kind.
    pub kind: String,
    /// What it is about.
    pub subject: Subject,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// Where it counts as read.
    #[serde(skip)]
    pub policy_env: Env,
    /// What was said, in a word.
    pub said: &'static str,
    /// What was found.
    pub found: Vec<Found>,
}

/// One finding, observation or fault, in the same shape.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The stable word.
    pub code: String,
    /// How grave.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub severity: String,
    /// For people.
    pub message: String,
    /// All that was measured.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, Number>,
}

impl Found {
    fn new(code: impl Into<String>, severity: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), severity: severity.into(), message: message.into(), metrics: BTreeMap::new() }
    }
}

/// What came of one record.
#[derive(Debug, Default)]
pub struct Heard {
    /// What was said of each event that was asked about, in a word.
    pub said: Vec<&'static str>,
    /// Events that were not asked about: out of scope, or of another kind.
    pub passed_over: u64,
    /// Fuel of all calls.
    pub fuel: u64,
    /// What there is to tell.
    pub notable: Vec<Notable>,
}

/// What a monitor carries from record to record.
struct Memory {
    state: Arc<MonitorState>,
    ticked: Option<Timestamp>,
}

/// A rule on trial.
pub struct Trial<'t> {
    /// The past.
    pub ledger: &'t Ledger,
    plugin: &'t Plugin,
    binding: &'t Binding,
    /// The kinds that the plugin speaks of; none means all.
    kinds: Vec<Kind>,
    asks: bool,
    memory: Mutex<Memory>,
    /// Where one event is asked about: its position, or the first of the record; and what is kept of it.
    only: Mutex<Option<Option<u32>>>,
    kept: Mutex<Option<Kept>>,
}

impl<'t> Trial<'t> {
    /// A trial of a plugin under a binding's settings and scope.
    pub fn new(ledger: &'t Ledger, plugin: &'t Plugin, binding: &'t Binding, all_kinds: bool) -> Self {
        let described = plugin.described();
        Self {
            ledger,
            plugin,
            binding,
            kinds: if all_kinds { Vec::new() } else { described.kinds.clone() },
            asks: described.capabilities.iter().any(|name| name.as_str() == "query"),
            memory: Mutex::new(Memory { state: Arc::default(), ticked: None }),
            only: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// Whether records must be shown one after the other.
    #[must_use]
    pub fn in_order(&self) -> bool {
        matches!(self.plugin, Plugin::Monitor(_))
    }

    /// From now on only one event is asked about, and kept.
    pub fn only(&self, position: Option<Option<u32>>) {
        *self.only.lock().unwrap_or_else(PoisonError::into_inner) = position;
    }

    /// The event that was asked about alone.
    #[must_use]
    pub fn kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What the rule says of a record.
    #[must_use]
    pub fn hear(&self, record: &PastRecord<'_>) -> Heard {
        let mut heard = Heard::default();
        let only = *self.only.lock().unwrap_or_else(PoisonError::into_inner);
        match self.plugin {
            Plugin::Validator(validator) => self.judge(validator, record, only, &mut heard),
            Plugin::Monitor(monitor) => self.watch(monitor, record, only, &mut heard),
        }
        heard
    }

    fn is_asked(&self, event: &Event, position: u32, only: Option<Option<u32>>) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.contains(&event.kind());
        let chosen = match only {
            None => true,
            Some(wanted) => wanted.is_none_or(|wanted| wanted == position),
        };
        kind && chosen && self.binding.covers(event)
    }

    fn answers(&self, record: &PastRecord<'_>, event: Option<&Event>) -> Arc<dyn Answers> {
        if self.asks { self.ledger.answers_before(record.index, event) } else { Arc::new(NoAnswers) }
    }

    fn judge(&self, validator: &Validator, record: &PastRecord<'_>, only: Option<Option<u32>>, heard: &mut Heard) {
        for (event, position) in record.events.iter().zip(0..) {
            if !record.is_shown_to_validators(event) || !self.is_asked(event, position, only) {
                heard.passed_over += 1;
                continue;
            }
            let answers = self.listening(record, (position, event), only, None);
            let view = record.view(position, event);
            let judged = validator.validate(&view, self.binding.settings_text(), answers);
            let (said, found) = match judged.outcome {
                Ok(verdict) => (verdict.as_str(), of_verdict(&verdict)),
                Err(fault) => ("fault", vec![of_fault(&fault)]),
            };
            heard.note(record, Some((position, event)), (said, found), &judged.cost);
        }
    }

    fn watch(&self, monitor: &Monitor, record: &PastRecord<'_>, only: Option<Option<u32>>, heard: &mut Heard) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = self.binding.settings_text();
        let ticked = *memory.ticked.get_or_insert(record.t);
        if record.t.0 - ticked.0 >= limits::MONITOR_TICK_MS {
            memory.ticked = Some(record.t);
            let observed = monitor.tick(record.t, settings, self.answers(record, None), &memory.state);
            heard.observed(record, None, observed, &mut memory);
        }
        for (event, position) in record.events.iter().zip(0..) {
            if !record.is_shown_to_monitors(event) || !self.is_asked(event, position, only) {
                heard.passed_over += 1;
                continue;
            }
            let answers = self.listening(record, (position, event), only, Some(&memory.state));
            let view: EventView = record.view(position, event);
            let observed = monitor.observe(&view, settings, answers, &memory.state);
            heard.observed(record, Some((position, event)), observed, &mut memory);
        }
    }

    /// Answers, and where one event is asked about, a note of it, of what is asked, and of what a monitor remembers.
    fn listening(
        &self,
        record: &PastRecord<'_>,
        (position, event): (u32, &Event),
        only: Option<Option<u32>>,
        state: Option<&Arc<MonitorState>>,
    ) -> Arc<dyn Answers> {
        let answers = self.answers(record, Some(event));
        if only.is_none() {
            return answers;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Kept::new(record, position, event, state.cloned());
        let listening = new.listening(answers);
        // Of several events the first is kept.
        kept.get_or_insert(new);
        listening
    }
}

impl Heard {
    fn note(
        &mut self,
        record: &PastRecord<'_>,
        event: Option<(u32, &Event)>,
        (said, found): (&'static str, Vec<Found>),
        cost: &Cost,
    ) {
        self.said.push(said);
        self.fuel += cost.fuel;
        let is_notable = !found.is_empty() || said == "reject";
        let subject = event
            .map(|(_, event)| event.subject.clone())
            .or_else(|| record.events.first().map(|one| one.subject.clone()));
        let (true, Some(subject)) = (is_notable, subject) else { return };
        let env = event.and_then(|(_, event)| event.env);
        self.notable.push(Notable {
            index: record.index,
            position: event.map(|(position, _)| position),
            kind: event.map_or_else(|| "tick".to_owned(), |(_, event)| event.kind().as_str().to_owned()),
            subject,
            env,
            policy_env: event.map_or(Env::Prod, |(_, event)| event.policy_env()),
            said,
            found,
        });
    }

    fn observed(
        &mut self,
        record: &PastRecord<'_>,
        event: Option<(u32, &Event)>,
        observed: Observed,
        memory: &mut Memory,
    ) {
        let (said, found) = match &observed.outcome {
            Ok(observations) if observations.is_empty() => ("nothing", Vec::new()),
            Ok(observations) => {
                let mut observations: Vec<&Observation> = observations.iter().collect();
                observations.sort_by_key(|observation| observation.rank());
                ("observed", observations.into_iter().map(of_observation).collect())
            }
            Err(fault) => ("fault", vec![of_fault(fault)]),
        };
        Arc::make_mut(&mut memory.state).apply(observed.changes);
        self.note(record, event, (said, found), &observed.cost);
    }
}

fn of_verdict(verdict: &Verdict) -> Vec<Found> {
    let finding = |finding: &crate::plugin::Finding| {
        Found::new(finding.code.as_str(), format!("{:?}", finding.severity).to_lowercase(), finding.message.as_str())
    };
    verdict.findings().iter().map(finding).collect()
}

fn of_fault(fault: &Fault) -> Found {
    Found::new(format!("fault: {}", fault.code()), "", fault.to_string())
}

fn of_observation(observation: &Observation) -> Found {
    match observation {
        Observation::Alert(alert) => {
            let severity = format!("{:?}", alert.severity).to_lowercase();
            Found {
                metrics: alert.metrics.clone(),
                ..Found::new(alert.code.as_str(), severity, alert.message.as_str())
            }
        }
        Observation::Retrain(retrain) => Found::new("retrain", "", retrain.reason.as_str()),
        Observation::Measurement(measurement) => {
            Found { metrics: measurement.metrics.clone(), ..Found::new("measurement", "", measurement.in_short()) }
        }
    }
}
