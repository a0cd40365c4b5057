//! What an export is made of: the events that it tells, in log order, and the graph that they make.

use super::super::{
    LineageError, Source,
    graph::{Bound, Graph, Node, edges_of},
    question::{Filter, Moment, Walk},
    reader::Reader,
    walk::walk_with,
};
use crate::{
    event::{Decision, Digest, Event, Outcome, Subject, SubjectKind, limits},
    ledger::{Outline, Record},
    merkle::leaf_hash,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is to be exported, and the prefix of the log that it is about.
#[derive(Clone, PartialEq, Debug)]
pub struct Wanted {
    /// Of what.
    pub of: Of,
    /// As of when: the whole log when absent.
    pub as_of: Option<Moment>,
}

/// What an export is of.
#[derive(Clone, PartialEq, Debug)]
pub enum Of {
    /// What a walk comes to: the events that make its edges, and all that is recorded of its subjects.
    Walk(Walk),
    /// What was recorded in a time.
    Span {
        /// From this moment on; from the beginning when absent.
        since: Option<Moment>,
        /// Before this moment; to the end when absent.
        until: Option<Moment>,
        /// Which events.
        filter: Filter,
    },
}

impl Wanted {
    /// What is wanted, for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.of {
            Of::Walk(walk) => format!("what is connected with {}", walk.subject),
            Of::Span { since, until, .. } => {
                let moment = |moment: &Option<Moment>, none: &str| {
                    moment.map_or_else(|| none.to_owned(), |moment| moment.in_words())
                };
                format!("everything from {} to {}", moment(since, "the beginning"), moment(until, "the end"))
            }
        }
    }
}

/// The events of an export.
#[derive(Clone, Debug)]
pub struct Material {
    /// The log's origin.
    pub origin: String,
    /// The prefix of the log that it is about: the entries below this index.
    pub as_of: u64,
    /// The subject that it is about, if it is about one.
    pub about: Option<Subject>,
    /// The subjects and edges.
    pub graph: Graph,
    /// Records, and which event of each, in log order.
    events: Vec<(Arc<Record>, usize)>,
}

/// One event, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Fact<'m> {
    /// The record.
    pub record: &'m Record,
    /// Which event of it, from 0.
    pub position: usize,
    /// The event.
    pub event: &'m Event,
}

impl Fact<'_> {
    /// The hash of the record's leaf (RFC 6962), by which its inclusion is proved.
    #[must_use]
    pub fn leaf(&self) -> Digest {
        Digest(leaf_hash(&self.record.bytes))
    }

    /// What the rules said, and what was done about it.
    #[must_use]
    pub fn decided(&self) -> (Decision, Outcome) {
        let ruling = self.record.rulings.get(self.position);
        ruling.map_or((Decision::Allow, Outcome::Recorded), |ruling| (ruling.decision, ruling.outcome))
    }

    /// `INDEX/POSITION`: where it stands.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.record.index, self.position)
    }
}

impl Material {
    /// The events, in log order.
    pub fn facts(&self) -> impl Iterator<Item = Fact<'_>> {
        self.events.iter().filter_map(|(record, position)| {
            let event = record.events.get(*position)?;
            Some(Fact { record, position: *position, event })
        })
    }

    /// Whether it holds no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether a bound cut it.
    #[must_use]
    pub fn cut(&self) -> Option<Bound> {
        self.graph.cut
    }
}

/// Events by their place.
#[derive(Default)]
struct Chosen(BTreeMap<(u64, usize), Arc<Record>>);

impl Chosen {
    fn add(&mut self, record: &Arc<Record>, position: usize) {
        self.0.entry((record.index, position)).or_insert_with(|| Arc::clone(record));
    }

    /// The events in order, within the bound on bytes: a text is made of them in memory.
    fn into_events(self) -> Result<Vec<(Arc<Record>, usize)>, LineageError> {
        let events: Vec<_> = self.0.into_iter().map(|((_, position), record)| (record, position)).collect();
        let (mut found, mut last) = (0, None);
        for (record, _) in &events {
            if last.replace(record.index) != Some(record.index) {
                found += record.bytes.len() as u64;
            }
        }
        let limit = limits::EXPORT_BYTES_MAX;
        if found > limit {
            return Err(LineageError::TooMuch { what: "bytes of statements", found, limit });
        }
        Ok(events)
    }
}

/// What a walk comes to. Of each subject all that is about it; of what else mentions it, what makes an edge of the walk;
/// and of the runtimes, systems and experiments that these events name, what is about them.
pub(in crate::lineage) fn of_walk<S: Source>(
    source: &mut S,
    origin: &str,
    end: u64,
    asked: &Walk,
) -> Result<Material, LineageError> {
    let mut reader = Reader::new(source, end);
    let mut graph = walk_with(&mut reader, asked)?;
    let places: BTreeSet<(u64, usize)> = graph.edges.iter().map(|edge| (edge.index, edge.position)).collect();
    let mut chosen = Chosen::default();
    let mut named: BTreeSet<Subject> = BTreeSet::new();
    for node in &graph.nodes {
        for record in reader.about(&node.subject)? {
            let events = record.events.iter().enumerate().filter(|(_, event)| asked.filter.passes(event));
            for (position, event) in events {
                if event.subject == node.subject || places.contains(&(record.index, position)) {
                    named.extend(event.body.named().into_iter().flatten().filter(|one| is_context(one)).cloned());
                    chosen.add(record, position);
                }
            }
        }
    }
    for subject in named {
        for record in reader.about(&subject)? {
            let events = record.events.iter().enumerate();
            let own = events.filter(|(_, event)| event.subject == subject && asked.filter.passes(event));
            own.for_each(|(position, _)| chosen.add(record, position));
        }
    }
    graph.withheld = reader.withheld.iter().copied().collect();
    graph.cut = graph.cut.or(reader.cut());
    let about = Some(asked.subject.clone());
    Ok(Material { origin: origin.to_owned(), as_of: end, about, graph, events: chosen.into_events()? })
}

fn is_context(subject: &Subject) -> bool {
    matches!(subject.kind(), SubjectKind::Runtime | SubjectKind::System | SubjectKind::Experiment)
}

/// What records say: all events that a filter lets pass, and the graph of all their edges.
pub(in crate::lineage) fn of_span(
    origin: &str,
    end: u64,
    records: &[Arc<Record>],
    filter: &Filter,
    cut: bool,
) -> Result<Material, LineageError> {
    let mut chosen = Chosen::default();
    let mut graph = Graph { cut: cut.then_some(Bound::Records), ..Graph::default() };
    let mut nodes: BTreeMap<Subject, Node> = BTreeMap::new();
    for record in records {
        for (position, event) in record.events.iter().enumerate().filter(|(_, event)| filter.passes(event)) {
            chosen.add(record, position);
            let references = event.inputs.iter().chain(&event.outputs);
            let external = references.filter(|reference| reference.external).map(|reference| &reference.subject);
            let external: BTreeSet<&Subject> = external.collect();
            for subject in event.mentions() {
                let fresh = || Node { subject: subject.clone(), distance: 1, records: None, external: false };
                nodes.entry(subject.clone()).or_insert_with(fresh).external |= external.contains(subject);
            }
        }
        graph.edges.extend(edges_of(&Outline::of(record), filter));
    }
    graph.nodes = nodes.into_values().collect();
    Ok(Material { origin: origin.to_owned(), as_of: end, about: None, graph, events: chosen.into_events()? })
}
