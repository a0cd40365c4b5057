//! The local log on real files: what is appended is there after reopening, from the journal or from bundles, and the
//! files are those of C2SP.
#![expect(clippy::unwrap_used, reason = "a failed helper fails its test")]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use sagwan::merkle::{Frontier, Hash, NodeReader, TilePath, inclusion_proof, leaf_hash, verify_inclusion};
use sagwan::storage::io::RealIo;
use sagwan::storage::{AppendError, Batch, LocalLog, Log, LogOptions, StorageError};

const ORIGIN: &str = "example.org/log";

fn options() -> LogOptions {
    LogOptions { segment_bytes: 64 << 10, ..LogOptions::new(ORIGIN) }
}

fn entry(index: u64) -> Arc<[u8]> {
    let text = format!("entry {index} ").repeat(usize::try_from(index % 40).unwrap() + 1);
    text.into_bytes().into()
}

/// Appends `count` entries as one batch and publishes the size as the checkpoint.
fn append(log: &LocalLog, count: u64) -> Hash {
    let first = log.size();
    let entries: Vec<_> = (first..first + count).map(entry).collect();
    let leaf_hashes: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let batch = Batch { first, entries: &entries, leaf_hashes: &leaf_hashes };
    let committed = log.append(first, &batch).unwrap();
    assert_eq!(committed.size, first + count);
    log.publish(format!("checkpoint {}", committed.size).as_bytes(), committed.size).unwrap();
    committed.root
}

fn open(dir: &Path) -> Result<LocalLog, StorageError> {
    LocalLog::open(Arc::new(RealIo), dir, options())
}

fn root_of(size: u64) -> Hash {
    let mut frontier = Frontier::new();
    frontier.extend((0..size).map(|index| leaf_hash(&entry(index))));
    frontier.root()
}

#[test]
fn entries_nodes_and_tiles_survive_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let log = LocalLog::create(Arc::new(RealIo), dir.path(), options()).unwrap();
    for round in 0..300 {
        append(&log, 1 + round * 7 % 23);
        if round % 11 == 0 {
            log.maintain().unwrap();
        }
    }
    let size = log.size();
    assert_eq!(log.root(), root_of(size));
    log.close().unwrap();
    drop(log);
    let log = open(dir.path()).unwrap();
    assert_eq!((log.size(), log.root()), (size, root_of(size)));
    assert_eq!(log.stored_checkpoint().unwrap().unwrap(), format!("checkpoint {size}").as_bytes());
    let segments = std::fs::read_dir(dir.path().join("journal")).unwrap().count();
    assert!(segments <= 3, "{segments} journal segments for a log of {size} entries");
    let mut seen = 0;
    log.scan(0..u64::MAX, &mut |index, bytes| {
        assert_eq!((index, bytes), (seen, &*entry(seen)));
        seen += 1;
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(seen, size);
    for index in (0..size).step_by(97) {
        assert_eq!(log.entry(index).unwrap(), entry(index));
        let path = inclusion_proof(&log, index, size).unwrap();
        verify_inclusion(&log.node(0, index).unwrap(), index, size, &path, &log.root()).unwrap();
    }
    assert!(matches!(log.entry(size), Err(StorageError::NotFound { .. })));
    let mut checked = 0;
    log.check_all(&mut |_, _, _| {
        checked += 1;
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(checked, size);
}

#[test]
fn tiles_leave_only_when_published_and_static_files_are_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let log = LocalLog::create(Arc::new(RealIo), dir.path(), options()).unwrap();
    let tile = |path: &str| log.tile(&path.parse::<TilePath>().unwrap());
    append(&log, 300);
    let entries: Vec<_> = (300..1000).map(entry).collect();
    let leaf_hashes: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    log.append(300, &Batch { first: 300, entries: &entries, leaf_hashes: &leaf_hashes }).unwrap();
    assert!(matches!(tile("tile/0/001"), Err(StorageError::NotFound { .. })), "1000 entries, 300 published");
    assert!(matches!(tile("tile/0/001.p/45"), Err(StorageError::NotFound { .. })));
    let before = [tile("tile/0/001.p/44").unwrap(), tile("tile/entries/000").unwrap(), tile("tile/1/000.p/1").unwrap()];
    log.publish(b"more", 1000).unwrap();
    let full = tile("tile/0/001").unwrap();
    log.maintain().unwrap();
    assert_eq!(std::fs::read(dir.path().join("log/tile/0/001")).unwrap(), full);
    assert_eq!(tile("tile/0/001").unwrap(), full);
    assert_eq!(std::fs::read(dir.path().join("log/tile/entries/000")).unwrap(), before[1]);
    assert_eq!(tile("tile/entries/000").unwrap(), before[1]);
    assert_eq!(tile("tile/0/001.p/44").unwrap(), before[0], "a partial tile is a prefix of the full one");
    assert_eq!(tile("tile/1/000.p/1").unwrap(), before[2]);
    assert!(!dir.path().join("log/tile/0/003").exists(), "only full tiles become files");
}

#[test]
fn appends_are_checked_against_the_size() {
    let dir = tempfile::tempdir().unwrap();
    let log = LocalLog::create(Arc::new(RealIo), dir.path(), options()).unwrap();
    append(&log, 3);
    let entries = [entry(3)];
    let leaf_hashes = [leaf_hash(&entries[0])];
    let stale = Batch { first: 2, entries: &entries, leaf_hashes: &leaf_hashes };
    assert!(matches!(log.append(2, &stale), Err(AppendError::Conflict { expected: 2, actual: 3 })));
    assert!(matches!(log.append(3, &stale), Err(AppendError::Conflict { .. })));
    let empty = Batch { first: 3, entries: &[], leaf_hashes: &[] };
    assert!(matches!(log.append(3, &empty), Err(AppendError::Refused(StorageError::TooLarge { .. }))));
    assert_eq!(log.size(), 3);
    append(&log, 1);
}

#[test]
fn batches_far_above_a_segment_work() {
    let dir = tempfile::tempdir().unwrap();
    let log = LocalLog::create(Arc::new(RealIo), dir.path(), options()).unwrap();
    let large: Vec<Arc<[u8]>> = (0..140_u8).map(|byte| Arc::from(vec![byte; 60_000])).collect();
    for _ in 0..2 {
        let leaf_hashes: Vec<_> = large.iter().map(|entry| leaf_hash(entry)).collect();
        let first = log.size();
        log.append(first, &Batch { first, entries: &large, leaf_hashes: &leaf_hashes }).unwrap();
        append(&log, 5);
    }
    let (size, root) = (log.size(), log.root());
    log.maintain().unwrap();
    drop(log);
    let log = open(dir.path()).unwrap();
    assert_eq!((log.size(), log.root()), (size, root));
    assert_eq!(log.entry(145).unwrap(), large[0]);
}

#[test]
fn a_second_process_and_a_second_log_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = LocalLog::create(Arc::new(RealIo), dir.path(), options()).unwrap();
    append(&log, 3);
    let Err(StorageError::Locked { holder, .. }) = open(dir.path()) else { panic!("not locked") };
    assert!(holder.contains(&std::process::id().to_string()), "{holder}");
    drop(log);
    let create = LocalLog::create(Arc::new(RealIo), dir.path(), options());
    assert!(matches!(create, Err(StorageError::AlreadyExists { .. })));
    let other = LocalLog::open(Arc::new(RealIo), dir.path(), LogOptions::new("example.org/other"));
    assert!(matches!(other, Err(StorageError::WrongOrigin { .. })));
    assert_eq!(open(dir.path()).unwrap().size(), 3);
}

#[test]
fn a_missing_half_is_named() {
    let made = || {
        let dir = tempfile::tempdir().unwrap();
        let log = LocalLog::create(Arc::new(RealIo), dir.path(), options()).unwrap();
        for round in 0..12 {
            append(&log, 1000);
            if round % 4 == 0 {
                log.maintain().unwrap();
            }
        }
        log.close().unwrap();
        dir
    };
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(open(empty.path()), Err(StorageError::NotALedger { .. })));
    for half in ["journal", "log", "log/tile", "log/tile/0", "log/tile/entries", "checkpoint"] {
        let dir = made();
        let path = dir.path().join(half);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap()
        } else {
            std::fs::remove_file(path).unwrap()
        }
        let refusal = open(dir.path()).expect_err(half);
        assert!(refusal.is_damage(), "{half}: {refusal}");
        println!("without {half}: {refusal}");
    }
    let dir = made();
    for name in std::fs::read_dir(dir.path().join("journal")).unwrap() {
        std::fs::remove_file(name.unwrap().path()).unwrap();
    }
    let refusal = open(dir.path()).expect_err("an empty journal");
    assert!(matches!(refusal, StorageError::MissingHalf { .. }), "{refusal}");
}

#[test]
fn a_ledger_whose_making_was_interrupted_says_so() {
    for kept in [&["log"][..], &["log", "journal"]] {
        let dir = tempfile::tempdir().unwrap();
        for name in kept {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        assert!(matches!(open(dir.path()), Err(StorageError::Unfinished { .. })), "{kept:?}");
    }
}

/// Bytes that the files below a folder take, as allocated on the disk.
fn allocated(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() { allocated(&entry.path()) } else { metadata.blocks() * 512 }
        })
        .sum()
}

#[test]
#[ignore = "measures, and writes 700 MB: run alone, with --ignored --nocapture"]
fn size_and_start_of_a_million_records() {
    use std::time::{Duration, Instant};
    let records: u64 = std::env::var("SAGWAN_LOG_RECORDS").map_or(1_000_000, |text| text.parse().unwrap());
    let dir = tempfile::tempdir_in(".").unwrap();
    let log = LocalLog::create(Arc::new(RealIo), dir.path(), LogOptions::new(ORIGIN)).unwrap();
    let (mut appending, mut maintaining) = (Duration::ZERO, Duration::ZERO);
    while log.size() < records {
        let first = log.size();
        let entries: Vec<Arc<[u8]>> = (first..first + 257)
            .map(|index| {
                let mut bytes = [0_u8; 600];
                bytes.chunks_mut(32).zip(0_u64..).for_each(|(part, at)| {
                    part.copy_from_slice(&leaf_hash(&[index.to_be_bytes(), at.to_be_bytes()].concat())[..part.len()]);
                });
                Arc::from(bytes)
            })
            .collect();
        let leaf_hashes: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let start = Instant::now();
        log.append(first, &Batch { first, entries: &entries, leaf_hashes: &leaf_hashes }).unwrap();
        appending += start.elapsed();
        log.publish(b"a checkpoint", log.size()).unwrap();
        if first.is_multiple_of(257 * 20) {
            let start = Instant::now();
            log.maintain().unwrap();
            maintaining += start.elapsed();
        }
    }
    let size = log.size();
    println!("{:.2} µs a record in append", appending.as_micros() as f64 / size as f64);
    println!("{:.2} µs a record in maintain", maintaining.as_micros() as f64 / size as f64);
    println!("{:.3} of the entries' bytes while open", allocated(dir.path()) as f64 / (size * 600) as f64);
    log.close().unwrap();
    drop(log);
    println!("{:.3} of the entries' bytes closed", allocated(dir.path()) as f64 / (size * 600) as f64);
    for _ in 0..3 {
        let start = Instant::now();
        let log = open_usual(dir.path());
        println!("opened {} entries in {:?}", log.size(), start.elapsed());
    }
    let log = open_usual(dir.path());
    let start = Instant::now();
    log.check_all(&mut |_, _, _| ControlFlow::Continue(())).unwrap();
    println!("{:.2} µs a record in check_all", start.elapsed().as_micros() as f64 / size as f64);
    let start = Instant::now();
    for step in 0..1_000 {
        log.entry(step * 7_919 % size).unwrap();
    }
    println!("{:.1} µs for an entry anywhere", start.elapsed().as_micros() as f64 / 1_000.0);
}

fn open_usual(dir: &Path) -> LocalLog {
    LocalLog::open(Arc::new(RealIo), dir, LogOptions::new(ORIGIN)).unwrap()
}
