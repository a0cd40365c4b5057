//! A ledger in a temporary folder, and the binary run in it.

use serde_json::Value as Json;
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long anything may take before a test gives up; generous, for machines that are busy.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A folder with a ledger in `ledger/`, founded by `user:officer`, whose key is at hand.
pub struct Bench {
    pub root: TempDir,
}

/// What a run of the binary gave.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Bench {
    /// A folder without a ledger.
    pub fn empty() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    /// A folder with a ledger in it that never waits for a lock.
    pub fn new() -> Self {
        let bench = Self::empty();
        bench.run(&["init", "ledger"]).done();
        bench.set("client", "wait_s = 0");
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Adds a setting to a section of the ledger's sagwan.toml.
    pub fn set(&self, section: &str, line: &str) {
        let path = self.path("ledger/sagwan.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let header = format!("[{section}]\n");
        assert!(text.contains(&header), "no [{section}]");
        std::fs::write(&path, text.replace(&header, &format!("{header}{line}\n"))).unwrap();
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sagwan"));
        let ours = std::env::vars().filter(|(name, _)| name.starts_with("SAGWAN_"));
        ours.for_each(|(name, _)| {
            command.env_remove(name);
        });
        command
            .args(args)
            .current_dir(self.root.path())
            .env("SAGWAN_LEDGER", self.path("ledger"))
            .env("HOME", self.path("home"))
            .env_remove("XDG_STATE_HOME")
            .env_remove("NO_COLOR");
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.command(args).stdin(Stdio::null()).output().unwrap())
    }

    pub fn feed(&self, args: &[&str], input: &str) -> Ran {
        use std::io::Write as _;
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The binary may stop reading at a bad line.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// Enrols an actor with roles in dev, staging and prod; its key is in `NAME.pem`.
    pub fn enroll(&self, name: &str, role: &str) {
        let (actor, key) = (format!("user:{name}"), format!("{name}.pem"));
        self.run(&["key", "new", "--out", &key]).done();
        self.run(&["actor", "enroll", &actor, "--new-key", &key]).done();
        let role = format!("role:{role}");
        self.run(&["actor", "role", "assign", &actor, &role, "--env", "dev", "--env", "staging", "--env", "prod"])
            .done();
    }

    /// Writes the server's token file: each token, its actor and its scope.
    pub fn tokens(&self, tokens: &[(&str, &str, &str)]) {
        use sha2::{Digest as _, Sha256};
        let entry = |(token, actor, scope): &(&str, &str, &str)| {
            let digest = hex::encode(Sha256::digest(token));
            format!("[[token]]\nsha256 = \"sha256:{digest}\"\nactor = \"{actor}\"\nscopes = [\"{scope}\"]\n")
        };
        self.write("ledger/tokens.toml", &tokens.iter().map(entry).collect::<String>());
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(self.path("ledger/tokens.toml"), mode).unwrap();
        self.set("server", "tokens = \"tokens.toml\"");
    }

    /// Records a dataset in dev as the officer; the record's index.
    pub fn dataset(&self, name: &str) -> u64 {
        self.write("dataset.json", &dataset(name));
        self.run(&["record", "dataset.json", "--json"]).done().json()["index"].as_u64().unwrap()
    }

    /// What waits in the spool.
    pub fn spooled(&self) -> Vec<Json> {
        self.run(&["spool", "list", "--json"]).done().jsons()
    }
}

/// An event that registers a dataset in dev.
pub fn dataset(name: &str) -> String {
    format!(
        r#"{{"kind":"dataset.registered","subject":"dataset/{name}","env":"dev","body":{{"source":"here","purpose":"test","legal_basis":"consent"}}}}"#
    )
}

impl Ran {
    pub fn of(output: &Output) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        let code = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The same, which must have ended well.
    #[track_caller]
    pub fn done(self) -> Self {
        self.ended(0)
    }

    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// The one JSON value on stdout.
    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The JSON values on stdout, one a line.
    #[track_caller]
    pub fn jsons(&self) -> Vec<Json> {
        let value = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out.lines().map(value).collect()
    }
}

/// A server over the bench's ledger, which holds its lock; stopped when dropped.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    pub fn start(bench: &Bench) -> Self {
        use std::io::{BufRead as _, BufReader};
        let mut child =
            bench.command(&["serve", "--listen", "127.0.0.1:0", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Json = serde_json::from_str(&line).unwrap();
        Self { child, url: told["listening"].as_str().unwrap().to_owned() }
    }

    /// Stops it as a service manager does; its exit code.
    pub fn stop(mut self) -> i32 {
        signal(self.child.id(), "TERM");
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that a test started.
pub fn signal(pid: u32, name: &str) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let signal = match name {
        "TERM" => rustix::process::Signal::TERM,
        "INT" => rustix::process::Signal::INT,
        _ => panic!("{name}"),
    };
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Waits until a file is there.
pub fn wait_for(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < PATIENCE, "{} did not come", path.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}
