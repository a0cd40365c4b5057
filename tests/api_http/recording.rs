//! `/api/v1/statements`: what the client has signed.

use sagwan::crypto::SecretKey;
use serde_json::{Value, json};

use crate::world::{World, author, dataset, sign};

const COSE: [(&str, &str); 1] = [("content-type", "application/cose")];
const SEQUENCE: [(&str, &str); 1] = [("content-type", "application/cbor-seq")];

#[test]
fn one_statement_is_recorded_once() {
    let world = World::new();
    let statement = sign(&author("user:engineer"), dataset("one"));
    let answer = world.client.post("/api/v1/statements", &COSE, &statement).is(201);
    let verdict = answer.json();
    assert_eq!(verdict["verdict"], "recorded");
    let index = verdict["index"].as_u64().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/records/{index}"));
    let again = world.client.post("/api/v1/statements", &COSE, &statement).is(200).json();
    assert_eq!((again["index"].as_u64(), &again["known"]), (Some(index), &json!(true)));
    assert_eq!(again["identity"], verdict["identity"]);
}

#[test]
fn many_are_judged_in_order_each_on_its_own() {
    let world = World::new();
    let engineer = author("user:engineer");
    let mut forged = sign(&engineer, dataset("forged"));
    *forged.last_mut().unwrap() ^= 1;
    let statements = [
        sign(&engineer, dataset("a")),
        forged,
        sign(&author("user:nobody"), dataset("b")),
        sign(
            &author("user:stranger"),
            json!({"kind": "dataset.registered", "subject": "dataset/c", "env": "prod",
            "body": dataset("c")["body"]}),
        ),
        sign(&engineer, dataset("d")),
    ];
    let mut body = statements.concat();
    body.extend([0x83, 0x01, 0x02, 0x03]);
    let verdicts = world.client.post("/api/v1/statements", &SEQUENCE, &body).is(200).json();
    let said: Vec<_> =
        verdicts.as_array().unwrap().iter().map(|verdict| verdict["verdict"].as_str().unwrap()).collect();
    assert_eq!(said, ["recorded", "invalid", "invalid", "refused", "recorded", "invalid"], "{verdicts:#}");
    let codes: Vec<_> = [1, 2, 5].iter().map(|at| verdicts[at]["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["bad-signature", "key-unknown", "malformed-statement"]);
    assert!(verdicts[0]["index"].as_u64() < verdicts[4]["index"].as_u64());
    assert!(!verdicts[3]["reasons"][0]["rule"].as_str().unwrap().is_empty());
    let denial = verdicts[3]["denial"].as_u64().unwrap();
    let record = world.read(&format!("/api/v1/records/{denial}"));
    assert_eq!(record["events"][0]["kind"], "denial");

    let headers = [("content-type", "application/cbor-seq"), ("accept", "application/cbor")];
    let answer = world.client.post("/api/v1/statements", &headers, &body).is(200);
    assert_eq!(answer.header("content-type"), "application/cbor");
    sagwan::codec::cbor::check(&answer.body).unwrap();
    let again: Vec<std::collections::BTreeMap<String, cbor4ii::core::Value>> =
        cbor4ii::serde::from_slice(&answer.body).unwrap();
    assert_eq!(again.len(), 6);
    assert_eq!(again[0]["known"], cbor4ii::core::Value::Bool(true));
}

#[test]
fn two_full_seals_go_in_one_request() {
    let world = World::new();
    let engineer = author("user:engineer");
    let statements: Vec<_> = (0..512).map(|number| sign(&engineer, dataset(&format!("many-{number}")))).collect();
    let verdicts = world.client.post("/api/v1/statements", &SEQUENCE, &statements.concat()).is(200).json();
    let indices: Vec<_> =
        verdicts.as_array().unwrap().iter().map(|verdict| verdict["index"].as_u64().unwrap()).collect();
    assert_eq!(indices.len(), 512);
    assert!(indices.is_sorted());
    let mut body = statements.concat();
    body.extend(&statements[0]);
    world.client.post("/api/v1/statements", &SEQUENCE, &body).has_problem(413, "too-many");
}

#[test]
fn what_cannot_be_recorded_is_a_problem_that_says_why() {
    let world = World::new();
    let engineer = author("user:engineer");
    let post = |statement: &[u8]| world.client.post("/api/v1/statements", &COSE, statement);
    post(b"").has_problem(400, "malformed-statement");
    post(b"\xd2\x84\x40\xa0\x40\x40").has_problem(400, "malformed-statement");
    post(&vec![0; 60_001]).has_problem(413, "too-large");
    post(&sign(&author("user:nobody"), dataset("x"))).has_problem(403, "key-unknown");
    let mut thief = author("user:officer");
    thief.key = engineer.key.clone();
    post(&sign(&thief, dataset("x"))).has_problem(403, "key-owner");
    let mut guess = engineer.clone();
    guess.key = SecretKey::from_seed(&[9; 32]);
    post(&sign(&guess, dataset("x"))).has_problem(403, "key-unknown");
    let old = engineer.sign(&[crate::world::event(dataset("x"))], 1_000_000, None).unwrap();
    post(&old).has_problem(422, "stale");
    let mut elsewhere = engineer.clone();
    elsewhere.audience = Some("example.org/other".into());
    post(&sign(&elsewhere, dataset("x"))).has_problem(422, "audience");
    let refused =
        json!({"kind": "dataset.registered", "subject": "dataset/x", "env": "prod", "body": dataset("x")["body"]});
    let answer = post(&sign(&author("user:stranger"), refused)).has_problem(403, "refused");
    assert_eq!(answer.json()["verdict"]["verdict"], "refused");
    assert!(answer.json()["verdict"]["denial"].is_u64());
    world.client.post("/api/v1/statements", &[("content-type", "text/plain")], b"x").has_problem(415, "media-type");
    world.client.post("/api/v1/statements", &SEQUENCE, b"").has_problem(400, "malformed");
    world.client.post("/api/v1/statements", &SEQUENCE, b"\x5f\x41\x00\xff").has_problem(400, "malformed");
    let headers = [("content-type", "application/cose"), ("accept", "text/html")];
    world.client.post("/api/v1/statements", &headers, b"x").has_problem(406, "not-acceptable");
}

#[test]
fn the_same_client_id_does_not_name_two_statements() {
    let world = World::new();
    let engineer = author("user:engineer");
    let seconds = u64::try_from(crate::world::now().0 / 1_000).unwrap();
    let signed = |name: &str| engineer.sign(&[crate::world::event(dataset(name))], seconds, Some(b"mine")).unwrap();
    let first = world.client.post("/api/v1/statements", &COSE, &signed("first")).is(201).json();
    let second = world.client.post("/api/v1/statements", &COSE, &signed("second")).has_problem(409, "client-id");
    let detail = second.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(&first["index"].to_string()), "{detail}");
}

#[test]
fn what_a_rule_would_have_refused_says_so() {
    let world = World::new();
    let statement = sign(&author("user:stranger"), dataset("observed"));
    let verdict: Value = world.client.post("/api/v1/statements", &COSE, &statement).is(201).json();
    assert_eq!(verdict["rulings"][0]["decision"], "deny", "{verdict:#}");
    assert!(!verdict["rulings"][0]["rules"].as_array().unwrap().is_empty());
    let index = &verdict["index"];
    let record = world.read(&format!("/api/v1/records/{index}"));
    assert_eq!(record["would_deny"], true);
}
