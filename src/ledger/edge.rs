//! What records say came of what: the edges of lineage.
//!
//! An event leads from each of its inputs to its subject, and from its subject to each of its outputs (docs/lineage.md).

use super::outline::{EventOutline, Outline};
use crate::event::{Digest, Env, Kind, Reference, Subject, Timestamp, limits};
use serde::{Deserialize, Serialize};

/// One event that leads from one subject to another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Edge {
    /// The log index of the record.
    pub index: u64,
    /// Which event of the statement, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub position: usize,
    /// From what.
    pub from: Subject,
    /// To what.
    pub to: Subject,
    /// By an event of this kind.
    pub kind: Kind,
    /// In this environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// The ledger's time of the record.
    pub t: Timestamp,
    /// Of exactly these bytes: of the input for an edge into the event's subject, of the output for one out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// A rule was against the event; it was recorded all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub against_rules: bool,
    /// The input or output is kept elsewhere.
    #[serde(skip)]
    pub external: bool,
}

fn is_first(position: &usize) -> bool {
    *position == 0
}

/// The edges that a record makes, event by event, those of inputs first.
pub fn edges(record: &Outline) -> impl Iterator<Item = Edge> {
    record.events.iter().enumerate().flat_map(move |(position, event)| {
        let edge = move |from: &Subject, to: &Subject, reference: &Reference| {
            (from != to).then(|| Edge {
                index: record.index,
                position,
                from: from.clone(),
                to: to.clone(),
                kind: event.kind.clone(),
                env: event.env,
                t: record.t,
                digest: reference.digest,
                against_rules: event.against_rules,
                external: reference.external,
            })
        };
        let EventOutline { subject, inputs, outputs, .. } = event;
        let inward = inputs.iter().filter_map(move |input| edge(&input.subject, subject, input));
        inward.chain(outputs.iter().filter_map(move |output| edge(subject, &output.subject, output)))
    })
}

/// An edge as one of its ends has it: half as large, as it stands many times in memory.
#[derive(Clone, Debug)]
pub struct Link {
    pub(super) other: Subject,
    pub(super) index: u64,
    t: Timestamp,
    kind: Kind,
    digest: Option<Box<Digest>>,
    position: u16,
    /// Where it stands among those of the same event, in the order of edges.
    pub(super) rank: u16,
    env: Option<Env>,
    against_rules: bool,
    /// The input or output is kept elsewhere.
    pub external: bool,
}

// So the numbers of an event and of its edges are small.
const _: () = assert!(limits::BATCH_EVENTS_MAX <= u16::MAX as usize);
const _: () = assert!(2 * limits::REFERENCES_MAX <= u16::MAX as usize);

impl Link {
    pub(super) fn new(edge: Edge, other: Subject) -> Self {
        Self {
            other,
            index: edge.index,
            t: edge.t,
            kind: edge.kind,
            digest: edge.digest.map(Box::new),
            position: u16::try_from(edge.position).unwrap_or(u16::MAX),
            rank: 0,
            env: edge.env,
            against_rules: edge.against_rules,
            external: edge.external,
        }
    }

    /// Links of one subject in one direction, in log order, each with its rank.
    pub(super) fn ranked(mut links: Vec<Self>) -> Box<[Self]> {
        for event in links.chunk_by_mut(|a, b| (a.index, a.position) == (b.index, b.position)) {
            let mut order: Vec<&mut Self> = event.iter_mut().collect();
            // All else of their edges is the same.
            order.sort_by(|a, b| (&a.other, &a.digest, a.external).cmp(&(&b.other, &b.digest, b.external)));
            (0..).zip(order).for_each(|(rank, link)| link.rank = rank);
        }
        links.into()
    }

    /// The subject at the other end.
    #[must_use]
    pub fn other(&self) -> &Subject {
        &self.other
    }

    /// The log index of the record, which event of the statement, and which edge of those of the event in the order of
    /// edges, among the links of one subject in one direction.
    #[must_use]
    pub fn stands_at(&self) -> (u64, u16, u16) {
        (self.index, self.position, self.rank)
    }

    /// The kind of the event, and its environment.
    #[must_use]
    pub fn by(&self) -> (&Kind, Option<Env>) {
        (&self.kind, self.env)
    }

    /// The whole edge, between the subject that has this link and the other.
    #[must_use]
    pub fn edge(&self, own: &Subject, into: bool) -> Edge {
        let (from, to) = if into { (&self.other, own) } else { (own, &self.other) };
        Edge {
            index: self.index,
            position: usize::from(self.position),
            from: from.clone(),
            to: to.clone(),
            kind: self.kind.clone(),
            env: self.env,
            t: self.t,
            digest: self.digest.as_deref().copied(),
            against_rules: self.against_rules,
            external: self.external,
        }
    }
}
