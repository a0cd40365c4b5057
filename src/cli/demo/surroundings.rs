//! What the run ran on: code, libraries, machine. What cannot be found is left out, never guessed.

use crate::{
    cli::exec::{capture, tools::ask},
    event::{
        Digest,
        body::{CodeVersion, FileDigest, RuntimeCaptured},
    },
};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use std::{ffi::OsStr, path::PathBuf};

/// The versions of the libraries that this program was built with.
const LOCK_FILE: &str = include_str!("../../../Cargo.lock");
/// The library that trains.
const TRAINER: &str = "smartcore";

/// The library that trains, and its version.
#[must_use]
pub fn trainer() -> String {
    version(TRAINER).map_or_else(|| TRAINER.to_owned(), |version| format!("{TRAINER} {version}"))
}

/// The version of a library by the lock file.
fn version(library: &str) -> Option<&'static str> {
    let package =
        LOCK_FILE.split("[[package]]").find(|package| package.contains(&format!("\nname = \"{library}\"\n")))?;
    package.lines().find_map(|line| line.strip_prefix("version = \""))?.strip_suffix('"')
}

/// The code version: git's commit where the working tree is this program's, else the program's own version.
#[must_use]
pub fn code() -> Json {
    let root = ask(OsStr::new("git"), &["rev-parse", "--show-toplevel"]).map(PathBuf::from);
    let manifest = root.and_then(|root| std::fs::read_to_string(root.join("Cargo.toml")).ok());
    let ours = manifest.is_some_and(|manifest| manifest.contains("\nname = \"sagwan\"\n"));
    match capture::code().filter(|_| ours) {
        Some(CodeVersion { commit, dirty, .. }) => json!({ "commit": commit, "dirty": dirty }),
        None => json!({ "commit": concat!("sagwan ", env!("CARGO_PKG_VERSION")) }),
    }
}

/// The body of `runtime.captured`: the machine, and the libraries in this very program.
#[must_use]
pub fn runtime() -> RuntimeCaptured {
    let lock_file = "Cargo.lock".parse().ok().map(|name| {
        let digest = Digest(Sha256::digest(LOCK_FILE).into());
        FileDigest { name, digest }
    });
    let library = |name: &str| Some((name.to_owned(), version(name)?.parse().ok()?));
    let captured = capture::runtime(&[], None, None);
    RuntimeCaptured { lock_file, libraries: library(TRAINER).into_iter().collect(), ..captured }
}
