//! `/api/v1/events`: what the gateway signs for the bearer of a token.

use sagwan::{
    codec::{commit, event::value_to_cbor},
    event::{Digest, Value as Open},
    ledger::{Host, Ledger, Options},
};
use serde_json::{Value, json};

use crate::{
    client::Answer,
    world::{EXPIRED, READ_ONLY, STRANGER, TOKEN, World, bearer, dataset},
};

fn post(world: &World, token: &'static str, body: &Value) -> Answer {
    world.client.post(
        "/api/v1/events",
        &[("content-type", "application/json"), bearer(token)],
        body.to_string().as_bytes(),
    )
}

#[test]
fn the_gateway_signs_and_says_who_claimed_it() {
    let world = World::new();
    let answer = post(&world, TOKEN, &dataset("one")).is(201);
    let index = answer.json()["index"].as_u64().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/records/{index}"));
    let record = world.read(&format!("/api/v1/records/{index}"));
    assert_eq!(record["actor"], "service:gateway");
    assert_eq!(record["events"][0]["claimed_by"], "user:engineer");
    assert_eq!(record["would_deny"], false);
}

#[test]
fn a_token_must_be_known_fresh_and_of_the_scope() {
    let world = World::new();
    let body = dataset("one").to_string();
    let kind = ("content-type", "application/json");
    let bare = world.client.post("/api/v1/events", &[kind], body.as_bytes()).has_problem(401, "unauthorized");
    assert_eq!(bare.header("www-authenticate"), "Bearer realm=\"sagwan\"");
    post(&world, "guess", &dataset("one")).has_problem(401, "unauthorized");
    post(&world, EXPIRED, &dataset("one")).has_problem(401, "unauthorized");
    post(&world, READ_ONLY, &dataset("one")).has_problem(403, "scope");
    for header in ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "token-of-the-engineer", "Bearer a b"] {
        let answer = world.client.post("/api/v1/events", &[kind, ("authorization", header)], body.as_bytes());
        answer.has_problem(401, "unauthorized");
    }
    let long = format!("Bearer {}", "x".repeat(300));
    world
        .client
        .post("/api/v1/events", &[kind, ("authorization", &long)], body.as_bytes())
        .has_problem(401, "unauthorized");
}

#[test]
fn policy_decides_on_the_gateway_and_on_who_claims() {
    let world = World::new();
    // The gateway has the role in prod; whoever claims it must have it too.
    let in_prod =
        json!({"kind": "dataset.registered", "subject": "dataset/p", "env": "prod", "body": dataset("p")["body"]});
    let answer = post(&world, STRANGER, &in_prod).has_problem(403, "refused");
    assert!(answer.json()["detail"].as_str().unwrap().contains("user:stranger"), "{answer}");
    let denial = answer.json()["verdict"]["denial"].as_u64().unwrap();
    assert_eq!(world.read(&format!("/api/v1/records/{denial}"))["events"][0]["kind"], "denial");
    post(&world, TOKEN, &in_prod).is(201);
    // And the other way round: the engineer may, the gateway may not.
    let in_staging =
        json!({"kind": "dataset.registered", "subject": "dataset/s", "env": "staging", "body": dataset("s")["body"]});
    let warned = post(&world, TOKEN, &in_staging).is(201).json();
    assert_eq!(warned["rulings"][0]["outcome"], "warned", "{warned}");
}

#[test]
fn what_needs_its_own_key_is_not_signed_by_the_gateway() {
    let world = World::new();
    let body = json!({"artifact": format!("sha256:{:064}", 1), "reason": "fine"});
    for (kind, subject, env, body) in [
        ("role.assigned", "actor/user:stranger", Some("dev"), json!({"role": "role:data-engineer"})),
        ("actor.enrolled", "actor/user:new", None, json!({})),
        ("policy.approved", "policy/default", None, json!({"bundle": format!("sha256:{:064}", 1)})),
        (
            "access.granted",
            "grant/g",
            Some("dev"),
            json!({"to": "user:stranger", "purpose": "x", "until": "2999-01-01T00:00:00Z"}),
        ),
        ("model.approved", "model/m@1", Some("dev"), body.clone()),
    ] {
        let mut event = json!({"kind": kind, "subject": subject, "body": body});
        if let Some(env) = env {
            event["env"] = json!(env);
        }
        post(&world, TOKEN, &event).has_problem(403, "own-key");
    }
}

#[test]
fn events_that_are_none_are_named() {
    let world = World::new();
    let mut claimed = dataset("x");
    claimed["claimed_by"] = json!("user:officer");
    post(&world, TOKEN, &claimed).has_problem(422, "event");
    post(&world, TOKEN, &json!({"kind": "dataset.registered"})).has_problem(422, "event");
    post(&world, TOKEN, &json!([])).has_problem(422, "event");
    post(&world, TOKEN, &json!("text")).has_problem(422, "event");
    let headers = [("content-type", "application/json"), bearer(TOKEN)];
    let twice = r#"{"kind":"dataset.registered","kind":"dataset.retired","subject":"dataset/x"}"#;
    world.client.post("/api/v1/events", &headers, twice.as_bytes()).has_problem(422, "event");
    world.client.post("/api/v1/events", &headers, b"\xff").has_problem(400, "malformed");
    let deep = "[".repeat(100_000);
    world.client.post("/api/v1/events", &headers, deep.as_bytes()).has_problem(422, "event");
    world.client.post("/api/v1/events", &[bearer(TOKEN)], b"{}").has_problem(415, "media-type");
    world.client.post("/api/v1/events?comit=/body/x", &headers, b"{}").has_problem(400, "malformed");
}

#[test]
fn lines_are_judged_each_on_its_own_and_a_list_together() {
    let world = World::new();
    let headers = [("content-type", "application/x-ndjson"), bearer(TOKEN)];
    let lines = format!("{}\n\n{}\n", dataset("a"), dataset("b"));
    let verdicts = world.client.post("/api/v1/events", &headers, lines.as_bytes()).is(200).json();
    assert_eq!(verdicts.as_array().unwrap().len(), 2);
    assert!(verdicts[0]["index"].as_u64() < verdicts[1]["index"].as_u64());
    let size = world.read("/api/v1/status")["size"].clone();
    let bad = format!("{}\n{{}}\n", dataset("c"));
    let answer = world.client.post("/api/v1/events", &headers, bad.as_bytes()).has_problem(422, "event");
    assert!(answer.json()["detail"].as_str().unwrap().starts_with("line 2: "), "{answer}");
    assert_eq!(world.read("/api/v1/status")["size"], size, "nothing of it was taken");
    world.client.post("/api/v1/events", &headers, b"\n\n").has_problem(400, "malformed");

    let batch = post(&world, TOKEN, &json!([dataset("d"), dataset("e")])).is(201).json();
    let record = world.read(&format!("/api/v1/records/{}", batch["index"]));
    assert_eq!(record["events"].as_array().unwrap().len(), 2);
}

#[test]
fn a_field_is_committed_to_and_its_opening_stands_in_the_vault() {
    let world = World::new();
    let headers = [("content-type", "application/json"), bearer(TOKEN)];
    let path = "/api/v1/events?commit=%2Fbody%2Fsource&commit=/body/purpose";
    let body = dataset("sealed").to_string();
    let index = world.client.post(path, &headers, body.as_bytes()).is(201).json()["index"].clone();
    let recorded = world.read(&format!("/api/v1/records/{index}"))["events"][0].clone();
    assert_eq!(recorded["body"]["source"], Value::Null);
    let commitments = recorded["commitments"].as_array().unwrap().clone();
    assert_eq!(commitments.len(), 2);
    let bad = world.client.post("/api/v1/events?commit=/body/nothing", &headers, body.as_bytes());
    bad.has_problem(422, "event");

    let (folder, stopped) = world.stop();
    stopped.unwrap();
    let ledger = Ledger::open(&folder.path().join("ledger"), &Options::default(), &Host::real()).unwrap();
    for (path, value) in [("/body/source", "https://example.org/data"), ("/body/purpose", "tests")] {
        let commitment = commitments.iter().find(|commitment| commitment["path"] == path).unwrap();
        let digest: Digest = commitment["digest"].as_str().unwrap().parse().unwrap();
        let opening = ledger.vault().get(&digest.0).unwrap().unwrap();
        let value = Open::Text(value.into());
        assert_eq!((opening.path.as_str(), &opening.value), (path, &value_to_cbor(&value)));
        assert_eq!(commit::commit(path, &value, &opening.salt), digest);
    }
}

#[test]
fn an_idempotency_key_gives_the_first_index_again() {
    let world = World::new();
    let send = |key: &'static str, body: &Value| {
        let headers = [("content-type", "application/json"), bearer(TOKEN), ("idempotency-key", key)];
        world.client.post("/api/v1/events", &headers, body.to_string().as_bytes())
    };
    let first = send("k1", &dataset("one")).is(201).json();
    // A second later the gateway's signature is another one; the request is the same.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let again = send("k1", &dataset("one")).is(200).json();
    assert_eq!((&again["index"], &again["known"]), (&first["index"], &json!(true)));
    let other = send("k2", &dataset("one")).is(201).json();
    assert_ne!(other["index"], first["index"]);
    send("k1", &dataset("two")).is(201);
    send("", &dataset("two")).has_problem(400, "malformed");
}

#[test]
fn without_a_gateway_key_nothing_is_signed() {
    let world = World::with(|config| config.gateway = None);
    post(&world, TOKEN, &dataset("one")).has_problem(501, "no-gateway");
}
