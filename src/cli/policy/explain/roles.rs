//! Since when an actor holds a role.

use crate::{
    cli::{failure::Done, key::actor_subject, ledger_failure},
    event::{ActorId, Body, Env, Kind},
    ledger::{Ledger, Query},
};

/// Records a page.
const PAGE: usize = 100;

/// The last record before `index` that gave `actor` the role in `env`; that of the founding for a first officer.
///
/// # Errors
/// When the ledger cannot be read.
pub fn since(ledger: &Ledger, index: u64, actor: &ActorId, role: &str, env: Env) -> Done<Option<u64>> {
    let subject = actor_subject(actor)?;
    let mut query = Query {
        subject: Some(subject.clone()),
        kind: Some(Kind::RoleAssigned),
        newest_first: true,
        cursor: index.checked_sub(1),
        limit: PAGE,
        ..Query::default()
    };
    loop {
        let page = ledger.query(&query).map_err(|error| ledger_failure::of(&error))?;
        let gave = page.records.iter().find(|record| {
            record.events.iter().any(|event| {
                let given = matches!(&event.body, Body::RoleAssigned(body) if body.role.as_str() == role);
                given && event.subject == subject && event.policy_env() == env
            })
        });
        if let Some(record) = gave {
            return Ok(Some(record.index));
        }
        if page.next.is_none() {
            break;
        }
        query.cursor = page.next;
    }
    let first = ledger.state(|state| state.facts().first_officers.contains(actor));
    let first = first.map_err(|error| ledger_failure::of(&error))?;
    Ok((first && role == crate::state::OFFICER).then_some(0))
}
