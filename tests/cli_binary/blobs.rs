//! What stands in `blobs/`: a full verification reads it, and says what is damaged and what is missing.

use crate::support::Bench;
use std::{fs, path::PathBuf};

/// A ledger that names two blobs: its policy, and the profile of a dataset. Their files.
fn bench() -> (Bench, PathBuf, PathBuf) {
    let bench = Bench::new();
    let file = |digest: &str| {
        let name = digest.strip_prefix("sha256:").unwrap();
        bench.path("ledger/blobs").join(&name[..2]).join(name)
    };
    let status = bench.run(&["status", "--json"]).done().json();
    let policy = file(status["policy"].as_str().unwrap());
    bench.write("d.csv", "a,b\n1,2\n3,4\n");
    bench.dataset("d@1");
    bench.run(&["profile", "d.csv", "--record", "dataset/d@1", "--env", "dev"]).done();
    let profile = bench.run(&["log", "--kind", "data.profiled", "--json"]).done().json();
    let profile = file(profile["events"][0]["body"]["profile"].as_str().unwrap());
    assert!(policy.is_file() && profile.is_file());
    (bench, policy, profile)
}

fn flip(file: &PathBuf) {
    let mut bytes = fs::read(file).unwrap();
    bytes[7] ^= 1;
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_damaged_blob_is_found_and_named() {
    let (bench, policy, profile) = bench();
    let whole = bench.run(&["verify", "--full"]).done().out;
    assert!(whole.contains("the whole ledger") && whole.contains("2 blobs that it names"), "{whole}");
    flip(&profile);
    for more in [&["--full"][..], &["--full", "--reperform"]] {
        let failed = bench.run(&[&["verify"], more].concat()).ended(6).err;
        assert!(failed.contains(profile.file_name().unwrap().to_str().unwrap()), "{failed}");
        assert!(!failed.contains("more in blobs/"), "{failed}");
    }
    flip(&policy);
    let failed = bench.run(&["verify", "--full", "--reperform"]).ended(6).err;
    assert!(failed.contains("digest that is its name, and 1 more in blobs/"), "{failed}");
}

#[test]
fn missing_blobs_are_said_plainly() {
    let (bench, policy, profile) = bench();
    fs::remove_file(&profile).unwrap();
    let said = bench.run(&["verify", "--full"]).done().out;
    let digest = format!("sha256:{}", profile.file_name().unwrap().to_str().unwrap());
    assert!(!said.contains("the whole ledger"), "{said}");
    assert!(said.contains("not checked") && said.contains("1 blob is missing") && said.contains(&digest), "{said}");
    let said = bench.run(&["verify", "--full", "--json"]).done().json();
    assert_eq!(said["blobs"], serde_json::json!({"checked": 1, "missing": 1, "missing_digests": [digest]}));
    assert!(said["not_checked"][0].as_str().unwrap().contains("1 blob is missing"), "{said}");

    fs::remove_dir_all(policy.ancestors().nth(2).unwrap()).unwrap();
    let said = bench.run(&["verify", "--full"]).done().out;
    assert!(said.contains("2 blobs are missing") && said.contains("0 blobs that it names"), "{said}");
    let said = bench.run(&["verify", "--full", "--reperform"]).done().out;
    assert!(said.contains("not one decision") && !said.contains("came out as recorded"), "{said}");
}

#[test]
fn without_its_policy_a_ledger_does_not_open_and_says_what_to_put_back() {
    let (bench, policy, _) = bench();
    fs::remove_file(policy).unwrap();
    let failed = bench.run(&["status"]).ended(6).err;
    assert!(failed.contains("restore blobs/ from the same copy as the rest"), "{failed}");
}
