//! A rule's life in the ledger: tried on the past, published, bound, approved, in effect, and ended.

use super::{
    plugin_support::{Guest, Layout, QUERY, at},
    support::{Bench, Ran, Server},
};
use serde_json::{Value as Json, json};
use std::{fs, path::Path};

/// A ledger with an engineer and a second officer, and the components of two rules: `late.wasm` refuses what claims to
/// have happened after it was recorded, `asking.wasm` what is about a subject that the ledger knows already.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.enroll("ada", "ml-engineer");
    bench.enroll("otto", "governance-officer");
    fs::write(bench.path("late.wasm"), Guest::honest().bytes()).unwrap();
    fs::write(bench.path("asking.wasm"), asking().bytes()).unwrap();
    bench
}

/// Rejects when the ledger has an event about the subject.
fn asking() -> Guest {
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
    let guest = Guest::validator().import(QUERY, "events-about", "about", signature).main(body);
    Guest { data: Layout::described("known-already"), ..guest }
}

fn by(bench: &Bench, name: &str, args: &[&str]) -> Ran {
    let (actor, key) = (format!("user:{name}"), format!("{name}.pem"));
    bench.run(&[args, &["--actor", &actor, "--key", &key]].concat())
}

/// Records a model of this version, which claims to have happened at `time`.
fn model(bench: &Bench, version: u32, time: Option<&str>) -> Ran {
    let mut event = json!({"kind": "model.registered", "subject": format!("model/m@{version}"), "env": "dev",
        "body": {"artifact": format!("sha256:{}", "00".repeat(32))}});
    if let Some(time) = time {
        event["time"] = time.into();
    }
    bench.write("event.json", &event.to_string());
    by(bench, "ada", &["record", "event.json", "--json"])
}

/// The identity of the one binding of a plugin.
fn binding(bench: &Bench, plugin: &str) -> String {
    let list = bench.run(&["plugin", "list", "--json"]).done().jsons();
    let view = list.iter().find(|view| view["plugin"] == plugin).unwrap_or_else(|| panic!("{plugin}: {list:?}"));
    view["bindings"][0]["binding"].as_str().unwrap().to_owned()
}

const FUTURE: &str = "2999-01-01T00:00:00Z";
const LATE: &str = "plugin/not-from-the-future@1.2.3";

#[test]
fn a_rule_comes_into_effect_and_ends() {
    let bench = bench();
    let published = by(&bench, "ada", &["plugin", "publish", "late.wasm"]).done();
    assert!(published.err.contains("nothing but look at the event"), "{}", published.err);
    by(&bench, "ada", &["plugin", "bind", LATE, "--mode", "enforce", "--kind", "model.registered"]).done();
    model(&bench, 1, Some(FUTURE)).done();
    let listed = bench.run(&["plugin", "list"]).done().out;
    assert!(listed.contains("waits for approval") && listed.contains("enforce"), "{listed}");
    // Somebody else must approve it.
    by(&bench, "ada", &["plugin", "approve", LATE]).ended(3);
    by(&bench, "otto", &["plugin", "approve", &binding(&bench, LATE)]).done();
    let refused = model(&bench, 2, Some(FUTURE)).ended(3).json();
    assert!(refused["reasons"][0]["message"].as_str().unwrap().contains("after it was recorded"), "{refused}");
    model(&bench, 2, None).done();
    let said = bench.run(&["plugin", "log", "--json"]).done().jsons();
    let words: Vec<(&Json, &Json)> = said.iter().map(|one| (&one["verdict"], &one["outcome"])).collect();
    assert_eq!(words, [(&json!("accept"), &json!("recorded")), (&json!("reject"), &json!("refused"))]);
    assert_eq!((&said[1]["plugin"], &said[1]["actor"]), (&json!(LATE), &json!("user:ada")));
    assert_eq!(said[1]["findings"][0]["code"], "from-the-future");
    let rejected = bench.run(&["plugin", "log", "--verdict", "reject", "--plugin", LATE]).done().out;
    assert!(rejected.contains("refused") && rejected.lines().count() == 2, "{rejected}");
    let refused = bench.run(&["plugin", "log", "--outcome", "refused", "--json"]).done().jsons();
    assert_eq!(refused, said[1..]);
    bench.run(&["plugin", "log", "--verdict", "no"]).ended(2);
    by(&bench, "otto", &["plugin", "unbind", LATE, "--reason", "it was a try"]).done();
    model(&bench, 3, Some(FUTURE)).done();
    assert!(!bench.run(&["plugin", "list"]).done().out.contains("in effect"));
    let all = bench.run(&["plugin", "list", "--all", "--json"]).done().jsons();
    assert_eq!(all[0]["bindings"][0]["status"], "ended");
    by(&bench, "otto", &["plugin", "unbind", LATE, "--reason", "again"]).ended(5);
}

#[test]
fn what_is_bound_wrongly_is_refused_with_the_reason() {
    let bench = bench();
    let bind = |args: &[&str]| by(&bench, "ada", &[&["plugin", "bind"], args].concat());
    bind(&["plugin/nothing@1", "--mode", "warn"]).ended(5);
    by(&bench, "ada", &["plugin", "publish", "event.json"]).ended(5);
    fs::write(bench.path("bad.wasm"), wat::parse_str("(module)").unwrap()).unwrap();
    let bad = by(&bench, "ada", &["plugin", "publish", "bad.wasm"]).ended(4);
    assert!(bad.err.contains("core module"), "{}", bad.err);
    let component = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/dist/drift.wasm");
    by(&bench, "ada", &["plugin", "publish", component.to_str().unwrap()]).done();
    let drift = bench.run(&["plugin", "list", "--json"]).done().json()["plugin"].as_str().unwrap().to_owned();
    let refused = bind(&[&drift, "--mode", "observe", "--settings", r#"{"no_such_setting":1}"#]).ended(3);
    assert!(refused.err.contains("no_such_setting"), "{}", refused.err);
    bind(&[&drift, "--mode", "observe", "--settings", "{"]).ended(4);
    bind(&[&drift, "--mode", "observe", "--settings", "nowhere.json"]).ended(5);
    bind(&[&drift, "--mode", "sometimes"]).ended(2);
    bind(&[&drift, "--mode", "observe", "--kind", "model.trained"]).ended(2);
    let bound = bind(&[&drift, "--mode", "observe"]).done();
    assert!(
        bound.err.contains("its scope is everything") && bound.err.contains("plugin approve sha256:"),
        "{}",
        bound.err
    );
}

#[test]
fn a_rule_is_tried_on_the_past() {
    let bench = bench();
    model(&bench, 1, None).done();
    model(&bench, 2, Some(FUTURE)).done();
    let before = bench.run(&["status", "--json"]).done().json()["size"].clone();
    let report = bench.run(&["plugin", "run", "late.wasm", "--json"]).done().json();
    assert_eq!((&report["said"]["reject"], &report["found"][0]["code"]), (&json!(1), &json!("from-the-future")));
    assert_eq!(report["examples"][0]["subject"], "model/m@2");
    let asked = report["asked"].as_u64().unwrap();
    assert!(asked > 5, "enrolments and roles are judged too: {report}");
    // The same from as many threads as you like, and in parts.
    let one = bench.run(&["plugin", "run", "late.wasm", "--threads", "1", "--json"]).done().json();
    assert_eq!((&one["said"], &one["examples"], &one["fuel"]), (&report["said"], &report["examples"], &report["fuel"]));
    let size = before.as_u64().unwrap();
    let parts = [format!("..{}", size / 2), format!("{}..", size / 2)].map(|range| {
        let part = bench.run(&["plugin", "run", "late.wasm", "--range", &range, "--json"]).done().json();
        part["asked"].as_u64().unwrap()
    });
    assert_eq!(parts.iter().sum::<u64>(), asked);
    let scoped = bench.run(&["plugin", "run", "late.wasm", "--kind", "model.registered", "--json"]).done().json();
    assert_eq!((&scoped["asked"], &scoped["said"]), (&json!(2), &json!({"accept": 1, "reject": 1})));
    let table = bench.run(&["plugin", "run", "late.wasm", "--subject", "model/*", "-n", "0"]).done().out;
    assert!(table.contains("from-the-future") && !table.contains("model/m@2"), "{table}");
    for (args, code) in [(["--range", "9..3"], 2), (["--event", "x"], 2), (["--event", "9999"], 5)] {
        bench.run(&[&["plugin", "run", "late.wasm"], &args[..]].concat()).ended(code);
    }
    // Nothing is recorded by a trial.
    assert_eq!(bench.run(&["status", "--json"]).done().json()["size"], before);
}

#[test]
fn each_event_is_judged_on_the_ledger_before_it_and_kept_as_a_fixture() {
    let bench = bench();
    let first = model(&bench, 1, None).done().json()["index"].as_u64().unwrap();
    let event = json!({"kind": "model.evaluated", "subject": "model/m@1", "env": "dev",
        "body": {"artifact": format!("sha256:{}", "00".repeat(32)), "outcome": "pass"}});
    bench.write("event.json", &event.to_string());
    let second = by(&bench, "ada", &["record", "event.json", "--json"]).done().json()["index"].as_u64().unwrap();
    let asked = |index: u64, more: &[&str]| {
        let index = index.to_string();
        let args = ["plugin", "run", "asking.wasm", "--event", &index, "--json"];
        bench.run(&[&args[..], more].concat())
    };
    assert_eq!(asked(first, &[]).done().json()["said"], json!({"accept": 1}));
    assert_eq!(asked(second, &["--save-fixture", "kept"]).done().json()["said"], json!({"reject": 1}));
    asked(second, &["--save-fixture", "kept"]).ended(2);
    asked(second, &["--save-fixture", "../kept"]).ended(2);
    // The fixture says the same, without the ledger.
    bench.run(&["plugin", "test", "--component", "asking.wasm", "--bless"]).done();
    let read = |file: &str| -> Json {
        serde_json::from_str(&fs::read_to_string(bench.path(&format!("fixtures/kept/{file}.json"))).unwrap()).unwrap()
    };
    assert_eq!(read("expect")["verdict"], "reject");
    assert_eq!((&read("event")["index"], &read("event")["actor"]), (&json!(second), &json!("user:ada")));
    assert_eq!(
        (&read("queries")["events"][0]["index"], read("queries")["events"].as_array().unwrap().len()),
        (&json!(first), 1)
    );
    by(&bench, "ada", &["plugin", "publish", "asking.wasm"]).done();
    let bind = ["plugin", "bind", "plugin/known-already@1.2.3", "--mode", "observe", "--kind", "model.evaluated"];
    by(&bench, "ada", &bind).done();
    by(&bench, "otto", &["plugin", "approve", "plugin/known-already@1.2.3"]).done();
    let run = bench.run(&["plugin", "run", "plugin/known-already@1.2.3", "--json"]).done().json();
    assert_eq!((&run["asked"], &run["said"]), (&json!(1), &json!({"reject": 1})));
    // What the ledger sealed, what is asked again later, and the fixture without a ledger agree on every byte that was
    // asked and answered.
    let third = by(&bench, "ada", &["record", "event.json", "--json"]).done().json()["index"].as_u64().unwrap();
    let sealed = bench.run(&["plugin", "log", "--json", "-n", "1"]).done().json();
    assert_eq!((&sealed["index"], &sealed["verdict"]), (&json!(third), &json!("reject")));
    asked(third, &["--save-fixture", "sealed"]).done();
    let test = ["plugin", "test", "--component", "asking.wasm", "--only", "sealed", "--json"];
    let again = bench.run(&test).ended(4).json();
    assert_eq!((&again["said"]["verdict"], &again["transcript"]), (&sealed["verdict"], &sealed["transcript"]));
    assert!(sealed["transcript"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn what_a_rule_can_do_is_shown_to_who_approves_it() {
    let bench = bench();
    let published = by(&bench, "ada", &["plugin", "publish", "asking.wasm", "--json"]).done().json();
    assert_eq!(published["published"]["capabilities"], json!(["query"]), "{published}");
    let plugin = published["published"]["plugin"].as_str().unwrap();
    let bind = ["plugin", "bind", plugin, "--mode", "warn", "--subject", "model/*", "--env", "prod"];
    by(&bench, "ada", &bind).done();
    let listed = bench.run(&["plugin", "list", "--json"]).done().json();
    let (component, binding) = (&listed["components"][0], &listed["bindings"][0]);
    assert_eq!((&component["capabilities"], &binding["capabilities"]), (&json!(["query"]), &json!(["query"])));
    let text = bench.run(&["plugin", "list"]).done().out;
    assert!(text.contains("query") && text.contains("COMPONENT"), "{text}");
    let shown = by(&bench, "otto", &["plugin", "approve", plugin]).done().out;
    for word in
        [component["component"].as_str().unwrap(), "query", "warn", "model/*; prod", "{}", "user:ada", "validator"]
    {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    // Bound again, the one that waits is meant.
    by(&bench, "ada", &["plugin", "bind", plugin, "--mode", "enforce", "--subject", "model/*"]).done();
    let approved = by(&bench, "otto", &["plugin", "approve", plugin, "--json"]).done().json();
    assert_eq!(
        (&approved["approved"]["mode"], &approved["approved"]["capabilities"]),
        (&json!("enforce"), &json!(["query"]))
    );
    let none = by(&bench, "otto", &["plugin", "approve", plugin]).ended(5);
    assert!(none.err.contains("no binding that waits for approval"), "{}", none.err);
}

#[test]
fn a_rule_that_can_never_speak_is_named() {
    let bench = bench();
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/dist");
    for name in ["promotion-evidence", "drift"] {
        by(&bench, "ada", &["plugin", "publish", dist.join(format!("{name}.wasm")).to_str().unwrap()]).done();
    }
    let bind = |name: &str, more: &[&str]| {
        let plugin = format!("plugin/{name}@0.1.0");
        by(&bench, "ada", &[&["plugin", "bind", &plugin, "--mode", "observe"], more].concat())
    };
    let doubted = bind("promotion-evidence", &["--kind", "data.profiled"]).done().err;
    assert!(doubted.contains("never speaks") && doubted.contains("model.promoted"), "{doubted}");
    let doubted = bind("promotion-evidence", &["--subject", "dataset/*"]).done().err;
    assert!(doubted.contains("never about such a subject"), "{doubted}");
    let own = bind("promotion-evidence", &["--kind", "denial"]).ended(2).err;
    assert!(own.contains("recorded by the log itself"), "{own}");
    assert!(bind("drift", &["--kind", "seal"]).ended(2).err.contains("the log's own"));
    assert!(bind("drift", &["--subject", "datset/*"]).ended(2).err.contains("begin it with one of"));
    assert!(bind("drift", &["--settings", "[1]"]).ended(4).err.contains("no JSON object"));
}

#[test]
fn why_a_rule_gave_no_verdict_stands_in_the_log() {
    let bench = bench();
    let endless = Guest { data: Layout::described("endless"), ..Guest::validator() };
    fs::write(bench.path("endless.wasm"), endless.main("(loop $on (br $on)) (unreachable)").bytes()).unwrap();
    let published = by(&bench, "ada", &["plugin", "publish", "endless.wasm", "--json"]).done().json();
    let plugin = published["published"]["plugin"].as_str().unwrap();
    by(&bench, "ada", &["plugin", "bind", plugin, "--mode", "observe", "--kind", "model.registered"]).done();
    by(&bench, "otto", &["plugin", "approve", plugin]).done();
    model(&bench, 1, None).done();
    let said = bench.run(&["plugin", "log", "--json"]).done().json();
    assert_eq!((&said["verdict"], &said["fault"]), (&json!("fault"), &json!("fuel")));
    assert!(bench.run(&["plugin", "log"]).done().out.contains("fault: fuel"));
}

#[test]
fn a_server_takes_bindings_and_approvals() {
    let bench = bench();
    by(&bench, "ada", &["plugin", "publish", "late.wasm"]).done();
    let list = bench.run(&["plugin", "list", "--json"]).done().json();
    let component = list["components"][0]["component"].as_str().unwrap();
    let server = Server::start(&bench);
    let there = |name: &str, args: &[&str]| by(&bench, name, &[args, &["--server", &server.url, "--json"]].concat());
    let away = there("ada", &["plugin", "publish", "late.wasm"]).ended(2);
    assert!(away.err.contains("bearers of tokens alone"), "{}", away.err);
    there("ada", &["plugin", "bind", LATE, "--mode", "enforce"]).ended(2);
    let bound = there("ada", &["plugin", "bind", LATE, "--mode", "enforce", "--component", component]).done().json();
    let id = bound["identity"].as_str().unwrap();
    there("otto", &["plugin", "approve", LATE]).ended(2);
    there("otto", &["plugin", "approve", id, "--plugin", LATE]).done();
    bench.write(
        "event.json",
        &super::support::dataset("d@1").replace("\"kind\"", &format!("\"time\":\"{FUTURE}\",\"kind\"")),
    );
    let refused = there("ada", &["record", "event.json"]).ended(3);
    assert!(refused.out.contains("after it was recorded"), "{}", refused.out);
    there("otto", &["plugin", "unbind", id, "--plugin", LATE, "--reason", "done"]).done();
}
