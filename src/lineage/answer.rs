//! Asking: one function, whatever the source.

use super::{
    LineageError, Source,
    columns::{ColumnGraph, columns},
    difference::{self, Difference},
    grant::history_of_grant,
    graph::{Bound, Graph},
    history::{History, history},
    path::{Path, path},
    question::{Ask, Moment, Question},
    reader::Reader,
    reproduce::{Recipe, reproduce},
    sample::{Sample, sample},
    serving::{Inventory, Serving, inventory, serving, serving_among},
    timeline::{Timeline, timeline},
    walk::{walk, walk_with},
};
use crate::event::SubjectKind;
use serde::{Deserialize, Serialize};

/// An answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The prefix of the log that it is about: the entries below this index.
    pub as_of: u64,
    /// It rests on lists of kinds that its reader may not see whole: what serves beyond his rights is not in it, and nothing
    /// in it says whether there is any. That depends on his rights alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_far_as_readable: bool,
    /// What was found.
    #[serde(flatten)]
    pub found: Found,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// The subjects and edges of a walk.
    Lineage(Graph),
    /// The columns and edges of a walk along columns.
    Columns(ColumnGraph),
    /// A path.
    Path(Path),
    /// The subjects and edges of a walk, and which of them serve where.
    Impact(Impact),
    /// What changed.
    Difference(Difference),
    /// Everything about one subject.
    Timeline(Timeline),
    /// The whole story of a model, prompt or grant.
    History(Box<History>),
    /// What serves, and which systems there are.
    Inventory(Inventory),
    /// What is needed to run a run again.
    Reproduce(Box<Recipe>),
    /// A sample.
    Sample(Sample),
}

/// What came of something, and which of it serves where.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Impact {
    /// What came of it.
    pub graph: Graph,
    /// Which of it serves where.
    pub serving: Vec<Serving>,
    /// The bound on records cut it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Answer {
    /// Whether a bound cut it.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut_at().is_some()
    }

    /// What the bound that cut it is on, in words.
    #[must_use]
    pub fn cut_at(&self) -> Option<&'static str> {
        let records = |cut: bool| cut.then_some(Bound::Records);
        let cut = match &self.found {
            Found::Lineage(found) => found.cut,
            Found::Columns(found) => found.cut,
            Found::Path(found) => found.cut,
            Found::Impact(found) => found.graph.cut.or(records(found.cut)),
            Found::Difference(found) if found.cut => return Some("subjects, edges or records read"),
            Found::Timeline(found) => found.cut,
            Found::History(found) => found.cut.or(found.origin.cut),
            Found::Inventory(found) => records(found.cut),
            Found::Reproduce(found) => found.cut,
            Found::Difference(_) | Found::Sample(_) => None,
        };
        cut.map(|bound| match bound {
            Bound::Nodes => "subjects",
            Bound::Edges => "edges",
            Bound::Records => "records read",
        })
    }
}

/// Answers a question.
///
/// # Errors
/// [`LineageError::Question`] beyond its bounds; those of the source.
pub fn ask<S: Source>(source: &mut S, question: &Question) -> Result<Answer, LineageError> {
    question.check()?;
    let end = resolve(source, question.as_of)?;
    let found = match &question.ask {
        Ask::Lineage(asked) => Found::Lineage(walk(source, end, asked)?),
        Ask::Columns(asked) => Found::Columns(columns(source, end, asked)?),
        Ask::Path(asked) => Found::Path(path(source, end, (&asked.from, &asked.to), asked.depth, &asked.filter)?),
        Ask::Impact(asked) => {
            let mut reader = Reader::new(source, end);
            let all = serving(&mut reader, asked.filter.env)?;
            let graph = walk_with(&mut reader, asked)?;
            let serving = graph.nodes.iter().flat_map(|node| serving_among(&all, &node.subject));
            let mut serving: Vec<Serving> = serving.cloned().collect();
            serving.dedup();
            Found::Impact(Impact { serving, graph, cut: reader.is_cut })
        }
        Ask::Difference(asked) => {
            let before = resolve_since(source, Some(asked.since), end)?;
            Found::Difference(match &asked.walk {
                Some(walk) => difference::of_walks(source, (before, end), walk)?,
                None => difference::of_serving(source, (before, end), asked.env)?,
            })
        }
        Ask::Timeline(asked) => Found::Timeline(timeline(source, end, &asked.subject)?),
        Ask::History(asked) if asked.subject.kind() == SubjectKind::Grant => {
            Found::History(Box::new(history_of_grant(source, end, &asked.subject)?))
        }
        Ask::History(asked) => Found::History(Box::new(history(source, end, &asked.subject)?)),
        Ask::Inventory(asked) => Found::Inventory(inventory(source, end, asked.env, asked.name.as_ref())?),
        Ask::Reproduce(asked) => Found::Reproduce(Box::new(reproduce(source, end, &asked.subject)?)),
        Ask::Sample(asked) => {
            let from = resolve_since(source, asked.since, end)?;
            Found::Sample(sample(source, (from, end), &asked.kinds, asked.env, (asked.n, asked.seed))?)
        }
    };
    Ok(Answer { as_of: end, as_far_as_readable: false, found })
}

/// The number of entries that a moment names.
pub(super) fn resolve<S: Source>(source: &mut S, moment: Option<Moment>) -> Result<u64, LineageError> {
    match moment {
        None => Ok(source.size()),
        Some(moment) => entries(source, moment, "as_of"),
    }
}

/// The number of entries before which a question does not look, which is not beyond its `end`.
fn resolve_since<S: Source>(source: &mut S, since: Option<Moment>, end: u64) -> Result<u64, LineageError> {
    let from = since.map_or(Ok(0), |since| entries(source, since, "since"))?;
    if from <= end {
        return Ok(from);
    }
    let what = format!("it begins with entry {from}, after the {end} entries that are asked about");
    Err(LineageError::Question { field: "since", what, remedy: "give an earlier moment than that of the question" })
}

fn entries<S: Source>(source: &mut S, moment: Moment, field: &'static str) -> Result<u64, LineageError> {
    let size = source.size();
    match moment {
        Moment::Index(index) if index <= size => Ok(index),
        Moment::Index(index) => {
            let what = format!("{index} is beyond the log, which has {size} entries");
            Err(LineageError::Question { field, what, remedy: "give an index of the log" })
        }
        Moment::Time(t) => source.size_at(t),
    }
}
