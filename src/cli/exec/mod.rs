//! `sagwan exec`: runs a training command and records it, without ever standing in its way.

pub(super) mod capture;
mod child;
mod story;
mod teller;
pub(super) mod tools;

use super::{
    Context,
    failure::{Done, Failure, Kind},
    recorder::Recorder,
    reference::Named,
    signer::SignerArgs,
};
use crate::event::{Digest, Env, Subject, body::Trigger};
use child::Signals;
use std::{ffi::OsString, path::PathBuf};
use story::Story;
use teller::Teller;

/// Run a training command and record start, code, runtime, inputs, outputs, metrics and end.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Example:
  sagwan exec --experiment credit-risk --input dataset/loans@1=loans.csv --output model/credit@3=model.bin \\
      --param seed=7 --metrics metrics.json -- python train.py

The exit code is the command's own (128 + signal when a signal ended it). The command finds its run in SAGWAN_RUN.
If recording fails, the command runs all the same and the statements wait in the spool (`sagwan spool list`); the next
record or exec that succeeds resubmits them. With --strict a failure to record stops the run, or is the exit code.")]
pub struct Args {
    /// The experiment that the run belongs to: NAME or experiment/NAME.
    #[arg(long, value_name = "NAME")]
    experiment: String,
    /// What goes in: SUBJECT, SUBJECT=sha256:HEX, or SUBJECT=PATH, which is hashed before the start. Repeat for more.
    #[arg(long = "input", value_name = "SUBJECT[=DIGEST|PATH]")]
    inputs: Vec<Named>,
    /// What comes out, written as --input is; a PATH is hashed after a good end.
    #[arg(long = "output", value_name = "SUBJECT[=DIGEST|PATH]")]
    outputs: Vec<Named>,
    /// An input or output that is kept elsewhere and need not be recorded here.
    #[arg(long, value_name = "SUBJECT")]
    external: Vec<Subject>,
    /// A hyper-parameter. Repeat for more.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// A JSON file that the command writes: an object of numbers.
    #[arg(long, value_name = "FILE.json")]
    metrics: Option<PathBuf>,
    /// The environment.
    #[arg(long, default_value_t = Env::Dev)]
    env: Env,
    /// The run's name; otherwise made of experiment, time and chance.
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// What started it.
    #[arg(long, default_value = "manual", value_parser = trigger)]
    trigger: Trigger,
    /// What caused it: an alert, a request for retraining, another run.
    #[arg(long, value_name = "SUBJECT")]
    caused_by: Option<Subject>,
    /// The lock file of the libraries; otherwise the first well-known one in this folder.
    #[arg(long, value_name = "FILE")]
    lock_file: Option<PathBuf>,
    /// The digest of the container image that this runs in.
    #[arg(long, value_name = "sha256:HEX", env = "SAGWAN_IMAGE")]
    image: Option<Digest>,
    /// Leave the command line out of the record: it may hold secrets, and the ledger forgets nothing.
    #[arg(long)]
    hide_command: bool,
    /// Stop before the command where its start cannot be recorded; fail after it where its end cannot.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    signer: SignerArgs,
    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

fn trigger(text: &str) -> Result<Trigger, String> {
    serde_json::from_value(text.into()).map_err(|error: serde_json::Error| error.to_string())
}

/// Runs the command and gives its exit code.
///
/// # Errors
/// When the arguments are wrong, the command cannot be started, or with `--strict` when it cannot be recorded.
pub fn run(args: &Args, context: &Context) -> Done<u8> {
    // Signals first: one that arrives while the start is being recorded must reach the command, not end this process.
    let signals = Signals::catch()?;
    let recorder = Recorder::new(context, &args.signer)?;
    let story = Story::new(args, context)?;
    let teller = Teller::new(context, &recorder, args.strict)?;
    teller.tell(&story.beginning())?;
    teller.release();
    let environment = [("SAGWAN_RUN", story.run.to_string()), ("SAGWAN_EXPERIMENT", story.experiment.to_string())];
    let ending = match signals.run(&args.command, &environment) {
        Ok(ending) => ending,
        Err(failure) => {
            let told = teller.tell(&[story.not_started(&failure.what, context.now())]);
            return Err(told.err().unwrap_or(failure));
        }
    };
    let (end, remarks) = story.end(args, &ending, context.now());
    let told = teller.tell(&[end]);
    teller.release();
    let code = ending.code();
    // What this ends with is said once, as the failure.
    if told.is_err() || code != 0 || !args.strict {
        remarks.iter().for_each(|remark| context.printer.warn(&format!("warning: {remark}")));
    }
    match told {
        Err(failure) if code == 0 => Err(failure),
        Err(failure) => {
            context.printer.failure(&failure);
            Ok(code)
        }
        Ok(()) if code == 0 && args.strict && !remarks.is_empty() => {
            Err(Failure::new(Kind::NotFound, remarks.join("; "), "correct the paths given to --output and --metrics"))
        }
        Ok(()) => Ok(code),
    }
}
