//! Grants and break-glass.

use crate::{
    event::{ActorId, Body, Event, Subject, Text, Timestamp},
    state::{Grant, GrantStatus, Life, Position, State, Term},
};

impl State {
    /// Whether the event was one of these.
    pub(super) fn fold_access(&mut self, at: Position, actor: &ActorId, event: &Event, body: &Body) -> bool {
        let grant = &event.subject;
        match body {
            Body::AccessRequested(body) if self.grant(grant).is_none() => {
                let mut made = ask(event, &body.purpose, body.until, &body.actions);
                made.requested_by = Some(actor.clone());
                self.change(grant, |life| *life = Life::Grant(Box::new(made)));
            }
            Body::AccessGranted(body) => {
                let fresh = ask(event, &body.purpose, body.until, &body.actions);
                self.change_grant(event, fresh, |grant| {
                    if !grant.terms.is_empty() {
                        return;
                    }
                    grant.holder = Some(body.to.clone());
                    grant.granted_by = Some(actor.clone());
                    grant.subjects = event.inputs.iter().map(|input| input.subject.clone()).collect();
                    grant.actions.clone_from(&body.actions);
                    grant.terms.push(Term { from: at.t, until: body.until, purpose: body.purpose.clone() });
                });
            }
            Body::AccessChanged(body) => self.edit_grant(event, |grant| {
                if let (Some(last), None) = (grant.terms.last(), grant.revoked) {
                    let purpose = body.purpose.as_ref().unwrap_or(&last.purpose).clone();
                    grant.terms.push(Term { from: at.t, until: body.until, purpose });
                }
            }),
            Body::AccessRevoked(_) => self.edit_grant(event, |grant| {
                grant.revoked = grant.revoked.or(Some(at.t));
            }),
            Body::BreakglassOpened(body) if self.grant(grant).is_none() => {
                let mut made = ask(event, &body.purpose, body.until, &[]);
                made.requested_by = Some(actor.clone());
                made.holder = Some(actor.clone());
                made.granted_by = Some(actor.clone());
                made.breakglass = true;
                made.terms.push(Term { from: at.t, until: body.until, purpose: body.purpose.clone() });
                self.change(grant, |life| *life = Life::Grant(Box::new(made)));
                self.actors.edit(actor, |actor| actor.emergencies.push(grant.clone()));
            }
            Body::BreakglassReviewed(_) => self.fold_reviewed(actor, event),
            Body::AccessRequested(_) | Body::BreakglassOpened(_) => {}
            _ => return false,
        }
        if !matches!(body, Body::AccessRequested(_) | Body::BreakglassReviewed(_)) {
            self.note_holding(at, grant);
        }
        true
    }

    /// Keeps the holder's list of grants at hand: those that hold now, and none that has ended.
    fn note_holding(&mut self, at: Position, grant: &Subject) {
        let Some(holder) = self.grant(grant).and_then(|grant| grant.holder.clone()) else { return };
        let subjects = &self.subjects;
        let holds = |name: &Subject| {
            let life = subjects.get(name).map(|state| &state.life);
            matches!(life, Some(Life::Grant(grant)) if grant.status(at.t) == GrantStatus::Live)
        };
        self.holdings.change(&holder, Vec::new, |held| {
            held.retain(|own| own != grant && holds(own));
            if holds(grant) {
                held.push(grant.clone());
            }
        });
    }

    /// A review counts when it comes from somebody other than the holder.
    fn fold_reviewed(&mut self, actor: &ActorId, event: &Event) {
        let Some(holder) =
            self.grant(&event.subject).filter(|grant| grant.breakglass).and_then(|grant| grant.holder.clone())
        else {
            return;
        };
        if holder == *actor {
            return;
        }
        self.edit_grant(event, |grant| grant.reviewed_by = grant.reviewed_by.take().or_else(|| Some(actor.clone())));
        self.actors.edit(&holder, |holder| holder.emergencies.retain(|open| *open != event.subject));
    }

    fn edit_grant(&mut self, event: &Event, change: impl FnOnce(&mut Grant)) {
        self.subjects.edit(&event.subject, |state| {
            if let Life::Grant(grant) = &mut state.life {
                change(grant);
            }
        });
    }

    /// Changes a grant; one that nobody asked for is made as `fresh`.
    fn change_grant(&mut self, event: &Event, fresh: Grant, change: impl FnOnce(&mut Grant)) {
        self.change(&event.subject, |life| {
            if matches!(life, Life::Known) {
                *life = Life::Grant(Box::new(fresh));
            }
            if let Life::Grant(grant) = life {
                change(grant);
            }
        });
    }
}

fn ask(event: &Event, purpose: &Text, until: Timestamp, actions: &[Text]) -> Grant {
    Grant {
        env: event.policy_env(),
        requested_by: None,
        holder: None,
        granted_by: None,
        subjects: event.inputs.iter().map(|input| input.subject.clone()).collect(),
        actions: actions.to_vec(),
        purpose: purpose.clone(),
        until,
        terms: Vec::new(),
        revoked: None,
        breakglass: false,
        reviewed_by: None,
    }
}
