//! `sagwan index rebuild`: the index anew from the log, which alone is trusted.

use super::{Context, failure::Done, ledger_failure};
use crate::ledger::{Host, rebuild_index};
use serde_json::json;

/// The index, which is not trusted and can be made anew.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Throw the index away and build it from the log
    Rebuild,
}

/// Rebuilds the index.
///
/// # Errors
/// When the ledger is locked, damaged, or the disk fails.
pub fn run(args: &Args, context: &Context) -> Done {
    let Action::Rebuild = args.action;
    let (folder, settings) = (context.folder()?, context.settings()?);
    let bar = context.printer.progress("building the index", 0);
    let report = rebuild_index(&folder, &Context::options(&settings.config)?, &Host::real(), &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let report = report.map_err(|error| ledger_failure::of(&error))?;
    if context.printer.json {
        let same = report.before.map(|before| before == report.content);
        return context.printer.value(&json!({ "size": report.size, "content": report.content, "same": same }));
    }
    let than_before = match report.before {
        Some(before) if before == report.content => ", the same as before",
        Some(_) => ", other than before: the old index was damaged",
        None => "",
    };
    context.printer.text(&format!("index of {} records, content {}{than_before}", report.size, report.content))
}
