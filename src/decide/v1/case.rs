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
        self.stage_of(Force::Scope, self.policy)
    }

    /// The stage that a finding of this force meets under a policy.
    fn stage_of(&self, force: Force, policy: Option<&Policy>) -> Stage {
        let (env, object_type) = (self.env(), self.event.subject.kind().as_str());
        match (force, policy) {
            (Force::Fixed(stage), _) => stage,
            (_, None) => Stage::Enforce,
            (Force::Explicit, Some(policy)) => policy.deny_stage(env, object_type),
            (Force::Scope, Some(policy)) => policy.stage(env, object_type),
        }
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

/// What decides about a finding's effect.
#[derive(Clone, Copy)]
pub(super) enum Force {
    /// No policy does: it is this.
    Fixed(Stage),
    /// The stage of the event's scope.
    Scope,
    /// The stage of that scope for what somebody denied in writing.
    Explicit,
}

/// What the rules have against an event.
pub(super) struct Findings {
    reasons: Vec<Reason>,
    forces: Vec<Force>,
    gravest: Stage,
    verdicts: Vec<PluginVerdict>,
}

impl Findings {
    pub fn new() -> Self {
        Self { reasons: Vec::new(), forces: Vec::new(), gravest: Stage::Observe, verdicts: Vec::new() }
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
        self.fixed(rule, message, Stage::Enforce);
    }

    /// A finding whose effect the stage of the event's scope decides.
    pub fn staged(&mut self, case: &Case<'_>, rule: impl Into<Arc<str>>, message: String) {
        self.add(case, rule, message, Force::Scope);
    }

    /// A finding whose effect no policy decides.
    pub fn fixed(&mut self, rule: impl Into<Arc<str>>, message: String, stage: Stage) {
        self.push(rule.into(), message, (Force::Fixed(stage), stage));
    }

    pub fn add(&mut self, case: &Case<'_>, rule: impl Into<Arc<str>>, message: String, force: Force) {
        self.push(rule.into(), message, (force, case.stage_of(force, case.policy)));
    }

    fn push(&mut self, rule: Arc<str>, message: String, (force, stage): (Force, Stage)) {
        self.gravest = self.gravest.max(stage);
        self.forces.push(force);
        self.reasons.push(Reason { rule, message });
    }

    /// What would be done about it under another policy, were all found that is found here.
    pub fn outcome_under(&self, case: &Case<'_>, policy: &Policy) -> Outcome {
        outcome_at(self.forces.iter().map(|force| case.stage_of(*force, Some(policy))).max())
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
        let outcome = outcome_at(Some(self.gravest));
        let mut rules: Vec<_> = self.reasons.iter().map(|reason| Arc::clone(&reason.rule)).collect();
        rules.sort_unstable();
        rules.dedup();
        EventRuling { decision: Decision::Deny, outcome, rules, reasons: self.reasons, verdicts: self.verdicts }
    }
}

/// What is done about findings of which this is the gravest stage.
fn outcome_at(gravest: Option<Stage>) -> Outcome {
    match gravest {
        None | Some(Stage::Observe) => Outcome::Recorded,
        Some(Stage::Warn) => Outcome::Warned,
        Some(Stage::Enforce) => Outcome::Refused,
    }
}
