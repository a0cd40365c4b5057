//! The plugins of a ledger: components from `blobs/`, made ready when they are first needed.

use super::error::LedgerError;
use crate::{
    event::{Digest, limits},
    plugin::{Class, CompileCache, Compiler, Described, Limits, Plugin, PluginError, Refusal, Registry},
    storage::{Blobs, StorageError},
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

/// The folder of compiled components in a ledger's folder; it may be deleted while no process uses it.
const COMPILED: &str = "compiled";

/// Makes components ready, each once. The sandbox is set up with the first: most ledgers that are opened for a moment
/// need none.
pub(super) struct Plugins {
    folder: PathBuf,
    compiler: Option<Arc<dyn Compiler>>,
    blobs: Arc<dyn Blobs>,
    /// What a call may use on this host.
    here: Limits,
    registry: OnceLock<Result<Registry, String>>,
    /// Components that could not be made ready, and why. What lies with the component is not tried again by this process;
    /// what lies with the machine, after some time.
    failed: Mutex<HashMap<Digest, Failed>>,
}

/// Why a component could not be made ready.
struct Failed {
    why: String,
    /// When it may be tried again.
    again: Option<Instant>,
}

impl Failed {
    fn is_over(&self) -> bool {
        self.again.is_some_and(|again| Instant::now() >= again)
    }

    fn lasting(error: &PluginError) -> Self {
        let lasts = match error {
            PluginError::Refused { reason, .. } => !matches!(reason, Refusal::CompileStopped { .. }),
            PluginError::Fault(fault) => fault.class() == Class::Reproducible,
            PluginError::Engine { .. } | PluginError::Cache { .. } => false,
        };
        Self { again: if lasts { None } else { after_a_while() }, why: error.to_string() }
    }
}

fn after_a_while() -> Option<Instant> {
    Instant::now().checked_add(Duration::from_millis(limits::PLUGIN_RETRY_MS))
}

impl Plugins {
    pub(super) fn new(folder: &Path, compiler: Option<Arc<dyn Compiler>>, blobs: Arc<dyn Blobs>, here: Limits) -> Self {
        let folder = folder.join(COMPILED);
        Self { folder, compiler, blobs, here, registry: OnceLock::new(), failed: Mutex::default() }
    }

    /// The sandbox; without a compiler of its own, components are compiled in this process.
    fn registry(&self) -> Result<&Registry, String> {
        let made = self.registry.get_or_init(|| {
            let compiler = self.compiler.as_ref();
            let cache = compiler.map(|compiler| CompileCache::open(&self.folder, Arc::clone(compiler))).transpose();
            cache
                .and_then(|cache| Registry::within(Limits::default(), self.here.clone(), cache))
                .map_err(|error| error.to_string())
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
        if let Some(known) = failed.get(component).filter(|known| !known.is_over()) {
            return Err(known.why.clone());
        }
        let bytes = self.blobs.get(&component.0).map_err(|error| match error {
            // Looked for each time: it may come at any moment.
            StorageError::NoBlob { .. } => {
                format!("component {component} is not at hand: put it into this ledger with `sagwan plugin publish`")
            }
            error => error.to_string(),
        })?;
        match registry.register(&bytes) {
            Ok(_) => {
                failed.remove(component);
                registry.get(component).ok_or_else(|| format!("component {component} was let go"))
            }
            Err(error) => {
                let why = error.to_string();
                failed.insert(*component, Failed::lasting(&error));
                Err(why)
            }
        }
    }
}
