//! In whose name the ledger is read, and what for: reads of subjects marked personal are themselves recorded.

use super::{
    config::Found,
    failure::{Done, Failure},
};
use crate::{
    decide::Reader,
    event::{ActorId, Text},
    ledger::Asker,
};

/// From where the folder is read.
const HERE: &str = "command line, in the ledger's folder";

/// In whose name the ledger is read, and what for.
#[derive(Clone, Debug, clap::Args)]
pub struct AskerArgs {
    /// In whose name the folder is read, where a read is recorded (docs/policy.md); otherwise client.actor of
    /// sagwan.toml, else `operator`.
    #[arg(long = "as", value_name = "ACTOR", env = "SAGWAN_ACTOR")]
    reader: Option<ActorId>,
    /// What it is read for, a word of the policy's purposes; otherwise `audit`.
    #[arg(long, value_name = "WORD", env = "SAGWAN_PURPOSE")]
    purpose: Option<Text>,
}

impl AskerArgs {
    /// Who asks the folder.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn asker(&self, settings: &Found) -> Done<Asker> {
        let actor = self.reader.clone().or_else(|| settings.config.client.actor.clone());
        asker(actor, self.purpose.clone())
    }

    /// What for.
    #[must_use]
    pub fn purpose(&self) -> Option<&Text> {
        self.purpose.as_ref()
    }
}

/// Whoever has the folder, in an actor's name.
///
/// # Errors
/// None that a caller could cause.
pub fn asker(actor: Option<ActorId>, purpose: Option<Text>) -> Done<Asker> {
    let origin = HERE.parse().map_err(|error| Failure::usage(format!("{error}"), "report this fault"))?;
    Ok(Asker { reader: Reader::Operator(actor), origin, purpose })
}
