//! Transparent Statements (RFC 9943): a Signed Statement that carries its receipts in the unprotected header, as
//! `394: [+ bstr]`. Receipts are not signed by the issuer, so they are split off before anything is recorded.

use super::{
    Statement,
    build::assemble,
    parse::{Sign1, sign1},
};
use crate::{
    codec::{
        CborError, CodecError, Result,
        cbor::{
            reader::{Reader, major},
            write,
        },
        text::{at_most, within},
    },
    event::limits::{ENTRY_BYTES_MAX, RECEIPT_BYTES_MAX, RECEIPTS_MAX},
};

const RECEIPTS: i64 = 394;
const PART: &str = "the receipts (label 394)";

/// A Transparent Statement of a bare one and its receipts, in the order given.
///
/// # Errors
/// Those of [`Statement::parse`] for the bare statement; [`CodecError::Empty`] and [`CodecError::Oversize`] for no
/// receipts, too many, or one too large.
pub fn attach_receipts(bare: &[u8], receipts: &[&[u8]]) -> Result<Vec<u8>> {
    let statement = Statement::parse(bare)?;
    count(receipts.len() as u64)?;
    let mut unprotected = Vec::new();
    write::head(&mut unprotected, major::MAP, 1);
    write::integer(&mut unprotected, RECEIPTS);
    write::head(&mut unprotected, major::ARRAY, receipts.len() as u64);
    for receipt in receipts {
        within("a receipt", receipt.len(), RECEIPT_BYTES_MAX)?;
        write::bytes(&mut unprotected, receipt);
    }
    Ok(assemble(statement.protected, &unprotected, statement.payload, statement.signature))
}

/// The bare statement, as the log records it, and the receipts that came with it; none when it is bare already.
///
/// # Errors
/// Those of [`Statement::parse`]; [`CodecError::UnprotectedNotEmpty`] when the unprotected header holds anything
/// but receipts; [`CodecError::Part`], [`CodecError::Empty`] and [`CodecError::Oversize`] for the receipts.
pub fn split_receipts(transparent: &[u8]) -> Result<(Vec<u8>, Vec<&[u8]>)> {
    at_most("the statement", transparent.len(), ENTRY_BYTES_MAX + RECEIPTS_MAX * (RECEIPT_BYTES_MAX + 8))?;
    let Sign1 { protected, unprotected, payload, signature } = sign1(transparent)?;
    let bare = assemble(protected, &[0xa0], payload, signature);
    Statement::parse(&bare)?;
    let receipts = if unprotected == [0xa0] { Vec::new() } else { parse_receipts(unprotected)? };
    Ok((bare, receipts))
}

fn parse_receipts(unprotected: &[u8]) -> Result<Vec<&[u8]>> {
    let part = |error: CborError| CodecError::Part { part: PART, error };
    let mut reader = Reader::new(unprotected);
    if reader.map().map_err(part)? != 1 || reader.integer().map_err(part)? != RECEIPTS {
        return Err(CodecError::UnprotectedNotEmpty);
    }
    let number = reader.array().map_err(part)?;
    count(number)?;
    (0..number)
        .map(|_| {
            let receipt = reader.bytes().map_err(part)?;
            within("a receipt", receipt.len(), RECEIPT_BYTES_MAX)?;
            Ok(receipt)
        })
        .collect()
}

fn count(receipts: u64) -> Result<()> {
    match receipts {
        0 => Err(CodecError::Empty(PART)),
        1.. if receipts <= RECEIPTS_MAX as u64 => Ok(()),
        _ => Err(CodecError::Oversize { what: PART, size: receipts, limit: RECEIPTS_MAX as u64, unit: "receipts" }),
    }
}
