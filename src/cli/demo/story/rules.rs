//! Rules that users write: published, bound, approved by another; then they judge what is recorded, and watch it.

use super::{Cast, Fate, Made, Tale};
use crate::{
    cli::{
        demo::{data::corrupted, unexpected},
        failure::{Done, Failure},
        ledger_failure, shipped,
    },
    event::{Body, Kind},
    ledger::{Author, Query},
};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

/// Profiles of the California housing data, as `sagwan profile` makes them of the files in `data/`.
const REFERENCE: &str = include_str!("../../../../plugins/fixtures/profiles/california-reference.json");
const ANALYSIS: &str = include_str!("../../../../plugins/fixtures/profiles/california-analysis.json");
/// How long the monitor may take to look at what was recorded.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn tell(tale: &mut Tale<'_>, cast: &Cast, made: &Made) -> Done {
    publish(tale, cast)?;
    data(tale, cast)?;
    drift(tale, cast)?;
    elsewhere(tale, cast, made)?;
    resident_number(tale, cast)
}

fn publish(tale: &mut Tale<'_>, cast: &Cast) -> Done {
    tale.chapter(
        "Rules that users write: Otto publishes four plugins and binds them, Olga approves. They run in a sandbox, and \
         their verdicts stand in the seals.",
    );
    let bindings = [
        (
            "data-quality",
            json!({ "kinds": ["data.profiled"], "mode": "enforce",
            "settings": { "references": { "dataset/german-credit": "dataset/german-credit@1" } } }),
        ),
        (
            "drift",
            json!({ "kinds": ["data.profiled"], "mode": "warn",
            "settings": { "references": { "dataset/california-housing": "dataset/california-housing@reference" } } }),
        ),
        ("runtime-parity", json!({ "kinds": ["model.deployed"], "environments": ["prod"], "mode": "enforce" })),
        ("personal-data", json!({ "mode": "enforce" })),
    ];
    let mut approvals = Vec::new();
    for (name, binding) in bindings {
        let identity = bind(tale, &cast.otto, name, binding)?;
        let approved = json!({ "kind": "plugin.approved", "subject": format!("plugin/{name}"),
            "body": { "binding": identity } });
        approvals.push(tale.event(&approved)?);
    }
    tale.tell_all(&[(&cast.olga, Fate::Recorded, approvals)]).map(drop)
}

/// Publishes a plugin that ships and binds it; the identity of the statement.
fn bind(tale: &mut Tale<'_>, author: &Author, name: &str, mut binding: Json) -> Done<String> {
    let bytes = shipped::component(name).ok_or_else(|| unexpected(format!("no plugin {name} ships")))?;
    let described = tale.ledger.register_plugin(bytes).map_err(|error| ledger_failure::of(&error))?;
    let subject = format!("plugin/{name}");
    let capabilities: Vec<String> = described.capabilities.iter().map(ToString::to_string).collect();
    let published = json!({ "kind": "plugin.published", "subject": subject, "body": {
        "component": described.component, "world": described.world, "capabilities": capabilities } });
    if let Some(fields) = binding.as_object_mut() {
        fields.insert("component".into(), json!(described.component));
    }
    let bound = json!({ "kind": "plugin.bound", "subject": subject, "body": binding });
    let events = vec![tale.event(&published)?, tale.event(&bound)?];
    let index = tale.tell_all(&[(author, Fate::Recorded, events)])?;
    let record = tale.ledger.record(index).map_err(|error| ledger_failure::of(&error))?;
    Ok(record.identity.to_string())
}

/// A dataset of which nothing but its origin is said.
fn registered(subject: &str, source: &str) -> Json {
    json!({ "kind": "dataset.registered", "subject": subject, "env": "dev", "body": {
        "source": source, "purpose": "Train and evaluate models",
        "legal_basis": "Public data under a licence that permits it", "licence": "CC-BY-4.0" } })
}

fn profiled(tale: &Tale<'_>, subject: &str, profile: &[u8], rows: u64) -> Done<Json> {
    let profile = tale.blob(profile)?;
    Ok(
        json!({ "kind": "data.profiled", "subject": subject, "env": "dev", "body": { "profile": profile, "rows": rows } }),
    )
}

fn data(tale: &mut Tale<'_>, cast: &Cast) -> Done {
    tale.chapter(
        "A second delivery of the data was damaged on its way: data-quality compares the profiles and refuses it.",
    );
    tale.tell(&cast.dana, Fate::Recorded, &registered("dataset/german-credit@2", "The same, delivered again"))?;
    let (profile, rows) = corrupted(tale.data)?;
    let profiled = profiled(tale, "dataset/german-credit@2", &profile, rows)?;
    tale.tell(&cast.pipeline, Fate::Refused, &profiled).map(drop)
}

fn drift(tale: &mut Tale<'_>, cast: &Cast) -> Done {
    tale.chapter(
        "California housing, new districts against those that a model of prices learnt from: drift watches the profiles.",
    );
    let source = "California housing, StatLib; as split by NannyML into reference and analysis";
    for subject in ["dataset/california-housing@reference", "dataset/california-housing@analysis"] {
        tale.tell(&cast.dana, Fate::Recorded, &registered(subject, source))?;
    }
    let artifact = tale.blob(b"the weights of a model of house prices")?;
    let model = json!({ "kind": "model.registered", "subject": "model/house-prices@1", "env": "dev",
        "inputs": [{ "subject": "dataset/california-housing@reference" }],
        "body": { "artifact": artifact, "task": "Median price of a house" } });
    tale.tell(&cast.sam, Fate::Recorded, &model)?;
    let mut last = 0;
    for (subject, profile) in
        [("dataset/california-housing@reference", REFERENCE), ("dataset/california-housing@analysis", ANALYSIS)]
    {
        let read: Json = serde_json::from_str(profile).map_err(|error| unexpected(error.to_string()))?;
        let rows = read.get("rows").and_then(Json::as_u64).unwrap_or_default();
        let profiled = profiled(tale, subject, profile.as_bytes(), rows)?;
        last = tale.tell(&cast.pipeline, Fate::Recorded, &profiled)?;
    }
    found(tale, last)
}

/// What the monitor found after a record, as soon as it has looked at it.
fn found(tale: &mut Tale<'_>, after: u64) -> Done {
    let until = Instant::now() + PATIENCE;
    loop {
        let query = Query { kind: Some(Kind::MonitorMarked), cursor: Some(after), limit: 16, ..Query::default() };
        let page = tale.ledger.query(&query).map_err(|error| ledger_failure::of(&error))?;
        let looked = |body: &Body| matches!(body, Body::MonitorMarked(mark) if mark.next > after);
        let mark = page.records.iter().find(|record| record.events.iter().any(|event| looked(&event.body)));
        if let Some(record) = mark {
            let count = |kind: Kind| record.events.iter().filter(|event| event.kind() == kind).count();
            let (alerts, retrain) = (count(Kind::AlertRaised), count(Kind::RetrainRequested));
            if let Some(chapter) = tale.chapters.last_mut() {
                let what = if retrain == 1 { "the retraining of one model" } else { "no retraining" };
                chapter.title = format!("{} It raises {alerts} alerts and asks for {what}.", chapter.title);
            }
            return tale.own(record.index);
        }
        if Instant::now() > until {
            return Err(Failure::fault("the demo went astray: the monitor did not look at the data in time"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn elsewhere(tale: &mut Tale<'_>, cast: &Cast, made: &Made) -> Done {
    tale.chapter("Mia deploys the model on a machine where it was never evaluated: runtime-parity refuses.");
    let runtime = json!({ "kind": "runtime.captured", "subject": "runtime/old-server", "env": "dev", "body": {
        "os": "linux 4.19", "libraries": { "smartcore": "0.2.0" },
        "hardware": { "cpu": "SPARC T8", "cores": 8, "memory_bytes": 8_589_934_592_u64 } } });
    tale.tell(&cast.pipeline, Fate::Recorded, &runtime)?;
    let deployed = json!({ "kind": "model.deployed", "subject": "model/credit-risk@1", "env": "prod",
        "outputs": [{ "subject": "deployment/credit-risk" }],
        "body": { "artifact": made.artifact, "runtime": "runtime/old-server", "traffic": 1.0 } });
    tale.tell(&cast.mia, Fate::Refused, &deployed).map(drop)
}

/// A made-up number with the check digit of a real one.
const RESIDENT_NUMBER: &str = "900101-1234568";

fn resident_number(tale: &mut Tale<'_>, cast: &Cast) -> Done {
    tale.chapter("Dana writes a resident registration number where everybody could read it: personal-data refuses.");
    let source = format!("Application papers of {RESIDENT_NUMBER}, scanned");
    tale.tell(&cast.dana, Fate::Refused, &registered("dataset/applications@1", &source)).map(drop)
}
