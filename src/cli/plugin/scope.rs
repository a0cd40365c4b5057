//! Which events a rule is asked about, and the settings that it goes by: for bindings and for trials.

use crate::{
    cli::failure::{Done, Failure},
    codec::event::parse_json,
    event::{Env, Kind, Text, Value},
};
use std::{fs, path::Path};

/// Which events; all of these must hold.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Scope")]
pub struct ScopeArgs {
    /// Only events of this kind, such as model.promoted. Repeat for more.
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Only events about this subject, exact or `model/*`. Repeat for more.
    #[arg(long, value_name = "SUBJECT")]
    subject: Vec<Text>,
    /// Only events in this environment. Repeat for more.
    #[arg(long, value_name = "ENV")]
    env: Vec<Env>,
}

impl ScopeArgs {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.kind.is_empty() && self.subject.is_empty() && self.env.is_empty()
    }

    /// The kinds, as a binding has them.
    ///
    /// # Errors
    /// When one is none.
    pub fn kinds(&self) -> Done<Vec<Text>> {
        let kind = |name: &String| {
            let known = Kind::parse(name).map_err(|error| error.to_string());
            let text = known.and_then(|kind| kind.as_str().parse::<Text>().map_err(|error| error.to_string()));
            text.map_err(|error| Failure::usage(error, "docs/events.md lists every kind"))
        };
        self.kind.iter().map(kind).collect()
    }

    /// The subjects.
    #[must_use]
    pub fn subjects(&self) -> Vec<Text> {
        self.subject.clone()
    }

    /// The environments.
    #[must_use]
    pub fn environments(&self) -> Vec<Env> {
        self.env.clone()
    }
}

/// Settings from the command line: JSON, or the name of a file that holds it.
///
/// # Errors
/// When the file cannot be read, or what stands there is no JSON that a ledger takes.
pub fn settings(given: Option<&str>) -> Done<Option<Value>> {
    let Some(given) = given else { return Ok(None) };
    // No file of settings has such a name, and a list or a number has its own error below.
    let json =
        given.trim_start().starts_with(['{', '[', '"']) || serde_json::from_str::<serde_json::Value>(given).is_ok();
    let text = if json && !Path::new(given).exists() {
        given.to_owned()
    } else {
        let path = Path::new(given);
        fs::read_to_string(path).map_err(|error| Failure::io("read the settings", path, &error))?
    };
    let unfit = |what: String| Failure::invalid(format!("settings: {what}"), "write a JSON object, as its schema asks");
    let json = parse_json(&text).map_err(|error| unfit(error.to_string()))?;
    if !json.is_object() {
        return Err(unfit(format!("{json} is no JSON object")));
    }
    serde_json::from_value(json).map(Some).map_err(|error| unfit(error.to_string()))
}

/// A word of the ledger's own vocabulary.
///
/// # Errors
/// When it is none; the message lists those that there are.
pub fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}
