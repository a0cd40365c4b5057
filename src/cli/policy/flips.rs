//! The recorded decisions that would have been others: for `policy diff` and `policy replay`.

use crate::{
    cli::{
        Context,
        failure::Done,
        ledger_failure,
        table::{Table, Tone},
    },
    event::{Decision, Outcome},
    ledger::{Asker, Flip, Ledger, Rehearsed, Ruled},
    policy::Policy,
};
use serde::Serialize;
use std::sync::Arc;

/// What the history says to two policies.
#[derive(Clone, Debug, Serialize)]
pub struct Flips {
    /// Decisions that were rehearsed.
    pub decisions: u64,
    /// Decisions that differ.
    pub flipped: u64,
    /// Those among them that are denied before and allowed after.
    pub widened: u64,
    /// Refusals of which only the question to policy is left.
    pub policy_only: u64,
    /// Decisions of which too little is left.
    pub unknown: u64,
    /// The decisions that differ, each with its record.
    pub flips: Vec<Flip>,
}

impl Flips {
    /// What a report of them needs.
    #[must_use]
    pub fn of(rehearsed: &Rehearsed) -> Self {
        Self {
            decisions: rehearsed.decisions,
            flipped: rehearsed.flipped,
            widened: rehearsed.widened,
            policy_only: rehearsed.policy_only,
            unknown: rehearsed.unknown,
            flips: rehearsed.flips.clone(),
        }
    }

    /// One line: how many of how many, and what could not be asked.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = format!("{} of {} recorded decisions would have been others", self.flipped, self.decisions);
        if self.widened > 0 {
            words += &format!(", {} DENIED THEN AND ALLOWED AFTER", self.widened);
        }
        if self.policy_only > 0 {
            words += &format!("; of {} refusals the statement is erased, so only policy was asked", self.policy_only);
        }
        if self.unknown > 0 {
            words += &format!("; of {} too little is left to ask anything", self.unknown);
        }
        let shown = self.flips.len() as u64;
        if shown < self.flipped {
            words += &format!("; the first {shown} follow");
        }
        words
    }

    /// Records that the answer shows subjects marked personal, as any other read does; before the answer leaves.
    ///
    /// # Errors
    /// When it cannot be recorded: then there is no answer.
    pub fn tell(&self, ledger: &Ledger, asker: Asker, task: &str) -> Done {
        let objects = self.flips.iter().map(|flip| (&flip.object, flip.env));
        ledger.as_reader(asker).tell(objects, task).map_err(|error| ledger_failure::of(&error))
    }

    /// The cells of a row, in the order of [`TITLES`].
    #[must_use]
    pub fn cells(flip: &Flip) -> [String; 9] {
        let roles: Vec<&str> = flip.roles.iter().map(|role| role.as_str()).collect();
        let mut what = flip.kind.clone().unwrap_or_else(|| flip.action.clone());
        if flip.policy_only {
            what += " (policy only)";
        }
        if flip.more > 0 {
            what += &format!(" (and {} more)", flip.more);
        }
        let place =
            if flip.position > 0 { format!("{}.{}", flip.index, flip.position) } else { flip.index.to_string() };
        [
            place,
            flip.t.to_string(),
            flip.actor.to_string(),
            roles.join(", "),
            flip.env.to_string(),
            what,
            flip.object.to_string(),
            ruled(&flip.before),
            ruled(&flip.after),
        ]
    }

    /// All of them as a table, what is allowed now first.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = Table::new(&TITLES);
        for flip in self.sorted() {
            let tone = match (flip.before.decision, flip.after.decision) {
                (Decision::Deny, Decision::Allow) => Tone::Bad,
                (Decision::Allow, Decision::Deny) => Tone::Good,
                _ => Tone::Doubtful,
            };
            let cells = Self::cells(flip).into_iter().enumerate();
            table.toned(cells.map(|(at, cell)| (cell, if at == TITLES.len() - 1 { tone } else { Tone::Plain })));
        }
        table
    }

    /// What is denied before and allowed after comes first, then by record.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Flip> {
        let mut flips: Vec<&Flip> = self.flips.iter().collect();
        flips.sort_by_key(|flip| (!flip.widens(), flip.index, flip.position));
        flips
    }
}

/// What stands above the columns.
pub const TITLES: [&str; 9] = ["record", "time", "actor", "roles then", "env", "kind", "object", "before", "after"];

/// A ruling in words: `refused by x, y`.
#[must_use]
pub fn ruled(ruled: &Ruled) -> String {
    let rules = if ruled.rules.is_empty() { String::new() } else { format!(" by {}", ruled.rules.join(", ")) };
    format!("{}{rules}", word(ruled.decision, ruled.outcome))
}

/// A decision and its outcome in a word.
#[must_use]
pub fn word(decision: Decision, outcome: Outcome) -> &'static str {
    match (decision, outcome) {
        (Decision::Allow, _) => "allowed",
        (Decision::Deny, Outcome::Recorded) => "would be refused (observed)",
        (Decision::Deny, Outcome::Warned) => "would be refused (warned)",
        (Decision::Deny, Outcome::Refused) => "refused",
    }
}

/// Rehearses the whole history of a ledger under two policies, with a progress bar; without `before` under the policies
/// that decided then.
///
/// # Errors
/// When the history cannot be read.
pub fn rehearse(
    context: &Context,
    ledger: &Ledger,
    before: Option<Arc<Policy>>,
    after: Arc<Policy>,
) -> Done<Rehearsed> {
    let bar = context.printer.progress("replaying", ledger.head().size);
    let rehearsed = ledger.rehearse(before, after, &mut |done, _| bar.set_position(done));
    bar.finish_and_clear();
    rehearsed.map_err(|error| ledger_failure::of(&error))
}
