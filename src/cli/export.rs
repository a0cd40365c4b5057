//! `sagwan export`: what the ledger knows, in the forms that others read.

use super::{
    Context,
    failure::{Done, Failure},
    lineage::{WalkArgs, failure, moment},
    reader::{ReaderArgs, Source},
    signer,
};
use crate::{
    crypto::SecretKey,
    event::Subject,
    lineage::{
        Direction, Moment,
        export::{Format, Of, Wanted, dsse, write},
        gather,
    },
};
use std::path::{Path, PathBuf};

/// What the ledger knows, in the forms that others read.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Of a subject: what it came from, and all that is recorded of that. Without one: what was recorded in a time.
docs/exports.md says what becomes what.

Examples:
  sagwan export prov model/credit@3 --out credit.prov.json
  sagwan export openlineage --since 7d --out week.ndjson
  sagwan export openlineage dataset/raw@1 --down
  sagwan export cyclonedx model/credit@3 --out credit.cdx.json
  sagwan export ro-crate model/credit@3 --out crate/
  sagwan export in-toto model/credit@3 --key ci.pem --out credit.intoto.jsonl
  sagwan export svg model/credit@3 --both --out credit.svg")]
pub struct Args {
    /// The format: openlineage, prov, cyclonedx, ro-crate, in-toto, dot, mermaid or svg.
    format: Format,
    /// Of this subject.
    subject: Option<Subject>,
    /// What it came from; the default.
    #[arg(long, requires = "subject", conflicts_with_all = ["down", "both"])]
    up: bool,
    /// What came of it.
    #[arg(long, requires = "subject", conflicts_with = "both")]
    down: bool,
    /// Both.
    #[arg(long, requires = "subject")]
    both: bool,
    /// What was recorded from this time or log index on.
    #[arg(long, value_name = "TIME|INDEX", conflicts_with = "subject")]
    since: Option<String>,
    /// What was recorded before this time or log index.
    #[arg(long, value_name = "TIME|INDEX", conflicts_with = "subject")]
    until: Option<String>,
    /// As of a time or a log index: the entries below it.
    #[arg(long, value_name = "TIME|INDEX")]
    as_of: Option<String>,
    /// Where to write it, for ro-crate a folder; otherwise stdout.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The secret key to sign in-toto statements with, each in an envelope (DSSE).
    #[arg(long, value_name = "PEM")]
    key: Option<PathBuf>,
    #[command(flatten)]
    walk: WalkArgs,
    #[command(flatten)]
    reader: ReaderArgs,
}

/// Writes the export.
///
/// # Errors
/// When the ledger cannot be opened or read, or there is nothing to export.
pub fn run(args: &Args, context: &Context) -> Done {
    if args.key.is_some() && args.format != Format::InToto {
        return Err(Failure::usage("--key signs in-toto statements", "leave it out, or export in-toto"));
    }
    let key = args.key.as_deref().map(signer::read_secret).transpose()?;
    let source = Source::open(context, &args.reader)?;
    let bar = context.printer.progress("reading the ledger", 0);
    let wanted = args.wanted(context)?;
    let text = match &source {
        Source::Folder(ledger, asker) => {
            let viewer = ledger.as_reader((**asker).clone());
            let task = format!("export {}: {}", args.format, wanted.in_words());
            let material = gather(&viewer, &wanted, &task).map_err(|error| failure(&error))?.value;
            if material.cut().is_some() {
                context.printer.warn("the export is cut at a bound: ask for less depth, or a shorter time");
            }
            write(args.format, &material).map_err(|error| failure(&error))
        }
        Source::Server(server) => {
            let bytes = server.bytes(&format!("/api/v1/export/{}", args.format), &parameters(&wanted))?;
            let not_text = |_| Failure::fault("the server sent an export that is not UTF-8");
            String::from_utf8(bytes).map_err(not_text)
        }
    };
    bar.finish_and_clear();
    let text = match (text?, &key) {
        (text, Some(key)) => text.lines().map(|line| signed(line, key)).collect(),
        (text, None) if args.format == Format::InToto => {
            context.printer.note("the statements are not signed: give --key");
            text
        }
        (text, None) => text,
    };
    args.leave(context, &text)
}

/// One statement in its envelope.
fn signed(statement: &str, key: &SecretKey) -> String {
    format!("{}\n", dsse::envelope(dsse::IN_TOTO, statement.as_bytes(), key))
}

impl Args {
    fn leave(&self, context: &Context, text: &str) -> Done {
        let write = |path: &Path| std::fs::write(path, text).map_err(|error| Failure::io("write", path, &error));
        match &self.out {
            Some(folder) if self.format == Format::RoCrate => {
                std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
                write(&folder.join("ro-crate-metadata.json"))
            }
            Some(path) => write(path),
            None => context.printer.bytes(text.as_bytes()),
        }
    }

    fn wanted(&self, context: &Context) -> Done<Wanted> {
        let at = |text: &Option<String>| text.as_deref().map(|text| moment(text, context.now())).transpose();
        let direction = match (self.down, self.both) {
            (true, _) => Direction::Downstream,
            (_, true) => Direction::Both,
            _ => Direction::Upstream,
        };
        let of = match &self.subject {
            Some(subject) => Of::Walk(self.walk.walk(subject.clone(), direction)),
            None => Of::Span { since: at(&self.since)?, until: at(&self.until)?, filter: self.walk.filter() },
        };
        Ok(Wanted { of, as_of: at(&self.as_of)? })
    }
}

/// The same as the HTTP API spells it.
fn parameters(wanted: &Wanted) -> Vec<(&'static str, String)> {
    let text = |moment: Moment| match moment {
        Moment::Index(index) => index.to_string(),
        Moment::Time(t) => t.to_string(),
    };
    let mut parameters: Vec<(&'static str, String)> = Vec::new();
    match &wanted.of {
        Of::Walk(walk) => parameters.extend(super::lineage::walk_parameters(walk)),
        Of::Span { since, until, filter } => {
            parameters.extend(since.map(|moment| ("since", text(moment))));
            parameters.extend(until.map(|moment| ("until", text(moment))));
            parameters.extend(super::lineage::filter_parameters(filter));
        }
    }
    parameters.extend(wanted.as_of.map(|moment| ("as-of", text(moment))));
    parameters
}
