//! What serves where: a fold over the deployments, roll-backs and retirements of models and prompts, whose lists of the
//! index are whole, so that "nothing else serves" is proved too.
//!
//! A *slot* is an environment and a deployment, or, where a deployment event names none among its outputs, the name of
//! the model or prompt. A deployment takes its slots for itself, unless it takes only a share of the traffic: then it
//! joins. A roll-back hands the slots of its version in its environment to the version that it names. A retirement
//! empties the slots of its version in its environment and those before it.

use super::{LineageError, Source, reader::Reader};
use crate::{
    event::{
        ActorId, Body, Digest, Env, Event, EventKey, Kind, Number, Subject, SubjectKind, Timestamp, body::RiskClass,
    },
    ledger::Record,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// The kinds of events that change what serves.
const KINDS: [Kind; 5] =
    [Kind::ModelDeployed, Kind::ModelRolledBack, Kind::ModelRetired, Kind::PromptDeployed, Kind::PromptRolledBack];

/// A version that serves.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Serving {
    /// Where.
    pub env: Env,
    /// As which deployment, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Subject>,
    /// The version.
    pub version: Subject,
    /// Its artefact or template; absent after a roll-back, which names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Its share of the traffic, where that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Number>,
    /// The record by which it serves.
    pub since: u64,
    /// The ledger's time of that record.
    pub t: Timestamp,
    /// Who signed it.
    pub by: ActorId,
    /// By a roll-back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolled_back: bool,
}

/// An AI system.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct System {
    /// Its name.
    pub subject: Subject,
    /// Its risk class.
    pub risk_class: RiskClass,
    /// The record that registered it last.
    pub index: u64,
}

/// What there is at a moment.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// The versions that serve, by environment and deployment.
    pub serving: Vec<Serving>,
    /// The AI systems that are registered, by name; only where nothing restricts the question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub systems: Vec<System>,
    /// The indices of records that the reader may not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<u64>,
    /// The bound on records cut it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

type Slots = BTreeMap<(Env, String), Vec<Serving>>;

/// What serves, and which systems there are; `name`, a model, prompt (any version of it) or deployment, restricts it.
pub(super) fn inventory<S: Source>(
    source: &mut S,
    end: u64,
    env: Option<Env>,
    name: Option<&Subject>,
) -> Result<Inventory, LineageError> {
    let mut reader = Reader::new(source, end);
    let serving = serving(&mut reader, env)?;
    let wanted = |one: &Serving| name.is_none_or(|name| is_of(one, name));
    let mut systems = BTreeMap::new();
    if env.is_none() && name.is_none() {
        for record in reader.under(&EventKey::Kind(Kind::SystemRegistered))?.to_vec() {
            for event in &record.events {
                if let Body::SystemRegistered(body) = &event.body {
                    let subject = event.subject.clone();
                    let system = System { subject: subject.clone(), risk_class: body.risk_class, index: record.index };
                    systems.insert(subject, system);
                }
            }
        }
    }
    Ok(Inventory {
        serving: serving.into_iter().filter(wanted).collect(),
        systems: systems.into_values().collect(),
        withheld: reader.withheld.iter().copied().collect(),
        cut: reader.is_cut,
    })
}

fn is_of(one: &Serving, name: &Subject) -> bool {
    let same = one.version.kind() == name.kind() && one.version.name() == name.name();
    one.deployment.as_ref() == Some(name)
        || same && name.version().is_none_or(|version| one.version.version() == Some(version))
}

/// The versions that serve, in the order of environments and slots.
pub(super) fn serving<S: Source>(reader: &mut Reader<'_, S>, env: Option<Env>) -> Result<Vec<Serving>, LineageError> {
    let mut records: BTreeMap<u64, Arc<Record>> = BTreeMap::new();
    for kind in KINDS {
        let key = match env {
            // A retirement reaches down to the environments before its own, so all are looked at.
            Some(env) if kind != Kind::ModelRetired => EventKey::KindEnv(kind, env),
            _ => EventKey::Kind(kind),
        };
        let known = reader.under(&key)?;
        records.extend(known.iter().map(|record| (record.index, Arc::clone(record))));
    }
    let mut slots = Slots::new();
    for record in records.values() {
        for event in &record.events {
            if let Some(own) = event.env {
                fold(&mut slots, record, event, own);
            }
        }
    }
    let found = slots.into_iter().filter(|((own, _), _)| env.is_none_or(|env| env == *own));
    Ok(found.flat_map(|(_, serving)| serving).collect())
}

fn fold(slots: &mut Slots, record: &Record, event: &Event, env: Env) {
    let (digest, traffic) = match &event.body {
        Body::ModelDeployed(body) => (body.artifact, body.traffic),
        Body::PromptDeployed(body) => (body.template, None),
        Body::ModelRolledBack(body) => return hand_over(slots, record, event, env, &body.to),
        Body::PromptRolledBack(body) => return hand_over(slots, record, event, env, &body.to),
        Body::ModelRetired(_) => {
            for ((own, _), serving) in slots.iter_mut() {
                serving.retain(|one| *own > env || one.version != event.subject);
            }
            return;
        }
        _ => return,
    };
    let named = event.outputs.iter().map(|output| &output.subject);
    let deployments: Vec<&Subject> = named.filter(|subject| subject.kind() == SubjectKind::Deployment).collect();
    let places = match deployments.as_slice() {
        [] => vec![None],
        some => some.iter().copied().map(Some).collect(),
    };
    for deployment in places {
        let serving = slots.entry((env, slot(&event.subject, deployment))).or_default();
        match traffic {
            Some(Number(share)) if share < 1.0 => serving.retain(|one| one.version != event.subject),
            _ => serving.clear(),
        }
        serving.push(Serving {
            env,
            deployment: deployment.cloned(),
            version: event.subject.clone(),
            digest: Some(digest),
            traffic,
            since: record.index,
            t: record.t,
            by: record.actor.clone(),
            rolled_back: false,
        });
    }
}

fn slot(version: &Subject, deployment: Option<&Subject>) -> String {
    deployment.map_or_else(|| format!("{}/{}", version.kind(), version.name()), ToString::to_string)
}

fn hand_over(slots: &mut Slots, record: &Record, event: &Event, env: Env, to: &Subject) {
    let taken_by = |deployment: Option<Subject>| Serving {
        env,
        deployment,
        version: to.clone(),
        digest: None,
        traffic: None,
        since: record.index,
        t: record.t,
        by: record.actor.clone(),
        rolled_back: true,
    };
    let mut held = false;
    for ((own, _), serving) in slots.iter_mut().filter(|((own, _), _)| *own == env) {
        debug_assert_eq!(*own, env, "the filter says so");
        if let Some(one) = serving.iter().find(|one| one.version == event.subject) {
            *serving = vec![taken_by(one.deployment.clone())];
            held = true;
        }
    }
    if !held {
        slots.insert((env, slot(to, None)), vec![taken_by(None)]);
    }
}

/// Which of the subjects serve, and where.
pub(super) fn serving_among<'a>(serving: &'a [Serving], subject: &Subject) -> impl Iterator<Item = &'a Serving> {
    let subject = subject.clone();
    serving.iter().filter(move |one| one.version == subject || one.deployment.as_ref() == Some(&subject))
}
