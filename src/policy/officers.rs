//! Whether a policy leaves anybody who may change it.
//!
//! A bundle comes into force by the approvals of officers and of nobody else, and officers are the one role of which the
//! ledger always keeps holders. So a policy under which they may not propose and approve is the last one.

use super::decision::Policy;
use super::look::{Answer, Lens};
use crate::event::Env;
use crate::state::OFFICER;
use std::collections::BTreeSet;

/// Why a policy, once in force, could never be changed again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unchangeable {
    /// What is so.
    pub message: String,
    /// The rules that deny it, in byte order; empty where a rule or the role is missing.
    pub rules: Vec<String>,
}

impl Policy {
    /// What keeps officers from proposing and approving another policy in `prod`, where policies are decided; `None` when
    /// nothing does.
    #[must_use]
    pub fn unchangeable(&self) -> Option<Unchangeable> {
        if self.vocabulary().role(OFFICER).is_none() {
            let message = format!("{OFFICER} is not in the vocabulary, and only its holders bring a policy into force");
            return Some(Unchangeable { message, rules: Vec::new() });
        }
        let lens = Lens::new(self);
        let (mut actions, mut rules) = (Vec::new(), BTreeSet::new());
        for action in ["propose", "approve"] {
            // The subject of a policy may have any name, so one class of names is enough.
            let classes = lens.classes(Env::Prod, "policy", action);
            let looks: Vec<_> = classes.iter().map(|class| lens.look(OFFICER, Env::Prod, class, action)).collect();
            if !looks.iter().any(|look| look.answer() == Answer::Allow) {
                actions.push(action);
                rules.extend(looks.iter().flat_map(|look| &look.deny).map(|id| (*id).to_owned()));
            }
        }
        let message =
            format!("{OFFICER} may not {} policies in prod: no policy could follow this one", actions.join(" or "));
        (!actions.is_empty()).then(|| Unchangeable { message, rules: rules.into_iter().collect() })
    }
}
