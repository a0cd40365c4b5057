//! What stands where: subjects, actors, grants, the policy.

use super::{
    super::{GrantFilter, HeldGrant, HeldRole, Moment, RoleFilter, error::LedgerError},
    Seen, Viewer, Warnings,
    trace::Touched,
};
use crate::{
    event::{ActorId, Env, Subject},
    policy::Policy,
    state::{ActorState, EnvSet, State, SubjectState},
};
use std::sync::Arc;

/// The policy in force as an object of the policy.
const IN_FORCE: &str = "policy/in-force";

impl Viewer<'_> {
    /// Where a subject stands, as `view` makes it of its state and the environments that the reader may see: what holds
    /// in others is to be left out.
    ///
    /// # Errors
    /// [`LedgerError::NotForYou`] when no record is about it, and when the reader may read none of them;
    /// [`LedgerError::Unrecorded`].
    pub fn subject<T>(
        &self,
        subject: &Subject,
        view: impl FnOnce(&SubjectState, EnvSet) -> T,
    ) -> Result<Seen<T>, LedgerError> {
        let mut warnings = Warnings::default();
        let mut touched = Touched::default();
        let found = self.look(|state, mut clearance| {
            let known = state.subject(subject);
            let (envs, ruling) = clearance.summary(subject, known);
            let known = known.filter(|_| !envs.is_empty())?;
            warnings.add(&ruling);
            touched.subject(subject, known, envs);
            Some(view(known, envs))
        })?;
        let found = found.ok_or_else(|| self.not_found(format!("subject {subject}")))?;
        self.trace(touched, &format!("read subject {subject}"))?;
        Ok(warnings.with(found))
    }

    /// Every subject that the reader may see, in the order of the names; `view` says `None` to those not asked for.
    ///
    /// # Errors
    /// [`LedgerError::Unrecorded`] and [`LedgerError::Stopped`].
    pub fn subjects<T>(
        &self,
        mut view: impl FnMut(&Subject, &SubjectState, EnvSet) -> Option<T>,
    ) -> Result<Seen<Vec<T>>, LedgerError> {
        let mut warnings = Warnings::default();
        let mut touched = Touched::default();
        let mut found = self.look(|state, mut clearance| {
            let mut found = Vec::new();
            for (subject, known) in state.subjects() {
                let (envs, ruling) = clearance.summary(subject, Some(known));
                if envs.is_empty() {
                    continue;
                }
                if let Some(seen) = view(subject, known, envs) {
                    warnings.add(&ruling);
                    touched.subject(subject, known, envs);
                    found.push((subject.clone(), seen));
                }
            }
            found
        })?;
        found.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
        self.trace(touched, "list subjects")?;
        Ok(warnings.with(found.into_iter().map(|(_, seen)| seen).collect()))
    }

    /// One actor.
    ///
    /// # Errors
    /// [`LedgerError::NotForYou`] when he is not enrolled, and when the reader may not read about him.
    pub fn actor<T>(
        &self,
        actor: &ActorId,
        view: impl FnOnce(&State, &ActorState) -> T,
    ) -> Result<Seen<T>, LedgerError> {
        let mut warnings = Warnings::default();
        let found = self.look(|state, mut clearance| {
            let ruling = clearance.actor(actor);
            let known = state.actor(actor).filter(|_| ruling.is_answered())?;
            warnings.add(&ruling);
            Some(view(state, known))
        })?;
        found.map(|seen| warnings.with(seen)).ok_or_else(|| self.not_found(format!("actor {actor}")))
    }

    /// Every actor that the reader may read about, in the order of the names.
    ///
    /// # Errors
    /// [`LedgerError::Stopped`].
    pub fn actors<T>(
        &self,
        mut view: impl FnMut(&State, &ActorId, &ActorState) -> T,
    ) -> Result<Seen<Vec<T>>, LedgerError> {
        let mut warnings = Warnings::default();
        let found = self.look(|state, mut clearance| {
            let mut found = Vec::new();
            for (actor, known) in state.actors() {
                let ruling = clearance.actor(actor);
                if ruling.is_answered() {
                    warnings.add(&ruling);
                    found.push(view(state, actor, known));
                }
            }
            found
        })?;
        Ok(warnings.with(found))
    }

    /// The grants of a moment that a filter lets pass and the reader may read, in the order of their names.
    ///
    /// # Errors
    /// Those of [`super::super::Ledger::grants_of`], and [`LedgerError::Unrecorded`].
    pub fn grants(&self, moment: Moment, filter: &GrantFilter) -> Result<Seen<Vec<HeldGrant>>, LedgerError> {
        let mut found = self.ledger.grants_of(moment, filter)?;
        let mut warnings = Warnings::default();
        let mut touched = Touched::default();
        self.look(|state, mut clearance| {
            found.retain(|held| {
                let ruling = clearance.grant(&held.name, &held.grant);
                if ruling.is_answered() {
                    warnings.add(&ruling);
                    touched.named(state, &held.grant.subjects, held.grant.env);
                }
                ruling.is_answered()
            });
        })?;
        self.trace(touched, "list grants")?;
        Ok(warnings.with(found))
    }

    /// The roles of a moment that a filter lets pass, of actors about whom the reader may read.
    ///
    /// # Errors
    /// Those of [`super::super::Ledger::roles_of`].
    pub fn roles(&self, moment: Moment, filter: &RoleFilter) -> Result<Seen<Vec<HeldRole>>, LedgerError> {
        let mut found = self.ledger.roles_of(moment, filter)?;
        let mut warnings = Warnings::default();
        let (mut clearance, ()) = self.clearance(|_| ())?;
        found.retain(|held| {
            let ruling = clearance.actor(&held.actor);
            if ruling.is_answered() {
                warnings.add(&ruling);
            }
            ruling.is_answered()
        });
        Ok(warnings.with(found))
    }

    /// The policy in force, if the reader may read policies in `prod`; with what `view` finds in the state beside it.
    ///
    /// # Errors
    /// [`LedgerError::NotForYou`], and those of [`super::super::Ledger::policy`].
    pub fn policy<T>(&self, view: impl FnOnce(&State) -> T) -> Result<Seen<(Arc<Policy>, T)>, LedgerError> {
        let not_found = || self.not_found("the policy".into());
        let subject: Subject = IN_FORCE.parse().map_err(|error| LedgerError::Own(format!("{error}")))?;
        let (mut clearance, found) = self.clearance(view)?;
        let ruling = clearance.subject(Env::Prod, &subject);
        if !ruling.is_answered() {
            return Err(not_found());
        }
        let mut warnings = Warnings::default();
        warnings.add(&ruling);
        Ok(warnings.with((self.ledger.policy()?, found)))
    }
}
