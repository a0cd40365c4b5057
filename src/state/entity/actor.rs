//! Actors, their roles and their keys.

use crate::{
    crypto::{Algorithm, KeyError, PublicKey},
    event::{ActorId, Bytes, Digest, Env, RoleId, Subject, Timestamp, body::KeyAlgorithm},
    state::cell::{Cell, cells},
};

cells!(
    /// An enrolled person or service.
    ActorState {
        /// The log index at which it was enrolled.
        enrolled: u64,
        /// The thumbprints of its keys, revoked ones included, in the order of enrolment.
        keys: Vec<Digest>,
        /// Its roles, an entry a role and environment; some may have run out.
        roles: Vec<RoleSpan>,
        /// The break-glass grants that it opened and nobody else has reviewed.
        emergencies: Vec<Subject>,
        /// How many refusals of it were recorded lately.
        denials: Denials,
    }
);

cells!(
    /// A role in one environment, for a time.
    RoleSpan {
        /// The role.
        role: RoleId,
        /// The environment in which it holds.
        env: Env,
        /// It holds while `t < until`; without end when absent.
        until: Option<Timestamp>,
    }
);

cells!(
    /// The recorded refusals of one actor in the last minute in which there was one.
    Denials {
        /// The minute: milliseconds of the ledger's time divided by 60,000.
        minute: u64,
        /// How many were recorded in it.
        count: u32,
    }
);

impl RoleSpan {
    /// Whether the role holds in `env` at `t`.
    #[must_use]
    pub fn holds(&self, env: Env, t: Timestamp) -> bool {
        self.env == env && self.until.is_none_or(|until| t < until)
    }
}

impl ActorState {
    pub(in crate::state) fn new(enrolled: u64) -> Self {
        Self {
            enrolled,
            keys: Vec::new(),
            roles: Vec::new(),
            emergencies: Vec::new(),
            denials: Denials { minute: 0, count: 0 },
        }
    }
}

/// A key, whose it is, and the log indices at which it is valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyState {
    /// Whose key it is.
    pub actor: ActorId,
    /// What it signs with.
    pub algorithm: KeyAlgorithm,
    /// The public key as the algorithm writes it.
    pub public: Bytes,
    /// The first log index at which it is valid: the one after the record that enrolled it.
    pub from_index: u64,
    /// The first log index at which it is valid no longer: the one after the record that revoked it.
    pub revoked_at: Option<u64>,
    /// The first log index at which it may have been in foreign hands; flags records, alters no decision.
    pub suspect_since: Option<u64>,
}

impl KeyState {
    /// Whether the key is valid at a log index: `from_index <= index < revoked_at`.
    #[must_use]
    pub fn is_valid_at(&self, index: u64) -> bool {
        self.from_index <= index && self.revoked_at.is_none_or(|end| index < end)
    }

    /// The key ready for verification. Decompressing the point costs microseconds: keep what this returns.
    ///
    /// # Errors
    /// Those of [`PublicKey::from_raw`]; a key that was enrolled under the rules gives none.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        let KeyAlgorithm::Ed25519 = self.algorithm;
        PublicKey::from_raw(Algorithm::Ed25519, &self.public.0)
    }
}

impl Cell for KeyState {
    fn write(&self, out: &mut Vec<u8>) {
        let KeyAlgorithm::Ed25519 = self.algorithm;
        self.actor.write(out);
        0u8.write(out);
        self.public.write(out);
        self.from_index.write(out);
        self.revoked_at.write(out);
        self.suspect_since.write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            actor: ActorId::read(bytes)?,
            algorithm: (u8::read(bytes)? == 0).then_some(KeyAlgorithm::Ed25519)?,
            public: Bytes::read(bytes)?,
            from_index: u64::read(bytes)?,
            revoked_at: Option::read(bytes)?,
            suspect_since: Option::read(bytes)?,
        })
    }
}
