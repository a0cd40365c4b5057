//! W3C PROV-JSON (Member Submission of 24 April 2013): runs and every other event are activities, what they are about
//! entities, who signed them agents.
//!
//! | in the ledger | in PROV |
//! |---|---|
//! | a run | an activity, from its start to its end |
//! | another event | an activity at the time that it claims |
//! | an input | `used`; of what an event registers, also `wasDerivedFrom` |
//! | an output | `wasGeneratedBy`; of an event that is no run, also `wasDerivedFrom` |
//! | a registration | `wasGeneratedBy` by it, or by the run that is its input; `wasAttributedTo` |
//! | a retirement | `wasInvalidatedBy` |
//! | who signed | `wasAssociatedWith`, with the record's index and leaf hash |
//! | who claimed, where a gateway signed | `actedOnBehalfOf` |

use super::{Fact, Material, names, pretty};
use crate::event::{ActorId, Body, Kind, Reference, Subject, SubjectKind};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The sections of the document, in the order in which they are written.
const SECTIONS: [&str; 12] = [
    "entity",
    "activity",
    "agent",
    "used",
    "wasGeneratedBy",
    "wasInvalidatedBy",
    "wasDerivedFrom",
    "wasInformedBy",
    "wasStartedBy",
    "wasAssociatedWith",
    "wasAttributedTo",
    "actedOnBehalfOf",
];

/// The document.
pub(super) fn write(material: &Material) -> String {
    let mut document = Document::default();
    material.facts().for_each(|fact| document.tell(&fact));
    for node in &material.graph.nodes {
        document.subject(&node.subject);
        if node.external {
            document.say(section_of(&node.subject), &id(&node.subject), "sagwan:external", json!(true));
        }
    }
    let mut out = Map::new();
    let ledger = format!("{}/", names::namespace(&material.origin));
    out.insert("prefix".into(), json!({ "ledger": ledger, "sagwan": names::VOCABULARY }));
    for section in SECTIONS {
        if let Some(content) = document.sections.remove(section) {
            out.insert(section.into(), Json::Object(content));
        }
    }
    pretty(&Json::Object(out))
}

#[derive(Default)]
struct Document {
    sections: BTreeMap<&'static str, Map<String, Json>>,
}

fn id(subject: &Subject) -> String {
    format!("ledger:{subject}")
}

fn name(word: &str) -> Json {
    json!({ "$": format!("sagwan:{word}"), "type": "prov:QUALIFIED_NAME" })
}

fn time(t: crate::event::Timestamp) -> Json {
    json!({ "$": names::time(t), "type": "xsd:dateTime" })
}

fn is_activity(subject: &Subject) -> bool {
    subject.kind() == SubjectKind::Run
}

fn section_of(subject: &Subject) -> &'static str {
    match subject.kind() {
        SubjectKind::Run => "activity",
        SubjectKind::Actor => "agent",
        _ => "entity",
    }
}

/// Whether an event is the beginning of its subject.
pub(super) fn makes(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::DatasetRegistered
            | Kind::ModelRegistered
            | Kind::PromptRegistered
            | Kind::SystemRegistered
            | Kind::RequirementStated
            | Kind::DocumentFiled
            | Kind::RuntimeCaptured
            | Kind::AlertRaised
            | Kind::IncidentReported
    )
}

impl Document {
    /// Adds a value to an attribute; several make a list, each once.
    fn say(&mut self, section: &'static str, id: &str, attribute: &str, value: Json) {
        let about = self.sections.entry(section).or_default().entry(id).or_insert_with(|| json!({}));
        let Some(attributes) = about.as_object_mut() else { return };
        match attributes.get_mut(attribute) {
            None => drop(attributes.insert(attribute.to_owned(), value)),
            Some(Json::Array(known)) if !known.contains(&value) => known.push(value),
            Some(Json::Array(_)) => {}
            Some(known) if *known != value => *known = Json::Array(vec![known.take(), value]),
            Some(_) => {}
        }
    }

    /// Adds a relation; `number` tells those of one event and section apart.
    fn relate(&mut self, section: &'static str, fact: &Fact<'_>, number: &str, content: Json) {
        let key = format!("_:{section}.{}.{}.{number}", fact.record.index, fact.position);
        self.sections.entry(section).or_default().insert(key, content);
    }

    /// A subject as what it is.
    fn subject(&mut self, subject: &Subject) {
        let (section, id) = (section_of(subject), id(subject));
        self.say(section, &id, "prov:type", name(subject.kind().as_str()));
        if subject.kind() == SubjectKind::Job {
            self.say(section, &id, "prov:type", json!({ "$": "prov:Plan", "type": "prov:QUALIFIED_NAME" }));
        }
        self.say(section, &id, "prov:label", json!(subject.as_str()));
    }

    fn agent(&mut self, actor: &ActorId) -> String {
        let id = format!("ledger:actor/{actor}");
        let kind = if actor.as_str().starts_with("user:") { "prov:Person" } else { "prov:SoftwareAgent" };
        self.say("agent", &id, "prov:type", json!({ "$": kind, "type": "prov:QUALIFIED_NAME" }));
        self.say("agent", &id, "prov:label", json!(actor.as_str()));
        id
    }

    fn tell(&mut self, fact: &Fact<'_>) {
        let event = fact.event;
        event.mentions().for_each(|subject| self.subject(subject));
        let activity = self.activity(fact);
        let job = event.inputs.iter().find(|input| input.subject.kind() == SubjectKind::Job);
        self.sign(fact, &activity, job.map(|job| id(&job.subject)));
        if is_activity(&event.subject) {
            self.run(fact, &activity);
        } else {
            self.thing(fact, &activity);
        }
        for (number, output) in event.outputs.iter().enumerate() {
            let number = format!("out{number}");
            if is_activity(&output.subject) {
                let told = json!({ "prov:informed": id(&output.subject), "prov:informant": activity });
                self.relate("wasInformedBy", fact, &number, told);
                continue;
            }
            self.relate("wasGeneratedBy", fact, &number, of_bytes(made_by(&output.subject, &activity), output));
            if !is_activity(&event.subject) {
                self.derive(fact, &number, &output.subject, &event.subject, &activity);
            }
        }
    }

    /// The activity that an event is: the run that it is about, or the event itself.
    fn activity(&mut self, fact: &Fact<'_>) -> String {
        let (event, t) = (fact.event, json!(names::time(fact.event.time)));
        if is_activity(&event.subject) {
            let id = id(&event.subject);
            let bound = if event.kind() == Kind::RunStarted { "prov:startTime" } else { "prov:endTime" };
            if event.kind().group() == "provenance" {
                // One value: of two starts the later is what the run's record says now.
                let about = self.sections.entry("activity").or_default().entry(&id).or_insert_with(|| json!({}));
                about.as_object_mut().map(|about| about.insert(bound.into(), t));
            }
            return id;
        }
        let id = format!("ledger:record/{}", fact.place());
        self.say("activity", &id, "prov:startTime", t.clone());
        self.say("activity", &id, "prov:endTime", t);
        self.say("activity", &id, "prov:type", name(event.kind().as_str()));
        id
    }

    /// Who signed an event, and where it stands; on whose behalf, if that is said.
    fn sign(&mut self, fact: &Fact<'_>, activity: &str, plan: Option<String>) {
        let (decision, outcome) = fact.decided();
        let agent = self.agent(&fact.record.actor);
        let mut told = json!({
            "prov:activity": activity,
            "prov:agent": agent,
            "sagwan:kind": fact.event.kind().as_str(),
            "sagwan:record": fact.record.index,
            "sagwan:position": fact.position,
            "sagwan:leaf": fact.leaf().to_string(),
            "sagwan:recordedAt": time(fact.record.t),
            "sagwan:claimedAt": time(fact.event.time),
            "sagwan:decision": decision,
            "sagwan:outcome": outcome,
        });
        if let Some(told) = told.as_object_mut() {
            told.extend(plan.map(|plan| ("prov:plan".to_owned(), json!(plan))));
            told.extend(fact.event.env.map(|env| ("sagwan:environment".to_owned(), json!(env))));
        }
        self.relate("wasAssociatedWith", fact, "by", told);
        if let Some(claimed) = &fact.event.claimed_by {
            let responsible = format!("ledger:actor/{}", names::encoded(claimed.as_str()));
            self.say("agent", &responsible, "prov:label", json!(claimed.as_str()));
            let told = json!({ "prov:delegate": agent, "prov:responsible": responsible, "prov:activity": activity });
            self.relate("actedOnBehalfOf", fact, "for", told);
        }
    }

    fn run(&mut self, fact: &Fact<'_>, activity: &str) {
        self.use_inputs(fact, activity, None);
        let cause = match &fact.event.body {
            Body::RunStarted(body) => body.caused_by.as_ref(),
            _ => None,
        };
        if let Some(cause) = cause {
            self.subject(cause);
            let (section, told) = if is_activity(cause) {
                ("wasInformedBy", json!({ "prov:informed": activity, "prov:informant": id(cause) }))
            } else {
                ("wasStartedBy", json!({ "prov:activity": activity, "prov:trigger": id(cause) }))
            };
            self.relate(section, fact, "cause", told);
        }
    }

    /// An event about something that is no run.
    fn thing(&mut self, fact: &Fact<'_>, activity: &str) {
        let (event, kind) = (fact.event, fact.event.kind());
        let subject = &event.subject;
        if section_of(subject) != "entity" {
            return self.use_inputs(fact, activity, None);
        }
        if makes(&kind) {
            let run = event.inputs.iter().find(|input| is_activity(&input.subject));
            let by = run.map_or_else(|| activity.to_owned(), |run| id(&run.subject));
            self.relate("wasGeneratedBy", fact, "self", made_by(subject, &by));
            let agent = format!("ledger:actor/{}", fact.record.actor);
            let told = json!({ "prov:entity": id(subject), "prov:agent": agent });
            self.relate("wasAttributedTo", fact, "self", told);
            return self.use_inputs(fact, activity, Some(subject));
        }
        if matches!(kind, Kind::DatasetRetired | Kind::ModelRetired) {
            self.relate("wasInvalidatedBy", fact, "self", made_by(subject, activity));
        } else {
            let told = json!({ "prov:activity": activity, "prov:entity": id(subject) });
            self.relate("used", fact, "self", told);
        }
        self.use_inputs(fact, activity, Some(subject));
    }

    /// What went in; `derived` comes from it.
    fn use_inputs(&mut self, fact: &Fact<'_>, activity: &str, derived: Option<&Subject>) {
        for (number, input) in fact.event.inputs.iter().enumerate() {
            let number = format!("in{number}");
            if is_activity(&input.subject) {
                let told = json!({ "prov:informed": activity, "prov:informant": id(&input.subject) });
                self.relate("wasInformedBy", fact, &number, told);
                continue;
            }
            let told = json!({ "prov:activity": activity, "prov:entity": id(&input.subject) });
            self.relate("used", fact, &number, of_bytes(told, input));
            if let Some(derived) = derived.filter(|_| makes(&fact.event.kind())) {
                self.derive(fact, &number, derived, &input.subject, activity);
            }
        }
    }

    fn derive(&mut self, fact: &Fact<'_>, number: &str, made: &Subject, from: &Subject, activity: &str) {
        let told = json!({
            "prov:generatedEntity": id(made), "prov:usedEntity": id(from), "prov:activity": activity,
        });
        self.relate("wasDerivedFrom", fact, number, told);
    }
}

fn made_by(subject: &Subject, activity: &str) -> Json {
    json!({ "prov:entity": id(subject), "prov:activity": activity })
}

/// A relation to exactly these bytes, where the event says which.
fn of_bytes(mut told: Json, reference: &Reference) -> Json {
    if let (Some(told), Some(digest)) = (told.as_object_mut(), reference.digest) {
        told.insert("sagwan:digest".into(), json!(digest));
    }
    told
}
