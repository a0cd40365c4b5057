//! The keys under which a statement is found: the fixed rule of the index (design, section 5).

use super::{ActorId, Env, Event, Kind, Subject};
use std::{collections::BTreeSet, fmt};

/// One key of the index; it prints as the text whose bytes are the key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EventKey {
    /// A subject that the statement mentions.
    Subject(Subject),
    /// Who signed it.
    Actor(ActorId),
    /// A kind of event in it.
    Kind(Kind),
    /// A kind of event in it, in one environment.
    KindEnv(Kind, Env),
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject(subject) => write!(f, "s:{subject}"),
            Self::Actor(actor) => write!(f, "a:{actor}"),
            Self::Kind(kind) => write!(f, "k:{kind}"),
            Self::KindEnv(kind, env) => write!(f, "e:{env}:{kind}"),
        }
    }
}

/// The keys of a statement signed by `actor` over `events`, each once, in order.
#[must_use]
pub fn event_keys(actor: &ActorId, events: &[Event]) -> BTreeSet<EventKey> {
    let mut keys = BTreeSet::from([EventKey::Actor(actor.clone())]);
    for event in events {
        let kind = event.kind();
        keys.extend(event.mentions().cloned().map(EventKey::Subject));
        keys.extend(event.env.map(|env| EventKey::KindEnv(kind.clone(), env)));
        keys.insert(EventKey::Kind(kind));
    }
    keys
}
