//! `--json` on every command that prints data.

use super::support::Bench;

#[test]
fn every_line_parses() {
    let bench = Bench::empty();
    let founded = bench.run(&["init", "ledger", "--json"]).done().json();
    assert_eq!(founded["origin"], "localhost/sagwan");
    bench.dataset("loans@1");
    bench.run(&["receipt", "2", "--format", "transparent", "--out", "t", "--json"]).done().json();
    for (args, field) in [
        (&["status"][..], "root"),
        (&["log"], "rulings"),
        (&["show", "2", "--receipt"], "receipt"),
        (&["receipt", "2"], "base64"),
        (&["verify", "2"], "checked"),
        (&["verify", "t"], "checked"),
        (&["verify", "--full"], "size"),
        (&["actor", "list"], "keys"),
        (&["actor", "show", "user:officer"], "roles"),
        (&["subjects"], "stage"),
        (&["index", "rebuild"], "content"),
        (&["key", "show", "ledger/keys/user-officer.pem", "--origin", "a/b"], "vkey"),
        (&["key", "public", "ledger/keys/user-officer.pem"], "pem"),
        (&["key", "new", "--out", "new.pem"], "thumbprint"),
        (&["key", "request", "--for", "user:x", "new.pem"], "possession"),
        (&["spool", "resubmit"], "waiting"),
    ] {
        let values = bench.run(&[args, &["--json"]].concat()).done().jsons();
        assert!(!values.is_empty(), "{args:?}");
        values.iter().for_each(|value| assert!(value.get(field).is_some(), "{args:?}: {value}"));
    }
    for args in [&["grants"][..], &["spool", "list"]] {
        assert!(bench.run(&[args, &["--json"]].concat()).done().jsons().is_empty(), "{args:?}");
    }
}

#[test]
fn tables_are_for_people() {
    let bench = Bench::new();
    for args in [&["log"][..], &["actor", "list"], &["subjects"]] {
        let out = bench.run(args).done().out;
        let header = out.lines().next().unwrap();
        assert_eq!(header, header.to_uppercase(), "{out}");
    }
}
