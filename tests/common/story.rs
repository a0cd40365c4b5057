//! A model's whole life in a small ledger, the same bytes every time: what exports are tried on. Its names and texts
//! are as hostile as the vocabulary lets them be.
#![allow(dead_code, reason = "each test binary uses its part")]
#![expect(clippy::unwrap_used, reason = "a helper of tests: what fails, fails the test")]

use super::house::{House, author, found};
use sagwan::{
    codec::event::from_json_value,
    decide::Reader,
    event::Timestamp,
    ledger::{Asker, Author, Clock as _},
    lineage::{
        Direction, Filter, Walk,
        export::{Material, Of, Wanted},
        gather,
    },
};
use serde_json::{Value as Json, json};
use std::path::Path;

pub struct Story {
    pub house: House,
    pub maker: Author,
}

/// A text that breaks out of JSON, XML, DOT, Mermaid and terminals where it is not escaped.
pub const HOSTILE: &str = "\"]</text><script>alert(1)</script>&amp;\\\"; } x --> y\n\u{202e}#quot;`%%{init}%%";
/// The most that a name may hold.
pub const HOSTILE_NAME: &str = "dataset/a%22b:c=d,e+f~g.h_i-j/k%3Cscript%3E@v=1,2+3~4";

fn digest(n: u8) -> String {
    format!("sha256:{}", hex::encode([n; 32]))
}

pub fn operator() -> Asker {
    Asker { reader: Reader::Operator(None), origin: "here".parse().unwrap(), purpose: None }
}

impl Story {
    pub fn tell(folder: &Path) -> Self {
        let house = found(&folder.join("ledger"));
        let maker = author("user:mina", 30);
        house.enrol(&maker, "role:data-scientist");
        let story = Self { house, maker };
        story.data();
        story.training();
        story.service();
        story
    }

    /// Records an event of `dev`, one minute after the last.
    pub fn record(&self, kind: &str, subject: &str, body: Json, more: Json) -> u64 {
        self.record_as(&self.maker, kind, subject, body, more)
    }

    pub fn record_as(&self, author: &Author, kind: &str, subject: &str, body: Json, more: Json) -> u64 {
        self.house.clock.advance(60_000);
        let mut event = json!({ "kind": kind, "subject": subject, "env": "dev", "body": body });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let event = from_json_value(&event, self.house.clock.now()).unwrap();
        self.house.record(author, &[event])
    }

    fn data(&self) {
        let registered = json!({
            "source": "https://example.org/credits.csv", "purpose": "credit scoring", "legal_basis": "contract",
            "digest": digest(1), "bytes": 79_793, "licence": "CC-BY-4.0",
            "statistics": { "rows": 1_000, "columns": [
                { "name": "amount", "missing": 0, "distinct": 921, "min": 250.0, "max": 18_424.0 },
            ] },
            "schema": [
                { "name": "amount", "type": "integer" }, { "name": "birth", "type": "time", "nullable": true },
                { "name": HOSTILE, "type": "text" },
            ],
        });
        self.record("dataset.registered", "dataset/credits@1", registered, json!({}));
        let checks = json!([
            { "code": "not-null", "outcome": "pass" }, { "code": "range", "outcome": "warn", "message": HOSTILE },
        ]);
        self.record(
            "dataset.validated",
            "dataset/credits@1",
            json!({ "outcome": "warn", "checks": checks }),
            json!({}),
        );
        let clean = json!({
            "source": HOSTILE, "purpose": "credit scoring", "legal_basis": "contract", "digest": digest(2), "bytes": 60_000,
            "schema": [{ "name": "amount", "type": "integer" }, { "name": "age", "type": "integer" }],
            "column_lineage": [
                { "column": "age", "from": [{ "subject": "dataset/credits@1", "column": "birth", "by": "transformation" }] },
                { "column": "amount", "from": [{ "subject": "dataset/credits@1", "column": "amount", "by": "identity" }] },
                { "from": [{ "subject": "dataset/credits@1", "column": HOSTILE, "by": "group-by", "masked": true }] },
            ],
        });
        let from = json!({ "inputs": [{ "subject": "dataset/credits@1", "digest": digest(1) }] });
        self.record("dataset.registered", "dataset/clean@1", clean, from);
        let hostile = json!({ "source": "x", "purpose": "x", "legal_basis": "x" });
        let claimed =
            json!({ "inputs": [{ "subject": "dataset/elsewhere", "external": true }], "claimed_by": HOSTILE });
        self.record("dataset.registered", HOSTILE_NAME, hostile, claimed);
    }

    fn training(&self) {
        let runtime = json!({
            "os": "Linux 6.8", "language": "Python 3.12.1", "image": digest(9),
            "lock_file": { "name": "uv.lock", "digest": digest(8) }, "libraries": { "scikit-learn": "1.7.2" },
        });
        self.record("runtime.captured", "runtime/box", runtime, json!({}));
        let system = json!({ "purpose": "decides on credit", "risk_class": "high", "owner": "credit unit" });
        self.record("system.registered", "system/credit", system, json!({}));
        let inputs = json!([{ "subject": "dataset/clean@1", "digest": digest(2) }, { "subject": HOSTILE_NAME }]);
        let started = json!({
            "trigger": "new-data", "experiment": "experiment/credit", "runtime": "runtime/box",
            "code": { "commit": "4be1c0f", "repository": "https://example.org/credit.git" },
            "command": "python train.py", "parameters": { "depth": 4, "rate": 0.1, HOSTILE_KEY: "x" },
        });
        self.record("run.started", "run/train", started, json!({ "inputs": inputs }));
        let columns = json!([{ "of": "model/credit@1", "from": [
            { "subject": "dataset/clean@1", "column": "age" }, { "subject": "dataset/clean@1", "column": "amount" },
        ] }]);
        let completed = json!({ "duration_ms": 60_000, "metrics": { "auc": 0.79 }, "column_lineage": columns });
        let outputs = json!([{ "subject": "model/credit@1", "digest": digest(3) }]);
        self.record("run.completed", "run/train", completed, json!({ "inputs": inputs, "outputs": outputs }));
        self.record(
            "run.started",
            "run/bad",
            json!({ "trigger": "manual", "caused_by": "run/train" }),
            json!({ "inputs": inputs }),
        );
        self.record("run.failed", "run/bad", json!({ "error": HOSTILE, "exit_code": 1 }), json!({}));
        let model = json!({
            "artifact": digest(3), "system": "system/credit", "task": "binary classification",
            "framework": "scikit-learn 1.7.2", "bytes": 4_096, "parameters": { "depth": 4 },
        });
        self.record("model.registered", "model/credit@1", model, json!({ "inputs": [{ "subject": "run/train" }] }));
    }

    fn service(&self) {
        let evaluated = json!({ "artifact": digest(3), "outcome": "pass", "metrics": { "auc": 0.79, "brier": 0.17 } });
        let on = json!({ "inputs": [{ "subject": "dataset/clean@1", "digest": digest(2) }] });
        self.record("model.evaluated", "model/credit@1", evaluated, on);
        let artifact = json!({ "artifact": digest(3) });
        self.record("model.approved", "model/credit@1", artifact.clone(), json!({}));
        let to = json!({ "outputs": [{ "subject": "deployment/credit-api" }] });
        self.record("model.deployed", "model/credit@1", artifact, to);
        let alert = json!({ "severity": "major", "monitor": "drift", "code": "psi", "message": HOSTILE });
        let about = json!({ "inputs": [{ "subject": "deployment/credit-api" }] });
        self.record("alert.raised", "alert/1", alert, about);
        self.record("dataset.retired", "dataset/credits@1", json!({ "reason": "replaced" }), json!({}));
    }

    pub fn gather(&self, wanted: &Wanted) -> Material {
        let viewer = self.house.ledger().as_reader(operator());
        gather(&viewer, wanted, "a test").unwrap().value
    }

    /// All that the model came from, and what came of it.
    pub fn whole(&self) -> Material {
        let walk = Walk::new("model/credit@1".parse().unwrap(), Direction::Both);
        self.gather(&Wanted { of: Of::Walk(walk), as_of: None })
    }

    /// Everything.
    pub fn all(&self) -> Material {
        self.gather(&Wanted { of: Of::Span { since: None, until: None, filter: Filter::default() }, as_of: None })
    }

    /// What is one edge away from a subject.
    pub fn around(&self, subject: &str) -> Material {
        let walk = Walk { depth: 1, ..Walk::new(subject.parse().unwrap(), Direction::Both) };
        self.gather(&Wanted { of: Of::Walk(walk), as_of: None })
    }

    pub fn now(&self) -> Timestamp {
        self.house.clock.now()
    }
}

/// A name in an open map: no control characters.
pub const HOSTILE_KEY: &str = "\"><script>&\\; -->";
