//! Attestations: signing one after a full verification, and verifying those of others.

use super::{Args, Report, file, keys};
use crate::{
    audit::{Reperformed, attestation, sign_attestation},
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure, Kind},
        ledger_failure, signer,
    },
    codec::note::{KeyType, NoteKey as _},
    crypto::NoteSigner,
    event::{Digest, limits},
    verify::{Auditors, verify_attestation},
};
use std::path::Path;

/// The auditor who signs: his key is read before the work begins.
pub(super) fn auditor(context: &Context, args: &Args) -> Done<Option<NoteSigner>> {
    let (true, Some(path), Some(name)) = (args.attest, &args.auditor_key, &args.auditor_name) else { return Ok(None) };
    let key = signer::read_secret(path)?;
    if keys(context, args)?.key(&key.public().thumbprint()).is_some() {
        return Err(Failure::usage(
            "the auditor's key is the log's own: nobody audits himself",
            "give a key of your own",
        ));
    }
    let named = NoteSigner::new(name, KeyType::Ed25519, key);
    named.map(Some).map_err(|error| {
        Failure::usage(format!("--auditor-name {name}: {error}"), "give a name without spaces and `+`")
    })
}

/// Signs what was verified, and writes it.
pub(super) fn sign(context: &Context, args: &Args, done: &Reperformed, auditor: &NoteSigner) -> Done {
    let Some(attestation) = attestation(done) else {
        return Err(Failure::new(
            Kind::Verification,
            "nothing is attested: the log differs from its re-performance",
            "see above",
        ));
    };
    let note = sign_attestation(&attestation, auditor).map_err(|error| Failure::fault(error.to_string()))?;
    context.printer.note(&format!("who relies on you needs your key: {}", auditor.verifier().vkey()));
    match &args.out {
        Some(path) => std::fs::write(path, &note).map_err(|error| Failure::io("write", path, &error)),
        None if context.printer.json => context.printer.value(&serde_json::json!({ "attestation": note })),
        None => context.printer.text(note.trim_end()),
    }
}

/// The auditors that the user relies on: files of verifier keys, one a line, or public keys in PEM.
pub(super) fn auditors(args: &Args) -> Done<Auditors> {
    let mut auditors = Auditors::default();
    for path in &args.auditor {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
        if text.contains("-----BEGIN ") {
            auditors.pin_key(signer::read_public(path)?);
            continue;
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            auditors.pin_vkey(line).map_err(|error| {
                let next = "give the auditor's verifier key (name+hash+base64), or his public key in PEM";
                Failure::invalid(format!("{}: {error}", path.display()), next)
            })?;
        }
    }
    Ok(auditors)
}

/// The attestations that stand beside evidence.
pub(super) fn beside(args: &Args) -> Done<Vec<Vec<u8>>> {
    args.attestation.iter().map(|path| read(path)).collect()
}

/// An attestation's file.
pub fn read(path: &Path) -> Done<Vec<u8>> {
    file::read_up_to(path, limits::NOTE_BYTES_MAX as u64)
}

/// An attestation alone.
pub(super) fn verify(args: &Args, bytes: &[u8]) -> Done<Report> {
    let auditors = auditors(args)?;
    if auditors.is_empty() {
        return Err(Failure::usage(
            "no auditor to rely on",
            "give --auditor FILE: his verifier key, or his public key in PEM",
        ));
    }
    let attested = verify_attestation(bytes, &auditors).map_err(|error| ledger_failure::of_proof(&error))?;
    let (said, by) = (&attested.attestation, attested.by.join(", "));
    Ok(Report {
        verified: "attestation",
        checked: vec![format!("{by} signed it, of {} entries of {}", said.size, said.origin)],
        claimed: vec![
            format!("per {by}: the tree's root, and that the root of its index is {}", Digest(said.index)),
            format!(
                "per {by}: {} made again came out as recorded, {} could not be made again",
                counted(said.reperformed, "decision"),
                counted(said.not_reperformed, "thing")
            ),
        ],
        origin: Some(said.origin.clone()),
        size: Some(said.size),
        root: Some(Digest(said.tree)),
        ..Report::default()
    })
}
