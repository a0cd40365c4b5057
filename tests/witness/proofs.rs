//! What leaves the ledger carries the cosignatures, and stays what it was for those who know no witness.

use crate::town::{NOW, Town, log_keys, round, witness};
use sagwan::{
    codec::tlog_proof::TlogProof,
    verify::{Witnesses, verify_tlog_proof},
};

#[test]
fn a_proof_is_made_under_the_newest_witnessed_checkpoint_that_covers_it() {
    let (town, one) = (Town::new(), witness("one", 50));
    let ledger = town.house.ledger();
    let old = town.dataset("a@1");
    round(&mut town.asker(&[one.section("one", "")], 1));
    let witnessed = town.size();
    let new = town.dataset("b@1");
    let policy = Witnesses::of(&[(one.verifier(), true)], 1).unwrap();
    let proof = ledger.tlog_proof(old).unwrap();
    let place = verify_tlog_proof(&ledger.record(old).unwrap().bytes, proof.as_bytes(), &log_keys()).unwrap();
    assert_eq!((place.index, place.size), (old, witnessed));
    let checkpoint = TlogProof::parse(proof.as_bytes()).unwrap().checkpoint;
    let cosigned = policy.judge(checkpoint.as_bytes(), &log_keys()).unwrap();
    assert_eq!((cosigned.is_met, cosigned.existed_by), (true, Some(NOW)));
    let proof = ledger.tlog_proof(new).unwrap();
    let place = verify_tlog_proof(&ledger.record(new).unwrap().bytes, proof.as_bytes(), &log_keys()).unwrap();
    assert_eq!((place.index, place.size), (new, town.size()));
    let checkpoint = TlogProof::parse(proof.as_bytes()).unwrap().checkpoint;
    let cosigned = policy.judge(checkpoint.as_bytes(), &log_keys()).unwrap();
    assert!(!cosigned.is_met && cosigned.clone().require().is_err() && cosigned.existed_by.is_none());
}
