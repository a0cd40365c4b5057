//! `sagwan receipt`: the proof that a record is in the log, for somebody else to check.

use super::{
    Context,
    failure::{Done, Failure},
    reader::{Form, ReaderArgs, Source},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use std::path::PathBuf;

/// Give out the proof of a record, under the newest signed tree head.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan receipt 12 --format transparent --out record-12.cose
  sagwan verify record-12.cose --key log.pub")]
pub struct Args {
    /// The log index, or the identity (sha256:…) of a statement of the last 24 hours.
    #[arg(value_name = "INDEX|DIGEST")]
    record: String,
    /// Where to write it; otherwise stdout, where that is no terminal.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "cose")]
    format: Form,
    #[command(flatten)]
    reader: ReaderArgs,
}

/// Writes the proof.
///
/// # Errors
/// When there is no such record, or the file cannot be written.
pub fn run(args: &Args, context: &Context) -> Done {
    let source = Source::open(context, &args.reader)?;
    let index = source.find(&args.record)?;
    let bytes = source.proof(index, args.format)?;
    match &args.out {
        Some(path) => {
            std::fs::write(path, &bytes).map_err(|error| Failure::io("write", path, &error))?;
            if context.printer.json {
                return context.printer.value(&json!({ "index": index, "file": path, "bytes": bytes.len() }));
            }
            context.printer.text(&format!("record {index}: {} bytes in {}", bytes.len(), path.display()))
        }
        None if context.printer.json => {
            context.printer.value(&json!({ "index": index, "base64": STANDARD.encode(&bytes) }))
        }
        None if args.format == Form::TlogProof => context.printer.text(String::from_utf8_lossy(&bytes).trim_end()),
        None => context.printer.bytes(&bytes),
    }
}
