//! Walking along edges, breadth first: nearest subjects first, those of one distance in the order of their names, so
//! that one question has one answer, also where a bound cuts it.

use super::{
    LineageError, Source,
    directory::Directory,
    graph::{Bound, Edge, Graph, Node},
    question::{Direction, Walk},
    reader::{Reader, USUAL},
};
use crate::{event::Subject, ledger::Link};

/// Subjects that are looked up together.
const AHEAD: usize = 64;
/// Edges for which there is room at first.
const USUAL_EDGES: usize = 3 * USUAL;

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
    let mut found = Found::new(asked, None);
    found.go_all(reader)?;
    Ok(found.into_graph(reader))
}

/// The same, until the walk comes to `target`.
pub(super) fn walk_to<S: Source>(
    reader: &mut Reader<'_, S>,
    asked: &Walk,
    target: &Subject,
) -> Result<Graph, LineageError> {
    let mut found = Found::new(asked, Some(target));
    found.go_all(reader)?;
    Ok(found.into_graph(reader))
}

/// An edge as the walk finds it: where it stands in the log, and which link of what was read it is. Only once they are in
/// order are edges made of them.
struct Step {
    index: u64,
    around: usize,
    link: usize,
    position: u16,
    rank: u16,
    into: bool,
}

/// Bits of a rank.
const RANK_BITS: u32 = u16::BITS;

impl Step {
    /// The order of edges, but for those of one event that were found from different subjects.
    fn key(&self) -> u128 {
        u128::from(self.index) << 64 | u128::from(self.position) << RANK_BITS | u128::from(self.rank)
    }
}

/// Some of the subjects of a walk, by their places.
#[derive(Default)]
struct Places(Vec<bool>);

impl Places {
    fn contains(&self, place: usize) -> bool {
        self.0.get(place).is_some_and(|is_in| *is_in)
    }

    /// Whether it was not in before.
    fn insert(&mut self, place: usize) -> bool {
        if self.0.len() <= place {
            self.0.resize(place + USUAL, false);
        }
        self.0.get_mut(place).is_some_and(|is_in| !std::mem::replace(is_in, true))
    }
}

struct Found<'w> {
    asked: &'w Walk,
    /// The subjects as they were found, the beginning first.
    nodes: Vec<Node>,
    /// The place of each among them.
    places: Directory,
    /// Their places by distance and name.
    order: Vec<usize>,
    /// The edges, each once.
    steps: Vec<Step>,
    /// The subjects all edges into which are there.
    expanded_up: Places,
    cut: Option<Bound>,
    /// Where the walk may end.
    target: Option<Subject>,
    is_there: bool,
}

impl<'w> Found<'w> {
    fn new(asked: &'w Walk, target: Option<&Subject>) -> Self {
        let root = Node { subject: asked.subject.clone(), distance: 0, records: None, external: false };
        let is_there = target == Some(&root.subject);
        let mut nodes = Vec::with_capacity(USUAL);
        nodes.push(root);
        Self {
            asked,
            nodes,
            places: Directory::with_capacity(USUAL),
            order: vec![0],
            steps: Vec::with_capacity(USUAL_EDGES),
            expanded_up: Places::default(),
            cut: None,
            target: target.cloned(),
            is_there,
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
        reader.settle();
        let (mut frontier, mut reached) = (vec![0], Places::default());
        reached.insert(0);
        for distance in 1..=i64::from(self.asked.depth) {
            let distance = if into { -distance } else { distance };
            let mut next = Vec::new();
            let goes_on = self.expand(reader, &frontier, distance, |place| {
                if reached.insert(place) {
                    next.push(place);
                }
            })?;
            let nodes = &self.nodes;
            next.sort_unstable_by_key(|place| nodes.get(*place).map(|node| &node.subject));
            let is_new = |place: &&usize| nodes.get(**place).is_some_and(|node| node.distance == distance);
            self.order.extend(next.iter().filter(is_new));
            if next.is_empty() || !goes_on {
                break;
            }
            frontier = next;
        }
        Ok(())
    }

    /// Goes one step on from each of some subjects, as far as bounds and the target let it, and says where it comes to.
    /// Whether the walk goes on.
    fn expand<S: Source>(
        &mut self,
        reader: &mut Reader<'_, S>,
        frontier: &[usize],
        distance: i64,
        mut comes_to: impl FnMut(usize),
    ) -> Result<bool, LineageError> {
        let into = distance < 0;
        for places in frontier.chunks(AHEAD) {
            let nodes = places.iter().filter_map(|place| self.nodes.get(*place));
            reader.expect(&nodes.map(|node| &node.subject).collect::<Vec<_>>(), into);
            for place in places {
                if self.is_over() {
                    return Ok(false);
                }
                let Some(node) = self.nodes.get_mut(*place) else { continue };
                let at = reader.around(&node.subject)?;
                let Some(around) = reader.read_at(at) else { continue };
                node.records = Some(around.records);
                self.places.heed(&around.found, &self.nodes);
                for (link, found) in around.found.links(into).iter().enumerate() {
                    let (kind, env) = found.by();
                    if self.asked.filter.passes_kind(kind, env)
                        && let Some(other) = self.add(found, (at, link), distance)
                    {
                        comes_to(other);
                    }
                }
                if into {
                    self.expanded_up.insert(*place);
                }
                if reader.is_cut {
                    self.cut = self.cut.or(Some(Bound::Records));
                }
            }
        }
        Ok(!self.is_over())
    }

    fn is_over(&self) -> bool {
        self.cut.is_some() || self.is_there
    }

    /// Adds the edge of a link, which stands at `at` of what was read, and the subject at its other end, which is `distance`
    /// from the beginning; the place of that, unless a bound leaves it out.
    fn add(&mut self, link: &Link, (around, at): (usize, usize), distance: i64) -> Option<usize> {
        let fits = |count: usize, bound: u32| count < usize::try_from(bound).unwrap_or(usize::MAX);
        let place = self.places.get(link.other());
        // On the way down a walk in both directions comes again upon edges that it went up.
        let is_known = distance > 0 && place.is_some_and(|to| self.expanded_up.contains(to));
        if !is_known && !fits(self.steps.len(), self.asked.edges_max) {
            self.cut = self.cut.or(Some(Bound::Edges));
            return None;
        }
        let place = match place {
            Some(place) => place,
            None if fits(self.nodes.len(), self.asked.nodes_max) => {
                let (subject, place) = (link.other().clone(), self.nodes.len());
                self.places.insert(&subject, place);
                self.is_there |= self.target.as_ref() == Some(&subject);
                self.nodes.push(Node { subject, distance, records: None, external: false });
                place
            }
            None => {
                self.cut = self.cut.or(Some(Bound::Nodes));
                return None;
            }
        };
        if link.external
            && let Some(node) = self.nodes.get_mut(place)
        {
            node.external = true;
        }
        if !is_known {
            let (index, position, rank) = link.stands_at();
            self.steps.push(Step { index, position, rank, around, link: at, into: distance < 0 });
        }
        Some(place)
    }

    fn into_graph<S: Source>(mut self, reader: &Reader<'_, S>) -> Graph {
        let edges = edges(&self.steps, reader);
        // What is found upstream of one distance stands before what is found downstream of it.
        let distance = |place: &usize| self.nodes.get(*place).map_or(0, |node| node.distance);
        self.order.sort_by_key(|place| (distance(place).abs(), distance(place)));
        let mut nodes: Vec<Option<Node>> = self.nodes.into_iter().map(Some).collect();
        let nodes = self.order.iter().filter_map(|place| nodes.get_mut(*place)?.take()).collect();
        Graph { nodes, edges, withheld: reader.withheld.iter().copied().collect(), cut: self.cut }
    }
}

/// The edges in log order: the same edges always in the same order.
fn edges<S: Source>(steps: &[Step], reader: &Reader<'_, S>) -> Vec<Edge> {
    let edge = |step: &Step| {
        let around = &reader.read_at(step.around)?.found;
        Some(around.links(step.into).get(step.link)?.edge(around.subject(), step.into))
    };
    // By numbers first. What they leave open are edges of one event that were found from different subjects.
    let mut order: Vec<(u128, &Step)> = steps.iter().map(|step| (step.key(), step)).collect();
    order.sort_unstable_by_key(|(key, _)| *key);
    for event in order.chunk_by_mut(|(a, _), (b, _)| a >> RANK_BITS == b >> RANK_BITS) {
        let found_from = |(_, step): &(_, &Step)| (step.around, step.into);
        if let [first, rest @ ..] = event
            && rest.iter().any(|other| found_from(other) != found_from(first))
        {
            event.sort_by_cached_key(|(_, step)| edge(step));
        }
    }
    let mut edges = Vec::with_capacity(order.len());
    edges.extend(order.into_iter().filter_map(|(_, step)| edge(step)));
    edges
}
