//! Honest logs.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::{
    forge::Forgery,
    plugin_support::Guest,
    town::{Town, on_datasets},
};
use sagwan::{
    audit::{Reperformed, reperform},
    event::{Env, body::Stage},
    ledger::{Host, Verdict, Whole},
};
use std::path::Path;

/// More than now by an hour.
pub const AHEAD: i64 = 3_600_000;

pub fn audit(folder: &Path) -> Reperformed {
    let whole = Whole::open(folder, &Host::real()).unwrap();
    reperform(&whole, &mut |_, _| {}).unwrap()
}

/// A town with a validator that warns of what claims to be ahead of its time, and all outcomes: allowed, warned of,
/// refused by policy, by the lifecycle and in a batch. Each statement has a seal of its own.
pub fn lively() -> Town {
    lively_with(&Guest::honest())
}

pub fn lively_with(guest: &Guest) -> Town {
    let town = Town::new();
    let component = town.publish("clock", &guest.bytes());
    town.bind("clock", on_datasets(component, Stage::Warn));
    recorded(town.submit(town.dataset("fine@1", 0)));
    recorded(town.submit(town.dataset("ahead@1", AHEAD)));
    recorded(town.house.submit(&town.engineer, &[town.dataset("b1@1", 0), town.dataset("b2@1", AHEAD)]));
    let model = town.house.event("model/own@1", Some(Env::Prod), crate::town::model());
    refused(town.submit(model));
    let model = town.house.event("model/other@1", Some(Env::Prod), crate::town::model());
    refused(town.house.submit(&town.engineer, &[town.dataset("c@1", 0), model]));
    town.house.clock.advance(60_000);
    recorded(town.submit(town.dataset("later@1", 0)));
    town
}

fn recorded(verdict: Verdict) {
    assert!(matches!(verdict, Verdict::Recorded { .. }), "{verdict:?}");
}

fn refused(verdict: Verdict) {
    assert!(matches!(verdict, Verdict::Refused { denial: Some(_), .. }), "{verdict:?}");
}

#[test]
fn an_honest_log_comes_out_as_it_went_in() {
    let mut town = lively();
    let folder = town.house.close();
    let done = audit(&folder);
    assert_eq!((done.differences, done.unperformed), (Vec::new(), Vec::new()));
    assert_eq!((done.counts.denials, done.counts.verdicts), (2, 5));
    assert_eq!(done.counts.decisions, done.full.totals.events);
    // The same without a folder; and the forger's own work, before he lies.
    let again = Forgery::of(&folder);
    let entries: Vec<_> = again.entries().iter().map(|bytes| bytes.to_vec()).collect();
    let own: Vec<_> = again.items.iter().map(|item| item.bytes().to_vec()).collect();
    assert_eq!(entries, own);
    let again = again.audit().unwrap();
    assert_eq!((again.differences, again.unperformed, again.counts), (Vec::new(), Vec::new(), done.counts));
}
