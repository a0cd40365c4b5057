//! The way that the README shows.

use super::support::{Bench, dataset};

#[test]
fn from_nothing_to_a_verified_proof() {
    let bench = Bench::new();
    bench.enroll("ana", "data-scientist");
    let index = bench.dataset("loans@1");

    let shown = bench.run(&["show", &index.to_string()]).done().out;
    assert!(shown.contains("dataset.registered dataset/loans@1 in dev"), "{shown}");
    let log = bench.run(&["log", "--subject", "dataset/loans@1"]).done().out;
    assert_eq!(log.lines().count(), 2, "{log}");

    bench.run(&["receipt", &index.to_string(), "--format", "transparent", "--out", "proof.cose"]).done();
    let verified = bench.run(&["verify", "proof.cose", "--key", "ledger/log.pub"]).done().out;
    assert!(verified.contains(&format!("leaf {index}")) && verified.contains("claimed"), "{verified}");
    bench.run(&["verify", &index.to_string()]).done();
    bench.run(&["verify", "--full"]).done();
    bench.run(&["index", "rebuild"]).done();
    assert!(bench.run(&["status"]).done().out.contains("localhost/sagwan"));
}

#[test]
fn every_form_of_proof_verifies_away_from_the_ledger() {
    let bench = Bench::new();
    let index = bench.dataset("loans@1").to_string();
    for (form, file) in [("cose", "r"), ("transparent", "t"), ("tlog-proof", "p"), ("statement", "s")] {
        bench.run(&["receipt", &index, "--format", form, "--out", file]).done();
    }
    let key = bench.path("ledger/log.pub").display().to_string();
    std::fs::copy(&key, bench.path("log.pub")).unwrap();
    std::fs::rename(bench.path("ledger"), bench.path("gone")).unwrap();
    let officer = bench.path("gone/keys/user-officer.pem").display().to_string();
    for args in [
        &["verify", "t", "--key", "log.pub"][..],
        &["verify", "r", "--statement", "s", "--key", "log.pub"],
        &["verify", "p", "--statement", "s", "--key", "log.pub", "--actor-key", &officer],
        &["verify", "s", "--actor-key", &officer],
        &["verify", "gone/checkpoint", "--key", "log.pub"],
    ] {
        bench.run(args).done();
    }
    // A receipt without its statement is a question that cannot be answered.
    bench.run(&["verify", "r", "--key", "log.pub"]).ended(2);
}

#[test]
fn what_would_be_refused_says_so_wherever_it_is_shown() {
    let bench = Bench::new();
    let event = [
        "record",
        "--kind",
        "access.used",
        "--subject",
        "dataset/none@1",
        "--env",
        "dev",
        "--body",
        "account=a",
        "--body",
        "origin=10.0.0.7",
        "--body",
        "task=look",
        "--body",
        "grant=grant/g",
        "--body",
        "purpose=audit",
        "--commit",
        "/body/origin",
        "--data-subject",
        "Kim",
    ];
    let recorded = bench.run(&event).done();
    assert!(!recorded.err.contains("although a rule"), "where a scope observes, nobody is told: {}", recorded.err);
    let index = recorded.out.trim().strip_prefix("record ").unwrap().to_owned();
    for args in [&["log", "--decision", "would-deny"][..], &["show", &index]] {
        let out = bench.run(args).done().out;
        assert!(out.contains("recorded, would be refused: "), "{out}");
    }
    let json = bench.run(&["show", &index, "--json"]).done().json();
    assert_eq!(json["would_deny"], true);
    assert_eq!(json["rulings"][0]["decision"], "deny");
    assert_eq!(json["rulings"][0]["outcome"], "recorded");
    assert!(
        bench.run(&["log", "--decision", "allow", "--json"]).done().jsons().iter().all(|r| r["would_deny"] == false)
    );

    // What was committed to and the data subject are found in the vault, and nowhere else.
    let event = &json["events"][0];
    assert!(event["body"].get("origin").is_none());
    let commitment = event["commitments"][0]["digest"].as_str().unwrap();
    let opened = bench.run(&["vault", "show", commitment, "--json"]).done().json();
    assert_eq!((opened["path"].as_str(), opened["value"].as_str()), (Some("/body/origin"), Some("10.0.0.7")));
    let pseudonym = event["body"]["data_subject"].as_str().unwrap();
    assert!(bench.run(&["vault", "show", pseudonym]).done().out.contains("Kim"));
}

#[test]
fn one_data_subject_has_one_pseudonym() {
    let bench = Bench::new();
    let record = |who: &str| {
        let args = [
            "record",
            "--json",
            "--kind",
            "data-subject.requested",
            "--subject",
            "dataset/x",
            "--env",
            "dev",
            "--body",
            "right=access",
            "--data-subject",
            who,
        ];
        let index = bench.run(&args).done().json()["index"].as_u64();
        let shown = bench.run(&["show", &index.unwrap().to_string(), "--json"]).done().json();
        shown["events"][0]["body"]["data_subject"].as_str().unwrap().to_owned()
    };
    let (kim, lee, again) = (record("Kim"), record("Lee"), record("Kim"));
    assert!(kim == again && kim != lee, "{kim} {lee} {again}");
}

#[test]
fn keys_are_requested_enrolled_and_revoked() {
    let bench = Bench::new();
    bench.enroll("ana", "data-scientist");
    bench.run(&["key", "new", "--out", "second.pem"]).done();
    let request = bench.run(&["key", "request", "--for", "user:ana", "second.pem"]).done().out;
    bench.write("request.json", &request);
    bench.run(&["key", "enroll", "--request", "request.json"]).done();
    let shown = bench.run(&["actor", "show", "user:ana", "--json"]).done().json();
    assert_eq!(shown["keys"].as_array().unwrap().len(), 2);
    let kid =
        bench.run(&["key", "show", "second.pem", "--json"]).done().json()["thumbprint"].as_str().unwrap().to_owned();
    bench.run(&["key", "revoke", &kid, "--of", "user:ana", "--reason", "lost"]).done();
    let shown = bench.run(&["actor", "show", "user:ana", "--json"]).done().json();
    assert!(shown["keys"][1]["revoked_at"].is_u64(), "{shown}");
    // The log's own key changes too, and what it signed before still verifies under both.
    bench.run(&["key", "rotate-log"]).done();
    bench.run(&["verify", "2"]).done();
    bench.run(&["verify", "--full"]).done();
}

/// What a stolen key signed is marked wherever it is told, and only from the theft on.
#[test]
fn what_a_suspect_key_signed_is_marked() {
    let bench = Bench::new();
    bench.enroll("eng", "data-engineer");
    for version in ["1", "2"] {
        bench.write("event.json", &dataset(&format!("loans@{version}")));
        bench.run(&["record", "event.json", "--actor", "user:eng", "--key", "eng.pem"]).done();
    }
    let last = bench.run(&["log", "--subject", "dataset/loans@2", "--json"]).done().json();
    let (since, kid) = (last["index"].to_string(), last["kid"].as_str().unwrap().to_owned());
    bench.run(&["key", "revoke", &kid, "--of", "user:eng", "--reason", "stolen", "--suspect-since", &since]).done();
    for (version, suspect) in [("1", false), ("2", true)] {
        let subject = format!("dataset/loans@{version}");
        let told = bench.run(&["timeline", &subject, "--json"]).done().json();
        assert_eq!(told["timeline"]["lines"][0]["suspect"].as_bool().unwrap_or(false), suspect, "{told}");
        let table = bench.run(&["timeline", &subject]).done().out;
        assert_eq!(table.contains("(suspect key)"), suspect, "{table}");
    }
    let log = bench.run(&["log", "--json"]).done().jsons();
    let marked: Vec<_> = log.iter().filter(|one| one["suspect"] == true).map(|one| one["index"].to_string()).collect();
    assert_eq!(marked, [since]);
}

#[test]
fn the_logs_old_key_is_revoked_once_a_new_one_signs() {
    let bench = Bench::new();
    let keys = || bench.run(&["status", "--json"]).done().json()["log_keys"].as_array().unwrap().clone();
    let pub_lines = || std::fs::read_to_string(bench.path("ledger/log.pub")).unwrap().lines().count();
    let old = bench.run(&["show", "0", "--json"]).done().json()["kid"].as_str().unwrap().to_owned();
    let revoke = |kid: &str, more: &[&str]| {
        bench.run(&[&["key", "revoke", kid, "--of", "service:ledger", "--reason", "rotated"], more].concat())
    };
    let last = revoke(&old, &[]).ended(2);
    assert!(last.err.contains("rotate-log"), "{}", last.err);
    let new = bench.run(&["key", "rotate-log", "--json"]).done().json()["thumbprint"].as_str().unwrap().to_owned();
    assert_eq!((keys().len(), pub_lines()), (2, 2));
    revoke(&old, &["--server", "http://127.0.0.1:1"]).ended(2);
    revoke(&format!("sha256:{}", "ab".repeat(32)), &[]).ended(5);
    let done = revoke(&old, &["--json"]).done().json();
    assert_eq!((done["thumbprint"].as_str(), done["log_keys"].as_array().unwrap().len()), (Some(old.as_str()), 1));
    assert_eq!((keys().len(), pub_lines()), (1, 1));
    bench.run(&["verify", "--full"]).done();
    assert!(revoke(&old, &[]).ended(5).err.contains(&old));
    revoke(&new, &[]).ended(2);
}
