//! Receipts (RFC 9942) and Transparent Statements (RFC 9943).

use super::{LogKeys, Verified, VerifyError};
use crate::{
    codec::{
        receipt::Receipt,
        statement::{Statement, split_receipts},
    },
    merkle,
};

const RECEIPT: &str = "the receipt";

/// Verifies that the log recorded a statement: the statement's leaf hash and the receipt's path lead to a root that a
/// pinned key signed. `statement` is the record: the Signed Statement with an empty unprotected header.
///
/// The signature of the statement itself is not judged: [`verify_statement`](super::verify_statement) does that.
///
/// # Errors
/// [`VerifyError::Unreadable`], [`VerifyError::Origin`], [`VerifyError::Audience`], [`VerifyError::UnknownKey`],
/// [`VerifyError::Algorithm`], [`VerifyError::Proof`], [`VerifyError::ReceiptSignature`].
pub fn verify_receipt(statement: &[u8], receipt: &[u8], keys: &LogKeys) -> Result<Verified, VerifyError> {
    let parsed =
        Statement::parse(statement).map_err(|error| VerifyError::Unreadable { what: "the statement", error })?;
    let receipt = Receipt::parse(receipt).map_err(|error| VerifyError::Unreadable { what: RECEIPT, error })?;
    keys.check_origin(RECEIPT, receipt.origin)?;
    if let Some(found) = parsed.aud.filter(|aud| *aud != keys.origin()) {
        return Err(VerifyError::Audience { expected: keys.origin().to_owned(), found: found.to_owned() });
    }
    check_signature(statement, &receipt, keys)
}

fn check_signature(statement: &[u8], receipt: &Receipt<'_>, keys: &LogKeys) -> Result<Verified, VerifyError> {
    let (index, size) = (receipt.leaf_index, receipt.tree_size);
    let among = "one of the log's pinned keys";
    let unknown = VerifyError::UnknownKey { what: RECEIPT, found: *receipt.kid, among };
    let key = keys.key(receipt.kid).ok_or(unknown)?;
    let expected = key.algorithm().cose();
    if receipt.alg != expected {
        return Err(VerifyError::Algorithm { what: RECEIPT, expected, found: receipt.alg });
    }
    let root = merkle::inclusion_root(&merkle::leaf_hash(statement), index, size, &receipt.path)
        .map_err(|error| VerifyError::Proof { what: RECEIPT, error })?;
    key.verify(&receipt.signed_bytes(&root), receipt.signature)
        .map_err(|error| VerifyError::ReceiptSignature { root, error })?;
    Ok(Verified { index, size, root })
}

/// A Transparent Statement that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transparent {
    /// The record: the Signed Statement without its receipts, as it stands in the log.
    pub statement: Vec<u8>,
    /// What each receipt of the pinned log proves, in their order; at least one.
    pub places: Vec<Verified>,
    /// Receipts of other logs, which were not judged.
    pub others: usize,
}

/// Verifies a Transparent Statement: every receipt that names the pinned log must hold, and there must be one. Receipts
/// of other logs are counted, not judged: each log has its own keys.
///
/// # Errors
/// [`VerifyError::Unreadable`], [`VerifyError::NoReceipt`], and those of [`verify_receipt`].
pub fn verify_transparent_statement(transparent: &[u8], keys: &LogKeys) -> Result<Transparent, VerifyError> {
    let unreadable = |error| VerifyError::Unreadable { what: "the Transparent Statement", error };
    let (statement, receipts) = split_receipts(transparent).map_err(unreadable)?;
    let mut places = Vec::with_capacity(receipts.len());
    let mut others = 0;
    for receipt in receipts {
        match verify_receipt(&statement, receipt, keys) {
            Ok(place) => places.push(place),
            Err(VerifyError::Origin { .. }) => others += 1,
            Err(error) => return Err(error),
        }
    }
    if places.is_empty() {
        return Err(VerifyError::NoReceipt { origin: keys.origin().to_owned(), others });
    }
    Ok(Transparent { statement, places, others })
}
