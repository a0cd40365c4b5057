//! Lifecycles: which step may follow which. [`State::may`] says whether an event is the next step of its subject's
//! life, and if not, which step is missing and what to record next.

mod gap;
mod version;

pub use gap::Gap;
pub use version::Step;

use super::{GrantStatus, Life, RunStage, State, SubjectState};
use crate::event::{ActorId, Body, Event, Subject, Timestamp};

impl State {
    /// Whether `event`, signed by `actor` at `t`, is a step that may follow in its subject's life. Kinds without a
    /// lifecycle always may.
    ///
    /// # Errors
    /// The step that is missing, or why there is none.
    pub fn may(&self, event: &Event, actor: &ActorId, t: Timestamp) -> Result<(), Gap> {
        let subject = &event.subject;
        let state = self.subject(subject);
        if let Some(step) = Step::of(&event.body) {
            return self.may_version(event, step, state.and_then(SubjectState::version));
        }
        match &event.body {
            Body::DatasetRegistered(_) | Body::DatasetValidated(_) | Body::DatasetRetired(_) => {
                may_dataset(event, state.map(|state| &state.life))
            }
            Body::RunStarted(_) | Body::RunCompleted(_) | Body::RunFailed(_) | Body::RunAborted(_) => {
                may_run(event, state)
            }
            Body::AlertRaised(_) | Body::AlertResolved(_) => may_alert(event, state),
            Body::AccessRequested(_)
            | Body::AccessGranted(_)
            | Body::AccessChanged(_)
            | Body::AccessRevoked(_)
            | Body::BreakglassOpened(_)
            | Body::BreakglassReviewed(_) => self.may_grant(event, t),
            body => self.may_ledger(event, body, actor, t),
        }
    }

    fn may_grant(&self, event: &Event, t: Timestamp) -> Result<(), Gap> {
        let subject = event.subject.clone();
        let grant = self.grant(&subject);
        let status = grant.map(|grant| grant.status(t));
        let unknown = |missing, next| Gap::First { subject: subject.clone(), missing, next };
        let over = |stage, next| Err(Gap::Already { subject: subject.clone(), stage, next });
        match (&event.body, status) {
            (Body::AccessRequested(_) | Body::BreakglassOpened(_), None) => Ok(()),
            (Body::AccessRequested(_) | Body::BreakglassOpened(_), Some(_)) => {
                over("in use", "give the new grant a name of its own")
            }
            (Body::BreakglassReviewed(_), _) => match grant {
                Some(grant) if grant.breakglass && grant.reviewed_by.is_none() => Ok(()),
                Some(grant) if grant.breakglass => over("reviewed", "one review is enough"),
                _ => Err(unknown("was not opened in an emergency", "`breakglass.opened` comes first")),
            },
            (_, None) => Err(unknown("was not requested", "`access.requested` comes first")),
            (Body::AccessGranted(_), Some(GrantStatus::Requested)) => Ok(()),
            (Body::AccessGranted(_), Some(_)) => over("granted", "record `access.changed`, or request a new grant"),
            (_, Some(GrantStatus::Requested)) => Err(unknown("is not granted", "`access.granted` comes first")),
            (_, Some(GrantStatus::Live)) => Ok(()),
            (_, Some(GrantStatus::Expired)) => over("expired", "request a new grant"),
            (_, Some(GrantStatus::Revoked)) => over("revoked", "request a new grant"),
        }
    }

    fn may_ledger(&self, event: &Event, body: &Body, actor: &ActorId, t: Timestamp) -> Result<(), Gap> {
        let subject = || event.subject.clone();
        let first = |missing, next| Err(Gap::First { subject: subject(), missing, next });
        let already = |stage, next| Err(Gap::Already { subject: subject(), stage, next });
        match body {
            Body::RoleRemoved(body) => {
                let has = super::actor_of(&event.subject)
                    .is_some_and(|about| self.roles(&about, event.policy_env(), t).any(|role| *role == body.role));
                if has {
                    Ok(())
                } else {
                    first("does not have the role in this environment", "see who has it with `sagwan actor`")
                }
            }
            Body::PolicyProposed(body) if self.policy() == Some(body.bundle) => {
                already("in force", "nothing is left to do")
            }
            Body::PolicyProposed(body) => match self.proposal(&body.bundle) {
                Some(proposal) if proposal.adopted.is_none() => {
                    already("proposed", "record `policy.approved`, by another officer")
                }
                _ => Ok(()),
            },
            Body::PolicyApproved(body) => match self.proposal(&body.bundle) {
                None => {
                    first("was not proposed with this bundle", "`policy.proposed` with the same digest comes first")
                }
                Some(proposal) if proposal.adopted.is_some() => {
                    already("approved by the quorum", "propose it again to bring it back into force")
                }
                Some(proposal) if proposal.approvals.contains(actor) => {
                    already("approved by this officer", "the quorum asks for another officer")
                }
                Some(_) => Ok(()),
            },
            Body::PluginPublished(body) if self.publishes(&event.subject, &body.component) => {
                already("published with this component", "record `plugin.bound` to use it")
            }
            Body::PluginBound(body) if !self.publishes(&event.subject, &body.component) => {
                first("is not published with this component", "`plugin.published` with the same digest comes first")
            }
            Body::PluginApproved(body) => match self.bindings_of(&body.binding) {
                [] => first("has no such binding", "`plugin.bound` comes first; name the identity of its statement"),
                list if list.iter().all(|one| one.approved.is_some() || one.unbound.is_some()) => {
                    already("approved or unbound in this binding", "record `plugin.bound` for a new one")
                }
                _ => Ok(()),
            },
            Body::PluginUnbound(body) => match self.bindings_of(&body.binding) {
                [] => first("has no such binding", "name the identity of the statement that bound it"),
                list if list.iter().all(|one| one.unbound.is_some()) => already("unbound", "nothing is left to do"),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn publishes(&self, plugin: &Subject, component: &crate::event::Digest) -> bool {
        match self.subject(plugin).map(|state| &state.life) {
            Some(Life::Plugin(plugin)) => plugin.components.iter().any(|own| own.component == *component),
            _ => false,
        }
    }
}

fn may_dataset(event: &Event, life: Option<&Life>) -> Result<(), Gap> {
    let subject = event.subject.clone();
    let dataset = match life {
        Some(Life::Dataset(dataset)) => Some(dataset),
        _ => None,
    };
    let registered = dataset.and_then(|dataset| dataset.registered);
    match (&event.body, dataset, registered) {
        (Body::DatasetRegistered(_), _, Some(index)) => Err(Gap::Registered { subject, index }),
        (Body::DatasetRegistered(_), _, None) => Ok(()),
        (_, Some(dataset), Some(_)) if dataset.retired.has(event.policy_env()) => {
            Err(Gap::Retired { subject, env: event.policy_env() })
        }
        (_, _, Some(_)) => Ok(()),
        (_, _, None) => Err(Gap::NotRegistered { subject }),
    }
}

fn may_run(event: &Event, state: Option<&SubjectState>) -> Result<(), Gap> {
    let subject = event.subject.clone();
    let stage = match state.map(|state| &state.life) {
        Some(Life::Run(run)) => run.stage,
        _ => RunStage::Known,
    };
    let starts = matches!(event.body, Body::RunStarted(_));
    match (starts, stage) {
        (true, RunStage::Known) | (false, RunStage::Started) => Ok(()),
        (false, RunStage::Known) => {
            Err(Gap::First { subject, missing: "was not started", next: "`run.started` comes first" })
        }
        (_, stage) => Err(Gap::Already { subject, stage: stage.as_str(), next: "give the next run a name of its own" }),
    }
}

fn may_alert(event: &Event, state: Option<&SubjectState>) -> Result<(), Gap> {
    let subject = event.subject.clone();
    let resolved = match state.map(|state| &state.life) {
        Some(Life::Alert(resolved)) => Some(*resolved),
        _ => None,
    };
    match (matches!(event.body, Body::AlertRaised(_)), resolved) {
        (true, None) | (false, Some(false)) => Ok(()),
        (true, Some(_)) => Err(Gap::Already { subject, stage: "raised", next: "give the new alert a name of its own" }),
        (false, None) => Err(Gap::First { subject, missing: "was not raised", next: "`alert.raised` comes first" }),
        (false, Some(true)) => {
            Err(Gap::Already { subject, stage: "resolved", next: "raise a new alert if it is back" })
        }
    }
}
