//! Questions about records: by subject, kind, actor, environment, time, decision, rule.

use super::{
    Ledger,
    core::Core,
    error::LedgerError,
    extra_keys::{DENIED, WOULD_DENY, by_rule, refused_key},
    records::{Record, record, suspects, time_at},
};
use crate::event::{
    ActorId, Body, Decision, Env, EventKey, Kind, Subject, Timestamp,
    limits::{QUERY_LOOKED_AT_MAX, QUERY_POSTINGS_AT_ONCE},
};
use std::ops::Range;

/// What was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecisionFilter {
    /// Recorded, and no rule was against it.
    Allow,
    /// Refused: the denials.
    Deny,
    /// Recorded although a rule would have refused it.
    WouldDeny,
}

/// A question; what is `None` does not restrict.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Records that mention it.
    pub subject: Option<Subject>,
    /// Records with an event of this kind.
    pub kind: Option<Kind>,
    /// Records that this actor signed, and denials of what he signed.
    pub actor: Option<ActorId>,
    /// Records with an event in this environment.
    pub env: Option<Env>,
    /// Sealed at this time or later.
    pub since: Option<Timestamp>,
    /// Sealed before this time.
    pub until: Option<Timestamp>,
    /// What was decided.
    pub decision: Option<DecisionFilter>,
    /// A rule that refused, or would have.
    pub rule: Option<String>,
    /// From the newest down.
    pub newest_first: bool,
    /// Where the last page ended: its `next`.
    pub cursor: Option<u64>,
    /// Records wanted, at least 1.
    pub limit: usize,
}

/// An answer, or its beginning.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The records, in the order asked for.
    pub records: Vec<Record>,
    /// The cursor of the next page; `None` when there is no more.
    pub next: Option<u64>,
}

impl Ledger {
    /// The records that a question asks for, without seals.
    ///
    /// # Errors
    /// Those of the index and the log.
    pub fn query(&self, query: &Query) -> Result<Page, LedgerError> {
        let found = scan(&self.core, query, Lists::Best, &mut |_| Fate::Shown)?;
        Ok(Page { records: found.records, next: found.next })
    }
}

/// What becomes of a record that a question asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It is in the answer.
    Shown,
    /// That it is there is in the answer.
    Withheld,
    /// Nothing of it is in the answer.
    Hidden,
}

/// Where a scan looks.
pub(super) enum Lists {
    /// The shortest list that holds every answer.
    Best,
    /// What an actor signed, and the denials of it.
    SignedBy(ActorId),
}

/// What a scan found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) records: Vec<Record>,
    pub(super) withheld: Vec<Record>,
    pub(super) next: Option<u64>,
}

/// Walks through the records that a question asks for, in order, and asks of each what becomes of it. The cursor of
/// the next page is the index of the next record that would be in it, so it tells of no other; only where
/// [`QUERY_LOOKED_AT_MAX`] records were looked at is it the place where that happened.
pub(super) fn scan(
    core: &Core,
    query: &Query,
    lists: Lists,
    fate: &mut dyn FnMut(&Record) -> Fate,
) -> Result<Found, LedgerError> {
    let mut range = range(core, query)?;
    let list = match lists {
        Lists::Best => best_list(core, query)?,
        Lists::SignedBy(actor) => Some(signed_by(&actor)),
    };
    let suspects = suspects(core)?;
    let mut found = Found::default();
    let mut looked_at = 0;
    while !range.is_empty() {
        let chunk = match &list {
            Some(keys) => union(core, keys, range.clone(), query.newest_first)?,
            None => every(range.clone(), query.newest_first),
        };
        for index in &chunk {
            if looked_at == QUERY_LOOKED_AT_MAX {
                found.next = Some(*index);
                return Ok(found);
            }
            looked_at += 1;
            let record = record(core, &suspects, *index)?;
            let fate = if query.matches(&record) { fate(&record) } else { Fate::Hidden };
            if fate != Fate::Hidden && found.records.len() + found.withheld.len() == query.limit.max(1) {
                found.next = Some(*index);
                return Ok(found);
            }
            match fate {
                Fate::Shown => found.records.push(record),
                Fate::Withheld => found.withheld.push(record),
                Fate::Hidden => {}
            }
        }
        match chunk.last() {
            Some(last) if chunk.len() == QUERY_POSTINGS_AT_ONCE && query.newest_first => range.end = *last,
            Some(last) if chunk.len() == QUERY_POSTINGS_AT_ONCE => range.start = *last + 1,
            _ => break,
        }
    }
    Ok(found)
}

fn range(core: &Core, query: &Query) -> Result<Range<u64>, LedgerError> {
    let size = core.head().size;
    let mut range = 0..size;
    if let Some(since) = query.since {
        range.start = first_at(core, since, size)?;
    }
    if let Some(until) = query.until {
        range.end = first_at(core, until, size)?;
    }
    match query.cursor {
        Some(cursor) if query.newest_first => range.end = range.end.min(cursor.saturating_add(1)),
        Some(cursor) => range.start = range.start.max(cursor),
        None => {}
    }
    Ok(range)
}

fn signed_by(actor: &ActorId) -> Vec<String> {
    vec![EventKey::Actor(actor.clone()).to_string(), refused_key(actor)]
}

/// The first index whose batch was sealed at `t` or later. Times never go back, so that halving finds it.
pub(super) fn first_at(core: &Core, t: Timestamp, size: u64) -> Result<u64, LedgerError> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        if time_at(core, middle)? < t {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// The lists whose union holds every answer, the shortest that there is; `None` when nothing restricts.
fn best_list(core: &Core, query: &Query) -> Result<Option<Vec<String>>, LedgerError> {
    let mut lists: Vec<Vec<String>> = Vec::new();
    lists.extend(query.subject.iter().map(|subject| vec![EventKey::Subject(subject.clone()).to_string()]));
    match (&query.kind, query.env) {
        (Some(kind), Some(env)) => lists.push(vec![EventKey::KindEnv(kind.clone(), env).to_string()]),
        (Some(kind), None) => lists.push(vec![EventKey::Kind(kind.clone()).to_string()]),
        _ => {}
    }
    lists.extend(query.actor.iter().map(signed_by));
    lists.extend(query.rule.iter().map(|rule| vec![by_rule(rule)]));
    match query.decision {
        Some(DecisionFilter::Deny) => lists.push(vec![DENIED.to_owned()]),
        Some(DecisionFilter::WouldDeny) => lists.push(vec![WOULD_DENY.to_owned()]),
        Some(DecisionFilter::Allow) | None => {}
    }
    let mut best: Option<(u64, Vec<String>)> = None;
    for list in lists {
        let mut count = 0;
        for key in &list {
            count += core.index.count(key.as_bytes())?;
        }
        if best.as_ref().is_none_or(|(least, _)| count < *least) {
            best = Some((count, list));
        }
    }
    Ok(best.map(|(_, list)| list))
}

fn union(core: &Core, keys: &[String], range: Range<u64>, reverse: bool) -> Result<Vec<u64>, LedgerError> {
    let mut all = Vec::new();
    for key in keys {
        all.extend(core.index.postings(key.as_bytes(), range.clone(), reverse, QUERY_POSTINGS_AT_ONCE)?);
    }
    all.sort_unstable();
    all.dedup();
    if reverse {
        all.reverse();
    }
    all.truncate(QUERY_POSTINGS_AT_ONCE);
    Ok(all)
}

fn every(range: Range<u64>, reverse: bool) -> Vec<u64> {
    if reverse {
        range.rev().take(QUERY_POSTINGS_AT_ONCE).collect()
    } else {
        range.take(QUERY_POSTINGS_AT_ONCE).collect()
    }
}

impl Query {
    /// Whether it asks for all about one subject, restricted by nothing but time: then that a record is withheld tells
    /// nothing else about it.
    pub(super) fn is_about_a_subject_only(&self) -> bool {
        let Self { subject, kind, actor, env, decision, rule, .. } = self;
        let restricted = kind.is_some() || actor.is_some() || env.is_some() || decision.is_some() || rule.is_some();
        subject.is_some() && !restricted
    }

    /// The conditions, for people: ` where subject=…, kind=…`; empty without any.
    pub(super) fn in_words(&self) -> String {
        let conditions = [
            ("subject", self.subject.as_ref().map(ToString::to_string)),
            ("kind", self.kind.as_ref().map(ToString::to_string)),
            ("actor", self.actor.as_ref().map(ToString::to_string)),
            ("env", self.env.map(|env| env.to_string())),
            ("since", self.since.map(|time| time.to_string())),
            ("until", self.until.map(|time| time.to_string())),
            ("decision", self.decision.map(|filter| format!("{filter:?}"))),
            ("rule", self.rule.as_ref().map(|rule| format!("{:.64}", rule.escape_default()))),
        ];
        let given: Vec<_> =
            conditions.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
        if given.is_empty() { String::new() } else { format!(" where {}", given.join(", ")) }
    }

    fn matches(&self, record: &Record) -> bool {
        !record.is_seal()
            && self.subject.as_ref().is_none_or(|subject| {
                record.events.iter().any(|event| event.mentions().any(|mentioned| mentioned == subject))
            })
            && record.events.iter().any(|event| {
                self.kind.as_ref().is_none_or(|kind| event.kind() == *kind)
                    && self.env.is_none_or(|env| event.env == Some(env))
            })
            && self.actor.as_ref().is_none_or(|actor| record.actor == *actor || refused(record) == Some(actor))
            && self.rule.as_ref().is_none_or(|rule| has_rule(record, rule))
            && self.decision.is_none_or(|filter| match filter {
                DecisionFilter::Deny => record.is_denial(),
                DecisionFilter::WouldDeny => record.would_deny(),
                DecisionFilter::Allow => !record.is_denial() && !record.would_deny(),
            })
    }
}

/// Whose statement a denial refused.
fn refused(record: &Record) -> Option<&ActorId> {
    match record.events.first().map(|event| &event.body) {
        Some(Body::Denial(denial)) => Some(&denial.actor),
        _ => None,
    }
}

fn has_rule(record: &Record, rule: &str) -> bool {
    let denied = match record.events.first().map(|event| &event.body) {
        Some(Body::Denial(denial)) => denial.rules.iter().any(|other| other.as_str() == rule),
        _ => false,
    };
    denied
        || record
            .rulings
            .iter()
            .any(|ruling| ruling.decision == Decision::Deny && ruling.rules.iter().any(|other| other.as_str() == rule))
}
