//! Verifiers written by others accept what we make, and refuse it altered.
//!
//! The Python ones run in `target/interop-venv`, which `tests/interop/setup.sh` makes. Without it their tests say that
//! they were skipped, and pass; with `SAGWAN_REQUIRE_INTEROP=1`, as in CI, they fail.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "interop/fixture.rs"]
mod fixture;
#[path = "interop/folder.rs"]
mod folder;
#[path = "common/house.rs"]
mod house;
#[path = "interop/seeds.rs"]
mod seeds;
#[path = "interop/sources.rs"]
mod sources;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use fixture::{Fixture, ORIGIN};
use folder::Source;
use signed_note::{Note, StandardVerifier, VerifierList};
use sources::Real;

/// Enough for a full tile, a partial one beside it, and one above them.
const SIZE: u64 = 300;
const OLD_SIZE: u64 = 200;

/// Prints past the capture of test output: what a passing test has to tell.
fn say(text: &str) {
    let mut line = text.trim_end().to_owned();
    line.push('\n');
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Says that a test did not run; or fails, where it must run.
fn skipped(what: &str, remedy: &str) {
    assert!(
        std::env::var_os("SAGWAN_REQUIRE_INTEROP").is_none_or(|value| value != "1"),
        "{what}, and SAGWAN_REQUIRE_INTEROP=1 asks for it: {remedy}"
    );
    say(&format!("SKIPPED (not a failure): {what}; to run it: {remedy}"));
}

/// The Python of the virtual environment, if there is one.
fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let python = target.join("interop-venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    skipped("there is no target/interop-venv with the foreign verifiers", "run tests/interop/setup.sh");
    None
}

/// Runs a script of `tests/interop` on the folder of a log, made only when it is needed.
fn accepted_by<S: Source>(script: &str, log: impl FnOnce() -> S) {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    folder::write(&log(), OLD_SIZE, folder.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(script);
    let output = Command::new(python).arg("-B").arg(script).arg(folder.path()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("accepted ") && out.contains("refused "), "the script checked nothing: {out}{err}");
    say(&out);
}

#[test]
fn aics_tlog_accepts_checkpoint_tiles_bundles_and_proofs() {
    accepted_by("check_tlog.py", || Fixture::new(SIZE));
}

#[test]
fn scitt_cose_accepts_statements_and_receipts() {
    accepted_by("check_scitt.py", || Fixture::new(SIZE));
}

#[test]
fn aics_tlog_accepts_a_real_ledger() {
    let folder = tempfile::tempdir().unwrap();
    accepted_by("check_tlog.py", || Real::new(&folder.path().join("ledger"), SIZE as usize));
}

#[test]
fn scitt_cose_accepts_a_real_ledger() {
    let folder = tempfile::tempdir().unwrap();
    accepted_by("check_scitt.py", || Real::new(&folder.path().join("ledger"), SIZE as usize));
}

#[test]
fn signed_note_accepts_checkpoints() {
    let log = Fixture::new(5);
    let signer = Fixture::signer(&log.log);
    let verifier = StandardVerifier::new(&signer.vkey().to_string()).unwrap();
    let list = VerifierList::new(vec![Box::new(verifier)]);
    let checkpoint = log.checkpoint(5);
    let accepts = |bytes: &[u8]| Note::from_bytes(bytes).is_ok_and(|note| note.verify(&list).is_ok());
    assert!(accepts(checkpoint.as_bytes()));
    let (verified, unverified) = Note::from_bytes(checkpoint.as_bytes()).unwrap().verify(&list).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 0));
    assert_eq!(verified[0].name(), ORIGIN);
    for position in 0..checkpoint.len() {
        let mut changed = checkpoint.clone().into_bytes();
        changed[position] ^= 1;
        assert!(!accepts(&changed), "byte {position}");
    }
    // The line of a second log key is passed over by whoever knows the first one only.
    let both = log.checkpoint_by(5, &[&log.log, &fixture::key("new log")]);
    let (verified, unverified) = Note::from_bytes(both.as_bytes()).unwrap().verify(&list).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 1));
}

/// `openssl` knows nothing of COSE: it is given the bytes that RFC 9052 says are signed, and the public key as PEM.
#[test]
fn openssl_accepts_signatures_of_statements() {
    let log = Fixture::new(1);
    let statement = sagwan::codec::statement::Statement::parse(&log.entries[0]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let verify = |signed: &[u8]| {
        std::fs::write(folder.path().join("signed"), signed).unwrap();
        Command::new("openssl")
            .current_dir(folder.path())
            .args(["pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "signed", "-sigfile", "sig"])
            .output()
            .map(|output| output.status.success())
    };
    std::fs::write(folder.path().join("key.pem"), log.actor.public().to_pem()).unwrap();
    std::fs::write(folder.path().join("sig"), statement.signature).unwrap();
    let signed = statement.signed_bytes();
    match verify(&signed) {
        Err(error) => skipped(&format!("openssl cannot be run ({error})"), "install the openssl program, 3.0 or later"),
        Ok(accepted) => {
            assert!(accepted, "openssl refuses a statement's signature");
            let mut changed = signed;
            *changed.last_mut().unwrap() ^= 1;
            assert!(!verify(&changed).unwrap(), "openssl accepts a changed statement");
        }
    }
}
