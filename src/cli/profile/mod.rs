//! `sagwan profile`: what can be said of a dataset without the dataset.

mod columnar;
mod delimited;
mod show;

use super::{
    Context,
    failure::{Done, Failure},
    recorder::{Recorder, Secrets},
    signer::SignerArgs,
    when,
};
use crate::{
    codec::event as event_codec,
    event::{Env, Event, Subject, limits},
    profile::{Options, Profile, ProfileError},
};
use serde_json::{Map, json};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// Profile a dataset: schema, missing values, categories, moments, distributions.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan profile loans.csv
  sagwan profile adult.data --names columns.txt --missing ? --target income --out adult.json
  sagwan profile scored.parquet --target repaid --prediction predicted --score p
  sagwan profile loans.parquet --record dataset/loans@2 --env prod --from 2026-01-01 --to 2026-02-01

docs/profiles.md describes what stands in a profile.")]
pub struct Args {
    /// A file of delimited text or Parquet; which of the two it is, its first bytes say.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    meaning: Meaning,
    /// Write the profile to this file: the bytes whose digest is recorded.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    recording: Recording,
    #[command(flatten)]
    signer: SignerArgs,
}

/// How a text file is written.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Text files")]
struct Form {
    /// What stands between values: one ASCII character, or `tab`.
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// The first line is data; columns are named column_1, column_2, …
    #[arg(long)]
    no_header: bool,
    /// Column names, one a line; the first line of the data is then data.
    #[arg(long, value_name = "FILE", conflicts_with = "no_header")]
    names: Option<PathBuf>,
    /// Lines to leave out at the beginning.
    #[arg(long, value_name = "LINES", default_value_t = 0)]
    skip_lines: u32,
    /// A word that means that the value is missing, besides nothing, NA, N/A, NaN, null and None. Repeat for more.
    #[arg(long, value_name = "WORD")]
    missing: Vec<String>,
}

/// What columns mean.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Columns")]
struct Meaning {
    /// The column that is to be predicted.
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// The column with what was predicted; with --target the profile says how good it was.
    #[arg(long, value_name = "COLUMN")]
    prediction: Option<String>,
    /// The column with how sure the prediction was, for AUC.
    #[arg(long, value_name = "COLUMN")]
    score: Option<String>,
    /// The class that precision, recall and AUC are about.
    #[arg(long, value_name = "CLASS", default_value = "1")]
    positive: String,
    /// Show only counts of this column, none of its values. Repeat for more.
    #[arg(long, value_name = "COLUMN")]
    hide: Vec<String>,
    /// How many categories of a column are listed, the most frequent first.
    #[arg(long, value_name = "VALUES", default_value_t = limits::PROFILE_CATEGORIES_DEFAULT as u64,
          value_parser = clap::value_parser!(u64).range(0..=limits::PROFILE_VALUES_MAX as u64))]
    categories: u64,
}

/// Whether and as what it is recorded.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Recording")]
struct Recording {
    /// Store the profile in the ledger (the folder or the server) and record data.profiled about this dataset version.
    #[arg(long, value_name = "dataset/NAME@VERSION", requires = "env")]
    record: Option<Subject>,
    /// The environment.
    #[arg(long, requires = "record")]
    env: Option<Env>,
    /// The beginning of the period that the data covers.
    #[arg(long, value_name = "TIME", requires = "record")]
    from: Option<String>,
    /// The end of that period.
    #[arg(long, value_name = "TIME", requires = "record")]
    to: Option<String>,
}

/// Profiles the file that the arguments name.
///
/// # Errors
/// When it cannot be read or is damaged, or the profile was not recorded.
pub fn run(args: &Args, context: &Context) -> Done {
    // Before the long work: who signs, and where it goes.
    let recorder = args.recording.record.as_ref().map(|_| Recorder::new(context, &args.signer)).transpose()?;
    let profile = read(args, context)?;
    let bytes = serde_json::to_vec(&profile).map_err(|error| Failure::fault(format!("no JSON: {error}")))?;
    if let Some(out) = &args.out {
        std::fs::write(out, &bytes).map_err(|error| Failure::io("write", out, &error))?;
    }
    if context.printer.json {
        context.printer.value(&profile)?;
    } else {
        show::print(&profile, context)?;
    }
    match (recorder, &args.recording.record) {
        (Some(recorder), Some(subject)) => record(args, context, &recorder, subject, &profile, &bytes),
        _ => Ok(()),
    }
}

fn read(args: &Args, context: &Context) -> Done<Profile> {
    let meaning = &args.meaning;
    let options = Options {
        target: meaning.target.clone(),
        prediction: meaning.prediction.clone(),
        score: meaning.score.clone(),
        positive: meaning.positive.clone(),
        hidden: meaning.hide.clone(),
        categories: usize::try_from(meaning.categories).unwrap_or(usize::MAX),
    };
    if is_parquet(&args.file)? {
        return columnar::read(&args.file, &options, context);
    }
    delimited::read(&args.file, &args.form, &options, context)
}

fn is_parquet(path: &Path) -> Done<bool> {
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    if path.is_dir() {
        let next = "name one of its files: a profile is of one file";
        return Err(Failure::invalid(format!("{} is a folder", path.display()), next));
    }
    let mut first = Vec::new();
    File::open(path).map_err(failed)?.take(4).read_to_end(&mut first).map_err(failed)?;
    Ok(first == *b"PAR1")
}

fn record(
    args: &Args,
    context: &Context,
    recorder: &Recorder<'_>,
    subject: &Subject,
    profile: &Profile,
    bytes: &[u8],
) -> Done {
    let digest = recorder.put_blob(bytes)?;
    let mut body = Map::new();
    body.insert("profile".into(), json!(digest));
    body.insert("rows".into(), json!(profile.rows));
    for (field, text) in [("from", &args.recording.from), ("to", &args.recording.to)] {
        if let Some(text) = text {
            body.insert(field.into(), json!(when::parse(text, context.now())?));
        }
    }
    let mut event = json!({ "kind": "data.profiled", "subject": subject, "body": body });
    if let (Some(env), Some(fields)) = (args.recording.env, event.as_object_mut()) {
        fields.insert("env".into(), json!(env));
    }
    let event: Event = event_codec::from_json_value(&event, context.now())
        .map_err(|error| Failure::invalid(error.to_string(), "correct the flag; docs/events.md shows the kind"))?;
    recorder.record(&[event], Secrets::default()).map(|_| ())
}

/// A failure of the pure part, at this file.
fn unfit(path: &Path, error: &ProfileError) -> Failure {
    let text = error.to_string();
    let (what, next) = text.split_once(": ").unwrap_or((&text, "see `sagwan help profile`"));
    let kind = matches!(error, ProfileError::NoSuchColumn { .. });
    let what = format!("{}: {what}", path.display());
    if kind { Failure::usage(text, "see the header of the file") } else { Failure::invalid(what, next) }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [b'"' | b'\n' | b'\r'] => Err("a quote or a line's end cannot stand between values".into()),
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err("give one ASCII character, or `tab`".into()),
    }
}
