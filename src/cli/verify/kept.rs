//! A checkpoint that somebody kept, held against the ledger as it is today: did it only grow since?

use super::{Args, Report, Target, keys};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure, Kind},
        ledger_failure,
        source::{KEEP, Source},
    },
    codec::{checkpoint::Checkpoint, note::Note},
    event::Digest,
    verify::{Growth, Head, LogKeys, growth, verify_checkpoint},
};
use std::path::Path;

/// Holds the checkpoint at `path` against the ledger here, or the one that `--ledger` names.
pub(super) fn verify(context: &Context, args: &Args, path: &Path) -> Done<Report> {
    args.all_heeded(Target::Kept)?;
    let kept = super::file::read(path)?;
    let log = match context.named_url() {
        Some(url) => Source::at(url, context)?,
        None => Source::Ledger(Box::new(context.open()?)),
    };
    let keys = pinned(&log, context, args, &kept)?;
    let old = verify_checkpoint(&kept, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    let now = log.checkpoint()?;
    let new = verify_checkpoint(&now, &keys).map_err(|error| ledger_failure::of_proof(&error))?;
    match growth(&old, &new, || log.shown(old.size, new.size))? {
        Growth::Same | Growth::Grown(_) => {
            let mut report = report(&keys, &old, &new, args.key.is_some());
            let cosigned = args.bound(&keys, &old, Some(&kept))?;
            report.witnessed(cosigned.as_ref(), "what stands in the tree of then");
            Ok(report)
        }
        found => Err(Failure::new(Kind::Verification, in_words(&found, &old, &new), KEEP)),
    }
}

/// What is wrong with a log that does not continue what it signed.
pub(in crate::cli) fn in_words(found: &Growth, old: &Head, new: &Head) -> String {
    match found {
        Growth::Shrunk => {
            format!("the ledger was rolled back: it signed a tree of {} leaves, and shows {} now", old.size, new.size)
        }
        Growth::WrongTiles(error) => format!(
            "what the ledger shows of its tree of {} leaves is not what it signed, so that it does not prove that it continues the {} leaves that it signed before ({error})",
            new.size, old.size
        ),
        _ if old.size == new.size => {
            format!("the ledger was forked: it signed two different trees of {} leaves", old.size)
        }
        _ => format!(
            "the ledger was forked or rewritten: its tree of {} leaves does not begin with the {} leaves that it signed",
            new.size, old.size
        ),
    }
}

fn report(keys: &LogKeys, old: &Head, new: &Head, pinned: bool) -> Report {
    let origin = keys.origin();
    let mut claimed = vec!["that the tree holds what its log shows: `sagwan verify --full` checks it".to_owned()];
    if !pinned {
        claimed.push("that these are the log's keys: the ledger itself says so; give --key to pin others".to_owned());
    }
    Report {
        verified: "the ledger against a kept checkpoint",
        checked: vec![
            format!("{origin} signed a tree of {} leaves then, and one of {} leaves now", old.size, new.size),
            format!(
                "the tree of now begins with the tree of then: {} leaves came after it, none was changed",
                new.size - old.size
            ),
        ],
        claimed,
        origin: Some(origin.to_owned()),
        size: Some(new.size),
        root: Some(Digest(new.root)),
        kept_size: Some(old.size),
        ..Report::default()
    }
}

/// The keys to verify with: those given; of a folder else all that its log says were its own when the checkpoint was
/// signed, or are now, for a kept checkpoint may be older than a rotation.
fn pinned(log: &Source, context: &Context, args: &Args, kept: &[u8]) -> Done<LogKeys> {
    let (None, None, Source::Ledger(ledger)) = (&args.key, &args.origin, log) else { return keys(context, args) };
    let unreadable = |why: String| Failure::invalid(format!("the checkpoint: {why}"), "give it as the log signed it");
    let note = Note::parse(kept).map_err(|error| unreadable(error.to_string()))?;
    let size = Checkpoint::parse(note.text).map_err(|error| unreadable(error.to_string()))?.size;
    let read = |state: &crate::state::State, now: u64| -> Vec<_> {
        let valid = state
            .log_keys()
            .filter(|(_, key)| key.is_valid_at(size.saturating_sub(1)) || key.is_valid_at(now.saturating_sub(1)));
        valid.filter_map(|(_, key)| key.public_key().ok()).collect()
    };
    let now = ledger.head().size;
    let found = ledger.state(|state| read(state, now)).map_err(|error| ledger_failure::of(&error))?;
    LogKeys::new(ledger.origin(), &found).map_err(|error| ledger_failure::of_proof(&error))
}
