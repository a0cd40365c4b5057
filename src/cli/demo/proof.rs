//! The proof of one record, checked as an auditor would: with the record, its receipt and the log's public key, and no
//! ledger. Then the whole ledger.

use super::{cast::Cast, unexpected};
use crate::{
    audit::{Reperformed, reperform},
    cli::{failure::Done, ledger_failure, log_pub},
    codec::{receipt::Receipt, statement::attach_receipts},
    event::Digest,
    ledger::{Host, Ledger, Record, Whole},
    verify::{LogKeys, Verified, verify_checkpoint, verify_statement, verify_transparent_statement},
};
use std::path::Path;

/// One record, its receipt, and what was found in checking it.
pub struct Proof {
    /// The record.
    pub record: Record,
    /// The receipt's parts.
    pub receipt: ReceiptParts,
    /// Where the receipt proves the record to be.
    pub place: Verified,
    /// The signed tree head that it is under.
    pub checkpoint: String,
    /// What the verifier says when one bit of the record is turned.
    pub forged: String,
}

/// A receipt (RFC 9942), in parts.
pub struct ReceiptParts {
    /// Its bytes.
    pub bytes: usize,
    /// The log's key.
    pub kid: Digest,
    /// The path from the leaf to the root.
    pub path: Vec<Digest>,
}

/// Takes the record and its receipt out of the ledger, and checks them without it.
///
/// # Errors
/// When the proof does not hold, or a file cannot be read.
pub fn make(ledger: &Ledger, index: u64, cast: &Cast) -> Done<Proof> {
    let record = ledger.record(index).map_err(|error| ledger_failure::of(&error))?;
    let receipt = ledger.receipt(index).map_err(|error| ledger_failure::of(&error))?;
    // The key from the file that an auditor is given.
    let keys = log_pub::read(&ledger.folder().join(log_pub::FILE), None)?;
    let transparent = transparent(&record.bytes, &receipt)?;
    let checked =
        verify_transparent_statement(&transparent, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let place = *checked.places.first().ok_or_else(|| unexpected("no receipt of this log"))?;
    verify_statement(&checked.statement, cast.otto.key.public()).map_err(|error| ledger_failure::of_proof(&error))?;
    let checkpoint = ledger.head().checkpoint.clone();
    let head = verify_checkpoint(checkpoint.as_bytes(), &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    if (head.size, head.root) != (place.size, place.root) {
        return Err(unexpected("the receipt is under another tree head than the checkpoint"));
    }
    let forged = forge(&record.bytes, &receipt, &keys)?;
    let parts = Receipt::parse(&receipt).map_err(|error| unexpected(error.to_string()))?;
    let receipt = ReceiptParts {
        bytes: receipt.len(),
        kid: Digest(*parts.kid),
        path: parts.path.iter().copied().map(Digest).collect(),
    };
    Ok(Proof { record, receipt, place, checkpoint, forged })
}

fn transparent(statement: &[u8], receipt: &[u8]) -> Done<Vec<u8>> {
    attach_receipts(statement, &[receipt]).map_err(|error| unexpected(error.to_string()))
}

/// Turns the lowest bit of the last byte, which is the signature's, and lets the verifier judge it.
fn forge(statement: &[u8], receipt: &[u8], keys: &LogKeys) -> Done<String> {
    let mut forged = statement.to_vec();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    match verify_transparent_statement(&transparent(&forged, receipt)?, keys) {
        Ok(_) => Err(unexpected("the verifier took a forged record")),
        Err(error) => Ok(error.to_string()),
    }
}

/// Every byte, signature and seal again, and every decision.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn verify_all(folder: &Path, host: &Host) -> Done<Reperformed> {
    let whole = Whole::open(folder, host).map_err(|error| ledger_failure::of(&error))?;
    let done = reperform(&whole, &mut |_, _| {}).map_err(|error| ledger_failure::of(&error))?;
    match done.differences.first() {
        None => Ok(done),
        Some(one) => Err(unexpected(format!("record {} is decided otherwise now: {}", one.index, one.reperformed))),
    }
}
