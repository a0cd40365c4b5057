//! `sagwan bench`: the rates of this machine, with its physical limits measured in the same run beside them.
//!
//! Rates are by processor time, scaled to two processors: on a busy machine the wall clock says nothing. Ratios are
//! what is promised (docs/promises.md).

mod ceiling;
mod http;
mod inside;
mod lineage;
mod meter;
mod plugins;
mod policy;
mod report;
mod work;

use super::{
    context::Context,
    failure::{Done, Failure},
    printer::Printer,
};
use report::{Bound, Row};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Arguments of `bench`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Records to grow the ledger to before the last measurements; the promises are about 1,000,000.
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    records: u64,
    /// Where to make the ledger, which is removed afterwards; it should stand on the disk that will hold yours.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// The seed of the workload.
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Leave the ledger where it is.
    #[arg(long)]
    keep: bool,
    /// Measure policy alone: decisions, bare casbin, guards, loading.
    #[arg(long)]
    policy: bool,
    /// Measure plugins alone: calls, appends that are judged, a hostile neighbour.
    #[arg(long, conflicts_with = "policy")]
    plugins: bool,
    /// Measure lineage alone: walks, their evidence, its verification; the promises are about 1,000,000 records.
    #[arg(long, conflicts_with_all = ["policy", "plugins"])]
    lineage: bool,
    /// With --lineage: write the ledger's edges (from, to, log index) to this file, for benches/lineage_postgres.sh.
    #[arg(long, value_name = "CSV", requires = "lineage")]
    edges: Option<PathBuf>,
    /// Exit with 1 when a promise is not kept.
    #[arg(long)]
    check: bool,
}

/// What the parts of the benchmark share.
struct Bench<'a> {
    printer: &'a Printer,
    seed: u64,
    /// Appends at 10,000 records, as a share of V.
    early: f64,
    rows: &'a mut Vec<Row>,
}

impl Bench<'_> {
    fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Measures something against V, taken anew just before and just after it: a machine's speed drifts. `work` gives
    /// what was done and the processor time that it took; the ratio comes back.
    fn against_v(
        &mut self,
        name: &'static str,
        promise: Bound,
        work: impl FnOnce(&mut Self) -> Done<(u64, Duration, String)>,
    ) -> Done<f64> {
        let (before, _) = ceiling::verify_rate();
        let (count, cpu, note) = work(self)?;
        let (after, _) = ceiling::verify_rate();
        let (figure, ceiling) = (meter::rate(count, cpu), f64::midpoint(before, after));
        self.row(Row::ratio(name, figure, ceiling, promise).note(note));
        Ok(figure / ceiling)
    }

    fn progress(&self, what: &str, total: u64) -> indicatif::ProgressBar {
        self.printer.progress(what, total)
    }
}

/// Runs the benchmark and prints its table.
///
/// # Errors
/// When the ledger cannot be made or run; with `--check` when a promise is not kept.
pub fn run(args: &Args, context: &Context) -> Done {
    let folder = args.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = folder.join(format!("sagwan-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let mut rows = Vec::new();
    let result = measured(args, context, &folder, &mut rows);
    if args.keep {
        context.printer.note(&format!("the ledger stands in {}", folder.join("ledger").display()));
    } else {
        std::fs::remove_dir_all(&folder).map_err(|error| Failure::io("remove", &folder, &error))?;
    }
    // What was measured before a failure is shown all the same.
    if context.printer.json {
        rows.iter().try_for_each(|row| context.printer.value(row))?;
    } else {
        context.printer.table(&report::table(&rows))?;
    }
    result?;
    let missed = rows.iter().filter(|row| !row.kept()).count();
    if args.check && missed > 0 {
        return Err(Failure::fault(format!("{missed} promises are not kept on this machine, in this run")));
    }
    Ok(())
}

fn measured(args: &Args, context: &Context, folder: &Path, rows: &mut Vec<Row>) -> Done {
    if args.policy {
        return policy::measured(folder, args.seed, rows);
    }
    if args.plugins {
        let mut bench = Bench { printer: &context.printer, seed: args.seed, early: 0.0, rows };
        return plugins::measured(&mut bench, folder);
    }
    if args.lineage {
        let mut bench = Bench { printer: &context.printer, seed: args.seed, early: 0.0, rows };
        let (ledger, mut work) = inside::found(&bench, &folder.join("ledger"))?;
        lineage::measured(&mut bench, &ledger, &mut work, args.records)?;
        if let Some(file) = &args.edges {
            lineage::write_edges(&ledger, file)?;
        }
        return ledger.close().map_err(|error| Failure::fault(error.to_string()));
    }
    context.printer.note("measuring the machine's limits …");
    let ((verify, wall), sync) = (ceiling::verify_rate(), ceiling::sync_median(folder)?);
    context.printer.note(&format!(
        "V, strict verification on two threads: {verify:.0}/s by processor time, {wall:.0}/s by the wall clock; \
         one fdatasync of 700 bytes: {sync:.0?}"
    ));
    let mut bench = Bench { printer: &context.printer, seed: args.seed, early: 0.0, rows };
    let home = folder.join("ledger");
    let (ledger, mut work) = inside::found(&bench, &home)?;
    inside::young(&mut bench, &ledger, &mut work)?;
    inside::grow(&bench, &ledger, &mut work, args.records)?;
    inside::old(&mut bench, &ledger, &mut work)?;
    let bytes = work.bytes();
    ledger.close().map_err(|error| Failure::fault(error.to_string()))?;
    inside::disk(&mut bench, &home, bytes)?;
    inside::audit(&mut bench, &home)?;
    http::served(&mut bench, &home, &mut work)
}

/// `value` as seconds.
fn seconds(value: Duration) -> f64 {
    value.as_secs_f64()
}

/// A figure of its own, promised to be at most this.
fn at_most(name: &'static str, value: f64, bound: f64, unit: &'static str) -> Row {
    Row::rate(name, value, Bound::AtMost(bound)).unit(unit)
}
