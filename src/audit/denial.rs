//! A refusal, decided again on the statement that the vault still keeps.

use super::{
    hand::Hand,
    report::{Notes, What},
    rows::{At, Recorded, compare, heard, words},
    statement::{note_taken, refused},
};
use crate::{
    decide::{Signed, decide, policy_request, rules},
    event::{
        ActorId, Body, Decision, Event, Outcome,
        body::{Denial, PolicyRequest},
        limits,
    },
    ledger::{Entry, Ground, LedgerError, Refused},
    state::State,
};
use std::{collections::BTreeMap, sync::Arc};

/// One denial and all that is needed to look at it.
struct Case<'a> {
    ground: &'a Arc<Ground>,
    entry: &'a Entry<'a>,
    event: &'a Event,
    denial: &'a Denial,
}

pub(super) fn check(
    ground: &Arc<Ground>,
    state: &mut State,
    entry: &Entry<'_>,
    notes: &mut Notes,
) -> Result<(), LedgerError> {
    let [event] = entry.signed.events else { return Ok(()) };
    let Body::Denial(denial) = &event.body else { return Ok(()) };
    let case = Case { ground, entry, event, denial };
    case.check_form(state, notes);
    if let Some(count) = denial.suppressed {
        let why = format!("it sums up {count} refusals beyond its actor's budget: their statements are not kept");
        notes.unperformed((entry.index, case.position()), "denial", why);
        return Ok(());
    }
    let Some(digest) = &denial.bytes else {
        notes.unperformed((entry.index, case.position()), "denial", "it does not name the refused bytes");
        return Ok(());
    };
    match entry.refused(state, digest)? {
        None => {
            let why = "the refused statement is not kept, or no longer: its time is over, or it held personal data";
            notes.unperformed((entry.index, case.position()), "denial", why);
        }
        Some(Err(why)) => case.differs(state, notes, format!("the refused statement does not bear it out: {why}")),
        Some(Ok(kept)) => case.decide_again(state, &kept, notes),
    }
    Ok(())
}

impl Case<'_> {
    fn position(&self) -> u32 {
        self.denial.position.unwrap_or_default()
    }

    fn at<'s>(&self, state: &'s State) -> At<'s> {
        At { index: self.entry.index, position: self.position(), state }
    }

    fn rules(&self) -> Vec<&str> {
        self.denial.rules.iter().map(|rule| rule.as_str()).collect()
    }

    /// Says that the denial is not what re-performance makes of it.
    fn differs(&self, state: &State, notes: &mut Notes, now: String) {
        let rules = self.rules();
        let then = words(Decision::Deny, Outcome::Refused, &rules);
        notes.differs(self.at(state).differs(What::Denial, rules.join(", "), then, now));
    }

    /// What can be looked at without the refused statement: the log signed it about this very place, nobody decided about it,
    /// and the roles that policy was asked for are those that the actor had.
    fn check_form(&self, state: &State, notes: &mut Notes) {
        let row = self.entry.row;
        if self.entry.signed.actor != &ActorId::ledger() {
            self.differs(state, notes, format!("signed by {}, not by the log", self.entry.signed.actor));
        }
        if (row.decision, row.outcome) != (Decision::Allow, Outcome::Recorded) || !row.rules.is_empty() {
            let then = words(row.decision, row.outcome, &[]);
            let now = "allow, recorded: nobody decides about a denial".to_owned();
            notes.differs(self.at(state).differs(What::Decision, String::new(), then, now));
        }
        if self.denial.suppressed.is_some() {
            return;
        }
        if self.denial.state != self.entry.index {
            self.differs(state, notes, format!("decided before index {}, not {}", self.entry.index, self.denial.state));
        }
        if let Some(PolicyRequest { roles, env, .. }) = &self.denial.request {
            let held: Vec<_> = state.roles(&self.denial.actor, *env, self.entry.seal.t).cloned().collect();
            if held != *roles {
                let names = |roles: &[crate::event::RoleId]| -> String {
                    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
                };
                let (then, now) = (format!("roles [{}]", names(roles)), format!("roles [{}]", names(&held)));
                notes.differs(self.at(state).differs(What::Denial, "role".into(), then, now));
            }
        }
    }

    fn decide_again(&self, state: &mut State, kept: &Refused, notes: &mut Notes) {
        let place = (self.entry.index, self.position());
        if let Some(wrong) = self.misnamed(kept) {
            return self.differs(state, notes, wrong);
        }
        let unavailable = [rules::PLUGIN_UNAVAILABLE, rules::POLICY_UNAVAILABLE];
        if let Some(rule) = self.rules().into_iter().find(|rule| unavailable.contains(rule)) {
            return notes.unperformed(
                place,
                "denial",
                format!("{rule}: it depended on what was in blobs/ at that time"),
            );
        }
        let verdicts = match heard(&self.denial.verdicts, &self.denial.plugins) {
            Ok(verdicts) => verdicts,
            Err(what) => return self.differs(state, notes, what),
        };
        let recorded = Recorded {
            decision: Decision::Deny,
            outcome: Outcome::Refused,
            rules: self.rules().into_iter().map(str::to_owned).collect(),
            verdicts: verdicts.clone(),
        };
        let (seal, index) = (self.entry.seal, self.entry.index);
        let signed = Signed { actor: &kept.actor, kid: kept.kid, events: &kept.events, identity: kept.identity };
        let engine = seal.engine.as_ref().map(|engine| engine.as_str());
        let hand = Hand::new(self.ground, index, signed, BTreeMap::from([(self.position(), verdicts)]), engine);
        let savepoint = state.savepoint();
        let result = decide(state, &hand.context(index, seal.t, seal.rules), &signed);
        state.rollback_to(savepoint);
        let noted = hand.into_noted();
        if let Some(why) = &noted.blocked {
            return notes.unperformed(place, "denial", why.clone());
        }
        note_taken(index, &noted, notes);
        match result.as_ref().map(refused) {
            Err(invalid) => self.differs(state, notes, format!("invalid, not recorded: {}", invalid.message)),
            Ok(None) => self.differs(state, notes, "allow, recorded".to_owned()),
            Ok(Some((position, ruling))) if position != self.position() => {
                let rules: Vec<&str> = ruling.rules.iter().map(AsRef::as_ref).collect();
                let words = words(ruling.decision, ruling.outcome, &rules);
                self.differs(state, notes, format!("{words}, at event {position}"));
            }
            Ok(Some((_, ruling))) => {
                compare(&self.at(state), &recorded, ruling, &noted.places(), notes);
                self.compare_words(state, kept, notes);
                notes.counts.denials += 1;
            }
        }
    }

    /// What the denial says of the refused statement besides, and is not so.
    fn misnamed(&self, kept: &Refused) -> Option<String> {
        let denial = self.denial;
        let late = (self.entry.seal.t.0 - kept.signed_at.0).abs() > limits::ADMISSION_WINDOW_MS;
        if denial.actor != kept.actor {
            Some(format!("the refused statement is {}'s", kept.actor))
        } else if denial.kid != Some(kept.kid) || denial.statement != Some(kept.identity) {
            Some(format!("the refused statement is {}, signed by {}", kept.identity, kept.kid))
        } else if denial.signed_at != Some(kept.signed_at) {
            Some(format!("the refused statement was signed at {}", kept.signed_at))
        } else if late {
            Some("the refused statement was signed outside the admission window: it is no case for a denial".into())
        } else {
            None
        }
    }

    /// The typed request, and what the denial is about.
    fn compare_words(&self, state: &State, kept: &Refused, notes: &mut Notes) {
        let found = usize::try_from(self.position()).ok().and_then(|at| kept.events.get(at));
        let Some(event) = found else { return };
        let request = policy_request(state, &kept.actor, event, self.entry.seal.t);
        let kind = self.denial.kind.as_ref().map(|kind| kind.as_str());
        let wrong = if request != self.denial.request {
            Some("policy was asked something else".to_owned())
        } else if kind != Some(event.kind().as_str()) {
            Some(format!("the refused event is a {}", event.kind()))
        } else if (&self.event.subject, self.event.env) != (&event.subject, event.env) {
            Some(format!("the refused event is about {}", event.subject))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            self.differs(state, notes, wrong);
        }
    }
}
