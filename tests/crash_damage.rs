//! Damage to the files of a whole ledger: `verify --full` reports it, or nothing is different; and a damaged index gives
//! the answers that it gave before, because it is made anew.
//!
//! `SAGWAN_DAMAGE_CASES` says how many cases are tried over journal, tiles, bundles and checkpoint.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed helper fails its test")]

#[path = "common/house.rs"]
mod house;
#[path = "crash/mutate.rs"]
mod mutate;
#[path = "crash/sim.rs"]
#[expect(dead_code, reason = "the tests of the log use the rest")]
mod sim;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use house::{START_MS, TestClock, author, dataset, event, found_with, founding, options};
use mutate::mutate;
use sagwan::event::{Env, Timestamp};
use sagwan::ledger::{Host, IndexKind, Ledger, Options, Query, Verdict, verify_full};
use sim::{Random, SimIo};

const DIR: &str = "/data/ledger";

fn host(io: &SimIo) -> Host {
    Host { io: Arc::new(io.clone()), clock: TestClock::at(START_MS), ..Host::real() }
}

/// Enrols an engineer and records that many datasets.
fn fill(ledger: &Ledger, numbers: std::ops::Range<usize>) {
    let (officer, engineer) = (author("user:officer-1", 1), author("user:dana", 10));
    let at = u64::try_from(START_MS / 1_000).unwrap();
    if numbers.start == 0 {
        let enrol = house::enrolment(&engineer, "role:data-engineer");
        assert!(matches!(ledger.admit(officer.sign(&enrol, at, None).unwrap()).unwrap(), Verdict::Recorded { .. }));
    }
    let statements = numbers.map(|number| {
        let subject = format!("dataset/d{number}@1");
        let event = event(Timestamp(START_MS), &subject, Some(Env::Dev), dataset(false));
        engineer.sign(&[event], at, None).unwrap()
    });
    for verdict in ledger.admit_all(statements.collect()).unwrap() {
        assert!(matches!(verdict, Verdict::Recorded { .. }), "{verdict:?}");
    }
}

#[test]
fn no_damage_to_a_ledger_goes_unnoticed() {
    let cases: u64 = std::env::var("SAGWAN_DAMAGE_CASES").map_or(240, |text| text.parse().unwrap());
    let io = SimIo::new();
    let officers = [author("user:officer-1", 1), author("user:officer-2", 2)];
    let mut ledger = Ledger::create(Path::new(DIR), founding(&officers), &options(), &host(&io)).unwrap();
    let mut old = BTreeMap::new();
    for part in 0..6 {
        fill(&ledger, part * 120..(part + 1) * 120);
        if part == 3 {
            ledger.close().unwrap();
            old = io.files().into_iter().collect();
            ledger = Ledger::open(Path::new(DIR), &options(), &host(&io)).unwrap();
        }
    }
    let head = ledger.head();
    ledger.close().unwrap();
    let (mut noticed, mut unchanged) = (0, 0);
    for seed in 0..cases {
        let copy = io.copy();
        let only =
            ["checkpoint", "/journal/", "/tile/", "/ledger/journal", "/log/"][usize::try_from(seed % 5).unwrap()];
        let Some(done) = mutate(&copy, &mut Random(seed), &old, only) else { continue };
        match verify_full(Path::new(DIR), &host(&copy), &mut |_, _| {}) {
            Err(_) => noticed += 1,
            Ok(report) => {
                assert_eq!((report.size, report.root.0), (head.size, head.root), "seed {seed}, {done}: undetected");
                // An older checkpoint of the same log says less, and nothing wrong; the unused end of the journal is
                // zeroed; a tile that the journal still covers is written again.
                let harmless = done.contains("an old version") && done.contains("checkpoint")
                    || done.contains("unused")
                    || done.contains("removed") && done.contains("/tile/");
                assert!(harmless, "seed {seed}, {done}: undetected");
                unchanged += 1;
            }
        }
    }
    println!("{noticed} noticed, {unchanged} without effect");
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn answers(ledger: &Ledger) -> Vec<Vec<u64>> {
    let ask = |query: Query| ledger.query(&query).unwrap().records.iter().map(|record| record.index).collect();
    let mut answers: Vec<Vec<u64>> = (0..300)
        .step_by(37)
        .map(|number| {
            let subject = Some(format!("dataset/d{number}@1").parse().unwrap());
            ask(Query { subject, limit: 20, ..Query::default() })
        })
        .collect();
    answers.push(ask(Query { actor: Some("user:dana".parse().unwrap()), limit: 500, ..Query::default() }));
    answers
}

#[test]
fn a_damaged_or_missing_index_is_made_anew_and_answers_the_same() {
    let cases: u64 = std::env::var("SAGWAN_DAMAGE_CASES").map_or(24, |text| text.parse::<u64>().unwrap() / 10);
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("made");
    let options = Options { index: IndexKind::Disk, stride_records: 64, ..Options::default() };
    let mut house = found_with(&made, options.clone(), Host::real());
    (0..4).for_each(|part| fill(house.ledger(), part * 80..(part + 1) * 80));
    let expected = answers(house.ledger());
    assert!(expected.iter().all(|answer| !answer.is_empty()));
    house.close();
    let mut random = Random(3);
    for case in 0..cases {
        let copy = dir.path().join(format!("case {case}"));
        copy_tree(&made, &copy);
        let files: Vec<PathBuf> = fs::read_dir(copy.join("index"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file() && fs::metadata(path).unwrap().len() > 0)
            .collect();
        let file = &files[usize::try_from(random.below(files.len() as u64)).unwrap()];
        let mut bytes = fs::read(file).unwrap();
        let at = usize::try_from(random.below(bytes.len() as u64)).unwrap();
        let done = match case % 4 {
            0 => {
                fs::remove_dir_all(copy.join("index")).unwrap();
                "the index removed".to_owned()
            }
            1 => {
                bytes.truncate(at);
                fs::write(file, bytes).unwrap();
                format!("{} cut to {at} bytes", file.display())
            }
            _ => {
                bytes[at] ^= 1 << random.below(8);
                fs::write(file, bytes).unwrap();
                format!("byte {at} of {} changed", file.display())
            }
        };
        let ledger = Ledger::open(&copy, &options, &house.host).unwrap_or_else(|error| panic!("{done}: {error}"));
        assert_eq!(answers(&ledger), expected, "{done}");
        drop(ledger);
        fs::remove_dir_all(&copy).unwrap();
    }
}
