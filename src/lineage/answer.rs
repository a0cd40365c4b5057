//! Asking: one function, whatever the source.

use super::{
    LineageError, Source,
    graph::Graph,
    question::{Ask, Moment, Question},
    walk::walk,
};
use serde::Serialize;

/// An answer.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Answer {
    /// The prefix of the log that it is about: the entries below this index.
    pub as_of: u64,
    /// What was found.
    #[serde(flatten)]
    pub found: Found,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// The subjects and edges of a walk.
    Graph(Graph),
}

/// Answers a question.
///
/// # Errors
/// [`LineageError::Question`] beyond its bounds; those of the source.
pub fn ask<S: Source>(source: &mut S, question: &Question) -> Result<Answer, LineageError> {
    question.check()?;
    let as_of = resolve(source, question.as_of)?;
    let found = match &question.ask {
        Ask::Lineage(asked) => Found::Graph(walk(source, as_of, asked)?),
    };
    Ok(Answer { as_of, found })
}

/// The number of entries that a moment names.
pub(super) fn resolve<S: Source>(source: &mut S, moment: Option<Moment>) -> Result<u64, LineageError> {
    let size = source.size();
    match moment {
        None => Ok(size),
        Some(Moment::Index(index)) if index <= size => Ok(index),
        Some(Moment::Index(index)) => {
            let what = format!("{index} is beyond the log, which has {size} entries");
            Err(LineageError::Question { field: "as_of", what, remedy: "give an index of the log" })
        }
        Some(Moment::Time(t)) => source.size_at(t),
    }
}
