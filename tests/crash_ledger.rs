//! The whole ledger when the power goes or a call fails, at every call of its life, start-up and recovery included: what
//! a client holds a verdict, a receipt or a checkpoint for is there afterwards, at the same index, in the same tree.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a failed helper fails its test, and a test says what it counted"
)]

#[path = "common/house.rs"]
mod house;
#[path = "crash/sim.rs"]
#[expect(dead_code, reason = "the tests of the log use the rest")]
mod sim;

use std::path::Path;
use std::sync::Arc;

use house::{ORIGIN, START_MS, TestClock, author, dataset, event, founding, options};
use sagwan::event::{Env, Timestamp};
use sagwan::ledger::{Host, Ledger, LedgerError, Published, Verdict, verify_full};
use sagwan::merkle::verify_consistency;
use sagwan::verify::{LogKeys, verify_receipt};
use sim::{Fault, Kind, SimIo, Survives};

const DIR: &str = "/data/ledger";
/// Statements in one submission.
const PART: usize = 48;

fn host(io: &SimIo) -> Host {
    Host { io: Arc::new(io.clone()), clock: TestClock::at(START_MS), ..Host::real() }
}

/// What the clients hold.
#[derive(Default)]
struct Clients {
    recorded: Vec<(Vec<u8>, u64)>,
    receipts: Vec<(Vec<u8>, Vec<u8>)>,
    heads: Vec<Arc<Published>>,
}

/// A ledger with one engineer, and statements that it will record.
struct Start {
    io: SimIo,
    statements: Vec<Vec<u8>>,
    keys: LogKeys,
}

fn start() -> Start {
    let io = SimIo::new();
    let officers = [author("user:officer-1", 1), author("user:officer-2", 2)];
    let ledger = Ledger::create(Path::new(DIR), founding(&officers), &options(), &host(&io)).unwrap();
    let engineer = author("user:dana", 10);
    let at = u64::try_from(START_MS / 1_000).unwrap();
    let enrol = house::enrolment(&engineer, "role:data-engineer");
    let verdict = ledger.admit(officers[0].sign(&enrol, at, None).unwrap()).unwrap();
    assert!(matches!(verdict, Verdict::Recorded { .. }), "{verdict:?}");
    let keys = LogKeys::new(ORIGIN, &ledger.log_keys().unwrap()).unwrap();
    ledger.close().unwrap();
    let register = |number| {
        let subject = format!("dataset/d{number}@1");
        let event = event(Timestamp(START_MS), &subject, Some(Env::Dev), dataset(false));
        engineer.sign(&[event], at, None).unwrap()
    };
    Start { io, statements: (0..8 * PART).map(register).collect(), keys }
}

/// Opens the ledger twice and records half of the statements each time; ends at the first error.
fn workload(io: &SimIo, statements: &[Vec<u8>], clients: &mut Clients) -> Result<(), LedgerError> {
    for half in statements.chunks(statements.len() / 2) {
        let ledger = Ledger::open(Path::new(DIR), &options(), &host(io))?;
        clients.heads.push(ledger.head());
        for part in half.chunks(PART) {
            if !submit(&ledger, part, clients) {
                return Ok(());
            }
        }
        ledger.close()?;
    }
    Ok(())
}

/// Submits and keeps what came back; false when the ledger has stopped.
fn submit(ledger: &Ledger, part: &[Vec<u8>], clients: &mut Clients) -> bool {
    let Ok(verdicts) = ledger.admit_all(part.to_vec()) else { return false };
    let mut goes_on = true;
    for (statement, verdict) in part.iter().zip(verdicts) {
        match verdict {
            Verdict::Recorded { index, .. } => clients.recorded.push((statement.clone(), index)),
            Verdict::Failed(_) => goes_on = false,
            other => panic!("{other:?}"),
        }
    }
    if let Some((statement, index)) = clients.recorded.last()
        && let Ok(receipt) = ledger.receipt(*index)
    {
        clients.receipts.push((statement.clone(), receipt));
    }
    clients.heads.push(ledger.head());
    goes_on
}

/// Recovers, compares with what the clients hold, records the rest, and verifies everything.
fn recover(start: &Start, io: &SimIo, clients: &mut Clients, context: &str) {
    let ledger = match Ledger::open(Path::new(DIR), &options(), &host(io)) {
        Ok(ledger) => ledger,
        Err(error) => panic!("{context}: {error}\nlast calls:\n{}", io.trace()),
    };
    for (statement, index) in &clients.recorded {
        let record = ledger.record(*index).unwrap_or_else(|error| panic!("{context}: record {index}: {error}"));
        assert!(*record.bytes == **statement, "{context}: record {index} is another statement");
    }
    for part in start.statements.chunks(start.statements.len() / 2) {
        assert!(submit(&ledger, part, clients), "{context}: stopped after recovery");
    }
    for (statement, receipt) in &clients.receipts {
        verify_receipt(statement, receipt, &start.keys).unwrap_or_else(|error| panic!("{context}: {error}"));
    }
    let head = ledger.head();
    for seen in &clients.heads {
        let path = ledger.consistency_proof(seen.size, head.size).unwrap();
        verify_consistency(seen.size, head.size, &path, &seen.root, &head.root)
            .unwrap_or_else(|error| panic!("{context}: fork: {error}"));
    }
    ledger.close().unwrap_or_else(|error| panic!("{context}: {error}"));
    let report = verify_full(Path::new(DIR), &host(io), &mut |_, _| {});
    let report = report.unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!((report.size, report.root.0), (head.size, head.root), "{context}");
}

/// Every how many calls a fault is tried; 1 with `SAGWAN_CRASH_ALL` set.
fn step(usual: usize) -> usize {
    if std::env::var_os("SAGWAN_CRASH_ALL").is_some() { 1 } else { usual }
}

fn calls(start: &Start) -> u64 {
    let io = start.io.copy();
    let mut clients = Clients::default();
    workload(&io, &start.statements, &mut clients).unwrap();
    assert_eq!(clients.recorded.len(), start.statements.len());
    let calls = io.calls();
    recover(start, &io, &mut clients, "without a fault");
    println!("{calls} calls");
    calls
}

#[test]
fn power_loss_at_every_call_keeps_what_clients_hold() {
    let start = start();
    let calls = calls(&start);
    for at in (0..calls).step_by(step(3)) {
        let survives = [Survives::Nothing, Survives::Some(at), Survives::Everything, Survives::Some(!at)];
        let survives = survives[usize::try_from(at / 3 % 4).unwrap()];
        let io = start.io.copy();
        io.set_fault(Some(Fault { at, kind: Kind::PowerOff, sticky: true }));
        let mut clients = Clients::default();
        let _ = workload(&io, &start.statements, &mut clients);
        io.power_loss(survives);
        recover(&start, &io, &mut clients, &format!("power loss at call {at}, {survives:?}"));
    }
}

fn fault_at_every_call(start: &Start, calls: u64, kind: Kind, sticky: bool, usual: usize) {
    for at in (0..calls).step_by(step(usual)) {
        let io = start.io.copy();
        io.set_fault(Some(Fault { at, kind, sticky }));
        let mut clients = Clients::default();
        let _ = workload(&io, &start.statements, &mut clients);
        if at % 2 == 0 {
            io.power_loss(Survives::Some(at));
        }
        io.set_fault(None);
        recover(start, &io, &mut clients, &format!("{kind:?} at call {at}, sticky {sticky}"));
    }
}

#[test]
fn failing_calls_stop_the_ledger_or_are_survived() {
    let start = start();
    let calls = calls(&start);
    fault_at_every_call(&start, calls, Kind::Broken, false, 5);
    fault_at_every_call(&start, calls, Kind::Broken, true, 11);
    fault_at_every_call(&start, calls, Kind::Full, true, 11);
    fault_at_every_call(&start, calls, Kind::Short, false, 11);
    fault_at_every_call(&start, calls, Kind::Short, true, 11);
}

#[test]
fn a_ledger_whose_making_failed_is_not_taken_for_a_whole_one() {
    let officers = [author("user:officer-1", 1), author("user:officer-2", 2)];
    let create = |io: &SimIo| Ledger::create(Path::new(DIR), founding(&officers), &options(), &host(io));
    let io = SimIo::new();
    create(&io).unwrap().close().unwrap();
    let calls = io.calls();
    println!("{calls} calls");
    for at in (0..calls).step_by(step(3)) {
        let io = SimIo::new();
        io.set_fault(Some(Fault { at, kind: Kind::PowerOff, sticky: true }));
        let made = create(&io).is_ok();
        io.power_loss(Survives::Some(at));
        match Ledger::open(Path::new(DIR), &options(), &host(&io)) {
            Ok(ledger) => assert_eq!(ledger.head().size, 2, "power loss at call {at}"),
            Err(error) => {
                assert!(!made, "power loss at call {at}: {error}");
                assert!(create(&io).is_err() || io.files().iter().all(|(path, _)| path.starts_with(DIR)));
            }
        }
    }
}
