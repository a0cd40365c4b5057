//! Grants of access: requested → granted → changed → revoked or expired; break-glass: opened → reviewed.

use crate::{
    event::{ActorId, Env, Subject, Text, Timestamp},
    state::cell::cells,
};

cells!(
    /// A right of access. What it allows changes with its terms; the terms of the past are kept, so that a reader can
    /// ask who held what at a time.
    Grant {
        /// The environment in which it holds.
        env: Env,
        /// Who asked for it; absent when it was granted without having been asked for.
        requested_by: Option<ActorId>,
        /// Who may use it; absent until it is granted.
        holder: Option<ActorId>,
        /// Who granted it; for break-glass the holder himself.
        granted_by: Option<ActorId>,
        /// What may be used. A subject without version means every version of it.
        subjects: Vec<Subject>,
        /// What may be done with it; none means `use`.
        actions: Vec<Text>,
        /// The purpose asked for.
        purpose: Text,
        /// The end asked for.
        until: Timestamp,
        /// What was granted, and every change of it, in the order of time.
        terms: Vec<Term>,
        /// When it was revoked.
        revoked: Option<Timestamp>,
        /// It was opened in an emergency by its holder.
        breakglass: bool,
        /// Who reviewed the emergency.
        reviewed_by: Option<ActorId>,
    }
);

cells!(
    /// Until when and what for a grant holds, from a time on.
    Term {
        /// The ledger's time of the record that set it.
        from: Timestamp,
        /// The grant holds while `t < until`.
        until: Timestamp,
        /// What for.
        purpose: Text,
    }
);

/// Where a grant stands at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GrantStatus {
    /// Asked for, not granted.
    Requested,
    /// It holds.
    Live,
    /// Its time has run out.
    Expired,
    /// It was revoked before.
    Revoked,
}

impl Grant {
    /// The terms that were in effect at `t`, if the grant had any by then.
    #[must_use]
    pub fn term(&self, t: Timestamp) -> Option<&Term> {
        self.terms.iter().rev().find(|term| term.from <= t)
    }

    /// Where the grant stands at `t`.
    #[must_use]
    pub fn status(&self, t: Timestamp) -> GrantStatus {
        match self.term(t) {
            None => GrantStatus::Requested,
            Some(_) if self.revoked.is_some_and(|end| end <= t) => GrantStatus::Revoked,
            Some(term) if t < term.until => GrantStatus::Live,
            Some(_) => GrantStatus::Expired,
        }
    }

    /// Whether it is about `subject`: named exactly, or every version of it.
    #[must_use]
    pub fn covers(&self, subject: &Subject) -> bool {
        self.subjects.iter().any(|own| {
            own == subject
                || (own.version().is_none()
                    && subject.as_str().strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with('@')))
        })
    }

    /// Whether it allows `action`.
    #[must_use]
    pub fn allows(&self, action: &str) -> bool {
        if self.actions.is_empty() { action == "use" } else { self.actions.iter().any(|own| own.as_str() == action) }
    }
}
