//! Who may read what. The same policy that decides what may be recorded decides what may be read: action `read` on the
//! object type of a subject, in an environment. Pure: what it depends on is taken from the state once ([`Clearance`]),
//! so that a page of a thousand records costs a thousand look-ups and no lock.

use super::rules;
use crate::{
    event::{ActorId, Body, Env, Event, Outcome, RoleId, Subject, SubjectKind, Timestamp, body::Denial},
    policy::{Policy, Request, Stage},
    state::{EnvSet, Grant, State, SubjectState},
};
use std::{collections::HashMap, sync::Arc};

/// The action that every read asks for.
pub const READ: &str = "read";

/// Who is asked about when nobody is known: holds no roles, so the name gives nothing.
const NOBODY: &str = "user:nobody";

/// Who wants to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reader {
    /// An actor, known by his token.
    Actor(ActorId),
    /// Anybody, where reads are open. Holds no roles.
    Anyone,
    /// Whoever has the ledger's folder, and in whose name he says he reads. Nothing is withheld from him, since nothing
    /// could be.
    Operator(Option<ActorId>),
}

/// What was decided about a read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadRuling {
    /// Whether the rules allow it.
    pub allow: bool,
    /// What is done about it, by the stage of the scope: recorded (answered), warned (answered, and the answer says
    /// so), refused.
    pub outcome: Outcome,
    /// The ids of the rules that made it, each once: those that denied, else those that allowed.
    pub rules: Vec<Arc<str>>,
}

impl ReadRuling {
    /// Whether the reader gets an answer.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.outcome != Outcome::Refused
    }

    fn allowed(rules: Vec<Arc<str>>) -> Self {
        Self { allow: true, outcome: Outcome::Recorded, rules }
    }

    fn by(rule: &'static str) -> Self {
        Self::allowed(vec![Arc::from(rule)])
    }

    fn denied(rules: Vec<Arc<str>>, stage: Stage) -> Self {
        let outcome = match stage {
            Stage::Observe => Outcome::Recorded,
            Stage::Warn => Outcome::Warned,
            Stage::Enforce => Outcome::Refused,
        };
        Self { allow: false, outcome, rules }
    }

    /// Both together: a denial of either denies, the graver outcome stays.
    fn and(&mut self, other: &Self) {
        if self.allow && !other.allow {
            self.rules.clear();
        }
        if self.allow == other.allow || self.rules.is_empty() {
            let fresh: Vec<_> = other.rules.iter().filter(|rule| !self.rules.contains(rule)).cloned().collect();
            self.rules.extend(fresh);
        }
        self.allow &= other.allow;
        self.outcome = self.outcome.max(other.outcome);
    }
}

/// What the policy alone says, and what a grant may do about it.
#[derive(Clone)]
struct Judged {
    ruling: Arc<ReadRuling>,
    explicit: bool,
    absolute: bool,
}

/// What a reader may see, as of one state and time.
pub struct Clearance {
    reader: Reader,
    /// The roles that he holds, an entry an environment, in the order of [`Env::ALL`].
    roles: [Vec<RoleId>; 3],
    /// His live grants that give reading.
    grants: Vec<Grant>,
    policy: Option<Arc<Policy>>,
    /// What the policy says of whole types, where it has no pattern finer than a type.
    by_type: HashMap<(Env, SubjectKind), Judged>,
}

impl Clearance {
    /// Takes from the state what reading depends on. `policy` is the one in force; without one, which is an error,
    /// nothing is readable. `t` is the ledger's time, or now if that is later: grants run out while nothing is recorded.
    #[must_use]
    pub fn of(state: &State, policy: Option<Arc<Policy>>, reader: &Reader, t: Timestamp) -> Self {
        let (roles, grants) = match reader {
            Reader::Actor(actor) => {
                let gives = |grant: &&Grant| grant.breakglass || grant.allows(READ);
                let grants = state.held_by(actor, t).map(|(_, grant, _)| grant).filter(gives).cloned();
                (Env::ALL.map(|env| state.roles(actor, env, t).cloned().collect()), grants.collect())
            }
            Reader::Anyone | Reader::Operator(_) => Default::default(),
        };
        Self { reader: reader.clone(), roles, grants, policy, by_type: HashMap::new() }
    }

    /// Whether the reader may read what holds of `subject` in `env`.
    pub fn subject(&mut self, env: Env, subject: &Subject) -> Arc<ReadRuling> {
        if matches!(self.reader, Reader::Operator(_)) {
            return Arc::new(ReadRuling::by(rules::OPERATOR_FILES));
        }
        let judged = self.by_policy(env, subject);
        if judged.ruling.allow || judged.absolute {
            return judged.ruling;
        }
        let covering = self.grants.iter().filter(|grant| grant.env == env && grant.covers(subject));
        let rule = covering.fold(None, |best, grant| match (grant.breakglass, judged.explicit) {
            (false, false) => Some(rules::ACCESS_GRANT),
            (true, _) => best.or(Some(rules::BREAK_GLASS)),
            // A grant stands in for a rule that nobody wrote; only break-glass overrides one that somebody wrote.
            (false, true) => best,
        });
        rule.map_or(judged.ruling, |rule| Arc::new(ReadRuling::by(rule)))
    }

    /// Whether the reader may read a statement: every subject that its events mention or name, each in the event's
    /// environment. What he signed himself he may read, and the denials of it; what the log says about itself every
    /// reader may: proofs need it.
    pub fn statement(&mut self, signer: &ActorId, events: &[Event]) -> ReadRuling {
        if matches!(self.reader, Reader::Operator(_)) {
            return ReadRuling::by(rules::OPERATOR_FILES);
        }
        if self.is_self(signer) {
            return ReadRuling::by(rules::OWN_RECORD);
        }
        match events.first().map(|event| &event.body) {
            Some(Body::Seal(_) | Body::LedgerCreated(_)) => return ReadRuling::by(rules::LOG_RECORD),
            Some(Body::Denial(denial)) if self.is_self(&denial.actor) => return ReadRuling::by(rules::OWN_RECORD),
            _ => {}
        }
        let names = events.iter().flat_map(|event| event.names().map(|subject| (event.policy_env(), subject)));
        let mut whole = self.all_of(names);
        for event in events {
            let env = event.policy_env();
            if let Body::Denial(denial) = &event.body {
                for subject in named_in_reason(denial) {
                    whole.and(&self.subject(env, &subject));
                }
            }
        }
        whole
    }

    /// The same for a statement of which only its signer is known, and the subjects that its events mention or name, each
    /// in the event's environment: one that is no seal, not the founding, and holds no denial.
    pub fn mentions<'s>(&mut self, signer: &ActorId, names: impl Iterator<Item = (Env, &'s Subject)>) -> ReadRuling {
        match &self.reader {
            Reader::Operator(_) => ReadRuling::by(rules::OPERATOR_FILES),
            _ if self.is_self(signer) => ReadRuling::by(rules::OWN_RECORD),
            _ => self.all_of(names),
        }
    }

    fn all_of<'s>(&mut self, names: impl Iterator<Item = (Env, &'s Subject)>) -> ReadRuling {
        let mut whole = ReadRuling::allowed(Vec::new());
        names.for_each(|(env, subject)| whole.and(&self.subject(env, subject)));
        whole
    }

    /// The environments, of those in which records are about it, in which the reader may read the subject; and what
    /// was decided about them. Nothing answered: for him the subject does not exist.
    pub fn summary(&mut self, subject: &Subject, known: Option<&SubjectState>) -> (EnvSet, ReadRuling) {
        let envs = known.map(|state| state.envs).unwrap_or_default();
        let mut whole = ReadRuling::allowed(Vec::new());
        // All three are asked whether it is known or not, so that the answer's time tells neither.
        let rulings = Env::ALL.map(|env| (env, self.subject(env, subject)));
        let answered = |env| rulings.iter().any(|(own, ruling)| *own == env && ruling.is_answered());
        let seen = envs.only(answered);
        rulings.iter().filter(|(env, _)| seen.has(*env)).for_each(|(_, ruling)| whole.and(ruling));
        (seen, whole)
    }

    /// Whether there is an environment in which the reader may read the subject, were it known there.
    pub fn anywhere(&mut self, subject: &Subject) -> bool {
        Env::ALL.into_iter().any(|env| self.subject(env, subject).is_answered())
    }

    /// Whether the reader may read about an actor: object `actor/…` in `prod`, where what holds in the whole ledger is
    /// decided. About himself everybody may.
    pub fn actor(&mut self, actor: &ActorId) -> ReadRuling {
        if self.is_self(actor) {
            return ReadRuling::by(rules::OWN_RECORD);
        }
        match Subject::new(SubjectKind::Actor, actor.as_str()) {
            Ok(subject) => ReadRuling::clone(&self.subject(Env::Prod, &subject)),
            Err(_) => ReadRuling::denied(vec![Arc::from(rules::POLICY_UNAVAILABLE)], Stage::Enforce),
        }
    }

    /// Whether the reader may read a grant: it and every subject that it covers, in its environment. Whoever holds it,
    /// asked for it or gave it may.
    pub fn grant(&mut self, name: &Subject, grant: &Grant) -> ReadRuling {
        let parties = [&grant.holder, &grant.requested_by, &grant.granted_by];
        if parties.into_iter().flatten().any(|party| self.is_self(party)) {
            return ReadRuling::by(rules::OWN_RECORD);
        }
        let mut whole = ReadRuling::allowed(Vec::new());
        for subject in std::iter::once(name).chain(&grant.subjects) {
            whole.and(&self.subject(grant.env, subject));
        }
        whole
    }

    /// The actor who reads, if he is known by a token.
    #[must_use]
    pub fn self_actor(&self) -> Option<&ActorId> {
        match &self.reader {
            Reader::Actor(actor) => Some(actor),
            Reader::Anyone | Reader::Operator(_) => None,
        }
    }

    /// Whether nothing is withheld from this reader.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        matches!(self.reader, Reader::Operator(_))
    }

    fn is_self(&self, actor: &ActorId) -> bool {
        self.self_actor() == Some(actor)
    }

    fn by_policy(&mut self, env: Env, subject: &Subject) -> Judged {
        let key = (env, subject.kind());
        if let Some(judged) = self.by_type.get(&key) {
            return judged.clone();
        }
        let judged = self.ask(env, subject);
        let object_type = subject.kind().as_str();
        if self.policy.as_ref().is_none_or(|policy| policy.is_uniform(env, object_type, READ)) {
            self.by_type.insert(key, judged.clone());
        }
        judged
    }

    fn ask(&self, env: Env, subject: &Subject) -> Judged {
        let Some(policy) = &self.policy else {
            let ruling = ReadRuling::denied(vec![Arc::from(rules::POLICY_UNAVAILABLE)], Stage::Enforce);
            return Judged { ruling: Arc::new(ruling), explicit: true, absolute: true };
        };
        let held = Env::ALL.iter().zip(&self.roles).find(|(own, _)| **own == env).map_or(&[][..], |(_, held)| held);
        let roles: Vec<&str> = held.iter().map(RoleId::as_str).collect();
        let object_type = subject.kind().as_str();
        let request = Request {
            roles: &roles,
            actor: self.self_actor().map_or(NOBODY, ActorId::as_str),
            env,
            object: subject.as_str(),
            object_type,
            action: READ,
        };
        let decision = policy.decide(&request);
        let named = decision.rules.names();
        let absolute = decision.absolute_deny;
        let ruling = if decision.allow {
            ReadRuling::allowed(named)
        } else {
            let stage = if absolute { Stage::Enforce } else { policy.stage_for(&decision, env, object_type) };
            ReadRuling::denied(named, stage)
        };
        Judged { ruling: Arc::new(ruling), explicit: decision.explicit_deny(), absolute }
    }
}

/// Whether `reader` may read what holds of `subject` in `env`, at `t`, by the policy in force. For many questions take
/// one [`Clearance`].
#[must_use]
pub fn may_read(
    state: &State,
    policy: Option<Arc<Policy>>,
    reader: &Reader,
    env: Env,
    subject: &Subject,
    t: Timestamp,
) -> ReadRuling {
    ReadRuling::clone(&Clearance::of(state, policy, reader, t).subject(env, subject))
}

/// The subjects that the words of a denial name: rules say which input was unknown, or which grant had run out.
fn named_in_reason(denial: &Denial) -> impl Iterator<Item = Subject> {
    let apart = |c: char| c.is_whitespace() || c == ';' || c == '`' || c == '"' || c == '(' || c == ')';
    let words = denial.reason.as_str().split(apart);
    words.filter_map(|word| word.trim_end_matches([',', ':', '.']).parse().ok())
}

#[cfg(test)]
mod tests;
