//! Asking well-behaved witnesses, by the rules.

use crate::{
    stand::answer,
    town::{NOW, Town, copy_folder, log_keys, only, round, witness},
};
use sagwan::{
    ledger::COSIGNED,
    verify::{Witnesses, verify_checkpoint},
    witness::{Outcome, WitnessError},
};

#[test]
fn a_checkpoint_is_cosigned_kept_and_given_out() {
    let (town, one) = (Town::new(), witness("one", 50));
    let mut asker = town.asker(&[one.section("one", "")], 1);
    let size = town.size();
    let done = round(&mut asker);
    assert_eq!(*only(&done), Outcome::Cosigned { size, time: NOW });
    assert!(done.is_met && done.witnessed == Some(size));
    // The first time it is asked from size 0, without a proof.
    let asked = one.asked();
    assert!(asked.len() == 1 && asked[0].starts_with("old 0\n\n"), "{asked:?}");

    let ledger = town.house.ledger();
    let note = ledger.checkpoint(&ledger.head());
    assert_eq!(std::fs::read_to_string(town.folder().join(COSIGNED)).unwrap(), note);
    assert!(note.starts_with(&ledger.head().checkpoint) && note.len() > ledger.head().checkpoint.len());
    // Whoever knows the log's key only reads it as before.
    assert_eq!(verify_checkpoint(note.as_bytes(), &log_keys()).unwrap().size, size);
    let policy = Witnesses::of(&[(one.verifier(), true)], 1).unwrap();
    let cosigned = policy.judge(note.as_bytes(), &log_keys()).unwrap();
    assert!(cosigned.is_met && cosigned.existed_by == Some(NOW));

    // Nobody is asked again for what he cosigned.
    assert!(round(&mut asker).outcomes.is_empty() && one.asked().is_empty());
    // The next one comes with the proof from the last.
    town.dataset("a@1");
    one.set_now(NOW + 7);
    assert_eq!(*only(&round(&mut asker)), Outcome::Cosigned { size: town.size(), time: NOW + 7 });
    let asked = one.asked();
    assert!(asked.len() == 1 && asked[0].starts_with(&format!("old {size}\n")), "{asked:?}");
}

#[test]
fn what_was_cosigned_outlives_a_restart() {
    let (mut town, one, two) = (Town::new(), witness("one", 50), witness("two", 51));
    let sections = [one.section("one", ""), two.section("two", "")];
    two.tell(&answer("503 Busy", "text/plain", ""));
    let mut asker = town.asker(&sections, 2);
    assert!(!round(&mut asker).is_met);
    let size = town.size();
    drop(asker);
    town.house.reopen();
    // The one cosignature is at hand before anybody is asked.
    one.set_now(NOW + 100);
    let mut asker = town.asker(&sections, 2);
    let ledger = town.house.ledger();
    let first = Witnesses::of(&[(one.verifier(), true)], 1).unwrap();
    let judged = |note: String| first.judge(note.as_bytes(), &log_keys()).unwrap();
    assert_eq!(judged(ledger.checkpoint(&ledger.head())).existed_by, Some(NOW));
    // The first time everybody is asked; the earlier of two cosignatures stays.
    let done = round(&mut asker);
    assert_eq!((done.outcomes.len(), done.is_met), (2, true));
    let note = ledger.checkpoint(&ledger.head());
    assert_eq!((note.matches("witness.example/one").count(), judged(note).existed_by), (1, Some(NOW)));
    drop(asker);
    town.house.reopen();
    let ledger = town.house.ledger();
    assert_eq!(ledger.witnessed().unwrap().size, size);
    let policy = Witnesses::of(&[(one.verifier(), true), (two.verifier(), true)], 2).unwrap();
    assert!(policy.judge(ledger.checkpoint(&ledger.head()).as_bytes(), &log_keys()).unwrap().is_met);
}

#[test]
fn a_size_that_was_forgotten_is_learnt_from_the_witness() {
    let (town, one) = (Town::new(), witness("one", 50));
    let section = [one.section("one", "")];
    round(&mut town.asker(&section, 1));
    let old = town.size();
    std::fs::remove_dir_all(town.folder().join("witnesses")).unwrap();
    town.dataset("a@1");
    one.asked();
    assert!(round(&mut town.asker(&section, 1)).is_met);
    let asked = one.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].starts_with("old 0\n\n") && asked[1].starts_with(&format!("old {old}\n")), "{asked:?}");
}

#[test]
fn a_quorum_is_as_the_settings_say() {
    let town = Town::new();
    let stands = [witness("one", 50), witness("two", 51), witness("three", 52)];
    let sections =
        [stands[0].section("one", "required = true"), stands[1].section("two", ""), stands[2].section("three", "")];
    let round_without = |absent: &[usize]| {
        town.dataset(&format!("d{}@1", town.size()));
        absent.iter().for_each(|at| stands[*at].tell(&answer("500 Broken", "text/plain", "")));
        round(&mut town.asker(&sections, 2)).is_met
    };
    assert!(round_without(&[]));
    assert!(round_without(&[2]) && round_without(&[1]));
    assert!(!round_without(&[1, 2]), "the required one alone is not two");
    assert!(!round_without(&[0]), "two without the required one");
    let ledger = town.house.ledger();
    assert!(ledger.witnessed().unwrap().size < ledger.head().size);
}

#[test]
fn a_witness_that_does_not_know_us_is_told_of_and_left_alone_for_a_while() {
    let (town, one) = (Town::new(), witness("one", 50));
    one.state.lock().unwrap().origin = "another.example/log".into();
    let mut asker = town.asker(&[one.section("one", "")], 1);
    assert_eq!(*only(&round(&mut asker)), Outcome::UnknownLog);
    assert!(round(&mut asker).outcomes.is_empty(), "asked again at once");
    // Waits double from the interval.
    town.house.clock.advance(10_000);
    assert_eq!(*only(&round(&mut asker)), Outcome::UnknownLog);
    town.house.clock.advance(10_000);
    assert!(round(&mut asker).outcomes.is_empty());
    town.house.clock.advance(10_000);
    let mut state = one.state.lock().unwrap();
    state.origin = crate::house::ORIGIN.into();
    state.log = state.signer.verifier();
    drop(state);
    assert_eq!(*only(&round(&mut asker)), Outcome::UnknownKey);
    one.state.lock().unwrap().log = crate::town::log_verifier();
    town.house.clock.advance(600_000);
    assert!(round(&mut asker).is_met);
}

/// An old copy of the whole folder is put back: nothing in it says so, the witness does.
#[test]
fn an_old_copy_is_found_by_asking() {
    let (mut town, one) = (Town::new(), witness("one", 50));
    let section = [one.section("one", "")];
    round(&mut town.asker(&section, 1));
    let copy = town.copy();
    town.dataset("a@1");
    assert!(round(&mut town.asker(&section, 1)).is_met);
    let theirs = town.size();
    town.put_back(&copy);
    let mut asker = town.asker(&section, 1);
    let done = round(&mut asker);
    let Outcome::Ahead { size, proof: Some(path) } = only(&done) else { panic!("{done:?}") };
    assert_eq!(*size, theirs);
    // What is kept proves it to anybody with the log's key.
    assert_eq!(verify_checkpoint(&std::fs::read(path).unwrap(), &log_keys()).unwrap().size, theirs);
    drop(asker);
    // It goes on otherwise, past that size: the witness refuses, and shows why.
    for n in 0..3 {
        town.dataset(&format!("other@{n}"));
    }
    let done = round(&mut town.asker(&section, 1));
    assert!(matches!(only(&done), Outcome::Inconsistent { proof: Some(_) }), "{done:?}");
    // A server does not start on it.
    let refused = sagwan::witness::Service::start(
        town.house.ledger(),
        crate::town::settings(&section, 1),
        &sagwan::witness::Board::default(),
        false,
        |_| {},
    );
    assert!(matches!(refused, Err(WitnessError::Behind { .. })));
}

/// Only the log is put back: what is kept beside it says so, before anybody is asked.
#[test]
fn a_log_that_lost_what_was_cosigned_is_not_opened() {
    let (mut town, one) = (Town::new(), witness("one", 50));
    let section = [one.section("one", "")];
    let (folder, copy) = (town.folder(), town.copy());
    town.dataset("a@1");
    round(&mut town.asker(&section, 1));
    town.house.close();
    for kept in [COSIGNED, "witnesses"] {
        std::fs::rename(folder.join(kept), town.dir.path().join(kept)).unwrap();
    }
    std::fs::remove_dir_all(&folder).unwrap();
    copy_folder(&copy, &folder);
    std::fs::rename(town.dir.path().join(COSIGNED), folder.join(COSIGNED)).unwrap();
    let refused = sagwan::ledger::Ledger::open(&folder, &town.house.options, &town.house.host).err().unwrap();
    assert!(refused.to_string().contains("an old or another copy"), "{refused}");
    std::fs::remove_file(folder.join(COSIGNED)).unwrap();
    std::fs::rename(town.dir.path().join("witnesses"), folder.join("witnesses")).unwrap();
    town.house = crate::house::House::open(&town.folder(), &town.house);
    let refused = town.try_asker(&section, 1, false).err().unwrap();
    assert!(matches!(refused, WitnessError::Behind { .. }), "{refused}");
    town.try_asker(&section, 1, true).unwrap();
}

#[test]
fn a_damaged_file_of_cosignatures_is_named() {
    let (mut town, one) = (Town::new(), witness("one", 50));
    let section = [one.section("one", "")];
    round(&mut town.asker(&section, 1));
    let folder = town.house.close();
    let good = std::fs::read(folder.join(COSIGNED)).unwrap();
    for bad in [&b""[..], b"nonsense", &good[1..], &good[..good.len() / 2], &[0xff; 100]] {
        std::fs::write(folder.join(COSIGNED), bad).unwrap();
        let refused = sagwan::ledger::Ledger::open(&folder, &town.house.options, &town.house.host).err().unwrap();
        assert!(refused.to_string().contains("`cosigned`"), "{refused}");
    }
    // Without it the ledger opens, and has the same again from what is kept of the witness.
    std::fs::remove_file(folder.join(COSIGNED)).unwrap();
    town.house = crate::house::House::open(&folder, &town.house);
    assert!(town.house.ledger().witnessed().is_none());
    town.asker(&section, 1);
    assert_eq!(std::fs::read(folder.join(COSIGNED)).unwrap(), good);
}
