//! A witness that others wrote (PyPI `aics-witness`), run as a process from `target/interop-venv`; and their reader of what it
//! cosigned (`aics-tlog`). Without that folder the test says that it was skipped, and passes; with `SAGWAN_REQUIRE_INTEROP=1`,
//! as in CI, it fails.

use crate::town::{Town, log_keys, only, round};
use sagwan::{crypto::NoteVerifier, verify::Witnesses, witness::Outcome};
use serde_json::json;
use std::{
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long the process may take to listen, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("interop-venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    let is_asked = std::env::var_os("SAGWAN_REQUIRE_INTEROP").is_some_and(|value| value == "1");
    assert!(!is_asked, "there is no target/interop-venv: run tests/interop/setup.sh");
    let told = "SKIPPED (not a failure): there is no target/interop-venv; to run it: tests/interop/setup.sh\n";
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    None
}

/// The foreign witness; stopped when dropped.
struct Foreign {
    python: PathBuf,
    config: PathBuf,
    port: u16,
    vkey: String,
    child: Option<Child>,
}

impl Foreign {
    fn new(python: PathBuf, folder: &Path, origin: &str, log: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut foreign = Self { python, config: folder.join("witness.json"), port, vkey: String::new(), child: None };
        let listen = format!("127.0.0.1:{port}");
        let vkey = foreign.run(&["init", "--name", "witness.example/foreign", "--listen", &listen]);
        foreign.run(&["add-log", "--origin", origin, "--vkey", log]);
        foreign.vkey = vkey.trim().to_owned();
        foreign.start();
        foreign
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command.args(["-m", "aics_witness"]).args(args).arg("--config").arg(&self.config);
        command
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn start(&mut self) {
        let child = self.command(&["serve"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.child = Some(child);
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "it does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn section(&self) -> String {
        let (port, vkey) = (self.port, &self.vkey);
        format!(
            "[[witness]]\nname = \"foreign\"\nurl = \"http://127.0.0.1:{port}\"\nvkey = \"{vkey}\"\nallow_private = true\n"
        )
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        self.stop();
    }
}

/// aics-tlog accepts what the ledger gives out, and nothing altered.
fn accepted_by_aics_tlog(foreign: &Foreign, note: &str, size: u64, log: &str) {
    let folder = tempfile::tempdir().unwrap();
    let origin = crate::house::ORIGIN;
    let manifest = json!({ "origin": origin, "vkey": log, "witness": foreign.vkey, "size": size });
    std::fs::write(folder.path().join("manifest.json"), manifest.to_string()).unwrap();
    std::fs::write(folder.path().join("checkpoint"), note).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/check_cosigned.py");
    let output = Command::new(&foreign.python).arg("-B").arg(script).arg(folder.path()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("refused "), "{out}{err}");
    std::io::stderr().write_all(out.as_bytes()).unwrap();
}

#[test]
fn aics_witness_cosigns_a_ledger_that_grows_and_no_fork_of_it() {
    let Some(python) = python() else { return };
    let mut town = Town::new();
    // The witness looks at the real clock.
    let now_ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    town.house.clock.advance(now_ms - crate::house::START_MS);
    let log = town.house.ledger().log_vkeys().unwrap().join("\n");
    let mut foreign = Foreign::new(python, town.dir.path(), crate::house::ORIGIN, &log);
    let section = [foreign.section()];
    let policy = Witnesses::of(&[(NoteVerifier::parse(&foreign.vkey).unwrap(), true)], 1).unwrap();
    let mut old = None;
    for n in 0..5 {
        if n == 2 {
            old = Some(town.copy());
        }
        if n == 3 {
            // What is remembered here is lost; what the witness remembers is not, over a kill either.
            std::fs::remove_dir_all(town.folder().join("witnesses")).unwrap();
            foreign.stop();
            foreign.start();
        }
        (0..20).for_each(|m| assert!(town.dataset(&format!("d{n}-{m}@1")) > 0));
        let done = round(&mut town.asker(&section, 1));
        let Outcome::Cosigned { size, time } = *only(&done) else { panic!("{done:?}") };
        assert!(done.is_met && size == town.size());
        let note = town.house.ledger().witnessed().unwrap().note.clone();
        let cosigned = policy.judge(note.as_bytes(), &log_keys()).unwrap();
        assert_eq!((cosigned.is_met, cosigned.existed_by), (true, Some(time)));
        if n == 4 {
            accepted_by_aics_tlog(&foreign, &note, size, &log);
        }
    }
    // It is down: that costs nobody anything.
    foreign.stop();
    town.dataset("meanwhile@1");
    assert!(matches!(only(&round(&mut town.asker(&section, 1))), Outcome::Failed(_)));
    foreign.start();
    assert!(round(&mut town.asker(&section, 1)).is_met);
    // An old copy, then a fork.
    let theirs = town.size();
    town.put_back(&old.unwrap());
    let done = round(&mut town.asker(&section, 1));
    assert!(matches!(only(&done), Outcome::Ahead { size, proof: Some(_) } if *size == theirs), "{done:?}");
    while town.size() <= theirs {
        town.dataset(&format!("other{}@1", town.size()));
    }
    let done = round(&mut town.asker(&section, 1));
    assert!(matches!(only(&done), Outcome::Inconsistent { proof: Some(_) }), "{done:?}");
    let evidence = foreign.run(&["evidence"]);
    assert!(evidence.contains("\"origin\""), "the witness kept what it refused: {evidence}");
}
