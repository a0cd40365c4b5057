//! `sagwan demo`: the life of a credit-risk model on real data, recorded, refused where policy refuses, and proved.

mod candidate;
mod cast;
mod data;
mod found;
mod proof;
mod report;
mod story;
mod surroundings;
mod tale;
mod training;

use super::{
    Context,
    failure::{Done, Failure, Kind},
    ledger_failure, open,
};
use std::{path::PathBuf, time::Instant};

/// Record a model's whole life in a new ledger, on the German credit data, and prove it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The ledger in FOLDER is a real one: real keys, real time, a model that is really trained. Look around in it afterwards
with the other commands, and delete the folder when you are done.")]
pub struct Args {
    /// The folder, which must be new or empty.
    #[arg(default_value = "sagwan-demo")]
    folder: PathBuf,
}

/// Tells the story and prints what became of it.
///
/// # Errors
/// When the folder is in use, the disk fails, or the ledger does something else than the story says.
pub fn run(args: &Args, context: &Context) -> Done {
    let begun = Instant::now();
    let host = open::host();
    let data = data::Data::read()?;
    let (ledger, cast) = found::found(&args.folder, &host)?;
    let told = story::tell(&ledger, &cast, &data)?;
    let proof = proof::make(&ledger, told.shown, &cast)?;
    let change = candidate::compare(&ledger, &args.folder)?;
    ledger.close().map_err(|error| ledger_failure::of(&error))?;
    let verified = proof::verify_all(&args.folder, &host)?;
    let demo = report::Demo {
        folder: &args.folder,
        data: &data,
        cast: &cast,
        told: &told,
        change: &change,
        proof: &proof,
        verified: &verified,
    };
    report::print(&demo, begun.elapsed(), context)
}

/// Something that the story does not tell of: a fault of the program.
fn unexpected(what: impl Into<String>) -> Failure {
    Failure::new(Kind::Internal, format!("the demo went astray: {}", what.into()), "report this fault")
}
