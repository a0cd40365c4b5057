//! One event before the rules, and what they find.

use super::is_own;
use crate::{
    decide::{Context, EventRuling, PluginVerdict, Reason, Signed},
    event::{
        ActorId, Env, Event,
        body::{Decision, Outcome},
    },
    policy::{Policy, RuleIds, Stage},
    state::State,
};
use std::sync::Arc;

/// One event and all that a rule may look at.
pub(super) struct Case<'a> {
    pub state: &'a State,
    pub policy: Option<&'a Policy>,
    pub context: &'a Context<'a>,
    pub statement: &'a Signed<'a>,
    pub event: &'a Event,
    pub position: u32,
}

impl Case<'_> {
    pub fn env(&self) -> Env {
        self.event.policy_env()
    }

    /// The stage of the event's scope; without a policy everything is enforced.
    pub fn stage(&self) -> Stage {
        let object_type = self.event.subject.kind().as_str();
        self.policy.map_or(Stage::Enforce, |policy| policy.stage(self.env(), object_type))
    }

    pub fn by_log(&self) -> bool {
        self.statement.actor.as_str() == LEDGER
    }

    /// Whether the log signed what is its own.
    pub fn is_own(&self) -> bool {
        is_own(self.statement.actor, self.event)
    }

    pub fn actor(&self) -> &ActorId {
        self.statement.actor
    }
}

/// `ActorId::ledger()`, without making one.
pub(super) const LEDGER: &str = "service:ledger";

/// What allowed an event.
pub(super) enum Allowed {
    /// Rules of the policy.
    Policy(RuleIds),
    /// A rule of the house.
    Rule(&'static str),
}

/// What the rules have against an event.
pub(super) struct Findings {
    reasons: Vec<Reason>,
    gravest: Stage,
    verdicts: Vec<PluginVerdict>,
}

impl Findings {
    pub fn new() -> Self {
        Self { reasons: Vec::new(), gravest: Stage::Observe, verdicts: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Whether it is refused, whatever else is found.
    pub fn refuse(&self) -> bool {
        !self.reasons.is_empty() && self.gravest == Stage::Enforce
    }

    /// What a plugin said.
    pub fn heard(&mut self, verdict: PluginVerdict) {
        self.verdicts.push(verdict);
    }

    /// A finding that refuses in every scope.
    pub fn always(&mut self, rule: &'static str, message: String) {
        self.add(rule, message, Stage::Enforce);
    }

    /// A finding whose effect the stage of the event's scope decides.
    pub fn staged(&mut self, case: &Case<'_>, rule: &'static str, message: String) {
        self.add(rule, message, case.stage());
    }

    pub fn add(&mut self, rule: impl Into<Arc<str>>, message: String, stage: Stage) {
        self.gravest = self.gravest.max(stage);
        self.reasons.push(Reason { rule: rule.into(), message });
    }

    pub fn into_ruling(self, allowed_by: Option<Allowed>) -> EventRuling {
        if self.reasons.is_empty() {
            let rules = match allowed_by {
                Some(Allowed::Policy(rules)) => rules.names(),
                Some(Allowed::Rule(rule)) => vec![Arc::from(rule)],
                None => Vec::new(),
            };
            let (decision, outcome) = (Decision::Allow, Outcome::Recorded);
            return EventRuling { decision, outcome, rules, reasons: Vec::new(), verdicts: self.verdicts };
        }
        let outcome = match self.gravest {
            Stage::Observe => Outcome::Recorded,
            Stage::Warn => Outcome::Warned,
            Stage::Enforce => Outcome::Refused,
        };
        let mut rules: Vec<_> = self.reasons.iter().map(|reason| Arc::clone(&reason.rule)).collect();
        rules.sort_unstable();
        rules.dedup();
        EventRuling { decision: Decision::Deny, outcome, rules, reasons: self.reasons, verdicts: self.verdicts }
    }
}
