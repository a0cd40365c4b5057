//! Walking along edges, breadth first: nearest subjects first, those of one distance in the order of their names, so
//! that one question has one answer, also where a bound cuts it.

use super::{
    LineageError, Source,
    graph::{Bound, Edge, Graph, Node},
    question::{Direction, Walk},
};
use crate::{
    event::{EventKey, Subject, limits},
    ledger::{Link, Record, Sighted, Surroundings},
};
use ahash::{AHashMap, AHashSet};
use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

/// Indices of a list read at a time.
const PAGE: usize = 256;
/// Subjects that are looked up together.
const AHEAD: usize = 64;
/// Subjects for which a walk has room before it makes more.
const USUAL: usize = 256;

/// Reads the lists of subjects, each once, within the bound on records.
pub(super) struct Reader<'s, S: Source> {
    source: &'s mut S,
    end: u64,
    left: usize,
    lists: AHashMap<EventKey, Arc<[u64]>>,
    /// What was read of subjects as one; their lists follow from it.
    surroundings: AHashMap<Subject, Arc<Surroundings>>,
    records: AHashMap<EventKey, Vec<Arc<Record>>>,
    pub(super) withheld: BTreeSet<u64>,
    pub(super) is_cut: bool,
}

impl<'s, S: Source> Reader<'s, S> {
    /// Reads the prefix of `end` entries.
    pub(super) fn new(source: &'s mut S, end: u64) -> Self {
        let left = limits::LINEAGE_RECORDS_MAX;
        Self {
            source,
            end,
            left,
            lists: AHashMap::new(),
            surroundings: AHashMap::with_capacity(USUAL),
            records: AHashMap::new(),
            withheld: BTreeSet::new(),
            is_cut: false,
        }
    }

    /// All records under a key, in log order.
    pub(super) fn under(&mut self, key: &EventKey) -> Result<&[Arc<Record>], LineageError> {
        if !self.records.contains_key(key) {
            let mut records = Vec::new();
            for index in &*self.list(key)? {
                match self.source.record(*index)? {
                    Sighted::Shown(record) => records.push(record),
                    Sighted::Withheld(_) => drop(self.withheld.insert(*index)),
                }
            }
            self.records.insert(key.clone(), records);
        }
        Ok(self.records.get(key).map_or(&[], Vec::as_slice))
    }

    /// All records that mention a subject, in log order.
    pub(super) fn about(&mut self, subject: &Subject) -> Result<&[Arc<Record>], LineageError> {
        self.under(&EventKey::Subject(subject.clone()))
    }

    /// What the records that mention a subject say of it, and how many there are, withheld ones included.
    fn around(&mut self, subject: &Subject) -> Result<(Arc<Surroundings>, u64), LineageError> {
        if let Some(known) = self.surroundings.get(subject) {
            return Ok((Arc::clone(known), known.outlines.len() as u64));
        }
        let key = EventKey::Subject(subject.clone());
        if (self.lists.is_empty() || !self.lists.contains_key(&key))
            && let Some(found) = self.source.surroundings(subject, self.end, self.left)?
        {
            let count = found.outlines.len();
            self.left -= count;
            self.surroundings.insert(subject.clone(), Arc::clone(&found));
            return Ok((found, count as u64));
        }
        let list = self.list(&key)?;
        let mut outlines = Vec::with_capacity(list.len());
        for index in &*list {
            match self.source.outline(*index)? {
                Sighted::Shown(outline) => outlines.push(outline),
                Sighted::Withheld(_) => drop(self.withheld.insert(*index)),
            }
        }
        Ok((Arc::new(Surroundings::of(subject, outlines)), list.len() as u64))
    }

    /// Says whose surroundings will be asked for next.
    fn expect<'a>(&mut self, next: impl Iterator<Item = &'a (Subject, usize)>) {
        let subjects: Vec<Subject> = next.map(|(subject, _)| subject.clone()).collect();
        self.source.expect(&subjects);
    }

    /// The bound on records, if it was reached.
    pub(super) fn cut(&self) -> Option<Bound> {
        self.is_cut.then_some(Bound::Records)
    }

    fn list(&mut self, key: &EventKey) -> Result<Arc<[u64]>, LineageError> {
        if let Some(list) = self.lists.get(key) {
            return Ok(Arc::clone(list));
        }
        let known = match key {
            EventKey::Subject(subject) => self.surroundings.get(subject),
            _ => None,
        };
        let list: Arc<[u64]> = match known {
            Some(known) => known.outlines.iter().map(|outline| outline.index).collect(),
            None => self.read(key)?.into(),
        };
        self.lists.insert(key.clone(), Arc::clone(&list));
        Ok(list)
    }

    fn read(&mut self, key: &EventKey) -> Result<Vec<u64>, LineageError> {
        let (mut list, mut from) = (Vec::new(), 0);
        loop {
            let limit = PAGE.min(self.left);
            if limit == 0 {
                self.is_cut = true;
                return Ok(list);
            }
            let page = self.source.list(key, from..self.end, limit)?;
            self.left -= page.len();
            let is_full = page.len() == limit;
            if list.is_empty() {
                list = page;
            } else {
                list.extend(page);
            }
            match list.last() {
                Some(last) if is_full => from = last + 1,
                _ => return Ok(list),
            }
        }
    }
}

/// Answers a walk over the prefix of `end` entries.
///
/// # Errors
/// Those of the source.
pub(super) fn walk<S: Source>(source: &mut S, end: u64, asked: &Walk) -> Result<Graph, LineageError> {
    let mut reader = Reader::new(source, end);
    walk_with(&mut reader, asked)
}

/// The same, with lists that may be read again for something else.
pub(super) fn walk_with<S: Source>(reader: &mut Reader<'_, S>, asked: &Walk) -> Result<Graph, LineageError> {
    let mut found = Found::new(asked);
    found.go_all(reader)?;
    Ok(found.into_graph(reader))
}

/// The same, until the walk comes to `target`.
pub(super) fn walk_to<S: Source>(
    reader: &mut Reader<'_, S>,
    asked: &Walk,
    target: &Subject,
) -> Result<Graph, LineageError> {
    let mut found = Found { target: Some(target.clone()), ..Found::new(asked) };
    found.go_all(reader)?;
    Ok(found.into_graph(reader))
}

/// An edge as the walk finds it: where it stands in the log, and which link of what was read it is. Only once they are in
/// order are edges made of them.
struct Step {
    index: u64,
    position: usize,
    around: usize,
    link: usize,
    into: bool,
}

struct Found<'w> {
    asked: &'w Walk,
    /// The subjects, the beginning first, and the place of each.
    nodes: Vec<Node>,
    places: AHashMap<Subject, usize>,
    /// What was read of each subject from which the walk went on.
    arounds: Vec<(Subject, Arc<Surroundings>)>,
    /// The edges, each once.
    edges: Vec<Step>,
    /// The places of subjects all edges into which are there.
    expanded_up: AHashSet<usize>,
    cut: Option<Bound>,
    /// Where the walk may end.
    target: Option<Subject>,
}

impl<'w> Found<'w> {
    fn new(asked: &'w Walk) -> Self {
        let root = Node { subject: asked.subject.clone(), distance: 0, records: None, external: false };
        let mut places = AHashMap::with_capacity(USUAL);
        places.insert(root.subject.clone(), 0);
        Self {
            asked,
            places,
            nodes: vec![root],
            arounds: Vec::new(),
            edges: Vec::new(),
            expanded_up: AHashSet::new(),
            cut: None,
            target: None,
        }
    }

    fn go_all<S: Source>(&mut self, reader: &mut Reader<'_, S>) -> Result<(), LineageError> {
        if self.asked.direction != Direction::Downstream {
            self.go(reader, true)?;
        }
        if self.asked.direction != Direction::Upstream {
            self.go(reader, false)?;
        }
        Ok(())
    }

    /// Walks up (`into`: along the edges that lead into a subject) or down.
    fn go<S: Source>(&mut self, reader: &mut Reader<'_, S>, into: bool) -> Result<(), LineageError> {
        let (mut frontier, mut reached) = (vec![(self.asked.subject.clone(), 0)], AHashSet::from([0]));
        for distance in 1..=i64::from(self.asked.depth) {
            let mut next = Vec::new();
            for (at, (subject, place)) in frontier.iter().enumerate() {
                if self.cut.is_some() || self.target.as_ref().is_some_and(|target| self.places.contains_key(target)) {
                    return Ok(());
                }
                if at % AHEAD == 0 {
                    reader.expect(frontier.iter().skip(at).take(AHEAD));
                }
                let (around, count) = reader.around(subject)?;
                if let Some(node) = self.nodes.get_mut(*place) {
                    node.records = Some(count);
                }
                for (at, link) in if into { &around.into } else { &around.out }.iter().enumerate() {
                    let (kind, env) = link.by();
                    if self.asked.filter.passes_kind(kind, env) {
                        let found = self.add(link, at, if into { -distance } else { distance });
                        next.extend(found.filter(|place| reached.insert(*place)));
                    }
                }
                self.arounds.push((subject.clone(), around));
                if into {
                    self.expanded_up.insert(*place);
                }
                if reader.is_cut {
                    self.cut = self.cut.or(Some(Bound::Records));
                }
            }
            if next.is_empty() {
                break;
            }
            let named = |place: usize| Some((self.nodes.get(place)?.subject.clone(), place));
            frontier = next.into_iter().filter_map(named).collect();
            frontier.sort_unstable();
        }
        Ok(())
    }

    /// Adds the edge of a link, the `at`-th of what is being read, and the subject at its other end, which is `distance`
    /// from the beginning; the place of that, unless a bound leaves it out.
    fn add(&mut self, link: &Link, at: usize, distance: i64) -> Option<usize> {
        let fits = |count: usize, bound: u32| count < usize::try_from(bound).unwrap_or(usize::MAX);
        let place = self.places.get(link.other()).copied();
        // On the way down a walk in both directions comes again upon edges that it went up.
        let is_known = distance > 0 && place.is_some_and(|to| self.expanded_up.contains(&to));
        if !is_known && !fits(self.edges.len(), self.asked.edges_max) {
            self.cut = self.cut.or(Some(Bound::Edges));
            return None;
        }
        let place = match place {
            Some(place) => place,
            None if fits(self.nodes.len(), self.asked.nodes_max) => {
                let subject = link.other().clone();
                self.places.insert(subject.clone(), self.nodes.len());
                self.nodes.push(Node { subject, distance, records: None, external: false });
                self.nodes.len() - 1
            }
            None => {
                self.cut = self.cut.or(Some(Bound::Nodes));
                return None;
            }
        };
        if let Some(node) = self.nodes.get_mut(place) {
            node.external |= link.external;
        }
        if !is_known {
            let (index, position) = link.stands_at();
            self.edges.push(Step { index, position, around: self.arounds.len(), link: at, into: distance < 0 });
        }
        Some(place)
    }

    fn link(&self, step: &Step) -> Option<(&Subject, &Link)> {
        let (own, around) = self.arounds.get(step.around)?;
        let links = if step.into { &around.into } else { &around.out };
        Some((own, links.get(step.link)?))
    }

    fn edge(&self, step: &Step) -> Option<Edge> {
        self.link(step).map(|(own, link)| link.edge(own, step.into))
    }

    /// The edges in log order: the same edges always in the same order.
    fn edges(&self) -> Vec<Edge> {
        let other = |step| self.link(step).map(|(_, link)| link.other());
        let mut order: Vec<(u64, usize, &Step)> =
            self.edges.iter().map(|step| (step.index, step.position, step)).collect();
        order.sort_unstable_by(|(index, position, a), (later, further, b)| {
            (index, position).cmp(&(later, further)).then_with(|| {
                // Those of one event nearly always have one end in common, and the other tells them apart.
                let at_other_end = match (a.around, a.into) == (b.around, b.into) {
                    true => other(a).cmp(&other(b)),
                    false => Ordering::Equal,
                };
                at_other_end.then_with(|| self.edge(a).cmp(&self.edge(b)))
            })
        });
        let mut edges = Vec::with_capacity(order.len());
        edges.extend(order.into_iter().filter_map(|(.., step)| self.edge(step)));
        edges
    }

    fn into_graph<S: Source>(self, reader: &Reader<'_, S>) -> Graph {
        let edges = self.edges();
        let Self { mut nodes, cut, .. } = self;
        nodes.sort_unstable_by(|a, b| {
            (a.distance.abs(), a.distance, &a.subject).cmp(&(b.distance.abs(), b.distance, &b.subject))
        });
        Graph { nodes, edges, withheld: reader.withheld.iter().copied().collect(), cut }
    }
}
