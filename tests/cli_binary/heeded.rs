//! No option of `verify` is overlooked: it has its say, or it is refused.

use super::{support::Bench, witness::witness};

/// A ledger with a record of the officer's, and its keys and proofs in files.
fn bench() -> (Bench, String) {
    let bench = Bench::new();
    let index = bench.dataset("loans@1").to_string();
    std::fs::copy(bench.path("ledger/log.pub"), bench.path("log.pub")).unwrap();
    bench.run(&["key", "new", "--out", "other.pem"]).done();
    (bench, index)
}

#[test]
fn the_actors_key_is_checked_of_a_record_at_hand_too() {
    let (bench, index) = bench();
    let with = |target: &str, key: &str| bench.run(&["verify", target, "--actor-key", key]);
    bench.run(&["receipt", &index, "--format", "transparent", "--out", "t"]).done();
    for target in [index.as_str(), "t"] {
        with(target, "ledger/keys/user-officer.pem").done();
        with(target, "other.pem").ended(6);
    }
}

#[test]
fn an_option_without_effect_is_refused_and_named() {
    let (bench, index) = bench();
    for (form, file) in [("cose", "r"), ("transparent", "t"), ("tlog-proof", "p"), ("statement", "s")] {
        bench.run(&["receipt", &index, "--format", form, "--out", file]).done();
    }
    bench.write("c", &bench.run(&["status", "--checkpoint"]).done().out);
    bench.run(&["lineage", "dataset/loans@1", "--save", "e"]).done();
    bench.run(&["verify", "--full", "--reperform", "--save", "range"]).done();
    let key = ["--key", "log.pub"];
    let all: [(&[&str], &[&str]); 9] = [
        (&["s", "--actor-key", "ledger/keys/user-officer.pem"], &["--key", "--statement", "--old", "--witness"]),
        (&["t"], &["--statement", "--old", "--attestation", "--auditor"]),
        (&["r", "--statement", "s"], &["--old", "--auditor"]),
        (&["p", "--statement", "s"], &["--old", "--auditor"]),
        (&["c"], &["--statement", "--actor-key", "--old", "--auditor"]),
        (&["e"], &["--statement", "--actor-key", "--old"]),
        (&["range"], &["--statement", "--actor-key", "--old", "--auditor"]),
        (&[&index], &["--statement", "--old", "--cosigned", "--witness-policy", "--auditor"]),
        (&["--full"], &["--old", "--witness"]),
    ];
    for (target, without_effect) in all {
        let key = if target.contains(&"s") && target.contains(&"--actor-key") { &[][..] } else { &key };
        let plain = [&["verify"], target, key].concat();
        bench.run(&plain).done();
        for option in without_effect {
            let more: &[&str] = if *option == "--attestation" { &["--auditor", "log.pub"] } else { &[] };
            let refused = bench.run(&[&plain, &[*option, "log.pub"][..], more].concat()).ended(2).err;
            assert!(refused.contains(&format!("{option} has no effect on")), "{target:?} {option}: {refused}");
            assert!(refused.contains("it works with"), "{refused}");
        }
    }
}

#[test]
fn witnesses_bound_the_evidence_of_a_range_and_a_kept_checkpoint() {
    let (bench, _) = bench();
    let (one, two) = (witness(&bench, "one", 60), witness(&bench, "two", 61));
    super::witness::add(&bench, &one.section("one", "required = true"));
    bench.run(&["verify", "--full", "--reperform", "--save", "range"]).done();
    bench.write("kept", &bench.run(&["status", "--checkpoint"]).done().out);
    let verify = |target: &str, more: &[&str]| bench.run(&[&["verify", target, "--key", "log.pub"], more].concat());
    let size = verify("range", &["--json"]).done().json()["size"].to_string();
    bench.dataset("later@1");
    bench.run(&["witness", "ask"]).done();
    bench.run(&["consistency", &size, "witnessed", "--out", "grown"]).done();
    for target in ["range", "kept"] {
        verify(target, &["--witness", &one.vkey()]).ended(6);
        verify(target, &["--cosigned", "grown"]).ended(2);
        assert!(verify(target, &["--witness", &two.vkey(), "--cosigned", "grown"]).ended(6).err.contains("cosigned"));
        let bound = verify(target, &["--witness", &one.vkey(), "--cosigned", "grown"]).done().out;
        assert!(bound.contains("times bounded by witness witness.example/one"), "{bound}");
        let bound = verify(target, &["--witness", &one.vkey(), "--cosigned", "grown", "--json"]).done().json();
        assert_eq!(bound["cosigned_by"], serde_json::json!(["witness.example/one"]));
    }
}

#[test]
fn an_empty_range_of_time_is_refused_before_anything_is_done() {
    let (bench, _) = bench();
    let save = ["verify", "--full", "--reperform", "--save", "range", "--since"];
    for range in [&["2100-01-01"][..], &["2026-02-01", "--until", "2026-01-01"], &["7d", "--until", "7d"]] {
        bench.run(&[&save, range].concat()).ended(2);
    }
    assert!(!bench.path("range").exists());
    for args in [&["lineage", "dataset/loans@1"][..], &["inventory"], &["sample", "uses", "--seed", "1"]] {
        assert!(
            bench.run(&[args, &["--since", "2100-01-01"]].concat()).ended(2).err.contains("lies ahead"),
            "{args:?}"
        );
        assert!(bench.run(&[args, &["--since", "4", "--as-of", "2"]].concat()).ended(2).err.contains("since: "));
    }
}
