//! What a dataset is held against: another version's profile.

use crate::{Event, Host, Settings, body, unversioned};
use sagwan_common::{Value, profile::Profile};

/// A stored profile, and its digest.
pub struct Stored {
    /// `sha256:…`
    pub digest: String,
    /// What it says.
    pub profile: Profile,
}

/// The dataset that an event's dataset is held against: the first other dataset among the event's inputs; else the one
/// of its name in the setting `references`; else the setting `reference`.
#[must_use]
pub fn reference(event: &Event, settings: &Settings<'_>) -> Option<String> {
    let other = |subject: &&str| subject.starts_with("dataset/") && *subject != event.subject;
    let named = event.inputs.iter().map(|input| input.subject.as_str()).find(other);
    let name = unversioned(&event.subject);
    let listed = || settings.map("references").find(|(of, _)| *of == name).and_then(|(_, to)| to.text());
    let found = named.or_else(listed).or_else(|| settings.text("reference"));
    found.filter(|subject| *subject != event.subject).map(Into::into)
}

/// The profile that an event names; `None` where it cannot be had or read.
#[must_use]
pub fn profile_of(event: &Event, host: &dyn Host) -> Option<Stored> {
    let digest = body(event).get("profile").and_then(Value::digest)?;
    let profile = Profile::read(&host.blob(&digest)?)?;
    Some(Stored { digest, profile })
}

/// The newest profile of a dataset before this event.
#[must_use]
pub fn newest_profile(subject: &str, host: &dyn Host) -> Option<Stored> {
    let events = host.newest(subject, &["data.profiled"], 16);
    events.iter().filter(|event| event.subject == subject).find_map(|event| profile_of(event, host))
}
