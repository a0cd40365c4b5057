//! `sagwan consistency`: the proof that one tree of the log continues another, to give away.

use super::{
    Context,
    failure::{Done, Failure},
    ledger_failure,
    source::Source,
};
use crate::{
    codec::{checkpoint::Checkpoint, note::Note, witness::AddCheckpoint},
    event::limits::NOTE_BYTES_MAX,
    merkle::verify_consistency,
};
use serde_json::json;
use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

/// Prove that one tree of the log continues another.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan consistency kept.checkpoint --out grown.consistency
  sagwan verify grown.consistency --old kept.checkpoint --key log.pub
  sagwan consistency 14 witnessed --out grown.consistency        from the size of a receipt to a cosigned checkpoint
  sagwan consistency 14 20 --json                                between any two sizes

The file is the body of a request to a witness (C2SP tlog-witness, add-checkpoint): size of the older tree, hashes, the newer
signed checkpoint. With --ledger it is made from the tiles of a server, or of a copy of them.")]
pub struct Args {
    /// The older tree: its size, or a file with its checkpoint.
    #[arg(value_name = "OLD")]
    old: String,
    /// The newer tree: `head`, `witnessed` (the newest that enough witnesses cosigned), a file with its checkpoint, or,
    /// with --json, its size.
    #[arg(value_name = "NEW", default_value = "head")]
    new: String,
    /// Write the proof to a file instead of stdout.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// One of the two trees.
struct Tree {
    size: u64,
    root: Option<[u8; 32]>,
    note: Option<String>,
}

/// Makes the proof, and checks it before it leaves.
///
/// # Errors
/// When the ledger has no such trees, or contradicts the checkpoints given.
pub fn run(args: &Args, context: &Context) -> Done {
    let log = match context.named_url() {
        Some(url) => Source::at(url, context)?,
        None => Source::Ledger(Box::new(context.open()?)),
    };
    let (old, new) = (tree(&args.old, &log)?, tree(&args.new, &log)?);
    if old.size > new.size {
        let what = format!("the older tree has {} leaves, the newer {}", old.size, new.size);
        return Err(Failure::usage(what, "give the older one first"));
    }
    let shown = log.shown(old.size, new.size)?;
    let new_root = match new.root {
        Some(root) => root,
        None => log.shown(new.size, new.size)?.begins,
    };
    verify_consistency(old.size, new.size, &shown.proof, &old.root.unwrap_or(shown.begins), &new_root).map_err(
        |error| ledger_failure::of_proof(&crate::verify::VerifyError::Proof { what: "the consistency proof", error }),
    )?;
    if context.printer.json {
        return context.printer.value(&json!({
            "from": old.size, "to": new.size,
            "from_root": hex::encode(old.root.unwrap_or(shown.begins)), "to_root": hex::encode(new_root),
            "proof": shown.proof.iter().map(hex::encode).collect::<Vec<_>>(),
        }));
    }
    let checkpoint = new.note.ok_or_else(|| {
        let what = format!("there is no signed checkpoint of size {} at hand", new.size);
        Failure::usage(what, "give `head`, `witnessed` or a checkpoint's file as NEW, or --json for the proof alone")
    })?;
    let body = AddCheckpoint { old: old.size, proof: shown.proof, checkpoint };
    let body = body.format().map_err(|error| Failure::fault(error.to_string()))?;
    match &args.out {
        None => context.printer.text(body.trim_end()),
        Some(path) => {
            std::fs::write(path, &body).map_err(|error| Failure::io("write", path, &error))?;
            context.printer.text(&format!(
                "from {} to {} leaves: {} bytes in {}",
                old.size,
                new.size,
                body.len(),
                path.display()
            ))
        }
    }
}

fn tree(text: &str, log: &Source) -> Done<Tree> {
    let note = match text {
        "head" => log.checkpoint()?,
        "witnessed" => log.witnessed()?,
        size if size.bytes().all(|b| b.is_ascii_digit()) && !size.is_empty() => {
            let size =
                size.parse().map_err(|_| Failure::usage(format!("{size} is no size"), "give a decimal number"))?;
            return Ok(Tree { size, root: None, note: None });
        }
        path => read(Path::new(path))?,
    };
    let wrong =
        |why: String| Failure::invalid(format!("{text}: {why}"), "give a size, or a checkpoint as the log signed it");
    let parsed = Note::parse(&note).map_err(|error| wrong(error.to_string()))?;
    let head = Checkpoint::parse(parsed.text).map_err(|error| wrong(error.to_string()))?;
    let note = String::from_utf8(note.clone()).map_err(|_| wrong("it is no text".into()))?;
    Ok(Tree { size: head.size, root: Some(head.root), note: Some(note) })
}

fn read(path: &Path) -> Done<Vec<u8>> {
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(NOTE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
