//! The whole story of a grant: who asked for it, who gave it to whom, until when and why, and who used it.

use super::{
    LineageError, Source,
    graph::{Graph, Node},
    history::{History, told},
    line::{Line, Role, lines_about},
    reader::Reader,
};
use crate::event::{Body, Event, EventKey, Kind, Subject};
use std::collections::BTreeMap;

/// Answers from the grant's own list and that of the kind `access.used`: a use names its grant in its body alone.
pub(super) fn history_of_grant<S: Source>(source: &mut S, end: u64, grant: &Subject) -> Result<History, LineageError> {
    let mut reader = Reader::new(source, end);
    let mut lines: BTreeMap<(u64, usize), Line> = BTreeMap::new();
    for line in reader.about(grant)?.iter().flat_map(|record| lines_about(record, grant)) {
        lines.insert((line.index, line.position), line);
    }
    // What is withheld up to here stands in the grant's own list.
    let records = reader.about(grant)?.len() + reader.withheld.len();
    let node = Node { subject: grant.clone(), distance: 0, records: Some(records as u64), external: false };
    // Nobody can use what was never recorded.
    if !lines.is_empty() {
        for record in reader.under(&EventKey::Kind(Kind::AccessUsed))? {
            for (position, event) in record.events.iter().enumerate().filter(|(_, event)| is_under(event, grant)) {
                let line = Line { mentioned_as: Some(Role::Named), ..Line::of(record, position, event, None) };
                lines.insert((line.index, line.position), line);
            }
        }
    }
    Ok(History {
        origin: Graph { nodes: vec![node], ..Graph::default() },
        withheld: reader.withheld.iter().copied().collect(),
        cut: reader.cut(),
        ..told(lines.into_values())
    })
}

fn is_under(event: &Event, grant: &Subject) -> bool {
    matches!(&event.body, Body::AccessUsed(body) if body.grant.as_ref() == Some(grant))
}
