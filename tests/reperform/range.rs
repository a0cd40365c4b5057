//! Evidence of a range of time: made of a ledger, re-performed without one.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::{
    command::write,
    forge::Forgery,
    honest::lively,
    house::{ORIGIN, START_MS, key},
};
use sagwan::{
    audit::{RangeEvidence, Reperformed, is_range},
    event::{Bytes, Outcome, Timestamp},
    ledger::{Host, Whole},
    verify::LogKeys,
};
use std::path::Path;

const SECOND: i64 = 1_000;

fn make(ledger: &Path, since: i64, until: i64) -> RangeEvidence {
    let scratch = tempfile::tempdir().unwrap();
    let whole = Whole::open(ledger, &Host::real()).unwrap();
    let range = (Timestamp(since), Timestamp(until));
    RangeEvidence::make(&whole, range, scratch.path(), &Host::real(), &mut |_, _| {}).unwrap()
}

fn verify_as(evidence: &RangeEvidence, log: u8) -> Result<Reperformed, String> {
    let scratch = tempfile::tempdir().unwrap();
    let bytes = evidence.to_cbor().unwrap();
    assert!(is_range(&bytes));
    let evidence = RangeEvidence::from_cbor(&bytes).unwrap();
    let keys = LogKeys::new(ORIGIN, &[key(log).public().clone()]).unwrap();
    let verified = evidence.verify(&keys, scratch.path(), &Host::real(), &mut |_, _| {});
    verified.map(|(_, done)| done).map_err(|error| error.to_string())
}

fn verify(evidence: &RangeEvidence) -> Result<Reperformed, String> {
    verify_as(evidence, 200)
}

#[test]
fn a_range_is_re_performed_without_the_ledger() {
    let town = Forgery::of_town(lively());
    let (first, all) = (make(town.folder(), 0, START_MS + SECOND), make(town.folder(), 0, START_MS + 120 * SECOND));
    let second = make(town.folder(), START_MS + SECOND, START_MS + 120 * SECOND);
    assert_eq!(second.entries, all.entries);
    let (first, second, all) = (verify(&first).unwrap(), verify(&second).unwrap(), verify(&all).unwrap());
    for done in [&first, &second, &all] {
        assert_eq!((&done.differences, &done.unperformed), (&Vec::new(), &Vec::new()));
    }
    assert_eq!((all.counts.denials, all.counts.verdicts), (2, 5));
    assert_eq!((second.counts.decisions, second.counts.denials, second.counts.verdicts), (1, 0, 1));
    assert_eq!(first.counts.decisions + second.counts.decisions, all.counts.decisions);
    assert_eq!(all.full.size, town.items.len() as u64);
}

#[test]
fn what_is_taken_out_of_it_is_missed() {
    let town = Forgery::of_town(lively());
    let whole = make(town.folder(), 0, START_MS + SECOND);
    let changed = |change: &dyn Fn(&mut RangeEvidence)| {
        let mut evidence = whole.clone();
        change(&mut evidence);
        verify(&evidence)
    };
    assert_eq!(changed(&|_| {}).unwrap().not_reperformed, 0);
    assert_eq!(changed(&|evidence| evidence.refused.clear()).unwrap().not_reperformed, 2);
    assert!(changed(&|evidence| evidence.blobs.clear()).unwrap().not_reperformed > 10);
    // A batch off the end: the proof of growth is of another tree, and the range has no end.
    assert!(changed(&|evidence| evidence.entries.truncate(evidence.entries.len() - 2)).is_err());
    assert!(changed(&|evidence| drop(evidence.entries.remove(8))).is_err());
    assert!(changed(&|evidence| evidence.entries[8].0[40] ^= 1).is_err());
    let mut early = make(town.folder(), 0, START_MS);
    assert_eq!((early.entries.len(), verify(&early).unwrap().full.size), (2, 2));
    early.growth = Bytes(Vec::new());
    assert!(verify(&early).is_err(), "nothing shows that the signed tree begins so");
    let cut = changed(&|evidence| evidence.until = Timestamp(START_MS + 1_000 * SECOND));
    assert!(cut.is_ok(), "the whole signed tree is in it, whatever comes later is not of this head: {cut:?}");
    assert!(changed(&|evidence| evidence.origin = "sagwan.example/other".into()).is_err());
    assert!(verify_as(&whole, 201).is_err(), "another key than the log's");
}

#[test]
fn a_lie_within_a_range_is_found_offline() {
    let mut forgery = Forgery::of_town(lively());
    let subject = "dataset/ahead@1".parse().unwrap();
    let at = forgery.find(|event| event.subject == subject);
    forgery.row(at).outcome = Outcome::Recorded;
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("forged");
    write(&forgery, &ledger);
    let done = verify(&make(&ledger, 0, START_MS + SECOND)).unwrap();
    assert_eq!(done.differences.iter().map(|one| one.index).collect::<Vec<_>>(), [at as u64]);
}
