//! in-toto Statements v1, one a line, in log order; whoever exports signs them ([`super::dsse`]).
//!
//! | in the ledger | predicate |
//! |---|---|
//! | `model.evaluated`, `prompt.evaluated`, `dataset.validated` | test-result v0.1 |
//! | an allowed event about an artefact, with the validators that accepted it | SVR v0.2: the policy, and what it let pass |
//! | a run with outputs of known bytes, or a registration from a run | SLSA provenance v1 |
//!
//! A statement is about bytes: without a digest there is none.

use super::{
    Fact, Material, names,
    things::{Things, artifact, bytes_of, hex_of},
};
use crate::event::{
    Body, Decision, Digest, Number, Reference, Subject, SubjectKind,
    body::{CheckOutcome, VerdictWord},
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The lines.
pub(super) fn write(material: &Material) -> String {
    let things = Things::of(material);
    let writer = Writer { namespace: names::namespace(&material.origin), origin: &material.origin, things: &things };
    let mut out = String::new();
    for fact in material.facts() {
        for statement in [writer.test(&fact), writer.verified(&fact), writer.built(&fact)].into_iter().flatten() {
            out.push_str(&statement.to_string());
            out.push('\n');
        }
    }
    out
}

struct Writer<'w, 'm> {
    namespace: String,
    origin: &'w str,
    things: &'w Things<'m>,
}

fn outcome_word(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Pass => "PASSED",
        CheckOutcome::Warn => "WARNED",
        CheckOutcome::Fail => "FAILED",
    }
}

impl Writer<'_, '_> {
    fn statement(&self, subject: Json, predicate_type: &str, predicate: Json) -> Json {
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": subject,
            "predicateType": predicate_type,
            "predicate": predicate,
        })
    }

    /// The artefact, and in annotations where the ledger says so.
    fn subject(&self, fact: &Fact<'_>, subject: &Subject, digest: &Digest, more: Map<String, Json>) -> Json {
        let mut annotations = json!({
            "origin": self.origin,
            "record": fact.place(),
            "leaf": fact.leaf().to_string(),
            "kind": fact.event.kind().as_str(),
            "actor": fact.record.actor.as_str(),
        });
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.extend(more);
        }
        let mut described = self.resource(subject, Some(*digest));
        if let Some(described) = described.as_object_mut() {
            described.insert("annotations".into(), annotations);
        }
        described
    }

    fn resource(&self, subject: &Subject, digest: Option<Digest>) -> Json {
        let mut described = json!({ "name": subject.as_str(), "uri": format!("{}/{subject}", self.namespace) });
        if let (Some(described), Some(digest)) = (described.as_object_mut(), digest) {
            described.insert("digest".into(), json!({ "sha256": hex_of(&digest) }));
        }
        described
    }

    fn resources<'r>(&self, references: impl IntoIterator<Item = &'r Reference>) -> Vec<Json> {
        let described = references.into_iter().map(|one| self.resource(&one.subject, bytes_of(self.things, one)));
        described.collect()
    }

    /// An evaluation or a validation.
    fn test(&self, fact: &Fact<'_>) -> Option<Json> {
        let none = BTreeMap::new();
        let (outcome, checks, metrics) = match &fact.event.body {
            Body::ModelEvaluated(body) => (body.outcome, &[][..], &body.metrics),
            Body::PromptEvaluated(body) => (body.outcome, &[][..], &body.metrics),
            Body::DatasetValidated(body) => (body.outcome, body.checks.as_slice(), &none),
            _ => return None,
        };
        let digest = self.digest_of(fact)?;
        let mut predicate = json!({
            "result": outcome_word(outcome), "configuration": self.resources(&fact.event.inputs),
        });
        let own = fact.event.kind().to_string();
        for (list, wanted) in [
            ("passedTests", CheckOutcome::Pass),
            ("warnedTests", CheckOutcome::Warn),
            ("failedTests", CheckOutcome::Fail),
        ] {
            let named = checks.iter().filter(|check| check.outcome == wanted).map(|check| check.code.as_str());
            let whole = (checks.is_empty() && outcome == wanted).then_some(own.as_str());
            let named: Vec<&str> = named.chain(whole).collect();
            if let Some(predicate) = predicate.as_object_mut().filter(|_| !named.is_empty()) {
                predicate.insert(list.into(), json!(named));
            }
        }
        let subject = self.subject(fact, &fact.event.subject, &digest, measured(metrics));
        Some(self.statement(json!([subject]), "https://in-toto.io/attestation/test-result/v0.1", predicate))
    }

    fn digest_of(&self, fact: &Fact<'_>) -> Option<Digest> {
        let own = artifact(&fact.event.body);
        own.or_else(|| self.things.get(&fact.event.subject).and_then(|thing| thing.digest))
    }

    /// What policy and validators let pass. What was recorded although a rule was against it passes nothing.
    fn verified(&self, fact: &Fact<'_>) -> Option<Json> {
        if fact.decided().0 != Decision::Allow {
            return None;
        }
        let digest = artifact(&fact.event.body)?;
        let environment = fact.event.env.map(|env| format!("_{env}")).unwrap_or_default();
        let word = |text: String| text.to_ascii_uppercase().replace(['.', '-'], "_");
        let mut properties = vec![format!("SAGWAN_ALLOWED_{}", word(format!("{}{environment}", fact.event.kind())))];
        let ruling = fact.record.rulings.get(fact.position);
        let words: Vec<VerdictWord> =
            ruling.into_iter().flat_map(|ruling| &ruling.verdicts).map(|verdict| verdict.verdict).collect();
        let is_bad = |word: &VerdictWord| !matches!(word, VerdictWord::Accept | VerdictWord::Abstain);
        if words.contains(&VerdictWord::Accept) && !words.iter().any(is_bad) {
            properties.push("SAGWAN_VALIDATORS_ACCEPT".to_owned());
        }
        let policy = json!({ "name": "policy", "digest": { "sha256": hex_of(&fact.record.policy) } });
        let predicate = json!({
            "verifier": { "id": self.namespace, "policies": [policy] },
            "timeCreated": names::time(fact.record.t),
            "properties": properties,
        });
        let subject = self.subject(fact, &fact.event.subject, &digest, Map::new());
        Some(self.statement(json!([subject]), "https://in-toto.io/attestation/svr/v0.2", predicate))
    }

    /// How an artefact was made: by the run that had it among its outputs, or that its registration names.
    fn built(&self, fact: &Fact<'_>) -> Option<Json> {
        let event = fact.event;
        let (run, outputs) = match &event.body {
            Body::RunCompleted(body) => {
                let outputs = event.outputs.iter().filter(|output| is_artefact(&output.subject));
                let known = outputs.filter_map(|output| Some((&output.subject, bytes_of(self.things, output)?)));
                let known: Vec<_> = known.collect();
                let metrics = measured(&body.metrics);
                let described =
                    known.iter().map(|(subject, digest)| self.subject(fact, subject, digest, metrics.clone()));
                (&event.subject, described.collect::<Vec<_>>())
            }
            Body::ModelRegistered(body) => {
                let run = event.inputs.iter().find(|input| input.subject.kind() == SubjectKind::Run)?;
                (&run.subject, vec![self.subject(fact, &event.subject, &body.artifact, Map::new())])
            }
            _ => return None,
        };
        if outputs.is_empty() {
            return None;
        }
        let predicate = self.provenance(fact, run);
        Some(self.statement(Json::Array(outputs), "https://slsa.dev/provenance/v1", predicate))
    }

    fn provenance(&self, fact: &Fact<'_>, run: &Subject) -> Json {
        let facts = self.things.get(run).map(|thing| thing.facts.as_slice()).unwrap_or_default();
        let mut parameters = Map::new();
        let (mut inputs, mut metadata): (Vec<&Reference>, Map<String, Json>) = (Vec::new(), Map::new());
        let mut code = None;
        metadata.insert("invocationId".into(), json!(format!("{}/{run}", self.namespace)));
        for own in facts {
            inputs.extend(own.event.inputs.iter().filter(|input| is_artefact(&input.subject)));
            let (bound, named) = match &own.event.body {
                Body::RunStarted(body) => {
                    parameters.extend(body.command.as_ref().map(|text| ("command".to_owned(), json!(text.as_str()))));
                    code = body.code.as_ref().or(code);
                    ("startedOn", &body.parameters)
                }
                Body::RunCompleted(body) => {
                    code = body.code.as_ref().or(code);
                    ("finishedOn", &body.parameters)
                }
                _ => continue,
            };
            metadata.insert(bound.into(), json!(names::time(own.event.time)));
            let named =
                named.iter().map(|(name, value)| (name.clone(), serde_json::to_value(value).unwrap_or_default()));
            parameters.extend(named);
        }
        let mut dependencies: Vec<Json> = Vec::new();
        let described = self.resources(inputs);
        described.into_iter().for_each(|one| {
            if !dependencies.contains(&one) {
                dependencies.push(one);
            }
        });
        if let Some((code, repository)) = code.and_then(|code| Some((code, code.repository.as_ref()?))) {
            let digest = json!({ "gitCommit": code.commit.as_str() });
            dependencies.push(json!({ "uri": format!("git+{}", repository.as_str()), "digest": digest }));
        }
        let builder = facts.last().map_or(&fact.record.actor, |own| &own.record.actor);
        json!({
            "buildDefinition": {
                "buildType": format!("{}run", names::VOCABULARY),
                "externalParameters": parameters,
                "resolvedDependencies": dependencies,
            },
            "runDetails": {
                "builder": { "id": format!("{}/actor/{builder}", self.namespace) },
                "metadata": metadata,
            },
        })
    }
}

fn is_artefact(subject: &Subject) -> bool {
    use SubjectKind::{Code, Dataset, Document, Model, Prompt, Runtime};
    matches!(subject.kind(), Model | Dataset | Prompt | Document | Code | Runtime)
}

fn measured(metrics: &BTreeMap<String, Number>) -> Map<String, Json> {
    let measured: Map<String, Json> = metrics.iter().map(|(name, value)| (name.clone(), json!(value.0))).collect();
    let mut annotations = Map::new();
    if !measured.is_empty() {
        annotations.insert("metrics".into(), Json::Object(measured));
    }
    annotations
}
