//! The ledger about itself: actors, keys, roles, policies, plugins, denials, seals.

use super::{body, words};
use crate::event::{ActorId, Bytes, Digest, Env, RoleId, Subject, Text, Timestamp, Value};
use serde::{Deserialize, Serialize};

words!(
    /// The signature algorithm of a key.
    KeyAlgorithm {
        /// Ed25519 (RFC 8032).
        Ed25519 = "ed25519",
    }
);

/// A public key and the algorithm it is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// The algorithm.
    pub algorithm: KeyAlgorithm,
    /// The public key as the algorithm writes it (Ed25519: 32 bytes).
    pub public: Bytes,
}

/// An officer named at the ledger's creation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Who.
    pub actor: ActorId,
    /// The officer's first key.
    pub key: KeyEntry,
}

body!(
    /// The first record: who may begin, and which keys the log signs with.
    LedgerCreated {
        have {
            /// The log's origin line (C2SP tlog-checkpoint).
            origin: Text,
            /// The first officers; each gets `role:governance-officer` in every environment.
            officers: Vec<Officer>,
            /// How many different officers must approve a policy.
            quorum: u32,
            /// The log's keys.
            keys: Vec<KeyEntry>,
            /// The policy bundle in force from the start.
            policy: Digest,
        }
    }
);

body!(
    /// An actor may sign from now on.
    ActorEnrolled {
        may {
            /// The actor's first key, with the proof of its possession.
            key: KeyEnrolled,
            /// What the actor does, for people; not who it is.
            title: Text,
        }
    }
);

body!(
    /// A further key of an actor, valid from the next statement on.
    KeyEnrolled {
        have {
            /// The key.
            key: KeyEntry,
            /// The new key's signature over the possession message (docs/format.md).
            possession: Bytes,
        }
    }
);

body!(
    /// A key is valid no longer.
    KeyRevoked {
        have {
            /// The key's thumbprint (RFC 9679).
            kid: Digest,
            /// Why.
            reason: Text,
        }
        may {
            /// The first log index at which the key may have been in foreign hands: flags records, alters no decision.
            suspect_since: u64,
        }
    }
);

body!(
    /// An actor has a role in the event's environment.
    RoleAssigned {
        have {
            /// The role.
            role: RoleId,
        }
        may {
            /// The role holds while `t < until`; it lies ahead.
            until: Timestamp,
            /// Why.
            reason: Text,
        }
    }
);

body!(
    /// An actor has a role no longer.
    RoleRemoved {
        have {
            /// The role.
            role: RoleId,
            /// Why.
            reason: Text,
        }
    }
);

body!(
    /// A policy bundle is put forward.
    PolicyProposed {
        have {
            /// The bundle, which stands in `blobs/`.
            bundle: Digest,
            /// What changes and why.
            reason: Text,
        }
    }
);

body!(
    /// A different officer approves a proposed bundle; with the quorum it is in force.
    PolicyApproved {
        have {
            /// The bundle that was reviewed.
            bundle: Digest,
        }
        may {
            /// What the reviewer found.
            reason: Text,
        }
    }
);

words!(
    /// The worlds of a plugin.
    PluginWorld {
        /// Judges before the commit.
        Validator = "validator",
        /// Watches after it.
        Monitor = "monitor",
    }
);

words!(
    /// How far a rule is enforced.
    Stage {
        /// Recorded; what would have been refused is noted.
        Observe = "observe",
        /// Recorded with a warning.
        Warn = "warn",
        /// Refused.
        Enforce = "enforce",
    }
);

body!(
    /// A WebAssembly component is made known.
    PluginPublished {
        have {
            /// The component, which stands in `blobs/`.
            component: Digest,
            /// Its world.
            world: PluginWorld,
        }
        list {
            /// What it imports.
            capabilities: Text,
        }
    }
);

body!(
    /// A component is bound to settings and a scope.
    PluginBound {
        have {
            /// The component.
            component: Digest,
            /// What it does with a finding.
            mode: Stage,
        }
        may {
            /// Its settings, as the component's schema asks.
            settings: Value,
        }
        list {
            /// The kinds of event it judges; none means all.
            kinds: Text,
            /// The subjects, exact or `kind/*`; none means all.
            subjects: Text,
            /// The environments; none means all. What has no environment counts as `prod`.
            environments: Env,
        }
        flag {
            /// A fault of the plugin lets the event pass; otherwise it refuses it.
            fail_open,
        }
    }
);

body!(
    /// A different officer approves a binding; it takes effect.
    PluginApproved {
        have {
            /// The identity of the statement that bound it.
            binding: Digest,
        }
    }
);

body!(
    /// A binding ends.
    PluginUnbound {
        have {
            /// The identity of the statement that bound it.
            binding: Digest,
            /// Why.
            reason: Text,
        }
    }
);

/// What policy was asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRequest {
    /// The roles that the actor had in the environment.
    pub roles: Vec<RoleId>,
    /// The environment, casbin's domain.
    pub env: Env,
    /// The object: a subject.
    pub object: Subject,
    /// The action.
    pub action: Text,
}

body!(
    /// A refusal, recorded by the ledger in the place of what it refused; or the sum of refusals beyond an actor's budget.
    Denial {
        have {
            /// Who signed what was refused.
            actor: ActorId,
            /// The log index before which the decision was made.
            state: u64,
            /// The rules that refused.
            rules: Vec<Text>,
            /// What they said, and what to do.
            reason: Text,
        }
        may {
            /// The identity of the refused statement.
            statement: Digest,
            /// SHA-256 of the refused bytes as submitted: the vault keeps them under it for a set time.
            bytes: Digest,
            /// When it was signed, as its protected header says.
            signed_at: Timestamp,
            /// The key that signed it.
            kid: Digest,
            /// The kind of the refused event.
            kind: Text,
            /// The position of the refused event in its statement.
            position: u32,
            /// What policy was asked.
            request: PolicyRequest,
            /// How many more refusals of this actor this record sums up.
            suppressed: u64,
        }
        list {
            /// The bindings of the plugins that judged it.
            plugins: SealedPlugin,
            /// What they said.
            verdicts: SealedVerdict,
        }
    }
);

words!(
    /// What the rules said.
    Decision {
        /// Every rule that was asked allowed it.
        Allow = "allow",
        /// A rule refused it, or none allowed it.
        Deny = "deny",
    }
);

words!(
    /// What was done about a decision.
    Outcome {
        /// Recorded.
        Recorded = "recorded",
        /// Recorded with a warning.
        Warned = "warned",
        /// Refused; a denial stands in its place.
        Refused = "refused",
    }
);

words!(
    /// What a plugin said of an event, or why it said nothing.
    VerdictWord {
        /// It does not speak of this event.
        Abstain = "abstain",
        /// The event may be recorded.
        Accept = "accept",
        /// The event must not be recorded.
        Reject = "reject",
        /// It failed, and would fail so again.
        Fault = "fault",
        /// It failed for a reason that lies with the host: a re-run may end otherwise.
        Indeterminate = "indeterminate",
    }
);

/// A binding that judged: component, settings and scope follow from it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedPlugin {
    /// The identity of the statement that bound it.
    pub binding: Digest,
    /// The position of the event in that statement.
    pub position: u32,
    /// The component.
    pub component: Digest,
}

/// What one binding said of an event.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedVerdict {
    /// The row in the table of plugins.
    pub plugin: u32,
    /// What it said.
    pub verdict: VerdictWord,
    /// Why it gave none, in a word such as `fuel`, `memory`, `trap` or `deadline`; absent when it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Text>,
    /// The digest of its findings, which stand in `blobs/` as a deterministic CBOR array; absent when it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Digest>,
    /// The digest of what it asked the ledger and was answered; absent when it asked nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Digest>,
}

/// One row of a seal's table: the decision on a statement, its outcome, and the rules that made it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedDecision {
    /// What the rules said.
    pub decision: Decision,
    /// What was done about it.
    pub outcome: Outcome,
    /// The ids of the rules that made it, in order.
    pub rules: Vec<Text>,
    /// For a signed batch whose events differ: runs `[count, row]` over its events. The row itself then holds the
    /// gravest of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<(u32, u32)>,
    /// What plugins said of it, in the order in which they were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<SealedVerdict>,
}

body!(
    /// The record that closes a batch: what the ledger decided about it, under which rules, at what time.
    Seal {
        have {
            /// The first log index that it covers.
            first: u64,
            /// The seal's own index: it covers `[first, size)`, and `tree` is the root over `[0, size)`.
            size: u64,
            /// The RFC 6962 root over `[0, size)`.
            tree: Digest,
            /// The ledger's time for the whole batch.
            t: Timestamp,
            /// The version of the decision rules.
            rules: u32,
            /// The policy bundle in force.
            policy: Digest,
            /// The distinct decisions of the batch.
            table: Vec<SealedDecision>,
            /// Runs `[count, row]` over the covered statements, in order.
            codes: Vec<(u32, u32)>,
            /// The root of the proved index over `[0, size)` (docs/format.md).
            index: Digest,
        }
        may {
            /// The profile of the engine that ran plugins; absent when none ran.
            engine: Text,
        }
        list {
            /// The bindings of the plugins that judged in the batch.
            plugins: SealedPlugin,
        }
    }
);
