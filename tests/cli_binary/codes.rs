//! Each exit code, as docs/cli.md has them.

use super::support::{Bench, Server, dataset};

#[test]
fn usage() {
    let bench = Bench::new();
    bench.run(&["no-such-command"]).ended(2);
    bench.run(&["log", "--since", "yesterday-ish"]).ended(2);
    let failed = bench.run(&["log", "--no-such-flag", "--json"]).ended(2);
    let error: serde_json::Value = serde_json::from_str(&failed.err).unwrap();
    assert_eq!(error["error"]["code"], 2);
    bench.set("ledger", "no_such_key = 1");
    let failed = bench.run(&["status"]).ended(2);
    assert!(failed.err.contains("no_such_key") && failed.err.contains("line"), "{}", failed.err);
}

#[test]
fn refused() {
    let bench = Bench::new();
    bench.enroll("ana", "data-scientist");
    let args = [
        "record",
        "--kind",
        "model.promoted",
        "--subject",
        "model/m@1",
        "--env",
        "prod",
        "--body",
        "artifact=sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "--actor",
        "user:ana",
        "--key",
        "ana.pem",
    ];
    let failed = bench.run(&args).ended(3);
    assert!(failed.err.contains("error: refused") && failed.err.contains("\nnext: "), "{}", failed.err);
    let denials = bench.run(&["log", "--decision", "deny", "--json"]).done().jsons();
    assert_eq!(denials.len(), 1);
    assert_eq!(denials[0]["events"][0]["body"]["actor"], "user:ana");
    // The same with JSON: the verdict on stdout, the failure on stderr.
    let failed = bench.run(&[&args[..], &["--json"]].concat()).ended(3);
    assert_eq!(failed.json()["verdict"], "refused");
    let error: serde_json::Value = serde_json::from_str(&failed.err).unwrap();
    assert_eq!(error["error"]["kind"], "refused");
    assert!(!error["error"]["reasons"].as_array().unwrap().is_empty());
}

#[test]
fn half_an_event_names_the_other_half() {
    let bench = Bench::new();
    let failed = bench.run(&["record", "--kind", "model.retired"]).ended(2);
    assert!(failed.err.contains("model.retired needs a --subject"), "{}", failed.err);
    let failed = bench.run(&["record", "--subject", "model/m@1", "--body", "reason=x"]).ended(2);
    assert!(failed.err.contains("the event about model/m@1 needs a --kind"), "{}", failed.err);
    let failed = bench.run(&["record"]).ended(2);
    assert!(failed.err.contains("nothing to record"), "{}", failed.err);
}

#[test]
fn an_input_that_nobody_recorded_is_refused_with_the_remedy() {
    let bench = Bench::new();
    let args = ["record", "--kind", "run.started", "--subject", "run/1", "--env", "prod", "--body", "trigger=manual"];
    let failed = bench.run(&[&args[..], &["--input", "dataset/none@1"]].concat()).ended(3);
    assert!(failed.err.contains("`sagwan record --external`"), "{}", failed.err);
    let external = ["--input", "dataset/none@1", "--external", "dataset/none@1"];
    let again = bench.run(&[&args[..], &external].concat());
    assert!(!again.err.contains("reference-unknown"), "{}", again.err);
}

#[test]
fn where_a_scope_observes_nobody_is_told_and_where_it_warns_he_is() {
    let bench = Bench::new();
    bench.enroll("ana", "data-scientist");
    let record = |env: &str| {
        let artifact = format!("artifact=sha256:{}", "ab".repeat(32));
        let about = ["record", "--kind", "model.promoted", "--subject", "model/m@1", "--env", env, "--body", &artifact];
        bench.run(&[&about[..], &["--actor", "user:ana", "--key", "ana.pem"]].concat()).done()
    };
    assert!(!record("dev").err.contains("warning"));
    assert!(record("staging").err.contains("warning: recorded, although a rule would refuse it"));
    assert_eq!(bench.run(&["log", "--decision", "would-deny", "--json"]).done().jsons().len(), 2);
}

#[test]
fn a_limit_of_plugins_is_between_its_least_and_the_contract() {
    let bench = Bench::new();
    bench.set("plugin", "fuel = 2000000");
    bench.run(&["status"]).done();
    bench.set("plugin", "memory_bytes = 1");
    let failed = bench.run(&["status"]).ended(2);
    assert!(failed.err.contains("plugin.memory_bytes is 1: write a number from 1048576 to 67108864"), "{}", failed.err);
    assert!(failed.err.contains("[plugin] of sagwan.toml"), "{}", failed.err);
}

#[test]
fn invalid() {
    let bench = Bench::new();
    bench.write("bad.json", &dataset("x").replace("source", "sauce"));
    let failed = bench.run(&["record", "bad.json"]).ended(4);
    assert!(failed.err.contains("body.sauce") || failed.err.contains("sauce"), "{}", failed.err);
    // A key that nobody enrolled.
    bench.run(&["key", "new", "--out", "stranger.pem"]).done();
    bench.write("good.json", &dataset("x"));
    bench.run(&["record", "good.json", "--key", "stranger.pem"]).ended(4);
}

#[test]
fn not_found() {
    let bench = Bench::new();
    bench.run(&["show", "4711"]).ended(5);
    bench.run(&["actor", "show", "user:nobody"]).ended(5);
    bench.run(&["record", "no-such-file.json"]).ended(5);
    bench.run(&["status", "--ledger", "no-such-folder"]).ended(5);
}

#[test]
fn verification() {
    let bench = Bench::new();
    let index = bench.dataset("loans@1");
    bench.run(&["receipt", &index.to_string(), "--format", "transparent", "--out", "t"]).done();
    let mut bytes = std::fs::read(bench.path("t")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(bench.path("t"), bytes).unwrap();
    bench.run(&["verify", "t"]).ended(6);
    // Another log's key.
    bench.run(&["init", "other", "--ledger", "other"]).done();
    bench.run(&["receipt", &index.to_string(), "--format", "transparent", "--out", "u"]).done();
    bench.run(&["verify", "u", "--key", "other/log.pub"]).ended(6);
    // Damage in the log itself.
    let journal = std::fs::read_dir(bench.path("ledger/journal")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&journal).unwrap();
    let place = bytes.iter().position(|byte| *byte != 0).unwrap() + 600;
    bytes[place] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    bench.run(&["verify", "--full"]).ended(6);
    bench.run(&["status"]).ended(6);
}

#[test]
fn busy() {
    let bench = Bench::new();
    let server = Server::start(&bench);
    let failed = bench.run(&["status"]).ended(7);
    assert!(failed.err.contains("locked"), "{}", failed.err);
    bench.write("good.json", &dataset("x"));
    bench.run(&["record", "good.json"]).ended(7);
    assert_eq!(server.stop(), 0);
    bench.run(&["status"]).done();
}

#[test]
fn io() {
    let bench = Bench::new();
    let failed = bench.run(&["receipt", "0", "--out", "/proc/no/such/place"]);
    assert!(matches!(failed.code, 5 | 8), "{}", failed.err);
    bench.write("file", "x");
    bench.run(&["receipt", "0", "--out", "file/below"]).ended(8);
}

#[test]
fn server() {
    let bench = Bench::new();
    bench.write("good.json", &dataset("x"));
    bench.run(&["record", "good.json", "--server", "http://127.0.0.1:1"]).ended(9);
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    use std::io::Read as _;
    let bench = Bench::new();
    let lines: String = (0..200).map(|number| dataset(&format!("d{number}")) + "\n").collect();
    bench.feed(&["record", "-"], &lines).done();
    let mut child =
        bench.command(&["log", "--json", "--limit", "0"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut beginning = [0; 64];
    child.stdout.take().unwrap().read_exact(&mut beginning).unwrap();
    assert!(child.wait().unwrap().success());
}
