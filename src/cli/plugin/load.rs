//! From a file to a plugin that can be called.

use crate::{
    cli::{
        CompilerProcess, Context,
        failure::{Done, Failure, Kind},
        ledger_failure,
    },
    event::limits,
    plugin::{CompileCache, Described, Limits, Plugin, PluginError, Registry, fixture::FixtureError},
};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Calls at once: as many as `run` may have threads.
const CALLS: usize = 64;

/// A component that was taken.
pub struct Loaded {
    /// What it is.
    pub described: Described,
    /// What it became.
    pub plugin: Plugin,
}

/// The bytes of a component's file: at most one more than is allowed, which is then refused by its size.
///
/// # Errors
/// When it cannot be read.
pub fn bytes(path: &Path) -> Done<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = limits::PLUGIN_COMPONENT_BYTES_MAX as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| Failure::io("read", path, &error))?;
    Ok(bytes)
}

/// An engine of its own, which shares what was compiled before.
///
/// # Errors
/// When the sandbox or its folder cannot be had.
pub fn registry() -> Done<Registry> {
    let compiler = CompilerProcess::of_this_program()
        .map_err(|error| Failure::fault(format!("the system does not say which program this is: {error}")))?;
    let cache = CompileCache::open(&folder(), Arc::new(compiler)).map_err(|error| ledger_failure::of_plugin(&error))?;
    let limits = Limits { calls: CALLS, ..Limits::default() };
    Registry::new(limits, Some(cache)).map_err(|error| ledger_failure::of_plugin(&error))
}

/// Where compiled components are kept that are of no ledger.
#[must_use]
pub fn folder() -> PathBuf {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = given("XDG_CACHE_HOME").or_else(|| given("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join("sagwan/plugins")
}

/// Takes a component in, as a ledger would.
///
/// # Errors
/// When it is refused.
pub fn load(bytes: &[u8], context: &Context) -> Done<Loaded> {
    let registry = registry()?;
    let described = register(&registry, bytes, context).map_err(|error| ledger_failure::of_plugin(&error))?;
    let plugin = registry.get(&described.component);
    let plugin = plugin.ok_or_else(|| Failure::fault("a plugin that was registered is not there"))?;
    Ok(Loaded { described, plugin })
}

/// Registers, with a sign of life while it compiles.
///
/// # Errors
/// Those of [`Registry::register`].
pub fn register(registry: &Registry, bytes: &[u8], context: &Context) -> Result<Described, PluginError> {
    let busy = context.printer.spinner("compiling, once for each component");
    let described = registry.register(bytes);
    busy.finish_and_clear();
    described
}

/// What an error of a fixture is on the command line.
#[must_use]
pub fn unfit(error: &FixtureError) -> Failure {
    let kind = if error.missing { Kind::NotFound } else { Kind::Invalid };
    ledger_failure::split(kind, &error.to_string(), "docs/plugins.md shows the files of a fixture")
}
