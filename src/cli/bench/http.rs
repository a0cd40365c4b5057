//! What the server does, as a process of its own, so that only its processor time is counted.

use super::{
    Bench, at_most,
    inside::BATCH,
    meter::{child_cpu, memory},
    report::Bound,
    seconds,
    work::Work,
};
use crate::{
    cli::failure::{Done, Failure},
    event::Timestamp,
};
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Clients at once.
const CONNECTIONS: usize = 64;
/// Statements of the measurement with many a request, and with one.
const MANY: u64 = 32_768;
const SINGLE: u64 = 8_192;
/// What a start may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The benchmark's clients are all one peer.
const SETTINGS: &str =
    "[ledger]\nqueue_statements_max = 65536\n[server.limits]\npeer_rate = 4000000000\ntoken_rate = 4000000000\n";

/// A served ledger; the process is ended when this is dropped.
struct Served {
    child: Child,
    address: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        // Either may fail only because the process is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts the server on the ledger in `folder`, measures its start and memory, and sends statements both ways.
pub fn served(bench: &mut Bench, folder: &Path, work: &mut Work) -> Done {
    let started = Instant::now();
    let server = start(folder)?;
    let ready = started.elapsed();
    bench.row(at_most("start-up until the server answers", seconds(ready), 1.0, "s"));
    let pid = server.child.id();
    #[expect(clippy::cast_precision_loss, reason = "sizes are rounded when shown")]
    let resident = memory(pid, "VmRSS").unwrap_or_default() as f64;
    bench.row(at_most("memory after the start", resident, 300e6, "B"));
    bench.against_v("HTTP, 256 statements a request", Bound::AtLeast(0.60), |_| {
        let took = post(&server, work.statements(MANY, now())?, BATCH, "application/cbor-seq")?;
        Ok((MANY, took, "server's processor time".to_owned()))
    })?;
    bench.against_v("HTTP, one statement a request", Bound::AtLeast(0.30), |_| {
        let took = post(&server, work.statements(SINGLE, now())?, 1, "application/cose")?;
        Ok((SINGLE, took, format!("{CONNECTIONS} connections, server's processor time")))
    })?;
    #[expect(clippy::cast_precision_loss, reason = "sizes are rounded when shown")]
    let peak = memory(pid, "VmHWM").unwrap_or_default() as f64;
    bench.row(at_most("memory under load, at its highest", peak, 300e6, "B"));
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn start(folder: &Path) -> Done<Served> {
    let config = folder.join("sagwan.toml");
    std::fs::write(&config, SETTINGS).map_err(|error| Failure::io("write", &config, &error))?;
    let program = std::env::current_exe().map_err(|error| Failure::fault(format!("no path of myself: {error}")))?;
    let mut child = Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--json", "--config"])
        .arg(&config)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::fault(format!("cannot start the server: {error}")))?;
    let out = child.stdout.take();
    let mut server = Served { child, address: String::new() };
    let mut line = String::new();
    let read = out.map(|out| BufReader::new(out).read_line(&mut line));
    let said: serde_json::Value = match read {
        Some(Ok(n)) if n > 0 => serde_json::from_str(&line).unwrap_or_default(),
        _ => return Err(Failure::fault("the server did not start")),
    };
    let url = said.get("listening").and_then(serde_json::Value::as_str);
    server.address = url.ok_or_else(|| Failure::fault(format!("the server said {line:?}")))?.to_owned();
    Ok(server)
}

/// Posts statements over all connections; the server's processor time for it.
fn post(server: &Served, statements: Vec<Vec<u8>>, batch: usize, media_type: &str) -> Done<Duration> {
    let url = format!("{}/api/v1/statements", server.address);
    let bodies: Vec<Vec<u8>> = statements.chunks(batch).map(<[Vec<u8>]>::concat).collect();
    let queue = Mutex::new(bodies.into_iter());
    let failed = Mutex::new(None);
    let before = child_cpu(server.child.id()).unwrap_or_default();
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build();
                let agent = ureq::Agent::new_with_config(config);
                loop {
                    let body = queue.lock().ok().and_then(|mut queue| queue.next());
                    let Some(body) = body else { return };
                    let sent =
                        agent.post(&url).content_type(media_type).header("Accept", "application/cbor").send(&body);
                    let read = sent.and_then(|mut answer| answer.body_mut().read_to_vec());
                    if let Err(error) = read {
                        if let Ok(mut failed) = failed.lock() {
                            *failed = Some(error.to_string());
                        }
                        return;
                    }
                }
            });
        }
    });
    let after = child_cpu(server.child.id()).unwrap_or_default();
    match failed.into_inner() {
        Ok(None) => Ok(after.saturating_sub(before)),
        Ok(Some(error)) => Err(Failure::fault(format!("the server answered: {error}"))),
        Err(_) => Err(Failure::fault("a client ended by a panic")),
    }
}
