//! What cannot be made again is listed, and nothing else is passed over for it.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::{
    forge::Forgery,
    honest::{AHEAD, audit, lively},
    plugin_support::Guest,
    town::{Town, on_datasets},
};
use sagwan::{
    audit::What,
    event::{
        Body, Digest, Outcome,
        body::{PluginPublished, PluginWorld, Stage, VerdictWord},
    },
    ledger::Verdict,
    policy::Bundle,
};
use std::path::Path;

fn whys(done: &sagwan::audit::Reperformed) -> Vec<(u64, &'static str, String)> {
    done.unperformed.iter().map(|one| (one.index, one.what, one.why.clone())).collect()
}

fn remove(folder: &Path, digest: &Digest) {
    let hex = hex::encode(digest.0);
    std::fs::remove_file(folder.join("blobs").join(&hex[..2]).join(hex)).unwrap();
}

#[test]
fn refused_bytes_that_are_erased_are_listed() {
    let mut town = lively();
    let folder = town.house.close();
    std::fs::remove_dir_all(folder.join("vault")).unwrap();
    let done = audit(&folder);
    assert_eq!((done.different, done.counts.denials), (0, 0));
    let whys = whys(&done);
    assert_eq!(whys.len(), 2);
    assert!(whys.iter().all(|(_, what, why)| *what == "denial" && why.contains("not kept")), "{whys:?}");
}

#[test]
fn a_component_that_is_gone_leaves_its_verdicts_to_the_log_and_all_else_is_compared() {
    let forgery = Forgery::of_town(lively());
    let folder = forgery.folder().to_owned();
    remove(&folder, &Digest(sha(&Guest::honest().bytes())));
    let done = audit(&folder);
    assert_eq!(done.differences, []);
    let whys = whys(&done);
    // Its publishing and binding cannot be looked at, nor what it said of the first event of the batch that was refused
    // for its second; its five verdicts are taken from the seals.
    let count = |name: &str| whys.iter().filter(|(_, what, _)| *what == name).count();
    assert_eq!((count("decision"), count("verdict"), count("denial"), whys.len()), (2, 5, 1, 8), "{whys:?}");
    assert!(whys.iter().all(|(.., why)| why.contains("sagwan plugin publish")), "{whys:?}");
    // A lie about the decision is still one.
    let mut lying = Forgery::of(&folder);
    let subject = "dataset/ahead@1".parse().unwrap();
    let at = lying.find(|event| event.subject == subject);
    lying.row(at).outcome = Outcome::Recorded;
    let done = lying.audit().unwrap();
    assert_eq!(
        done.differences.iter().map(|one| (one.index, one.what)).collect::<Vec<_>>(),
        [(at as u64, What::Decision)]
    );
}

fn sha(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

#[test]
fn a_policy_that_is_gone_is_listed_for_every_decision_under_it() {
    let mut town = lively();
    let folder = town.house.close();
    remove(&folder, &Digest(Bundle::embedded().digest().0));
    let done = audit(&folder);
    assert_eq!((done.different, done.counts.decisions), (0, 0));
    assert_eq!(done.not_reperformed, done.full.totals.statements + done.full.totals.denials);
    assert!(whys(&done).iter().all(|(.., why)| why.contains("policy bundle")));
}

#[test]
fn a_verdict_that_depended_on_the_machine_is_listed_and_its_decision_still_follows_from_it() {
    let mut town = Town::new();
    let bytes = Guest::honest().bytes();
    let component = town.publish("clock", &bytes);
    town.bind("clock", on_datasets(component, Stage::Enforce));
    town.house.reopen_after(|folder| remove(folder, &component));
    let verdict = town.submit(town.dataset("a@1", 0));
    let Verdict::Refused { denial: Some(denial), .. } = verdict else { panic!("{verdict:?}") };
    town.house.ledger().register_plugin(&bytes).unwrap();
    assert!(matches!(town.submit(town.dataset("b@1", 0)), Verdict::Recorded { .. }));
    let folder = town.house.close();
    let done = audit(&folder);
    assert_eq!(done.differences, []);
    assert_eq!(whys(&done).iter().map(|(index, what, _)| (*index, *what)).collect::<Vec<_>>(), [(denial, "verdict")]);
    // Whoever calls a rejection indeterminate to let it pass does not pass unseen.
    let mut forgery = Forgery::of_town(lively());
    let subject = "dataset/ahead@1".parse().unwrap();
    let at = forgery.find(|event| event.subject == subject);
    let row = forgery.row(at);
    (row.verdicts[0].verdict, row.verdicts[0].findings) = (VerdictWord::Indeterminate, None);
    let done = forgery.audit().unwrap();
    assert_eq!((done.different, done.not_reperformed), (0, 1), "{:?}", done.differences);
    row_must_follow(&mut forgery, at);
}

/// A host that gives plugins less than the contract: what that ends is listed, and the rest comes out as it went in.
#[test]
fn what_a_tightened_limit_ended_is_listed() {
    let mut town = Town::new();
    // Judges what is ahead of its time with more fuel than this host gives.
    let spin = "(local $n i32) (if (i64.gt_s (i64.load offset=64 (local.get $event)) (i64.load offset=56 (local.get $event)))
        (then (loop $l (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000000))))))";
    let honest = Guest::honest();
    let guest = Guest { main: format!("{spin} {}", honest.main), ..honest };
    let component = town.publish("clock", &guest.bytes());
    town.bind("clock", on_datasets(component, Stage::Warn));
    let here = sagwan::plugin::PluginConfig { fuel: 1_000_000, ..Default::default() };
    town.house.options.plugin = here.limits().unwrap();
    town.house.reopen();
    let indices = [("fine@1", 0), ("ahead@1", AHEAD)].map(|(name, ahead)| {
        let verdict = town.submit(town.dataset(name, ahead));
        let Verdict::Recorded { index, .. } = verdict else { panic!("{verdict:?}") };
        index
    });
    let verdicts = indices.map(|index| town.seal(index).table[0].verdicts[0].clone());
    assert_eq!(verdicts[0].verdict, VerdictWord::Accept);
    let fault = verdicts[1].fault.as_ref().map(|fault| fault.as_str());
    assert_eq!((verdicts[1].verdict, fault), (VerdictWord::Indeterminate, Some("fuel")));
    let folder = town.house.close();
    let done = audit(&folder);
    assert_eq!(done.differences, []);
    assert_eq!(
        whys(&done).iter().map(|(index, what, _)| (*index, *what)).collect::<Vec<_>>(),
        [(indices[1], "verdict")]
    );
}

/// The binding is fail-closed: an indeterminate verdict is held against the event all the same.
fn row_must_follow(forgery: &mut Forgery, at: usize) {
    let row = forgery.row(at);
    (row.decision, row.outcome) = (sagwan::event::Decision::Allow, Outcome::Recorded);
    let done = forgery.audit().unwrap();
    assert_eq!(done.differences.iter().map(|one| one.what).collect::<Vec<_>>(), [What::Decision]);
}

#[test]
fn what_was_refused_because_a_blob_was_not_there_is_listed() {
    let mut town = Town::new();
    let component = Digest(sha(&Guest::honest().bytes()));
    let body = PluginPublished { component, world: PluginWorld::Validator, capabilities: Vec::new() };
    let event = town.house.event("plugin/clock", None, Body::PluginPublished(body));
    let verdict = town.house.submit(&town.house.officers[0], &[event]);
    assert!(matches!(verdict, Verdict::Refused { denial: Some(_), .. }), "{verdict:?}");
    town.house.clock.advance(1_000);
    town.publish("clock", &Guest::honest().bytes());
    let folder = town.house.close();
    let done = audit(&folder);
    assert_eq!((done.different, done.not_reperformed), (0, 1));
    assert!(done.unperformed[0].why.starts_with("plugin-unavailable"), "{:?}", done.unperformed);
}

#[test]
fn a_flood_of_refusals_is_listed_by_its_sums() {
    let mut town = Town::new();
    let model =
        |n: u32| town.house.event(&format!("model/own@{n}"), Some(sagwan::event::Env::Prod), crate::town::model());
    let mut beyond = 0;
    for n in 0..200 {
        match town.submit(model(n)) {
            Verdict::Refused { denial, .. } => beyond += u64::from(denial.is_none()),
            other => panic!("{other:?}"),
        }
    }
    assert!(beyond > 0);
    town.house.clock.advance(61_000);
    town.submit(town.dataset("wakes@1", 0));
    let folder = town.house.close();
    let done = audit(&folder);
    assert_eq!(done.differences, []);
    assert_eq!(done.counts.denials, 200 - beyond);
    let whys = whys(&done);
    assert_eq!(whys.len(), 1);
    assert!(whys[0].2.contains(&format!("sums up {beyond} refusals")), "{whys:?}");
    assert_eq!(AHEAD, 3_600_000);
}
