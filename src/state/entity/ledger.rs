//! Facts about the ledger itself: origin, policy, plugins.

use crate::{
    event::{ActorId, Digest, Subject, Text},
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
    /// A plugin bound to settings and a scope; the record at `index` holds them.
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
        /// The log index after which it is in effect.
        approved: Option<u64>,
        /// The log index after which it is so no longer.
        unbound: Option<u64>,
    }
);

impl Binding {
    /// Whether the binding is in effect after the last record folded.
    #[must_use]
    pub fn is_in_effect(&self) -> bool {
        self.approved.is_some() && self.unbound.is_none()
    }
}
