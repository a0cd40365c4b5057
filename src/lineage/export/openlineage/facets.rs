//! The facets: what the specification has a place for, and one of our own, `sagwan_record`, that says where in the log
//! an event stands and what was decided about it.

use super::super::{Fact, names, things::plain};
use super::SPEC;
use crate::event::{
    ActorId, Body, Event, Kind, Subject,
    body::{CheckOutcome, CodeVersion, DatasetRegistered, DatasetValidated, Statistics},
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

type Facets = Map<String, Json>;

/// A facet of the specification, by its file and version.
fn facet(version: &str, file: &str, content: Json) -> Json {
    with_schema(&format!("https://openlineage.io/spec/facets/{version}/{file}.json#/$defs/{file}"), content)
}

fn with_schema(schema: &str, content: Json) -> Json {
    let mut facet = json!({ "_producer": names::producer(), "_schemaURL": schema });
    if let (Some(facet), Json::Object(content)) = (facet.as_object_mut(), content) {
        facet.extend(content);
    }
    facet
}

/// Where in the log the event stands. An open facet of the kind that `of` names.
pub(super) fn record_facet(origin: &str, fact: &Fact<'_>, of: &str) -> Json {
    let (decision, outcome) = fact.decided();
    let mut content = json!({
        "origin": origin,
        "index": fact.record.index,
        "position": fact.position,
        "leafHash": fact.leaf().to_string(),
        "recordedAt": names::time(fact.record.t),
        "kind": fact.event.kind().as_str(),
        "subject": fact.event.subject.as_str(),
        "actor": fact.record.actor.as_str(),
        "decision": decision,
        "outcome": outcome,
    });
    if let Some(content) = content.as_object_mut() {
        content.extend(fact.event.env.map(|env| ("environment".to_owned(), json!(env))));
        content.extend(fact.event.claimed_by.as_ref().map(|by| ("claimedBy".to_owned(), json!(by.as_str()))));
    }
    with_schema(&format!("{SPEC}{of}"), content)
}

fn parameters(event: &Event) -> Option<Json> {
    let parameters = match &event.body {
        Body::RunStarted(body) => &body.parameters,
        Body::RunCompleted(body) => &body.parameters,
        _ => return None,
    };
    let listed: Vec<Json> = parameters.iter().map(|(key, own)| json!({ "key": key, "value": plain(own) })).collect();
    (!listed.is_empty()).then(|| json!({ "parameters": listed }))
}

/// The language of a runtime as an engine and its version: `Python 3.12.1` has both.
fn engine(runtime: &Event) -> Option<Json> {
    let Body::RuntimeCaptured(body) = &runtime.body else { return None };
    let language = body.language.as_ref()?.as_str();
    let (name, version) = language.rsplit_once(' ').unwrap_or(("unknown", language));
    Some(json!({ "name": name, "version": version }))
}

/// The facets of a run.
pub(super) fn run_facets(origin: &str, fact: &Fact<'_>, runtime: Option<&Event>) -> Facets {
    let mut facets = Facets::new();
    facets.insert("sagwan_record".into(), record_facet(origin, fact, "RunFacet"));
    let mut add = |name: &str, facet: Json| drop(facets.insert(name.to_owned(), facet));
    if let Some(content) = runtime.and_then(engine) {
        add("processing_engine", facet("1-1-1", "ProcessingEngineRunFacet", content));
    }
    if let Some(content) = parameters(fact.event) {
        add("executionParameters", facet("1-0-0", "ExecutionParametersRunFacet", content));
    }
    let failed = match &fact.event.body {
        Body::RunFailed(body) => body.error.as_ref(),
        Body::RunAborted(body) => body.reason.as_ref(),
        _ => None,
    };
    if let Some(message) = failed {
        let content = json!({ "message": message.as_str(), "programmingLanguage": "unknown" });
        add("errorMessage", facet("1-0-1", "ErrorMessageRunFacet", content));
    }
    facets
}

fn code(event: &Event) -> Option<&CodeVersion> {
    match &event.body {
        Body::RunStarted(body) => body.code.as_ref(),
        Body::RunCompleted(body) => body.code.as_ref(),
        _ => None,
    }
}

/// The facets of a job: its code, its owner (who signs for it), its type.
pub(super) fn job_facets(fact: &Fact<'_>) -> Facets {
    let mut facets = Facets::new();
    let kind = if fact.event.kind().as_str().starts_with("run.") { "RUN" } else { "RECORD" };
    let content = json!({ "processingType": "BATCH", "integration": "SAGWAN", "jobType": kind });
    facets.insert("jobType".into(), facet("2-0-4", "JobTypeJobFacet", content));
    let owners = json!({ "owners": [{ "name": fact.record.actor.as_str(), "type": "SIGNER" }] });
    facets.insert("ownership".into(), facet("1-0-1", "OwnershipJobFacet", owners));
    if let Some((code, repository)) = code(fact.event).and_then(|code| Some((code, code.repository.as_ref()?))) {
        let content = json!({
            "type": "git", "url": repository.as_str(), "repoUrl": repository.as_str(), "version": code.commit.as_str(),
        });
        facets.insert("sourceCodeLocation".into(), facet("1-1-0", "SourceCodeLocationJobFacet", content));
    }
    facets
}

/// The facets of a dataset: what its registration says, and what this event says about it.
pub(super) fn dataset_facets(
    origin: &str,
    fact: &Fact<'_>,
    subject: &Subject,
    known: Option<(&DatasetRegistered, &ActorId)>,
) -> Facets {
    let mut facets = Facets::new();
    let mut add = |name: &str, facet: Json| drop(facets.insert(name.to_owned(), facet));
    if let Some(version) = subject.version() {
        add("version", facet("1-0-1", "DatasetVersionDatasetFacet", json!({ "datasetVersion": version })));
    }
    if let Some((body, owner)) = known {
        registered(body, owner, &mut add);
    }
    if let Some(content) = columns(&names::namespace(origin), fact.event, subject) {
        add("columnLineage", facet("1-2-0", "ColumnLineageDatasetFacet", content));
    }
    if fact.event.subject == *subject {
        add("sagwan_record", record_facet(origin, fact, "DatasetFacet"));
        if let Some(state) = life(&fact.event.kind()) {
            let content = json!({ "lifecycleStateChange": state });
            add("lifecycleStateChange", facet("1-0-1", "LifecycleStateChangeDatasetFacet", content));
        }
        if let Body::DatasetValidated(body) = &fact.event.body {
            add("dataQualityAssertions", facet("1-1-0", "DataQualityAssertionsDatasetFacet", assertions(body)));
        }
    }
    facets
}

/// What an event says of a subject's columns.
fn columns(namespace: &str, event: &Event, subject: &Subject) -> Option<Json> {
    let (mut fields, mut whole): (BTreeMap<&str, Vec<Json>>, Vec<Json>) = (BTreeMap::new(), Vec::new());
    let own = event.body.column_lineage().iter().filter(|own| own.of.as_ref().unwrap_or(&event.subject) == subject);
    for column in own {
        let from = column.from.iter().map(|from| {
            let mut input =
                json!({ "namespace": namespace, "name": from.subject.as_str(), "field": from.column.as_str() });
            if let (Some(input), Some(by)) = (input.as_object_mut(), from.by) {
                let kind = if by.is_direct() { "DIRECT" } else { "INDIRECT" };
                let subtype = by.as_str().to_ascii_uppercase().replace('-', "_");
                let used = json!({ "type": kind, "subtype": subtype, "description": "", "masking": from.masked });
                input.insert("transformations".into(), json!([used]));
            }
            input
        });
        match &column.column {
            Some(name) => fields.entry(name.as_str()).or_default().extend(from),
            None => whole.extend(from),
        }
    }
    if fields.is_empty() && whole.is_empty() {
        return None;
    }
    let fields: Facets =
        fields.into_iter().map(|(name, from)| (name.to_owned(), json!({ "inputFields": from }))).collect();
    let mut content = json!({ "fields": fields });
    if let Some(content) = content.as_object_mut().filter(|_| !whole.is_empty()) {
        content.insert("dataset".into(), Json::Array(whole));
    }
    Some(content)
}

fn registered(body: &DatasetRegistered, owner: &ActorId, add: &mut impl FnMut(&str, Json)) {
    if !body.schema.is_empty() {
        let column = |(at, column): (usize, &crate::event::body::Column)| json!({ "name": column.name.as_str(), "type": column.kind.as_str(), "ordinal_position": at + 1 });
        let fields: Vec<Json> = body.schema.iter().enumerate().map(column).collect();
        add("schema", facet("1-2-0", "SchemaDatasetFacet", json!({ "fields": fields })));
    }
    if let Some(source) = &body.source {
        // The specification asks for a URI; what is none is a name only.
        let source = source.as_str();
        let is_uri = source.split_once("://").is_some_and(|(scheme, rest)| {
            !rest.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        }) && !source.contains([' ', '<', '>', '"']);
        let content = if is_uri { json!({ "name": source, "uri": source }) } else { json!({ "name": source }) };
        add("dataSource", facet("1-0-1", "DatasourceDatasetFacet", content));
    }
    let owners = json!({ "owners": [{ "name": owner.as_str(), "type": "REGISTERED_BY" }] });
    add("ownership", facet("1-0-1", "OwnershipDatasetFacet", owners));
    if let Some(statistics) = &body.statistics {
        add("dataQualityMetrics", facet("1-0-1", "DataQualityMetricsDatasetFacet", metrics(statistics, body.bytes)));
    }
}

fn metrics(statistics: &Statistics, bytes: Option<u64>) -> Json {
    let mut columns = Facets::new();
    for column in &statistics.columns {
        let mut own = json!({ "nullCount": column.missing, "distinctCount": column.distinct });
        if let Some(own) = own.as_object_mut() {
            own.extend(column.min.map(|min| ("min".to_owned(), json!(min.0))));
            own.extend(column.max.map(|max| ("max".to_owned(), json!(max.0))));
        }
        columns.insert(column.name.as_str().to_owned(), own);
    }
    let mut content = json!({ "rowCount": statistics.rows, "columnMetrics": columns });
    if let Some(content) = content.as_object_mut() {
        content.extend(bytes.map(|bytes| ("bytes".to_owned(), json!(bytes))));
    }
    content
}

fn assertions(body: &DatasetValidated) -> Json {
    let each = |check: &crate::event::body::Check| {
        let severity = if check.outcome == CheckOutcome::Warn { "warn" } else { "error" };
        let mut own = json!({
            "assertion": check.code.as_str(), "success": check.outcome == CheckOutcome::Pass, "severity": severity,
        });
        if let (Some(own), Some(message)) = (own.as_object_mut(), &check.message) {
            own.insert("description".into(), json!(message.as_str()));
        }
        own
    };
    let mut listed: Vec<Json> = body.checks.iter().map(each).collect();
    if listed.is_empty() {
        listed.push(json!({ "assertion": "validated", "success": body.outcome == CheckOutcome::Pass }));
    }
    json!({ "assertions": listed })
}

fn life(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::DatasetRegistered | Kind::ModelRegistered | Kind::PromptRegistered => Some("CREATE"),
        Kind::DatasetRetired | Kind::ModelRetired => Some("DROP"),
        _ => None,
    }
}

/// The facets that only an output has.
pub(super) fn output_facets(known: Option<&DatasetRegistered>) -> Facets {
    let mut facets = Facets::new();
    let rows = known.and_then(|body| body.statistics.as_ref()).map(|statistics| statistics.rows);
    let bytes = known.and_then(|body| body.bytes);
    let mut content = Facets::new();
    content.extend(rows.map(|rows| ("rowCount".to_owned(), json!(rows))));
    content.extend(bytes.map(|bytes| ("size".to_owned(), json!(bytes))));
    if !content.is_empty() {
        let facet = facet("1-0-2", "OutputStatisticsOutputDatasetFacet", Json::Object(content));
        facets.insert("outputStatistics".into(), facet);
    }
    facets
}
