//! `sagwan spool`: statements that could not be recorded when they were made, and wait to be.

mod command;
mod entry;

use super::{
    Context,
    failure::{Done, Failure, Kind},
    fate::Word,
    recorder::{Parcel, Recorder},
};
use crate::event::Timestamp;
use entry::Entry;
use std::{
    collections::HashSet,
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

pub use command::{Args, run};

/// Where statements wait: the folder of the settings, and one in the user's home for when that one cannot be written
/// (it stands beside the ledger, whose disk may be the one that failed).
pub struct Spool {
    folders: Vec<PathBuf>,
}

impl Spool {
    /// The spool of this context's settings.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn new(context: &Context) -> Done<Self> {
        let settings = context.settings()?;
        let beside = settings.base.join(&settings.config.client.spool);
        let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
        let home = state.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")));
        let mut folders = vec![];
        // Without a sagwan.toml there is no ledger's folder for it to stand in.
        if settings.base.join(super::config::FILE).is_file() || settings.base.is_absolute() {
            folders.push(beside);
        }
        folders.extend(home.map(|home| home.join("sagwan/spool")));
        Ok(Self { folders })
    }

    /// Keeps a statement, durably, and says where.
    ///
    /// # Errors
    /// When no folder can be written: the statement is lost.
    pub fn put(&self, about: &str, target: &str, parcel: &Parcel, why: &Failure, now: Timestamp) -> Done<PathBuf> {
        let entry = Entry::new(about, target, parcel, why, now);
        let text = serde_json::to_vec_pretty(&entry)
            .map_err(|error| Failure::new(Kind::Internal, format!("cannot keep it: {error}"), "report this fault"))?;
        let name = format!("{:015}-{}.json", now.0, hex::encode(super::signer::random::<4>()?));
        let mut last = Failure::new(Kind::Io, "there is no folder for a spool", "set client.spool in sagwan.toml");
        for folder in &self.folders {
            match write(folder, &name, &text) {
                Ok(path) => return Ok(path),
                Err(error) => last = Failure::io("keep it in", folder, &error),
            }
        }
        Err(last)
    }

    /// What waits, in the order in which it was kept. A file that is no entry is told and left alone.
    ///
    /// # Errors
    /// When a folder cannot be listed.
    pub fn entries(&self) -> Done<Vec<(PathBuf, Result<Entry, Failure>)>> {
        let mut paths = Vec::new();
        for folder in &self.folders {
            let files = match fs::read_dir(folder) {
                Ok(files) => files,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Failure::io("list", folder, &error)),
            };
            paths.extend(
                files.flatten().map(|file| file.path()).filter(|path| path.extension() == Some("json".as_ref())),
            );
        }
        // Several runs may share a folder in the home: time first, whatever the folder.
        paths.sort_unstable_by(|a, b| a.file_name().cmp(&b.file_name()));
        Ok(paths.into_iter().map(|path| (path.clone(), Entry::read(&path))).collect())
    }
}

/// Written aside, synced, and renamed: half an entry is never seen.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let (path, aside) = (folder.join(name), folder.join(format!("{name}.part")));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, &path)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(path)
}

/// How a resubmission went.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Resubmitted {
    /// Recorded now.
    pub recorded: u64,
    /// Refused by a rule, and dropped: the denial stands in the log.
    pub refused: u64,
    /// Still waiting.
    pub waiting: u64,
    /// Why the ledger or the server was not to be had: who asks again at once waits for it again.
    #[serde(skip)]
    pub away: Option<Failure>,
}

/// Entries of which the user was told that they wait; he is told once.
pub type Told = HashSet<PathBuf>;

/// Whether a failure means that the ledger or the server is not to be had now.
#[must_use]
pub fn is_away(failure: &Failure) -> bool {
    matches!(failure.kind, Kind::Busy | Kind::Remote)
}

/// Resubmits after a record that succeeded; failures are remarks.
pub fn resubmit_quietly(context: &Context, recorder: &Recorder<'_>) {
    if let Ok(spool) = Spool::new(context) {
        resubmit(context, recorder, &spool, false, &mut Told::new());
    }
}

/// Records what waits for the recorder's target, in order. `again`: what is too old is signed anew. What goes on waiting
/// is told unless it stands in `told`.
pub fn resubmit(
    context: &Context,
    recorder: &Recorder<'_>,
    spool: &Spool,
    again: bool,
    told: &mut Told,
) -> Resubmitted {
    let mut tally = Resubmitted::default();
    let Ok(entries) = spool.entries() else { return tally };
    let Ok(target) = recorder.target() else { return tally };
    let mut stopped = false;
    for (path, entry) in entries {
        let Ok(entry) = entry else { continue };
        if entry.target != target {
            continue;
        }
        if stopped {
            tally.waiting += 1;
            continue;
        }
        let mut stays = |why: &str| {
            if told.insert(path.clone()) {
                context.printer.warn(&format!("warning: {} stays in the spool: {why}", entry.about));
            }
        };
        let sent = entry.parcel(recorder, again, context.now()).and_then(|parcel| recorder.send(&[parcel]));
        match sent.map(|mut fates| fates.pop()) {
            Ok(Some(fate)) if matches!(fate.verdict, Word::Recorded | Word::Refused) => {
                let _ = fs::remove_file(&path);
                if let Some(failure) = fate.failure() {
                    tally.refused += 1;
                    let reasons = failure.reasons.join("; ");
                    context
                        .printer
                        .warn(&format!("warning: {} from the spool was {}: {reasons}", entry.about, failure.what));
                } else {
                    tally.recorded += 1;
                    let index = fate.index.unwrap_or_default();
                    context.printer.note(&format!("sagwan: {} from the spool is record {index}", entry.about));
                }
            }
            Ok(Some(fate)) if fate.verdict == Word::Invalid => {
                tally.waiting += 1;
                stays(&fate.detail.unwrap_or_default());
            }
            Ok(_) => (stopped, tally.waiting) = (true, tally.waiting + 1),
            Err(failure) => {
                (stopped, tally.waiting) = (true, tally.waiting + 1);
                stays(&failure.to_string());
                tally.away = Some(failure).filter(is_away);
            }
        }
    }
    tally
}
