//! Facts about the ledger itself: origin, policy, plugins.

use crate::{
    event::{ActorId, Bytes, Digest, Env, Event, Subject, Text, body::Stage},
    state::cell::cells,
};

cells!(
    /// What `ledger.created` said, and the policy in force since.
    Facts {
        /// The log's origin line; absent before `ledger.created`.
        origin: Option<Text>,
        /// How many different officers must approve a policy.
        quorum: u32,
        /// The officers named at the ledger's creation.
        first_officers: Vec<ActorId>,
        /// The digest of the policy bundle in force.
        policy: Option<Digest>,
        /// The log index after which it is in force.
        policy_since: u64,
    }
);

impl Facts {
    /// Of a log with no record.
    pub(in crate::state) const EMPTY: Self =
        Self { origin: None, quorum: 0, first_officers: Vec::new(), policy: None, policy_since: 0 };
}

cells!(
    /// A policy bundle that was put forward.
    Proposal {
        /// The log index of the first proposal.
        proposed: u64,
        /// Everybody who put it forward; none of them may approve it.
        proposers: Vec<ActorId>,
        /// The officers who approved it, each once.
        approvals: Vec<ActorId>,
        /// The log index after which it came into force.
        adopted: Option<u64>,
    }
);

cells!(
    /// A plugin bound to settings and a scope.
    Binding {
        /// The plugin.
        plugin: Subject,
        /// Its component.
        component: Digest,
        /// The log index of the record that bound it.
        index: u64,
        /// The position of the event in that record.
        position: u32,
        /// Who bound it.
        bound_by: ActorId,
        /// What it does with a rejection.
        mode: Stage,
        /// A fault lets the event pass.
        fail_open: bool,
        /// Its settings as the plugin gets them: JSON without white space, names in the order of their bytes.
        settings: Bytes,
        /// The kinds that it judges; none means all.
        kinds: Vec<Text>,
        /// The subjects, exact or `kind/*`; none means all.
        subjects: Vec<Text>,
        /// The environments; none means all.
        environments: Vec<Env>,
        /// The log index after which it is in effect.
        approved: Option<u64>,
        /// The log index after which it is so no longer.
        unbound: Option<u64>,
        /// A monitor's alone: how far it has looked, by its last mark.
        mark: Option<Mark>,
    }
);

cells!(
    /// How far a monitor has looked.
    Mark {
        /// The log index of the record that it looks at next.
        next: u64,
        /// The root of what it remembers.
        state: Digest,
        /// Events that it was shown.
        shown: u64,
        /// Events that it failed on.
        faults: u64,
    }
);

impl Binding {
    /// Whether the binding is in effect after the last record folded.
    #[must_use]
    pub fn is_in_effect(&self) -> bool {
        self.approved.is_some() && self.unbound.is_none()
    }

    /// Whether an event is within its scope. What has no environment counts as `prod`, as policy has it.
    #[must_use]
    pub fn covers(&self, event: &Event) -> bool {
        let kind = event.kind();
        let subject = event.subject.as_str();
        let matches = |pattern: &Text| match pattern.as_str().strip_suffix('*') {
            Some(prefix) => subject.starts_with(prefix),
            None => pattern.as_str() == subject,
        };
        (self.kinds.is_empty() || self.kinds.iter().any(|own| own.as_str() == kind.as_str()))
            && (self.subjects.is_empty() || self.subjects.iter().any(matches))
            && (self.environments.is_empty() || self.environments.contains(&event.policy_env()))
    }

    /// Its settings as text.
    #[must_use]
    pub fn settings_text(&self) -> &str {
        std::str::from_utf8(&self.settings.0).unwrap_or("{}")
    }
}
