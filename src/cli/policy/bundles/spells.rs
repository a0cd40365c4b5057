//! When which policy was in force.

use crate::{
    cli::{failure::Done, ledger_failure},
    event::{Body, Digest, Kind, Timestamp},
    ledger::{Ledger, LedgerError, Query},
};
use serde::Serialize;

/// One time in which a policy was in force.
#[derive(Clone, Debug, Serialize)]
pub struct Spell {
    /// The bundle.
    #[serde(skip)]
    pub digest: Digest,
    /// The record after which it was in force.
    pub since: u64,
    /// When that was recorded.
    pub since_t: Timestamp,
    /// The record after which it was so no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

/// Records a page.
const PAGE: usize = 500;

/// All of them, oldest first: by what each approval left in force.
///
/// # Errors
/// When the ledger cannot be read.
pub fn of(ledger: &Ledger) -> Done<Vec<Spell>> {
    read(ledger).map_err(|error| ledger_failure::of(&error))
}

fn read(ledger: &Ledger) -> Result<Vec<Spell>, LedgerError> {
    let founding = ledger.record(0)?;
    let mut spells = Vec::new();
    if let Some(Body::LedgerCreated(body)) = founding.events.first().map(|event| &event.body) {
        spells.push(Spell { digest: body.policy, since: 0, since_t: founding.t, until: None });
    }
    let mut query = Query { kind: Some(Kind::PolicyApproved), limit: PAGE, ..Query::default() };
    loop {
        let page = ledger.query(&query)?;
        for record in &page.records {
            let after = ledger.state_at(record.index + 1, &[], |state| state.policy())?;
            let last = spells.last_mut();
            if let (Some(digest), Some(last)) = (after, last)
                && digest != last.digest
            {
                last.until = Some(record.index);
                spells.push(Spell { digest, since: record.index, since_t: record.t, until: None });
            }
        }
        query.cursor = page.next;
        if page.next.is_none() {
            return Ok(spells);
        }
    }
}
