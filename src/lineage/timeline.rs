//! Everything that was recorded about one subject, in log order.

use super::{
    LineageError, Source,
    graph::Bound,
    line::{Line, lines_about},
    reader::Reader,
};
use crate::event::Subject;
use serde::{Deserialize, Serialize};

/// The events of one subject.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Timeline {
    /// The events that mention it.
    pub lines: Vec<Line>,
    /// The indices of records about it that the reader may not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<u64>,
    /// The bound that cut it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Bound>,
}

pub(super) fn timeline<S: Source>(source: &mut S, end: u64, subject: &Subject) -> Result<Timeline, LineageError> {
    let mut reader = Reader::new(source, end);
    let records = reader.about(subject)?;
    let lines = records.iter().flat_map(|record| lines_about(record, subject)).collect();
    Ok(Timeline { lines, withheld: reader.withheld.iter().copied().collect(), cut: reader.cut() })
}
