//! A CycloneDX 1.7 bill of materials for machine learning (ECMA-424): models with their cards, data, runtimes with their
//! libraries, deployments as services, runs as workflows of the formulation, and what depends on what.
//!
//! Runs are no components: what a model depends on is what went into the run that made it. Every part says by which
//! records it is known, as properties `sagwan:record:INDEX/POSITION:kind` and `…:leaf`.

use super::{
    Material, names, pretty,
    things::{Thing, Things, hex_of, plain},
};
use crate::event::{Body, Kind, Reference, Subject, SubjectKind, body::DatasetRegistered};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// What becomes a component.
const COMPONENTS: [SubjectKind; 7] = [
    SubjectKind::Model,
    SubjectKind::Dataset,
    SubjectKind::Prompt,
    SubjectKind::Code,
    SubjectKind::Document,
    SubjectKind::Runtime,
    SubjectKind::System,
];

/// The document.
pub(super) fn write(material: &Material) -> String {
    let things = Things::of(material);
    let last = material.facts().last();
    let as_of = material.as_of.to_string();
    let about = material.about.as_ref().map_or("", Subject::as_str);
    let mut metadata = json!({
        "tools": { "components": [{ "type": "application", "name": "sagwan", "version": env!("CARGO_PKG_VERSION") }] },
    });
    if let Some(metadata) = metadata.as_object_mut() {
        // The newest of what it tells, not the time at which it is made: the same ledger gives the same bytes.
        metadata.extend(last.map(|fact| ("timestamp".to_owned(), json!(names::time(fact.record.t)))));
        let own = material.about.as_ref().filter(|about| is_component(about));
        metadata.extend(own.map(|about| ("component".to_owned(), root(&things, about))));
        let ledger = [("origin", material.origin.clone()), ("as-of", as_of.clone())];
        let ledger = ledger.map(|(name, value)| json!({ "name": format!("sagwan:{name}"), "value": value }));
        metadata.insert("properties".into(), json!(ledger));
    }
    let component = |(subject, thing)| component(&things, subject, thing);
    let components: Vec<Json> =
        things.of_kinds(&COMPONENTS).filter(|(subject, _)| Some(*subject) != own(material)).map(component).collect();
    let services: Vec<Json> = things.of_kinds(&[SubjectKind::Deployment]).map(service).collect();
    let workflows: Vec<Json> = things.of_kinds(&[SubjectKind::Run]).map(|(run, thing)| workflow(run, thing)).collect();
    let mut bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": format!("urn:uuid:{}", names::uuid("bom", &[&material.origin, about, &as_of])),
        "version": 1,
        "metadata": metadata,
        "components": components,
    });
    if let Some(bom) = bom.as_object_mut() {
        let mut add = |name: &str, list: Vec<Json>| {
            if !list.is_empty() {
                bom.insert(name.into(), Json::Array(list));
            }
        };
        add("services", services);
        add("dependencies", dependencies(&things));
        let formula = if workflows.is_empty() { Vec::new() } else { vec![json!({ "workflows": workflows })] };
        add("formulation", formula);
    }
    pretty(&bom)
}

fn own(material: &Material) -> Option<&Subject> {
    material.about.as_ref().filter(|about| is_component(about))
}

fn root(things: &Things<'_>, about: &Subject) -> Json {
    things.get(about).map_or_else(|| json!({}), |thing| component(things, about, thing))
}

fn is_component(subject: &Subject) -> bool {
    COMPONENTS.contains(&subject.kind())
}

/// What may stand in the graph of dependencies.
fn is_part(subject: &Subject) -> bool {
    is_component(subject) || subject.kind() == SubjectKind::Deployment
}

fn component(things: &Things<'_>, subject: &Subject, thing: &Thing<'_>) -> Json {
    let kind = match subject.kind() {
        SubjectKind::Model => "machine-learning-model",
        SubjectKind::Dataset | SubjectKind::Prompt => "data",
        SubjectKind::Runtime => "platform",
        SubjectKind::Document => "file",
        _ => "application",
    };
    let mut own = Map::new();
    own.insert("type".into(), json!(kind));
    own.insert("bom-ref".into(), json!(subject.as_str()));
    own.insert("name".into(), json!(subject.name()));
    own.extend(subject.version().map(|version| ("version".to_owned(), json!(version))));
    if let Some(digest) = &thing.digest {
        own.insert("hashes".into(), json!([{ "alg": "SHA-256", "content": hex_of(digest) }]));
    }
    match subject.kind() {
        SubjectKind::Model => drop(own.insert("modelCard".into(), model_card(things, subject, thing))),
        SubjectKind::Dataset => dataset(&mut own, subject, thing),
        SubjectKind::Prompt => {
            own.insert("data".into(), json!([{ "type": "configuration", "name": subject.as_str() }]));
        }
        SubjectKind::Runtime => runtime(&mut own, subject, thing),
        _ => {}
    }
    own.insert("properties".into(), properties(subject, thing));
    Json::Object(own)
}

/// By which records it is known.
fn properties(subject: &Subject, thing: &Thing<'_>) -> Json {
    let mut listed = vec![json!({ "name": "sagwan:kind", "value": subject.kind().as_str() })];
    if thing.external {
        listed.push(json!({ "name": "sagwan:external", "value": "true" }));
    }
    for fact in &thing.facts {
        let at = format!("sagwan:record:{}", fact.place());
        listed.push(json!({ "name": format!("{at}:kind"), "value": fact.event.kind().as_str() }));
        listed.push(json!({ "name": format!("{at}:leaf"), "value": fact.leaf().to_string() }));
    }
    Json::Array(listed)
}

fn model_card(things: &Things<'_>, subject: &Subject, thing: &Thing<'_>) -> Json {
    let (mut parameters, mut metrics, mut uses) = (Map::new(), Vec::new(), Vec::new());
    let mut settings: BTreeMap<String, String> = BTreeMap::new();
    for fact in &thing.facts {
        match &fact.event.body {
            Body::ModelRegistered(body) => {
                parameters.extend(body.task.as_ref().map(|task| ("task".to_owned(), json!(task.as_str()))));
                settings.extend(body.parameters.iter().map(|(name, value)| (name.clone(), plain(value))));
                settings.extend(body.framework.as_ref().map(|own| ("framework".to_owned(), own.as_str().to_owned())));
                uses.extend(body.system.as_ref().and_then(|system| purpose(things, system)));
            }
            Body::ModelEvaluated(body) => {
                let on: Vec<&str> = fact.event.inputs.iter().map(|input| input.subject.as_str()).collect();
                for (name, value) in &body.metrics {
                    let mut metric = json!({ "type": name, "value": json!(value.0).to_string() });
                    if let Some(metric) = metric.as_object_mut().filter(|_| !on.is_empty()) {
                        metric.insert("slice".into(), json!(on.join(", ")));
                    }
                    metrics.push(metric);
                }
            }
            _ => {}
        }
    }
    let from = things.before(subject, |from| !is_part(from));
    let data = from.into_iter().filter(|from| from.kind() == SubjectKind::Dataset);
    let data: Vec<Json> = data.map(|from| json!({ "ref": from.as_str() })).collect();
    if !data.is_empty() {
        parameters.insert("datasets".into(), Json::Array(data));
    }
    let mut card = Map::new();
    if !parameters.is_empty() {
        card.insert("modelParameters".into(), Json::Object(parameters));
    }
    if !metrics.is_empty() {
        card.insert("quantitativeAnalysis".into(), json!({ "performanceMetrics": metrics }));
    }
    if !uses.is_empty() {
        card.insert("considerations".into(), json!({ "useCases": uses }));
    }
    let settings: Vec<Json> = settings
        .into_iter()
        .map(|(name, value)| json!({ "name": format!("sagwan:parameter:{name}"), "value": value }))
        .collect();
    if !settings.is_empty() {
        card.insert("properties".into(), Json::Array(settings));
    }
    Json::Object(card)
}

/// What a system is for.
fn purpose(things: &Things<'_>, system: &Subject) -> Option<String> {
    let facts = &things.get(system)?.facts;
    facts.iter().rev().find_map(|fact| match &fact.event.body {
        Body::SystemRegistered(body) => body.purpose.as_ref().map(|text| text.as_str().to_owned()),
        _ => None,
    })
}

fn dataset(own: &mut Map<String, Json>, subject: &Subject, thing: &Thing<'_>) {
    let registered = thing.facts.iter().rev().find_map(|fact| match &fact.event.body {
        Body::DatasetRegistered(body) => Some((body, fact)),
        _ => None,
    });
    let mut data = json!({ "type": "dataset", "name": subject.as_str() });
    if let (Some(data), Some((body, fact))) = (data.as_object_mut(), registered) {
        data.extend(contents(body));
        let classification = match (body.sensitive, body.personal) {
            (true, _) => Some("sensitive"),
            (_, true) => Some("personal"),
            _ => None,
        };
        data.extend(classification.map(|word| ("classification".to_owned(), json!(word))));
        let categories: Vec<&str> = body.data_categories.iter().map(crate::event::Text::as_str).collect();
        if body.personal && !categories.is_empty() {
            data.insert("sensitiveData".into(), json!(categories));
        }
        let owner = json!({ "contact": { "name": fact.record.actor.as_str() } });
        data.insert("governance".into(), json!({ "custodians": [owner] }));
        if let Some(licence) = &body.licence {
            own.insert("licenses".into(), json!([{ "license": { "name": licence.as_str() } }]));
        }
    }
    own.insert("data".into(), json!([data]));
}

fn contents(body: &DatasetRegistered) -> Option<(String, Json)> {
    let described = [("source", &body.source), ("purpose", &body.purpose), ("legal-basis", &body.legal_basis)];
    let mut listed: Vec<Json> = described
        .into_iter()
        .filter_map(|(name, text)| Some(json!({ "name": format!("sagwan:{name}"), "value": text.as_ref()?.as_str() })))
        .collect();
    let rows = body.statistics.as_ref().map(|statistics| statistics.rows);
    listed.extend(rows.map(|rows| json!({ "name": "sagwan:rows", "value": rows.to_string() })));
    (!listed.is_empty()).then(|| ("contents".to_owned(), json!({ "properties": listed })))
}

/// A runtime with its libraries inside it.
fn runtime(own: &mut Map<String, Json>, subject: &Subject, thing: &Thing<'_>) {
    let captured = thing.facts.iter().rev().find_map(|fact| match &fact.event.body {
        Body::RuntimeCaptured(body) => Some(body),
        _ => None,
    });
    let Some(body) = captured else { return };
    let described = [("os", &body.os), ("language", &body.language)];
    let words = described.into_iter().filter_map(|(name, text)| Some(format!("{name}: {}", text.as_ref()?.as_str())));
    let words: Vec<String> = words.collect();
    if !words.is_empty() {
        own.insert("description".into(), json!(words.join("; ")));
    }
    let library = |(name, version): (&String, &crate::event::Text)| {
        let reference = format!("{subject}#{name}");
        json!({ "type": "library", "bom-ref": reference, "name": name, "version": version.as_str() })
    };
    let libraries: Vec<Json> = body.libraries.iter().map(library).collect();
    if !libraries.is_empty() {
        own.insert("components".into(), Json::Array(libraries));
    }
}

fn service((subject, thing): (&Subject, &Thing<'_>)) -> Json {
    json!({ "bom-ref": subject.as_str(), "name": subject.name(), "properties": properties(subject, thing) })
}

/// A run as it was carried out.
fn workflow(run: &Subject, thing: &Thing<'_>) -> Json {
    let mut own = Map::new();
    own.insert("bom-ref".into(), json!(run.as_str()));
    own.insert("uid".into(), json!(run.as_str()));
    own.insert("name".into(), json!(run.name()));
    own.insert("taskTypes".into(), json!(["build"]));
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let add = |list: &mut Vec<Json>, reference: &Reference, kind: Option<&str>| {
        let mut one = json!({ "resource": { "ref": reference.subject.as_str() } });
        if let (Some(one), Some(kind)) = (one.as_object_mut(), kind) {
            one.insert("type".into(), json!(kind));
        }
        if is_part(&reference.subject) && !list.contains(&one) {
            list.push(one);
        }
    };
    for fact in &thing.facts {
        fact.event.inputs.iter().for_each(|input| add(&mut inputs, input, None));
        fact.event.outputs.iter().for_each(|output| add(&mut outputs, output, Some("artifact")));
        let bound = if fact.event.kind() == Kind::RunStarted { "timeStart" } else { "timeEnd" };
        own.insert(bound.into(), json!(names::time(fact.event.time)));
    }
    for (name, list) in [("inputs", inputs), ("outputs", outputs)] {
        if !list.is_empty() {
            own.insert(name.into(), Json::Array(list));
        }
    }
    own.insert("properties".into(), properties(run, thing));
    Json::Object(own)
}

fn dependencies(things: &Things<'_>) -> Vec<Json> {
    let kinds: Vec<SubjectKind> = COMPONENTS.into_iter().chain([SubjectKind::Deployment]).collect();
    let one = |(subject, _): (&Subject, &Thing<'_>)| {
        let from: Vec<&str> = things.before(subject, |from| !is_part(from)).into_iter().map(Subject::as_str).collect();
        if from.is_empty() {
            return json!({ "ref": subject.as_str() });
        }
        json!({ "ref": subject.as_str(), "dependsOn": from })
    };
    things.of_kinds(&kinds).map(one).collect()
}
