//! C2SP tlog-tiles: what is served leads to the checkpoint, and nothing is served that should not be.

use sagwan::{
    merkle::{BundleId, Frontier, Hash, TileId, TilePath, bundle_entries, leaf_hash, tile_hashes, verify_consistency},
    server::ServerError,
    verify::{Head, verify_checkpoint},
};
use serde_json::json;

use crate::world::{World, author, dataset, sign};

/// A log of more than two tiles.
fn grown(world: &World) -> Head {
    let engineer = author("user:engineer");
    for part in 0..3 {
        let statements: Vec<_> =
            (0..200).map(|number| sign(&engineer, dataset(&format!("d-{part}-{number}")))).collect();
        let headers = [("content-type", "application/cbor-seq")];
        world.client.post("/api/v1/statements", &headers, &statements.concat()).is(200);
    }
    let note = world.client.get("/checkpoint", &[]).is(200).body;
    let head = verify_checkpoint(&note, &world.log_keys()).unwrap();
    assert!(head.size > 600);
    head
}

fn tile(world: &World, id: TileId) -> Vec<Hash> {
    let answer = world.client.get(&format!("/{}", TilePath::Tile(id)), &[]).is(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    tile_hashes(&id, &answer.body).unwrap().to_vec()
}

#[test]
fn tiles_lead_to_the_checkpoint() {
    let world = World::new();
    let head = grown(&world);
    let mut tree = Frontier::new();
    for index in 0..head.size.div_ceil(256) {
        let leaves = tile(&world, TileId::at(0, index, head.size).unwrap());
        tree.extend(leaves);
    }
    assert_eq!((tree.size(), tree.root()), (head.size, head.root));
    let above = tile(&world, TileId::at(1, 0, head.size).unwrap());
    for (index, hash) in (0..).zip(&above) {
        let mut subtree = Frontier::new();
        subtree.extend(tile(&world, TileId { level: 0, index, width: 256 }));
        assert_eq!(subtree.root(), *hash);
    }
    // What is beyond the head is not there.
    for beyond in [TileId { level: 0, index: head.size / 256, width: 256 }, TileId { level: 2, index: 0, width: 1 }] {
        world.client.get(&format!("/{beyond}"), &[]).has_problem(404, "not-found");
    }
}

#[test]
fn consistency_is_proved_between_any_two_sizes() {
    let world = World::new();
    let head = grown(&world);
    let hash = |text: &serde_json::Value| -> Hash { hex::decode(text.as_str().unwrap()).unwrap().try_into().unwrap() };
    let roots = |size: u64| {
        let mut tree = Frontier::new();
        (0..size.div_ceil(256)).for_each(|index| tree.extend(tile(&world, TileId::at(0, index, size).unwrap())));
        tree.root()
    };
    for (from, to) in [(0, 1), (1, 2), (3, 256), (255, 257), (256, 512), (300, 300), (511, head.size), (1, head.size)] {
        let found = world.client.get(&format!("/api/v1/consistency?from={from}&to={to}"), &[]).is(200).json();
        let proof: Vec<Hash> = found["proof"].as_array().unwrap().iter().map(hash).collect();
        assert_eq!((hash(&found["from_root"]), hash(&found["to_root"])), (roots(from), roots(to)), "{from} {to}");
        verify_consistency(from, to, &proof, &roots(from), &roots(to)).unwrap();
    }
    let newest = world.client.get("/api/v1/consistency?from=5", &[]).is(200).json();
    assert_eq!((&newest["to"], hash(&newest["to_root"])), (&head.size.into(), head.root));
    let beyond = head.size + 1;
    world.client.get(&format!("/api/v1/consistency?from=1&to={beyond}"), &[]).has_problem(404, "not-found");
    for bad in ["from=2&to=1", "from=01", "from=-1", "from=x", "to=1", "from=1&until=2", "from=18446744073709551616"] {
        let answer = world.client.get(&format!("/api/v1/consistency?{bad}"), &[]);
        assert_eq!(answer.status, 400, "{bad}: {answer}");
    }
    // Nobody is asked here, so none is served, and nothing is said of it.
    world.client.get("/witnessed/checkpoint", &[]).has_problem(404, "not-found");
}

#[test]
fn the_checkpoint_is_kept_shortly_and_tiles_for_long() {
    let world = World::new();
    let note = world.client.get("/checkpoint", &[]).is(200);
    assert_eq!(note.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(note.header("cache-control"), "public, max-age=1");
    let etag = note.header("etag").to_owned();
    let same = world.client.get("/checkpoint", &[("if-none-match", &etag)]).is(304);
    assert!(same.body.is_empty());
    world.record(dataset("more"));
    let other = world.client.get("/checkpoint", &[("if-none-match", &etag)]).is(200);
    assert_ne!(other.header("etag"), etag);
    let tile = world.client.get("/tile/0/000.p/1", &[]).is(200);
    assert_eq!(tile.body.len(), 32);
    world.client.get("/tile/0/000.p/1", &[("if-none-match", tile.header("etag"))]).is(304);
}

#[test]
fn a_tile_has_one_path() {
    let world = World::new();
    for path in [
        "0/0",
        "0/00",
        "0/000/",
        "00/000.p/1",
        "0/000.p/01",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/1/",
        "8/000",
        "-1/000",
        "0/x000/000",
        "0/%30%30%30.p/1",
        "0/000.P/1",
        "0//000",
        "0/000.p/1%00",
        "0/../0/000.p/1",
        "entries",
        "0/x001",
        "0",
        "0/999999999999999999999",
    ] {
        let answer = world.client.get(&format!("/tile/{path}"), &[]);
        assert_eq!(answer.status, 404, "{path}: {answer}");
    }
}

#[test]
fn entries_are_closed_unless_the_settings_open_them() {
    let world = World::new();
    world.client.get("/tile/entries/000.p/1", &[]).has_problem(403, "entries-closed");
}

#[test]
fn public_entries_are_what_the_tiles_hash() {
    let world = World::with(|config| config.public_entries = true);
    let head = grown(&world);
    for index in 0..head.size.div_ceil(256) {
        let id = BundleId::at(index, head.size).unwrap();
        let bytes = world.client.get(&format!("/{}", TilePath::Bundle(id)), &[]).is(200).body;
        let hashes: Vec<Hash> = bundle_entries(&id, &bytes).unwrap().into_iter().map(leaf_hash).collect();
        assert_eq!(hashes, tile(&world, TileId::at(0, index, head.size).unwrap()));
    }
}

#[test]
fn a_personal_subject_closes_the_entries_at_once_and_for_good() {
    let mut settings = None;
    let world = World::with(|config| {
        config.public_entries = true;
        settings = Some(config.clone());
    });
    world.client.get("/tile/entries/000.p/1", &[]).is(200);
    let mut personal = dataset("patients");
    personal["body"]["personal"] = json!(true);
    world.record(personal);
    world.client.get("/tile/entries/000.p/1", &[]).has_problem(403, "entries-closed");
    world.client.get("/tile/0/000.p/1", &[]).is(200);
    let (folder, stopped) = world.stop();
    stopped.unwrap();
    let (options, host) = (sagwan::ledger::Options::default(), sagwan::ledger::Host::real());
    let ledger = sagwan::ledger::Ledger::open(&folder.path().join("ledger"), &options, &host).unwrap();
    let settings = sagwan::server::ServerConfig { tokens: None, gateway: None, ..settings.unwrap() };
    let runtime = sagwan::server::runtime(&settings).unwrap();
    let result = runtime.block_on(sagwan::server::serve(ledger, settings, |_| {}, std::future::pending()));
    assert!(matches!(result, Err(ServerError::PersonalEntries { personal: 1 })), "{result:?}");
}
