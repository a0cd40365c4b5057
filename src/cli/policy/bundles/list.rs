//! `sagwan policy list`: every bundle that the ledger knows.

use super::spells::{self, Spell};
use crate::{
    cli::{
        Context,
        failure::Done,
        ledger_failure,
        table::{Table, Tone},
    },
    event::{ActorId, Digest},
    ledger::Ledger,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// List every policy of the ledger: who proposed it, who approved it, when it was in force.
#[derive(clap::Args, Debug)]
pub struct List {}

/// One bundle, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Known {
    /// The bundle.
    pub digest: Digest,
    /// Whether it decides now.
    pub in_force: bool,
    /// The record of its last proposal; absent for the founding policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<u64>,
    /// Who put it forward.
    pub proposers: Vec<ActorId>,
    /// Who approved it, beyond those who put it forward.
    pub approvals: Vec<ActorId>,
    /// How many must.
    pub quorum: u32,
    /// When it was in force.
    pub spells: Vec<Spell>,
}

/// Every bundle by its digest.
///
/// # Errors
/// When the ledger cannot be read.
pub fn known(ledger: &Ledger) -> Done<BTreeMap<Digest, Known>> {
    let fresh = |digest, quorum| Known {
        digest,
        in_force: false,
        proposed: None,
        proposers: Vec::new(),
        approvals: Vec::new(),
        quorum,
        spells: Vec::new(),
    };
    let (quorum, proposals) = ledger
        .state(|state| {
            let proposals = state.proposals().into_iter().map(|(digest, one)| (*digest, one.clone()));
            (state.quorum(), proposals.collect::<Vec<_>>())
        })
        .map_err(|error| ledger_failure::of(&error))?;
    let mut all = BTreeMap::new();
    for (digest, proposal) in proposals {
        let known: &mut Known = all.entry(digest).or_insert_with(|| fresh(digest, quorum));
        known.proposed = Some(proposal.proposed);
        known.proposers = proposal.proposers;
        known.approvals = proposal.approvals;
    }
    for spell in spells::of(ledger)? {
        let known = all.entry(spell.digest).or_insert_with(|| fresh(spell.digest, quorum));
        known.in_force = spell.until.is_none();
        known.spells.push(spell);
    }
    Ok(all)
}

/// Prints them, the one in force first, then by their latest record.
///
/// # Errors
/// When the ledger cannot be read.
pub fn run(_args: &List, context: &Context) -> Done {
    let ledger = context.open()?;
    let mut all: Vec<Known> = known(&ledger)?.into_values().collect();
    let latest = |known: &Known| known.spells.last().map(|spell| spell.since).max(known.proposed);
    all.sort_by_key(|known| (!known.in_force, std::cmp::Reverse(latest(known))));
    if context.printer.json {
        return all.iter().try_for_each(|known| context.printer.value(known));
    }
    let mut table = Table::new(&["digest", "stands", "in force", "proposed", "by", "approved by"]);
    for known in &all {
        let (stands, tone) = known.stands();
        table.toned([
            (known.digest.to_string(), Tone::Plain),
            (stands, tone),
            (known.times(), Tone::Plain),
            (
                known.proposed.map_or_else(|| "with the ledger".to_owned(), |index| format!("record {index}")),
                Tone::Plain,
            ),
            (names(&known.proposers), Tone::Plain),
            (names(&known.approvals), Tone::Plain),
        ]);
    }
    context.printer.table(&table)
}

/// Names in one line.
#[must_use]
pub fn names(actors: &[ActorId]) -> String {
    actors.iter().map(ActorId::as_str).collect::<Vec<_>>().join(", ")
}

impl Known {
    /// Where it stands, in words.
    #[must_use]
    pub fn stands(&self) -> (String, Tone) {
        let replaced = self.spells.last().and_then(|spell| spell.until);
        match (self.in_force, replaced) {
            (true, _) => ("in force".into(), Tone::Good),
            // Proposed again after it was replaced: it waits again.
            (false, Some(until)) if self.proposed.is_none_or(|proposed| proposed < until) => {
                ("replaced".into(), Tone::Quiet)
            }
            _ => (format!("waits, {} of {} approvals", self.approvals.len(), self.quorum), Tone::Doubtful),
        }
    }

    /// The records between which it was in force.
    #[must_use]
    pub fn times(&self) -> String {
        let spell = |spell: &Spell| match spell.until {
            Some(until) => format!("records {} to {until}", spell.since),
            None => format!("since record {} ({})", spell.since, spell.since_t),
        };
        self.spells.iter().map(spell).collect::<Vec<_>>().join(", ")
    }
}
