//! Proofs in files, verified offline: nothing but the file, the pinned keys and this program.

use super::{Args, Report, Target, keys};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        ledger_failure, signer,
    },
    codec::{
        attestation::is_attestation,
        event as event_codec,
        receipt::Receipt,
        statement::{Statement, split_receipts},
        tlog_proof::TlogProof,
        witness::{AddCheckpoint, is_add_checkpoint},
    },
    event::{Digest, Timestamp, limits},
    verify::{
        Head, Verified, verify_checkpoint, verify_consistency, verify_receipt, verify_statement, verify_tlog_proof,
        verify_transparent_statement,
    },
};
use std::{fs, io::Read as _, path::Path};

/// Bytes of a file: a statement with a number of receipts.
const FILE_BYTES_MAX: u64 = 4 * limits::STATEMENT_BYTES_MAX as u64;
/// How a line begins that signs a note (C2SP signed-note), with the end of the line before it.
const SIGNATURE: &[u8] = "\n\u{2014} ".as_bytes();
/// What can be verified.
const KINDS: &str = "a Transparent Statement, a receipt, a signed statement, a tlog-proof, a checkpoint, a consistency proof, an attestation, or evidence, as `sagwan` wrote it";
/// What a proof of one record bounds the time of.
const RECORD: &str = "the record";

pub(super) fn verify(context: &Context, args: &Args, path: &Path) -> Done<Report> {
    let bytes = read(path)?;
    let target = target(context, &bytes).ok_or_else(|| unknown(path, &bytes))?;
    args.all_heeded(target)?;
    match target {
        Target::TlogProof => tlog_proof(context, args, &bytes),
        Target::Growth => growth(context, args, &bytes),
        Target::Attestation => super::attest::verify(args, &bytes),
        Target::Kept => super::kept::verify(context, args, path),
        Target::Checkpoint => checkpoint(context, args, &bytes),
        Target::Receipt => receipt(context, args, &bytes),
        Target::Statement => statement(args, &bytes),
        _ => transparent(context, args, &bytes),
    }
}

/// What the bytes of a file look like, if like anything; a checkpoint is held against the ledger that is named, if one is.
fn target(context: &Context, bytes: &[u8]) -> Option<Target> {
    Some(match bytes {
        _ if bytes.starts_with(b"c2sp.org/tlog-proof") => Target::TlogProof,
        _ if is_add_checkpoint(bytes) => Target::Growth,
        _ if is_attestation(bytes) => Target::Attestation,
        [0xd2, ..] if Receipt::parse(bytes).is_ok() => Target::Receipt,
        [0xd2, ..] if Statement::parse(bytes).is_ok() => Target::Statement,
        [0xd2, ..] => Target::Transparent,
        _ if !is_checkpoint(bytes) => return None,
        _ if context.is_ledger_named() => Target::Kept,
        _ => Target::Checkpoint,
    })
}

/// Whether bytes look like a checkpoint, be it a damaged one: lines of text of which the second is a size, or one begins as
/// a signature does.
fn is_checkpoint(bytes: &[u8]) -> bool {
    let is_size = |line: &[u8]| !line.is_empty() && line.iter().all(u8::is_ascii_digit);
    bytes.split(|byte| *byte == b'\n').nth(1).is_some_and(is_size)
        || bytes.windows(SIGNATURE.len()).any(|found| found == SIGNATURE)
}

fn unknown(path: &Path, bytes: &[u8]) -> Failure {
    let what = match bytes.is_empty() {
        true => format!("{} is empty", path.display()),
        false => format!("{} is none of the kinds of files that can be verified", path.display()),
    };
    Failure::invalid(what, format!("give {KINDS}"))
}

/// Whether a file looks like evidence.
pub(super) fn is_evidence(path: &Path) -> Done<bool> {
    let mut first = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(1).read_to_end(&mut first));
    read.map_err(|error| Failure::io("read", path, &error))?;
    Ok(crate::lineage::evidence::is_evidence(&first))
}

/// Whether a file looks like the evidence of a range of time.
pub(super) fn is_range(path: &Path) -> Done<bool> {
    let mut first = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(16).read_to_end(&mut first));
    read.map_err(|error| Failure::io("read", path, &error))?;
    Ok(crate::audit::is_range(&first))
}

pub(super) fn read(path: &Path) -> Done<Vec<u8>> {
    read_up_to(path, FILE_BYTES_MAX)
}

pub(super) fn read_up_to(path: &Path, bytes_max: u64) -> Done<Vec<u8>> {
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        let what = format!("{} is larger than {bytes_max} bytes", path.display());
        return Err(Failure::invalid(what, "give a proof, or the statement that it is of"));
    }
    Ok(bytes)
}

fn transparent(context: &Context, args: &Args, bytes: &[u8]) -> Done<Report> {
    let keys = keys(context, args)?;
    let transparent = verify_transparent_statement(bytes, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let mut report = Report { verified: "Transparent Statement", ..Report::default() };
    for place in &transparent.places {
        report.place(place, keys.origin());
    }
    report.statement(&transparent.statement, args)?;
    if let Some(place) = transparent.places.last() {
        report.witnessed(args.bound(&keys, &head_of(place), None)?.as_ref(), RECORD);
    }
    Ok(report)
}

fn receipt(context: &Context, args: &Args, bytes: &[u8]) -> Done<Report> {
    let (keys, statement) = (keys(context, args)?, of_statement(args)?);
    let place = verify_receipt(&statement, bytes, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let mut report = Report { verified: "receipt", ..Report::default() };
    report.place(&place, keys.origin());
    report.statement(&statement, args)?;
    report.witnessed(args.bound(&keys, &head_of(&place), None)?.as_ref(), RECORD);
    Ok(report)
}

fn tlog_proof(context: &Context, args: &Args, bytes: &[u8]) -> Done<Report> {
    let (keys, statement) = (keys(context, args)?, of_statement(args)?);
    let place = verify_tlog_proof(&statement, bytes, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let mut report = Report { verified: "tlog-proof", ..Report::default() };
    report.place(&place, keys.origin());
    report.statement(&statement, args)?;
    let own =
        TlogProof::parse(bytes).map_err(|error| Failure::invalid(error.to_string(), "give it as it was written"))?;
    report.witnessed(args.bound(&keys, &head_of(&place), Some(own.checkpoint.as_bytes()))?.as_ref(), RECORD);
    Ok(report)
}

fn checkpoint(context: &Context, args: &Args, bytes: &[u8]) -> Done<Report> {
    let keys = keys(context, args)?;
    let head = verify_checkpoint(bytes, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let cosigned = args.bound(&keys, &head, Some(bytes))?;
    let mut report = Report {
        verified: "checkpoint",
        checked: vec![format!("{} signed a tree of {} leaves", keys.origin(), head.size)],
        claimed: vec!["that the tree holds what its log shows: `sagwan verify --full` checks it".into()],
        origin: Some(keys.origin().to_owned()),
        size: Some(head.size),
        root: Some(Digest(head.root)),
        ..Report::default()
    };
    report.witnessed(cosigned.as_ref(), "what stands in that tree");
    Ok(report)
}

/// A consistency proof with the newer checkpoint in it.
fn growth(context: &Context, args: &Args, bytes: &[u8]) -> Done<Report> {
    let keys = keys(context, args)?;
    let body = AddCheckpoint::parse(bytes).map_err(|error| {
        Failure::invalid(format!("the consistency proof: {error}"), "give it as `sagwan consistency` wrote it")
    })?;
    let old = args.old.as_ref().ok_or_else(|| {
        let what = format!("the proof begins with a tree of {} leaves, and does not hold its checkpoint", body.old);
        Failure::usage(what, "give --old FILE, the older checkpoint")
    })?;
    let (old, newer) = (read(old)?, body.checkpoint.as_bytes());
    let (old, new) =
        verify_consistency(&old, newer, &body.proof, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let mut report = Report {
        verified: "consistency proof",
        checked: vec![
            format!("{} signed a tree of {} leaves, and one of {} leaves", keys.origin(), old.size, new.size),
            "the larger tree begins with the whole smaller one: nothing in it was changed or taken out".into(),
        ],
        claimed: vec!["that the tree holds what its log shows: `sagwan verify --full` checks it".into()],
        origin: Some(keys.origin().to_owned()),
        size: Some(new.size),
        root: Some(Digest(new.root)),
        kept_size: Some(old.size),
        ..Report::default()
    };
    report.witnessed(args.bound(&keys, &new, Some(newer))?.as_ref(), "what stands in the larger tree");
    Ok(report)
}

fn head_of(place: &Verified) -> Head {
    Head { size: place.size, root: place.root }
}

/// A statement alone proves who signed it, and nothing about any log.
fn statement(args: &Args, bytes: &[u8]) -> Done<Report> {
    if args.actor_key.is_none() {
        return Err(Failure::usage(
            "a signed statement without a receipt proves nothing about a log",
            "give --actor-key FILE to check its signature, or verify a Transparent Statement",
        ));
    }
    let mut report = Report { verified: "signed statement", ..Report::default() };
    report.statement(bytes, args)?;
    report.claimed.push("that it was ever recorded: that takes a receipt".into());
    Ok(report)
}

fn of_statement(args: &Args) -> Done<Vec<u8>> {
    let path = args.statement.as_ref().ok_or_else(|| {
        let next = "give --statement FILE (`sagwan receipt INDEX --format statement` writes it)";
        Failure::usage("the proof is of a statement that it does not hold", next)
    })?;
    let bytes = read(path)?;
    if Statement::parse(&bytes).is_ok() {
        return Ok(bytes);
    }
    let name = path.display();
    let (what, next) = if Receipt::parse(&bytes).is_ok() {
        (format!("--statement {name} is a receipt"), ALONE.to_owned())
    } else if split_receipts(&bytes).is_ok_and(|(_, receipts)| !receipts.is_empty()) {
        let what = format!("--statement {name} is a Transparent Statement, which has its own receipts in it");
        (what, format!("verify it by itself (`sagwan verify {name}`), or {ALONE}"))
    } else {
        (format!("--statement {name} is no signed statement"), ALONE.to_owned())
    };
    Err(Failure::invalid(what, next))
}

/// How the statement of a proof is had.
const ALONE: &str = "give the statement alone, as it was signed (`sagwan receipt INDEX --format statement` writes it)";

impl Report {
    pub(super) fn place(&mut self, place: &Verified, origin: &str) {
        self.checked.push(format!("the statement is leaf {} of a tree of {} leaves", place.index, place.size));
        self.checked.push(format!("{origin} signed the head of that tree, under a pinned key"));
        self.origin = Some(origin.to_owned());
        (self.index, self.size, self.root) = (Some(place.index), Some(place.size), Some(Digest(place.root)));
    }

    /// What the statement says, and what of it is checked.
    fn statement(&mut self, bytes: &[u8], args: &Args) -> Done {
        let statement = match &args.actor_key {
            Some(path) => {
                let key = signer::read_public(path)?;
                let statement = verify_statement(bytes, &key).map_err(|error| ledger_failure::of_proof(&error))?;
                self.checked.push(format!("the statement is signed by the key {}", Digest(key.thumbprint())));
                statement
            }
            None => Statement::parse(bytes).map_err(|error| {
                Failure::invalid(format!("the statement: {error}"), "give the statement as it was signed")
            })?,
        };
        let events = event_codec::payload_from_cbor(statement.payload).map_err(|error| {
            Failure::invalid(format!("the statement's payload: {error}"), "give a statement of this ledger's format")
        })?;
        self.events = events.iter().map(event_codec::to_json).collect();
        if args.actor_key.is_none() {
            self.claimed.push(format!("that {} signed it: give --actor-key to check", statement.iss));
        } else {
            self.claimed.push(format!("that this key was {}'s at the time: the log says", statement.iss));
        }
        let signed = Timestamp(i64::try_from(statement.iat).unwrap_or(i64::MAX).saturating_mul(1_000));
        self.claimed.push(format!("that it was signed at {signed}, and when what it tells happened"));
        self.claimed.push("what was decided about it: the log's seals say, and `verify --full` checks them".into());
        Ok(())
    }
}
