//! What deciding reads costs beside reading alone. Nothing is asserted about time; run it to see:
//! `cargo test --release --test reads_cost -- --ignored --nocapture`

#[path = "common/house.rs"]
mod house;

use house::{author, dataset, found};
use sagwan::{
    decide::{Clearance, Reader},
    event::{Env, Kind, limits},
    ledger::{Asker, Clock, Query},
};
use std::{hint::black_box, time::Instant};

#[test]
#[ignore = "prints timings; run it by name in a release build"]
fn cost() {
    let folder = tempfile::tempdir().unwrap();
    let house = found(folder.path());
    let engineer = author("user:engineer", 9);
    house.enrol(&engineer, "role:data-engineer");
    for number in 0..limits::PAGE_RECORDS_MAX {
        house.record(&engineer, &[house.event(&format!("dataset/d{number}@1"), Some(Env::Dev), dataset(false))]);
    }
    let ledger = house.ledger();
    let query = Query { kind: Some(Kind::DatasetRegistered), limit: limits::PAGE_RECORDS_MAX, ..Query::default() };
    // Somebody else than the signer, so that every subject is asked for.
    let asker = Asker {
        reader: Reader::Actor("user:officer-1".parse().unwrap()),
        origin: "10.0.0.7".parse().unwrap(),
        purpose: None,
    };
    let (mut alone, mut decided) = (f64::MAX, f64::MAX);
    for _ in 0..20 {
        let start = Instant::now();
        let page = black_box(ledger.query(&query).unwrap());
        alone = alone.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let seen = black_box(ledger.as_reader(asker.clone()).query(&query).unwrap());
        decided = decided.min(start.elapsed().as_secs_f64());
        assert_eq!((page.records.len(), seen.value.records.len()), (query.limit, query.limit));
    }
    let page = ledger.query(&query).unwrap();
    let policy = ledger.policy().unwrap();
    let mut clearance =
        ledger.state(|state| Clearance::of(state, Some(policy), &asker.reader, house.clock.now())).unwrap();
    let mut rulings = f64::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        for record in &page.records {
            black_box(clearance.statement(&record.actor, &record.events));
        }
        rulings = rulings.min(start.elapsed().as_secs_f64());
    }
    println!("a page of {} records: {:.2} ms alone, {:.2} ms for a reader", query.limit, alone * 1e3, decided * 1e3);
    println!("a ruling on a record: {:.2} us", rulings * 1e6 / page.records.len() as f64);
}
