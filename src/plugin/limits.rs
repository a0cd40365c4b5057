//! What a plugin may use, in one value, so that a test can make it small. What an operator may tighten is in
//! [`super::PluginConfig`].

use crate::event::limits;

/// The version of the contract that this host offers: that of the package in `wit/`.
pub const CONTRACT: &str = "1.0.0";
/// The version of wasmtime that is compiled in: fuel differs between versions. A test holds it against `Cargo.lock`.
pub(super) const WASMTIME: &str = "48.0.8";

/// The limits of registration and of each call; the defaults are those of [`crate::event::limits`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a component.
    pub component_bytes: usize,
    /// Functions of a component.
    pub functions: usize,
    /// Bytes of one function.
    pub function_bytes: usize,
    /// Units of fuel of one call.
    pub fuel: u64,
    /// The same of a monitor that observes or is told the time.
    pub monitor_fuel: u64,
    /// Bytes of all memories of one call. What stands above 64 MiB is refused by the engine's pool.
    pub memory_bytes: usize,
    /// Elements of all tables of one call.
    pub table_elements: usize,
    /// Bytes of the stack of one call.
    pub stack_bytes: usize,
    /// Bytes of one result, and of the arguments of one question.
    pub result_bytes: usize,
    /// Milliseconds of one call.
    pub call_ms: u64,
    /// The same of a monitor that observes or is told the time.
    pub monitor_call_ms: u64,
    /// Bytes of log of one call.
    pub log_bytes: usize,
    /// Questions of one call.
    pub queries: u32,
    /// Bytes of answers of one call.
    pub answer_bytes: usize,
    /// Calls at once.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: limits::PLUGIN_COMPONENT_BYTES_MAX,
            functions: limits::PLUGIN_FUNCTIONS_MAX,
            function_bytes: limits::PLUGIN_FUNCTION_BYTES_MAX,
            fuel: limits::PLUGIN_FUEL_MAX,
            monitor_fuel: limits::PLUGIN_MONITOR_FUEL_MAX,
            memory_bytes: limits::PLUGIN_MEMORY_BYTES_MAX,
            table_elements: limits::PLUGIN_TABLE_ELEMENTS_MAX,
            stack_bytes: limits::PLUGIN_STACK_BYTES_MAX,
            result_bytes: limits::PLUGIN_RESULT_BYTES_MAX,
            call_ms: limits::PLUGIN_CALL_MS_MAX,
            monitor_call_ms: limits::PLUGIN_MONITOR_CALL_MS_MAX,
            log_bytes: limits::PLUGIN_LOG_BYTES_MAX,
            queries: limits::PLUGIN_QUERIES_MAX,
            answer_bytes: limits::PLUGIN_ANSWER_BYTES_MAX,
            calls: limits::PLUGIN_CALLS_MAX,
        }
    }
}

impl Limits {
    /// What a reproducible fault depends on: recorded with every verdict. A verdict that was returned reproduces under
    /// any profile that is large enough; a fault reproduces under the same one. A host that gives less than this
    /// records what that ends as indeterminate, so that it is not part of the profile.
    #[must_use]
    pub fn profile(&self) -> String {
        format!(
            "wasmtime/{WASMTIME} sagwan:plugin/{CONTRACT} fuel={} monitor-fuel={} memory={} tables={} result={} queries={} answers={}",
            self.fuel,
            self.monitor_fuel,
            self.memory_bytes,
            self.table_elements,
            self.result_bytes,
            self.queries,
            self.answer_bytes
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_names_the_engine_that_is_compiled_in() {
        let lock = include_str!("../../Cargo.lock");
        let wanted = format!("name = \"wasmtime\"\nversion = \"{WASMTIME}\"\n");
        assert!(lock.contains(&wanted), "Cargo.lock has another wasmtime than {WASMTIME}: fuel may differ");
    }
}
