//! `sagwan policy show`: one policy, whole.

use super::{
    super::source::{self, Loaded},
    list::{Known, known, names},
    out,
};
use crate::cli::{
    Context,
    counted::counted,
    failure::{Done, Failure},
    table::Table,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Show a policy: its files, who proposed and approved it, and when it was in force.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan policy show
  sagwan policy show 4711                          # the policy that decided at record 4711
  sagwan policy show sha256:… --file deny.csv
  sagwan policy show --out policies                # a folder to edit, check, test and propose")]
pub struct Show {
    /// `in-force`, a digest, a log index (the policy that decided there), a folder or `built-in`; otherwise `in-force`.
    #[arg(value_name = "POLICY")]
    policy: Option<String>,
    /// Print this file of it and nothing else.
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// Write it into a new folder, with its tests where they are known: of the built-in policy, or of a folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "file")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct View {
    digest: crate::event::Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Known>,
    /// Name and text of each file.
    files: BTreeMap<String, String>,
}

/// Prints it.
///
/// # Errors
/// When there is no such policy, or no such file in it.
pub fn run(args: &Show, context: &Context) -> Done {
    let name = args.policy.as_deref().unwrap_or(source::IN_FORCE);
    let mut ledger = None;
    let loaded = source::load(context, &mut ledger, Some(name))?;
    let digest = loaded.policy.digest();
    if let Some(folder) = &args.out {
        return written(context, &loaded, folder);
    }
    // INVARIANT: the loader refuses files that are not UTF-8.
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let files: BTreeMap<String, String> =
        loaded.bundle.files().iter().map(|(name, bytes)| (name.clone(), text(bytes))).collect();
    if let Some(wanted) = &args.file {
        let content = files.get(wanted).ok_or_else(|| {
            let there: Vec<&str> = files.keys().map(String::as_str).collect();
            Failure::not_found(format!("{digest} has no file {wanted}"), format!("it has {}", there.join(", ")))
        })?;
        return context.printer.text(content.trim_end_matches('\n'));
    }
    let known = ledger.as_ref().map(known).transpose()?.and_then(|mut all| all.remove(&digest));
    if context.printer.json {
        return context.printer.value(&View { digest, known, files });
    }
    print(context, digest, known.as_ref(), &loaded.policy)?;
    let mut table = Table::new(&["file", "bytes", "lines"]);
    for (name, content) in &files {
        table.row([name.clone(), content.len().to_string(), content.lines().count().to_string()]);
    }
    context.printer.text("")?;
    context.printer.table(&table)
}

fn written(context: &Context, loaded: &Loaded, folder: &Path) -> Done {
    let tests = out::write(loaded, folder)?;
    let (digest, files) = (loaded.policy.digest(), loaded.bundle.files().len());
    if context.printer.json {
        return context
            .printer
            .value(&serde_json::json!({"digest": digest, "folder": folder, "files": files, "tests": tests}));
    }
    let place = folder.display();
    context.printer.text(&format!(
        "{digest} is in {place}: {} and {}",
        counted(files, "file"),
        counted(tests, "file") + " of tests"
    ))?;
    context.printer.note(&format!("edit it, then: sagwan policy check {place}; sagwan policy diff in-force {place}"));
    Ok(())
}

fn print(
    context: &Context,
    digest: crate::event::Digest,
    known: Option<&Known>,
    policy: &crate::policy::Policy,
) -> Done {
    let of = |field: fn(&Known) -> String| known.map(field).unwrap_or_default();
    context.printer.fields(&[
        ("policy", digest.to_string()),
        ("stands", of(|known| known.stands().0)),
        ("in force", of(Known::times)),
        (
            "proposed",
            of(|known| match known.proposed {
                Some(index) => format!("record {index}, by {}", names(&known.proposers)),
                None => "with the ledger".to_owned(),
            }),
        ),
        ("approved by", of(|known| names(&known.approvals))),
        ("rules", policy.rules().len().to_string()),
    ])
}
