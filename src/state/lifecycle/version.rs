//! The life of a model version or a prompt version:
//! registered → evaluated → approved → promoted (dev → staging → prod) → deployed → rolled back or retired.

use super::Gap;
use crate::{
    event::{Body, Env, Event, Subject, SubjectKind, body::CheckOutcome},
    state::{State, SubjectState, Version},
};

/// A step in the life of a version, the same for models and prompts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// It exists.
    Registered,
    /// It was measured, with this outcome.
    Evaluated(CheckOutcome),
    /// Somebody other than its makers reviewed it.
    Approved,
    /// It may serve in the event's environment.
    Promoted,
    /// It serves there.
    Deployed,
    /// Another serves in its place.
    RolledBack,
    /// It is used no longer.
    Retired,
}

impl Step {
    /// The step that an event's body records, if it records one.
    #[must_use]
    pub fn of(body: &Body) -> Option<Self> {
        match body {
            Body::ModelRegistered(_) | Body::PromptRegistered(_) => Some(Self::Registered),
            Body::ModelEvaluated(body) => Some(Self::Evaluated(body.outcome)),
            Body::PromptEvaluated(body) => Some(Self::Evaluated(body.outcome)),
            Body::ModelApproved(_) | Body::PromptApproved(_) => Some(Self::Approved),
            Body::ModelPromoted(_) | Body::PromptPromoted(_) => Some(Self::Promoted),
            Body::ModelDeployed(_) | Body::PromptDeployed(_) => Some(Self::Deployed),
            Body::ModelRolledBack(_) | Body::PromptRolledBack(_) => Some(Self::RolledBack),
            Body::ModelRetired(_) => Some(Self::Retired),
            _ => None,
        }
    }
}

/// What the digest of a version is the digest of.
fn what(subject: &Subject) -> &'static str {
    if subject.kind() == SubjectKind::Prompt { "template" } else { "artifact" }
}

/// The environment from which one is promoted.
fn before(env: Env) -> Option<Env> {
    match env {
        Env::Dev => None,
        Env::Staging => Some(Env::Dev),
        Env::Prod => Some(Env::Staging),
    }
}

impl State {
    pub(super) fn may_version(&self, event: &Event, step: Step, version: Option<&Version>) -> Result<(), Gap> {
        let subject = || event.subject.clone();
        let env = event.policy_env();
        let known = version.and_then(|version| Some((version, version.registered?)));
        let (version, index) = match known {
            None if step == Step::Registered => return Ok(()),
            None => return Err(Gap::NotRegistered { subject: subject() }),
            Some(known) => known,
        };
        if step == Step::Registered {
            return Err(Gap::Registered { subject: subject(), index });
        }
        let what = what(&event.subject);
        if let (Some(registered), Some(given)) = (version.digest, event.body.artifact())
            && registered != given
        {
            return Err(Gap::OtherDigest { subject: subject(), what, registered, given });
        }
        if version.retired.has(env) {
            return Err(Gap::Retired { subject: subject(), env });
        }
        match step {
            Step::Registered | Step::Evaluated(_) | Step::Retired => Ok(()),
            Step::Approved => version.is_evaluated(event),
            Step::Promoted => version.may_be_promoted(event, env),
            Step::Deployed if version.promoted.has(env) => Ok(()),
            Step::Deployed => Err(Gap::NotPromoted { subject: subject(), env }),
            Step::RolledBack => self.may_roll_back(event, version, env),
        }
    }

    /// To an earlier version of the same thing that was promoted there and is not retired.
    fn may_roll_back(&self, event: &Event, version: &Version, env: Env) -> Result<(), Gap> {
        let to = match &event.body {
            Body::ModelRolledBack(body) => &body.to,
            Body::PromptRolledBack(body) => &body.to,
            _ => return Ok(()),
        };
        let subject = event.subject.clone();
        if to.kind() != subject.kind() || to.name() != subject.name() || *to == subject {
            return Err(Gap::NotAVersion { subject, to: to.clone() });
        }
        if !version.deployed.has(env) {
            return Err(Gap::NotDeployed { subject, env });
        }
        let target = self.subject(to).and_then(SubjectState::version);
        match target {
            Some(target) if target.retired.has(env) => Err(Gap::Retired { subject: to.clone(), env }),
            Some(target) if target.promoted.has(env) => Ok(()),
            _ => Err(Gap::NotPromoted { subject: to.clone(), env }),
        }
    }
}

impl Version {
    fn is_evaluated(&self, event: &Event) -> Result<(), Gap> {
        let subject = event.subject.clone();
        let digest = self.digest.or_else(|| event.body.artifact());
        match (self.evaluated, digest) {
            (Some(CheckOutcome::Fail), _) => Err(Gap::EvaluationFailed { subject }),
            (None, Some(digest)) => Err(Gap::NotEvaluated { what: what(&subject), subject, digest }),
            _ => Ok(()),
        }
    }

    fn may_be_promoted(&self, event: &Event, env: Env) -> Result<(), Gap> {
        self.is_evaluated(event)?;
        let subject = event.subject.clone();
        let from = match &event.body {
            Body::ModelPromoted(body) => body.from,
            Body::PromptPromoted(body) => body.from,
            _ => None,
        };
        if let (false, Some(digest)) = (self.approved.has(env), self.digest) {
            return Err(Gap::NotApproved { what: what(&subject), subject, env, digest });
        }
        match (before(env), from) {
            (before, Some(from)) if before != Some(from) => Err(Gap::WrongFrom { subject, from, env }),
            (Some(before), _) if !self.promoted.has(before) => Err(Gap::NotPromoted { subject, env: before }),
            _ => Ok(()),
        }
    }
}
