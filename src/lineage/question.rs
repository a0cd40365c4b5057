//! What can be asked. A question is data: it stands in the evidence of its answer, and whoever verifies that asks it
//! again.

use super::LineageError;
use crate::event::{Env, Kind, Subject, Timestamp, limits};
use serde::{Deserialize, Serialize};

/// A question, and the prefix of the log that it is about.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub ask: Ask,
    /// As of when: the whole log when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Moment>,
}

/// A prefix of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// The entries below this index.
    Index(u64),
    /// The entries that were sealed at this time or before it.
    Time(Timestamp),
}

/// What is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// What a subject came from, or what came of it.
    Lineage(Walk),
}

/// Which way along the edges.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To what it came from.
    Upstream,
    /// To what came of it.
    Downstream,
    /// Both, each from the subject itself.
    Both,
}

/// Which edges count.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Those that events of these kinds make; without any, those of every kind but denials and the groups `ledger` and
    /// `access`, which say who may and not what came of what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
    /// Those of events in this environment, or in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
}

/// A walk along edges.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// Where it begins.
    pub subject: Subject,
    /// Which way.
    pub direction: Direction,
    /// At most so many edges from the beginning.
    pub depth: u32,
    /// Which edges count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter: Filter,
    /// At most so many subjects.
    pub nodes_max: u32,
    /// At most so many edges.
    pub edges_max: u32,
}

impl Filter {
    fn in_words(&self) -> String {
        let kinds: Vec<&str> = self.kinds.iter().map(Kind::as_str).collect();
        let by = if kinds.is_empty() { String::new() } else { format!(", by {}", kinds.join(", ")) };
        self.env.map_or_else(|| by.clone(), |env| format!("{by}, in {env}"))
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Walk {
    /// A walk with the usual bounds.
    #[must_use]
    pub fn new(subject: Subject, direction: Direction) -> Self {
        Self {
            subject,
            direction,
            depth: limits::LINEAGE_DEPTH_DEFAULT,
            filter: Filter::default(),
            nodes_max: limits::LINEAGE_NODES_DEFAULT,
            edges_max: limits::LINEAGE_EDGES_MAX,
        }
    }

    fn in_words(&self) -> String {
        let way = match self.direction {
            Direction::Upstream => "what came before",
            Direction::Downstream => "what came of",
            Direction::Both => "what came before and of",
        };
        format!("{way} {}, {} edges deep{}", self.subject, self.depth, self.filter.in_words())
    }

    fn check(&self) -> Result<(), LineageError> {
        within("depth", self.depth, limits::LINEAGE_DEPTH_MAX)?;
        within("nodes_max", self.nodes_max, limits::LINEAGE_NODES_MAX)?;
        within("edges_max", self.edges_max, limits::LINEAGE_EDGES_MAX)
    }
}

fn within(field: &'static str, given: u32, limit: u32) -> Result<(), LineageError> {
    if (1..=limit).contains(&given) {
        return Ok(());
    }
    let what = format!("{given} is not between 1 and {limit}");
    Err(LineageError::Question { field, what, remedy: "give a number within these bounds" })
}

impl Question {
    /// The question for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        let as_of = match self.as_of {
            None => String::new(),
            Some(Moment::Index(index)) => format!(", as of entry {index}"),
            Some(Moment::Time(t)) => format!(", as of {t}"),
        };
        let asked = match &self.ask {
            Ask::Lineage(walk) => walk.in_words(),
        };
        format!("{asked}{as_of}")
    }

    /// Refuses what is beyond the bounds.
    ///
    /// # Errors
    /// [`LineageError::Question`].
    pub fn check(&self) -> Result<(), LineageError> {
        match &self.ask {
            Ask::Lineage(walk) => walk.check(),
        }
    }
}
