//! Common mistakes: each is called by its name, with what to do next.

use super::support::{Bench, Server, dataset};
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

#[test]
fn what_is_not_utf_8_is_bad_input() {
    let bench = Bench::new();
    let bytes = dataset("x").replace("here", "h\u{fffd}re").into_bytes();
    let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0xbf).collect();
    fs::write(bench.path("e.json"), &bytes).unwrap();
    let failed = bench.run(&["record", "e.json"]).ended(4).err;
    assert!(failed.contains("e.json") && failed.contains("UTF-8"), "{failed}");
    fs::write(bench.path("e.ndjson"), &bytes).unwrap();
    bench.run(&["record", "e.ndjson"]).ended(4);
}

#[test]
fn a_key_is_never_made_over_another() {
    let bench = Bench::new();
    bench.run(&["key", "new", "--out", "a.pem"]).done();
    let before = fs::read(bench.path("a.pem")).unwrap();
    let failed = bench.run(&["key", "new", "--out", "a.pem"]).ended(2).err;
    assert!(failed.contains("a.pem") && failed.contains("another name"), "{failed}");
    assert_eq!(fs::read(bench.path("a.pem")).unwrap(), before);
}

#[test]
fn an_encrypted_key_is_called_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    bench.write("k.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqG\n-----END ENCRYPTED PRIVATE KEY-----\n");
    fs::set_permissions(bench.path("k.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    bench.write("e.json", &dataset("x"));
    for command in [&["record", "e.json", "--key", "k.pem"][..], &["key", "show", "k.pem"]] {
        let failed = bench.run(command).ended(4).err;
        assert!(failed.contains("encrypted keys are not supported"), "{failed}");
        assert!(failed.contains("openssl pkey -in k.pem"), "{failed}");
    }
}

#[test]
fn a_server_of_an_unknown_authority_leads_to_the_setting() {
    let bench = Bench::new();
    let made = |name: &str| {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(bench.path(&format!("ledger/{name}.pem")), made.cert.pem()).unwrap();
        made
    };
    fs::write(bench.path("ledger/key.pem"), made("cert").signing_key.serialize_pem()).unwrap();
    made("stranger");
    bench.set("server", "tls = { certificate = \"cert.pem\", key = \"key.pem\" }");
    let server = Server::start(&bench);
    let url = server.url.replace("127.0.0.1", "localhost");
    bench.write("e.json", &dataset("x"));
    let record = ["record", "e.json", "--server", &url];
    let failed = bench.run(&record).ended(9).err;
    assert!(failed.contains("if you know its authority, set client.server_ca"), "{failed}");
    bench.set("client", "server_ca = \"stranger.pem\"");
    let failed = bench.run(&record).ended(9).err;
    assert!(failed.contains("client.server_ca in sagwan.toml are not of"), "{failed}");
    fs::copy(bench.path("ledger/cert.pem"), bench.path("ledger/stranger.pem")).unwrap();
    bench.run(&record).done();
}

#[test]
fn an_actor_without_a_key_is_told_what_comes_next() {
    let bench = Bench::new();
    let told = bench.run(&["actor", "enroll", "user:ana"]).done().err;
    assert!(told.contains("user:ana has no key yet") && told.contains("key request --for user:ana"), "{told}");
    bench.run(&["key", "new", "--out", "ana.pem"]).done();
    let request = bench.run(&["key", "request", "--for", "user:ana", "ana.pem"]).done().out;
    bench.write("request.json", &request);
    bench.run(&["key", "enroll", "--request", "request.json"]).done();
    let told = bench.run(&["actor", "enroll", "user:bea", "--new-key", "ana.pem"]).err;
    assert!(!told.contains("no key yet"), "{told}");
}

#[test]
fn an_event_without_an_environment_is_said_to_be_judged_as_prod() {
    let bench = Bench::new();
    bench.enroll("ana", "business-stakeholder");
    let by_ana = |command: &[&str]| {
        let signer = ["--actor", "user:ana", "--key", "ana.pem"];
        bench.run(&[command, &signer].concat()).ended(3).err
    };
    let failed = by_ana(&["actor", "enroll", "user:bea"]);
    assert!(failed.contains("refused (judged as prod): the refusal is record"), "{failed}");
    bench.write("e.json", &dataset("x").replace("\"dev\"", "\"prod\""));
    let failed = by_ana(&["record", "e.json"]);
    assert!(failed.contains("refused: the refusal is record"), "{failed}");
}

#[test]
fn paths_are_shown_as_a_user_writes_them() {
    let bench = Bench::new();
    let failed = bench.run(&["status", "--ledger", "none"]).ended(5).err;
    assert!(failed.contains("no ledger in none;") || failed.contains("no ledger in none\n"), "{failed}");
    fs::remove_dir_all(bench.path("ledger/journal")).unwrap();
    let failed = bench.run(&["status"]).ended(6).err;
    assert!(!failed.contains("/."), "{failed}");
}
