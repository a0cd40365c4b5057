//! The plugins of a ledger: components from `blobs/`, made ready when they are first needed.

use super::error::LedgerError;
use crate::{
    event::Digest,
    plugin::{CompileCache, Compiler, Described, Limits, Plugin, PluginError, Registry},
    storage::{Blobs, StorageError},
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// The folder of compiled components in a ledger's folder; it may be deleted while no process uses it.
const COMPILED: &str = "compiled";

/// Makes components ready, each once. The sandbox is set up with the first: most ledgers that are opened for a moment
/// need none.
pub(super) struct Plugins {
    folder: PathBuf,
    compiler: Option<Arc<dyn Compiler>>,
    blobs: Arc<dyn Blobs>,
    registry: OnceLock<Result<Registry, String>>,
    /// Components that could not be made ready, and why: they are not tried again by this process.
    failed: Mutex<HashMap<Digest, String>>,
}

impl Plugins {
    pub(super) fn new(folder: &Path, compiler: Option<Arc<dyn Compiler>>, blobs: Arc<dyn Blobs>) -> Self {
        Self { folder: folder.join(COMPILED), compiler, blobs, registry: OnceLock::new(), failed: Mutex::default() }
    }

    /// The sandbox; without a compiler of its own, components are compiled in this process.
    fn registry(&self) -> Result<&Registry, String> {
        let made = self.registry.get_or_init(|| {
            let compiler = self.compiler.as_ref();
            let cache = compiler.map(|compiler| CompileCache::open(&self.folder, Arc::clone(compiler))).transpose();
            cache.and_then(|cache| Registry::new(Limits::default(), cache)).map_err(|error| error.to_string())
        });
        made.as_ref().map_err(Clone::clone)
    }

    /// What a reproducible fault depends on: the seal names it.
    pub(super) fn engine(&self) -> Option<String> {
        self.registry.get().and_then(|made| made.as_ref().ok()).map(Registry::profile)
    }

    /// Takes a component in: reads it, compiles it, asks it what it is, and keeps it.
    pub(super) fn register(&self, bytes: &[u8]) -> Result<Described, LedgerError> {
        let registry = self.registry().map_err(|what| LedgerError::Plugin(PluginError::Engine { what }))?;
        let described = registry.register(bytes).map_err(LedgerError::Plugin)?;
        self.blobs.put(bytes)?;
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).remove(&described.component);
        Ok(described)
    }

    /// A component that is ready, or is made so from `blobs/`.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub(super) fn plugin(&self, component: &Digest) -> Result<Plugin, String> {
        let registry = self.registry()?;
        if let Some(plugin) = registry.get(component) {
            return Ok(plugin);
        }
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = failed.get(component) {
            return Err(why.clone());
        }
        let loaded = self.blobs.get(&component.0).map_err(|error| match error {
            StorageError::NotFound { .. } => {
                format!("component {component} is not at hand: put it into this ledger with `sagwan plugin publish`")
            }
            error => error.to_string(),
        });
        let registered = loaded.and_then(|bytes| registry.register(&bytes).map_err(|error| error.to_string()));
        match registered {
            Ok(_) => registry.get(component).ok_or_else(|| format!("component {component} was let go")),
            Err(why) => {
                failed.insert(*component, why.clone());
                Err(why)
            }
        }
    }
}
