//! Checkpoints, growth and tlog-proofs.

use sagwan::{
    codec::{CodecError, checkpoint::Checkpoint, note::format_note},
    crypto::SecretKey,
    merkle::{MerkleError, TREE_SIZE_MAX, empty_root},
    verify::{Head, LogKeys, Verified, VerifyError, verify_checkpoint, verify_consistency, verify_tlog_proof},
};

use crate::{
    LOG, each_byte_changed, each_length_changed,
    fixture::{Fixture, ORIGIN, key},
    keys,
};

fn signed(origin: &str, size: u64, root: [u8; 32], log: &SecretKey) -> String {
    let text = Checkpoint { origin: origin.to_owned(), size, root }.format().unwrap();
    format_note(&text, &[Fixture::signer(log).sign(&text, 0)]).unwrap()
}

#[test]
fn a_checkpoint_gives_its_head() {
    for size in 0..=13 {
        let checkpoint = LOG.checkpoint(size);
        assert_eq!(verify_checkpoint(checkpoint.as_bytes(), &keys()), Ok(Head { size, root: LOG.root(size) }));
    }
}

#[test]
fn no_other_checkpoint_is_accepted() {
    let checkpoint = LOG.checkpoint(13).into_bytes();
    each_byte_changed(&checkpoint, |position, changed| {
        assert!(verify_checkpoint(changed, &keys()).is_err(), "byte {position}");
    });
    each_length_changed(&checkpoint, |changed| assert!(verify_checkpoint(changed, &keys()).is_err()));
}

/// While a rotation lasts the old key and the new one sign: either of them is enough, a bad one of them refuses all.
#[test]
fn after_a_rotation_either_key_verifies() {
    let (old, new) = (&LOG.log, key("new log"));
    let checkpoint = LOG.checkpoint_by(13, &[old, &new]);
    let head = Head { size: 13, root: LOG.root(13) };
    let both = LogKeys::new(ORIGIN, &[old.public().clone(), new.public().clone(), old.public().clone()]).unwrap();
    assert_eq!(both.verifiers().len(), 2, "a key given twice counts once");
    for pinned in [keys(), LogKeys::new(ORIGIN, &[new.public().clone()]).unwrap(), both.clone()] {
        assert_eq!(verify_checkpoint(checkpoint.as_bytes(), &pinned), Ok(head));
    }
    // The line of a key that is not pinned may say anything; no byte of it changes the head.
    let mut refused = 0;
    each_byte_changed(checkpoint.as_bytes(), |_, changed| match verify_checkpoint(changed, &both) {
        Ok(found) => assert_eq!(found, head),
        Err(_) => refused += 1,
    });
    assert!(refused > 500);
    let forged = signed(ORIGIN, 13, [7; 32], &key("forger"));
    assert!(matches!(
        verify_checkpoint(forged.as_bytes(), &both),
        Err(VerifyError::Checkpoint { error: CodecError::Unverified, .. })
    ));
}

#[test]
fn refused_checkpoints_say_why() {
    let other = signed("example.org/other", 13, LOG.root(13), &LOG.log);
    assert_eq!(
        verify_checkpoint(other.as_bytes(), &keys()),
        Err(VerifyError::Origin {
            what: "the checkpoint",
            expected: ORIGIN.to_owned(),
            found: "example.org/other".to_owned()
        })
    );
    let empty = signed(ORIGIN, 0, [0; 32], &LOG.log);
    assert_eq!(verify_checkpoint(empty.as_bytes(), &keys()), Err(VerifyError::EmptyRoot));
    let empty = signed(ORIGIN, 0, empty_root(), &LOG.log);
    assert_eq!(verify_checkpoint(empty.as_bytes(), &keys()), Ok(Head { size: 0, root: empty_root() }));
    let size = TREE_SIZE_MAX + 1;
    let large = signed(ORIGIN, size, [7; 32], &LOG.log);
    assert_eq!(
        verify_checkpoint(large.as_bytes(), &keys()),
        Err(VerifyError::Proof { what: "the checkpoint", error: MerkleError::SizeTooLarge { size } })
    );
    let swapped = LOG.checkpoint(13).replace(&signature(&LOG.checkpoint(13)), &signature(&LOG.checkpoint(12)));
    assert!(matches!(
        verify_checkpoint(swapped.as_bytes(), &keys()),
        Err(VerifyError::Checkpoint { error: CodecError::BadNoteSignature(_), .. })
    ));
    let message = verify_checkpoint(b"no note", &keys()).unwrap_err().to_string();
    assert!(message.starts_with("cannot read the checkpoint: "), "{message}");
}

fn signature(note: &str) -> String {
    note.lines().last().unwrap().to_owned()
}

#[test]
fn keys_are_pinned_by_origin() {
    let vkey = Fixture::signer(&LOG.log).vkey().to_string();
    let pinned = LogKeys::from_vkeys(ORIGIN, &[&vkey]).unwrap();
    assert!(verify_checkpoint(LOG.checkpoint(3).as_bytes(), &pinned).is_ok());
    assert_eq!(LogKeys::new(ORIGIN, &[]).unwrap_err(), VerifyError::NoKeys { origin: ORIGIN.to_owned() });
    assert!(matches!(LogKeys::from_vkeys("example.org/other", &[&vkey]), Err(VerifyError::Origin { .. })));
    assert!(matches!(LogKeys::from_vkeys(ORIGIN, &["nonsense"]), Err(VerifyError::PinnedKey { .. })));
    assert!(matches!(LogKeys::new("a b", &[LOG.public().clone()]), Err(VerifyError::PinnedKey { .. })));
}

#[test]
fn growth_is_proven_between_every_two_sizes() {
    for to in 0..=13 {
        for from in 0..=to {
            let (old, new) = (LOG.checkpoint(from), LOG.checkpoint(to));
            let path = LOG.consistency(from, to);
            let heads = verify_consistency(old.as_bytes(), new.as_bytes(), &path, &keys()).unwrap();
            assert_eq!(heads, (Head { size: from, root: LOG.root(from) }, Head { size: to, root: LOG.root(to) }));
            if from < to {
                let back = verify_consistency(new.as_bytes(), old.as_bytes(), &path, &keys());
                let error = MerkleError::SizeShrinks { from: to, to: from };
                assert_eq!(back, Err(VerifyError::Proof { what: "the consistency proof", error }));
            }
        }
    }
}

#[test]
fn a_fork_is_no_growth() {
    // The same log, had it recorded something else at index 5.
    let forked = signed(ORIGIN, 8, [7; 32], &LOG.log);
    for (old, new, from, to) in [(&forked, &LOG.checkpoint(13), 8, 13), (&LOG.checkpoint(5), &forked, 5, 8)] {
        let result = verify_consistency(old.as_bytes(), new.as_bytes(), &LOG.consistency(from, to), &keys());
        assert!(matches!(
            result,
            Err(VerifyError::Proof { what: "the consistency proof", error: MerkleError::RootMismatch { .. } })
        ));
    }
}

#[test]
fn a_tlog_proof_proves_one_entry_at_one_place() {
    for size in 1..=13 {
        for index in 0..size {
            let proof = LOG.tlog_proof(index, size);
            let entry = &LOG.entries[index as usize];
            let place = Verified { index, size, root: LOG.root(size) };
            assert_eq!(verify_tlog_proof(entry, proof.as_bytes(), &keys()), Ok(place));
            let other = &LOG.entries[(index as usize + 1) % 13];
            assert!(matches!(
                verify_tlog_proof(other, proof.as_bytes(), &keys()),
                Err(VerifyError::Proof { what: "the tlog-proof", .. })
            ));
        }
    }
}

#[test]
fn no_other_tlog_proof_is_accepted() {
    let (entry, proof) = (&LOG.entries[6], LOG.tlog_proof(6, 13).into_bytes());
    each_byte_changed(&proof, |position, changed| {
        assert!(verify_tlog_proof(entry, changed, &keys()).is_err(), "byte {position}");
    });
    each_length_changed(&proof, |changed| assert!(verify_tlog_proof(entry, changed, &keys()).is_err()));
    each_byte_changed(entry, |position, changed| {
        assert!(verify_tlog_proof(changed, &proof, &keys()).is_err(), "byte {position} of the entry");
    });
}
