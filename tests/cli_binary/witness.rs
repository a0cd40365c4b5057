//! Witnesses from the command line and beside the server; and what verification says of their times.

use super::{
    kept::copy,
    stand::{Witness, answer},
    support::{Bench, Server},
};
use sagwan::crypto::NoteVerifier;

/// A witness of the bench's ledger.
pub fn witness(bench: &Bench, name: &str, seed: u8) -> Witness {
    let vkey = std::fs::read_to_string(bench.path("ledger/log.pub")).unwrap();
    let log = NoteVerifier::parse(vkey.trim()).unwrap();
    let origin = vkey.split('+').next().unwrap().to_owned();
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Witness::start(&format!("witness.example/{name}"), seed, log, &origin, since.as_secs())
}

pub fn add(bench: &Bench, section: &str) {
    let path = bench.path("ledger/sagwan.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n{section}")).unwrap();
}

#[test]
fn asking_listing_and_verifying() {
    let bench = Bench::new();
    bench.run(&["witness", "list"]).ended(5);
    bench.run(&["witness", "ask"]).ended(5);
    let (one, two) = (witness(&bench, "one", 60), witness(&bench, "two", 61));
    add(&bench, &one.section("one", "required = true"));
    bench.dataset("early@1");
    assert!(bench.run(&["witness", "list"]).done().out.contains("never"));
    bench.run(&["consistency", "1", "witnessed"]).ended(5);

    let asked = bench.run(&["witness", "ask", "--json"]).done().json();
    assert_eq!((&asked["witness"], &asked["cosigned"]), (&"one".into(), &true.into()));
    let listed = bench.run(&["witness", "list", "--json"]).done().json();
    assert_eq!((&listed["size"], &listed["required"]), (&asked["size"], &true.into()));
    one.tell(&answer("500 Broken", "text/plain", ""));
    let index = bench.dataset("late@1").to_string();
    assert!(bench.run(&["witness", "ask"]).ended(9).out.contains("500"));
    assert!(bench.run(&["witness", "list"]).done().out.contains("it answered 500"));

    // A record's proof, and a tree that witnesses saw later: what leads from one to the other bounds its time.
    std::fs::copy(bench.path("ledger/log.pub"), bench.path("log.pub")).unwrap();
    bench.run(&["receipt", &index, "--format", "transparent", "--out", "late.cose"]).done();
    let of = bench.run(&["verify", "late.cose", "--key", "log.pub", "--json"]).done().json()["size"].to_string();
    bench.dataset("later@1");
    bench.run(&["witness", "ask"]).done();
    bench.run(&["consistency", &of, "witnessed", "--out", "grown"]).done();
    let with = |witness: &str, more: &[&str]| {
        let args = ["verify", "late.cose", "--key", "log.pub", "--witness", witness];
        bench.run(&[&args, more].concat())
    };
    let bound = with(&one.vkey(), &["--cosigned", "grown"]).done();
    assert!(
        bound.out.contains("times bounded by witness witness.example/one: the record existed by 20"),
        "{}",
        bound.out
    );
    with(&one.vkey(), &[]).ended(2);
    assert!(with(&two.vkey(), &["--cosigned", "grown"]).ended(6).err.contains("not cosigned"));
    with("nonsense", &["--cosigned", "grown"]).ended(2);
    bench.run(&["verify", "late.cose", "--key", "log.pub", "--cosigned", "grown"]).ended(2);
    bench.run(&["verify", &index, "--witness", &one.vkey()]).ended(2);
    bench.run(&["consistency", "1", "witnessed", "--out", "other"]).done();
    with(&one.vkey(), &["--cosigned", "other"]).ended(4);

    // Evidence of an answer, under the policy that the operator gives out.
    add(&bench, &two.section("two", ""));
    bench.run(&["witness", "ask"]).done();
    bench.write("policy", &bench.run(&["witness", "policy"]).done().out);
    bench.run(&["lineage", "dataset/late@1", "--save", "late.evidence"]).done();
    let plain = bench.run(&["verify", "late.evidence", "--key", "log.pub"]).done().out;
    assert!(plain.contains("bounded by no witness"), "{plain}");
    let bound = bench.run(&["verify", "late.evidence", "--key", "log.pub", "--witness-policy", "policy"]).done().out;
    let args = ["verify", "late.evidence", "--key", "log.pub", "--witness-policy", "policy", "--json"];
    assert!(bench.run(&args).done().json()["existed_by"].as_str().unwrap().starts_with("20"));
    let claimed = bound.split("CLAIMED").nth(1).unwrap().split("WITHHELD").next().unwrap();
    assert!(
        claimed.contains("times bounded by witness witness.example/one") && !claimed.contains("by no witness"),
        "{bound}"
    );
    bench.write(
        "strict",
        &std::fs::read_to_string(bench.path("policy")).unwrap().replace("quorum required", "quorum nobody"),
    );
    bench.run(&["verify", "late.evidence", "--key", "log.pub", "--witness-policy", "strict"]).ended(2);
}

#[test]
fn growth_between_two_checkpoints_is_proved_offline() {
    let bench = Bench::new();
    std::fs::copy(bench.path("ledger/log.pub"), bench.path("log.pub")).unwrap();
    bench.dataset("first@1");
    // Growth between two checkpoints, offline; a changed proof is none.
    bench.write("old", &bench.run(&["status", "--checkpoint"]).done().out);
    bench.dataset("last@1");
    bench.run(&["consistency", "old", "--out", "growth"]).done();
    let grown = bench.run(&["verify", "growth", "--old", "old", "--key", "log.pub"]).done();
    assert!(grown.out.contains("begins with the whole smaller one"), "{}", grown.out);
    bench.run(&["verify", "growth", "--key", "log.pub"]).ended(2);
    let text = std::fs::read_to_string(bench.path("growth")).unwrap();
    let hash = text.lines().nth(1).unwrap();
    let first = if hash.starts_with('A') { "B" } else { "A" };
    bench.write("changed", &text.replacen(hash, &format!("{first}{}", &hash[1..]), 1));
    bench.run(&["verify", "changed", "--old", "old", "--key", "log.pub"]).ended(6);
    let bare = bench.run(&["consistency", "1", "3", "--json"]).done().json();
    assert_eq!((&bare["from"], &bare["to"]), (&1.into(), &3.into()));
    bench.run(&["consistency", "3", "1", "--json"]).ended(2);
    bench.run(&["consistency", "1", "3"]).ended(2);
}

#[test]
fn a_server_asks_by_itself_and_refuses_an_old_copy() {
    let bench = Bench::new();
    let one = witness(&bench, "one", 60);
    add(&bench, &one.section("one", ""));
    bench.set("witnessing", "interval_s = 1");
    bench.set("server", "open_metrics = true");
    bench.dataset("first@1");
    copy(&bench.path("ledger"), &bench.path("old"));
    bench.dataset("second@1");
    let server = Server::start(&bench);
    let get = |path: &str| ureq::get(format!("{}{path}", server.url)).call().unwrap();
    let mut served = get("/checkpoint");
    let note = served.body_mut().read_to_string().unwrap();
    assert_eq!(served.headers()["sagwan-witnessed"], "yes");
    assert_eq!(served.headers()["sagwan-witnessed-size"].to_str().unwrap(), note.lines().nth(1).unwrap());
    assert!(note.contains("— witness.example/one "), "{note}");
    assert_eq!(get("/witnessed/checkpoint").body_mut().read_to_string().unwrap(), note);
    let metrics = get("/metrics").body_mut().read_to_string().unwrap();
    assert!(metrics.contains("sagwan_witness_late 0"), "{metrics}");
    assert_eq!(server.stop(), 0);

    std::fs::rename(bench.path("ledger"), bench.path("true")).unwrap();
    std::fs::rename(bench.path("old"), bench.path("ledger")).unwrap();
    let refused = bench.run(&["serve", "--listen", "127.0.0.1:0"]).ended(6);
    assert!(refused.err.contains("an old copy was put in its place"), "{}", refused.err);
    bench.run(&["witness", "ask"]).ended(6);
}
