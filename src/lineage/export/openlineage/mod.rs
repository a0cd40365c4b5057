//! OpenLineage 2-0-2 events, one a line, in log order.
//!
//! | in the ledger | in OpenLineage |
//! |---|---|
//! | `run.started`, `completed`, `failed`, `aborted` | a run event START, COMPLETE, FAIL, ABORT, with inputs and outputs |
//! | another event with a run among its inputs | a run event OTHER of that run, whose output is the event's subject |
//! | another event with inputs or outputs | a job event, from the inputs to the subject, and from it to the outputs |
//! | another event about data, a model, a prompt … | a dataset event |
//!
//! Every thing but a run or job is a dataset here, named as the ledger names it in the namespace `sagwan://ORIGIN`; its
//! version is also a facet. Schema, source, version and owner stand at every mention, once they are registered.

mod facets;

use super::{Fact, Material, names};
use crate::event::{ActorId, Body, Event, Kind, Reference, Subject, SubjectKind, body::DatasetRegistered};
use facets::{dataset_facets, job_facets, output_facets, record_facet, run_facets};
use serde_json::{Map, Value as Json, json};
use std::{collections::BTreeMap, fmt::Write as _};

/// The specification that the events follow.
const SPEC: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/";

/// The lines.
pub(super) fn write(material: &Material) -> String {
    let mut teller = Teller::new(material);
    let mut out = String::new();
    for fact in material.facts() {
        teller.learn(&fact);
        for event in teller.tell(&fact) {
            // Writing to a string does not fail.
            let _ = writeln!(out, "{event}");
        }
    }
    out
}

/// What is known of datasets and runs, as far as the log was told.
struct Teller<'m> {
    origin: &'m str,
    namespace: String,
    datasets: BTreeMap<&'m Subject, (&'m DatasetRegistered, &'m ActorId)>,
    /// The job of a run: its job, experiment, or itself.
    jobs: BTreeMap<&'m Subject, &'m Subject>,
    /// What a runtime was.
    runtimes: BTreeMap<&'m Subject, &'m Event>,
}

impl<'m> Teller<'m> {
    /// Jobs and runtimes are known from the whole, since a run may be told before them.
    fn new(material: &'m Material) -> Self {
        let (mut jobs, mut runtimes) = (BTreeMap::new(), BTreeMap::new());
        for fact in material.facts() {
            let event = fact.event;
            match &event.body {
                Body::RunStarted(body) => {
                    let job = event.inputs.iter().map(|input| &input.subject);
                    let job = job.filter(|subject| subject.kind() == SubjectKind::Job).chain(&body.experiment).next();
                    jobs.insert(&event.subject, job.unwrap_or(&event.subject));
                }
                Body::RuntimeCaptured(_) => drop(runtimes.insert(&event.subject, event)),
                _ => {}
            }
        }
        let namespace = names::namespace(&material.origin);
        Self { origin: &material.origin, namespace, datasets: BTreeMap::new(), jobs, runtimes }
    }

    fn learn(&mut self, fact: &Fact<'m>) {
        if let Body::DatasetRegistered(body) = &fact.event.body {
            self.datasets.insert(&fact.event.subject, (body, &fact.record.actor));
        }
    }

    fn tell(&self, fact: &Fact<'m>) -> Vec<Json> {
        let (event, subject) = (fact.event, &fact.event.subject);
        if let Some(state) = state(&event.kind()) {
            let inputs = self.datasets(fact, &event.inputs);
            return vec![self.run_event(fact, subject, state, inputs, self.outputs(fact))];
        }
        if matches!(subject.kind(), SubjectKind::Run | SubjectKind::Job | SubjectKind::Actor | SubjectKind::Grant) {
            return Vec::new();
        }
        let mut told = Vec::new();
        let own = || vec![self.output(fact, subject)];
        for run in event.inputs.iter().filter(|input| input.subject.kind() == SubjectKind::Run) {
            told.push(self.run_event(fact, &run.subject, "OTHER", Vec::new(), own()));
        }
        let inputs = self.datasets(fact, &event.inputs);
        if !inputs.is_empty() {
            told.push(self.job_event(fact, "into", inputs, own()));
        }
        let outputs = self.outputs(fact);
        if !outputs.is_empty() {
            told.push(self.job_event(fact, "out-of", vec![self.dataset(fact, subject)], outputs));
        }
        if told.is_empty() {
            told.push(self.event(fact, "DatasetEvent", [("dataset", self.dataset(fact, subject))]));
        }
        told
    }

    fn event(&self, fact: &Fact<'_>, schema: &str, content: impl IntoIterator<Item = (&'static str, Json)>) -> Json {
        let mut event = Map::new();
        event.insert("eventTime".into(), json!(names::time(fact.event.time)));
        event.insert("producer".into(), json!(names::producer()));
        event.insert("schemaURL".into(), json!(format!("{SPEC}{schema}")));
        event.extend(content.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Json::Object(event)
    }

    fn run_event(&self, fact: &Fact<'_>, run: &Subject, state: &str, inputs: Vec<Json>, outputs: Vec<Json>) -> Json {
        let job = self.jobs.get(run).copied().unwrap_or(run);
        let runtime = fact.event.body.named().into_iter().flatten().find_map(|named| self.runtimes.get(named));
        let content = [
            ("eventType", json!(state)),
            (
                "run",
                json!({ "runId": names::run_id(self.origin, run), "facets": run_facets(self.origin, fact, runtime.copied()) }),
            ),
            ("job", json!({ "namespace": self.namespace, "name": job.as_str(), "facets": job_facets(fact) })),
            ("inputs", Json::Array(inputs)),
            ("outputs", Json::Array(outputs)),
        ];
        self.event(fact, "RunEvent", content)
    }

    /// A step that is no run: `into` its subject, or `out-of` it.
    fn job_event(&self, fact: &Fact<'_>, way: &str, inputs: Vec<Json>, outputs: Vec<Json>) -> Json {
        let name = format!("{}/{way}/{}", fact.event.kind(), fact.event.subject);
        let mut facets = job_facets(fact);
        facets.insert("sagwan_record".into(), record_facet(self.origin, fact, "JobFacet"));
        let job = json!({ "namespace": self.namespace, "name": name, "facets": facets });
        self.event(fact, "JobEvent", [("job", job), ("inputs", Json::Array(inputs)), ("outputs", Json::Array(outputs))])
    }

    fn datasets(&self, fact: &Fact<'_>, references: &[Reference]) -> Vec<Json> {
        let things = references.iter().map(|reference| &reference.subject).filter(|subject| is_thing(subject));
        things.map(|subject| self.dataset(fact, subject)).collect()
    }

    fn outputs(&self, fact: &Fact<'_>) -> Vec<Json> {
        let things = fact.event.outputs.iter().map(|reference| &reference.subject).filter(|subject| is_thing(subject));
        things.map(|subject| self.output(fact, subject)).collect()
    }

    fn dataset(&self, fact: &Fact<'_>, subject: &Subject) -> Json {
        let facets = dataset_facets(self.origin, fact, subject, self.datasets.get(subject).copied());
        json!({ "namespace": self.namespace, "name": subject.as_str(), "facets": facets })
    }

    fn output(&self, fact: &Fact<'_>, subject: &Subject) -> Json {
        let mut dataset = self.dataset(fact, subject);
        let facets = output_facets(self.datasets.get(subject).map(|(body, _)| *body));
        if let Some(dataset) = dataset.as_object_mut().filter(|_| !facets.is_empty()) {
            dataset.insert("outputFacets".into(), Json::Object(facets));
        }
        dataset
    }
}

/// Runs and jobs are not data; who may do what is no lineage.
fn is_thing(subject: &Subject) -> bool {
    use SubjectKind::{Actor, Experiment, Grant, Job, Run};
    !matches!(subject.kind(), Run | Job | Experiment | Actor | Grant)
}

fn state(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::RunStarted => Some("START"),
        Kind::RunCompleted => Some("COMPLETE"),
        Kind::RunFailed => Some("FAIL"),
        Kind::RunAborted => Some("ABORT"),
        _ => None,
    }
}
