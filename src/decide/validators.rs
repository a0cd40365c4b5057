//! Plugins, as a decision sees them: by the digest of their component, on the ledger as it was before the statement.

use crate::{
    event::{Digest, Event, body::PluginWorld},
    plugin::{EventView, Judged},
};

/// Where plugins come from, and what they may ask. Whoever implements it answers for the prefix of the log before the
/// statement that is decided, and for nothing else.
pub trait Validators {
    /// The world of a component, and what it imports.
    ///
    /// # Errors
    /// Why it is not at hand, and what to do.
    fn described(&self, component: &Digest) -> Result<(PluginWorld, Vec<String>), String>;

    /// What is wrong with settings (JSON text), as the plugin says it; nothing, when they make sense.
    ///
    /// # Errors
    /// Why it cannot say.
    fn check_settings(&self, component: &Digest, settings: &str) -> Result<Vec<String>, String>;

    /// What a validator says of an event, which it sees as `view`.
    fn validate(&self, component: &Digest, settings: &str, event: &Event, view: &EventView) -> Judged;
}
