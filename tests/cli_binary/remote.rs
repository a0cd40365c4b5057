//! Recording and reading through the server.

use super::support::{Bench, Server, dataset};

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

#[test]
fn a_token_lets_the_gateway_sign() {
    use sha2::{Digest as _, Sha256};
    let bench = Bench::new();
    bench.enroll("ana", "data-engineer");
    bench.run(&["key", "new", "--out", "ledger/keys/service-gateway.pem"]).done();
    bench.run(&["actor", "enroll", "service:gateway", "--new-key", "ledger/keys/service-gateway.pem"]).done();
    bench.run(&["actor", "role", "assign", "service:gateway", "role:data-engineer", "--env", "dev"]).done();
    let digest = hex::encode(Sha256::digest("secret-token"));
    let token =
        format!("[[token]]\nsha256 = \"sha256:{digest}\"\nactor = \"user:ana\"\nscopes = [\"read\", \"record\"]\n");
    bench.write("ledger/tokens.toml", &token);
    // The token file holds digests only, but who may do what is nobody else's business.
    std::fs::set_permissions(bench.path("ledger/tokens.toml"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
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
