//! `/api/v1/blobs` and `/api/v1/plugins`: what statements name comes in, and what plugins are is shown.

use sagwan::event::Digest;
use sha2::{Digest as _, Sha256};

use crate::{
    client::Answer,
    world::{OFFICER, READ_ONLY, TOKEN, World, bearer},
};

const KIND: (&str, &str) = ("content-type", "application/octet-stream");

fn put(world: &World, token: &'static str, bytes: &[u8]) -> Answer {
    world.client.post("/api/v1/blobs", &[KIND, bearer(token)], bytes)
}

fn held(world: &World, digest: &Digest) -> Option<Vec<u8>> {
    let name = hex::encode(digest.0);
    std::fs::read(world.folder.path().join("ledger/blobs").join(&name[..2]).join(&name)).ok()
}

#[test]
fn a_blob_is_kept_by_its_digest() {
    let world = World::new();
    let bytes = br#"{"rows":2}"#;
    let kept = put(&world, TOKEN, bytes).is(201).json();
    let digest = Digest(Sha256::digest(bytes).into());
    assert_eq!((kept["digest"].as_str(), kept["bytes"].as_u64()), (Some(digest.to_string().as_str()), Some(10)));
    assert_eq!(held(&world, &digest).unwrap(), bytes);
    put(&world, TOKEN, bytes).is(201);
}

#[test]
fn only_enrolled_bearers_put_blobs_and_only_small_ones() {
    let world = World::new();
    world.client.post("/api/v1/blobs", &[KIND], b"x").has_problem(401, "unauthorized");
    put(&world, READ_ONLY, b"x").has_problem(403, "scope");
    world.client.post("/api/v1/blobs", &[bearer(TOKEN)], b"x").has_problem(415, "media-type");
    put(&world, TOKEN, b"").has_problem(400, "malformed");
    put(&world, TOKEN, &vec![b'x'; 20_000_001]).has_problem(413, "too-large");
    // Nothing of what is refused is kept.
    assert!(held(&world, &Digest(Sha256::digest(b"x").into())).is_none());
}

#[test]
fn a_component_must_be_a_plugin() {
    let world = World::new();
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/plugins/dist/personal-data.wasm")).unwrap();
    put(&world, OFFICER, &bytes).is(201);
    let none = wat::parse_str("(component)").unwrap();
    put(&world, OFFICER, &none).has_problem(422, "component");
    assert!(held(&world, &Digest(Sha256::digest(&none).into())).is_none());
    // Nothing is published by that.
    assert_eq!(world.client.get("/api/v1/plugins", &[bearer(OFFICER)]).is(200).json(), serde_json::json!([]));
    world.client.get("/api/v1/plugins", &[]).has_problem(401, "unauthorized");
}
