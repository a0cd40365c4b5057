//! `sagwan webhook secret`: a secret to share with an endpoint.

use super::failure;
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
    },
    ledger::Host,
    notify::{NotifyError, Secret},
};
use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf};
use zeroize::Zeroizing;

/// Make a secret in a new file, which its owner alone may read.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Name the file as secret_file of a [[webhook]], and give the same text to whoever receives. To change it, put a new one
above the old in the file: both sign until the old line is taken out.")]
pub struct Args {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Makes it.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub fn run(args: &Args, context: &Context) -> Done {
    let mut random = Zeroizing::new([0; 32]);
    Host::real().entropy.fill(&mut *random).map_err(|error| failure(&NotifyError::from(error)))?;
    let secret = Secret::of(&random);
    let failed = |error: &std::io::Error| Failure::io("make", &args.file, error);
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&args.file).map_err(|error| failed(&error))?;
    file.write_all(format!("{}\n", *secret.written()).as_bytes()).map_err(|error| failed(&error))?;
    file.sync_all().map_err(|error| failed(&error))?;
    if context.printer.json {
        return context.printer.value(&serde_json::json!({ "file": args.file }));
    }
    context.printer.text(&format!("{} holds a new secret", args.file.display()))
}
