//! `sagwan watch`: follows a log from afar, remembers what it signed, and raises the alarm when it takes that back.

mod keep;

use super::{
    Context,
    failure::{Done, Failure, Kind},
    ledger_failure, log_pub,
    source::Source,
    verify::{Trust, in_words},
};
use crate::{
    event::limits,
    verify::{Growth, Head, LogKeys, Witnesses, growth, verify_checkpoint},
};
use keep::Memory;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Follow a log, and raise the alarm when it forks or is rolled back.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Each look reads the newest checkpoint and some tiles, and proves from them that the tree continues the one of the last look,
which is remembered in --state. The first look takes what it finds: start early, and keep the file.

Ends with 10, in a loop too, when the log forked or was rolled back; both checkpoints are kept beside --state as the proof,
and the remembered one stays. Every further look says so again, whatever the log shows by then, until somebody has decided and
moved that proof away. With --once: 0 when all is well, 9 when the log
cannot be reached, 6 when what it shows does not hold together.")]
pub struct Args {
    /// The log: the address of a server or of a static copy of its tiles, a folder with such a copy, or a ledger's folder.
    #[arg(value_name = "URL|FOLDER")]
    log: String,
    /// The log's keys: its log.pub (C2SP verifier keys), or a public key in PEM with --origin; from elsewhere than the log.
    #[arg(long, value_name = "LOG.pub")]
    key: PathBuf,
    /// The log's name, where the key file does not say it.
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// Where the last checkpoint is remembered [default: a file named after the log, here].
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Look once, and end.
    #[arg(long)]
    once: bool,
    /// Seconds between two looks.
    #[arg(long, value_name = "S", default_value_t = limits::WATCH_INTERVAL_S_DEFAULT,
          value_parser = clap::value_parser!(u64).range(1..=limits::WATCH_INTERVAL_S_MAX))]
    interval: u64,
    #[command(flatten)]
    trust: Trust,
}

/// A log that is watched.
struct Watch<'c> {
    context: &'c Context,
    place: &'c str,
    keys: LogKeys,
    witnesses: Option<Witnesses>,
    memory: Memory,
}

/// What a look found.
struct Look {
    old: Option<Head>,
    new: Head,
    note: Vec<u8>,
    found: Growth,
}

/// Watches.
///
/// # Errors
/// [`Kind::Alarm`] when the log contradicts itself; with `--once` whatever else keeps the look from its answer.
pub fn run(args: &Args, context: &Context) -> Done {
    let keys = log_pub::read(&args.key, args.origin.as_deref())?;
    let memory = Memory::new(args.state.clone().unwrap_or_else(|| keep::default_path(keys.origin())));
    let witnesses = args.trust.witnesses()?;
    let watch = Watch { context, place: &args.log, keys, witnesses, memory };
    let mut told = String::new();
    loop {
        match watch.look() {
            Ok(()) if args.once => return Ok(()),
            Ok(()) => told.clear(),
            Err(failure) if args.once || is_final(&failure) => return Err(failure),
            Err(failure) => {
                // Each trouble once until it changes.
                let what = failure.to_string();
                if what != told {
                    context.printer.warn(&format!("not checked, will look again: {what}"));
                }
                told = what;
            }
        }
        std::thread::sleep(Duration::from_secs(args.interval));
    }
}

/// What no further look mends.
fn is_final(failure: &Failure) -> bool {
    matches!(failure.kind, Kind::Alarm | Kind::Closed | Kind::Usage | Kind::Io | Kind::Internal | Kind::Invalid)
}

/// A failure on the way from a server is the server's or the network's: whatever it answers, the next look may do better.
fn from(log: &Source, mut failure: Failure) -> Failure {
    if matches!(log, Source::Server(_)) && !matches!(failure.kind, Kind::Verification | Kind::NotFound) {
        failure.kind = Kind::Remote;
    }
    failure
}

impl Watch<'_> {
    /// One look: what it finds is printed, and remembered.
    fn look(&self) -> Done {
        let mut look = self.compare()?;
        for _ in 0..limits::WATCH_LOOKS_AGAIN {
            // A cache may give an older checkpoint than before, or tiles of another moment: what lasts is no accident.
            if !matches!(look.found, Growth::Shrunk | Growth::WrongTiles(_)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(limits::WATCH_LOOK_AGAIN_MS));
            look = self.compare()?;
        }
        match (&look.found, &look.old) {
            (Growth::Same | Growth::Grown(_), _) | (_, None) => match self.memory.standing()? {
                Some(folder) => Err(self.stands(&folder)),
                None => self.well(&look),
            },
            (Growth::WrongTiles(_), Some(old)) => {
                let next = "look again; if it lasts, ask the operator why the log does not show what it signed";
                Err(Failure::new(Kind::Verification, in_words(&look.found, old, &look.new), next))
            }
            (Growth::Shrunk | Growth::Forked(_), Some(old)) => Err(self.alarm(&look, old)?),
        }
    }

    fn compare(&self) -> Done<Look> {
        let failed = |error| ledger_failure::of_proof(&error);
        let log = Source::at(self.place, self.context)?;
        let note = log.checkpoint().map_err(|failure| from(&log, failure))?;
        let new = verify_checkpoint(&note, &self.keys).map_err(failed)?;
        let Some(kept) = self.memory.load()? else {
            return Ok(Look { old: None, new, note, found: Growth::Same });
        };
        let old = verify_checkpoint(&kept, &self.keys).map_err(|error| self.memory.foreign(&error))?;
        let found = growth(&old, &new, || log.shown(old.size, new.size)).map_err(|failure| from(&log, failure))?;
        Ok(Look { old: Some(old), new, note, found })
    }

    fn well(&self, look: &Look) -> Done {
        let Head { size, root } = look.new;
        let before = look.old.map(|old| old.size);
        let judged = self.witnesses.as_ref().map(|witnesses| witnesses.judge(&look.note, &self.keys));
        let judged = judged.transpose().map_err(|error| ledger_failure::of_proof(&error))?;
        // A newer note of the same tree may have more cosignatures.
        if !matches!(look.found, Growth::Same) || self.memory.load()?.as_deref() != Some(&look.note[..]) {
            self.memory.save(&look.note)?;
        }
        let printer = &self.context.printer;
        if printer.json {
            return printer.value(&json!({
                "origin": self.keys.origin(), "size": size, "root": hex::encode(root), "before": before,
                "cosigned_by": judged.as_ref().map(|judged| judged.by.iter().map(|by| &by.witness).collect::<Vec<_>>()),
                "witnessed": judged.as_ref().map(|judged| judged.is_met),
            }));
        }
        let witnessed = match judged.as_ref().map(|judged| judged.is_met) {
            None => "",
            Some(true) => ", cosigned by the witnesses asked for",
            Some(false) => ", not cosigned by the witnesses asked for",
        };
        let origin = self.keys.origin();
        match before {
            None => printer.text(&format!("{origin}: {size} entries, seen for the first time{witnessed}")),
            Some(before) if before == size => {
                printer.note(&format!("{origin}: {size} entries, as before{witnessed}"));
                Ok(())
            }
            Some(before) => printer.text(&format!("{origin}: {size} entries, the first {before} unchanged{witnessed}")),
        }
    }

    /// What a log that shows its old tree again has signed in the meantime, it has signed.
    fn stands(&self, folder: &Path) -> Failure {
        let what = format!(
            "ALARM: {}: an alarm stands: the log contradicted itself, whatever it shows now",
            self.keys.origin()
        );
        let next =
            format!("the proof is in {}: move it away when somebody has decided what it means", folder.display());
        Failure::new(Kind::Alarm, what, next)
    }

    /// Keeps the proof, and says what it proves.
    fn alarm(&self, look: &Look, old: &Head) -> Done<Failure> {
        let proof =
            if let Growth::Forked(Some((proof, _))) = &look.found { Some((old.size, &proof[..])) } else { None };
        let folder = self.memory.keep_proof(&look.note, proof)?;
        let what = format!("ALARM: {}: {}", self.keys.origin(), in_words(&look.found, old, &look.new));
        let next = format!(
            "both checkpoints, under the log's own key, are in {}: show them to the operator and to others who watch; rely on nothing that came after size {}",
            folder.display(),
            old.size.min(look.new.size)
        );
        Ok(Failure::new(Kind::Alarm, what, next))
    }
}
