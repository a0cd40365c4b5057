//! What a byte that rots, a file that is cut, swapped, old or gone does to the log: it is refused by name, or nothing is
//! different. The rules of the journal have a test each.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sagwan::merkle::{Hash, leaf_hash};
use sagwan::storage::{Batch, Committed, LocalLog, Log, LogOptions, StorageError};

use crate::mutate::mutate;
use crate::sim::{Random, SimIo};

const DIR: &str = "/data/ledger";
const SECTOR: usize = 512;

fn options() -> LogOptions {
    LogOptions { segment_bytes: 8 << 10, sync_threads: 1, ..LogOptions::new("example.org/log") }
}

fn open(io: &SimIo) -> Result<LocalLog, StorageError> {
    LocalLog::open(Arc::new(io.clone()), Path::new(DIR), options())
}

fn append(log: &LocalLog, seed: u64, count: u64, publish: bool) {
    let first = log.size();
    let mut random = Random(seed ^ first);
    let entries: Vec<Arc<[u8]>> = (0..count)
        .map(|_| (0..20 + random.below(60)).map(|_| random.next() as u8).collect::<Vec<u8>>().into())
        .collect();
    let leaf_hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let committed = log.append(first, &Batch { first, entries: &entries, leaf_hashes: &leaf_hashes }).unwrap();
    if publish {
        log.publish(format!("size {}", committed.size).as_bytes(), committed.size).unwrap();
    }
}

/// A log that stands in its journal only: four segments of frames of a few sectors each. Each frame's size and file.
fn journal_only() -> (SimIo, Vec<u64>) {
    let io = SimIo::new();
    let log = LocalLog::create(Arc::new(io.clone()), Path::new(DIR), options()).unwrap();
    let mut sizes = Vec::new();
    for _ in 0..20 {
        append(&log, 1, 20, false);
        sizes.push(log.size());
    }
    log.close().unwrap();
    drop(log);
    (io, sizes)
}

fn segments(io: &SimIo) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = io.files();
    files.retain(|(path, _)| path.extension().is_some_and(|extension| extension == "journal"));
    files
}

/// Numbers of the sectors in which frames begin, and the first free sector.
fn frames(segment: &[u8]) -> (Vec<usize>, usize) {
    let kinds: Vec<u8> = segment.chunks(SECTOR).map(|sector| sector[SECTOR - 1]).collect();
    let starts = (0..kinds.len()).filter(|sector| kinds[*sector] == 0x33).collect();
    (starts, kinds.iter().position(|kind| *kind == 0).unwrap_or(kinds.len()))
}

fn zero(io: &SimIo, path: &Path, sector: usize) {
    io.damage(path, |bytes| bytes[sector * SECTOR..(sector + 1) * SECTOR].fill(0));
}

/// The log must be refused for damage in this file at this sector, and every file must stay as it is.
fn assert_refused(io: &SimIo, path: &Path, sector: usize, why: &str) {
    let before = io.files();
    let refusal = open(io).expect_err(why);
    let StorageError::Damaged { path: named, offset, .. } = &refusal else { panic!("{why}: {refusal}") };
    assert_eq!((named.as_path(), *offset), (path, (sector * SECTOR) as u64), "{why}: {refusal}");
    let text = refusal.to_string();
    assert!(text.contains("restore") && text.contains(&path.display().to_string()), "{why}: {text}");
    let after: Vec<_> = io.files().into_iter().filter(|(path, _)| !path.ends_with("lock")).collect();
    assert_eq!(before, after, "{why}: something was changed");
}

#[test]
fn an_incomplete_sector_in_the_last_frame_is_a_torn_write() {
    let (made, sizes) = journal_only();
    let (path, bytes) = segments(&made).pop().unwrap();
    let (starts, end) = frames(&bytes);
    let last = *starts.last().unwrap();
    assert!(end - last >= 2);
    for sector in last..end {
        for keep in [0, 1, 300, 511] {
            let io = made.copy();
            io.damage(&path, |bytes| bytes[sector * SECTOR + keep..(sector + 1) * SECTOR].fill(0));
            let log = open(&io).unwrap();
            assert_eq!(log.size(), sizes[sizes.len() - 2], "sector {sector} of {last}..{end}, {keep} bytes written");
            let free = &segments(&io).pop().unwrap().1[last * SECTOR..];
            assert!(free.iter().all(|byte| *byte == 0), "what was torn is zero again");
            append(&log, 7, 3, false);
            drop(log);
            assert_eq!(open(&io).unwrap().size(), sizes[sizes.len() - 2] + 3);
        }
    }
}

#[test]
fn a_bad_sector_in_the_last_frame_is_damage() {
    let (made, _) = journal_only();
    let (path, bytes) = segments(&made).pop().unwrap();
    let (starts, end) = frames(&bytes);
    for sector in *starts.last().unwrap()..end {
        for byte in [0, 3, 4, 200, 510] {
            let io = made.copy();
            io.damage(&path, |bytes| bytes[sector * SECTOR + byte] ^= 4);
            assert_refused(&io, &path, sector, "a flipped bit in the last frame");
        }
        let io = made.copy();
        io.damage(&path, |bytes| bytes[(sector + 1) * SECTOR - 1] ^= 4);
        assert_refused(&io, &path, sector, "a flipped bit in a sector's kind");
    }
}

#[test]
fn an_incomplete_or_bad_sector_before_a_later_frame_is_damage() {
    let (made, _) = journal_only();
    for (path, bytes) in &segments(&made)[1..] {
        let (starts, _) = frames(bytes);
        for pair in starts.windows(2) {
            for sector in pair[0]..pair[1] {
                let io = made.copy();
                io.damage(path, |bytes| bytes[sector * SECTOR + 77] ^= 1);
                assert_refused(&io, path, sector, "a flipped bit before a later frame");
                let io = made.copy();
                zero(&io, path, sector);
                assert_refused(&io, path, sector, "an empty sector before a later frame");
            }
        }
        let io = made.copy();
        for sector in starts[0]..starts[1] {
            zero(&io, path, sector);
        }
        assert_refused(&io, path, starts[0], "a whole frame gone before a later one");
    }
}

#[test]
fn an_incomplete_sector_before_a_later_segment_is_damage() {
    let (made, _) = journal_only();
    let (path, bytes) = &segments(&made)[1];
    let (starts, end) = frames(bytes);
    let last = *starts.last().unwrap();
    for sector in last..end {
        let io = made.copy();
        zero(&io, path, sector);
        let why = "an empty sector in the last frame of a segment that another follows";
        assert_refused(&io, path, last, why);
    }
    let io = made.copy();
    for sector in last..end {
        zero(&io, path, sector);
    }
    let refusal = open(&io).expect_err("the last frame of a segment that another follows is gone");
    assert!(matches!(refusal, StorageError::Gap { .. }), "{refusal}");
}

#[test]
fn sectors_that_are_swapped_or_from_elsewhere_are_damage() {
    let (made, _) = journal_only();
    let all = segments(&made);
    let (path, bytes) = &all[1];
    let (starts, _) = frames(bytes);
    let (first, second) = (starts[0], starts[1]);
    for (one, other) in [(first, second), (first + 1, second + 1), (first + 1, first + 2)] {
        let io = made.copy();
        io.damage(path, |bytes| {
            let (low, high) = bytes.split_at_mut(other * SECTOR);
            low[one * SECTOR..(one + 1) * SECTOR].swap_with_slice(&mut high[..SECTOR]);
        });
        assert_refused(&io, path, one, "two sectors in each other's place");
    }
    let io = made.copy();
    io.damage(path, |bytes| bytes[first * SECTOR..][..SECTOR].copy_from_slice(&all[2].1[first * SECTOR..][..SECTOR]));
    assert_refused(&io, path, first, "a sector from the same place of another segment");
    for from in [0, 2] {
        let io = made.copy();
        io.damage(path, |bytes| bytes.clone_from(&all[from].1));
        assert_refused(&io, path, 0, "another segment under this name");
    }
}

#[test]
fn a_segment_that_is_gone_cut_or_of_another_history_is_refused() {
    let (made, _) = journal_only();
    let all = segments(&made);
    let io = made.copy();
    io.damage(&all[1].0, |bytes| bytes.truncate(bytes.len() - SECTOR));
    assert_refused(&io, &all[1].0, 0, "a segment one sector shorter");
    let io = made.copy();
    io.damage(&all[1].0, |bytes| bytes.truncate(bytes.len() - 1));
    assert!(open(&io).expect_err("a segment one byte shorter").is_damage());
    let io = made.copy();
    sagwan::storage::io::Io::remove(&io, &all[1].0).unwrap();
    let refusal = open(&io).expect_err("a segment that is gone");
    assert!(matches!(refusal, StorageError::Gap { .. }), "{refusal}");
    let io = made.copy();
    sagwan::storage::io::Io::remove(&io, &all[0].0).unwrap();
    let refusal = open(&io).expect_err("the first segment is gone");
    assert!(matches!(refusal, StorageError::MissingHalf { .. }), "{refusal}");
    // A log of the same origin and shape with other entries.
    let other = SimIo::new();
    let log = LocalLog::create(Arc::new(other.clone()), Path::new(DIR), options()).unwrap();
    (0..20).for_each(|_| append(&log, 1, 20, false));
    drop(log);
    let log = SimIo::new();
    let fork = LocalLog::create(Arc::new(log.clone()), Path::new(DIR), options()).unwrap();
    append(&fork, 2, 20, false);
    (1..20).for_each(|_| append(&fork, 1, 20, false));
    drop(fork);
    let (ours, theirs) = (segments(&other), segments(&log));
    let named = (1..ours.len()).find(|at| theirs.iter().any(|(path, _)| *path == ours[*at].0)).unwrap();
    let theirs = &theirs.iter().find(|(path, _)| *path == ours[named].0).unwrap().1;
    other.damage(&ours[named].0, |bytes| bytes.clone_from(theirs));
    assert_refused(&other, &ours[named].0, 0, "a segment of another history");
}

/// A log with `entries` entries, most of them in tiles, and a copy of its files from halfway.
fn tiled(batches: u64, count: u64) -> (SimIo, BTreeMap<PathBuf, Vec<u8>>) {
    let io = SimIo::new();
    let log = LocalLog::create(Arc::new(io.clone()), Path::new(DIR), options()).unwrap();
    let mut old = BTreeMap::new();
    for batch in 0..batches {
        append(&log, 3, count, true);
        if batch % 4 == 3 {
            log.maintain().unwrap();
        }
        if batch == batches / 2 {
            old = io.files().into_iter().collect();
        }
    }
    log.close().unwrap();
    drop(log);
    (io, old)
}

enum Seen {
    AtOpening,
    InFull,
    Unchanged,
    /// The log lost its end: whoever knows a checkpoint notices.
    Behind,
}

fn look(io: &SimIo, whole: Committed) -> Result<Seen, String> {
    let Ok(log) = open(io) else { return Ok(Seen::AtOpening) };
    // The ledger compares the log with its checkpoint; here the file may be the damaged one.
    if log.size() < whole.size {
        return Ok(Seen::Behind);
    }
    let mut last = 0;
    let checked = log.check_all(&mut |index, _, _| {
        last = index;
        ControlFlow::Continue(())
    });
    match checked {
        Err(_) => Ok(Seen::InFull),
        Ok(found) if found == whole && last + 1 == whole.size => Ok(Seen::Unchanged),
        Ok(found) => Err(format!("{found:?} instead of {whole:?}")),
    }
}

/// Whether a file that is gone is made anew from the journal, with the same bytes.
fn is_written_again(io: &SimIo, made: &SimIo, whole: Committed) -> bool {
    let log = open(io).unwrap();
    log.publish(format!("size {}", whole.size).as_bytes(), whole.size).unwrap();
    log.maintain().unwrap();
    let of_log = |io: &SimIo| -> Vec<_> {
        io.files().into_iter().filter(|(path, _)| path.to_string_lossy().contains("/tile/")).collect()
    };
    of_log(io) == of_log(made)
}

fn cases(made: &SimIo, old: &BTreeMap<PathBuf, Vec<u8>>, seeds: std::ops::Range<u64>, only: &str) {
    let whole = {
        let log = open(&made.copy()).unwrap();
        Committed { size: log.size(), root: log.root() }
    };
    let (mut opening, mut full, mut unchanged, mut behind) = (0, 0, 0, 0);
    for seed in seeds {
        let io = made.copy();
        let Some(done) = mutate(&io, &mut Random(seed), old, only) else { continue };
        match look(&io, whole) {
            Ok(Seen::AtOpening) => opening += 1,
            Ok(Seen::InFull) => full += 1,
            Ok(Seen::Behind) => behind += 1,
            Ok(Seen::Unchanged) => {
                // A bit in the unused end of the journal, which recovery zeroes; or the checkpoint, which means
                // nothing at this level.
                let harmless = done.contains("unused")
                    || done.contains("checkpoint")
                    || done.contains("removed") && is_written_again(&io, made, whole);
                assert!(harmless, "seed {seed}, {done}: undetected");
                unchanged += 1;
            }
            Err(wrong) => panic!("seed {seed}, {done}: served {wrong}"),
        }
    }
    println!(
        "{only}: {opening} refused at opening, {full} found in full, {behind} short of the checkpoint, {unchanged} without effect"
    );
}

#[test]
fn no_damage_to_journal_tiles_or_bundles_goes_unnoticed() {
    let (made, old) = tiled(41, 37);
    cases(&made, &old, 0..700, "");
    cases(&made, &old, 1_000..1_700, "/journal/");
    cases(&made, &old, 2_000..2_700, "/tile/");
}

#[test]
fn no_damage_to_upper_tiles_goes_unnoticed() {
    let (made, old) = tiled(40, 1_700);
    assert!(made.files().iter().any(|(path, _)| path.ends_with("log/tile/1/000")));
    cases(&made, &old, 0..12, "/tile/1/");
    cases(&made, &old, 100..112, "/tile/0/");
}
