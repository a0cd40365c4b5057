//! `sagwan plugin`: making, checking, testing and measuring rules, with the components that ship and with hostile ones.

use super::{
    plugin_support::{Guest, QUERY, at},
    support::{Bench, Ran},
};
use serde_json::{Value as Json, json};
use std::{fs, path::Path};

/// A file of `plugins/`.
fn shipped(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins").join(path).to_str().unwrap().to_owned()
}

/// A folder in which a guest's component is `rule.wasm`.
fn with(guest: &Guest) -> Bench {
    let bench = Bench::empty();
    fs::write(bench.path("rule.wasm"), guest.bytes()).unwrap();
    bench
}

/// The result of a check, and what it says.
fn check<'r>(report: &'r Json, name: &str) -> (&'r str, &'r str) {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("{name}: {report}"));
    (check["result"].as_str().unwrap(), check["found"].as_str().unwrap())
}

#[test]
fn a_shipped_component_passes_every_check() {
    let bench = Bench::empty();
    let report = bench.run(&["plugin", "check", &shipped("dist/drift.wasm"), "--json"]).done().json();
    assert_eq!((&report["passed"], &report["name"]), (&json!(true), &json!("drift")));
    assert_eq!(report["checks"].as_array().unwrap().len(), 11);
    assert!(check(&report, "imports").1.contains("sagwan:plugin/query@1.0.0"));
    // Its own fixtures were found, and each was run twice in two engines; settings were asked three times as often.
    let fixtures = fs::read_dir(shipped("drift/fixtures")).unwrap().count();
    assert!(check(&report, "determinism").1.starts_with(&format!("{} calls", 4 * fixtures + 12)), "{report}");
    let table = bench.run(&["plugin", "check", &shipped("dist/personal-data.wasm")]).done().out;
    assert!(table.contains("determinism") && !table.contains("FAILED"), "{table}");
}

#[test]
fn what_a_ledger_would_refuse_is_told_with_limit_and_remedy() {
    let bench = Bench::empty();
    let refused = |bytes: &[u8], at: &str| {
        fs::write(bench.path("bad.wasm"), bytes).unwrap();
        let ran = bench.run(&["plugin", "check", "bad.wasm", "--json"]).ended(4);
        let report = ran.json();
        assert_eq!((&report["passed"], check(&report, at).0), (&json!(false), "failed"), "{report}");
        let error: Json = serde_json::from_str(&ran.err).unwrap();
        assert!(!error["error"]["next"].as_str().unwrap().is_empty());
        report
    };
    refused(b"", "form");
    refused(b"PK\x03\x04 a zip", "form");
    let report = refused(&wat::parse_str("(module)").unwrap(), "form");
    assert_eq!(check(&report, "world").0, "not-reached");
    refused(&vec![0; 20_000_001], "size");
    refused(&wat::parse_str("(component)").unwrap(), "world");
    refused(&Guest::validator().memory("(memory (export \"memory\") 1025)").bytes(), "limits");
    let wasi = r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance)) (instance $i)
        (export "sagwan:plugin/validation@1.0.0" (instance $i)))"#;
    let report = refused(&wat::parse_str(wasi).unwrap(), "imports");
    assert!(report["checks"][4]["remedy"].as_str().unwrap().contains("without WASI"), "{report}");
    let newer = Guest { wit: Guest::validator().wit.replace("@1.0.0", "@9.0.0"), ..Guest::validator() };
    let report = refused(&newer.bytes(), "world");
    assert!(check(&report, "world").1.contains("9.0.0"), "{report}");
    bench.run(&["plugin", "check", "nowhere.wasm"]).ended(5);
}

#[test]
fn calls_that_fail_are_told_before_anybody_relies_on_them() {
    for (body, says) in [
        ("(loop $on (br $on)) (unreachable)", "50000000 units of fuel"),
        ("(unreachable)", "this is a bug of the plugin"),
        ("(i32.const -4)", "broke the contract"),
    ] {
        let bench = with(&Guest::validator().main(body));
        let ran = bench.run(&["plugin", "check", "rule.wasm", "--json"]).ended(4);
        let report = ran.json();
        assert_eq!((check(&report, "description").0, check(&report, "calls").0), ("passed", "failed"), "{report}");
        let told = report["checks"].as_array().unwrap().iter().find(|check| check["check"] == "calls").unwrap();
        assert!(told.to_string().contains(says), "{says}: {told}");
        assert_eq!(check(&report, "determinism").0, "passed", "a fault is the same each time: {report}");
    }
}

#[test]
fn a_component_is_inspected() {
    let bench = Bench::empty();
    let told = bench.run(&["plugin", "inspect", &shipped("dist/drift.wasm"), "--json"]).done().json();
    assert_eq!(
        (&told["name"], &told["world"], &told["capabilities"]),
        (&json!("drift"), &json!("monitor"), &json!(["query"]))
    );
    let sums = fs::read_to_string(shipped("dist/SHA256SUMS")).unwrap();
    let sum = told["component"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    assert!(sums.contains(&format!("{sum}  drift.wasm")));
    assert!(told["settings_schema"]["properties"].is_object());
    let text = bench.run(&["plugin", "inspect", &shipped("dist/drift.wasm")]).done().out;
    assert!(text.contains("speaks of") && text.contains("SETTING"), "{text}");
    let schema = bench.run(&["plugin", "inspect", &shipped("dist/drift.wasm"), "--schema"]).done().json();
    assert_eq!(schema, told["settings_schema"]);
    // What a component says of itself does not act on the terminal.
    let hostile = Guest { data: super::plugin_support::Layout::described("rule"), ..Guest::validator() };
    let text = with(&hostile).run(&["plugin", "inspect", "rule.wasm"]).done().out;
    assert!(text.contains("nothing but look at the event") && text.contains("every kind of event"), "{text}");
}

/// A fixture of a run that ends, claimed at `claimed` and recorded at 1,000 s.
fn fixture(bench: &Bench, name: &str, claimed: &str, expect: Option<&Json>) {
    fs::create_dir_all(bench.path(&format!("fixtures/{name}"))).unwrap();
    let event = json!({"kind": "run.completed", "subject": "run/r1", "env": "dev", "time": claimed, "recorded": 1_000_000, "body": {}});
    bench.write(&format!("fixtures/{name}/event.json"), &event.to_string());
    if let Some(expect) = expect {
        bench.write(&format!("fixtures/{name}/expect.json"), &expect.to_string());
    }
}

#[test]
fn fixtures_are_run_and_blessed() {
    let bench = with(&Guest::honest());
    bench.run(&["plugin", "test"]).ended(5);
    let reject = json!({"verdict": "reject", "findings": [{"code": "from-the-future", "severity": "major"}]});
    fixture(&bench, "early", "1970-01-01T00:00:01Z", Some(&json!({"verdict": "accept"})));
    fixture(&bench, "late", "1970-01-01T01:00:00Z", Some(&reject));
    let lines = bench.run(&["plugin", "test", "--json"]).done().jsons();
    assert_eq!(lines.iter().map(|line| &line["as_expected"]).collect::<Vec<_>>(), [true, true]);
    assert!(lines[1]["messages"][0].as_str().unwrap().contains("after it was recorded"));
    // What differs is shown line by line.
    fixture(&bench, "late", "1970-01-01T01:00:00Z", Some(&json!({"verdict": "accept"})));
    let ran = bench.run(&["plugin", "test"]).ended(4);
    for line in ["-   \"verdict\": \"accept\"", "+   \"verdict\": \"reject\"", "said: it claims to have happened"] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert!(ran.err.contains("2 fixtures, 1 not as expected") && ran.err.contains("--bless"), "{}", ran.err);
    bench.run(&["plugin", "test", "--only", "early"]).done();
    bench.run(&["plugin", "test", "--only", "nothing"]).ended(5);
    // One that expects nothing yet is no success.
    fixture(&bench, "new", "1970-01-01T00:00:01Z", None);
    bench.run(&["plugin", "test", "--only", "new"]).ended(4);
    bench.run(&["plugin", "test", "--bless"]).done();
    bench.run(&["plugin", "test"]).done();
    let written: Json =
        serde_json::from_str(&fs::read_to_string(bench.path("fixtures/late/expect.json")).unwrap()).unwrap();
    assert_eq!(written, reject);
}

#[test]
fn a_fixture_says_what_the_ledger_answers() {
    // Rejects when the ledger has an event about the subject, as of an index.
    let body = format!(
        "(call $about (i32.load offset=8 (local.get $event)) (i32.load offset=12 (local.get $event))
           (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 9) (i32.const {ret}))
         (if (result i32) (i32.gt_u (i32.load offset=8 (i32.const {ret})) (i32.const 0))
           (then (i32.const {reject})) (else (i32.const {accept})))",
        ret = at::RETURN,
        reject = at::REJECT,
        accept = at::ACCEPT
    );
    let signature = "(param i32 i32 i32 i32 i32 i32 i64 i32 i32)";
    let bench = with(&Guest::validator().import(QUERY, "events-about", "about", signature).main(body));
    for (name, answers, verdict) in [("unknown", json!([]), "accept"), ("known", json!([before("run/r1")]), "reject")] {
        fixture(&bench, name, "1970-01-01T00:00:01Z", None);
        bench.write(&format!("fixtures/{name}/queries.json"), &json!({ "events": answers }).to_string());
        let ran = bench.run(&["plugin", "test", "--only", name, "--json"]).ended(4);
        let line = ran.json();
        assert_eq!(line["said"]["verdict"], verdict, "{line}");
        assert!(line["transcript"].as_str().unwrap().starts_with("sha256:"));
    }
}

fn before(subject: &str) -> Json {
    json!({"kind": "run.completed", "subject": subject, "env": "dev", "time": "1970-01-01T00:00:00Z", "index": 40, "body": {}})
}

#[test]
fn a_fixture_that_is_wrong_is_named_with_its_file() {
    let bench = with(&Guest::honest());
    let said = |file: &str, text: &str, code: i32| -> Ran {
        fixture(&bench, "one", "1970-01-01T00:00:01Z", Some(&json!({"verdict": "accept"})));
        for file in ["settings", "queries", "state"] {
            let _ = fs::remove_file(bench.path(&format!("fixtures/one/{file}.json")));
        }
        bench.write(&format!("fixtures/one/{file}.json"), text);
        let ran = bench.run(&["plugin", "test"]).ended(code);
        assert!(ran.err.contains(&format!("one/{file}.json")), "{file} {text}: {}", ran.err);
        ran
    };
    said("event", "{", 4);
    said("event", r#"{"kind":"run.finished","subject":"run/r1","body":{}}"#, 4);
    said("event", r#"{"tick":"now"}"#, 4);
    said("settings", "[1e999]", 4);
    said("queries", r#"{"events":[{"kind":"nothing"}]}"#, 4);
    said("state", r#"{"a":1}"#, 4);
    let digest = format!("sha256:{}", "0".repeat(64));
    bench.write("blob", "not these bytes");
    let queries = json!({"blobs": {digest: "../../blob"}}).to_string();
    bench.write("fixtures/one/queries.json", &queries);
    let ran = bench.run(&["plugin", "test"]).ended(4);
    assert!(ran.err.contains("has the digest"), "{}", ran.err);
}

#[test]
fn calls_are_measured() {
    let bench = with(&Guest::honest());
    let lines = bench.run(&["plugin", "bench", "rule.wasm", "--seconds", "0.05", "--json"]).done().jsons();
    // The rule speaks of every kind, so there is an example of nearly each.
    assert!(lines.len() > 50);
    for line in &lines {
        assert!(line["calls"].as_u64().unwrap() >= 100 && line["fuel"].as_u64().unwrap() > 0, "{line}");
        assert!(line["p50_us"].as_f64() <= line["p99_us"].as_f64(), "{line}");
        assert!(line["memory"].as_u64().unwrap() >= 4 * 65_536, "{line}");
    }
    let slow = with(&Guest::validator().main("(loop $on (br $on)) (unreachable)"));
    let lines = slow.run(&["plugin", "bench", "rule.wasm", "--seconds", "0.01", "--json", "--fixtures", "fixtures"]);
    lines.ended(5);
    bench.run(&["plugin", "bench", "rule.wasm", "--seconds", "0"]).ended(2);
    // Settings that are refused are no call's.
    for (name, expect) in [("fine", r#"{"verdict":"accept"}"#), ("unfit", r#"{"settings":["not these"]}"#)] {
        let folder = bench.path(&format!("fixtures/{name}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("event.json"), super::support::dataset("d@1")).unwrap();
        fs::write(folder.join("expect.json"), expect).unwrap();
    }
    let args = ["plugin", "bench", "rule.wasm", "--seconds", "0.05", "--json", "--fixtures", "fixtures"];
    let lines = bench.run(&args).done().jsons();
    assert_eq!(lines.iter().map(|line| line["fixture"].as_str().unwrap()).collect::<Vec<_>>(), ["fine"]);
}

#[test]
fn a_project_is_made_for_each_language_and_world() {
    let bench = Bench::empty();
    for lang in ["rust", "python", "javascript", "c"] {
        for world in ["validator", "monitor"] {
            let name = format!("min-auc-{lang}-{world}");
            let made = bench.run(&["plugin", "new", "--lang", lang, "--world", world, &name, "--json"]).done().json();
            let files = made["files"].as_array().unwrap();
            assert!(files.contains(&json!("build.sh")) && files.contains(&json!("wit/sagwan-plugin.wit")), "{made}");
            let read = |file: &str| fs::read_to_string(bench.path(&format!("{name}/{file}"))).unwrap();
            assert_eq!(read("wit/sagwan-plugin.wit"), super::plugin_support::WIT);
            assert!(read("README.md").contains(&name) && read("build.sh").contains(&format!("dist/{name}.wasm")));
            // Its fixtures are read by the same reader; there is only no component yet.
            let ran = bench.run(&["plugin", "test", &name]).ended(5);
            assert!(ran.err.contains("build it"), "{}", ran.err);
            let component = shipped("dist/personal-data.wasm");
            bench.run(&["plugin", "test", &name, "--component", &component]).ended(4);
        }
    }
    bench.run(&["plugin", "new", "--lang", "c", "min-auc-c-monitor"]).ended(2);
    for name in ["Rule", "-rule", "rule-", "a--b", "1st", "a.b", "../x", ""] {
        bench.run(&["plugin", "new", "--lang", "c", "--", name]).ended(2);
    }
}
