//! What stands in the vault, opened: a read of the personal subjects whose records refer to it.

use super::{
    super::{
        error::LedgerError,
        query::{Fate, Lists, Query, scan},
    },
    Viewer,
    trace::Touched,
};
use crate::{
    codec::event::to_json,
    event::{Event, Subject, limits},
    state::SubjectState,
};

impl Viewer<'_> {
    /// Records that the value behind `name`, a commitment's digest or a pseudonym, was looked at. Looks through the
    /// records about personal subjects, since the vault does not know who refers to it.
    ///
    /// # Errors
    /// [`LedgerError::Unrecorded`], and those of the index and the log.
    pub fn opened(&self, name: &str) -> Result<(), LedgerError> {
        let personal: Vec<Subject> = self.ledger.state(|state| {
            let marked = state.subjects().filter(|(_, known)| SubjectState::is_personal(known));
            marked.map(|(subject, _)| subject.clone()).collect()
        })?;
        let mut touched = Touched::default();
        for subject in personal {
            let mut query = Query { subject: Some(subject), limit: limits::PAGE_RECORDS_MAX, ..Query::default() };
            loop {
                let page = scan(&self.ledger.core, &query, Lists::Best, &mut |record| {
                    if record.events.iter().any(|event| refers(event, name)) { Fate::Shown } else { Fate::Hidden }
                })?;
                let events = page.records.iter().flat_map(|record| &record.events);
                for event in events.filter(|event| refers(event, name)) {
                    if let Some(subject) = event.names().find(|named| query.subject.as_ref() == Some(named)) {
                        touched.add(subject, event.policy_env());
                    }
                }
                query.cursor = page.next;
                if page.next.is_none() {
                    break;
                }
            }
        }
        self.trace(touched, &format!("open {name}"))
    }

    /// Records that a refused statement, kept in the vault as `name`, was looked at.
    ///
    /// # Errors
    /// As [`Self::opened`].
    pub fn opened_statement(&self, events: &[Event], name: &str) -> Result<(), LedgerError> {
        let mut touched = Touched::default();
        self.ledger.state(|state| {
            for event in events {
                let named: Vec<Subject> = event.names().cloned().collect();
                touched.named(state, &named, event.policy_env());
            }
        })?;
        self.trace(touched, &format!("open {name}"))
    }
}

/// Whether an event holds this commitment, or names this pseudonym.
fn refers(event: &Event, name: &str) -> bool {
    let commits = event.commitments.iter().any(|commitment| commitment.digest.to_string() == name);
    let whose = to_json(event)["body"]["data_subject"] == *name;
    commits || whose
}
