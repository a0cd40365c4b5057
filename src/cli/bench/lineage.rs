//! Lineage in a large ledger: pipelines of 200 subjects, ten layers deep, spread among other records; a walk through one
//! with its evidence, how large that is, and how fast it is verified.

use super::{
    Bench, at_most,
    inside::grow,
    meter::measure,
    report::{Bound, Row},
    work::{Work, admit, dataset_named, event, sign},
};
use crate::{
    cli::failure::{Done, Failure},
    decide::Reader,
    event::{Body, Digest, Env, Event, Reference, body::DatasetRegistered},
    ledger::{Asker, Ledger, PastRecord},
    lineage::{Ask, Direction, Found, Question, Walk, answer, verify},
    merkle::{Hash, Trie, key_hash},
    verify::LogKeys,
};
use std::{
    fmt::Write as _,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

/// Layers of a pipeline, and subjects of a layer.
const LAYERS: u64 = 10;
const WIDTH: u64 = 20;
/// Pipelines in the ledger.
const PIPELINES: u64 = 100;
/// Keys of the proved index, and batches of updates, for what an update costs.
const KEYS: u64 = 1_000_000;
const UPDATES: u64 = 1_000;
/// Walks that are measured: the first of each pipeline, and five times as many along what was walked before.
const WALKS: usize = 6 * PIPELINES as usize;

fn fail(error: impl std::fmt::Display) -> Failure {
    Failure::fault(error.to_string())
}

/// Grows a ledger with pipelines in it to `records`, and measures.
pub fn measured(bench: &mut Bench, ledger: &Ledger, work: &mut Work, records: u64) -> Done {
    let base = ledger.head().size;
    let step = records.saturating_sub(base) / LAYERS;
    // As in most ledgers, some data is personal: then every walk asks whether it touches it.
    let now = ledger.host().clock.now();
    let people = registered("people@1".into(), &[], true, now)?;
    admit(ledger, vec![sign(work.author(0)?, &[people], now)?])?;
    for layer in 0..LAYERS {
        for pipeline in 0..PIPELINES {
            admit(ledger, statements(work, ledger, pipeline, layer)?)?;
        }
        grow(bench, ledger, work, base + step * (layer + 1))?;
    }
    let walks = walks(bench, ledger)?;
    bench.row(at_most("lineage of 200 subjects, 10 deep, p99", walks.p99.as_secs_f64(), 0.020, "s").note(format!(
        "p50 {:.1?}, of each pipeline's first {:.1?}; with its evidence p50 {:.1?}; {} records",
        walks.p50,
        walks.first_p50,
        walks.proved_p50,
        ledger.head().size
    )));
    let with = at_most("the same with its evidence, p99", walks.proved_p99.as_secs_f64(), 0.020, "s");
    bench.row(with);
    let beyond = at_most("evidence a subject beyond statements, in KB", walks.beyond / 1_024.0, 4.0, " KB");
    bench.row(beyond.note(format!("{} bytes in all", walks.bytes)));
    verified(bench, ledger, &walks.evidence)?;
    bench.row(key_updates());
    Ok(())
}

/// What it costs to give a key of the proved index one more posting and to have the new root, among a million keys, many
/// keys at once.
fn key_updates() -> Row {
    let place = |n: u64| key_hash(&n.to_be_bytes());
    let mut trie = Trie::default();
    trie.append((0..KEYS).map(|n| (place(n), n)).collect());
    let batches: Vec<Vec<(Hash, u64)>> = (0..UPDATES)
        .map(|batch| (0..256).map(|n| (place((batch * 256 + n) * 7_919 % KEYS), KEYS + batch)).collect())
        .collect();
    let mut roots = 0_u8;
    let ((), took) = measure(|| {
        for batch in batches {
            trie.append(batch);
            roots ^= trie.root()[0];
        }
    });
    std::hint::black_box(roots);
    #[expect(clippy::cast_precision_loss, reason = "times are rounded when shown")]
    let each = took.cpu.as_secs_f64() / (UPDATES * 256) as f64;
    at_most("an index key's update at 1,000,000 keys, batches of 256", each, 4e-6, "s")
}

/// The records of one layer of a pipeline: each subject comes from three of the layer before; behind the last layer
/// stands one that comes from all of it.
fn statements(work: &Work, ledger: &Ledger, pipeline: u64, layer: u64) -> Done<Vec<Vec<u8>>> {
    let now = ledger.host().clock.now();
    let mut made = Vec::new();
    for n in 0..WIDTH {
        let inputs = match layer {
            0 => Vec::new(),
            _ => [0, 1, 7].iter().map(|k| name(pipeline, layer - 1, (n + k) % WIDTH)).collect::<Vec<_>>(),
        };
        made.push(registered(name(pipeline, layer, n), &inputs, false, now)?);
    }
    if layer + 1 == LAYERS {
        let all: Vec<String> = (0..WIDTH).map(|n| name(pipeline, layer, n)).collect();
        made.push(registered(name(pipeline, LAYERS, 0), &all, false, now)?);
    }
    made.into_iter().zip(pipeline..).map(|(event, n)| sign(work.author(n)?, &[event], now)).collect()
}

fn name(pipeline: u64, layer: u64, n: u64) -> String {
    format!("pipeline/{pipeline:03}/{layer:02}/{n:02}@1")
}

fn registered(name: String, inputs: &[String], personal: bool, now: crate::event::Timestamp) -> Done<Event> {
    let text = |text: &str| text.parse().map(Some).map_err(fail);
    let body = DatasetRegistered {
        source: text("generated")?,
        purpose: text("benchmark")?,
        legal_basis: text("none needed")?,
        digest: Some(Digest([9; 32])),
        bytes: None,
        licence: None,
        statistics: None,
        data_subjects: None,
        schema: Vec::new(),
        column_lineage: Vec::new(),
        data_categories: Vec::new(),
        subject_categories: Vec::new(),
        transfers: Vec::new(),
        personal,
        sensitive: false,
    };
    let reference = |name: &String| Ok(Reference { subject: dataset_named(name)?, digest: None, external: false });
    let inputs = inputs.iter().map(reference).collect::<Done<Vec<_>>>()?;
    Ok(Event { inputs, ..event(dataset_named(&name)?, Some(Env::Dev), now, Body::DatasetRegistered(body)) })
}

/// What was measured of the walks.
struct Walks {
    p50: Duration,
    p99: Duration,
    first_p50: Duration,
    proved_p50: Duration,
    proved_p99: Duration,
    /// Bytes of evidence beyond the statements, a subject.
    beyond: f64,
    bytes: usize,
    evidence: Vec<Vec<u8>>,
}

fn walks(bench: &Bench, ledger: &Ledger) -> Done<Walks> {
    let asker = Asker { reader: Reader::Operator(None), origin: "the benchmark".parse().map_err(fail)?, purpose: None };
    let (mut plain, mut proved, mut beyond, mut evidence) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let bar = bench.progress("walking", 2 * WALKS as u64);
    // First all without evidence and then all with it: as another database would be asked, without something else between.
    for prove in [false, true] {
        for n in 0..WALKS {
            let subject = dataset_named(&name(n as u64 * 37 % PIPELINES, LAYERS, 0))?;
            let walk = Walk { depth: 10, ..Walk::new(subject, Direction::Upstream) };
            let question = Question { ask: Ask::Lineage(walk), as_of: None };
            let viewer = ledger.as_reader(asker.clone());
            let started = Instant::now();
            let found = answer(&viewer, &question, prove, "benchmark").map_err(fail)?.value;
            let bytes = found.evidence.as_ref().map(|evidence| evidence.to_cbor()).transpose().map_err(fail)?;
            if prove { &mut proved } else { &mut plain }.push(started.elapsed());
            let Found::Lineage(graph) = &found.answer.found else { return Err(Failure::fault("not a graph")) };
            if graph.nodes.len() as u64 != LAYERS * WIDTH + 1 {
                return Err(Failure::fault(format!("the walk found {} subjects", graph.nodes.len())));
            }
            if let (Some(bytes), Some(given)) = (bytes, &found.evidence) {
                let visited: Vec<u64> = graph.edges.iter().map(|edge| edge.index).collect();
                let own = given.records.iter().filter(|(index, _)| visited.contains(index));
                let statements: usize = own.map(|(_, bytes)| bytes.0.len()).sum();
                #[expect(clippy::cast_precision_loss, reason = "sizes are rounded when shown")]
                beyond.push((bytes.len() - statements) as f64 / graph.nodes.len() as f64);
                if evidence.len() < 50 {
                    evidence.push(bytes);
                }
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let part = |samples: &mut Vec<Duration>, of_hundred: usize| {
        samples.sort_unstable();
        samples.get(samples.len() * of_hundred / 100).copied().unwrap_or_default()
    };
    let mut first: Vec<Duration> = plain.iter().take(PIPELINES as usize).copied().collect();
    Ok(Walks {
        first_p50: part(&mut first, 50),
        p50: part(&mut plain, 50),
        p99: part(&mut plain, 99),
        proved_p50: part(&mut proved, 50),
        proved_p99: part(&mut proved, 99),
        beyond: beyond.iter().copied().fold(0.0, f64::max),
        bytes: evidence.first().map_or(0, Vec::len),
        evidence,
    })
}

/// How fast evidence is verified on one core: signatures, proofs, and the question asked again.
fn verified(bench: &mut Bench, ledger: &Ledger, evidence: &[Vec<u8>]) -> Done {
    let keys = LogKeys::new(ledger.origin(), &ledger.log_keys().map_err(fail)?).map_err(fail)?;
    let mut statements = 0;
    let (result, took) = measure(|| {
        for bytes in evidence {
            let verified = verify(bytes, &keys).map_err(fail)?;
            statements += verified.statements as u64;
        }
        Ok(())
    });
    result?;
    #[expect(clippy::cast_precision_loss, reason = "rates are rounded when shown")]
    let rate = statements as f64 / took.cpu.as_secs_f64().max(1e-9);
    bench.row(Row::rate("offline verification, statements a core", rate, Bound::AtLeast(10_000.0)));
    Ok(())
}

/// Writes every edge of the ledger as a line `from,to,index`, for another database to walk.
pub fn write_edges(ledger: &Ledger, file: &Path) -> Done {
    let failed = |error: std::io::Error| Failure::io("write", file, &error);
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).map_err(failed)?);
    let lines = |record: &PastRecord<'_>| {
        let mut text = String::new();
        for event in record.events {
            // INVARIANT: writing to a String does not fail.
            let mut line = |from, to| {
                let _ = writeln!(text, "{from},{to},{}", record.index);
            };
            event.inputs.iter().for_each(|input| line(&input.subject, &event.subject));
            event.outputs.iter().for_each(|output| line(&event.subject, &output.subject));
        }
        text
    };
    let mut written = Ok(());
    ledger
        .each_record(0..ledger.head().size, 2, &lines, &mut |_, texts| {
            for text in texts {
                if written.is_ok() {
                    written = out.write_all(text.as_bytes());
                }
            }
        })
        .map_err(fail)?;
    written.and_then(|()| out.flush()).map_err(failed)
}
