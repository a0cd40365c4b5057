//! Reads of subjects marked personal are recorded, whoever has the folder.

use super::support::{Bench, Server};
use serde_json::Value;

/// A ledger with one personal dataset, whose source is committed to; the record's index.
fn with_people(bench: &Bench) -> String {
    let event = r#"{"kind":"dataset.registered","subject":"dataset/people@1","env":"dev",
        "body":{"source":"hospital","purpose":"tests","legal_basis":"consent","personal":true}}"#;
    bench.write("people.json", event);
    let recorded = bench.run(&["record", "people.json", "--commit", "/body/source", "--json"]).done().json();
    recorded["index"].to_string()
}

/// What was recorded of reads: account, task, purpose.
fn reads(bench: &Bench) -> Vec<[String; 3]> {
    let text = |event: &Value, field: &str| event["body"][field].as_str().unwrap_or_default().to_owned();
    let records = bench.run(&["log", "--kind", "access.used", "--limit", "0", "--json"]).done().jsons();
    let events = records.iter().flat_map(|record| record["events"].as_array().unwrap());
    events.map(|event| ["account", "task", "purpose"].map(|field| text(event, field))).collect()
}

#[test]
fn each_read_of_a_personal_subject_is_recorded() {
    let bench = Bench::new();
    let plain = bench.dataset("plain@1").to_string();
    let index = with_people(&bench);
    let shown = bench.run(&["show", &index, "--json"]).done().json();
    let commitment = shown["events"][0]["commitments"][0]["digest"].as_str().unwrap().to_owned();
    bench.run(&["show", &plain]).done();
    bench.run(&["log", "--subject", "dataset/plain@1"]).done();
    bench.run(&["log", "--subject", "dataset/people@1", "--as", "user:ana", "--purpose", "monitoring"]).done();
    bench.run(&["receipt", &index, "--out", "r"]).done();
    bench.run(&["subjects", "dataset/people"]).done();
    bench.run(&["subjects", "dataset/plain"]).done();
    bench.run(&["vault", "show", &commitment]).done();
    let refused = bench.run(&["show", &index, "--purpose", "curiosity"]).ended(2);
    assert!(refused.err.contains("not of the policy's list") && refused.out.is_empty(), "{}", refused.err);
    let told = reads(&bench);
    let told: Vec<[&str; 3]> = told.iter().map(|read| read.each_ref().map(String::as_str)).collect();
    let (show, prove) = (format!("read record {index}"), format!("prove record {index}"));
    let open = format!("open {commitment}");
    let expected = [
        ["user:officer", &show, "audit"],
        ["user:ana", "list records where subject=dataset/people@1", "monitoring"],
        ["user:officer", &prove, "audit"],
        ["user:officer", "list subjects", "audit"],
        ["user:officer", &open, "audit"],
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_server_records_who_read_by_his_token() {
    let bench = Bench::new();
    bench.enroll("ana", "data-engineer");
    let index = with_people(&bench);
    bench.tokens(&[("anas", "user:ana", "read"), ("nobodys", "user:nobody", "read")]);
    let server = Server::start(&bench);
    let there = ["show", &index, "--server", &server.url, "--as", "user:officer", "--purpose", "customer-support"];
    bench.run(&[&there[..], &["--token", "anas"]].concat()).done();
    // Dev observes: whoever has a token is answered there, and recorded as who he is.
    bench.run(&[&there[..], &["--token", "nobodys"]].concat()).done();
    assert_eq!(server.stop(), 0);
    let told: Vec<String> =
        reads(&bench).into_iter().map(|[account, _, purpose]| format!("{account} {purpose}")).collect();
    assert_eq!(told, ["user:ana customer-support", "user:nobody customer-support"]);
}

#[test]
fn a_reviewers_questions_about_personal_subjects_are_reads() {
    let bench = Bench::new();
    with_people(&bench);
    let denied_in_dev = ["--actor", "user:ana", "--action", "use", "--env", "dev"];
    bench.enroll("ana", "data-engineer");
    bench.run(&[&["policy", "explain", "--object", "dataset/people@1"], &denied_in_dev[..]].concat()).done();
    bench.run(&[&["policy", "explain", "--object", "dataset/plain@1"], &denied_in_dev[..]].concat()).done();
    // The officer registered it although no rule allows him to, which dev only observes: a stricter dev flips that.
    let files = bench.run(&["policy", "show", "in-force", "--json"]).done().json()["files"].clone();
    std::fs::create_dir_all(bench.path("stricter/rules")).unwrap();
    for (name, text) in files.as_object().unwrap() {
        let text = text.as_str().unwrap().replace("dev = \"observe\"", "dev = \"warn\"");
        bench.write(&format!("stricter/{name}"), &text);
    }
    let replayed = bench.run(&["policy", "replay", "stricter", "--as", "user:ana", "--json"]).done().json();
    let shown =
        |report: &Value| report["flips"].as_array().unwrap().iter().any(|flip| flip["object"] == "dataset/people@1");
    assert!(shown(&replayed), "{replayed}");
    let compared = bench.run(&["policy", "diff", "stricter", "--purpose", "monitoring", "--json"]).ended(1).json();
    assert!(shown(&compared["flips"]), "{compared}");
    // The same policy twice shows nothing.
    bench.run(&["policy", "diff", "in-force", "in-force", "--json"]).done();
    let told = reads(&bench);
    let accounts: Vec<[&str; 2]> =
        told.iter().map(|[account, _, purpose]| [account.as_str(), purpose.as_str()]).collect();
    assert_eq!(accounts, [["user:officer", "audit"], ["user:ana", "audit"], ["user:officer", "monitoring"]]);
    assert!(told[0][1].starts_with("policy explain user:ana use dataset/people@1"), "{told:?}");
    assert!(
        told[1][1].starts_with("policy replay sha256:") && told[2][1].starts_with("policy diff sha256:"),
        "{told:?}"
    );
    let refused = bench.run(&["policy", "diff", "stricter", "--purpose", "curiosity"]).ended(3);
    assert!(refused.err.contains("not of the policy's list") && refused.out.is_empty(), "{}", refused.err);
}
