//! Writes a log as foreign verifiers read it: a folder of C2SP files, statements, receipts, proofs and keys.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sagwan::{
    codec::statement::Statement,
    crypto::{PublicKey, SecretKey},
    merkle::{BundleId, Hash, TilePath, bundle_entries, partial_tiles, tiles_completed},
};
use serde_json::json;

use crate::fixture::signer_of;

/// A log that can be asked for everything that it publishes.
pub trait Source {
    fn origin(&self) -> String;
    fn size(&self) -> u64;
    fn log_key(&self) -> &SecretKey;
    /// The keys of those who signed its statements.
    fn signers(&self) -> Vec<PublicKey>;
    fn checkpoint(&self) -> String;
    fn tile(&self, path: &TilePath) -> Vec<u8>;
    fn receipt(&self, index: u64) -> Vec<u8>;
    fn transparent(&self, index: u64) -> Vec<u8>;
    fn tlog_proof(&self, index: u64) -> String;
    fn consistency(&self, from: u64) -> Vec<Hash>;
}

/// Writes everything, and `manifest.json`, which says what is what.
pub fn write(log: &impl Source, old_size: u64, folder: &Path) {
    let size = log.size();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("checkpoint", log.checkpoint().as_bytes());
    put("log.pem", log.log_key().public().to_pem().as_bytes());
    let mut entries = Vec::new();
    for tile in tiles_completed(0, size).unwrap().chain(partial_tiles(size).unwrap()) {
        put(&tile.to_string(), &log.tile(&TilePath::Tile(tile)));
        if tile.level == 0 {
            let id = BundleId::from(tile);
            let bundle = log.tile(&TilePath::Bundle(id));
            put(&id.to_string(), &bundle);
            entries.extend(bundle_entries(&id, &bundle).unwrap().into_iter().map(<[u8]>::to_vec));
        }
    }

    let signers = log.signers();
    let (mut proofs, mut statements) = (Vec::new(), Vec::new());
    for index in [0, 1, 255, 256, size - 1] {
        let name = |suffix: &str| format!("{index}.{suffix}");
        let entry = &entries[index as usize];
        let statement = Statement::parse(entry).unwrap();
        let signer = signers.iter().find(|key| key.thumbprint() == *statement.kid).unwrap();
        put(&name("pem"), signer.to_pem().as_bytes());
        put(&name("tlog-proof"), log.tlog_proof(index).as_bytes());
        put(&name("statement.cose"), entry);
        put(&name("receipt.cose"), &log.receipt(index));
        put(&name("transparent.cose"), &log.transparent(index));
        proofs.push(json!({"index": index, "file": name("tlog-proof")}));
        statements.push(json!({
            "index": index, "file": name("statement.cose"), "receipt": name("receipt.cose"),
            "transparent": name("transparent.cose"), "key": name("pem"), "issuer": statement.iss,
            "subject": statement.sub, "content_type": statement.content_type,
        }));
    }
    let consistency: Vec<_> = log.consistency(old_size).iter().map(|hash| STANDARD.encode(hash)).collect();
    let vkey = signer_of(&log.origin(), log.log_key()).vkey().to_string();
    let manifest = json!({
        "origin": log.origin(), "size": size, "vkey": vkey, "log_key": "log.pem",
        "old_size": old_size, "consistency": consistency, "proofs": proofs, "statements": statements,
    });
    put("manifest.json", manifest.to_string().as_bytes());
}
