//! What a plugin says of itself, checked, and what was read from its bytes.

use super::{
    bindings::types,
    check::{attributes, list, text, word, wrong},
    error::{Cause, Fault, Label, PluginError, Refusal, clip},
    run::Ended,
};
use crate::event::{Digest, Kind, Text, body::PluginWorld, limits};
use std::collections::BTreeMap;

/// A registered plugin: what `plugin.published` records, and what people see when they approve it.
#[derive(Clone, PartialEq, Debug)]
pub struct Described {
    /// The component.
    pub component: Digest,
    /// Bytes of the component.
    pub bytes: usize,
    /// Functions in it.
    pub functions: u64,
    /// Its world.
    pub world: PluginWorld,
    /// The version of the contract that it runs under.
    pub contract: &'static str,
    /// What it can do: the interfaces that it imports, in the order of the contract.
    pub capabilities: Vec<Text>,
    /// Its name.
    pub name: Text,
    /// Its version.
    pub version: Text,
    /// What it does.
    pub summary: Text,
    /// The JSON Schema of its settings.
    pub settings_schema: serde_json::Value,
    /// The kinds of event that it speaks of; none means all.
    pub kinds: Vec<Kind>,
    /// More, by name.
    pub attributes: BTreeMap<String, String>,
}

impl Described {
    /// Whether it speaks of events of this kind. It is not called for others.
    #[must_use]
    pub fn speaks_of(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|own| own.as_str() == kind)
    }
}

/// What is read from the bytes, before the plugin is asked.
pub(super) struct Read {
    pub(super) component: Digest,
    pub(super) bytes: usize,
    pub(super) functions: u64,
    pub(super) world: PluginWorld,
    pub(super) capabilities: Vec<&'static str>,
}

/// What came of asking a plugin what it is.
///
/// # Errors
/// It does not fit the contract, it failed, or what it says does not hold.
pub(super) fn told(
    label: &Label,
    ended: Ended<types::Description>,
    read: Read,
) -> Result<(Label, Described), PluginError> {
    let refused = |reason| PluginError::Refused { plugin: label.clone(), reason };
    let given = ended.outcome.map_err(|fault| match fault.cause {
        // Types are compared when the first instance is made.
        Cause::Interface { what } if ended.at_start => refused(Refusal::Signature { contract: super::CONTRACT, what }),
        _ => fault.into(),
    })?;
    let described = described(given, read).map_err(|cause| match cause {
        Cause::Result { what } => refused(Refusal::Description { what }),
        cause => Fault { plugin: label.clone(), call: "describe", cause }.into(),
    })?;
    let name = Some(format!("{}@{}", described.name, described.version));
    Ok((Label { name, component: label.component }, described))
}

fn described(given: types::Description, read: Read) -> Result<Described, Cause> {
    let capability = |name: &&str| name.parse().map_err(|error: crate::event::EventError| wrong(error.to_string()));
    Ok(Described {
        component: read.component,
        bytes: read.bytes,
        functions: read.functions,
        world: read.world,
        contract: super::CONTRACT,
        capabilities: read.capabilities.iter().map(capability).collect::<Result<_, _>>()?,
        name: name(&given.name)?,
        version: version(&given.version)?,
        summary: text("its summary", &given.summary)?,
        settings_schema: schema(&given.settings_schema)?,
        kinds: kinds(&given.kinds)?,
        attributes: attributes(given.attributes)?,
    })
}

fn name(given: &str) -> Result<Text, Cause> {
    let name = word("its name", given)?;
    if given.contains('.') { Err(wrong(format!("its name `{}`; a name has no dot", clip(given)))) } else { Ok(name) }
}

fn version(given: &str) -> Result<Text, Cause> {
    let fits = given.len() <= limits::PLUGIN_WORD_BYTES_MAX
        && given.bytes().all(|b| b.is_ascii_alphanumeric() || b".-+_".contains(&b));
    let version = given.parse().ok().filter(|_| fits);
    version.ok_or_else(|| wrong(format!("its version `{}`; give one such as 1.2.0", clip(given))))
}

fn schema(given: &str) -> Result<serde_json::Value, Cause> {
    let limit = limits::PLUGIN_SCHEMA_BYTES_MAX;
    if given.len() > limit {
        return Err(wrong(format!("a settings schema of {} bytes; {limit} are allowed", given.len())));
    }
    match crate::codec::event::parse_json(given) {
        Ok(schema @ serde_json::Value::Object(_)) => Ok(schema),
        Ok(_) => Err(wrong("a settings schema that is not a JSON object; give a JSON Schema, or {}")),
        Err(error) => {
            Err(wrong(format!("a settings schema that cannot be read ({error}); give a JSON Schema, or {{}}")))
        }
    }
}

fn kinds(given: &[String]) -> Result<Vec<Kind>, Cause> {
    list("kinds", given.len(), limits::PLUGIN_KINDS_MAX)?;
    let kind = |name: &String| Kind::parse(name).map_err(|error| wrong(error.to_string()));
    given.iter().map(kind).collect()
}

/// What `check-settings` said, bounded.
pub(super) fn settings_errors(given: Result<(), Vec<String>>, plugin: &Label) -> Result<Vec<String>, Fault> {
    let Err(errors) = given else { return Ok(Vec::new()) };
    let fault = |cause| Fault { plugin: plugin.clone(), call: "check-settings", cause };
    list("errors in settings", errors.len(), limits::PLUGIN_SETTINGS_ERRORS_MAX).map_err(fault)?;
    if errors.is_empty() {
        return Err(fault(wrong("settings refused without an error; say what is wrong")));
    }
    let checked = errors.iter().map(|error| text("an error in settings", error).map(|text| text.to_string()));
    checked.collect::<Result<_, _>>().map_err(fault)
}
