//! Writes a log as foreign verifiers read it: a folder of C2SP files, statements, receipts, proofs and keys.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sagwan::merkle::{BundleId, Hash, NodeReader, TileId, encode_bundle, partial_tiles, tile_bytes, tiles_completed};
use serde_json::json;

use crate::fixture::{Fixture, ISSUER, ORIGIN, subject};

/// Writes everything, and `manifest.json`, which says what is what.
pub fn write(log: &Fixture, old_size: u64, folder: &Path) {
    let size = log.entries.len() as u64;
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("checkpoint", log.checkpoint(size).as_bytes());
    put("log.pem", log.public().to_pem().as_bytes());
    put("actor.pem", log.actor.public().to_pem().as_bytes());
    tiles(log).iter().for_each(|(path, bytes)| put(path, bytes));

    let (mut proofs, mut statements) = (Vec::new(), Vec::new());
    for index in [0, 1, 255, 256, size - 1] {
        let name = |suffix: &str| format!("{index}.{suffix}");
        put(&name("tlog-proof"), log.tlog_proof(index, size).as_bytes());
        put(&name("statement.cose"), &log.entries[index as usize]);
        put(&name("receipt.cose"), &log.receipt(index, size));
        put(&name("transparent.cose"), &log.transparent(index, size));
        proofs.push(json!({"index": index, "file": name("tlog-proof")}));
        statements.push(json!({
            "index": index, "file": name("statement.cose"), "receipt": name("receipt.cose"),
            "transparent": name("transparent.cose"), "key": "actor.pem", "issuer": ISSUER, "subject": subject(index),
            "content_type": sagwan::codec::statement::EVENT_MEDIA_TYPE,
        }));
    }
    let consistency: Vec<_> = log.consistency(old_size, size).iter().map(|hash| STANDARD.encode(hash)).collect();
    let manifest = json!({
        "origin": ORIGIN, "size": size, "vkey": Fixture::signer(&log.log).vkey().to_string(), "log_key": "log.pem",
        "old_size": old_size, "consistency": consistency, "proofs": proofs, "statements": statements,
    });
    put("manifest.json", manifest.to_string().as_bytes());
}

/// Every file below `tile/` of the log at its full size: path and bytes.
fn tiles(log: &Fixture) -> Vec<(String, Vec<u8>)> {
    let size = log.entries.len() as u64;
    let mut files = Vec::new();
    for tile in tiles_completed(0, size).unwrap().chain(partial_tiles(size).unwrap()) {
        files.push((tile.to_string(), tile_bytes(&hashes(log, &tile))));
        if tile.level == 0 {
            let first = 256 * tile.index as usize;
            let bundle = encode_bundle(&log.entries[first..first + usize::from(tile.width)]).unwrap();
            files.push((BundleId::from(tile).to_string(), bundle));
        }
    }
    files
}

fn hashes(log: &Fixture, tile: &TileId) -> Vec<Hash> {
    let first = 256 * tile.index;
    (first..first + u64::from(tile.width)).map(|index| log.node(8 * tile.level, index).unwrap()).collect()
}
