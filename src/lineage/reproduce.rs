//! What is needed to run a run again, and what of it is missing.

use super::{LineageError, Source, graph::Bound, reader::Reader};
use crate::{
    codec::event::to_json,
    event::{Body, Digest, Event, Reference, Subject, SubjectKind, Text, body::CodeVersion},
    ledger::Record,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// What a run was made of.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// The code version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeVersion>,
    /// The command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Text>,
    /// Hyper-parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// The runtime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Subject>,
    /// What it was, as `runtime.captured` says (docs/events.md).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Value>,
    /// What went in.
    pub inputs: Vec<Ingredient>,
    /// What came out: a run that is made again should give these.
    pub outputs: Vec<Ingredient>,
    /// What is missing, or not as it was; empty: all that is needed is recorded.
    pub missing: Vec<Lack>,
    /// The indices of records that the reader may not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<u64>,
    /// The bound that cut it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Bound>,
}

/// A subject that went in or came out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ingredient {
    /// The subject.
    pub subject: Subject,
    /// The digest of its bytes: that of the run's event, or else of its registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Where it came from, as its registration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
}

/// Something that stands in the way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Lack {
    /// Of what: `code`, `parameters`, `runtime`, or a subject.
    pub of: String,
    /// What is wrong.
    pub why: String,
}

pub(super) fn reproduce<S: Source>(source: &mut S, end: u64, run: &Subject) -> Result<Recipe, LineageError> {
    let mut reader = Reader::new(source, end);
    let mut recipe = recipe(&mut reader, run)?;
    recipe.withheld = reader.withheld.iter().copied().collect();
    recipe.cut = reader.cut();
    Ok(recipe)
}

/// The same with lists that may be read for something else, too.
pub(super) fn recipe<S: Source>(reader: &mut Reader<'_, S>, run: &Subject) -> Result<Recipe, LineageError> {
    let mut recipe = Recipe::default();
    let (mut inputs, mut outputs): (Vec<Reference>, Vec<Reference>) = (Vec::new(), Vec::new());
    let records: Vec<Arc<Record>> = reader.about(run)?.to_vec();
    let own = || records.iter().flat_map(|record| &record.events).filter(|event| event.subject == *run);
    let mut ended = false;
    for event in own() {
        ended |= matches!(event.body, Body::RunCompleted(_));
        recipe.take(event);
        merge(&mut inputs, &event.inputs);
        merge(&mut outputs, &event.outputs);
    }
    if own().next().is_none() {
        recipe.lack(run.to_string(), "no event about it is recorded, or none that you may read");
        return Ok(recipe);
    }
    if !ended {
        recipe.lack(run.to_string(), "it is not recorded that it ended well");
    }
    recipe.judge_code();
    recipe.look_at_runtime(reader)?;
    for input in inputs {
        let found = recipe.ingredient(reader, &input)?;
        recipe.inputs.push(found);
    }
    for output in outputs {
        recipe.outputs.push(Ingredient { subject: output.subject, digest: output.digest, source: None });
    }
    Ok(recipe)
}

/// Adds references; a digest that was given once stays.
fn merge(all: &mut Vec<Reference>, more: &[Reference]) {
    for reference in more {
        match all.iter_mut().find(|known| known.subject == reference.subject) {
            Some(known) => known.digest = known.digest.or(reference.digest),
            None => all.push(reference.clone()),
        }
    }
}

impl Recipe {
    fn lack(&mut self, of: impl Into<String>, why: impl Into<String>) {
        self.missing.push(Lack { of: of.into(), why: why.into() });
    }

    /// What one event of the run says; a later one overrides.
    fn take(&mut self, event: &Event) {
        let (code, runtime, parameters) = match &event.body {
            Body::RunStarted(body) => {
                self.command = body.command.clone().or(self.command.take());
                (&body.code, &body.runtime, &body.parameters)
            }
            Body::RunCompleted(body) => (&body.code, &body.runtime, &body.parameters),
            _ => return,
        };
        self.code = code.clone().or(self.code.take());
        self.runtime = runtime.clone().or(self.runtime.take());
        for (name, value) in parameters {
            self.parameters.insert(name.clone(), serde_json::to_value(value).unwrap_or_default());
        }
    }

    fn judge_code(&mut self) {
        match &self.code {
            None => self.lack("code", "no code version is recorded"),
            Some(code) if code.dirty => self.lack("code", "the working tree differed from the commit"),
            Some(code) if code.repository.is_none() => self.lack("code", "no repository is recorded for the commit"),
            Some(_) => {}
        }
        if self.parameters.is_empty() {
            self.lack("parameters", "none are recorded");
        }
    }

    fn look_at_runtime<S: Source>(&mut self, reader: &mut Reader<'_, S>) -> Result<(), LineageError> {
        let Some(runtime) = self.runtime.clone() else {
            self.lack("runtime", "no runtime is recorded");
            return Ok(());
        };
        let records = reader.about(&runtime)?;
        let events = records.iter().flat_map(|record| &record.events);
        let mut captured =
            events.filter(|event| event.subject == runtime && matches!(event.body, Body::RuntimeCaptured(_)));
        let Some(event) = captured.next_back().cloned() else {
            self.lack(runtime.to_string(), "what it was is not recorded");
            return Ok(());
        };
        if let Body::RuntimeCaptured(body) = &event.body
            && body.lock_file.is_none()
            && body.image.is_none()
            && body.libraries.is_empty()
        {
            self.lack(runtime.to_string(), "neither lock file, image nor libraries are recorded");
        }
        self.captured = to_json(&event).get("body").cloned();
        Ok(())
    }

    /// What is known of an input, and whether it can still be had.
    fn ingredient<S: Source>(
        &mut self,
        reader: &mut Reader<'_, S>,
        input: &Reference,
    ) -> Result<Ingredient, LineageError> {
        let mut found = Ingredient { subject: input.subject.clone(), digest: input.digest, source: None };
        let mut registered = None;
        let mut lacks = Vec::new();
        let records = reader.about(&input.subject)?;
        let about = records.iter().flat_map(|record| record.events.iter().map(|event| (record.index, event)));
        for (index, event) in about.filter(|(_, event)| event.subject == input.subject) {
            match &event.body {
                Body::DatasetRegistered(body) => {
                    registered = Some(body.digest);
                    found.source.clone_from(&body.source);
                }
                Body::ModelRegistered(body) => registered = Some(Some(body.artifact)),
                Body::PromptRegistered(body) => registered = Some(Some(body.template)),
                Body::DatasetRetired(_) => lacks.push(format!("it was retired (record {index})")),
                Body::ErasureExecuted(_) => lacks.push(format!("something of it was erased (record {index})")),
                _ => {}
            }
        }
        let needs = matches!(input.subject.kind(), SubjectKind::Dataset | SubjectKind::Model | SubjectKind::Prompt);
        match (registered, input.digest) {
            (None, _) if needs && !input.external => lacks.push("it was never registered".to_owned()),
            (Some(Some(own)), Some(used)) if own != used => {
                lacks.push(format!("the run used other bytes ({used}) than were registered ({own})"));
            }
            (None | Some(None), None) if needs => lacks.push("no digest says which bytes they were".to_owned()),
            _ => {}
        }
        found.digest = found.digest.or(registered.flatten());
        for why in lacks {
            self.lack(input.subject.to_string(), why);
        }
        Ok(found)
    }
}
