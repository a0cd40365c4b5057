//! What is done with keys away from any ledger.

use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        signer,
    },
    codec::note::{KeyType, Vkey},
    crypto::PublicKey,
    event::{ActorId, Digest},
    ledger::Author,
};
use serde_json::json;
use std::path::Path;

/// Makes a key.
///
/// # Errors
/// When the file is there already or cannot be written.
pub fn new(context: &Context, out: &Path) -> Done {
    let key = signer::new_secret()?;
    signer::write_secret(out, &key)?;
    let kid = Digest(key.public().thumbprint());
    if context.printer.json {
        return context.printer.value(&json!({ "file": out, "thumbprint": kid, "algorithm": "ed25519" }));
    }
    context.printer.fields(&[("private key", out.display().to_string()), ("thumbprint", kid.to_string())])
}

/// Prints the public half.
///
/// # Errors
/// When the file holds no key.
pub fn public(context: &Context, file: &Path) -> Done {
    let key = signer::read_public(file)?;
    if context.printer.json {
        return context.printer.value(&json!({ "pem": key.to_pem() }));
    }
    context.printer.text(key.to_pem().trim_end())
}

/// Shows a key.
///
/// # Errors
/// When the file holds no key, or the origin cannot name a log.
pub fn show(context: &Context, file: &Path, origin: Option<&str>) -> Done {
    let key = signer::read_public(file)?;
    let kid = Digest(key.thumbprint());
    let vkey = origin.map(|origin| vkey(origin, &key)).transpose()?;
    let public = hex::encode(key.raw());
    if context.printer.json {
        return context.printer.value(&json!({
            "thumbprint": kid, "algorithm": key.algorithm().as_str(), "public": public, "vkey": vkey,
        }));
    }
    context.printer.fields(&[
        ("thumbprint", kid.to_string()),
        ("algorithm", key.algorithm().as_str().to_owned()),
        ("public", public),
        ("vkey", vkey.unwrap_or_default()),
    ])
}

fn vkey(origin: &str, key: &PublicKey) -> Done<String> {
    let vkey = Vkey::new(origin, KeyType::Ed25519, key.raw());
    vkey.map(|vkey| vkey.to_string())
        .map_err(|error| Failure::usage(format!("--origin {origin:?}: {error}"), "write the log's origin line"))
}

/// Prints what an officer needs to enrol the key, as JSON.
///
/// # Errors
/// When the file holds no private key.
pub fn request(context: &Context, owner: &ActorId, file: &Path) -> Done {
    let author = Author { actor: owner.clone(), key: signer::read_secret(file)?, audience: None };
    let proof = author.enrolment();
    context.printer.value(&json!({ "actor": owner, "key": proof.key, "possession": proof.possession }))
}
