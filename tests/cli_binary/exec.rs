//! `sagwan exec`: the job comes first, whatever becomes of the record.

use super::support::{Bench, Ran, Server, signal, wait_for};
use serde_json::Value as Json;
use std::process::Stdio;

fn exec<'a>(more: &[&'a str], script: &'a str) -> Vec<&'a str> {
    [&["exec", "--experiment", "credit", "--run", "r1"][..], more, &["--", "sh", "-c", script]].concat()
}

fn run_events(bench: &Bench) -> Vec<Json> {
    let records = bench.run(&["log", "--subject", "run/r1", "--json"]).done().jsons();
    records.into_iter().map(|record| record["events"][0].clone()).collect()
}

#[test]
fn a_good_run_is_told_whole() {
    let bench = Bench::new();
    bench.dataset("loans@1");
    bench.write("loans.csv", "a,b\n1,2\n");
    bench.write("Cargo.lock", "lock");
    let script = r#"echo "$SAGWAN_RUN" > model.bin; echo '{"auc": 0.79, "by": {"f1": 1}}' > metrics.json"#;
    let more = [
        "--input",
        "dataset/loans@1=loans.csv",
        "--output",
        "model/credit@1=model.bin",
        "--param",
        "seed=7",
        "--param",
        "name=x",
        "--metrics",
        "metrics.json",
        "--trigger",
        "schedule",
    ];
    let ran = bench.run(&exec(&more, script)).done();
    assert!(ran.err.contains("run.completed run/r1 is record"), "{}", ran.err);
    let events = run_events(&bench);
    let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["run.started", "run.completed"]);
    let (started, completed) = (&events[0], &events[1]);
    assert_eq!(started["body"]["trigger"], "schedule");
    assert_eq!(started["body"]["experiment"], "experiment/credit");
    assert_eq!(started["body"]["parameters"], serde_json::json!({"name": "x", "seed": 7}));
    assert!(started["body"]["command"].as_str().unwrap().starts_with("sh -c "));
    assert!(started["inputs"][0]["digest"].is_string());
    assert_eq!(completed["body"]["metrics"]["auc"], 0.79);
    assert_eq!(completed["body"]["metrics"]["by.f1"], 1.0);
    // The output is hashed by content: `run/r1` and a line break.
    let digest = format!("sha256:{}", hash("run/r1\n"));
    assert_eq!(completed["outputs"][0]["digest"], digest.as_str());
    assert_eq!(completed["facets"]["output-bytes"]["model/credit@1"], 7);
    let runtime = started["body"]["runtime"].as_str().unwrap();
    let captured = bench.run(&["log", "--subject", runtime, "--kind", "runtime.captured", "--json"]).done().jsons();
    let body = &captured[0]["events"][0]["body"];
    assert_eq!(body["lock_file"]["name"], "Cargo.lock");
    assert!(body["hardware"]["cores"].as_u64().unwrap() > 0);
}

fn hash(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    hex::encode(Sha256::digest(text))
}

#[test]
fn code_and_dirty_flag_come_from_git() {
    let bench = Bench::new();
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let done = std::process::Command::new("git").args(identity).args(args).current_dir(bench.path("repo")).output();
        assert!(done.unwrap().status.success(), "git {args:?}");
    };
    std::fs::create_dir(bench.path("repo")).unwrap();
    git(&["init", "-q"]);
    bench.write("repo/train.py", "x");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    let run = |name: &str| {
        let args = ["exec", "--experiment", "e", "--run", name, "--", "true"];
        Ran::of(&bench.command(&args).current_dir(bench.path("repo")).output().unwrap()).done();
        let subject = format!("run/{name}");
        let record = bench.run(&["log", "--subject", &subject, "--kind", "run.started", "--json"]).done().json();
        record["events"][0]["body"]["code"].clone()
    };
    let clean = run("clean");
    assert_eq!(clean["commit"].as_str().unwrap().len(), 40);
    assert!(clean.get("dirty").is_none());
    bench.write("repo/train.py", "y");
    assert_eq!(run("dirty")["dirty"], true);
}

#[test]
fn the_exit_code_is_the_jobs() {
    let bench = Bench::new();
    bench.run(&exec(&[], "exit 7")).ended(7);
    let events = run_events(&bench);
    assert_eq!(events[1]["kind"], "run.failed");
    assert_eq!(events[1]["body"]["exit_code"], 7);
    bench.run(&["exec", "--experiment", "e", "--run", "r2", "--", "/no/such/program"]).ended(5);
    let failed = bench.run(&["log", "--subject", "run/r2", "--kind", "run.failed", "--json"]).done().jsons();
    assert_eq!(failed.len(), 1);
}

#[test]
fn a_signal_goes_on_to_the_job() {
    for (script, code, kind) in [
        ("echo > up; exec sleep 100", 128 + 15, "run.aborted"),
        ("trap 'exit 9' TERM; echo > up; while :; do sleep 0.05; done", 9, "run.failed"),
    ] {
        let bench = Bench::new();
        let child = bench.command(&exec(&[], script)).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        wait_for(&bench.path("up"));
        signal(child.id(), "TERM");
        Ran::of(&child.wait_with_output().unwrap()).ended(code);
        assert_eq!(run_events(&bench)[1]["kind"], kind);
    }
}

#[test]
fn metrics_of_an_earlier_run_are_left_out() {
    let bench = Bench::new();
    bench.write("metrics.json", r#"{"auc": 0.5}"#);
    let ran = bench.run(&exec(&["--metrics", "metrics.json"], "true")).done();
    assert!(ran.err.contains("was not written by this run"), "{}", ran.err);
    assert!(run_events(&bench)[1]["body"].get("metrics").is_none());
    let ran =
        bench.run(&exec(&["--metrics", "metrics.json", "--strict", "--output", "model/m@1=none"], "true")).ended(5);
    assert_eq!(ran.err.matches("none").count(), 1, "said once: {}", ran.err);
}

#[test]
fn the_folder_is_free_while_the_job_runs() {
    let bench = Bench::new();
    let script = format!("{} status > inner", env!("CARGO_BIN_EXE_sagwan"));
    bench.run(&exec(&["--strict"], &script)).done();
    assert!(std::fs::read_to_string(bench.path("inner")).unwrap().contains("origin"));
}

#[test]
fn what_cannot_be_recorded_waits_and_is_resubmitted() {
    let bench = Bench::new();
    let server = Server::start(&bench);
    let ran = bench.run(&exec(&[], "echo worked")).done();
    assert!(ran.out.contains("worked") && ran.err.contains("it waits in"), "{}", ran.err);
    let waiting = bench.spooled();
    let about: Vec<&str> = waiting.iter().map(|entry| entry["about"].as_str().unwrap()).collect();
    assert_eq!(about.len(), 3, "{about:?}");
    assert!(about[0].starts_with("runtime.captured") && about[2] == "run.completed run/r1", "{about:?}");
    // Still locked: they go on waiting, and the exit code says so.
    bench.run(&["spool", "resubmit"]).ended(7);
    assert_eq!(server.stop(), 0);
    // The next record that succeeds takes them along.
    bench.dataset("loans@1");
    assert_eq!(bench.spooled().len(), 0);
    let kinds: Vec<String> =
        run_events(&bench).iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["run.started", "run.completed"]);
}

#[test]
fn a_locked_ledger_is_asked_once_and_each_statement_that_waits_told_once() {
    let bench = Bench::new();
    let server = Server::start(&bench);
    for run in 1..=2 {
        let ran = bench.run(&["exec", "--experiment", "credit", "--run", &format!("other{run}"), "--", "true"]).done();
        let told = |what: &str| ran.err.lines().filter(|line| line.contains(what)).count();
        assert_eq!(told("is not recorded yet"), 3, "{}", ran.err);
        // What waited before is told once, though it is tried before the job and after it; what waits since then is not.
        assert_eq!(told("stays in the spool"), run - 1, "{}", ran.err);
        assert_eq!(told("locked"), 3 + (run - 1), "why is said of each: {}", ran.err);
    }
    assert_eq!(server.stop(), 0);
    bench.dataset("loans@1");
    assert_eq!(bench.spooled().len(), 0);
}

#[test]
fn an_entry_can_be_dropped() {
    let bench = Bench::new();
    let server = Server::start(&bench);
    bench.run(&exec(&[], "true")).done();
    drop(server);
    let name = bench.spooled()[0]["name"].as_str().unwrap().to_owned();
    bench.run(&["spool", "drop", &name]).done();
    assert_eq!(bench.spooled().len(), 2);
    bench.run(&["spool", "drop", &name]).ended(5);
    assert_eq!(bench.run(&["spool", "resubmit", "--json"]).done().json()["waiting"], 0);
}

#[test]
fn strict_means_that_nothing_runs_unrecorded() {
    let bench = Bench::new();
    let server = Server::start(&bench);
    bench.run(&exec(&["--strict"], "echo > ran")).ended(7);
    assert!(!bench.path("ran").exists());
    assert_eq!(bench.spooled().len(), 0);
    drop(server);
    // What is wrong with the command line stops before the job in any case.
    bench.run(&exec(&["--input", "dataset/x@1=no-such-file"], "echo > ran")).ended(5);
    assert!(!bench.path("ran").exists());
}

#[test]
fn a_refusal_is_told_and_does_not_stop_the_job() {
    let bench = Bench::new();
    bench.enroll("ana", "business-stakeholder");
    let more = ["--env", "prod", "--actor", "user:ana", "--key", "ana.pem"];
    let ran = bench.run(&exec(&more, "echo > ran")).done();
    assert!(ran.err.contains("is not recorded: refused"), "{}", ran.err);
    assert!(bench.path("ran").exists());
    assert_eq!(bench.spooled().len(), 0, "a refusal is an answer: it does not wait");
    let ran = bench.run(&exec(&[&more[..], &["--strict"]].concat(), "true")).ended(3);
    let reason = ran.err.lines().find_map(|line| line.strip_prefix("  - ")).unwrap();
    assert_eq!(ran.err.matches(reason).count(), 1, "said once: {}", ran.err);
}
