//! An event as a plugin sees it.

use super::{answers::Transcript, bindings::types};
use crate::{
    codec::event::{body_to_cbor, facets_to_cbor},
    event::{ActorId, Digest, Event, Reference, Timestamp},
};

/// Who signed an event, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Who signed the statement.
    pub actor: &'a ActorId,
    /// The index of the statement in the log.
    pub index: u64,
    /// The position of the event in its statement.
    pub position: u32,
    /// The ledger's time of the batch.
    pub recorded: Timestamp,
}

/// An event in the form in which it crosses into a plugin: made once, shown to every plugin that judges it.
#[derive(Clone)]
pub struct EventView(types::Event);

impl EventView {
    /// The view of an event at its place.
    #[must_use]
    pub fn new(event: &Event, place: &Place<'_>) -> Self {
        let mut attributes = Vec::new();
        if event.imported {
            attributes.push(types::Attribute { name: "imported".to_owned(), value: "true".to_owned() });
        }
        if let Some(who) = &event.claimed_by {
            attributes.push(types::Attribute { name: "claimed-by".to_owned(), value: who.to_string() });
        }
        Self(types::Event {
            kind: event.kind().as_str().to_owned(),
            subject: event.subject.to_string(),
            env: event.env.map(|env| env.as_str().to_owned()),
            actor: place.actor.to_string(),
            index: place.index,
            position: place.position,
            recorded: place.recorded.0,
            claimed: event.time.0,
            inputs: references(&event.inputs),
            outputs: references(&event.outputs),
            body: body_to_cbor(&event.body),
            facets: facets_to_cbor(&event.facets),
            committed: event.commitments.iter().map(|commitment| commitment.path.clone()).collect(),
            attributes,
        })
    }

    /// The index of its statement.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.0.index
    }

    /// Its position in its statement.
    #[must_use]
    pub fn position(&self) -> u32 {
        self.0.position
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.0.kind
    }

    pub(super) fn inner(&self) -> &types::Event {
        &self.0
    }

    pub(super) fn into_inner(self) -> types::Event {
        self.0
    }

    /// About how many bytes it takes in a plugin's memory.
    pub(super) fn bytes(&self) -> usize {
        let event = &self.0;
        let references = event.inputs.iter().chain(&event.outputs);
        let references: usize =
            references.map(|one| one.subject.len() + one.digest.as_ref().map_or(0, String::len)).sum();
        let committed: usize = event.committed.iter().map(String::len).sum();
        FIXED_BYTES + event.subject.len() + event.body.len() + event.facets.len() + references + committed
    }

    /// Adds every field to a transcript.
    pub(super) fn write(&self, transcript: &mut Transcript) {
        let event = &self.0;
        for number in [event.index, u64::from(event.position)] {
            transcript.part(&number.to_be_bytes());
        }
        for time in [event.recorded, event.claimed] {
            transcript.part(&time.to_be_bytes());
        }
        for text in [&event.kind, &event.subject, &event.actor] {
            transcript.part(text.as_bytes());
        }
        transcript.part(event.env.as_deref().unwrap_or_default().as_bytes());
        transcript.part(&event.body);
        transcript.part(&event.facets);
        for list in [&event.inputs, &event.outputs] {
            transcript.part(&(list.len() as u64).to_be_bytes());
            for one in list {
                transcript.part(one.subject.as_bytes());
                transcript.part(one.digest.as_deref().unwrap_or_default().as_bytes());
                transcript.part(&[u8::from(one.external)]);
            }
        }
        transcript.part(event.committed.join("\n").as_bytes());
        for one in &event.attributes {
            transcript.part(one.name.as_bytes());
            transcript.part(one.value.as_bytes());
        }
    }
}

/// Bytes of an event's record and of its short texts, rounded up.
const FIXED_BYTES: usize = 320;

impl std::fmt::Debug for EventView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} at {}.{}", self.0.kind, self.0.subject, self.0.index, self.0.position)
    }
}

fn references(list: &[Reference]) -> Vec<types::Reference> {
    let one = |reference: &Reference| types::Reference {
        subject: reference.subject.to_string(),
        digest: reference.digest.as_ref().map(Digest::to_string),
        external: reference.external,
    };
    list.iter().map(one).collect()
}
