//! What every command needs: where the ledger is, its settings, the time, and the printer.

use super::{
    config::{self, Config, Found},
    failure::{Done, Failure},
    printer::{Colour, Printer},
};
use crate::event::Timestamp;
use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The ledger's folder; otherwise the one of the nearest `sagwan.toml`, here or above.
    #[arg(long, short = 'C', global = true, value_name = "FOLDER", env = "SAGWAN_LEDGER")]
    pub ledger: Option<PathBuf>,
    /// The configuration file, in the place of the ledger's `sagwan.toml`.
    #[arg(long, global = true, value_name = "FILE", env = "SAGWAN_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print data as JSON (lists: one value a line) and failures as JSON on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// When to colour.
    #[arg(long, alias = "color", global = true, value_name = "WHEN", default_value = "auto")]
    pub colour: Colour,
    /// Leave out remarks and progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// What a command works with.
pub struct Context {
    /// The way out.
    pub printer: Printer,
    global: Global,
}

impl Context {
    /// The context of this process.
    #[must_use]
    pub fn new(global: Global) -> Self {
        let printer = Printer::new(global.json, global.colour, global.quiet);
        Self { printer, global }
    }

    /// The time by this machine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// The settings; the defaults where there is no file.
    ///
    /// # Errors
    /// When the file cannot be read or says something unknown.
    pub fn settings(&self) -> Done<Found> {
        let found = config::find(self.global.config.as_deref(), self.global.ledger.as_deref())?;
        Ok(found.unwrap_or_else(|| Found { config: Config::default(), base: PathBuf::from(".") }))
    }

    /// The folder named by `--ledger` or its variable, for `init`, which makes it.
    #[must_use]
    pub fn named_folder(&self) -> Option<&Path> {
        self.global.ledger.as_deref()
    }

    /// The address that `--ledger` names, for commands that can read a ledger from afar.
    #[must_use]
    pub fn named_url(&self) -> Option<&str> {
        let text = self.global.ledger.as_ref()?.to_str()?;
        ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)).then_some(text)
    }

    /// Whether `--ledger` or its variable names a ledger that is there, or an address.
    #[must_use]
    pub fn is_ledger_named(&self) -> bool {
        self.named_url().is_some() || self.named_folder().is_some_and(|folder| folder.join("checkpoint").is_file())
    }

    /// The ledger's folder.
    ///
    /// # Errors
    /// When there is no ledger here and none is named.
    pub fn folder(&self) -> Done<PathBuf> {
        let found = config::find(self.global.config.as_deref(), self.global.ledger.as_deref())?;
        found.map(|found| found.folder()).ok_or_else(|| {
            Failure::not_found(
                "no ledger here: no sagwan.toml in this folder or above it",
                "run `sagwan init FOLDER`, or name one with --ledger FOLDER",
            )
        })
    }
}
