//! The commands.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::{
    forge::Forgery,
    honest::lively,
    house::{ORIGIN, key},
};
use sagwan::{
    codec::{
        checkpoint::Checkpoint,
        note::{KeyType, format_note},
    },
    crypto::NoteSigner,
    event::Outcome,
    ledger::Host,
    merkle::leaf_hash,
    storage::{Batch, LocalLog, Log as _, LogOptions},
};
use serde_json::Value as Json;
use std::{
    path::Path,
    process::{Command, Output},
};

fn sagwan(ledger: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagwan"));
    for name in ["SAGWAN_LEDGER", "SAGWAN_CONFIG", "SAGWAN_ACTOR", "SAGWAN_KEY", "SAGWAN_SERVER", "SAGWAN_TOKEN"] {
        command.env_remove(name);
    }
    command.arg("--ledger").arg(ledger).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Writes a forged log into a folder, with blobs and vault of the ledger that it is made from.
pub fn write(forgery: &Forgery, folder: &Path) {
    let log = LocalLog::create(Host::real().io, folder, LogOptions::new(ORIGIN)).unwrap();
    let entries = forgery.entries();
    let leaf_hashes: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let batch = Batch { first: 0, entries: &entries, leaf_hashes: &leaf_hashes };
    let done = log.append(0, &batch).unwrap();
    let head = Checkpoint { origin: ORIGIN.into(), size: done.size, root: done.root }.format().unwrap();
    let signer = NoteSigner::new(ORIGIN, KeyType::Ed25519, key(200)).unwrap();
    log.publish(format_note(&head, &[signer.sign(&head, 0)]).unwrap().as_bytes(), done.size).unwrap();
    log.close().unwrap();
    for name in ["blobs", "vault"] {
        let done = Command::new("cp").arg("-r").arg(forgery.folder().join(name)).arg(folder).status().unwrap();
        assert!(done.success());
    }
}

#[test]
fn a_difference_is_an_exit_code_a_row_and_a_line_of_json() {
    let mut forgery = Forgery::of_town(lively());
    let honest = sagwan(forgery.folder(), &["verify", "--full", "--reperform"]);
    assert!(honest.status.success(), "{}", text(&honest.stderr));
    assert!(text(&honest.stdout).contains("each came out as recorded"));
    let subject = "dataset/ahead@1".parse().unwrap();
    let at = forgery.find(|event| event.subject == subject);
    forgery.row(at).outcome = Outcome::Recorded;
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("forged");
    write(&forgery, &ledger);
    let plain = sagwan(&ledger, &["verify", "--full"]);
    assert!(plain.status.success(), "the seals' word is taken: {}", text(&plain.stderr));
    let out = sagwan(&ledger, &["verify", "--full", "--reperform"]);
    assert_eq!(out.status.code(), Some(6), "{}", text(&out.stderr));
    let shown = text(&out.stdout);
    let row = shown.lines().find(|line| line.starts_with(&at.to_string())).unwrap();
    for part in ["decision", "plugin/clock", "deny, recorded by plugin/clock", "deny, warned by plugin/clock"] {
        assert!(row.contains(part), "{row}");
    }
    let out = sagwan(&ledger, &["verify", "--full", "--reperform", "--json"]);
    assert_eq!(out.status.code(), Some(6));
    let lines: Vec<Json> = text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["difference"]["index"], at);
    assert_eq!(lines[1]["reperformed"]["differences"], 1);
    let key = folder.path().join("ann.pem");
    let made = sagwan(&ledger, &["key", "new", "--out", key.to_str().unwrap()]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let file = folder.path().join("attestation");
    let arguments = ["--auditor-key", key.to_str().unwrap(), "--auditor-name", "ann", "--out", file.to_str().unwrap()];
    let log_pub = forgery.folder().join("log.pub");
    let arguments = [&["verify", "--full", "--attest", "--key", log_pub.to_str().unwrap()], &arguments[..]].concat();
    assert_eq!(sagwan(&ledger, &arguments).status.code(), Some(6));
    assert!(!file.exists(), "nothing is attested of a log that differs");
}

#[test]
fn an_auditor_attests_a_ledger_and_evidence_carries_it() {
    let forgery = Forgery::of_town(lively());
    let ledger = forgery.folder();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = |arguments: &[&str]| {
        let out = sagwan(ledger, arguments);
        assert!(out.status.success(), "{arguments:?}: {}", text(&out.stderr));
        out
    };
    run(&["key", "new", "--out", &path("ann.pem")]);
    let signed = run(&[
        "verify",
        "--full",
        "--attest",
        "--auditor-key",
        &path("ann.pem"),
        "--auditor-name",
        "audit.example/ann",
        "--out",
        &path("attestation"),
    ]);
    let told = text(&signed.stderr);
    let vkey = told.lines().find_map(|line| line.strip_prefix("who relies on you needs your key: ")).unwrap();
    std::fs::write(path("ann.pub"), vkey).unwrap();
    let alone = run(&["verify", &path("attestation"), "--auditor", &path("ann.pub")]);
    assert!(text(&alone.stdout).contains("audit.example/ann signed it"), "{}", text(&alone.stdout));
    run(&["lineage", "dataset/fine@1", "--save", &path("answer"), "--attestation", &path("attestation")]);
    let log_pub = ledger.join("log.pub").to_str().unwrap().to_owned();
    let out = run(&["verify", &path("answer"), "--key", &log_pub, "--auditor", &path("ann.pub"), "--json"]);
    let report: Json = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["attested_by"], serde_json::json!(["audit.example/ann"]));
    let own = ["verify", "--full", "--attest", "--auditor-name", "x", "--auditor-key"];
    let log_key = std::fs::read_dir(ledger.join("keys")).unwrap().next().unwrap().unwrap().path();
    let refused = sagwan(ledger, &[&own[..], &[log_key.to_str().unwrap()]].concat());
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
}

/// What was refused is never shown as allowed, and what plugins said names the plugin.
#[test]
fn answers_tell_refusals_and_verdicts() {
    let forgery = Forgery::of_town(lively());
    let told = |subject: &str, more: &[&str]| {
        let out = sagwan(forgery.folder(), &[&["timeline", subject], more].concat());
        assert!(out.status.success(), "{}", text(&out.stderr));
        text(&out.stdout)
    };
    let table = told("model/own@1", &[]);
    let row = table.lines().find(|line| line.contains("denial")).unwrap();
    assert!(row.contains("refused: model.registered of ") && !row.contains("allow"), "{row}");
    let lines = |subject: &str| {
        let value: Json = serde_json::from_str(&told(subject, &["--json"])).unwrap();
        value["timeline"]["lines"].as_array().unwrap().clone()
    };
    let denial = lines("model/own@1").remove(0);
    assert_eq!((&denial["decision"], &denial["outcome"]), (&"deny".into(), &"refused".into()));
    assert!(!denial["rules"].as_array().unwrap().is_empty(), "{denial}");

    let table = told("dataset/ahead@1", &[]);
    assert!(table.contains("recorded with a warning, would be refused: plugin/clock"), "{table}");
    let verdicts = table.split("VERDICTS").nth(1).unwrap();
    let verdict = &lines("dataset/ahead@1")[0]["verdicts"][0];
    assert_eq!(verdict["verdict"], "reject");
    assert!(verdicts.contains("reject") && verdicts.contains(verdict["binding"].as_str().unwrap()), "{verdicts}");
    let bound = text(&sagwan(forgery.folder(), &["plugin", "list", "--json"]).stdout);
    for part in ["binding", "component"] {
        assert!(bound.contains(verdict[part].as_str().unwrap()), "{part}: {bound}");
    }
}
