//! What a policy would have done: every decision of the past again under two policies, each on the state on which it was
//! made. Nothing is recorded, and the consequences of a different decision are not followed: each is judged on what
//! really stood there.

use super::{
    Ledger,
    core::Core,
    error::LedgerError,
    history::{About, Past},
};
use crate::{
    decide::{Context, EventRuling, policy_alone, rehearse, rehearse_both, rules},
    event::{ActorId, Decision, Digest, Env, Outcome, RoleId, SealedDecision, Subject, Timestamp, limits},
    policy::{Comparison, Policy},
    state::State,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// What was decided, or would have been.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Ruled {
    /// What the rules say.
    pub decision: Decision,
    /// What is done about it.
    pub outcome: Outcome,
    /// The rules that say it, in byte order.
    pub rules: Vec<String>,
}

/// A decision that comes out differently under two policies.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Flip {
    /// The log index of the record, or of the denial.
    pub index: u64,
    /// The position of the event in its statement.
    pub position: u32,
    /// The ledger's time then.
    pub t: Timestamp,
    /// Who signed it.
    pub actor: ActorId,
    /// The roles that he held in the environment then.
    pub roles: Vec<RoleId>,
    /// Where policy was asked.
    pub env: Env,
    /// The kind of the event; for a sum of refusals that of the last one, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it was about.
    pub object: Subject,
    /// The verb that policy was asked for.
    pub action: String,
    /// What was decided then.
    pub sealed: Ruled,
    /// Under the first policy.
    pub before: Ruled,
    /// Under the second.
    pub after: Ruled,
    /// The refused statement is erased, so that only what policy was asked then could be asked again.
    pub policy_only: bool,
    /// How many more refusals the record sums up.
    pub more: u64,
}

impl Flip {
    /// Whether the second policy allows what the first denies.
    #[must_use]
    pub fn widens(&self) -> bool {
        self.before.decision == Decision::Deny && self.after.decision == Decision::Allow
    }

    /// Whether only what is done about the decision differs: the stage of its scope.
    #[must_use]
    pub fn is_outcome_only(&self) -> bool {
        self.before.decision == self.after.decision
    }
}

/// How many decisions came out how, and by which rules.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// By what the rules say and what is done about it.
    pub outcomes: BTreeMap<(Decision, Outcome), u64>,
    /// By rule; a decision counts for each of its rules.
    pub rules: BTreeMap<String, u64>,
}

impl Tally {
    fn add<'a>(&mut self, decision: Decision, outcome: Outcome, rules: impl Iterator<Item = &'a str>) {
        *self.outcomes.entry((decision, outcome)).or_default() += 1;
        for rule in rules {
            match self.rules.get_mut(rule) {
                Some(count) => *count += 1,
                None => drop(self.rules.insert(rule.to_owned(), 1)),
            }
        }
    }
}

/// A history under two policies.
#[derive(Clone, Debug, Default)]
pub struct Rehearsed {
    /// Decisions of the past; what the log says about itself is none.
    pub decisions: u64,
    /// Those on which both policies had to be asked: on the others they are bound to rule alike.
    pub asked: u64,
    /// Refusals whose statement is erased: only policy was asked again.
    pub policy_only: u64,
    /// Decisions of which too little is left to ask anything, or that these rules cannot judge.
    pub unknown: u64,
    /// What was decided. Counted only when the past is held against its own policies.
    pub before: Tally,
    /// What would have been decided. Counted only then, too.
    pub after: Tally,
    /// The decisions that differ, in log order: the first [`limits::FLIPS_KEPT_MAX`] of them.
    pub flips: Vec<Flip>,
    /// How many differ.
    pub flipped: u64,
    /// How many of them the second policy allows and the first denies.
    pub widened: u64,
}

/// A history on its way under two policies.
pub struct Rehearsal<'a> {
    core: &'a Core,
    /// The first policy; without one it is that which decided then.
    before: Option<Arc<Policy>>,
    after: Arc<Policy>,
    /// By the digest of the first policy; `None` where its bundle is not at hand.
    comparisons: HashMap<Digest, Option<Arc<Comparison>>>,
    done: Rehearsed,
}

impl Ledger {
    /// Rehearses the whole history under `before` and `after`; without `before` under the policies that decided then.
    /// `progress` gets entries done and entries in all.
    ///
    /// # Errors
    /// As [`Ledger::history`].
    pub fn rehearse(
        &self,
        before: Option<Arc<Policy>>,
        after: Arc<Policy>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Rehearsed, LedgerError> {
        let mut rehearsal = self.rehearsal(before, after);
        self.history(&mut |state, past| rehearsal.visit(state, past), progress)?;
        Ok(rehearsal.finish())
    }

    /// The same, for those who walk the history themselves.
    #[must_use]
    pub fn rehearsal(&self, before: Option<Arc<Policy>>, after: Arc<Policy>) -> Rehearsal<'_> {
        let done = Rehearsed::default();
        Rehearsal { core: &self.core, before, after, comparisons: HashMap::new(), done }
    }
}

impl Rehearsal<'_> {
    /// What the walk found.
    #[must_use]
    pub fn finish(self) -> Rehearsed {
        self.done
    }

    /// Rehearses one decision on the state on which it was made.
    pub fn visit(&mut self, state: &State, past: &Past<'_>) {
        self.done.decisions += 1;
        let comparison = self.comparison(past.policy);
        let pair = match comparison {
            Some(comparison) => self.both(state, past, &comparison),
            None => self.after_alone(state, past),
        };
        match pair {
            Ok(Some((before, after))) => {
                self.done.asked += 1;
                self.compare(state, past, before, after);
            }
            Ok(None) => self.tally_alike(past.sealed),
            Err(()) => {
                self.done.unknown += 1;
                self.tally_alike(past.sealed);
            }
        }
    }

    fn comparison(&mut self, policy: Digest) -> Option<Arc<Comparison>> {
        let digest = self.before.as_ref().map_or(policy, |before| before.digest());
        if let Some(known) = self.comparisons.get(&digest) {
            return known.clone();
        }
        let before = self.before.clone().or_else(|| self.core.policies.load(&digest).ok());
        let made = before.map(|before| Arc::new(Comparison::new(before, Arc::clone(&self.after))));
        self.comparisons.insert(digest, made.clone());
        made
    }

    /// The rulings under both; `None` when they are bound to be the same, an error when nothing can be asked.
    fn both(
        &mut self,
        state: &State,
        past: &Past<'_>,
        comparison: &Comparison,
    ) -> Result<Option<(EventRuling, EventRuling)>, ()> {
        match past.about {
            About::Statement(signed) => {
                let context = context(self.core, past);
                rehearse_both(state, comparison, &context, &signed, past.position).map_err(drop)
            }
            About::Denial(denial, _) => {
                let request = denial.request.as_ref().ok_or(())?;
                self.done.policy_only += 1;
                let alone = |policy| policy_alone(policy, past.actor, request);
                Ok(Some((alone(comparison.a()), alone(comparison.b()))))
            }
        }
    }

    /// The policy that decided then is not at hand, so its word then stands.
    fn after_alone(&mut self, state: &State, past: &Past<'_>) -> Result<Option<(EventRuling, EventRuling)>, ()> {
        let About::Statement(signed) = past.about else { return Err(()) };
        let context = context(self.core, past);
        let after = rehearse(state, Some(&self.after), &context, &signed, past.position).map_err(drop)?;
        let rules = past.sealed.rules.iter().map(|rule| Arc::from(rule.as_str())).collect();
        let sealed = past.sealed;
        let then = EventRuling {
            decision: sealed.decision,
            outcome: sealed.outcome,
            rules,
            reasons: Vec::new(),
            verdicts: Vec::new(),
        };
        Ok(Some((then, after)))
    }

    /// Both rule alike, so what was sealed under the one holds for the other.
    fn tally_alike(&mut self, sealed: &SealedDecision) {
        if self.before.is_none() {
            for tally in [&mut self.done.before, &mut self.done.after] {
                tally.add(sealed.decision, sealed.outcome, sealed.rules.iter().map(|rule| rule.as_str()));
            }
        }
    }

    fn compare(&mut self, state: &State, past: &Past<'_>, before: EventRuling, after: EventRuling) {
        let flips = (before.decision, before.outcome) != (after.decision, after.outcome);
        if self.before.is_none() {
            let sealed = past.sealed;
            let texts = sealed.rules.iter().map(|rule| rule.as_str());
            self.done.before.add(sealed.decision, sealed.outcome, texts.clone());
            let by_plugins = sealed.rules.iter().any(|rule| rules::is_of_plugins(rule.as_str()));
            // The same word of policy alone changes nothing about what else was against it, and none about plugins.
            let untold = past.event().is_none() && !flips;
            if untold || (by_plugins && (!flips || after.outcome < sealed.outcome)) {
                self.done.after.add(sealed.decision, sealed.outcome, texts);
            } else {
                self.done.after.add(after.decision, after.outcome, after.rules.iter().map(AsRef::as_ref));
            }
        }
        if !flips {
            return;
        }
        self.done.flipped += 1;
        self.done.widened += u64::from((before.decision, after.decision) == (Decision::Deny, Decision::Allow));
        if self.done.flips.len() < limits::FLIPS_KEPT_MAX {
            self.done.flips.extend(flip(state, past, before, after));
        }
    }
}

fn context<'a>(core: &'a Core, past: &Past<'_>) -> Context<'a> {
    Context { policies: &core.policies, index: past.index, t: past.t, rules: past.rules, validators: None }
}

fn flip(state: &State, past: &Past<'_>, before: EventRuling, after: EventRuling) -> Option<Flip> {
    let sealed = Ruled {
        decision: past.sealed.decision,
        outcome: past.sealed.outcome,
        rules: past.sealed.rules.iter().map(|rule| rule.as_str().to_owned()).collect(),
    };
    let (roles, env, kind, object, action, more) = match (past.event(), past.about) {
        (Some(event), _) => {
            let env = event.policy_env();
            let roles = state.roles(past.actor, env, past.t).cloned().collect();
            let kind = event.kind();
            let action = kind.action().to_owned();
            (roles, env, Some(kind.as_str().to_owned()), event.subject.clone(), action, 0)
        }
        (None, About::Denial(denial, _)) => {
            let request = denial.request.as_ref()?;
            let kind = denial.kind.as_ref().map(|kind| kind.as_str().to_owned());
            let action = request.action.as_str().to_owned();
            let more = denial.suppressed.unwrap_or_default();
            (request.roles.clone(), request.env, kind, request.object.clone(), action, more)
        }
        (None, About::Statement(_)) => return None,
    };
    Some(Flip {
        index: past.index,
        position: past.position,
        t: past.t,
        actor: past.actor.clone(),
        roles,
        env,
        kind,
        object,
        action,
        sealed,
        before: ruled(before),
        after: ruled(after),
        policy_only: past.event().is_none(),
        more,
    })
}

fn ruled(ruling: EventRuling) -> Ruled {
    let rules = ruling.rules.iter().map(|rule| rule.to_string()).collect();
    Ruled { decision: ruling.decision, outcome: ruling.outcome, rules }
}
