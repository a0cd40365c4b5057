//! Common mistakes: each is called by its name, with what to do next.

use super::support::Bench;
use std::fs;

#[test]
fn a_file_that_is_no_proof_is_called_so() {
    let bench = Bench::new();
    bench.run(&["status", "--checkpoint"]).done();
    fs::copy(bench.path("ledger/checkpoint"), bench.path("kept")).unwrap();
    for (name, bytes) in [
        ("zeros", vec![0; 200]),
        ("noise", (0..=255).rev().collect()),
        ("text", b"this is a letter,\nnot a proof\n".to_vec()),
        ("pem", fs::read(bench.path("ledger/log.pub")).unwrap()),
        ("empty", Vec::new()),
    ] {
        fs::write(bench.path(name), bytes).unwrap();
        let failed = bench.run(&["verify", name, "--key", "ledger/log.pub"]).ended(4).err;
        assert!(failed.contains(name) && failed.contains("tlog-proof, a checkpoint"), "{failed}");
        let empty = if name == "empty" { "is empty" } else { "none of the kinds" };
        assert!(failed.contains(empty), "{failed}");
    }
    // A damaged checkpoint is still one: that it does not hold is what counts.
    let kept = fs::read_to_string(bench.path("kept")).unwrap();
    let lines: Vec<&str> = kept.lines().collect();
    for damaged in
        [kept.replacen(lines[2], &lines[2].replace(|c: char| c.is_ascii_lowercase(), "A"), 1), lines[..3].join("\n")]
    {
        fs::write(bench.path("damaged"), damaged).unwrap();
        let failed = bench.run(&["verify", "damaged", "--key", "ledger/log.pub"]).ended(6).err;
        assert!(failed.contains("checkpoint"), "{failed}");
    }
}

#[test]
fn a_proof_wants_the_statement_alone() {
    let bench = Bench::new();
    let index = bench.dataset("loans@1").to_string();
    for (format, name) in [("cose", "r"), ("transparent", "t"), ("statement", "s"), ("tlog-proof", "p")] {
        bench.run(&["receipt", &index, "--format", format, "--out", name]).done();
    }
    for proof in ["r", "p"] {
        let with = |statement: &str| bench.run(&["verify", proof, "--statement", statement]);
        with("s").done();
        let failed = with("t").ended(4).err;
        assert!(failed.contains("is a Transparent Statement") && failed.contains("`sagwan verify t`"), "{failed}");
        assert!(with("r").ended(4).err.contains("is a receipt"));
        let failed = with("ledger/log.pub").ended(4).err;
        assert!(failed.contains("is no signed statement") && failed.contains("--format statement"), "{failed}");
    }
}

#[test]
fn a_checkpoint_of_another_log_or_none_is_called_so() {
    let bench = Bench::new();
    bench.dataset("loans@1");
    bench.run(&["init", "other", "--origin", "example.org/other", "--ledger", "other"]).done();
    let checkpoint = bench.path("ledger/checkpoint");
    let own = fs::read(&checkpoint).unwrap();
    fs::copy(bench.path("other/checkpoint"), &checkpoint).unwrap();
    for command in [&["status"][..], &["verify", "--full"]] {
        let failed = bench.run(command).ended(6).err;
        assert!(failed.contains("the checkpoint is of the log example.org/other"), "{failed}");
        assert!(failed.contains("from one copy") && !failed.contains("configuration"), "{failed}");
    }
    fs::remove_file(&checkpoint).unwrap();
    for command in [&["status"][..], &["verify", "--full"]] {
        let failed = bench.run(command).ended(6).err;
        assert!(failed.contains("the checkpoint is missing\nnext: restore it from the same copy"), "{failed}");
    }
    fs::write(&checkpoint, own).unwrap();
    bench.run(&["status"]).done();
}
