//! `sagwan witness ask`: one round, now.

use super::{failure, settings};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure, Kind},
        table::{Table, Tone},
    },
    witness::{Asker, Outcome},
};
use serde_json::json;
use std::sync::atomic::AtomicBool;

/// Ask every witness that has not cosigned the newest checkpoint.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The ledger's folder is locked meanwhile, as for any command; a server that has it open asks by itself. Ends with 9 when
too few witnesses cosigned, with 6 when one shows a checkpoint that this ledger signed and does not have.")]
pub struct Args {
    /// Go on although a witness shows a checkpoint that this ledger does not have.
    #[arg(long)]
    although_behind: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> Done {
    let settings = settings(context)?;
    let needed = settings.policy.clone();
    let ledger = context.open()?;
    let mut asker = Asker::open(ledger, settings, args.although_behind).map_err(|error| failure(&error))?;
    let bar = context.printer.spinner("asking the witnesses");
    let round = asker.round(&AtomicBool::new(false));
    bar.finish_and_clear();
    let round = round.map_err(|error| failure(&error))?;
    let mut table = Table::new(&["witness", "answer"]);
    for (name, outcome) in &round.outcomes {
        let words = outcome.in_words();
        if context.printer.json {
            let time = if let Outcome::Cosigned { time, .. } = outcome { Some(*time) } else { None };
            let is_cosigned = time.is_some();
            context.printer.value(
                &json!({ "witness": name, "size": round.size, "cosigned": is_cosigned, "time": time, "answer": words }),
            )?;
        } else {
            let tone = if matches!(outcome, Outcome::Cosigned { .. }) { Tone::Good } else { Tone::Bad };
            table.toned([(name.clone(), Tone::Plain), (words, tone)]);
        }
    }
    if !context.printer.json && !table.is_empty() {
        context.printer.table(&table)?;
    }
    if let Some((name, outcome)) = round.outcomes.iter().find(|(_, outcome)| outcome.proof().is_some()) {
        let next = "stop, and put back the newest copy of this folder: what is recorded now forks the log";
        return Err(Failure::new(Kind::Verification, format!("witness {name}: {}", outcome.in_words()), next));
    }
    if !round.is_met {
        let what = format!(
            "the checkpoint of size {} is not cosigned by enough of {}",
            round.size,
            needed.names().collect::<Vec<_>>().join(", ")
        );
        return Err(Failure::new(
            Kind::Remote,
            what,
            "try again later; `sagwan witness list` shows what is wrong with each",
        ));
    }
    if round.outcomes.is_empty() {
        context.printer.note(&format!("the checkpoint of size {} was cosigned by enough witnesses before", round.size));
    }
    Ok(())
}
