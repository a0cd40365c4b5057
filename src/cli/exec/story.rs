//! The events of one run: how it began, what it ran on, how it ended.

use super::{
    Args, capture,
    child::{Ending, How},
};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        record, reference, signer, when,
    },
    event::{
        Body, Env, Event, Map, Number, Reference, Subject, SubjectKind, Text, Timestamp, Value,
        body::{CodeVersion, RunAborted, RunCompleted, RunFailed, RunStarted, RuntimeCaptured},
        limits,
    },
};
use serde::Deserialize as _;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, ffi::OsString, path::Path, time::SystemTime};

/// What is known of a run before it begins.
pub struct Story {
    /// The run.
    pub run: Subject,
    /// The experiment.
    pub experiment: Subject,
    env: Env,
    begun: Timestamp,
    inputs: Vec<Reference>,
    started: RunStarted,
    runtime: (Subject, RuntimeCaptured),
    code: Option<CodeVersion>,
    parameters: BTreeMap<String, Value>,
    /// The file of metrics as it was before: an unchanged one is of an earlier run.
    metrics_before: Option<Stamp>,
}

/// When a file was changed last, and its size.
type Stamp = (SystemTime, u64);

impl Story {
    /// Collects what is known: hashes the inputs, asks git, looks at the machine.
    ///
    /// # Errors
    /// When a name is none, an input cannot be read, or a parameter stands twice.
    pub fn new(args: &Args, context: &Context) -> Done<Self> {
        let begun = context.now();
        let experiment = subject(SubjectKind::Experiment, &args.experiment)?;
        let run = match &args.run {
            Some(name) => subject(SubjectKind::Run, name)?,
            None => subject(SubjectKind::Run, &fresh_name(experiment.name(), begun)?)?,
        };
        let (inputs, _) = reference::references(&args.inputs, &[], &[]).and_then(|(inputs, outputs)| {
            reference_flags(args)?;
            Ok((marked(inputs, &args.external), outputs))
        })?;
        let parameters = parameters(&args.parameters)?;
        let captured = capture::runtime(&args.command, args.lock_file.as_deref(), args.image);
        let runtime = subject(SubjectKind::Runtime, &runtime_name(&captured))?;
        let code = capture::code();
        let started = RunStarted {
            trigger: args.trigger,
            experiment: Some(experiment.clone()),
            caused_by: args.caused_by.clone(),
            code: code.clone(),
            runtime: Some(runtime.clone()),
            command: if args.hide_command { None } else { command_line(&args.command) },
            parameters: parameters.clone(),
        };
        Ok(Self {
            run,
            experiment,
            env: args.env,
            begun,
            inputs,
            started,
            runtime: (runtime, captured),
            code,
            parameters,
            metrics_before: args.metrics.as_deref().and_then(stamp),
        })
    }

    /// `runtime.captured` and `run.started`.
    #[must_use]
    pub fn beginning(&self) -> Vec<Event> {
        let (runtime, captured) = self.runtime.clone();
        let captured = self.event(runtime, self.begun, Body::RuntimeCaptured(captured));
        let started = self.event(self.run.clone(), self.begun, Body::RunStarted(self.started.clone()));
        vec![captured, Event { inputs: self.inputs.clone(), ..started }]
    }

    /// `run.failed` for a command that could not be started.
    #[must_use]
    pub fn not_started(&self, why: &str, now: Timestamp) -> Event {
        let body = RunFailed { error: text(why), exit_code: None, duration_ms: None };
        self.event(self.run.clone(), now, Body::RunFailed(body))
    }

    /// `run.completed`, `run.failed` or `run.aborted`, and what could not be found of outputs and metrics.
    #[must_use]
    pub fn end(&self, args: &Args, ending: &Ending, now: Timestamp) -> (Event, Vec<String>) {
        let duration_ms = u64::try_from(ending.duration.as_millis()).ok();
        let took = duration_ms.map_or_else(String::new, |ms| format!(" after {}", when::duration(ms)));
        let body = match ending.how {
            How::Exited(0) => return self.completed(args, duration_ms, now),
            How::Exited(code) => Body::RunFailed(RunFailed {
                error: text(&format!("the command ended with exit code {code}{took}")),
                exit_code: Some(code.into()),
                duration_ms,
            }),
            How::Signalled(signal) => {
                Body::RunAborted(RunAborted { reason: text(&format!("signal {signal}{took}")), duration_ms })
            }
        };
        let event = self.event(self.run.clone(), now, body);
        (Event { inputs: self.inputs.clone(), ..event }, Vec::new())
    }

    fn completed(&self, args: &Args, duration_ms: Option<u64>, now: Timestamp) -> (Event, Vec<String>) {
        let mut remarks = Vec::new();
        let mut outputs = Vec::new();
        let mut sizes = Map::new();
        for named in &args.outputs {
            match named.content() {
                Ok((digest, content)) => {
                    let external = args.external.contains(&named.subject);
                    outputs.push(Reference { subject: named.subject.clone(), digest, external });
                    if let Some(bytes) = content.and_then(|content| i64::try_from(content.bytes).ok()) {
                        sizes.insert(named.subject.to_string(), Value::Int(bytes));
                    }
                }
                Err(failure) => remarks.push(format!("output left out: {}", failure.what)),
            }
        }
        let metrics = match args.metrics.as_deref().map(|path| self.metrics(path, &mut remarks)) {
            Some(Ok(metrics)) => metrics,
            Some(Err(failure)) => {
                remarks.push(format!("metrics left out: {}", failure.what));
                BTreeMap::new()
            }
            None => BTreeMap::new(),
        };
        let body = RunCompleted {
            duration_ms,
            code: self.code.clone(),
            runtime: Some(self.runtime.0.clone()),
            column_lineage: Vec::new(),
            parameters: self.parameters.clone(),
            metrics,
        };
        let mut event = self.event(self.run.clone(), now, Body::RunCompleted(body));
        if !sizes.is_empty() {
            event.facets.insert("output-bytes".into(), Value::Map(sizes));
        }
        (Event { inputs: self.inputs.clone(), outputs, ..event }, remarks)
    }

    fn metrics(&self, path: &Path, remarks: &mut Vec<String>) -> Done<BTreeMap<String, Number>> {
        if self.metrics_before.is_some() && stamp(path) == self.metrics_before {
            let what = format!("{} was not written by this run", path.display());
            return Err(Failure::invalid(what, "let the command write it"));
        }
        metrics(path, remarks)
    }

    fn event(&self, subject: Subject, time: Timestamp, body: Body) -> Event {
        Event {
            subject,
            env: Some(self.env),
            inputs: Vec::new(),
            outputs: Vec::new(),
            time,
            body,
            facets: Map::new(),
            commitments: Vec::new(),
            imported: false,
            claimed_by: None,
        }
    }
}

/// `NAME` or `KIND/NAME` as a subject of the kind.
fn subject(kind: SubjectKind, name: &str) -> Done<Subject> {
    let whole = if name.starts_with(&format!("{kind}/")) { name.to_owned() } else { format!("{kind}/{name}") };
    whole.parse().map_err(|error| Failure::usage(format!("{error}"), "choose another name"))
}

/// `EXPERIMENT/20260131T090000Z-1f9a0c`.
fn fresh_name(experiment: &str, now: Timestamp) -> Done<String> {
    let seconds = Timestamp(now.0 / 1_000 * 1_000).to_string().replace(['-', ':'], "");
    Ok(format!("{experiment}/{seconds}-{}", hex::encode(signer::random::<3>()?)))
}

/// The same runtime has the same name: the beginning of the digest of what was captured.
fn runtime_name(captured: &RuntimeCaptured) -> String {
    let json = serde_json::to_vec(captured).unwrap_or_default();
    hex::encode(Sha256::digest(json)).chars().take(12).collect()
}

/// `--external` may only name inputs and outputs.
fn reference_flags(args: &Args) -> Done {
    let named = |subject: &Subject| args.inputs.iter().chain(&args.outputs).any(|named| named.subject == *subject);
    match args.external.iter().find(|subject| !named(subject)) {
        None => Ok(()),
        Some(stray) => Err(Failure::usage(
            format!("--external {stray} is neither an input nor an output"),
            "name it also with --input or --output",
        )),
    }
}

fn marked(inputs: Vec<Reference>, external: &[Subject]) -> Vec<Reference> {
    let mark = |reference: Reference| Reference { external: external.contains(&reference.subject), ..reference };
    inputs.into_iter().map(mark).collect()
}

fn parameters(pairs: &[String]) -> Done<BTreeMap<String, Value>> {
    let mut parameters = BTreeMap::new();
    for pair in pairs {
        let wrong = |why: &str| Failure::usage(format!("--param {pair:?}: {why}"), "write NAME=VALUE, each name once");
        let (name, value) = pair.split_once('=').ok_or_else(|| wrong("no `=`"))?;
        let value = Value::deserialize(record::value(value)).map_err(|error| wrong(&error.to_string()))?;
        if name.is_empty() || parameters.insert(name.to_owned(), value).is_some() {
            return Err(wrong("a name that is empty or stands twice"));
        }
    }
    Ok(parameters)
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Reads a flat or nested object of numbers; names of nested ones are joined by dots.
fn metrics(path: &Path, remarks: &mut Vec<String>) -> Done<BTreeMap<String, Number>> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    let json: Map = serde_json::from_str(&text)
        .map_err(|error| Failure::invalid(format!("{}: {error}", path.display()), "write an object of numbers"))?;
    let mut metrics = BTreeMap::new();
    flatten("", json, &mut metrics, remarks);
    Ok(metrics)
}

fn flatten(prefix: &str, map: Map, metrics: &mut BTreeMap<String, Number>, remarks: &mut Vec<String>) {
    for (name, value) in map {
        let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            #[expect(clippy::cast_precision_loss, reason = "a measurement; JSON has one number type")]
            Value::Int(number) => {
                metrics.insert(name, Number(number as f64));
            }
            Value::Float(number) => {
                metrics.insert(name, Number(number));
            }
            Value::Map(inner) => flatten(&name, inner, metrics, remarks),
            _ => remarks.push(format!("metric {name:?} left out: it is no number")),
        }
    }
}

/// The command line as a shell reads it, clipped to what a text may hold.
fn command_line(command: &[OsString]) -> Option<Text> {
    let plain =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&b));
    let words = command.iter().map(|word| {
        let word = word.to_string_lossy();
        if plain(&word) { word.into_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
    });
    text(&words.collect::<Vec<_>>().join(" "))
}

/// Text that an event may hold: control characters become spaces, the end is clipped.
fn text(given: &str) -> Option<Text> {
    let mut clean: String = given.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    while clean.len() > limits::TEXT_BYTES_MAX {
        clean.pop();
    }
    clean.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_reads_as_in_a_shell() {
        let command = ["python", "train.py", "--name", "it's", "", "a b"].map(OsString::from);
        assert_eq!(command_line(&command).unwrap().as_str(), r"python train.py --name 'it'\''s' '' 'a b'");
    }

    #[test]
    fn metrics_are_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.json");
        std::fs::write(&path, r#"{"auc": 0.79, "n": 200, "by": {"f1": 0.5}, "note": "x"}"#).unwrap();
        let mut remarks = Vec::new();
        let found = metrics(&path, &mut remarks).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["auc", "by.f1", "n"]);
        assert_eq!(remarks.len(), 1);
        std::fs::write(&path, "[1]").unwrap();
        assert!(metrics(&path, &mut remarks).is_err());
    }

    #[test]
    fn names_of_runs_are_subjects() {
        let name = fresh_name("credit", Timestamp(1_000_123)).unwrap();
        assert!(name.starts_with("credit/19700101T001640Z-") && name.len() == 30, "{name}");
        assert_eq!(subject(SubjectKind::Run, "run/x").unwrap(), subject(SubjectKind::Run, "x").unwrap());
        assert!(subject(SubjectKind::Run, "a b").is_err());
    }
}
