//! Which columns came from which.

use super::words;
use crate::event::{Body, Event, EventError, Subject, Text, limits};
use serde::{Deserialize, Serialize};

words!(
    /// How a column came from another (OpenLineage, ColumnLineageDatasetFacet 1-2-0: its subtypes). The first three make its
    /// values, the others decide which there are.
    ColumnUse {
        /// Its values, unchanged.
        Identity = "identity",
        /// Computed from its values, row by row.
        Transformation = "transformation",
        /// Computed from the values of many rows.
        Aggregation = "aggregation",
        /// Rows were joined by it.
        Join = "join",
        /// Rows were grouped by it.
        GroupBy = "group-by",
        /// Rows were left out by it.
        Filter = "filter",
        /// Rows were ordered by it.
        Sort = "sort",
        /// Windows of rows were made by it.
        Window = "window",
        /// It decided between values.
        Conditional = "conditional",
    }
);

impl ColumnUse {
    /// Whether it makes values, and does not only decide which there are.
    #[must_use]
    pub fn is_direct(self) -> bool {
        matches!(self, Self::Identity | Self::Transformation | Self::Aggregation)
    }
}

/// A column that another came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnInput {
    /// Of which subject: one of the event's inputs.
    pub subject: Subject,
    /// Its name.
    pub column: Text,
    /// How it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ColumnUse>,
    /// Its values cannot be seen any more, as after hashing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

/// A column, or every column, and those that it came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnLineage {
    /// Of which subject: one of the event's outputs; the event's own subject when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Subject>,
    /// Its name; every column, or a model as a whole, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Text>,
    /// What it came from.
    pub from: Vec<ColumnInput>,
}

impl Body {
    /// Which columns came from which; empty for kinds that do not say.
    #[must_use]
    pub fn column_lineage(&self) -> &[ColumnLineage] {
        match self {
            Self::DatasetRegistered(body) => &body.column_lineage,
            Self::RunCompleted(body) => &body.column_lineage,
            Self::ModelRegistered(body) => &body.column_lineage,
            _ => &[],
        }
    }
}

impl Event {
    /// Columns belong to subjects that the event mentions: so whoever may read the event may read of them, and the lists
    /// that prove the lineage of subjects prove that of columns.
    pub(in crate::event) fn validate_columns(&self) -> Result<(), EventError> {
        let columns = self.body.column_lineage();
        let limit = limits::COLUMN_LINEAGE_MAX;
        if columns.len() > limit {
            return Err(EventError::TooMany { field: "column_lineage", count: columns.len(), limit });
        }
        for column in columns {
            let limit = limits::COLUMN_INPUTS_MAX;
            if column.from.len() > limit {
                return Err(EventError::TooMany { field: "column_lineage.from", count: column.from.len(), limit });
            }
            if let Some(of) = column.of.as_ref().filter(|of| **of != self.subject)
                && !self.outputs.iter().any(|output| output.subject == *of)
            {
                return Err(EventError::ColumnSubject { subject: of.clone(), wanted: "outputs" });
            }
            let stranger =
                column.from.iter().find(|from| !self.inputs.iter().any(|input| input.subject == from.subject));
            if let Some(stranger) = stranger {
                return Err(EventError::ColumnSubject { subject: stranger.subject.clone(), wanted: "inputs" });
            }
        }
        Ok(())
    }
}
