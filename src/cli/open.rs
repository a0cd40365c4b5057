//! Opening the ledger: its settings, and patience while another process has it.

use super::{
    Context,
    config::{Config, IndexPlace},
    failure::{Done, Failure, Kind},
    ledger_failure,
    plugin_compile::CompilerProcess,
};
use crate::ledger::{Host, IndexKind, Ledger, LedgerError, Options};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// How often a locked folder is tried again.
const LOCK_RETRY: Duration = Duration::from_millis(50);

impl Context {
    /// The settings of the ledger as the ledger takes them.
    ///
    /// # Errors
    /// When a setting cannot be.
    pub fn options(config: &Config) -> Done<Options> {
        let mut options = Options {
            queue_statements_max: config.ledger.queue_statements_max,
            stride_records: config.ledger.stride_records,
            index: match config.ledger.index {
                IndexPlace::Disk => IndexKind::Disk,
                IndexPlace::Memory => IndexKind::Memory,
            },
            plugin: config.plugin.limits().map_err(|error| {
                Failure::usage(error.to_string(), "correct [plugin] of sagwan.toml; docs/plugins.md says what each is")
            })?,
            ..Options::default()
        };
        if config.ledger.verify_threads > 0 {
            options.verify_threads = config.ledger.verify_threads;
        }
        Ok(options)
    }

    /// Opens the ledger, waiting for a while when another process has it.
    ///
    /// # Errors
    /// When there is none, it is locked, or it is damaged.
    pub fn open(&self) -> Done<Ledger> {
        let folder = self.folder()?;
        let config = self.settings()?.config;
        if !folder.is_dir() {
            return Err(Failure::not_found(
                format!("there is no ledger in {}", folder.display()),
                "run `sagwan init FOLDER`, or name another with --ledger FOLDER",
            ));
        }
        let patience = Duration::from_secs(config.client.wait_s);
        let options = Self::options(&config)?;
        waiting(patience, || Ledger::open(&folder, &options, &host()))
    }
}

/// Opens a ledger by its folder alone, with default settings; does not wait.
///
/// # Errors
/// When there is none, it is locked, or it is damaged.
pub fn at(folder: &Path) -> Done<Ledger> {
    let options = Context::options(&Config::default())?;
    Ledger::open(folder, &options, &host()).map_err(|error| ledger_failure::of(&error))
}

/// This machine, with plugins compiled by this program in a process of its own.
#[must_use]
pub fn host() -> Host {
    // Where the system does not say which program this is, plugins are compiled in this process.
    let compiler = CompilerProcess::of_this_program().ok();
    Host { compiler: compiler.map(|compiler| Arc::new(compiler) as _), ..Host::real() }
}

/// Tries again while the folder is locked, until `patience` has run out.
fn waiting<T>(patience: Duration, mut attempt: impl FnMut() -> Result<T, LedgerError>) -> Done<T> {
    let begun = Instant::now();
    loop {
        let failure = match attempt() {
            Ok(value) => return Ok(value),
            Err(error) => ledger_failure::of(&error),
        };
        if failure.kind != Kind::Busy || begun.elapsed() >= patience {
            return Err(failure);
        }
        std::thread::sleep(LOCK_RETRY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_defaults_are_the_ledgers() {
        let (ours, theirs) = (Context::options(&Config::default()).unwrap(), Options::default());
        assert_eq!(ours.verify_threads, theirs.verify_threads);
        assert_eq!(ours.queue_statements_max, theirs.queue_statements_max);
        assert_eq!(ours.stride_records, theirs.stride_records);
        assert_eq!(ours.index, theirs.index);
        assert_eq!(ours.plugin, theirs.plugin);
    }
}
