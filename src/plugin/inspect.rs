//! What a component is, read from its bytes before anything is compiled: its size, its world, what it imports.

use super::{
    CONTRACT, Limits,
    error::{Refusal, clip},
};
use crate::event::{body::PluginWorld, limits};
use wasmparser::{Encoding, Parser, Payload};

/// The contract's package.
const PACKAGE: &str = "sagwan:plugin/";
/// What the two worlds export.
const VALIDATION: &str = "sagwan:plugin/validation@1.0.0";
const MONITORING: &str = "sagwan:plugin/monitoring@1.0.0";
/// What a component may import, and whether only a monitor may.
const IMPORTS: [(&str, bool); 4] = [("log", false), ("query", false), ("json", false), ("state", true)];
/// The interface without functions that every component imports.
const TYPES: &str = "types";
/// The bytes of a page of memory, unless a component says otherwise.
const PAGE_BITS: u32 = 16;

/// What the bytes of a component say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Inspected {
    pub(super) world: PluginWorld,
    /// The interfaces that it imports, in the order of the contract.
    pub(super) capabilities: Vec<&'static str>,
    pub(super) functions: u64,
}

/// Reads a component, without compiling it.
///
/// # Errors
/// [`Refusal`]: it is no component, goes beyond a limit, or is not of this contract.
pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Inspected, Refusal> {
    check_magic(bytes, limits)?;
    let mut survey = Survey::default();
    for payload in Parser::new(0).parse_all(bytes) {
        survey.take(payload?, limits)?;
    }
    survey.counts(limits)?;
    let world = world_of(&survey.exports)?;
    Ok(Inspected { world, capabilities: capabilities(&survey.imports, world)?, functions: survey.functions })
}

fn check_magic(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.len() > limits.component_bytes {
        return Err(Refusal::TooLarge { bytes: bytes.len(), limit: limits.component_bytes });
    }
    let (Some(magic), version) = (bytes.get(..4), bytes.get(4..8)) else {
        return Err(Refusal::NotWasm { begins: hex::encode(bytes) });
    };
    match (magic, version) {
        (b"\0asm", Some([1, 0, 0, 0])) => Err(Refusal::CoreModule),
        (b"\0asm", _) => Ok(()),
        _ => Err(Refusal::NotWasm { begins: hex::encode(magic) }),
    }
}

impl From<wasmparser::BinaryReaderError> for Refusal {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Malformed { offset: error.offset() as u64, what: clip(error.message()) }
    }
}

/// What was counted on the way through a component and everything in it.
#[derive(Default)]
struct Survey {
    /// Whether each module or component that is open is a component, outermost first.
    open: Vec<bool>,
    imports: Vec<String>,
    exports: Vec<String>,
    functions: u64,
    instances: u64,
    memories: u64,
    tables: u64,
    table_elements: u64,
    memory_bytes: u64,
}

impl Survey {
    fn take(&mut self, payload: Payload<'_>, limits: &Limits) -> Result<(), Refusal> {
        match payload {
            Payload::Version { encoding, .. } => self.open.push(encoding == Encoding::Component),
            Payload::End(_) => {
                self.open.pop();
            }
            Payload::ComponentImportSection(section) if self.open.len() == 1 => {
                for import in section {
                    self.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if self.open.len() == 1 => {
                for export in section {
                    self.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    self.instances += u64::from(matches!(instance?, wasmparser::Instance::Instantiate { .. }));
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory?;
                    let page = 1_u64 << memory.page_size_log2.unwrap_or(PAGE_BITS).min(PAGE_BITS);
                    self.memories += 1;
                    self.memory_bytes = self.memory_bytes.saturating_add(memory.initial.saturating_mul(page));
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables += 1;
                    self.table_elements = self.table_elements.saturating_add(table?.ty.initial);
                }
            }
            Payload::CodeSectionStart { count, .. } => self.functions += u64::from(count),
            Payload::CodeSectionEntry(function) => {
                let (bytes, limit) = (function.range().len(), limits.function_bytes);
                if bytes > limit {
                    return Err(Refusal::FunctionTooLarge { bytes, limit });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn counts(&self, limits: &Limits) -> Result<(), Refusal> {
        let limit = limits.memory_bytes as u64;
        if self.memory_bytes > limit {
            return Err(Refusal::Memory { bytes: self.memory_bytes, limit });
        }
        for (what, found, limit) in [
            ("functions", self.functions, limits.functions),
            ("core instances", self.instances, limits::PLUGIN_CORE_INSTANCES_MAX),
            ("memories", self.memories, limits::PLUGIN_MEMORIES_MAX),
            ("tables", self.tables, limits::PLUGIN_TABLES_MAX),
            ("elements of tables", self.table_elements, limits::PLUGIN_TABLE_ELEMENTS_MAX),
        ] {
            let limit = limit as u64;
            if found > limit {
                return Err(Refusal::TooMany { what, found, limit });
            }
        }
        Ok(())
    }
}

/// The interface and version of a name of the contract's package.
fn of_contract(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(PACKAGE)?;
    Some(rest.split_once('@').unwrap_or((rest, "no version")))
}

/// Whether a component built for `version` runs on this host: the same major version, or, before 1.0.0, the same minor.
fn compatible(version: &str) -> bool {
    let track = |version: &str| {
        let mut parts = version.split('.').map(|part| part.parse::<u64>().ok());
        match (parts.next()??, parts.next()??) {
            (0, minor) => Some((0, minor)),
            (major, _) => Some((major, 0)),
        }
    };
    track(version).is_some() && track(version) == track(CONTRACT)
}

fn other_version(found: &str) -> Refusal {
    Refusal::OtherVersion { found: clip(found), known: "sagwan:plugin@1.0.0" }
}

fn world_of(exports: &[String]) -> Result<PluginWorld, Refusal> {
    let mut worlds = Vec::new();
    for name in exports {
        let (world, version) = match of_contract(name) {
            Some(("validation", version)) => (PluginWorld::Validator, version),
            Some(("monitoring", version)) => (PluginWorld::Monitor, version),
            _ => continue,
        };
        if !compatible(version) {
            return Err(other_version(name));
        }
        worlds.push(world);
    }
    match worlds.as_slice() {
        [world] => Ok(*world),
        [] => {
            let found = if exports.is_empty() { "nothing".to_owned() } else { clip(&exports.join(", ")) };
            Err(Refusal::NoWorld { validator: VALIDATION, monitor: MONITORING, found })
        }
        _ => Err(Refusal::TwoWorlds),
    }
}

fn capabilities(imports: &[String], world: PluginWorld) -> Result<Vec<&'static str>, Refusal> {
    let mut found = Vec::new();
    for name in imports {
        let Some((interface, version)) = of_contract(name) else { return Err(capability(name, world)) };
        if !compatible(version) {
            return Err(other_version(name));
        }
        let known = IMPORTS.iter().find(|(known, _)| *known == interface);
        match known {
            Some((known, monitors_only)) if !monitors_only || world == PluginWorld::Monitor => found.push(*known),
            _ if interface == TYPES => {}
            _ => return Err(capability(name, world)),
        }
    }
    found.sort_by_key(|name| IMPORTS.iter().position(|(known, _)| known == name));
    Ok(found)
}

fn capability(import: &str, world: PluginWorld) -> Refusal {
    let known = IMPORTS.iter().filter(|(_, monitors_only)| !monitors_only || world == PluginWorld::Monitor);
    let known = known.map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let remedy = if import.starts_with("wasi:") {
        "build it without WASI: Rust and C for wasm32-unknown-unknown, Python with `--stub-wasi`, JavaScript with \
         every feature of its engine disabled"
    } else if of_contract(import).is_some_and(|(interface, _)| interface == "state") {
        "only monitors have a state: a validator judges each event alone"
    } else {
        "take the import out"
    };
    Refusal::Capability { import: clip(import), known, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compatible_within_their_track() {
        assert!(compatible("1.0.0") && compatible("1.7.0") && compatible("1.0.0-rc.1"));
        for other in ["0.1.0", "2.0.0", "10.0.0", "", "x", "1", "no version"] {
            assert!(!compatible(other), "{other}");
        }
    }

    #[test]
    fn the_contract_is_that_of_the_package() {
        let wit = include_str!("../../wit/sagwan-plugin.wit");
        assert!(wit.contains(&format!("package sagwan:plugin@{CONTRACT};")));
        assert!(VALIDATION.ends_with(CONTRACT) && MONITORING.ends_with(CONTRACT));
    }
}
