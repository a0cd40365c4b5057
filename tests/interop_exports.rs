//! Programs that others wrote for the formats read our exports, and refuse them altered. They run in the virtual
//! environment of `tests/interop/setup.sh`; without it the test says that it was skipped, and fails where
//! `SAGWAN_REQUIRE_INTEROP=1` asks for it.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/house.rs"]
mod house;
#[path = "common/story.rs"]
mod story;

use sagwan::{
    crypto::SecretKey,
    lineage::export::{
        Format,
        dsse::{IN_TOTO, envelope},
        write,
    },
};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};
use story::Story;

/// Prints past the capture of test output: what a passing test has to tell.
fn say(text: &str) {
    let line = format!("{}\n", text.trim_end());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// The Python of the virtual environment, if there is one.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("interop-venv/bin/python");
    let is_required = std::env::var_os("SAGWAN_REQUIRE_INTEROP").is_some_and(|value| value == "1");
    assert!(python.exists() || !is_required, "no target/interop-venv: run tests/interop/setup.sh");
    if !python.exists() {
        say("SKIPPED (not a failure): there is no target/interop-venv; to run it: tests/interop/setup.sh");
    }
    python.exists().then_some(python)
}

#[test]
fn the_programs_of_the_formats_read_what_we_write() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let story = Story::tell(folder.path());
    let exports = folder.path().join("exports");
    std::fs::create_dir(&exports).unwrap();
    for format in Format::ALL {
        std::fs::write(exports.join(format.as_str()), write(*format, &story.all()).unwrap()).unwrap();
    }
    let key = SecretKey::from_seed(&[5; 32]);
    let statements = write(Format::InToto, &story.all()).unwrap();
    let signed = statements.lines().map(|line| format!("{}\n", envelope(IN_TOTO, line.as_bytes(), &key)));
    std::fs::write(exports.join("in-toto.dsse"), signed.collect::<String>()).unwrap();
    for (name, key) in [("signer.pem", &key), ("stranger.pem", &SecretKey::from_seed(&[6; 32]))] {
        std::fs::write(exports.join(name), key.public().to_pem()).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/check_exports.py");
    let output = Command::new(python).arg("-B").arg(script).arg(&exports).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("accepted ") && out.contains("refused "), "the script checked nothing: {out}{err}");
    say(&out);
}
