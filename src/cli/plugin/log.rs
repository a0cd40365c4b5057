//! `sagwan plugin log`: what plugins said of what was recorded and refused.

use super::named;
use crate::{
    cli::{
        Context,
        failure::Done,
        ledger_failure,
        reader::{ReaderArgs, Source},
        table::{Table, Tone},
        view::{RecordView, text},
        when,
    },
    codec::cbor,
    event::{
        ActorId, Digest, Outcome, Subject, Text, Timestamp,
        body::{SealedPlugin, SealedVerdict, VerdictWord},
    },
    ledger::Query,
    plugin::Finding,
};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// List what plugins said, newest first: verdict, findings, and what came of it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
What monitors find stands in the log as events of their own: `sagwan log --kind alert.raised`. Where there is more, the last
line says how to go on.

Examples:
  sagwan plugin log --verdict reject --since 7d
  sagwan plugin log --plugin plugin/drift@0.1.0 --subject dataset/loans@2 --json")]
pub struct Args {
    /// What this plugin said.
    #[arg(long, value_name = "plugin/NAME@VERSION")]
    plugin: Option<Subject>,
    /// What was said under this binding.
    #[arg(long, value_name = "DIGEST")]
    binding: Option<Digest>,
    /// Only this verdict: accept, reject, abstain, fault or indeterminate.
    #[arg(long, value_name = "WORD", value_parser = super::scope::word::<VerdictWord>)]
    verdict: Option<VerdictWord>,
    /// Only where this came of it: recorded, warned or refused.
    #[arg(long, value_name = "WORD", value_parser = super::scope::word::<Outcome>)]
    outcome: Option<Outcome>,
    /// What was said of events about this subject.
    #[arg(long)]
    subject: Option<Subject>,
    /// What was said of this actor's statements.
    #[arg(long)]
    by: Option<ActorId>,
    /// Recorded at this time or later.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Recorded before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// At most this many; 0 for all.
    #[arg(long, short = 'n', default_value_t = 50)]
    limit: usize,
    /// Go on at this log index, as the last page said.
    #[arg(long, value_name = "INDEX")]
    cursor: Option<u64>,
    #[command(flatten)]
    reader: ReaderArgs,
}

/// One verdict.
#[derive(Clone, Debug, Serialize)]
struct Verdict {
    index: u64,
    position: u64,
    t: Timestamp,
    actor: String,
    kind: String,
    subject: String,
    binding: Digest,
    component: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<Subject>,
    verdict: VerdictWord,
    /// Why it gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Text>,
    outcome: Outcome,
    /// What it found, where the blob is at hand.
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings_digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcript: Option<Digest>,
}

/// Prints them.
///
/// # Errors
/// When the ledger cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let now = context.now();
    let time = |text: &Option<String>| text.as_deref().map(|text| when::parse(text, now)).transpose();
    let query = Query {
        subject: args.subject.clone(),
        actor: args.by.clone(),
        since: time(&args.since)?,
        until: time(&args.until)?,
        newest_first: true,
        cursor: args.cursor,
        ..Query::default()
    };
    let source = Source::open(context, &args.reader)?;
    let mut reader = Reader::new(&source)?;
    let mut table = Table::new(&["record", "time", "kind", "subject", "plugin", "verdict", "came out", "found"]);
    let mut left = if args.limit == 0 { usize::MAX } else { args.limit };
    let next = source.each_while(query, |record| {
        for verdict in reader.verdicts(record)?.iter().filter(|verdict| args.wants(verdict)) {
            if context.printer.json {
                context.printer.value(verdict)?;
            } else {
                row(&mut table, verdict);
            }
            left = left.saturating_sub(1);
        }
        Ok(left > 0)
    })?;
    if !context.printer.json {
        if table.is_empty() {
            context.printer.note("no such verdicts");
        } else {
            context.printer.table(&table)?;
        }
    }
    if let Some(next) = next {
        context.printer.note(&format!("there may be more: go on with --cursor {next}"));
    }
    Ok(())
}

impl Args {
    fn wants(&self, verdict: &Verdict) -> bool {
        self.plugin.as_ref().is_none_or(|plugin| verdict.plugin.as_ref() == Some(plugin))
            && self.binding.is_none_or(|binding| verdict.binding == binding)
            && self.verdict.is_none_or(|word| verdict.verdict == word)
            && self.outcome.is_none_or(|outcome| verdict.outcome == outcome)
            && self.subject.as_ref().is_none_or(|subject| verdict.subject == subject.as_str())
    }
}

/// Reads verdicts: rows of seals and denials, each with its own table of plugins.
struct Reader<'s> {
    source: &'s Source,
    plugins: BTreeMap<Digest, Subject>,
    /// The table of the seal that was read last.
    seal: Option<(u64, Vec<SealedPlugin>)>,
}

impl<'s> Reader<'s> {
    fn new(source: &'s Source) -> Done<Self> {
        let plugins = match source {
            Source::Folder(ledger, _) => {
                named::bindings(ledger)?.into_iter().map(|bound| (bound.id, bound.binding.plugin)).collect()
            }
            Source::Server(_) => BTreeMap::new(),
        };
        Ok(Self { source, plugins, seal: None })
    }

    fn verdicts(&mut self, record: &RecordView) -> Done<Vec<Verdict>> {
        if record.first("kind") == "denial" {
            return self.of_denial(record);
        }
        let mut all = Vec::new();
        for ((event, ruling), position) in record.events.iter().zip(&record.rulings).zip(0..) {
            if ruling.verdicts.is_empty() {
                continue;
            }
            let table = self.table(record.seal)?;
            let about = (text(Some(event), "kind"), text(Some(event), "subject"), record.actor.as_str());
            for said in &ruling.verdicts {
                all.extend(self.verdict((record, position), about, (said, &table), ruling.outcome)?);
            }
        }
        Ok(all)
    }

    fn of_denial(&self, record: &RecordView) -> Done<Vec<Verdict>> {
        let body = record.events.first().and_then(|event| event.get("body"));
        let list = |name: &str| body.and_then(|body| body.get(name)).cloned().unwrap_or(Json::Array(Vec::new()));
        // A denial that cannot be read has nothing to show.
        let table: Vec<SealedPlugin> = serde_json::from_value(list("plugins")).unwrap_or_default();
        let said: Vec<SealedVerdict> = serde_json::from_value(list("verdicts")).unwrap_or_default();
        let position = body.and_then(|body| body.get("position")).and_then(Json::as_u64).unwrap_or_default();
        let about = (text(body, "kind"), record.first("subject"), text(body, "actor"));
        let verdict = |said| self.verdict((record, position), about, (said, &table), Outcome::Refused);
        let all = said.iter().map(verdict).collect::<Done<Vec<_>>>()?;
        Ok(all.into_iter().flatten().collect())
    }

    /// The table of plugins of a seal.
    fn table(&mut self, seal: u64) -> Done<Vec<SealedPlugin>> {
        if let Some((at, table)) = &self.seal
            && *at == seal
        {
            return Ok(table.clone());
        }
        let record = self.source.record(seal)?;
        let list = record.events.first().and_then(|event| event.get("body")?.get("plugins").cloned());
        let table: Vec<SealedPlugin> = list.and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default();
        self.seal = Some((seal, table.clone()));
        Ok(table)
    }

    fn verdict(
        &self,
        (record, position): (&RecordView, u64),
        (kind, subject, actor): (&str, &str, &str),
        (said, table): (&SealedVerdict, &[SealedPlugin]),
        outcome: Outcome,
    ) -> Done<Option<Verdict>> {
        let Some(row) = usize::try_from(said.plugin).ok().and_then(|row| table.get(row)) else { return Ok(None) };
        Ok(Some(Verdict {
            index: record.index,
            position,
            t: record.t,
            actor: actor.to_owned(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            binding: row.binding,
            component: row.component,
            plugin: self.plugins.get(&row.binding).cloned(),
            verdict: said.verdict,
            fault: said.fault.clone(),
            outcome,
            findings: said.findings.map_or_else(|| Ok(Vec::new()), |digest| self.findings(&digest))?,
            findings_digest: said.findings,
            transcript: said.transcript,
        }))
    }

    /// The findings behind a digest; none from a server, which gives no blobs.
    fn findings(&self, digest: &Digest) -> Done<Vec<Finding>> {
        let Source::Folder(ledger, _) = self.source else { return Ok(Vec::new()) };
        let bytes = ledger.blobs().get(&digest.0).map_err(|error| ledger_failure::of_storage(&error))?;
        cbor::decode(&bytes)
            .map_err(|error| crate::cli::failure::Failure::fault(format!("findings {digest} cannot be read: {error}")))
    }
}

fn row(table: &mut Table, verdict: &Verdict) {
    let (came_out, tone) = match verdict.outcome {
        Outcome::Recorded => ("recorded", Tone::Good),
        Outcome::Warned => ("recorded with a warning", Tone::Doubtful),
        Outcome::Refused => ("refused", Tone::Bad),
    };
    let place = match verdict.position {
        0 => verdict.index.to_string(),
        position => format!("{}.{position}", verdict.index),
    };
    let fault = verdict.fault.iter().map(|fault| format!("fault: {fault}"));
    let found = fault.chain(verdict.findings.iter().map(|finding| format!("{}: {}", finding.code, finding.message)));
    let plugin = verdict.plugin.as_ref().map_or_else(|| verdict.binding.to_string(), ToString::to_string);
    table.toned([
        (place, Tone::Plain),
        (verdict.t.to_string(), Tone::Quiet),
        (verdict.kind.clone(), Tone::Plain),
        (verdict.subject.clone(), Tone::Plain),
        (plugin, Tone::Plain),
        (verdict.verdict.to_string(), Tone::Plain),
        (came_out.to_owned(), tone),
        (found.collect::<Vec<_>>().join("; "), Tone::Plain),
    ]);
}
