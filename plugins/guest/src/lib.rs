//! What both worlds of `sagwan:plugin` share in Rust: their types, the host behind a trait so that rules are tested
//! natively, and fixtures.

#[allow(unsafe_code, missing_docs, clippy::all, reason = "made by wit-bindgen")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "package sagwan:guest;
            world imports {
                import sagwan:plugin/types@1.0.0;
                import sagwan:plugin/query@1.0.0;
                import sagwan:plugin/state@1.0.0;
            }",
        generate_all,
    });
}

#[cfg(not(target_arch = "wasm32"))]
pub mod fixture;
mod key;
mod past;
mod reference;
mod settings;

pub use bindings::sagwan::plugin::types;
pub use key::{hash, key};
pub use past::{Past, artifact, every, says};
pub use reference::{Stored, newest_profile, profile_of, reference};
pub use settings::{Settings, check};
pub use types::{
    Alert, Attribute, Description, Event, Finding, Measurement, Metric, Observation, Reference, Retrain, Severity,
    Verdict,
};

use bindings::sagwan::plugin::{query, state};
use sagwan_common::{Value, cbor};

/// What a rule may ask.
pub trait Host {
    /// Events that mention a subject, the newest first, from an index (or the end) backwards, at most 256; none where
    /// the subject is not spelt as one.
    fn backwards(&self, subject: &str, kinds: &[&str], from: Option<u64>, limit: u32) -> Vec<Event>;
    /// The newest events that mention a subject.
    fn newest(&self, subject: &str, kinds: &[&str], limit: u32) -> Vec<Event> {
        self.backwards(subject, kinds, None, limit)
    }
    /// A blob that the ledger knows.
    fn blob(&self, digest: &str) -> Option<Vec<u8>>;
}

/// What a monitor remembers. A trait of its own: a validator that does not name it does not import it.
pub trait Memory {
    /// What a monitor remembers under a key.
    fn recall(&self, key: &str) -> Option<Vec<u8>>;
    /// Remembers.
    fn remember(&self, key: &str, value: &[u8]);
    /// Forgets.
    fn forget(&self, key: &str);
    /// The keys that begin with `prefix`, in the order of their bytes, at most 1,000.
    fn keys(&self, prefix: &str) -> Vec<String>;
}

/// The ledger that runs this component.
pub struct Ledger;

impl Host for Ledger {
    fn backwards(&self, subject: &str, kinds: &[&str], from: Option<u64>, limit: u32) -> Vec<Event> {
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).into()).collect();
        query::events_about(subject, &kinds, true, from, limit).unwrap_or_default()
    }

    fn blob(&self, digest: &str) -> Option<Vec<u8>> {
        query::blob(digest).ok()
    }
}

impl Memory for Ledger {
    fn recall(&self, key: &str) -> Option<Vec<u8>> {
        state::get(key)
    }

    fn remember(&self, key: &str, value: &[u8]) {
        state::set(key, value);
    }

    fn forget(&self, key: &str) {
        state::delete(key);
    }

    fn keys(&self, prefix: &str) -> Vec<String> {
        state::keys(prefix, None)
    }
}

/// The body of an event; an empty map where it cannot be read, which the ledger has made sure cannot be.
#[must_use]
pub fn body(event: &Event) -> Value<'_> {
    cbor::read(&event.body).unwrap_or(Value::Map(Vec::new()))
}

/// The name of a subject without its version: `model/a@2` gives `model/a`.
#[must_use]
pub fn unversioned(subject: &str) -> &str {
    subject.rsplit_once('@').map_or(subject, |(name, _)| name)
}

/// A finding without evidence.
#[must_use]
pub fn finding(code: &str, severity: Severity, message: String, pointer: Option<String>) -> Finding {
    Finding {
        code: code.into(),
        severity,
        message: clip(message),
        pointer,
        evidence: Vec::new(),
        attributes: Vec::new(),
    }
}

/// A text within the 4,096 bytes of a message.
#[must_use]
pub fn clip(mut text: String) -> String {
    if text.len() > 4_096 {
        let end = (0..=4_090).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        text.push_str(" …");
    }
    text
}

/// The description of a plugin of this workspace.
#[must_use]
pub fn describe(name: &str, summary: &str, schema: &str, kinds: &[&str]) -> Description {
    Description {
        name: name.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        summary: summary.into(),
        settings_schema: schema.into(),
        kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
        attributes: vec![Attribute { name: "licence".into(), value: env!("CARGO_PKG_LICENSE").into() }],
    }
}

/// A number as people read it: four digits after the point, without trailing zeros.
#[must_use]
pub fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}
