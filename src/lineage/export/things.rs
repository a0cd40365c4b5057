//! What the events of an export say of each subject, gathered: formats that describe things and not events need it.

use super::{Fact, Material};
use crate::event::{Body, Digest, Event, Reference, Subject, SubjectKind, Value};
use std::collections::{BTreeMap, BTreeSet};

/// All subjects of an export.
pub(super) struct Things<'m> {
    things: BTreeMap<&'m Subject, Thing<'m>>,
}

/// What is known of one subject.
#[derive(Default)]
pub(super) struct Thing<'m> {
    /// The events about it, in log order.
    pub(super) facts: Vec<Fact<'m>>,
    /// Its bytes: those of its newest registration, or else those that another event gives.
    pub(super) digest: Option<Digest>,
    /// What leads straight to it.
    pub(super) from: BTreeSet<&'m Subject>,
    /// Somebody said that it is kept elsewhere.
    pub(super) external: bool,
}

impl<'m> Things<'m> {
    pub(super) fn of(material: &'m Material) -> Self {
        let mut found = Self { things: BTreeMap::new() };
        for node in &material.graph.nodes {
            found.things.entry(&node.subject).or_default();
        }
        for fact in material.facts() {
            found.mention(fact.event);
            let own = found.things.entry(&fact.event.subject).or_default();
            own.facts.push(fact);
            own.digest = artifact(&fact.event.body).or(own.digest);
        }
        found
    }

    fn mention(&mut self, event: &'m Event) {
        for reference in event.inputs.iter().chain(&event.outputs) {
            let thing = self.things.entry(&reference.subject).or_default();
            thing.external |= reference.external;
            thing.digest = thing.digest.or(reference.digest);
        }
        let inputs = event.inputs.iter().map(|reference| &reference.subject);
        self.things.entry(&event.subject).or_default().from.extend(inputs.filter(|from| **from != event.subject));
        for output in event.outputs.iter().filter(|output| output.subject != event.subject) {
            self.things.entry(&output.subject).or_default().from.insert(&event.subject);
        }
    }

    /// The subjects of these kinds, in the order of their names.
    pub(super) fn of_kinds(&self, kinds: &[SubjectKind]) -> impl Iterator<Item = (&'m Subject, &Thing<'m>)> {
        self.things
            .iter()
            .map(|(subject, thing)| (*subject, thing))
            .filter(|(subject, _)| kinds.contains(&subject.kind()))
    }

    /// One of them.
    pub(super) fn get(&self, subject: &Subject) -> Option<&Thing<'m>> {
        self.things.get(subject)
    }

    /// What leads to a subject straight, or through subjects that `passes` lets through, such as runs.
    pub(super) fn before(&self, subject: &Subject, passes: impl Fn(&Subject) -> bool) -> BTreeSet<&'m Subject> {
        let Some((subject, _)) = self.things.get_key_value(subject) else { return BTreeSet::new() };
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::from([*subject]));
        let mut open = vec![*subject];
        while let Some(at) = open.pop() {
            for from in self.things.get(at).into_iter().flat_map(|thing| &thing.from) {
                if !seen.insert(from) {
                    continue;
                }
                if passes(from) {
                    open.push(from);
                } else {
                    found.insert(*from);
                }
            }
        }
        found
    }
}

/// The bytes that a body says its subject has.
pub(super) fn artifact(body: &Body) -> Option<Digest> {
    match body {
        Body::DatasetRegistered(body) => body.digest,
        Body::DocumentFiled(body) => Some(body.digest),
        Body::RuntimeCaptured(body) => body.image,
        body => body.artifact(),
    }
}

/// A value as text: a text as it is, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => serde_json::to_value(other).unwrap_or_default().to_string(),
    }
}

/// Sixty-four hexadecimal digits.
pub(super) fn hex_of(digest: &Digest) -> String {
    hex::encode(digest.0)
}

/// The bytes of a reference: those that it names, or else those that the subject is known to have.
pub(super) fn bytes_of(things: &Things<'_>, reference: &Reference) -> Option<Digest> {
    reference.digest.or_else(|| things.get(&reference.subject).and_then(|thing| thing.digest))
}
