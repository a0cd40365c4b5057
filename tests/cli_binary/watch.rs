//! A log that is watched: grows, is rolled back, forks, goes away, shows what it did not sign.

use super::{
    kept::copy,
    stand::{Witness, answer},
    support::{Bench, Ran, Server},
};

fn look(bench: &Bench, place: &str) -> Ran {
    bench.run(&["watch", place, "--key", "log.pub", "--state", "state/seen", "--once", "--json"])
}

#[test]
fn a_log_that_grows_is_followed_and_one_that_takes_back_is_told_of() {
    let bench = Bench::new();
    bench.dataset("loans@1");
    std::fs::copy(bench.path("ledger/log.pub"), bench.path("log.pub")).unwrap();
    let server = Server::start(&bench);
    let first = look(&bench, &server.url).done().json();
    assert!(first["before"].is_null());
    assert_eq!(look(&bench, &server.url).done().json()["before"], first["size"]);
    assert_eq!(server.stop(), 0);
    copy(&bench.path("ledger"), &bench.path("old"));
    for n in 2..5 {
        bench.dataset(&format!("loans@{n}"));
    }
    // A ledger's folder will do as well as a server.
    let grown = look(&bench, "ledger").done().json();
    assert_eq!(grown["before"], first["size"]);
    assert!(grown["size"].as_u64() > first["size"].as_u64());
    let remembered = std::fs::read(bench.path("state/seen")).unwrap();
    // What is remembered is a checkpoint like any other.
    bench.run(&["verify", "state/seen", "--key", "log.pub", "--ledger", "ledger"]).done();

    std::fs::rename(bench.path("ledger"), bench.path("true")).unwrap();
    std::fs::rename(bench.path("old"), bench.path("ledger")).unwrap();
    let server = Server::start(&bench);
    let back = look(&bench, &server.url).ended(10);
    assert!(back.err.contains("ALARM") && back.err.contains("rolled back"), "{}", back.err);
    assert_eq!(server.stop(), 0);
    // It goes on otherwise, past that size.
    for n in 0..5 {
        bench.dataset(&format!("other@{n}"));
    }
    let server = Server::start(&bench);
    for _ in 0..2 {
        let forked = look(&bench, &server.url).ended(10);
        assert!(forked.err.contains("forked or rewritten"), "{}", forked.err);
    }
    // In a loop, too, it ends.
    bench.run(&["watch", &server.url, "--key", "log.pub", "--state", "state/seen", "--interval", "1"]).ended(10);
    assert_eq!(std::fs::read(bench.path("state/seen")).unwrap(), remembered);
    drop(server);
    // Both contradictions are kept, each once, with what proves it to others.
    for (number, has_proof) in [(1, false), (2, true)] {
        let kept = |name: &str| bench.path(&format!("state/seen.alarm-{number}/{name}"));
        assert_eq!(std::fs::read(kept("old.checkpoint")).unwrap(), remembered);
        let new = kept("new.checkpoint").display().to_string();
        bench.run(&["verify", &new, "--key", "log.pub"]).done();
        assert_eq!(kept("proof.consistency").exists(), has_proof);
        if has_proof {
            let (old, proof) =
                (kept("old.checkpoint").display().to_string(), kept("proof.consistency").display().to_string());
            bench.run(&["verify", &proof, "--old", &old, "--key", "log.pub"]).ended(6);
        }
    }
    assert!(!bench.path("state/seen.alarm-3").exists());
    bench.run(&["watch", "http://127.0.0.1:1", "--key", "log.pub", "--state", "state/seen", "--once"]).ended(9);
    bench.run(&["watch", "nowhere", "--key", "log.pub", "--once"]).ended(5);
}

/// Two trees of one size.
#[test]
fn two_trees_of_one_size_are_told_of() {
    let bench = Bench::new();
    std::fs::copy(bench.path("ledger/log.pub"), bench.path("log.pub")).unwrap();
    copy(&bench.path("ledger"), &bench.path("other"));
    bench.dataset("one@1");
    look(&bench, "ledger").done();
    std::fs::rename(bench.path("ledger"), bench.path("true")).unwrap();
    std::fs::rename(bench.path("other"), bench.path("ledger")).unwrap();
    bench.dataset("two@1");
    let forked = look(&bench, "ledger").ended(10);
    assert!(forked.err.contains("two different trees"), "{}", forked.err);
    // What it signed it has signed: that it shows the old tree again, and lets it grow, takes nothing back.
    std::fs::rename(bench.path("ledger"), bench.path("forked")).unwrap();
    std::fs::rename(bench.path("true"), bench.path("ledger")).unwrap();
    bench.dataset("three@1");
    for _ in 0..2 {
        let stands = look(&bench, "ledger").ended(10);
        assert!(stands.err.contains("an alarm stands") && stands.err.contains("seen.alarm-1"), "{}", stands.err);
    }
    std::fs::rename(bench.path("state/seen.alarm-1"), bench.path("decided")).unwrap();
    look(&bench, "ledger").done();
}

/// A static copy: what is wrong with its files accuses nobody of a fork.
#[test]
fn a_damaged_copy_is_no_alarm() {
    let bench = Bench::new();
    std::fs::copy(bench.path("ledger/log.pub"), bench.path("log.pub")).unwrap();
    let keep = || {
        let server = Server::start(&bench);
        let get =
            |path: &str| ureq::get(format!("{}{path}", server.url)).call().unwrap().body_mut().read_to_vec().unwrap();
        let note = get("/checkpoint");
        let size: u64 = String::from_utf8(note.clone()).unwrap().lines().nth(1).unwrap().parse().unwrap();
        let tile = get(&format!("/tile/0/000.p/{size}"));
        std::fs::create_dir_all(bench.path("copy/tile/0/000.p")).unwrap();
        std::fs::write(bench.path("copy/checkpoint"), &note).unwrap();
        std::fs::write(bench.path(&format!("copy/tile/0/000.p/{size}")), &tile).unwrap();
        server.stop();
        size
    };
    keep();
    look(&bench, "copy").done();
    bench.dataset("more@1");
    let size = keep();
    let tile = bench.path(&format!("copy/tile/0/000.p/{size}"));
    let good = std::fs::read(&tile).unwrap();
    for at in [0, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&tile, &bad).unwrap();
        let failed = look(&bench, "copy").ended(6);
        assert!(failed.err.contains("not what it signed"), "{}", failed.err);
    }
    std::fs::write(&tile, &good[..32]).unwrap();
    look(&bench, "copy").ended(6);
    std::fs::remove_file(&tile).unwrap();
    look(&bench, "copy").ended(5);
    std::fs::write(&tile, &good).unwrap();
    look(&bench, "copy").done();
    assert!(!bench.path("state/seen.alarm-1").exists());
    // A checkpoint that the log did not sign, and a memory that is not this log's.
    let note = std::fs::read_to_string(bench.path("copy/checkpoint")).unwrap();
    bench.write("copy/checkpoint", &note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1));
    look(&bench, "copy").ended(6);
    bench.write("copy/checkpoint", &note);
    bench.write("state/seen", "nonsense\n");
    look(&bench, "copy").ended(4);
}

/// Whatever a server answers: it is told, bounded, and nothing of it is remembered.
#[test]
fn a_hostile_server_is_neither_believed_nor_an_alarm() {
    let bench = Bench::new();
    std::fs::copy(bench.path("ledger/log.pub"), bench.path("log.pub")).unwrap();
    let vkey = std::fs::read_to_string(bench.path("log.pub")).unwrap();
    let log = sagwan::crypto::NoteVerifier::parse(vkey.trim()).unwrap();
    // The tests' witness answers whatever it is told to, also as a log.
    let hostile = Witness::start("witness.example/log", 70, log, "none", 1);
    let place = format!("http://127.0.0.1:{}", hostile.port);
    let text = |body: &str| answer("200 OK", "text/plain", body);
    let genuine = bench.run(&["status", "--checkpoint"]).done().out;
    let other = genuine.replacen("sagwan", "other", 1);
    for (raw, code) in [
        (text(&"x\n".repeat(1 << 20)), 9),
        (text(""), 6),
        (text("nonsense\n"), 6),
        (text(&other), 6),
        (text(&genuine.replacen('—', "-", 1)), 6),
        (answer("302 Found", "text/plain", ""), 9),
        (answer("400 Bad Request", "text/plain", ""), 9),
        (answer("403 Forbidden", "text/plain", ""), 9),
        (answer("500 Broken", "text/plain", ""), 9),
        ("nonsense\r\n\r\n".into(), 9),
        (String::new(), 9),
    ] {
        hostile.state.lock().unwrap().always = Some(raw.clone().into_bytes());
        let failed = look(&bench, &place);
        assert_eq!(failed.code, code, "{raw:.80?}: {}", failed.err);
        assert!(!bench.path("state/seen").exists() && !failed.err.contains("ALARM"));
    }
    hostile.state.lock().unwrap().always = Some(text(&genuine).into_bytes());
    look(&bench, &place).done();
}
