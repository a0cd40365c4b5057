//! Whether a ledger would take a component: the checks of registration, in its order, each with figure and limit.

use super::{Check, Result};
use crate::{
    event::limits,
    plugin::{Anatomy, Described, Limits, PluginError, Refusal},
};

/// The checks in the order in which registration makes them: the first that fails hides what stands behind it.
const ORDER: [&str; 9] =
    ["size", "form", "limits", "world", "imports", "compiling", "contract", "description", "settings"];

/// The checks of what came of a registration.
pub fn checks(
    anatomy: &Anatomy,
    described: &std::result::Result<Described, PluginError>,
    limits: &Limits,
) -> Vec<Check> {
    let broken = described.as_ref().err().map(|error| (at(error), message(error)));
    let mut checks = Vec::new();
    let mut behind = false;
    for name in ORDER.iter().take(ORDER.len() - 1) {
        checks.push(match &broken {
            Some((at, message)) if at == name => {
                behind = true;
                Check::failed(name, message)
            }
            _ if behind => {
                Check { check: name, result: Result::NotReached, found: String::new(), remedy: String::new() }
            }
            _ => Check::passed(name, found(name, anatomy, described.as_ref().ok(), limits)),
        });
    }
    checks
}

/// The check that an error belongs to.
fn at(error: &PluginError) -> &'static str {
    let PluginError::Refused { reason, .. } = error else { return "description" };
    match reason {
        Refusal::TooLarge { .. } => "size",
        Refusal::Empty | Refusal::NotWasm { .. } | Refusal::CoreModule | Refusal::Malformed { .. } => "form",
        Refusal::TooMany { .. } | Refusal::FunctionTooLarge { .. } | Refusal::Memory { .. } => "limits",
        Refusal::NoWorld { .. } | Refusal::TwoWorlds | Refusal::OtherVersion { .. } => "world",
        Refusal::Capability { .. } => "imports",
        Refusal::Compile { .. } | Refusal::CompileStopped { .. } => "compiling",
        Refusal::Signature { .. } => "contract",
        Refusal::Description { .. } => "description",
    }
}

fn message(error: &PluginError) -> String {
    match error {
        PluginError::Refused { reason, .. } => reason.to_string(),
        other => other.to_string(),
    }
}

/// What stands there when a check has passed.
fn found(check: &str, anatomy: &Anatomy, described: Option<&Described>, limits: &Limits) -> String {
    let of = |found: usize, limit: usize, what: &str| format!("{found} of {limit} {what}");
    match check {
        "size" => of(anatomy.bytes, limits.component_bytes, "bytes"),
        "form" => format!("a component of {} core modules", anatomy.modules),
        "limits" => format!(
            "{} of {} functions, the largest of {} of {} bytes; {} of {} bytes of memory at its start",
            anatomy.functions,
            limits.functions,
            anatomy.function_bytes,
            limits.function_bytes,
            anatomy.memory_bytes,
            limits.memory_bytes,
        ),
        "world" => anatomy.exports.join(", "),
        "imports" if anatomy.imports.is_empty() => "nothing".to_owned(),
        "imports" => anatomy.imports.join(", "),
        "compiling" => format!("within {} s of CPU", limits::PLUGIN_COMPILE_CPU_SECONDS_MAX),
        "contract" => format!("sagwan:plugin@{}", crate::plugin::CONTRACT),
        _ => described
            .map(|plugin| format!("{}@{}: {}", plugin.name, plugin.version, plugin.summary))
            .unwrap_or_default(),
    }
}
