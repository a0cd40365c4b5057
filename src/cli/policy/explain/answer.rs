//! The answer: what the rules say to the event that the actor would record, and why.

use super::{
    Args, Explanation, EyesLine, GrantLine, Missing, RoleHeld, RuleLine, WhoCould,
    hypothetical::{Question, kinds},
    reading, roles,
};
use crate::{
    cli::{
        failure::{Done, Failure},
        ledger_failure,
    },
    decide::{Context, EventRuling, READ, RULES_VERSION, Reason, Signed, policy_alone, rehearse, rules},
    event::{ActorId, Decision, Digest, Env, Event, Kind, Outcome, Scope, Text, Timestamp, body::PolicyRequest},
    ledger::Ledger,
    policy::{FourEyes, Lens, Look, Party, Policy},
    state::{Grant, GrantStatus, State},
};
use std::sync::Arc;

/// Everything that the answer is drawn from.
struct Asker<'a> {
    args: &'a Args,
    ledger: &'a Ledger,
    policy: Arc<Policy>,
    kind: Option<Kind>,
    action: Text,
    env: Env,
    index: u64,
    t: Timestamp,
}

/// Explains the question on the state before `index`, at `t`.
///
/// # Errors
/// When the ledger cannot be read, or the words are unknown.
pub fn of(args: &Args, ledger: &Ledger, index: u64, t: Timestamp) -> Done<Explanation> {
    let failed = |error| ledger_failure::of(&error);
    let in_force = ledger.state_at(index, &[], State::policy).map_err(failed)?;
    let digest = in_force.ok_or_else(|| Failure::not_found("no policy was in force", "name a later time"))?;
    let policy = ledger.policy_of(&digest).map_err(failed)?;
    let kind = kind(args)?;
    if kind.is_none() && policy.vocabulary().pair(args.object.kind().as_str(), &args.action).is_none() {
        let kinds = args.object.kind();
        return Err(Failure::usage(
            format!("nothing does `{}` to a {kinds}", args.action),
            "see `sagwan policy vocabulary` for the verbs of each type",
        ));
    }
    let whole = kind.as_ref().is_some_and(|kind| kind.scope() == Scope::Ledger);
    let env = if whole { Env::Prod } else { args.env };
    let action = args.action.parse().map_err(|error| Failure::usage(format!("--action: {error}"), "name a verb"))?;
    let asker = Asker { args, ledger, policy, kind, action, env, index, t };
    let mut explanation =
        ledger.state_at(index, std::slice::from_ref(&args.object), |state| asker.explain(state)).map_err(failed)?;
    for role in &mut explanation.roles {
        role.since = roles::since(ledger, index, &args.actor, &role.role, env)?;
    }
    Ok(explanation)
}

fn kind(args: &Args) -> Done<Option<Kind>> {
    let fitting = kinds(&args.action, args.object.kind());
    match &args.kind {
        Some(kind) if fitting.contains(kind) => Ok(Some(kind.clone())),
        Some(kind) => Err(Failure::usage(
            format!("{kind} is not what does `{}` to {}", args.action, args.object),
            "leave --kind out, or correct the verb or the subject",
        )),
        None => Ok(fitting.into_iter().next()),
    }
}

impl Asker<'_> {
    fn explain(&self, state: &State) -> Explanation {
        let args = self.args;
        let (ruling, policy_only) = self.ask(state, &args.actor);
        let lens = Lens::new(&self.policy);
        let stage = if ruling.reasons.iter().any(|reason| self.is_denying_row(&reason.rule)) {
            self.policy.deny_stage(self.env, args.object.kind().as_str())
        } else {
            self.policy.stage(self.env, args.object.kind().as_str())
        };
        Explanation {
            actor: args.actor.clone(),
            action: args.action.clone(),
            object: args.object.clone(),
            env: self.env,
            kind: self.kind.as_ref().map(|kind| kind.as_str().to_owned()),
            as_of: self.index,
            t: self.t,
            policy: self.policy.digest(),
            decision: ruling.decision,
            outcome: ruling.outcome,
            stage: stage.as_str(),
            rules: ruling.rules.iter().map(ToString::to_string).collect(),
            policy_only,
            roles: self.roles(state, &lens),
            grants: self.grants(state),
            four_eyes: self.four_eyes(&ruling, policy_only),
            missing: missing(&ruling),
            who_could: self.who_could(state, &lens),
        }
    }

    fn question<'a>(&'a self, state: &'a State, actor: &'a ActorId) -> Question<'a> {
        Question { state, policy: &self.policy, actor, object: &self.args.object, env: self.env, t: self.t }
    }

    fn is_reading(&self) -> bool {
        self.kind.is_none() && self.action.as_str() == READ
    }

    /// What is said to the actor, and whether only policy could be asked.
    fn ask(&self, state: &State, actor: &ActorId) -> (EventRuling, bool) {
        let barred = self.barred(state, actor);
        let (mut ruling, policy_only) = if self.is_reading() {
            (reading::judge(&self.question(state, actor), &self.policy), false)
        } else {
            // A statement that cannot be signed is judged no further, so policy is asked by itself.
            let judged = if barred.is_some() { None } else { self.judge(state, actor) };
            judged.map_or_else(|| (self.alone(state, actor), true), |ruling| (ruling, false))
        };
        if let Some(reason) = barred {
            if ruling.decision == Decision::Allow {
                ruling.rules.clear();
            }
            ruling.rules.push(Arc::clone(&reason.rule));
            ruling.rules.sort_unstable();
            ruling.reasons.insert(0, reason);
            (ruling.decision, ruling.outcome) = (Decision::Deny, Outcome::Refused);
        }
        (ruling, policy_only)
    }

    /// Why the actor cannot be asked about at all: he is not enrolled, or has nothing to sign with.
    fn barred(&self, state: &State, actor: &ActorId) -> Option<Reason> {
        let Some(known) = state.actor(actor) else {
            let why = "is not enrolled: `sagwan actor enroll` comes first; what policy alone says stands below";
            return Some(reading::nobody(actor, rules::ACTOR_ENROLMENT, why));
        };
        let valid = |kid: &Digest| state.key(kid).is_some_and(|key| key.is_valid_at(self.index));
        let unable = !self.is_reading() && !known.keys.iter().any(valid);
        let why = "has no key that is valid then: an officer enrols one with `sagwan key enroll`";
        unable.then(|| reading::nobody(actor, rules::KEY_VALIDITY, why))
    }

    /// What the ledger's rules say to the event, were the actor to record it; `None` where the event is not known.
    fn judge(&self, state: &State, actor: &ActorId) -> Option<EventRuling> {
        let event: Event = self.question(state, actor).event(self.kind.as_ref()?)?;
        let valid = |kid: &&Digest| state.key(kid).is_some_and(|key| key.is_valid_at(self.index));
        let kid = state.actor(actor).and_then(|actor| actor.keys.iter().find(valid)).copied();
        let kid = kid.unwrap_or(Digest([0; 32]));
        let context = Context {
            policies: self.ledger.policies(),
            index: self.index,
            t: self.t,
            rules: RULES_VERSION,
            validators: None,
        };
        let events = [event];
        let statement = Signed { actor, kid, events: &events, identity: Digest([0; 32]) };
        rehearse(state, Some(&self.policy), &context, &statement, 0).ok()
    }

    /// What policy alone says.
    fn alone(&self, state: &State, actor: &ActorId) -> EventRuling {
        let roles = state.roles(actor, self.env, self.t).cloned().collect();
        let action = self.action.clone();
        let request = PolicyRequest { roles, env: self.env, object: self.args.object.clone(), action };
        policy_alone(&self.policy, actor, &request)
    }

    fn is_denying_row(&self, id: &str) -> bool {
        self.policy.rules().iter().any(|rule| rule.id == id)
    }

    fn roles(&self, state: &State, lens: &Lens<'_>) -> Vec<RoleHeld> {
        let spans = state.actor(&self.args.actor).map_or(&[][..], |actor| actor.roles.as_slice());
        let held = spans.iter().filter(|span| span.holds(self.env, self.t));
        held.map(|span| {
            let look = lens.look(span.role.as_str(), self.env, self.args.object.as_str(), &self.args.action);
            let lines = |ids: &[&str]| ids.iter().filter_map(|id| self.rule(id)).collect();
            let Look { allow, deny, .. } = &look;
            RoleHeld {
                role: span.role.to_string(),
                since: None,
                until: span.until,
                allow: lines(allow),
                deny: lines(deny),
            }
        })
        .collect()
    }

    fn rule(&self, id: &str) -> Option<RuleLine> {
        let rule = self.policy.rules().iter().find(|rule| rule.id == id)?;
        let effect = rule.effect.as_str();
        let says = format!("{effect} {} in {}: {} {}", rule.role, rule.domain(), rule.action, rule.object);
        Some(RuleLine { id: id.to_owned(), says, absolute: rule.absolute })
    }

    fn grants(&self, state: &State) -> Vec<GrantLine> {
        let question = self.question(state, &self.args.actor);
        // An emergency gives reading besides.
        let gives = |grant: &Grant| grant.allows(&self.args.action) || grant.breakglass && self.is_reading();
        let lines = question.covering().filter(|(_, grant)| gives(grant)).map(|(name, grant)| {
            let term = grant.term(self.t);
            GrantLine {
                grant: name.clone(),
                stands: match grant.status(self.t) {
                    GrantStatus::Requested => "requested",
                    GrantStatus::Live => "holds",
                    GrantStatus::Expired => "expired",
                    GrantStatus::Revoked => "revoked",
                },
                purpose: term.map_or(&grant.purpose, |term| &term.purpose).to_string(),
                until: term.map_or(grant.until, |term| term.until),
                breakglass: grant.breakglass,
            }
        });
        lines.collect()
    }

    fn four_eyes(&self, ruling: &EventRuling, policy_only: bool) -> Vec<EyesLine> {
        let rules = self.policy.constraints().four_eyes(self.args.object.kind().as_str(), &self.args.action);
        let line = |rule: &FourEyes| EyesLine {
            id: rule.id().to_owned(),
            other_than: rule.other_than.iter().map(|party| party_word(*party)).collect(),
            broken: (!policy_only).then(|| ruling.reasons.iter().any(|reason| &*reason.rule == rule.id())),
        };
        rules.map(line).collect()
    }

    fn who_could(&self, state: &State, lens: &Lens<'_>) -> WhoCould {
        let object = self.args.object.as_str();
        let roles = lens.who_can(self.env, object, &self.args.action);
        let may = |actor: &ActorId| self.ask(state, actor).0.decision == Decision::Allow;
        let actors = state.actors().into_iter().map(|(id, _)| id).filter(|id| **id != ActorId::ledger());
        WhoCould {
            roles: roles.into_iter().map(|(role, _)| role.to_owned()).collect(),
            actors: actors.filter(|id| may(id)).cloned().collect(),
        }
    }
}

fn missing(ruling: &EventRuling) -> Vec<Missing> {
    let line = |reason: &Reason| Missing { rule: reason.rule.to_string(), message: reason.message.clone() };
    let mut lines: Vec<Missing> = ruling.reasons.iter().map(line).collect();
    lines.dedup_by(|one, two| one.rule == two.rule && one.message == two.message);
    lines
}

fn party_word(party: Party) -> &'static str {
    match party {
        Party::Author => "author",
        Party::Trainer => "trainer",
        Party::Beneficiary => "beneficiary",
    }
}
