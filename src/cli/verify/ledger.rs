//! The ledger here: one record of it, or all of it.

use super::{Args, Report, Target, attest, keys, range, reperform};
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure, Kind},
        ledger_failure, open, signer,
        view::RecordView,
    },
    event::Digest,
    ledger::{Contents, FullReport, Whole},
    verify::{verify_statement, verify_transparent_statement},
};
use serde_json::json;

/// A record: its place under the newest head with the pinned keys, and its signature under the key that the log names.
pub(super) fn record(context: &Context, args: &Args, index: u64) -> Done<Report> {
    args.all_heeded(Target::Record)?;
    let keys = keys(context, args)?;
    let ledger = context.open()?;
    let proof = ledger.transparent_statement(index).map_err(|error| ledger_failure::of(&error))?;
    let transparent = verify_transparent_statement(&proof, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let record = ledger.record(index).map_err(|error| ledger_failure::of(&error))?;
    let key = ledger
        .state(|state| state.key(&record.kid).cloned())
        .map_err(|error| ledger_failure::of(&error))?
        .ok_or_else(|| broken(format!("key {} is not enrolled", record.kid)))?;
    let public = key.public_key().map_err(|error| broken(format!("key {}: {error}", record.kid)))?;
    verify_statement(&transparent.statement, &public).map_err(|error| ledger_failure::of_proof(&error))?;
    if key.actor != record.actor || !key.is_valid_at(index) {
        return Err(broken(format!("key {} was not {}'s at record {index}", record.kid, record.actor)));
    }
    let view = RecordView::of(&record);
    let mut report = Report { verified: "record", events: view.events.clone(), ..Report::default() };
    for place in &transparent.places {
        report.place(place, keys.origin());
    }
    report.checked.push(format!("the statement is signed by the key {}", record.kid));
    if let Some(path) = &args.actor_key {
        let pinned = signer::read_public(path)?;
        verify_statement(&transparent.statement, &pinned).map_err(|error| ledger_failure::of_proof(&error))?;
        report.checked.push(format!("it is the key that you gave, {}", Digest(pinned.thumbprint())));
    }
    report.checked.push(format!("the log says that this key was {}'s, and valid at record {index}", record.actor));
    report.claimed.push(format!("that it was signed at {}, and when what it tells happened", view.signed_at));
    report.claimed.push(format!(
        "what was decided: {} (seal {}; `verify --full` checks seals)",
        view.decided().0,
        view.seal
    ));
    Ok(report)
}

fn broken(what: String) -> Failure {
    Failure::new(Kind::Verification, what, "stop, keep the folder as it is, and run `sagwan verify --full`")
}

/// All of it; with `--reperform`, every decision again.
pub(super) fn full(context: &Context, args: &Args) -> Done {
    args.all_heeded(Target::Whole)?;
    let folder = context.folder()?;
    let whole = Whole::open(&folder, &open::host()).map_err(|error| ledger_failure::of(&error))?;
    let (auditor, span) = (attest::auditor(context, args)?, range::span(context, args)?);
    let (full, again) = if args.reperform || args.attest {
        let done = reperform::run(context, &whole)?;
        (done.full.clone(), Some(done))
    } else {
        (verified(context, &whole)?, None)
    };
    if args.key.is_some() || args.origin.is_some() {
        hold_against(context, args, &folder)?;
    }
    let mut report = report(full, args);
    let Some(done) = again else { return report.print(context) };
    reperform::report(&done, &mut report);
    reperform::print(context, &done)?;
    report.print(context)?;
    reperform::outcome(&done)?;
    if let Some(path) = &args.save {
        range::save(context, span, &whole, path)?;
    }
    match auditor {
        Some(auditor) => attest::sign(context, args, &done, &auditor),
        None => Ok(()),
    }
}

fn verified(context: &Context, whole: &Whole) -> Done<FullReport> {
    let bar = context.printer.progress("verifying", whole.size());
    let verified = whole.verify(None, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    verified.map_err(|error| ledger_failure::of(&error))
}

/// The checkpoint on disk under the keys that the user brought: the log's own word for its keys is not enough then.
fn hold_against(context: &Context, args: &Args, folder: &std::path::Path) -> Done {
    let keys = keys(context, args)?;
    let path = folder.join("checkpoint");
    let bytes = std::fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
    crate::verify::verify_checkpoint(&bytes, &keys).map(|_| ()).map_err(|error| ledger_failure::of_proof(&error))
}

fn report(full: FullReport, args: &Args) -> Report {
    let totals = &full.totals;
    let pinned = if args.key.is_some() {
        "the checkpoint is signed by the pinned key"
    } else {
        "the checkpoint is signed by the log's key"
    };
    let contents = &full.contents;
    let whole = contents.missing == 0;
    Report {
        verified: if whole { "the whole ledger" } else { "the log, and those of its blobs that are here" },
        checked: vec![
            format!("{} read, hashed, and compared with every tile", counted(full.size, "entry")),
            format!("{}, each under a key valid at its place", counted(full.signatures, "signature")),
            format!(
                "{} with {}, {}, {}, folded in order; {} recorded although a rule would refuse",
                counted(totals.statements, "statement"),
                counted(totals.events, "event"),
                counted(totals.seals, "seal"),
                counted(totals.denials, "denial"),
                totals.would_deny
            ),
            format!("{pinned} and the log continues it (size {})", full.checkpoint),
            format!("{} that it names, each of the digest that is its name", counted(contents.checked, "blob")),
        ],
        not_checked: missing(contents).into_iter().collect(),
        blobs: Some(json!({
            "checked": contents.checked,
            "missing": contents.missing,
            "missing_digests": contents.missing_named,
        })),
        claimed: vec!["the times: the ledger's clock, which no witness bounds yet".into()],
        origin: Some(full.origin),
        size: Some(full.size),
        root: Some(full.root),
        ..Report::default()
    }
}

/// The blobs that are named and not here, as a line.
fn missing(contents: &Contents) -> Option<String> {
    let named: Vec<String> = contents.missing_named.iter().map(ToString::to_string).collect();
    let more = contents.missing.saturating_sub(named.len() as u64);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let blobs = if contents.missing == 1 { "blob is" } else { "blobs are" };
    (contents.missing > 0).then(|| {
        format!(
            "{} {blobs} missing: {}{more}; restore blobs/ from the same copy as the rest",
            contents.missing,
            named.join(", ")
        )
    })
}
