//! The main job: `sagwan demo` tells a true story, the ledger keeps it, and what it tells to try next works.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

fn sagwan(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagwan"));
    for name in ["SAGWAN_LEDGER", "SAGWAN_CONFIG", "SAGWAN_ACTOR", "SAGWAN_KEY", "SAGWAN_SERVER", "SAGWAN_TOKEN"] {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs the demo into a new folder below `folder`; its summary.
fn demo(folder: &Path, name: &str) -> Json {
    let out = sagwan(folder, &["demo", name, "--json"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn strings<'j>(list: &'j Json, field: &str) -> Vec<&'j str> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// Every step's kinds, told or refused.
fn kinds(summary: &Json) -> BTreeSet<String> {
    let chapters = summary["chapters"].as_array().unwrap().iter();
    let steps = chapters.flat_map(|chapter| chapter["steps"].as_array().unwrap());
    steps.flat_map(|step| step["kinds"].as_array().unwrap()).map(|kind| kind.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_whole_life_is_recorded_refused_where_it_must_be_and_proved() {
    let folder = tempfile::tempdir().unwrap();
    let summary = demo(folder.path(), "ledger");
    assert_eq!(summary["actors"].as_array().unwrap().len(), 7);
    let kinds = kinds(&summary);
    for kind in [
        "ledger.created",
        "actor.enrolled",
        "role.assigned",
        "system.registered",
        "requirement.stated",
        "requirement.reviewed",
        "assessment.recorded",
        "dataset.registered",
        "dataset.validated",
        "data.profiled",
        "retention.set",
        "access.requested",
        "access.granted",
        "access.used",
        "access.revoked",
        "runtime.captured",
        "run.started",
        "run.completed",
        "model.registered",
        "model.evaluated",
        "model.approved",
        "model.promoted",
        "model.deployed",
        "document.filed",
        "explanation.issued",
        "monitor.observed",
        "monitor.marked",
        "alert.raised",
        "retrain.requested",
        "plugin.published",
        "plugin.bound",
        "plugin.approved",
        "prompt.registered",
        "prompt.evaluated",
        "prompt.approved",
        "prompt.promoted",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing of {kinds:?}");
    }

    let refused: Vec<_> = summary["refused"].as_array().unwrap().iter().map(what).collect();
    assert_eq!(
        refused,
        [
            ("model.approved", "prod", vec!["deny-ds-model-approve", "four-eyes-model-approve"]),
            ("model.promoted", "prod", vec!["deny-ds-model-promote-prod"]),
            ("access.used", "prod", vec!["default-deny", "grant-expired"]),
            ("data.profiled", "dev", vec!["plugin/data-quality"; 5]),
            ("model.deployed", "prod", vec!["plugin/runtime-parity"; 5]),
            ("dataset.registered", "dev", vec!["plugin/personal-data"]),
        ]
    );
    let would_deny: Vec<_> = summary["would_deny"].as_array().unwrap().iter().map(what).collect();
    let expected = [("access.used", "dev", vec!["grant-missing"]), ("model.promoted", "staging", vec!["default-deny"])];
    assert_eq!(would_deny, expected);
    assert_eq!((&summary["verified"]["denials"], &summary["verified"]["would_deny"]), (&6.into(), &2.into()));
    assert_eq!(summary["verified"]["root"], summary["proof"]["root"], "nothing came after the proof");
    assert_eq!(summary["verified"]["size"], summary["proof"]["size"]);
    let again = &summary["verified"]["reperformed"];
    assert_eq!((&again["decisions"], &again["denials"]), (&summary["verified"]["events"], &5.into()));
    // What held personal data was not kept, so it cannot be refused again.
    let gone: Vec<_> =
        summary["verified"]["not_reperformed"].as_array().unwrap().iter().map(|one| &one["what"]).collect();
    assert_eq!(gone, ["denial"]);
    the_change_of_policy_is_seen(&summary);
    the_numbers_are_the_files(folder.path(), &summary);
    the_ledger_says_the_same(folder.path(), &summary);
}

/// Kind, environment and rules of a step that rules were against.
fn what(step: &Json) -> (&str, &str, Vec<&str>) {
    let mut rules = strings(&step["reasons"], "rule");
    rules.sort_unstable();
    assert!(strings(&step["reasons"], "message").iter().all(|message| message.len() > 20));
    (step["kinds"][0].as_str().unwrap(), step["env"].as_str().unwrap(), rules)
}

/// The cells that the candidate opens, and the two decisions of the story that it would have turned.
fn the_change_of_policy_is_seen(summary: &Json) {
    let change = &summary["change"];
    assert_eq!(change["class"], "widened");
    let cells: Vec<_> = change["cells"].as_array().unwrap().iter().collect();
    let opened = |cell: &Json| (cell["role"].clone(), cell["env"].clone(), cell["action"].clone());
    let cells: Vec<_> = cells.into_iter().map(opened).collect();
    let promote = |env: &str| (Json::from("role:data-scientist"), Json::from(env), Json::from("promote"));
    assert_eq!(cells, [promote("staging"), promote("prod")]);
    let index = |list: &str| {
        let steps = summary[list].as_array().unwrap().iter();
        steps.filter(|step| step["kinds"][0] == "model.promoted").map(|step| step["index"].clone()).next().unwrap()
    };
    let flips: Vec<_> = change["flips"].as_array().unwrap().iter().map(|flip| flip["index"].clone()).collect();
    assert_eq!(flips, [index("would_deny"), index("refused")]);
    for flip in change["flips"].as_array().unwrap() {
        assert_eq!((&flip["before"]["decision"], &flip["after"]["decision"]), (&"deny".into(), &"allow".into()));
        assert_eq!(flip["sealed"], flip["before"], "the policy in force decides as it did");
    }
}

/// Digest, schema and statistics are those of the file in the repository, counted here anew.
fn the_numbers_are_the_files(folder: &Path, summary: &Json) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(root.join("data/german_credit/german.data")).unwrap();
    assert_eq!(summary["dataset"]["digest"], sha256(&file));
    let readme = std::fs::read_to_string(root.join("data/german_credit/README.md")).unwrap();
    assert!(readme.contains(&sha256(&file)[7..]) && readme.contains("CC BY 4.0"));

    let rows: Vec<Vec<&str>> = std::str::from_utf8(&file).unwrap().lines().map(|l| l.split(' ').collect()).collect();
    let log = sagwan(
        folder,
        &[
            "--ledger",
            "ledger",
            "log",
            "--kind",
            "dataset.registered",
            "--subject",
            "dataset/german-credit@1",
            "--json",
        ],
    );
    let record: Json = serde_json::from_slice(&log.stdout).unwrap();
    let body = &record["events"][0]["body"];
    assert_eq!((body["digest"].as_str(), body["bytes"].as_u64()), (Some(&*sha256(&file)), Some(file.len() as u64)));
    assert_eq!((body["schema"].as_array().unwrap().len(), body["statistics"]["rows"].as_u64()), (21, Some(1_000)));
    for (at, counted) in body["statistics"]["columns"].as_array().unwrap().iter().enumerate() {
        let values: BTreeSet<&str> = rows.iter().map(|row| row[at]).collect();
        assert_eq!(counted["distinct"].as_u64(), Some(values.len() as u64), "{counted}");
        assert_eq!(counted["missing"], 0);
        if let Some(mean) = counted["mean"].as_f64() {
            let sum: u32 = rows.iter().map(|row| row[at].parse::<u32>().unwrap()).sum();
            assert!((mean - f64::from(sum) / 1_000.0).abs() < 1e-9, "{counted}");
        }
    }
}

/// What the summary tells stands in the ledger: the denials, the artefact, the card, the commitment.
fn the_ledger_says_the_same(folder: &Path, summary: &Json) {
    let lines = |arguments: &[&str]| -> Vec<Json> {
        let out = sagwan(folder, &[&["--ledger", "ledger", "--json"], arguments].concat());
        assert!(out.status.success(), "{arguments:?}: {}", text(&out.stderr));
        text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    for (decision, list) in [("deny", "refused"), ("would-deny", "would_deny")] {
        let found: Vec<_> = lines(&["log", "--decision", decision]).iter().map(|r| r["index"].clone()).collect();
        let told: Vec<_> = summary[list].as_array().unwrap().iter().map(|step| step["index"].clone()).collect();
        assert_eq!(found, told);
    }
    let blob = |digest: &Json| {
        let hex = digest.as_str().unwrap()[7..].to_owned();
        std::fs::read(folder.join("ledger/blobs").join(&hex[..2]).join(hex)).unwrap()
    };
    let artifact = &summary["model"]["artifact"];
    let model: Json = serde_json::from_slice(&blob(artifact)).unwrap();
    assert_eq!(model["kind"], "logistic-regression");
    let card = &lines(&["log", "--kind", "document.filed"])[0]["events"][0]["body"]["digest"];
    let auc = summary["model"]["metrics"]["auc"].as_f64().unwrap();
    assert!(text(&blob(card)).contains(&format!("| AUC | {auc:.4} |")), "the card says what was measured");
    let registered = &lines(&["log", "--kind", "model.registered"])[0]["events"][0];
    assert_eq!(&registered["body"]["artifact"], artifact);

    let used = &lines(&["show", &summary["committed"].to_string()])[0]["events"][0];
    assert!(used["body"].get("origin").is_none() && used["commitments"][0]["path"] == "/body/origin", "{used}");
    assert_eq!(used["body"]["data_subject"], summary["data_subject"]);
    let opening = &lines(&["vault", "show", used["commitments"][0]["digest"].as_str().unwrap()])[0];
    assert!(opening["value"].as_str().unwrap().contains("10.20.4.17"), "{opening}");
}

#[test]
fn two_runs_measure_the_same_and_an_occupied_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (demo(folder.path(), "one"), demo(folder.path(), "other"));
    assert_eq!(one["model"]["metrics"], other["model"]["metrics"]);
    assert_eq!(one["model"]["artifact"], other["model"]["artifact"]);
    assert_ne!(one["proof"]["root"], other["proof"]["root"], "keys, salts and times are real");
    let metrics = &one["model"]["metrics"];
    let number = |name: &str| metrics[name].as_f64().unwrap();
    assert!(number("auc") > 0.7 && number("accuracy") > 0.7, "better than refusing nobody: {metrics}");
    assert!(number("auc") < 0.95, "not better than the data allows: {metrics}");

    let before = std::fs::read(folder.path().join("one/checkpoint")).unwrap();
    let again = sagwan(folder.path(), &["demo", "one"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("not empty"), "{}", text(&again.stderr));
    assert_eq!(std::fs::read(folder.path().join("one/checkpoint")).unwrap(), before);
}

/// In a shell, as they are printed, in a folder whose name needs quotes.
#[test]
fn what_is_printed_fits_the_terminal_and_the_commands_to_try_next_work() {
    let folder = tempfile::tempdir().unwrap();
    let out = sagwan(folder.path(), &["demo", "it's a ledger"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let shown = text(&out.stdout);
    let (story, next) = shown.split_once("TRY NEXT").unwrap();
    assert!(!shown.contains('\u{1b}'), "no colours where there is no terminal");
    for line in story.lines() {
        assert!(line.chars().count() <= 100, "{line:?}");
    }
    let commands: Vec<&str> = next.lines().filter(|line| line.contains("sagwan")).collect();
    let commands: Vec<&&str> = commands.iter().filter(|line| line.contains("'it'\\''s a ledger")).collect();
    assert_eq!(commands.len(), next.lines().filter(|line| line.starts_with("# ")).count(), "{next}");
    for command in commands {
        let serves = command.ends_with(" serve");
        let port = if serves { " --listen 127.0.0.1:0" } else { "" };
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {command}{port}")]).current_dir(folder.path()).stdout(Stdio::piped());
        if serves {
            let mut server = shell.spawn().unwrap();
            let mut line = String::new();
            BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
            server.kill().unwrap();
            server.wait().unwrap();
            assert!(line.contains("listening"), "{command}: {line}");
            continue;
        }
        let out = shell.stderr(Stdio::piped()).output().unwrap();
        // A change of policy that widens says so by its exit code.
        let expected = if command.contains("policy diff") { 2 } else { 0 };
        assert_eq!(out.status.code(), Some(expected), "{command}: {}", text(&out.stderr));
        assert!(!out.stdout.is_empty(), "{command}");
    }
    assert!(folder.path().join("approval.cose").is_file());
}
