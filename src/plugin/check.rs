//! Whether what a plugin returned is what the contract allows, field by field.

use super::{
    bindings::types,
    error::{Cause, clip},
};
use crate::event::{Digest, Map, Number, Subject, Text, Value, limits};
use std::{collections::BTreeMap, fmt::Display};

/// A result that says what the contract does not allow.
pub(super) fn wrong(what: impl Into<String>) -> Cause {
    Cause::Result { what: what.into() }
}

/// A list that is not too long.
pub(super) fn list(what: &str, count: usize, limit: usize) -> Result<(), Cause> {
    if count > limit { Err(wrong(format!("{count} {what}; {limit} are allowed"))) } else { Ok(()) }
}

/// A text for people.
pub(super) fn text(field: &str, given: &str) -> Result<Text, Cause> {
    let wanted = "give 1 to 4,096 bytes without control characters";
    given.parse().map_err(|_| wrong(format!("{field} `{}`; {wanted}", clip(given))))
}

/// A stable word.
pub(super) fn word(field: &str, given: &str) -> Result<Text, Cause> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let fits = given.len() <= limits::PLUGIN_WORD_BYTES_MAX && given.bytes().all(plain);
    let parsed = given.parse().ok().filter(|_| fits);
    parsed.ok_or_else(|| wrong(format!("{field} `{}`; give 1 to 64 characters of a-z, 0-9, `-` and `.`", clip(given))))
}

/// A JSON pointer (RFC 6901).
pub(super) fn pointer(given: &str) -> Result<Text, Cause> {
    let fits = given.starts_with('/') && given.len() <= limits::PATH_BYTES_MAX && !given.chars().any(char::is_control);
    let parsed = given.parse().ok().filter(|_| fits);
    parsed.ok_or_else(|| wrong(format!("a pointer `{}`; give a JSON pointer such as /body/rows", clip(given))))
}

/// A subject.
pub(super) fn subject(field: &str, given: &str) -> Result<Subject, Cause> {
    given.parse().map_err(|error: crate::event::EventError| wrong(format!("{field}: {error}")))
}

/// Digests.
pub(super) fn evidence(given: &[String]) -> Result<Vec<Digest>, Cause> {
    list("digests of evidence", given.len(), limits::PLUGIN_EVIDENCE_MAX)?;
    let digest = |text: &String| text.parse().map_err(|error: crate::event::EventError| wrong(error.to_string()));
    given.iter().map(digest).collect()
}

/// Names and values, no name twice.
pub(super) fn attributes(given: Vec<types::Attribute>) -> Result<BTreeMap<String, String>, Cause> {
    list("attributes", given.len(), limits::PLUGIN_ATTRIBUTES_MAX)?;
    let mut map = BTreeMap::new();
    for types::Attribute { name: key, value } in given {
        name("an attribute", &key)?;
        let shown = !value.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
        if value.len() > limits::TEXT_BYTES_MAX || !shown {
            let wanted = "give at most 4,096 bytes without control characters";
            return Err(wrong(format!("the value of the attribute `{}`; {wanted}", clip(&key))));
        }
        if let Some(_twice) = map.insert(key.clone(), value) {
            return Err(wrong(format!("the attribute `{}` twice; give each name once", clip(&key))));
        }
    }
    Ok(map)
}

fn name(what: impl Display, given: &str) -> Result<(), Cause> {
    let fits = !given.is_empty() && given.len() <= limits::NAME_BYTES_MAX && !given.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    Err(wrong(format!("{what} named `{}`; a name has 1 to 256 bytes and no control characters", clip(given))))
}

/// Numbers by name, a threshold as `NAME/threshold`.
pub(super) fn metrics(given: Vec<types::Metric>) -> Result<BTreeMap<String, Number>, Cause> {
    let count = given.iter().map(|metric| 1 + usize::from(metric.threshold.is_some())).sum();
    list("metrics", count, limits::PLUGIN_METRICS_MAX)?;
    let mut map = BTreeMap::new();
    for types::Metric { name: key, value, threshold } in given {
        let beside = threshold.map(|threshold| (format!("{key}/threshold"), threshold));
        for (key, value) in [(key, value)].into_iter().chain(beside) {
            name("a metric", &key)?;
            if !value.is_finite() {
                return Err(wrong(format!("the metric `{}` is {value}; a metric is a finite number", clip(&key))));
            }
            if map.insert(key.clone(), Number(value)).is_some() {
                return Err(wrong(format!("the metric `{}` twice; give each name once", clip(&key))));
            }
        }
    }
    Ok(map)
}

/// The settings of a binding as the text that a plugin gets: JSON without white space, names in the order of their
/// bytes; of none, `{}`. The digest that a verdict names is that of this text.
#[must_use]
pub fn settings_text(settings: Option<&Value>) -> String {
    // The vocabulary's values have text keys and finite numbers, so they have a JSON form.
    let empty = Value::Map(Map::new());
    serde_json::to_string(settings.unwrap_or(&empty)).unwrap_or_default()
}
