//! A statement that was recorded, decided again.

use super::{
    hand::{Hand, Noted},
    report::{Notes, What},
    rows::{At, Recorded, changed, compare, words},
};
use crate::{
    decide::{EventRuling, Invalid, Ruling, decide},
    event::{Body, Decision, Outcome, SealedDecision},
    ledger::{Entry, Ground},
    state::State,
};
use std::{collections::BTreeMap, sync::Arc};

pub(super) fn check(ground: &Arc<Ground>, state: &mut State, entry: &Entry<'_>, notes: &mut Notes) {
    let plugins = &entry.seal.plugins;
    let recorded: Result<Vec<_>, _> = entry.rows.iter().map(|row| Recorded::of(row, plugins)).collect();
    let mut recorded = match recorded {
        Ok(recorded) => recorded,
        Err(what) => {
            let at = At { index: entry.index, position: 0, state };
            notes.differs(at.differs(What::Verdict, String::new(), what, "a verdict of a binding".into()));
            return;
        }
    };
    check_row(state, entry, notes);
    let heard: BTreeMap<_, _> = (0..).zip(recorded.iter().map(|row| row.verdicts.clone())).collect();
    let engine = entry.seal.engine.as_ref().map(|engine| engine.as_str());
    let hand = Hand::new(ground, entry.index, entry.signed, heard, engine);
    let savepoint = state.savepoint();
    let result = decide(state, &hand.context(entry.index, entry.seal.t, entry.seal.rules), &entry.signed);
    state.rollback_to(savepoint);
    let noted = hand.into_noted();
    if let Some(why) = &noted.blocked {
        notes.unperformed((entry.index, 0), "decision", why.clone());
        return;
    }
    note_taken(entry.index, &noted, notes);
    if let [Body::LedgerCreated(body)] = entry.signed.events.iter().map(|event| &event.body).collect::<Vec<_>>()[..] {
        // The founding is sealed before there is anybody to decide: its row names no rule.
        let rules = result.as_ref().ok().and_then(|ruling| ruling.events.first()).map(|ruling| ruling.rules.clone());
        let names = rules.unwrap_or_default().iter().map(ToString::to_string).collect();
        recorded.iter_mut().filter(|row| row.rules.is_empty()).for_each(|row| row.rules.clone_from(&names));
        if body.policy != entry.seal.policy {
            let at = At { index: entry.index, position: 0, state };
            let (then, now) = (entry.seal.policy.to_string(), body.policy.to_string());
            notes.differs(at.differs(What::Policy, "ledger-created".into(), then, now));
        }
    }
    hold(state, entry.index, &recorded, &result, &noted, notes);
}

/// Holds what the log says of a recorded statement against what was decided now.
fn hold(
    state: &State,
    index: u64,
    recorded: &[Recorded],
    result: &Result<Ruling, Invalid>,
    noted: &Noted,
    notes: &mut Notes,
) {
    let ruling = match result {
        Ok(ruling) => ruling,
        Err(invalid) => {
            let at = At { index, position: invalid.position, state };
            let then = at_position(recorded, invalid.position);
            let now = format!("invalid, not recorded: {}", invalid.message);
            notes.differs(at.differs(What::Decision, invalid.rule.to_owned(), then, now));
            return;
        }
    };
    let places = noted.places();
    for ((then, now), position) in recorded.iter().zip(&ruling.events).zip(0..) {
        compare(&At { index, position, state }, then, now, &places, notes);
        notes.counts.decisions += 1;
    }
}

fn at_position(recorded: &[Recorded], position: u32) -> String {
    let found = usize::try_from(position).ok().and_then(|at| recorded.get(at));
    found.map_or_else(String::new, |row| {
        let rules: Vec<&str> = row.rules.iter().map(String::as_str).collect();
        words(row.decision, row.outcome, &rules)
    })
}

/// The row of a signed batch whose events differ says of the whole what the gravest of them says.
fn check_row(state: &State, entry: &Entry<'_>, notes: &mut Notes) {
    let same = |row: &SealedDecision| {
        (row.decision, row.outcome, &row.rules, &row.verdicts)
            == (entry.row.decision, entry.row.outcome, &entry.row.rules, &entry.row.verdicts)
    };
    let gravest = entry.rows.iter().rev().max_by_key(|row| (row.outcome, row.decision));
    let Some(gravest) = gravest.filter(|row| !same(row)) else { return };
    let texts = |row: &SealedDecision| -> Vec<String> { row.rules.iter().map(|rule| rule.to_string()).collect() };
    let (then, now) = (texts(entry.row), texts(gravest));
    let (then, now): (Vec<&str>, Vec<&str>) =
        (then.iter().map(String::as_str).collect(), now.iter().map(String::as_str).collect());
    let at = At { index: entry.index, position: 0, state };
    let told = |decision: Decision, outcome: Outcome, rules: &[&str]| words(decision, outcome, rules);
    notes.differs(at.differs(
        What::Decision,
        changed(&then, &now),
        format!("{} for the whole batch", told(entry.row.decision, entry.row.outcome, &then)),
        format!("{} for the gravest of its events", told(gravest.decision, gravest.outcome, &now)),
    ));
}

/// Lists the verdicts that were taken from the log.
pub(super) fn note_taken(index: u64, noted: &Noted, notes: &mut Notes) {
    for ((position, _), why) in &noted.taken {
        notes.unperformed((index, *position), "verdict", why.clone());
    }
}

/// The ruling that refused, if one did.
pub(super) fn refused(ruling: &Ruling) -> Option<(u32, &EventRuling)> {
    let position = ruling.refused?;
    let ruling = usize::try_from(position).ok().and_then(|at| ruling.events.get(at))?;
    Some((position, ruling))
}
