//! A checkpoint that somebody kept, held against the ledger.

use super::support::{Bench, Server};
use std::path::Path;

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_ledger_that_only_grew_is_told_from_one_that_was_rolled_back_or_forked() {
    let bench = Bench::new();
    bench.dataset("loans@1");
    copy(&bench.path("ledger"), &bench.path("old"));
    let keep = |name: &str| bench.write(name, &bench.run(&["status", "--checkpoint"]).done().out);
    keep("first");
    for n in 2..5 {
        bench.dataset(&format!("loans@{n}"));
    }
    keep("second");
    let held = |kept: &str| bench.run(&["verify", "--checkpoint", kept, "--json"]);
    let grew = held("first").done().json();
    let kept = std::fs::read_to_string(bench.path("first")).unwrap();
    assert_eq!(grew["kept_size"].to_string(), kept.lines().nth(1).unwrap());
    assert!(grew["size"].as_u64() > grew["kept_size"].as_u64());
    held("second").done();
    // With pinned keys, and by naming the ledger.
    std::fs::copy(bench.path("ledger/log.pub"), bench.path("log.pub")).unwrap();
    bench.run(&["verify", "--checkpoint", "first", "--key", "log.pub"]).done();
    assert!(bench.run(&["verify", "first", "--ledger", "ledger"]).done().out.contains("begins with the tree of then"));
    // From afar: a checkpoint and tiles are all that it takes.
    let server = Server::start(&bench);
    let far = |kept: &str| bench.run(&["verify", kept, "--key", "log.pub", "--ledger", &server.url]);
    assert!(far("first").done().out.contains("begins with the tree of then"));
    far("second").done();
    assert_eq!(server.stop(), 0);
    // The log's key is replaced: what the old one signed still counts, as the log's own word or pinned.
    bench.run(&["key", "rotate-log"]).done();
    assert_eq!(std::fs::read_to_string(bench.path("ledger/log.pub")).unwrap().lines().count(), 2);
    held("first").done();

    // The old copy comes back: smaller than what was signed.
    std::fs::rename(bench.path("ledger"), bench.path("true")).unwrap();
    std::fs::rename(bench.path("old"), bench.path("ledger")).unwrap();
    held("first").done();
    let back = held("second").ended(6);
    assert!(back.err.contains("rolled back"), "{}", back.err);
    // It goes on otherwise, past that size.
    for n in 0..5 {
        bench.dataset(&format!("other@{n}"));
    }
    held("first").done();
    let forked = held("second").ended(6);
    assert!(forked.err.contains("forked or rewritten"), "{}", forked.err);
    let server = Server::start(&bench);
    let far = bench.run(&["verify", "second", "--key", "log.pub", "--ledger", &server.url]).ended(6);
    assert!(far.err.contains("forked or rewritten"), "{}", far.err);
    drop(server);
    // What is no checkpoint, and what was signed by nobody we know.
    held("log.pub").ended(4);
    let size = kept.lines().nth(1).unwrap();
    bench.write("forged", &kept.replacen(&format!("\n{size}\n"), &format!("\n{size}0\n"), 1));
    held("forged").ended(6);
}
