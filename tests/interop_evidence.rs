//! The independent verifier of evidence, written in Python from docs/format.md alone, agrees with ours: on the vectors, on
//! their answers, and on changed ones. Needs `python3` with `cryptography`, or the environment of tests/interop.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use sagwan::{
    lineage::{Answer, Found, verify},
    verify::LogKeys,
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const ORIGIN: &str = "sagwan.example/test";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn vector(name: &str) -> PathBuf {
    root().join("tests/vectors").join(name)
}

/// A Python that has `cryptography`, or none.
fn python() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("interop-venv/bin/python");
    let has = |python: &PathBuf| {
        let asked = Command::new(python).args(["-c", "import cryptography"]).output();
        asked.is_ok_and(|output| output.status.success())
    };
    let found = [own, PathBuf::from("python3")].into_iter().find(has);
    assert!(
        found.is_some() || std::env::var_os("SAGWAN_REQUIRE_INTEROP").is_none_or(|value| value != "1"),
        "no Python with `cryptography`, and SAGWAN_REQUIRE_INTEROP=1 asks for it: run tests/interop/setup.sh"
    );
    found
}

/// What the Python verifier says; `None` when it refuses.
fn check(python: &Path, evidence: &Path) -> Option<Value> {
    let script = root().join("tests/interop/check_evidence.py");
    let run =
        Command::new(python).arg("-B").arg(script).arg(evidence).arg(vector("evidence-vkeys.txt")).output().unwrap();
    run.status.success().then(|| serde_json::from_slice(&run.stdout).unwrap())
}

fn names() -> Vec<String> {
    let answers: Value = serde_json::from_slice(&fs::read(vector("evidence-answers.json")).unwrap()).unwrap();
    answers.as_object().unwrap().keys().cloned().collect()
}

fn keys() -> LogKeys {
    let vkey = fs::read_to_string(vector("evidence-vkeys.txt")).unwrap();
    LogKeys::from_vkeys(ORIGIN, &[vkey.trim()]).unwrap()
}

#[test]
fn it_agrees_on_every_vector() {
    let Some(python) = python() else { return };
    for name in names() {
        let path = vector(&format!("evidence-{name}.cbor"));
        let said = check(&python, &path).unwrap_or_else(|| panic!("{name}: refused"));
        let ours = verify(&fs::read(&path).unwrap(), &keys()).unwrap();
        assert_eq!(said["as_of"], ours.answer.as_of, "{name}");
        agree(&name, &said["answer"], &ours.answer);
    }
}

fn agree(name: &str, said: &Value, ours: &Answer) {
    let rows = |value: &Value| value.as_array().unwrap().clone();
    match &ours.found {
        Found::Lineage(graph) => {
            let mut nodes: Vec<Value> =
                graph.nodes.iter().map(|node| serde_json::json!([node.subject, node.distance])).collect();
            nodes.sort_by_key(ToString::to_string);
            let mut theirs = rows(&said["nodes"]);
            theirs.sort_by_key(ToString::to_string);
            assert_eq!(theirs, nodes, "{name}");
            assert_eq!(rows(&said["edges"]).len(), graph.edges.len(), "{name}");
        }
        Found::Timeline(timeline) => assert_eq!(rows(said).len(), timeline.lines.len(), "{name}"),
        _ => assert!(said.is_null(), "{name}: it says that it asks no such question"),
    }
}

#[test]
fn it_refuses_what_we_refuse() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut refused, name) = (0, "upstream");
    let whole = fs::read(vector(&format!("evidence-{name}.cbor"))).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        let path = folder.path().join("changed.cbor");
        fs::write(&path, &changed).unwrap();
        let ours = verify(&changed, &keys()).is_ok();
        assert_eq!(check(&python, &path).is_some(), ours, "byte {at}");
        refused += usize::from(!ours);
    }
    assert!(refused > 30, "{refused} refused");
}
