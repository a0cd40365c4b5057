//! The independent verifier of evidence, written in Python from docs/format.md alone, agrees with ours: on the vectors, on
//! their answers, and on changed ones. Needs `python3` with `cryptography`, or the environment of tests/interop.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use sagwan::{lineage::verify, verify::LogKeys};
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
    run(python, "check_evidence.py", evidence)
}

fn run(python: &Path, script: &str, evidence: &Path) -> Option<Value> {
    let script = root().join("tests/interop").join(script);
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
        let ours = verify(&fs::read(&path).unwrap(), &keys()).unwrap();
        let ours = serde_json::to_value(&ours.answer).unwrap();
        // The verifier that stands alone, and the one that asks more.
        for (script, asks) in [
            ("check_evidence.py", &["lineage", "timeline"][..]),
            ("ask_evidence.py", &["lineage", "timeline", "path", "sample"]),
        ] {
            let said = run(&python, script, &path).unwrap_or_else(|| panic!("{script} refuses {name}"));
            let asked = said["question"].as_str().unwrap();
            assert_eq!(said["as_of"], ours["as_of"], "{name}");
            // Every row in full, or it says that it asks no such question.
            let expected = if asks.contains(&asked) { &ours[asked] } else { &Value::Null };
            assert_eq!(&said["answer"], expected, "{script} {name}");
        }
    }
    let length = fs::read_to_string(root().join("tests/interop/check_evidence.py")).unwrap().lines().count();
    assert!(length <= 300, "a stranger's verifier is short: {length} lines");
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

/// Bytes with one text in the place of another of the same length, once.
fn with(bytes: &[u8], text: &str, other: &str) -> Vec<u8> {
    assert_eq!(text.len(), other.len());
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    [&bytes[..at], other.as_bytes(), &bytes[at + text.len()..]].concat()
}

#[test]
fn it_refuses_words_that_it_does_not_know() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(vector("evidence-upstream.cbor")).unwrap();
    let mut more = [&whole[..], b"\x6czzzzzzzzzzzz\xf6"].concat();
    more[0] += 1;
    for (changed, what) in [
        (more, "a part"),
        (with(&whole, "upstream", "upstreax"), "a direction"),
        (with(&whole, "lineage", "lineagf"), "a question"),
    ] {
        let path = folder.path().join("changed.cbor");
        fs::write(&path, &changed).unwrap();
        assert!(verify(&changed, &keys()).is_err(), "{what}");
        for script in ["check_evidence.py", "ask_evidence.py"] {
            assert!(run(&python, script, &path).is_none(), "{script}: {what}");
        }
    }
}
