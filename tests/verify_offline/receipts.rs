//! Receipts and Transparent Statements.

use sagwan::{
    codec::{receipt::UnsignedHead, statement::attach_receipts},
    crypto::{Algorithm, SecretKey},
    merkle::leaf_hash,
    verify::{LogKeys, Transparent, Verified, VerifyError, verify_receipt, verify_transparent_statement},
};

use crate::{
    LOG, each_byte_changed, each_length_changed,
    fixture::{ORIGIN, key, statement},
    keys,
};

/// The receipt of a log that has nothing but this one record.
fn lonely_receipt(record: &[u8], log: &SecretKey, origin: &str) -> Vec<u8> {
    let (kid, root) = (log.public().thumbprint(), leaf_hash(record));
    let head = UnsignedHead { alg: Algorithm::Ed25519.cose(), kid: &kid, origin, size: 1, root: &root };
    head.sign(|bytes| log.sign(bytes)).unwrap().receipt(0, &[]).unwrap()
}

#[test]
fn a_receipt_proves_one_statement_at_one_place() {
    for size in 1..=13 {
        for index in 0..size {
            let receipt = LOG.receipt(index, size);
            let place = Verified { index, size, root: LOG.root(size) };
            assert_eq!(verify_receipt(&LOG.entries[index as usize], &receipt, &keys()), Ok(place));
            let other = &LOG.entries[(index as usize + 1) % 13];
            assert!(matches!(verify_receipt(other, &receipt, &keys()), Err(VerifyError::ReceiptSignature { .. })));
        }
    }
}

/// Among them the changes of size and index that leave the root as it is: RFC 9942 signs the root alone.
#[test]
fn no_other_receipt_is_accepted() {
    for (index, size) in [(0, 1), (0, 3), (2, 3), (6, 13), (12, 13)] {
        let (record, receipt) = (&LOG.entries[index as usize], LOG.receipt(index, size));
        each_byte_changed(&receipt, |position, changed| {
            let result = verify_receipt(record, changed, &keys());
            assert!(result.is_err(), "byte {position} of the receipt for {index} in {size}: {result:?}");
        });
        each_length_changed(&receipt, |changed| assert!(verify_receipt(record, changed, &keys()).is_err()));
    }
}

#[test]
fn no_other_statement_has_the_receipt() {
    let (record, receipt) = (&LOG.entries[6], LOG.receipt(6, 13));
    each_byte_changed(record, |position, changed| {
        assert!(verify_receipt(changed, &receipt, &keys()).is_err(), "byte {position} of the statement");
    });
    each_length_changed(record, |changed| assert!(verify_receipt(changed, &receipt, &keys()).is_err()));
}

#[test]
fn refused_receipts_say_why() {
    let record = &LOG.entries[0];
    let other = lonely_receipt(record, &LOG.log, "example.org/other");
    assert!(matches!(
        verify_receipt(record, &other, &keys()),
        Err(VerifyError::Origin { what: "the receipt", found, .. }) if found == "example.org/other"
    ));
    let stranger = key("stranger");
    let forged = lonely_receipt(record, &stranger, ORIGIN);
    assert!(matches!(
        verify_receipt(record, &forged, &keys()),
        Err(VerifyError::UnknownKey { found, .. }) if found == stranger.public().thumbprint()
    ));
    let pinned = LogKeys::new(ORIGIN, &[LOG.public().clone(), stranger.public().clone()]).unwrap();
    assert!(verify_receipt(record, &forged, &pinned).is_ok(), "either pinned key may have signed");

    let (kid, root) = (LOG.public().thumbprint(), leaf_hash(record));
    let elliptic = UnsignedHead { alg: -7, kid: &kid, origin: ORIGIN, size: 1, root: &root };
    let elliptic = elliptic.sign(|bytes| LOG.log.sign(bytes)).unwrap().receipt(0, &[]).unwrap();
    assert_eq!(
        verify_receipt(record, &elliptic, &keys()),
        Err(VerifyError::Algorithm { what: "the receipt", expected: -8, found: -7 })
    );

    let misdirected = statement(&LOG.actor, 0, Some("example.org/other"));
    let receipt = lonely_receipt(&misdirected, &LOG.log, ORIGIN);
    assert!(matches!(
        verify_receipt(&misdirected, &receipt, &keys()),
        Err(VerifyError::Audience { found, .. }) if found == "example.org/other"
    ));
    let for_any_log = statement(&LOG.actor, 0, None);
    assert!(verify_receipt(&for_any_log, &lonely_receipt(&for_any_log, &LOG.log, ORIGIN), &keys()).is_ok());

    let message = verify_receipt(record, &LOG.receipt(1, 13), &keys()).unwrap_err().to_string();
    assert!(message.contains("do not belong together"), "{message}");
    let message = verify_receipt(&LOG.transparent(0, 13), &LOG.receipt(0, 13), &keys()).unwrap_err().to_string();
    assert!(message.starts_with("cannot read the statement: "), "{message}");
}

#[test]
fn a_transparent_statement_carries_its_proof() {
    let transparent = LOG.transparent(6, 13);
    let place = Verified { index: 6, size: 13, root: LOG.root(13) };
    let verified = verify_transparent_statement(&transparent, &keys()).unwrap();
    assert_eq!(verified, Transparent { statement: LOG.entries[6].clone(), places: vec![place], others: 0 });
    each_byte_changed(&transparent, |position, changed| {
        assert!(verify_transparent_statement(changed, &keys()).is_err(), "byte {position}");
    });
    each_length_changed(&transparent, |changed| assert!(verify_transparent_statement(changed, &keys()).is_err()));
}

#[test]
fn receipts_of_other_logs_are_counted_and_ours_must_all_hold() {
    let record = &LOG.entries[6];
    let (ours, later) = (LOG.receipt(6, 7), LOG.receipt(6, 13));
    let other = lonely_receipt(record, &key("other"), "example.org/other");
    let attach = |receipts: &[&[u8]]| attach_receipts(record, receipts).unwrap();
    let verified = verify_transparent_statement(&attach(&[&other, &ours, &later]), &keys()).unwrap();
    assert_eq!((verified.places.len(), verified.others), (2, 1));
    for receipts in [&[&other[..]][..], &[]] {
        let alone = if receipts.is_empty() { record.clone() } else { attach(receipts) };
        let none = VerifyError::NoReceipt { origin: ORIGIN.to_owned(), others: receipts.len() };
        assert_eq!(verify_transparent_statement(&alone, &keys()), Err(none));
    }
    let wrong = LOG.receipt(5, 13);
    assert!(matches!(
        verify_transparent_statement(&attach(&[&ours, &wrong]), &keys()),
        Err(VerifyError::ReceiptSignature { .. })
    ));
}
