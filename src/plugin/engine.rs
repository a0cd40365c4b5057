//! The engine: one configuration for compiling and running, deterministic but for what [`super::Class`] names.

use super::{Limits, error::PluginError};
use crate::event::limits;
use std::{fs, path::Path, thread, time::Duration};
use wasmtime::{Cache, CacheConfig, Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How often the deadline is looked at.
pub(super) const TICK: Duration = Duration::from_millis(limits::PLUGIN_TICK_MS);
/// Bytes of address space for each memory in the pool: all that 32 bits can name, so that no two memories are ever
/// within reach of each other.
const RESERVED_BYTES: u64 = 4 << 30;
/// Bytes of a core instance's own tables: Python's modules have many imports and globals.
const INSTANCE_BYTES: usize = 4 << 20;
/// Bytes of a memory, and of a table, that stay with their slot from call to call: cleared by writing, which costs
/// less than giving the pages back.
const RESIDENT_BYTES: usize = 256 << 10;
/// While this file stands in its folder, and is not as old as the interval, wasmtime believes that its cache was cleaned
/// and does not do it: it would remove what it does not know, such as our notes.
const CLEANED: &str = ".cleanup.wip-never";
/// More than any cache holds. wasmtime takes per cent of it, which must fit too.
const CACHE_UNBOUNDED: u64 = u64::MAX / 100;

/// What everything that compiles or runs components has in common. Whatever is set here is part of the key of a
/// compiled component.
fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(true)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .memory_reservation(RESERVED_BYTES)
        // Every access is checked by the code itself, and none by the processor: a page that is hidden and shown again
        // at each call (and each time on every core) costs more than all those checks.
        .signals_based_traps(false)
        .memory_guard_size(0)
        .memory_may_move(false)
        .max_wasm_stack(limits.stack_bytes);
    config
}

/// The engine that runs calls: instances come from a pool. With it, its cache in `folder`.
///
/// # Errors
/// [`PluginError::Engine`], [`PluginError::Cache`].
pub(super) fn running(limits: &Limits, folder: Option<&Path>) -> Result<(Engine, Option<Cache>), PluginError> {
    let mut config = config(limits);
    let mut pool = PoolingAllocationConfig::new();
    let calls = |each: usize| u32::try_from(limits.calls.saturating_mul(each)).unwrap_or(u32::MAX);
    pool.total_component_instances(calls(1))
        .total_core_instances(calls(limits::PLUGIN_CORE_INSTANCES_MAX))
        .total_memories(calls(limits::PLUGIN_MEMORIES_MAX))
        .total_tables(calls(limits::PLUGIN_TABLES_MAX))
        .max_core_instances_per_component(limits::PLUGIN_CORE_INSTANCES_MAX as u32)
        .max_memories_per_component(limits::PLUGIN_MEMORIES_MAX as u32)
        .max_tables_per_component(limits::PLUGIN_TABLES_MAX as u32)
        .max_memories_per_module(limits::PLUGIN_MEMORIES_MAX as u32)
        .max_tables_per_module(limits::PLUGIN_TABLES_MAX as u32)
        .max_memory_size(limits.memory_bytes.next_multiple_of(1 << 16))
        .table_elements(limits.table_elements)
        .max_core_instance_size(INSTANCE_BYTES)
        .max_component_instance_size(INSTANCE_BYTES)
        // Where the kernel (6.7 and later) says which pages were written, only those are cleared.
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(RESIDENT_BYTES)
        .table_keep_resident(RESIDENT_BYTES);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let cache = folder.map(open_cache).transpose()?;
    config.cache(cache.clone());
    let engine = Engine::new(&config).map_err(|error| PluginError::Engine { what: format!("{error:#}") })?;
    let ticker = tick(&engine);
    ticker.map_err(|error| PluginError::Engine { what: format!("no thread for the deadline: {error}") })?;
    Ok((engine, cache))
}

/// The engine that only compiles, into `cache`: it reserves nothing.
///
/// # Errors
/// [`PluginError::Engine`], [`PluginError::Cache`].
pub(super) fn compiling(cache: &Path) -> Result<Engine, PluginError> {
    let mut config = config(&Limits::default());
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand).cache(Some(open_cache(cache)?));
    Engine::new(&config).map_err(|error| PluginError::Engine { what: format!("{error:#}") })
}

/// wasmtime's own cache of compiled code, which it neither shrinks nor packs again: what stands in it is checked by
/// us against what we wrote.
fn open_cache(folder: &Path) -> Result<Cache, PluginError> {
    let mut config = CacheConfig::new();
    config
        .with_directory(folder)
        .with_cleanup_interval(Duration::MAX)
        .with_optimized_compression_usage_counter_threshold(u64::MAX)
        .with_file_count_soft_limit(CACHE_UNBOUNDED)
        .with_files_total_size_soft_limit(CACHE_UNBOUNDED);
    let fault = |what| PluginError::Cache { folder: folder.display().to_string(), what };
    fs::write(folder.join(CLEANED), "").map_err(|error| fault(error.to_string()))?;
    Cache::new(config).map_err(|error| fault(format!("{error:#}")))
}

/// Moves the engine's epoch on for as long as the engine lives.
fn tick(engine: &Engine) -> std::io::Result<()> {
    let weak = engine.weak();
    let run = move || {
        loop {
            thread::sleep(TICK);
            let Some(engine) = weak.upgrade() else { return };
            engine.increment_epoch();
        }
    };
    thread::Builder::new().name("plugin-deadline".to_owned()).spawn(run).map(drop)
}
