//! Recording and reading through the server.

use super::support::{Bench, Server, dataset};
use sha2::{Digest as _, Sha256};

#[test]
fn statements_signed_here_are_recorded_there() {
    let bench = Bench::new();
    bench.set("server", "open_reads = true");
    let server = Server::start(&bench);
    bench.write("event.json", &dataset("far@1"));
    let fate = bench.run(&["record", "event.json", "--json", "--server", &server.url]).done().json();
    assert_eq!(fate["verdict"], "recorded");
    let index = fate["index"].as_u64().unwrap().to_string();
    let shown = bench.run(&["show", &index, "--json", "--server", &server.url]).done().json();
    assert_eq!(shown["events"][0]["subject"], "dataset/far@1");
    let log = bench.run(&["log", "--subject", "dataset/far@1", "--server", &server.url]).done().out;
    assert!(log.contains("dataset.registered"), "{log}");
    bench.run(&["receipt", &index, "--format", "transparent", "--out", "t", "--server", &server.url]).done();
    bench.run(&["verify", "t", "--key", "ledger/log.pub"]).done();
    bench.run(&["show", "4711", "--server", &server.url]).ended(5);
    // Many lines at once, and a refusal among them, which is the same as in the folder.
    let lines = format!(
        "{}\n{}\n",
        dataset("a"),
        r#"{"kind":"model.retired","subject":"model/m@1","env":"prod","body":{"reason":"x"}}"#
    );
    let ran = bench.feed(&["record", "-", "--json", "--server", &server.url], &lines).ended(3);
    assert_eq!(ran.jsons().len(), 2);
    // The whole run of a job, with its spool empty afterwards.
    bench.run(&["exec", "--experiment", "e", "--run", "far", "--server", &server.url, "--", "true"]).done();
    assert_eq!(bench.spooled().len(), 0);
    assert_eq!(server.stop(), 0);
    let runs = bench.run(&["log", "--subject", "run/far", "--json"]).done().jsons();
    assert_eq!(runs.len(), 2);
    // What was recorded through the server is what the folder shows, in the same shape.
    assert_eq!(bench.run(&["show", &index, "--json"]).done().json(), shown);
}

#[test]
fn a_server_that_is_away_keeps_nothing_from_running() {
    let bench = Bench::new();
    let away = "http://127.0.0.1:1";
    bench.run(&["exec", "--experiment", "e", "--run", "r", "--server", away, "--", "sh", "-c", "exit 3"]).ended(3);
    let waiting = bench.spooled();
    assert!(!waiting.is_empty() && waiting.iter().all(|entry| entry["target"] == away));
    // They wait for that server, not for the folder.
    bench.dataset("loans@1");
    assert_eq!(bench.spooled().len(), waiting.len());
}

/// A token of this actor, `secret-token`, for the server.
fn token_of(bench: &Bench, actor: &str) {
    let digest = hex::encode(Sha256::digest("secret-token"));
    let token =
        format!("[[token]]\nsha256 = \"sha256:{digest}\"\nactor = \"{actor}\"\nscopes = [\"read\", \"record\"]\n");
    bench.write("ledger/tokens.toml", &token);
    // The token file holds digests only, but who may do what is nobody else's business.
    std::fs::set_permissions(bench.path("ledger/tokens.toml"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
}

#[test]
fn profiles_and_components_go_to_the_server() {
    let bench = Bench::new();
    bench.enroll("dee", "data-engineer");
    bench.enroll("otto", "governance-officer");
    bench.dataset("loans@1");
    token_of(&bench, "user:otto");
    bench.set("server", "tokens = \"tokens.toml\"");
    let server = Server::start(&bench);
    let there = |args: &[&str]| bench.run(&[args, &["--server", &server.url, "--read-token", "secret-token"]].concat());
    bench.write("loans.csv", "a,b\n1,2\n3,4\n");
    let signed = ["--actor", "user:dee", "--key", "dee.pem"];
    let profile = ["profile", "loans.csv", "--record", "dataset/loans@1", "--env", "dev", "--out", "p.json"];
    there(&[&profile[..], &signed].concat()).done();
    let component = concat!(env!("CARGO_MANIFEST_DIR"), "/plugins/dist/personal-data.wasm");
    there(&["plugin", "publish", component]).done();
    let asked = ["plugin", "list", "--json", "--server", &server.url, "--token", "secret-token"];
    let listed = bench.run(&asked).done().json();
    assert_eq!(listed["components"][0]["world"], "validator", "{listed}");
    let (plugin, digest) = (listed["plugin"].as_str().unwrap(), listed["components"][0]["component"].as_str().unwrap());
    // As in the folder, the plugin's name is enough: the server says which component it was published with.
    let unread = ["plugin", "bind", plugin, "--mode", "observe", "--server", &server.url];
    let failed = bench.run(&unread).ended(2);
    assert!(failed.err.contains("or name --component DIGEST"), "{}", failed.err);
    there(&["plugin", "bind", "plugin/none@1", "--mode", "observe"]).ended(5);
    let bind = ["plugin", "bind", plugin, "--mode", "observe", "--json"];
    let first = there(&bind).done().json()["identity"].as_str().unwrap().to_owned();
    let otto = ["--actor", "user:otto", "--key", "otto.pem"];
    there(&bind).done();
    let failed = there(&[&["plugin", "approve", plugin][..], &otto].concat()).ended(2);
    assert!(failed.err.contains("2 such bindings") && failed.err.contains(&first), "{}", failed.err);
    there(&["plugin", "unbind", &first, "--plugin", plugin, "--reason", "bound twice"]).done();
    let shown = there(&[&["plugin", "approve", plugin][..], &otto].concat()).done().out;
    assert!(shown.contains(digest) && shown.contains("nothing but look at the event"), "{shown}");
    assert_eq!(server.stop(), 0);
    let profile = std::fs::read(bench.path("p.json")).unwrap();
    let name = hex::encode(Sha256::digest(&profile));
    assert_eq!(std::fs::read(bench.path("ledger/blobs").join(&name[..2]).join(&name)).unwrap(), profile);
    assert_eq!(bench.run(&["plugin", "list", "--json"]).done().json()["bindings"][0]["status"], "in effect");
}

#[test]
fn a_token_lets_the_gateway_sign() {
    let bench = Bench::new();
    bench.enroll("ana", "data-engineer");
    bench.run(&["key", "new", "--out", "ledger/keys/service-gateway.pem"]).done();
    bench.run(&["actor", "enroll", "service:gateway", "--new-key", "ledger/keys/service-gateway.pem"]).done();
    bench.run(&["actor", "role", "assign", "service:gateway", "role:data-engineer", "--env", "dev"]).done();
    token_of(&bench, "user:ana");
    bench.set(
        "server",
        "tokens = \"tokens.toml\"\ngateway = { actor = \"service:gateway\", key = \"keys/service-gateway.pem\" }",
    );
    let server = Server::start(&bench);
    bench.write("event.json", &dataset("far@1"));
    let args = ["record", "event.json", "--json", "--server", &server.url, "--token", "secret-token"];
    let fate = bench.run(&args).done().json();
    let index = fate["index"].as_u64().unwrap().to_string();
    let read = ["show", &index, "--json", "--server", &server.url, "--token"];
    let shown = bench.run(&[&read[..], &["secret-token"]].concat()).done().json();
    assert_eq!(shown["actor"], "service:gateway");
    assert_eq!(shown["events"][0]["claimed_by"], "user:ana");
    bench.run(&[&read[..], &["wrong-token"]].concat()).ended(2);
}
