//! Evidence of a range of time: written from a ledger, and re-performed offline.

use super::{Args, Report, file, keys, reperform};
use crate::{
    audit::{RangeError, RangeEvidence},
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure, Kind},
        ledger_failure, open,
        plugin::compiled_folder,
        when,
    },
    event::{Digest, Timestamp, limits},
    ledger::Whole,
};
use std::path::Path;

fn failure(error: &RangeError) -> Failure {
    match error {
        RangeError::Ledger(error) => ledger_failure::of(error),
        RangeError::Verify(error) => ledger_failure::of_proof(error),
        other => ledger_failure::split(Kind::Verification, &other.to_string(), "do not rely on it: ask for it again"),
    }
}

/// The range of time that the arguments name: from, and up to.
pub(super) fn span(context: &Context, args: &Args) -> Done<(Timestamp, Timestamp)> {
    // One now for both: the same span twice is the same moment.
    let now = context.now();
    let time =
        |text: &Option<String>, other: Timestamp| text.as_deref().map_or(Ok(other), |text| when::parse(text, now));
    let (since, until) = (time(&args.since, Timestamp(0))?, time(&args.until, now.plus_ms(1))?);
    if since < until {
        return Ok((since, until));
    }
    let what = format!("--since {since} is not before --until {until}: nothing is in that range");
    Err(Failure::usage(what, "give a --since that was, and a later --until"))
}

/// Writes a range of time.
pub(super) fn save(context: &Context, span: (Timestamp, Timestamp), whole: &Whole, path: &Path) -> Done {
    let bar = context.printer.progress("saving", 0);
    let made = RangeEvidence::make(whole, span, &compiled_folder(), &open::host(), &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let evidence = made.map_err(|error| failure(&error))?;
    let bytes = evidence.to_cbor().map_err(|error| failure(&error))?;
    std::fs::write(path, &bytes).map_err(|error| Failure::io("write", path, &error))?;
    context.printer.note(&format!(
        "{} entries and {} blobs, {} bytes, stand in {}: it holds every statement up to then, so give it to nobody who may not read them",
        evidence.entries.len(),
        evidence.blobs.len(),
        bytes.len(),
        path.display()
    ));
    Ok(())
}

/// Verifies the evidence of a range, and makes its decisions again.
pub(super) fn run(context: &Context, args: &Args, path: &Path) -> Done {
    let bytes = file::read_up_to(path, 2 * limits::RANGE_BYTES_MAX as u64)?;
    let keys = keys(context, args)?;
    let evidence = RangeEvidence::from_cbor(&bytes).map_err(|error| failure(&error))?;
    let bar = context.printer.progress("re-performing", evidence.entries.len() as u64);
    let verified = evidence.verify(&keys, &compiled_folder(), &open::host(), &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let (head, done) = verified.map_err(|error| failure(&error))?;
    let full = &done.full;
    let cosigned = args.bound(&keys, &head, Some(evidence.checkpoint.as_bytes()))?;
    let mut report = Report {
        verified: "the evidence of a range of time",
        checked: vec![
            format!(
                "{} signed a tree of {} entries that begins with the {} given here",
                keys.origin(),
                head.size,
                full.size
            ),
            format!(
                "{}, each under a key valid at its place, and {}, folded in order",
                counted(full.signatures, "signature"),
                counted(full.totals.seals, "seal")
            ),
            format!(
                "the range from {} to {} lies within these entries: what follows counts it alone",
                evidence.since, evidence.until
            ),
        ],
        claimed: vec!["the times, and so what belongs to the range: the ledger's clock".into()],
        origin: Some(keys.origin().to_owned()),
        size: Some(full.size),
        root: Some(Digest(full.root.0)),
        ..Report::default()
    };
    report.witnessed(cosigned.as_ref(), "everything in this evidence");
    reperform::report(&done, &mut report);
    reperform::print(context, &done)?;
    report.print(context)?;
    reperform::outcome(&done)
}
