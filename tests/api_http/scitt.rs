//! SCITT Reference APIs (draft-ietf-scitt-scrapi-11).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cbor4ii::core::Value;
use sagwan::{
    codec::{cbor, statement::Unsigned},
    verify::verify_receipt,
};
use serde_json::json;

use crate::world::{World, author, dataset, now, sign};

const COSE: [(&str, &str); 1] = [("content-type", "application/cose")];

#[test]
fn a_statement_is_registered_and_its_receipt_verifies() {
    let world = World::new();
    let statement = sign(&author("user:engineer"), dataset("one"));
    let answer = world.client.post("/entries", &COSE, &statement).is(201);
    assert_eq!(answer.header("content-type"), "application/cose");
    let verified = verify_receipt(&statement, &answer.body, &world.log_keys()).unwrap();
    let location = answer.header("location").to_owned();
    assert_eq!(location, format!("/entries/{}", verified.index));

    // The log grows; a fresh receipt of the same entry is for a larger tree.
    world.record(dataset("two"));
    let fresh = world.client.get(&location, &[("accept", "application/cose")]).is(200);
    assert_eq!(fresh.header("content-type"), "application/cose");
    let later = verify_receipt(&statement, &fresh.body, &world.log_keys()).unwrap();
    assert!(later.index == verified.index && later.size > verified.size);

    let kind = [("content-type", "application/scitt-statement+cose; charset=x")];
    let again = world.client.post("/entries", &kind, &statement).is(201);
    assert_eq!(again.header("location"), location);
    verify_receipt(&statement, &again.body, &world.log_keys()).unwrap();
}

#[test]
fn the_location_is_what_clients_call_the_server() {
    let world = World::with(|config| config.public_url = Some("https://ledger.example.org".into()));
    let statement = sign(&author("user:engineer"), dataset("one"));
    let answer = world.client.post("/entries", &COSE, &statement).is(201);
    assert!(answer.header("location").starts_with("https://ledger.example.org/entries/"));
}

#[test]
fn a_payload_that_is_no_event_is_refused_saying_so() {
    let world = World::new();
    let engineer = author("user:engineer");
    let unsigned = |content_type, payload| {
        Unsigned {
            alg: engineer.key.algorithm().cose(),
            kid: &engineer.key.public().thumbprint(),
            iss: "user:engineer",
            sub: "dataset/x",
            aud: None,
            iat: u64::try_from(now().0 / 1_000).unwrap(),
            cti: None,
            content_type,
            payload,
        }
        .sign(|message| engineer.key.sign(message))
        .unwrap()
    };
    let (title, detail) =
        world.client.post("/entries", &COSE, &unsigned("application/spdx+json", b"{}")).is_concise(400);
    assert_eq!(title, "Payload is not an event");
    assert!(detail.contains("application/spdx+json"), "{detail}");
    let kind = sagwan::codec::statement::EVENT_MEDIA_TYPE;
    let (title, _) = world.client.post("/entries", &COSE, &unsigned(kind, &[0x01])).is_concise(400);
    assert_eq!(title, "Payload is not an event");
}

#[test]
fn what_is_not_registered_is_told_in_concise_problem_details() {
    let world = World::new();
    let engineer = author("user:engineer");
    let (title, _) = world.client.post("/entries", &COSE, b"\x00").is_concise(400);
    assert_eq!(title, "Malformed statement");
    let refused =
        json!({"kind": "dataset.registered", "subject": "dataset/x", "env": "prod", "body": dataset("x")["body"]});
    let (title, _) = world.client.post("/entries", &COSE, &sign(&author("user:stranger"), refused)).is_concise(400);
    assert_eq!(title, "Rejected");
    let mut forged = sign(&engineer, dataset("x"));
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(world.client.post("/entries", &COSE, &forged).is_concise(400).0, "Bad Signature");
    world.client.post("/entries", &[("content-type", "application/json")], b"{}").is_concise(415);
    world.client.post("/entries", &COSE, &vec![0; 60_001]).is_concise(413);
    world.client.get("/entries", &[]).is_concise(405);
    let (title, _) = world.client.get("/entries/999999", &[]).is_concise(404);
    assert_eq!(title, "Not Found");
    for bad in ["abc", "-1", "01", "+1", "1%20", "18446744073709551616", "0x1"] {
        let (title, _) = world.client.get(&format!("/entries/{bad}"), &[]).is_concise(400);
        assert_eq!(title, "Invalid locator", "{bad}");
    }
}

#[test]
fn the_logs_keys_are_a_cose_key_set() {
    let world = World::new();
    let answer = world.client.get("/.well-known/scitt-keys", &[("accept", "application/cbor")]).is(200);
    assert_eq!(answer.header("content-type"), "application/cbor");
    cbor::check(&answer.body).unwrap();
    let Value::Array(keys) = cbor4ii::serde::from_slice(&answer.body).unwrap() else { panic!("no key set") };
    let [Value::Map(key)] = keys.as_slice() else { panic!("{keys:?}") };
    let field =
        |label: i128| key.iter().find(|(found, _)| *found == Value::Integer(label)).map(|(_, value)| value.clone());
    let kid = world.log_key.thumbprint();
    assert_eq!(field(1), Some(Value::Integer(1)), "kty OKP");
    assert_eq!(field(2), Some(Value::Bytes(kid.to_vec())), "kid");
    assert_eq!(field(3), Some(Value::Integer(-8)), "alg EdDSA");
    assert_eq!(field(-1), Some(Value::Integer(6)), "crv Ed25519");
    assert_eq!(field(-2), Some(Value::Bytes(world.log_key.raw().to_vec())), "x");

    let path = format!("/.well-known/scitt-keys/{}", BASE64_URL_SAFE_NO_PAD.encode(kid));
    let one = world.client.get(&path, &[]).is(200);
    assert_eq!(answer.body[1..], one.body, "the set is an array of this one key");
    for unknown in ["AAAA", "not*base64", "%ff"] {
        let (title, _) = match world.client.get(&format!("/.well-known/scitt-keys/{unknown}"), &[]) {
            answer if unknown == "%ff" => answer.is_concise(400),
            answer => answer.is_concise(404),
        };
        assert!(title == "No such key" || title == "Malformed request", "{title}");
    }
}
