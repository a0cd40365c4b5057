//! RO-Crate 1.1 metadata by the Process Run Crate profile 0.5: runs are actions, data and models files kept elsewhere,
//! people and services agents; and every entity names the records that it is known by.

use super::{
    Fact, Material, names, pretty,
    things::{Thing, Things, hex_of, plain},
};
use crate::event::{
    ActorId, Body, Kind, Reference, Subject, SubjectKind, Text,
    body::{CodeVersion, RuntimeCaptured},
};
use serde_json::{Map, Value as Json, json};

const CONTEXT: [&str; 2] = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"];
const CRATE: &str = "https://w3id.org/ro/crate/1.1";
const PROFILE: &str = "https://w3id.org/ro/wfrun/process/0.5";

/// What is a file, of which the crate has the address and the digest.
const FILES: [SubjectKind; 4] = [SubjectKind::Dataset, SubjectKind::Model, SubjectKind::Prompt, SubjectKind::Document];
/// What is software.
const SOFTWARE: [SubjectKind; 5] =
    [SubjectKind::Deployment, SubjectKind::System, SubjectKind::Runtime, SubjectKind::Code, SubjectKind::Job];

/// The content of `ro-crate-metadata.json`.
pub(super) fn write(material: &Material) -> String {
    let things = Things::of(material);
    let mut writer = Writer { namespace: names::namespace(&material.origin), graph: Map::new() };
    let (mut parts, mut mentions) = (Vec::new(), Vec::new());
    for (subject, thing) in things.of_kinds(&FILES) {
        writer.file(subject, thing);
        parts.push(json!({ "@id": writer.id(subject) }));
    }
    for (subject, thing) in things.of_kinds(&SOFTWARE) {
        writer.software(subject, thing);
        mentions.push(json!({ "@id": writer.id(subject) }));
    }
    for (run, thing) in things.of_kinds(&[SubjectKind::Run]) {
        writer.action(run, thing);
        mentions.push(json!({ "@id": writer.id(run) }));
    }
    let about = material.about.as_ref().map_or("the ledger", Subject::as_str);
    let described = format!(
        "{about}, as the ledger {} knows it: what it came from, what made it, who signed for it. Each entity names \
         records by their place in the log and their leaf hash.",
        material.origin
    );
    let newest = material.facts().last().map(|fact| names::time(fact.record.t));
    let root = json!({
        "@id": "./",
        "@type": "Dataset",
        "name": format!("Provenance of {about}"),
        "description": described,
        "datePublished": newest.unwrap_or_else(|| "1970-01-01".to_owned()),
        "license": "each part has its own",
        "identifier": format!("{}#as-of-{}", writer.namespace, material.as_of),
        "conformsTo": { "@id": PROFILE },
        "hasPart": parts,
        "mentions": mentions,
    });
    let descriptor = json!({
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": { "@id": CRATE },
        "about": { "@id": "./" },
    });
    let profile = json!({ "@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5" });
    let graph: Vec<Json> =
        [descriptor, root, profile].into_iter().chain(writer.graph.into_iter().map(|(_, entity)| entity)).collect();
    pretty(&json!({ "@context": CONTEXT, "@graph": graph }))
}

struct Writer {
    namespace: String,
    /// Entities by id, each once.
    graph: Map<String, Json>,
}

/// What an entity says besides its id and type.
type Said = Map<String, Json>;

impl Writer {
    fn id(&self, subject: &Subject) -> String {
        format!("{}/{subject}", self.namespace)
    }

    /// Adds an entity; a reference to it. What it says already stays.
    fn entity(&mut self, id: String, kind: &str, said: Said) -> Json {
        if !self.graph.contains_key(&id) {
            let mut entity = Said::from_iter([("@id".to_owned(), json!(id)), ("@type".to_owned(), json!(kind))]);
            entity.extend(said);
            self.graph.insert(id.clone(), Json::Object(entity));
        }
        json!({ "@id": id })
    }

    fn value(&mut self, id: String, name: &str, value: &Json, more: &[(&str, &str)]) -> Json {
        let mut said = Said::from_iter([("name".to_owned(), json!(name)), ("value".to_owned(), value.clone())]);
        said.extend(more.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        self.entity(id, "PropertyValue", said)
    }

    fn agent(&mut self, actor: &ActorId) -> Json {
        let kind = if actor.as_str().starts_with("user:") { "Person" } else { "SoftwareApplication" };
        let said = Said::from_iter([("name".to_owned(), json!(actor.as_str()))]);
        self.entity(format!("{}/actor/{actor}", self.namespace), kind, said)
    }

    /// The records that a thing is known by.
    fn records(&mut self, facts: &[Fact<'_>]) -> Json {
        let one = |fact: &Fact<'_>| {
            let (kind, leaf) = (fact.event.kind().to_string(), json!(fact.leaf().to_string()));
            let property = format!("{}leaf", names::VOCABULARY);
            let more = [("propertyID", property.as_str()), ("description", "the hash of the record's leaf in the log")];
            self.value(format!("#record/{}", fact.place()), &kind, &leaf, &more)
        };
        Json::Array(facts.iter().map(one).collect())
    }

    fn common(&mut self, subject: &Subject, thing: &Thing<'_>) -> Said {
        let mut said = Said::from_iter([("name".to_owned(), json!(subject.as_str()))]);
        said.extend(subject.version().map(|version| ("version".to_owned(), json!(version))));
        if !thing.facts.is_empty() {
            said.insert("identifier".into(), self.records(&thing.facts));
        }
        if let Some(first) = thing.facts.iter().find(|fact| super::prov::makes(&fact.event.kind())) {
            said.insert("author".into(), self.agent(&first.record.actor));
            said.insert("dateCreated".into(), json!(names::time(first.event.time)));
        }
        said
    }

    fn file(&mut self, subject: &Subject, thing: &Thing<'_>) {
        let mut said = self.common(subject, thing);
        said.extend(thing.digest.map(|digest| ("sha256".to_owned(), json!(hex_of(&digest)))));
        for fact in &thing.facts {
            let (bytes, described, licence) = match &fact.event.body {
                Body::DatasetRegistered(body) => (body.bytes, body.source.as_ref(), body.licence.as_ref()),
                Body::ModelRegistered(body) => (body.bytes, body.task.as_ref(), None),
                Body::DocumentFiled(body) => (None, body.title.as_ref(), None),
                _ => continue,
            };
            let text = |text: &Text| json!(text.as_str());
            said.extend(bytes.map(|bytes| ("contentSize".to_owned(), json!(bytes.to_string()))));
            said.extend(described.map(|own| ("description".to_owned(), text(own))));
            said.extend(licence.map(|own| ("license".to_owned(), text(own))));
        }
        self.entity(self.id(subject), "File", said);
    }

    fn software(&mut self, subject: &Subject, thing: &Thing<'_>) {
        let mut said = self.common(subject, thing);
        for fact in &thing.facts {
            if let Body::RuntimeCaptured(body) = &fact.event.body {
                said.extend(runtime(body));
            }
            if let Body::SystemRegistered(body) = &fact.event.body {
                said.extend(body.purpose.as_ref().map(|text| ("description".to_owned(), json!(text.as_str()))));
            }
        }
        self.entity(self.id(subject), "SoftwareApplication", said);
    }

    /// A run: what it ran, on what, into what, by whom, and how it ended.
    fn action(&mut self, run: &Subject, thing: &Thing<'_>) {
        let mut said = Said::from_iter([("name".to_owned(), json!(run.as_str()))]);
        let (mut objects, mut results): (Vec<Json>, Vec<Json>) = (Vec::new(), Vec::new());
        let add = |list: &mut Vec<Json>, one: Json| {
            if !list.contains(&one) {
                list.push(one);
            }
        };
        for fact in &thing.facts {
            for (list, references) in [(&mut objects, &fact.event.inputs), (&mut results, &fact.event.outputs)] {
                let files =
                    references.iter().map(|one: &Reference| &one.subject).filter(|own| FILES.contains(&own.kind()));
                files.for_each(|own| add(list, json!({ "@id": self.id(own) })));
            }
            said.insert("agent".into(), self.agent(&fact.record.actor));
            let mut ended = |how: &str| {
                said.insert("actionStatus".into(), json!({ "@id": format!("http://schema.org/{how}ActionStatus") }))
            };
            let (bound, parameters) = match &fact.event.body {
                Body::RunStarted(body) => ("startTime", Some(&body.parameters)),
                Body::RunCompleted(body) => {
                    ended("Completed");
                    for (name, value) in &body.metrics {
                        let id = format!("#metric/{run}/{}", names::encoded(name));
                        results.push(self.value(id, name, &json!(value.0), &[]));
                    }
                    ("endTime", Some(&body.parameters))
                }
                Body::RunFailed(body) => {
                    ended("Failed");
                    said.extend(body.error.as_ref().map(|text| ("error".to_owned(), json!(text.as_str()))));
                    ("endTime", None)
                }
                Body::RunAborted(body) => {
                    ended("Failed");
                    said.extend(body.reason.as_ref().map(|text| ("error".to_owned(), json!(text.as_str()))));
                    ("endTime", None)
                }
                _ => continue,
            };
            said.insert(bound.into(), json!(names::time(fact.event.time)));
            for (name, value) in parameters.into_iter().flatten() {
                let id = format!("#parameter/{run}/{}", names::encoded(name));
                add(&mut objects, self.value(id, name, &json!(plain(value)), &[]));
            }
        }
        said.insert("instrument".into(), self.instrument(run, thing));
        said.insert("object".into(), Json::Array(objects));
        said.insert("result".into(), Json::Array(results));
        said.insert("identifier".into(), self.records(&thing.facts));
        self.entity(self.id(run), "CreateAction", said);
    }

    /// What was run: the job, or else the code version, or else the command.
    fn instrument(&mut self, run: &Subject, thing: &Thing<'_>) -> Json {
        let inputs = thing.facts.iter().flat_map(|fact| &fact.event.inputs).map(|input| &input.subject);
        if let Some(job) = inputs.into_iter().find(|subject| subject.kind() == SubjectKind::Job) {
            return json!({ "@id": self.id(job) });
        }
        let started = thing.facts.iter().rev().find_map(|fact| match &fact.event.body {
            Body::RunStarted(body) if fact.event.kind() == Kind::RunStarted => Some(body),
            _ => None,
        });
        let runtime = started.and_then(|body| body.runtime.as_ref()).map(|runtime| json!({ "@id": self.id(runtime) }));
        let command = started.and_then(|body| body.command.as_ref());
        let mut said = Said::new();
        said.extend(runtime.map(|runtime| ("softwareRequirements".to_owned(), runtime)));
        said.extend(command.map(|command| ("description".to_owned(), json!(command.as_str()))));
        match started.and_then(|body| body.code.as_ref()) {
            Some(code) => {
                said.extend(version(code));
                self.entity(format!("#code/{run}"), "SoftwareSourceCode", said)
            }
            None => {
                said.insert("name".into(), json!(command.map_or(run.as_str(), Text::as_str)));
                self.entity(format!("#program/{run}"), "SoftwareApplication", said)
            }
        }
    }
}

fn version(code: &CodeVersion) -> Said {
    let name = code.repository.as_ref().map_or("code", Text::as_str);
    let mut said =
        Said::from_iter([("name".to_owned(), json!(name)), ("version".to_owned(), json!(code.commit.as_str()))]);
    said.extend(code.repository.as_ref().map(|repository| ("codeRepository".to_owned(), json!(repository.as_str()))));
    if code.dirty {
        said.insert("creativeWorkStatus".into(), json!("the working tree differed from the commit"));
    }
    said
}

fn runtime(body: &RuntimeCaptured) -> Said {
    let mut said = Said::new();
    said.extend(body.os.as_ref().map(|os| ("operatingSystem".to_owned(), json!(os.as_str()))));
    said.extend(body.language.as_ref().map(|own| ("runtimePlatform".to_owned(), json!(own.as_str()))));
    let libraries: Vec<String> =
        body.libraries.iter().map(|(name, version)| format!("{name}=={}", version.as_str())).collect();
    if !libraries.is_empty() {
        said.insert("softwareRequirements".into(), json!(libraries));
    }
    said
}
