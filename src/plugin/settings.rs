//! What a call may use on this host: the `[plugin]` table of `sagwan.toml`. An operator may give less than the contract
//! has, never more.
//!
//! Only calls that judge or observe are given less. What a component is asked when it is published or bound decides
//! whether that is recorded, and a decision must come out the same on every host.

use super::Limits;
use crate::event::limits;
use serde::Deserialize;

/// The `[plugin]` table. Unknown names are refused, every default is here: the most that there is.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginConfig {
    /// Units of fuel of one call of a validator.
    pub fuel: u64,
    /// The same of a monitor.
    pub monitor_fuel: u64,
    /// Bytes of all memories of one call.
    pub memory_bytes: u64,
    /// Bytes of the stack of one call.
    pub stack_bytes: u64,
    /// Bytes of one result, and of the arguments of one question.
    pub result_bytes: u64,
    /// Bytes of log of one call.
    pub log_bytes: u64,
    /// Milliseconds of one call of a validator.
    pub call_ms: u64,
    /// The same of a monitor.
    pub monitor_call_ms: u64,
    /// Calls at once.
    pub calls: u64,
}

/// A setting that cannot be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("plugin.{name} is {given}: write a number from {least} to {most}, which is what the contract gives everywhere")]
pub struct PluginSettingError {
    /// Which.
    pub name: &'static str,
    /// What it says.
    pub given: u64,
    /// The least that it may be.
    pub least: u64,
    /// The most.
    pub most: u64,
}

impl Default for PluginConfig {
    fn default() -> Self {
        Self {
            fuel: limits::PLUGIN_FUEL_MAX,
            monitor_fuel: limits::PLUGIN_MONITOR_FUEL_MAX,
            memory_bytes: limits::PLUGIN_MEMORY_BYTES_MAX as u64,
            stack_bytes: limits::PLUGIN_STACK_BYTES_MAX as u64,
            result_bytes: limits::PLUGIN_RESULT_BYTES_MAX as u64,
            log_bytes: limits::PLUGIN_LOG_BYTES_MAX as u64,
            call_ms: limits::PLUGIN_CALL_MS_MAX,
            monitor_call_ms: limits::PLUGIN_MONITOR_CALL_MS_MAX,
            calls: limits::PLUGIN_CALLS_MAX as u64,
        }
    }
}

impl PluginConfig {
    /// The limits that it comes to.
    ///
    /// # Errors
    /// [`PluginSettingError`]: a value below its least or above the contract's.
    pub fn limits(&self) -> Result<Limits, PluginSettingError> {
        let most = Self::default();
        let own = |name, given: u64, least: u64, most: u64| {
            if (least..=most).contains(&given) {
                Ok(given)
            } else {
                Err(PluginSettingError { name, given, least, most })
            }
        };
        // Within what stands in the limits file, which are `usize` there.
        let bytes = |name, given, least: usize, most| {
            own(name, given, least as u64, most).map(|given| usize::try_from(given).unwrap_or(least))
        };
        let memory_least = limits::PLUGIN_MEMORY_BYTES_MIN;
        Ok(Limits {
            fuel: own("fuel", self.fuel, limits::PLUGIN_FUEL_MIN, most.fuel)?,
            monitor_fuel: own("monitor_fuel", self.monitor_fuel, limits::PLUGIN_FUEL_MIN, most.monitor_fuel)?,
            memory_bytes: bytes("memory_bytes", self.memory_bytes, memory_least, most.memory_bytes)?,
            stack_bytes: bytes("stack_bytes", self.stack_bytes, limits::PLUGIN_STACK_BYTES_MIN, most.stack_bytes)?,
            result_bytes: bytes("result_bytes", self.result_bytes, limits::PLUGIN_RESULT_BYTES_MIN, most.result_bytes)?,
            log_bytes: bytes("log_bytes", self.log_bytes, 0, most.log_bytes)?,
            call_ms: own("call_ms", self.call_ms, limits::PLUGIN_CALL_MS_MIN, most.call_ms)?,
            monitor_call_ms: own(
                "monitor_call_ms",
                self.monitor_call_ms,
                limits::PLUGIN_CALL_MS_MIN,
                most.monitor_call_ms,
            )?,
            calls: bytes("calls", self.calls, 1, most.calls)?,
            ..Limits::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_contract() {
        assert_eq!(PluginConfig::default().limits().unwrap(), Limits::default());
    }

    #[test]
    fn a_value_is_between_its_least_and_the_contract() {
        let config = PluginConfig { fuel: 2_000_000, calls: 1, log_bytes: 0, ..PluginConfig::default() };
        let own = config.limits().unwrap();
        assert_eq!((own.fuel, own.calls, own.log_bytes), (2_000_000, 1, 0));
        let more = PluginConfig { memory_bytes: (64 << 20) + 1, ..PluginConfig::default() };
        assert_eq!(
            more.limits().unwrap_err().to_string(),
            "plugin.memory_bytes is 67108865: write a number from 1048576 to 67108864, which is what the contract gives \
             everywhere"
        );
        for config in [
            PluginConfig { fuel: 0, ..PluginConfig::default() },
            PluginConfig { monitor_fuel: u64::MAX, ..PluginConfig::default() },
            PluginConfig { stack_bytes: 1_000, ..PluginConfig::default() },
            PluginConfig { result_bytes: 1, ..PluginConfig::default() },
            PluginConfig { call_ms: 1, ..PluginConfig::default() },
            PluginConfig { monitor_call_ms: 4_001, ..PluginConfig::default() },
            PluginConfig { calls: 0, ..PluginConfig::default() },
        ] {
            assert!(config.limits().is_err(), "{config:?}");
        }
    }
}
