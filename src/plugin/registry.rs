//! The plugins that are at hand, by the digest of their component.

use super::{
    Described, Limits,
    bindings::{monitor::MonitorPre, validator::ValidatorPre},
    call::Call,
    compile::{CompileCache, Unprepared, engine_key},
    describe::Read,
    engine::running,
    error::{Fault, Label, PluginError, Refusal},
    inspect::inspect,
    linker::linker,
    monitor::Monitor,
    run::{Shared, root},
    validator::Validator,
};
use crate::event::{Digest, body::PluginWorld};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};
use wasmtime::component::{Component, Linker};

/// Registers components and gives out what they became. Cheap to share in an `Arc`; registering does not hold up calls.
pub struct Registry {
    shared: Arc<Shared>,
    validators: Linker<Call>,
    monitors: Linker<Call>,
    cache: Option<Kept>,
    known: RwLock<HashMap<Digest, Plugin>>,
}

/// Where compiled components are kept between processes.
struct Kept {
    folder: CompileCache,
    engine: String,
    /// wasmtime's side of it, for what it counts.
    counts: wasmtime::Cache,
}

/// A registered plugin.
#[derive(Clone, Debug)]
pub enum Plugin {
    /// It judges.
    Validator(Validator),
    /// It watches.
    Monitor(Monitor),
}

impl Plugin {
    /// What it says of itself, and what was read from its bytes.
    #[must_use]
    pub fn described(&self) -> &Described {
        match self {
            Self::Validator(plugin) => plugin.described(),
            Self::Monitor(plugin) => plugin.described(),
        }
    }

    /// What is wrong with settings (JSON text), as the plugin says it; nothing, when they make sense.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn check_settings(&self, settings: &str) -> Result<Vec<String>, Fault> {
        match self {
            Self::Validator(plugin) => plugin.check_settings(settings),
            Self::Monitor(plugin) => plugin.check_settings(settings),
        }
    }
}

impl Registry {
    /// A registry without plugins. Without a cache, components are compiled in this process, each time anew.
    ///
    /// # Errors
    /// [`PluginError::Engine`], [`PluginError::Cache`].
    pub fn new(limits: Limits, cache: Option<CompileCache>) -> Result<Self, PluginError> {
        Self::within(limits.clone(), limits, cache)
    }

    /// The same on a host that gives calls which judge or observe less than `limits`: `here`, as
    /// [`PluginConfig::limits`](super::PluginConfig::limits) gives it.
    ///
    /// # Errors
    /// [`PluginError::Engine`], [`PluginError::Cache`].
    pub fn within(limits: Limits, here: Limits, cache: Option<CompileCache>) -> Result<Self, PluginError> {
        let held = Limits { stack_bytes: here.stack_bytes, calls: here.calls, ..limits.clone() };
        let (engine, counts) = running(&held, cache.as_ref().map(CompileCache::folder))?;
        let key = engine_key(&engine);
        let kept = |(folder, counts)| Kept { folder, engine: key, counts };
        let linked = |state| linker(&engine, state).map_err(|error| PluginError::Engine { what: root(&error) });
        Ok(Self {
            validators: linked(false)?,
            monitors: linked(true)?,
            cache: cache.zip(counts).map(kept),
            known: RwLock::default(),
            shared: Arc::new(Shared::new(engine, limits, here)),
        })
    }

    /// What a reproducible fault depends on: recorded with every verdict.
    #[must_use]
    pub fn profile(&self) -> String {
        self.shared.limits.profile()
    }

    /// Takes a component in: reads it, compiles it, asks it what it is. One that is known is not compiled again.
    ///
    /// # Errors
    /// [`PluginError`].
    pub fn register(&self, bytes: &[u8]) -> Result<Described, PluginError> {
        let component = Digest(Sha256::digest(bytes).into());
        if let Some(known) = self.get(&component) {
            return Ok(known.described().clone());
        }
        let plugin = self.load(component, bytes)?;
        let described = plugin.described().clone();
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(component, plugin);
        Ok(described)
    }

    /// A plugin by its component.
    #[must_use]
    pub fn get(&self, component: &Digest) -> Option<Plugin> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(component).cloned()
    }

    /// A validator by its component; `None` also for a monitor.
    #[must_use]
    pub fn validator(&self, component: &Digest) -> Option<Validator> {
        match self.get(component)? {
            Plugin::Validator(plugin) => Some(plugin),
            Plugin::Monitor(_) => None,
        }
    }

    /// A monitor by its component; `None` also for a validator.
    #[must_use]
    pub fn monitor(&self, component: &Digest) -> Option<Monitor> {
        match self.get(component)? {
            Plugin::Monitor(plugin) => Some(plugin),
            Plugin::Validator(_) => None,
        }
    }

    /// Lets a plugin go. Calls under way end as they would have.
    pub fn forget(&self, component: &Digest) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(component);
    }

    /// How many components were compiled in this process though the cache was to have them: none, unless somebody
    /// takes files away between our look and wasmtime's.
    #[must_use]
    pub fn compiled_here(&self) -> usize {
        self.cache.as_ref().map_or(0, |kept| kept.counts.cache_misses())
    }

    fn load(&self, component: Digest, bytes: &[u8]) -> Result<Plugin, PluginError> {
        let label = Label { name: None, component };
        let refused = |reason| PluginError::Refused { plugin: label.clone(), reason };
        let inspected = inspect(bytes, &self.shared.limits).map_err(refused)?;
        let compiled = self.compile(&label, bytes)?;
        let signature =
            |error: wasmtime::Error| refused(Refusal::Signature { contract: super::CONTRACT, what: root(&error) });
        let linker = match inspected.world {
            PluginWorld::Validator => &self.validators,
            PluginWorld::Monitor => &self.monitors,
        };
        let pre = linker.instantiate_pre(&compiled).map_err(signature)?;
        let read = Read {
            component,
            bytes: bytes.len(),
            functions: inspected.functions,
            world: inspected.world,
            capabilities: inspected.capabilities,
        };
        let shared = Arc::clone(&self.shared);
        match inspected.world {
            PluginWorld::Validator => {
                let pre = ValidatorPre::new(pre).map_err(signature)?;
                Validator::load(shared, pre, label, read).map(Plugin::Validator)
            }
            PluginWorld::Monitor => {
                let pre = MonitorPre::new(pre).map_err(signature)?;
                Monitor::load(shared, pre, label, read).map(Plugin::Monitor)
            }
        }
    }

    fn compile(&self, label: &Label, bytes: &[u8]) -> Result<Component, PluginError> {
        let refused = |reason| PluginError::Refused { plugin: label.clone(), reason };
        if let Some(Kept { folder, engine, .. }) = &self.cache {
            folder.prepare(&label.component, bytes, engine).map_err(|unprepared| match unprepared {
                Unprepared::Refused(reason) => refused(reason),
                Unprepared::Cache(what) => PluginError::Cache { folder: folder.folder().display().to_string(), what },
            })?;
        }
        let compiled = Component::from_binary(&self.shared.engine, bytes);
        compiled.map_err(|error| refused(Refusal::Compile { what: root(&error) }))
    }
}
