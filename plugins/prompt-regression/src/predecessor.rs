//! The version that a prompt version is to replace: what was promoted to its environment before it.

use sagwan_common::Value;
use sagwan_guest::{Event, Host, Settings, artifact, body, every, unversioned};

/// Versions that are followed from one to the one that replaced it.
const CHAIN_MAX: usize = 64;
/// Roll-backs that are followed.
const RETURNS_MAX: usize = 8;
/// Versions that are whole numbers: how many lower ones are asked for.
const LOWER_MAX: u64 = 64;
/// Events of one version that are looked at, the newest first.
const EVENTS_MAX: usize = 256;

/// A version that was promoted.
pub struct Predecessor {
    /// `prompt/NAME@VERSION`
    pub subject: String,
    /// Its template's digest.
    pub template: String,
}

/// Finds it: the version that the promotion's inputs name, else those of its registration, else the setting; else, where
/// versions are whole numbers, the greatest lower one that was promoted here. What was replaced since, as later
/// promotions tell with their inputs, is followed to what replaced it.
pub fn find(event: &Event, settings: &Settings<'_>, host: &dyn Host) -> Option<Predecessor> {
    let other = |subject: &str| subject != event.subject && unversioned(subject) == unversioned(&event.subject);
    let among = |event: &Event| event.inputs.iter().map(|input| input.subject.clone()).find(|subject| other(subject));
    let registered = || {
        let past = host.newest(&event.subject, &["prompt.registered"], 16);
        past.iter().filter(|past| past.subject == event.subject).find_map(among)
    };
    let set = || {
        let mut all = settings.map("predecessors");
        all.find(|(name, _)| *name == unversioned(&event.subject))
            .and_then(|(_, version)| version.text())
            .filter(|subject| other(subject))
            .map(ToOwned::to_owned)
    };
    let named = among(event).or_else(registered).or_else(set);
    let start = named.and_then(|subject| standing(event, &subject, host)).or_else(|| lower(event, host))?;
    Some(follow(event, start, host))
}

/// A version as it was promoted to the environment, or the one that was returned to from it; `None` where it never was.
fn standing(event: &Event, subject: &str, host: &dyn Host) -> Option<Predecessor> {
    let mut subject = subject.to_owned();
    for _ in 0..RETURNS_MAX {
        let past = every(host, &subject, &["prompt.promoted", "prompt.rolled-back"], EVENTS_MAX).events;
        let newest = past.iter().find(|past| past.subject == subject && past.env == event.env)?;
        if newest.kind == "prompt.promoted" {
            return Some(Predecessor { template: artifact(newest)?, subject });
        }
        subject = body(newest).get("to").and_then(Value::text)?.to_owned();
        if subject == event.subject {
            return None;
        }
    }
    None
}

/// From a version on to the one that replaced it, as long as there is one.
fn follow(event: &Event, start: Predecessor, host: &dyn Host) -> Predecessor {
    let mut at = start;
    let mut seen = vec![at.subject.clone(), event.subject.clone()];
    for _ in 0..CHAIN_MAX {
        let past = every(host, &at.subject, &["prompt.promoted"], EVENTS_MAX).events;
        let replaced = past
            .iter()
            .filter(|past| past.env == event.env && past.inputs.iter().any(|input| input.subject == at.subject))
            .filter_map(|past| standing(event, &past.subject, host))
            .find(|next| !seen.contains(&next.subject));
        let Some(next) = replaced else { break };
        seen.push(next.subject.clone());
        at = next;
    }
    at
}

fn lower(event: &Event, host: &dyn Host) -> Option<Predecessor> {
    let (name, version) = event.subject.rsplit_once('@')?;
    let version: u64 = version.parse().ok()?;
    (version.saturating_sub(LOWER_MAX)..version)
        .rev()
        .find_map(|lower| standing(event, &format!("{name}@{lower}"), host))
}
