//! The log alone under power loss and failing calls, at every call of a workload with segment changes, tiles and
//! reopenings. The model is a list: what was acknowledged must be there, what was refused must not, and only the batch
//! whose append ended in doubt may be either.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use sagwan::merkle::{Frontier, Hash, leaf_hash};
use sagwan::storage::{AppendError, Batch, LocalLog, Log, LogOptions, StorageError};

use crate::sim::{Fault, Kind, Random, SimIo, Survives};

const DIR: &str = "/data/ledger";
const ORIGIN: &str = "example.org/log";
/// Batches of the workload.
const BATCHES: u64 = 36;

fn options() -> LogOptions {
    LogOptions { segment_bytes: 8 << 10, sync_threads: 1, ..LogOptions::new(ORIGIN) }
}

/// What the caller of the log knows.
#[derive(Debug, Default, Clone)]
struct Model {
    created: bool,
    acknowledged: Vec<Arc<[u8]>>,
    /// The batch whose append ended in doubt.
    doubtful: Vec<Arc<[u8]>>,
    published: u64,
}

/// What a batch holds depends on nothing but its number and where it begins, so that a repeated one is the same.
fn batch(number: u64, first: u64) -> Vec<Arc<[u8]>> {
    let mut random = Random(number);
    let count = if number % 12 == 5 { 150 } else { 1 + random.below(30) };
    (first..first + count)
        .map(|index| {
            let length = 1 + random.below(60) as usize;
            Arc::from(format!("{number}/{index}/").bytes().cycle().take(length + 8).collect::<Vec<u8>>())
        })
        .collect()
}

fn append(log: &LocalLog, model: &mut Model, number: u64) -> Result<(), StorageError> {
    let first = model.acknowledged.len() as u64;
    let entries = batch(number, first);
    let leaf_hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    match log.append(first, &Batch { first, entries: &entries, leaf_hashes: &leaf_hashes }) {
        Ok(committed) => {
            model.acknowledged.extend(entries);
            assert_eq!(committed.size, model.acknowledged.len() as u64);
            log.publish(format!("size {}", committed.size).as_bytes(), committed.size)?;
            model.published = committed.size;
            Ok(())
        }
        Err(AppendError::Refused(cause)) => Err(cause),
        Err(AppendError::Unknown(cause)) => {
            model.doubtful = entries.clone();
            let again = log.append(first, &Batch { first, entries: &entries, leaf_hashes: &leaf_hashes });
            let Err(AppendError::Refused(StorageError::Poisoned { .. })) = again else {
                panic!("after a write in doubt the log took another: {again:?}")
            };
            assert!(matches!(log.publish(b"size 0", 0), Err(StorageError::Poisoned { .. })));
            assert!(matches!(log.maintain(), Err(StorageError::Poisoned { .. })));
            Err(cause)
        }
        Err(error @ AppendError::Conflict { .. }) => panic!("{error}"),
    }
}

/// Makes a log and fills it, reopening it twice; ends at the first error.
fn workload(io: &SimIo, model: &mut Model) -> Result<(), StorageError> {
    let mut log = LocalLog::create(Arc::new(io.clone()), Path::new(DIR), options())?;
    model.created = true;
    for number in 0..BATCHES {
        append(&log, model, number)?;
        if number % 3 == 2 {
            log.maintain()?;
        }
        if number == 13 || number == 25 {
            if number == 13 {
                log.close()?;
            }
            drop(log);
            log = LocalLog::open(Arc::new(io.clone()), Path::new(DIR), options())?;
        }
    }
    log.close()
}

/// Opens the log and compares it with the model; the model then knows how the doubtful batch ended.
fn check(io: &SimIo, model: &mut Model, context: &str) -> Option<LocalLog> {
    let log = match LocalLog::open(Arc::new(io.clone()), Path::new(DIR), options()) {
        Ok(log) => log,
        Err(StorageError::NotALedger { .. } | StorageError::Unfinished { .. }) if !model.created => return None,
        Err(StorageError::MissingHalf { .. }) if !model.created => {
            panic!("{context}: an unfinished log is called damaged")
        }
        Err(error) => panic!("{context}: {error}\nlast calls:\n{}", io.trace()),
    };
    let mut entries = Vec::new();
    let committed = log
        .check_all(&mut |_, entry, _| {
            entries.push(Arc::<[u8]>::from(entry));
            ControlFlow::Continue(())
        })
        .unwrap_or_else(|error| panic!("{context}: {error}"));
    let acknowledged = model.acknowledged.len();
    assert!(entries.len() >= acknowledged, "{context}: {acknowledged} acknowledged, {} there", entries.len());
    assert!(entries[..acknowledged] == model.acknowledged[..], "{context}: acknowledged entries changed");
    let more = &entries[acknowledged..];
    assert!(more.is_empty() || more == model.doubtful, "{context}: {} entries nobody appended", more.len());
    model.acknowledged.clone_from(&entries);
    model.doubtful.clear();
    let mut frontier = Frontier::new();
    frontier.extend(entries.iter().map(|entry| leaf_hash(entry)));
    assert_eq!(frontier.root(), committed.root, "{context}");
    if let Some(checkpoint) = log.stored_checkpoint().unwrap() {
        let size: u64 = String::from_utf8(checkpoint).unwrap()[5..].parse().unwrap();
        assert!(size <= committed.size, "{context}: the checkpoint is ahead of the log");
    }
    Some(log)
}

/// Recovers, goes on, loses power again without anything unsynced, and recovers once more.
fn recover_and_go_on(io: &SimIo, model: &mut Model, context: &str) {
    let Some(log) = check(io, model, context) else { return };
    for number in 100..103 {
        append(&log, model, number).unwrap_or_else(|error| panic!("{context}: after recovery: {error}"));
        log.maintain().unwrap_or_else(|error| panic!("{context}: after recovery: {error}"));
    }
    drop(log);
    io.power_loss(Survives::Nothing);
    drop(check(io, model, &format!("{context}, second recovery")));
}

fn calls_of_workload() -> u64 {
    let io = SimIo::new();
    let mut model = Model::default();
    workload(&io, &mut model).unwrap();
    let calls = io.calls();
    recover_and_go_on(&io, &mut model, "without a fault");
    println!("{} entries, {calls} calls", model.acknowledged.len());
    calls
}

#[test]
fn power_loss_at_every_call_loses_nothing_acknowledged_and_forks_nothing() {
    let calls = calls_of_workload();
    for at in 0..calls {
        for survives in [Survives::Nothing, Survives::Everything, Survives::Some(at), Survives::Some(!at)] {
            let io = SimIo::new();
            io.set_fault(Some(Fault { at, kind: Kind::PowerOff, sticky: true }));
            let mut model = Model::default();
            let _ = workload(&io, &mut model);
            io.power_loss(survives);
            recover_and_go_on(&io, &mut model, &format!("power loss at call {at}, {survives:?}"));
        }
    }
}

#[test]
fn power_loss_during_recovery_loses_nothing_either() {
    let calls = calls_of_workload();
    for at in (calls / 5..calls).step_by(41) {
        for again in 0.. {
            let io = SimIo::new();
            io.set_fault(Some(Fault { at, kind: Kind::PowerOff, sticky: true }));
            let mut model = Model::default();
            let _ = workload(&io, &mut model);
            io.power_loss(Survives::Some(at));
            let before = io.calls();
            io.set_fault(Some(Fault { at: before + again, kind: Kind::PowerOff, sticky: true }));
            let opened = LocalLog::open(Arc::new(io.clone()), Path::new(DIR), options());
            let finished = opened.is_ok();
            drop(opened);
            io.power_loss(Survives::Some(again));
            recover_and_go_on(&io, &mut model, &format!("power loss at call {at}, then at {again} of recovery"));
            if finished {
                break;
            }
        }
    }
}

fn fault_at_every_call(kind: Kind, sticky: bool) {
    let calls = calls_of_workload();
    for at in 0..calls {
        for loses_power in [false, true] {
            let io = SimIo::new();
            io.set_fault(Some(Fault { at, kind, sticky }));
            let mut model = Model::default();
            let _ = workload(&io, &mut model);
            let context = format!("{kind:?} at call {at}, sticky {sticky}, power loss {loses_power}");
            if loses_power {
                io.power_loss(Survives::Nothing);
            } else if sticky {
                // Still failing: it may refuse to open, but must not answer wrongly.
                if let Ok(log) = LocalLog::open(Arc::new(io.clone()), Path::new(DIR), options()) {
                    assert!(log.size() >= model.acknowledged.len() as u64, "{context}");
                }
            }
            io.set_fault(None);
            recover_and_go_on(&io, &mut model, &context);
        }
    }
}

#[test]
fn a_call_that_fails_once_stops_or_is_survived() {
    fault_at_every_call(Kind::Broken, false);
}

#[test]
fn a_disk_that_breaks_for_good_stops_the_log_and_forks_nothing() {
    fault_at_every_call(Kind::Broken, true);
}

#[test]
fn a_full_disk_stops_the_log_and_forks_nothing() {
    fault_at_every_call(Kind::Full, false);
    fault_at_every_call(Kind::Full, true);
}

#[test]
fn a_short_write_is_finished_or_stops_the_log() {
    fault_at_every_call(Kind::Short, false);
    fault_at_every_call(Kind::Short, true);
}
