//! What the ledger does in this process: appends, batches, latency, growth, audit.

use super::{
    Bench,
    ceiling::SyncProbe,
    meter::{measure, median, rate, wall_rate},
    report::{Bound, Row},
    work::{Work, admit, check},
};
use crate::{
    cli::failure::{Done, Failure},
    ledger::{Host, Ledger, Options, verify_full},
};
use std::{
    fs,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

/// Statements a submission.
pub const BATCH: usize = 256;
/// Submissions under way at once, so that verifying, deciding and the disk overlap.
const UNDER_WAY: usize = 8;
/// Records at which the first rate is taken.
const EARLY: u64 = 10_000;
/// Statements signed ahead.
const CHUNK: u64 = 16_384;
/// Statements of one measurement of latency.
const SINGLES: usize = 300;

/// Submits statements in batches, several under way, and waits for all.
fn append(ledger: &Ledger, statements: Vec<Vec<u8>>, batch: usize) -> Done {
    let (sender, receiver) = mpsc::sync_channel(UNDER_WAY * 2);
    let mut under_way = 0;
    let take = |receiver: &mpsc::Receiver<Vec<_>>| -> Done {
        let verdicts = receiver.recv().map_err(|_| Failure::fault("the ledger gave no answer"))?;
        verdicts.iter().try_for_each(check)
    };
    let mut rest = statements.into_iter().peekable();
    while rest.peek().is_some() {
        let part = rest.by_ref().take(batch).collect();
        let sender = sender.clone();
        let done = Box::new(move |verdicts| drop(sender.send(verdicts)));
        ledger.submit(part, done).map_err(|busy| Failure::fault(format!("the ledger is busy: {busy}")))?;
        under_way += 1;
        if under_way == UNDER_WAY {
            take(&receiver)?;
            under_way -= 1;
        }
    }
    (0..under_way).try_for_each(|_| take(&receiver))
}

/// Appends of one-event statements and of signed batches, and their latency, on a young ledger.
pub fn young(bench: &mut Bench, ledger: &Ledger, work: &mut Work) -> Done {
    grow(bench, ledger, work, EARLY)?;
    let name = "appends in process, batches of 256";
    bench.early = appends(bench, ledger, work, name, Bound::AtLeast(0.60))?;
    let now = ledger.host().clock.now();
    let batches = work.batches(256, 64, now)?;
    let (result, took) = measure(|| append(ledger, batches, 32));
    result?;
    let note = format!("wall {:.0}/s", wall_rate(256 * 64, took.wall));
    let row = Row::rate("events in signed batches of 64", rate(256 * 64, took.cpu), Bound::AtLeast(50_000.0));
    bench.row(row.note(note));
    latency(bench, ledger, work)
}

/// One client, one statement at a time, until its receipt is in hand; held against one sync of the disk.
fn latency(bench: &mut Bench, ledger: &Ledger, work: &mut Work) -> Done {
    // The disk's mood changes from one moment to the next: a probe stands beside each statement.
    let mut probe = SyncProbe::new(ledger.folder())?;
    let (mut samples, mut recorded) = (Vec::with_capacity(SINGLES), Vec::with_capacity(SINGLES));
    for statement in work.statements(SINGLES as u64, ledger.host().clock.now())? {
        let started = Instant::now();
        let verdict = ledger.admit(statement).map_err(|busy| Failure::fault(busy.to_string()))?;
        recorded.push(started.elapsed());
        let crate::ledger::Verdict::Recorded { index, .. } = verdict else { return check(&verdict) };
        let receipt = ledger.receipt(index).map_err(|error| Failure::fault(error.to_string()))?;
        samples.push(started.elapsed());
        std::hint::black_box(receipt);
        probe.sync()?;
    }
    let sync = probe.median()?.max(Duration::from_micros(1));
    let p50 = median(&mut samples);
    let recorded = median(&mut recorded);
    let note = format!("p50 {p50:.0?}, recorded after {recorded:.0?}; {sync:.0?} for one fdatasync of 700 bytes");
    let row = Row::ratio("one statement until its receipt", p50.as_secs_f64(), sync.as_secs_f64(), Bound::AtMost(4.0));
    bench.row(row.unit("s").note(note));
    Ok(())
}

/// Appends against V, for those who changed what an append asks for.
pub fn appends(bench: &mut Bench, ledger: &Ledger, work: &mut Work, name: &'static str, promise: Bound) -> Done<f64> {
    bench.against_v(name, promise, |_| {
        let (took, wall) = append_rate(ledger, work)?;
        Ok((CHUNK, took, format!("wall {wall:.0}/s")))
    })
}

/// The processor time of [`CHUNK`] appends, the best of three, and their rate by the wall.
fn append_rate(ledger: &Ledger, work: &mut Work) -> Done<(Duration, f64)> {
    let mut best = (Duration::MAX, 0.0_f64);
    for _ in 0..3 {
        let statements = work.statements(CHUNK, ledger.host().clock.now())?;
        let (result, took) = measure(|| append(ledger, statements, BATCH));
        result?;
        best = (best.0.min(took.cpu), best.1.max(wall_rate(CHUNK, took.wall)));
    }
    Ok(best)
}

/// Appends until the ledger has `records`.
pub fn grow(bench: &Bench, ledger: &Ledger, work: &mut Work, records: u64) -> Done {
    let size = ledger.head().size;
    let bar = bench.progress(&format!("appending to {records} records"), records.saturating_sub(size));
    while ledger.head().size < records {
        let missing = records - ledger.head().size;
        append(ledger, work.statements(missing.min(CHUNK), ledger.host().clock.now())?, BATCH)?;
        bar.set_position(ledger.head().size - size);
    }
    bar.finish_and_clear();
    Ok(())
}

/// The cost of an append now against that on the young ledger, each in units of a signature check beside it.
pub fn old(bench: &mut Bench, ledger: &Ledger, work: &mut Work) -> Done {
    let (before, _) = super::ceiling::verify_rate();
    let (took, _) = append_rate(ledger, work)?;
    let (after, _) = super::ceiling::verify_rate();
    let late = rate(CHUNK, took) / f64::midpoint(before, after);
    let name = "cost of an append, in signature checks";
    let note = format!("now, at {} records; the ceiling is its cost at {EARLY}", ledger.head().size);
    bench.row(Row::ratio(name, 1.0 / late, 1.0 / bench.early, Bound::AtMost(1.2)).unit("checks").note(note));
    Ok(())
}

/// Bytes on the disk against the statements' own.
pub fn disk(bench: &mut Bench, folder: &Path, statements: u64) -> Done {
    #[expect(clippy::cast_precision_loss, reason = "sizes are rounded when shown")]
    let bytes = |parts: &[&str]| parts.iter().map(|part| size_of(&folder.join(part))).sum::<u64>() as f64;
    #[expect(clippy::cast_precision_loss, reason = "sizes are rounded when shown")]
    let own = statements as f64;
    let log = bytes(&["journal", "log", "checkpoint"]);
    bench.row(Row::ratio("disk: log with tiles", log, own, Bound::AtMost(1.10)).unit("B"));
    bench.row(Row::ratio("disk: with the index", log + bytes(&["index"]), own, Bound::AtMost(1.5)).unit("B"));
    Ok(())
}

/// Bytes of a file, or of everything below a folder.
fn size_of(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return fs::metadata(path).map_or(0, |meta| meta.len()) };
    entries.flatten().map(|entry| size_of(&entry.path())).sum()
}

/// `verify --full` over the ledger in `folder`.
pub fn audit(bench: &mut Bench, folder: &Path) -> Done {
    let bar = bench.progress("verifying all", 0);
    let progress = &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let name = "verify --full";
    let done = bench.against_v(name, Bound::AtLeast(0.60), |_| {
        let (report, took) = measure(|| verify_full(folder, &Host::real(), progress));
        let report = report.map_err(|error| Failure::fault(error.to_string()))?;
        Ok((report.size, took.cpu, format!("{} entries, wall {:.0}/s", report.size, wall_rate(report.size, took.wall))))
    });
    bar.finish_and_clear();
    done.map(drop)
}

/// A new ledger with its datasets registered.
pub fn found(bench: &Bench, folder: &Path) -> Done<(Ledger, Work)> {
    let (ledger, mut work) = Work::found(folder, &Options::default(), bench.seed)?;
    let bar = bench.progress("registering 100,000 datasets", super::work::SUBJECTS);
    work.register(&ledger, |done| bar.set_position(done))?;
    bar.finish_and_clear();
    admit(&ledger, Vec::new())?;
    Ok((ledger, work))
}
