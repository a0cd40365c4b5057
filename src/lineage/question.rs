//! What can be asked. A question is data: it stands in the evidence of its answer, and whoever verifies that asks it
//! again.

use super::LineageError;
use crate::event::{Env, Kind, Subject, SubjectKind, Text, Timestamp, limits};
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

impl Moment {
    pub(super) fn in_words(self) -> String {
        match self {
            Self::Index(index) => format!("entry {index}"),
            Self::Time(t) => t.to_string(),
        }
    }
}

/// What is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// What a subject came from, or what came of it.
    Lineage(Walk),
    /// What a column came from, or what came of it.
    Columns(ColumnWalk),
    /// The shortest path between two subjects.
    Path(Between),
    /// What is downstream of a subject, and what of it serves where. The walk's direction is `downstream`.
    Impact(Walk),
    /// What a walk, or what serves, has that it did not have at an earlier moment.
    Difference(Change),
    /// Everything about one subject.
    Timeline(About),
    /// The whole story of a model, prompt or grant.
    History(About),
    /// What serves, and which systems there are.
    Inventory(Stock),
    /// What is needed to run a run again.
    Reproduce(About),
    /// A sample for an auditor.
    Sample(Draw),
}

/// Two subjects.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// From which.
    pub from: Subject,
    /// To which.
    pub to: Subject,
    /// At most so many edges.
    pub depth: u32,
    /// Which edges count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter: Filter,
}

/// One subject.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Which.
    pub subject: Subject,
}

/// What serves.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stock {
    /// In this environment only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// Of this model or prompt only (of every version where none is named), or of this deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Subject>,
}

/// Two moments: `since`, and that of the question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The earlier one.
    pub since: Moment,
    /// Of this walk; of what serves when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walk: Option<Walk>,
    /// Of what serves in this environment only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
}

/// A sample.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Of the records with an event of one of these kinds, each once.
    pub kinds: Vec<Kind>,
    /// In this environment only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// From this moment on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Moment>,
    /// How many.
    pub n: u32,
    /// The seed of the generator.
    pub seed: u64,
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

/// A walk along columns.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnWalk {
    /// From this column of the walk's subject.
    pub column: Text,
    /// How far, which way, along which events.
    pub walk: Walk,
}

impl Filter {
    fn in_words(&self) -> String {
        let kinds: Vec<&str> = self.kinds.iter().map(Kind::as_str).collect();
        let by = if kinds.is_empty() { String::new() } else { format!(", by {}", kinds.join(", ")) };
        format!("{by}{}", within_env(self.env))
    }
}

fn within_env(env: Option<Env>) -> String {
    env.map_or_else(String::new, |env| format!(", in {env}"))
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
        let bound = |own: u32, usual: u32, of: &str| match own == usual {
            true => String::new(),
            false => format!(", at most {own} {of}"),
        };
        format!(
            "{way} {}, {} edges deep{}{}{}",
            self.subject,
            self.depth,
            self.filter.in_words(),
            bound(self.nodes_max, limits::LINEAGE_NODES_DEFAULT, "subjects"),
            bound(self.edges_max, limits::LINEAGE_EDGES_MAX, "edges")
        )
    }

    pub(super) fn check(&self) -> Result<(), LineageError> {
        within("depth", self.depth, limits::LINEAGE_DEPTH_MAX)?;
        within("nodes_max", self.nodes_max, limits::LINEAGE_NODES_MAX)?;
        within("edges_max", self.edges_max, limits::LINEAGE_EDGES_MAX)
    }
}

impl Between {
    fn check(&self) -> Result<(), LineageError> {
        if self.from == self.to {
            let what = format!("{} is both ends of the path", self.from);
            return Err(LineageError::Question { field: "to", what, remedy: "give two different subjects" });
        }
        within("depth", self.depth, limits::LINEAGE_DEPTH_MAX)
    }
}

impl About {
    fn check(&self, kinds: &[SubjectKind], remedy: &'static str) -> Result<(), LineageError> {
        let kind = self.subject.kind();
        if kinds.contains(&kind) {
            return Ok(());
        }
        let what = format!("{} has none of this: it is of the kind {kind}", self.subject);
        Err(LineageError::Question { field: "subject", what, remedy })
    }
}

impl Change {
    fn check(&self) -> Result<(), LineageError> {
        if let (Some(_), Some(env)) = (&self.walk, self.env) {
            let what = format!("{env} beside a walk");
            return Err(LineageError::Question { field: "env", what, remedy: "put it into the filter of the walk" });
        }
        self.walk.as_ref().map_or(Ok(()), Walk::check)
    }
}

impl Draw {
    fn check(&self) -> Result<(), LineageError> {
        within("n", self.n, limits::LINEAGE_SAMPLE_MAX)?;
        let twice =
            self.kinds.iter().enumerate().any(|(at, kind)| self.kinds.iter().skip(at + 1).any(|own| own == kind));
        if self.kinds.is_empty() || self.kinds.len() > limits::LINEAGE_SAMPLE_KINDS_MAX || twice {
            let what = format!("{} kinds, or one of them twice", self.kinds.len());
            return Err(LineageError::Question { field: "kinds", what, remedy: "give 1 to 16 different kinds" });
        }
        Ok(())
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
    /// The question for people: all of it, so that no two read the same. Defaults are left out, but for the depth.
    #[must_use]
    pub fn in_words(&self) -> String {
        let as_of = self.as_of.map_or_else(String::new, |moment| format!(", as of {}", moment.in_words()));
        let asked = match &self.ask {
            Ask::Lineage(walk) => walk.in_words(),
            Ask::Columns(asked) => format!("by columns, from {:?}: {}", asked.column.as_str(), asked.walk.in_words()),
            Ask::Path(asked) => {
                format!(
                    "the path from {} to {}, at most {} edges{}",
                    asked.from,
                    asked.to,
                    asked.depth,
                    asked.filter.in_words()
                )
            }
            Ask::Impact(walk) => format!("{}, and what of it serves where", walk.in_words()),
            Ask::Difference(asked) => {
                let what = asked.walk.as_ref().map_or_else(|| "what serves".to_owned(), Walk::in_words);
                format!("what changed in {what}{} since {}", within_env(asked.env), asked.since.in_words())
            }
            Ask::Timeline(asked) => format!("everything about {}", asked.subject),
            Ask::History(asked) => format!("the history of {}", asked.subject),
            Ask::Inventory(asked) => {
                let of = asked.name.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
                format!("what serves{of}{}", within_env(asked.env))
            }
            Ask::Reproduce(asked) => format!("what is needed to run {} again", asked.subject),
            Ask::Sample(asked) => {
                let kinds: Vec<&str> = asked.kinds.iter().map(Kind::as_str).collect();
                let since = asked.since.map_or_else(String::new, |since| format!(", since {}", since.in_words()));
                let of = format!("{}{}{since}", kinds.join(", "), within_env(asked.env));
                format!("a sample of {} of {of}, by the seed {}", asked.n, asked.seed)
            }
        };
        format!("{asked}{as_of}")
    }

    /// Whether its answer says what serves: that rests on whole lists of kinds, and not only on those of subjects.
    #[must_use]
    pub fn asks_what_serves(&self) -> bool {
        match &self.ask {
            Ask::Impact(_) | Ask::History(_) | Ask::Inventory(_) => true,
            Ask::Difference(asked) => asked.walk.is_none(),
            _ => false,
        }
    }

    /// Refuses what is beyond the bounds.
    ///
    /// # Errors
    /// [`LineageError::Question`].
    pub fn check(&self) -> Result<(), LineageError> {
        match &self.ask {
            Ask::Lineage(walk) => walk.check(),
            Ask::Columns(asked) => asked.walk.check(),
            Ask::Impact(walk) if walk.direction != Direction::Downstream => {
                let what = "impact is what is downstream".to_owned();
                Err(LineageError::Question { field: "direction", what, remedy: "ask for it downstream" })
            }
            Ask::Impact(walk) => walk.check(),
            Ask::Path(asked) => asked.check(),
            Ask::Difference(asked) => asked.check(),
            Ask::Sample(asked) => asked.check(),
            Ask::History(asked) => asked
                .check(&[SubjectKind::Model, SubjectKind::Prompt, SubjectKind::Grant], "give a model, prompt or grant"),
            Ask::Reproduce(asked) => asked.check(&[SubjectKind::Run], "give a run"),
            Ask::Timeline(_) | Ask::Inventory(_) => Ok(()),
        }
    }
}
