//! kill -9 of a serving ledger under load, again and again: what a client has a receipt for is there afterwards.
//!
//! The real binary serves on loopback; four clients post statements; after a random time the process is killed and
//! started again. `SAGWAN_KILL_ROUNDS` says how often (a few by default; CI takes 200, a long run 2,000).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed helper fails its test")]

#[path = "common/house.rs"]
mod house;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use house::{ORIGIN, author, dataset, enrolment, event, founding};
use sagwan::event::{Env, Timestamp};
use sagwan::ledger::{Author, Host, Ledger, Options, Verdict, verify_full};
use sagwan::verify::{LogKeys, verify_receipt};

/// Clients that post at once.
const CLIENTS: usize = 4;
/// `verify --full` after so many rounds, and after the last.
const FULL_EVERY: u64 = 25;

/// A statement and the receipt that a client got for it.
type Held = (Vec<u8>, Vec<u8>);

fn now() -> Timestamp {
    Host::real().clock.now()
}

fn seconds() -> u64 {
    u64::try_from(now().0 / 1_000).unwrap()
}

/// Makes a ledger with one engineer; the log's keys.
fn make(folder: &Path) -> LogKeys {
    let officers = [author("user:officer-1", 1), author("user:officer-2", 2)];
    let ledger = Ledger::create(folder, founding(&officers), &Options::default(), &Host::real()).unwrap();
    let mut events = enrolment(&author("user:dana", 10), "role:data-engineer");
    events.iter_mut().for_each(|event| event.time = now());
    let verdict = ledger.admit(officers[0].sign(&events, seconds(), None).unwrap()).unwrap();
    assert!(matches!(verdict, Verdict::Recorded { .. }), "{verdict:?}");
    let keys = LogKeys::new(ORIGIN, &ledger.log_keys().unwrap()).unwrap();
    ledger.close().unwrap();
    let settings = "[ledger]\nstride_records = 256\n[server.limits]\npeer_rate = 0\n";
    std::fs::write(folder.join("sagwan.toml"), settings).unwrap();
    keys
}

/// Starts the server and waits until it says where it listens; this is recovery after every kill.
fn serve(folder: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sagwan"))
        .args(["--json", "--ledger"])
        .arg(folder)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let told: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
    let address = told["listening"].as_str().unwrap().to_owned();
    (child, address)
}

/// Posts statements until the server is gone; those that were answered with a receipt.
fn post(address: &str, engineer: &Author, name: &str, stop: &AtomicBool) -> Vec<Held> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(20))).build().into();
    let mut held = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let subject = format!("dataset/{name}-{number}@1");
        let event = event(now(), &subject, Some(Env::Dev), dataset(false));
        let statement = engineer.sign(&[event], seconds(), None).unwrap();
        let answer =
            agent.post(format!("{address}/entries")).header("content-type", "application/cose").send(&statement[..]);
        let Ok(mut answer) = answer else { break };
        assert_eq!(answer.status().as_u16(), 201);
        let Ok(receipt) = answer.body_mut().read_to_vec() else { break };
        held.push((statement, receipt));
    }
    held
}

/// One life of the server, ended by SIGKILL after `life`.
fn round(folder: &Path, number: u64, life: Duration) -> Vec<Held> {
    let (mut child, address) = serve(folder);
    let engineer = author("user:dana", 10);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (address, engineer, stop) = (&address, &engineer, &stop);
                scope.spawn(move || post(address, engineer, &format!("r{number}-{client}"), stop))
            })
            .collect();
        thread::sleep(life);
        child.kill().unwrap();
        child.wait().unwrap();
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

/// The whole log, and every receipt that a client holds, against each other.
fn check(folder: &Path, keys: &LogKeys, held: &[Held], new: &[Held]) -> u64 {
    let report = verify_full(folder, &Host::real(), &mut |_, _| {}).unwrap();
    let ledger = Ledger::open(folder, &Options::default(), &Host::real()).unwrap();
    for (statement, receipt) in held.iter().chain(new) {
        let place = verify_receipt(statement, receipt, keys).unwrap();
        let record = ledger.record(place.index).unwrap();
        assert!(*record.bytes == **statement, "record {} is another statement than its receipt says", place.index);
    }
    ledger.close().unwrap();
    report.size
}

#[test]
fn nothing_that_a_client_has_a_receipt_for_is_lost() {
    let rounds: u64 = std::env::var("SAGWAN_KILL_ROUNDS").map_or(5, |text| text.parse().unwrap());
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("{rounds} rounds, seed {seed}");
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("ledger");
    let keys = make(&folder);
    let mut held: Vec<Held> = Vec::new();
    let mut mixed = seed;
    for number in 0..rounds {
        mixed = mixed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let new = round(&folder, number, Duration::from_millis(20 + (mixed >> 33) % 400));
        // Between full checks the next start, which is recovery, is what has to work.
        let size = if (number + 1) % FULL_EVERY == 0 || number + 1 == rounds {
            Some(check(&folder, &keys, &held, &new))
        } else {
            None
        };
        held.extend(new);
        if let Some(size) = size {
            println!("round {}: {} receipts held, {size} entries, nothing lost", number + 1, held.len());
        }
    }
    assert!(!held.is_empty(), "no client ever got a receipt: the rounds prove nothing");
}
