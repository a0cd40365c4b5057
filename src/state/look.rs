//! What may be asked of a state.

use super::{ActorState, Binding, Facts, Grant, GrantStatus, KeyState, Life, Proposal, State, SubjectState, Term};
use crate::event::{
    ActorId, Digest, Env, RoleId, Subject, SubjectKind, Text, Timestamp,
    body::{KeyAlgorithm, KeyEntry},
    limits,
};
use sha2::{Digest as _, Sha256};

/// The role that the officers named in `ledger.created` have, in every environment; who holds it in `prod` is an
/// officer, and counts for the quorum.
pub const OFFICER: &str = "role:governance-officer";

const MINUTE_MS: i64 = 60_000;

impl State {
    /// What is known about the ledger itself.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.facts.get(&()).unwrap_or(const { &Facts::EMPTY })
    }

    /// The log's origin line; absent before `ledger.created`.
    #[must_use]
    pub fn origin(&self) -> Option<&Text> {
        self.facts().origin.as_ref()
    }

    /// How many different officers must approve a policy.
    #[must_use]
    pub fn quorum(&self) -> u32 {
        self.facts().quorum
    }

    /// The policy bundle in force.
    #[must_use]
    pub fn policy(&self) -> Option<Digest> {
        self.facts().policy
    }

    /// The proposal of a policy bundle.
    #[must_use]
    pub fn proposal(&self, bundle: &Digest) -> Option<&Proposal> {
        self.proposals.get(bundle)
    }

    /// Every policy bundle that was put forward, in the order of their digests.
    #[must_use]
    pub fn proposals(&self) -> Vec<(&Digest, &Proposal)> {
        sorted(self.proposals.iter())
    }

    /// The plugin bindings that a statement made.
    #[must_use]
    pub fn bindings_of(&self, statement: &Digest) -> &[Binding] {
        self.bindings.get(statement).map_or(&[], Vec::as_slice)
    }

    /// Every plugin binding with the identity of its statement, in the order of these.
    pub fn bindings(&self) -> impl Iterator<Item = (&Digest, &Binding)> {
        sorted(self.bindings.iter()).into_iter().flat_map(|(id, list)| list.iter().map(move |binding| (id, binding)))
    }

    /// An actor, if it is enrolled.
    #[must_use]
    pub fn actor(&self, actor: &ActorId) -> Option<&ActorState> {
        self.actors.get(actor)
    }

    /// Every actor, in the order of their names.
    #[must_use]
    pub fn actors(&self) -> Vec<(&ActorId, &ActorState)> {
        sorted(self.actors.iter())
    }

    /// The officers at `t`, in the order of their names.
    #[must_use]
    pub fn officers(&self, t: Timestamp) -> Vec<&ActorId> {
        let mut officers: Vec<_> = self.actors.iter().map(|(id, _)| id).filter(|id| self.is_officer(id, t)).collect();
        officers.sort_unstable();
        officers
    }

    /// Whether `actor` is an officer at `t`: holds [`OFFICER`] in `prod`.
    #[must_use]
    pub fn is_officer(&self, actor: &ActorId, t: Timestamp) -> bool {
        self.roles(actor, Env::Prod, t).any(|role| role.as_str() == OFFICER)
    }

    /// The roles that `actor` holds in `env` at `t`.
    pub fn roles(&self, actor: &ActorId, env: Env, t: Timestamp) -> impl Iterator<Item = &RoleId> {
        let spans = self.actors.get(actor).map_or(&[][..], |actor| actor.roles.as_slice());
        spans.iter().filter(move |span| span.holds(env, t)).map(|span| &span.role)
    }

    /// How many actors other than `except` hold `role` in `env` at `t`.
    #[must_use]
    pub fn holders(&self, role: &RoleId, env: Env, t: Timestamp, except: &ActorId) -> usize {
        let holds = |actor: &ActorState| actor.roles.iter().any(|span| span.role == *role && span.holds(env, t));
        self.actors.iter().filter(|(id, actor)| *id != except && holds(actor)).count()
    }

    /// A key by its thumbprint.
    #[must_use]
    pub fn key(&self, kid: &Digest) -> Option<&KeyState> {
        self.keys.get(kid)
    }

    /// Every key, in the order of the thumbprints.
    #[must_use]
    pub fn keys(&self) -> Vec<(&Digest, &KeyState)> {
        sorted(self.keys.iter())
    }

    /// The log's own keys, revoked ones included, in the order of enrolment.
    pub fn log_keys(&self) -> impl Iterator<Item = (&Digest, &KeyState)> {
        let kids = self.actors.get(&ActorId::ledger()).map_or(&[][..], |actor| actor.keys.as_slice());
        kids.iter().filter_map(|kid| self.keys.get(kid).map(|key| (kid, key)))
    }

    /// A subject that a record is about or brought forth.
    #[must_use]
    pub fn subject(&self, subject: &Subject) -> Option<&SubjectState> {
        self.subjects.get(subject)
    }

    /// How many subjects are known.
    #[must_use]
    pub fn subject_count(&self) -> usize {
        self.subjects.iter().len()
    }

    /// Every known subject, in no order.
    pub fn subjects(&self) -> impl Iterator<Item = (&Subject, &SubjectState)> {
        self.subjects.iter()
    }

    /// Whether a subject counts as recorded, so that others may refer to it: a record is about it or brought it forth.
    /// Jobs, experiments and code versions have no kind of record that makes them known; naming one is enough.
    #[must_use]
    pub fn is_recorded(&self, subject: &Subject) -> bool {
        matches!(subject.kind(), SubjectKind::Job | SubjectKind::Experiment | SubjectKind::Code)
            || self.subjects.get(subject).is_some()
    }

    /// A grant.
    #[must_use]
    pub fn grant(&self, grant: &Subject) -> Option<&Grant> {
        match &self.subjects.get(grant)?.life {
            Life::Grant(grant) => Some(grant),
            _ => None,
        }
    }

    /// The grants that `holder` holds at `t`, each with its terms, in the order in which they were given. A look-up:
    /// for the hot path.
    pub fn held_by(&self, holder: &ActorId, t: Timestamp) -> impl Iterator<Item = (&Subject, &Grant, &Term)> {
        let names = self.holdings.get(holder).map_or(&[][..], Vec::as_slice);
        names.iter().filter_map(move |name| {
            let grant = self.grant(name).filter(|grant| grant.status(t) == GrantStatus::Live)?;
            Some((name, grant, grant.term(t)?))
        })
    }

    /// The grants that held at `t`, each with the terms of that time, in the order of their names: who held what.
    /// Looks at every subject, which takes milliseconds: a question for people, not for the hot path.
    #[must_use]
    pub fn grants_at(&self, t: Timestamp) -> Vec<(&Subject, &Grant, &Term)> {
        let mut grants: Vec<_> = self
            .subjects
            .iter()
            .filter_map(|(subject, state)| match &state.life {
                Life::Grant(grant) if grant.status(t) == GrantStatus::Live => Some((subject, &**grant, grant.term(t)?)),
                _ => None,
            })
            .collect();
        grants.sort_unstable_by_key(|(subject, ..)| *subject);
        grants
    }

    /// Whether any subject is marked personal: entry bundles may not be public then.
    #[must_use]
    pub fn has_personal_data(&self) -> bool {
        self.marked_personal.iter().any(|subject| self.is_personal(subject))
    }

    /// Whether a subject is marked personal.
    #[must_use]
    pub fn is_personal(&self, subject: &Subject) -> bool {
        self.marked_personal.contains(subject) && self.subject(subject).is_some_and(SubjectState::is_personal)
    }

    /// How many subjects were ever marked personal: it never falls, and is another whenever one more is.
    #[must_use]
    pub fn ever_personal(&self) -> u64 {
        self.marked_personal.len() as u64
    }

    /// Whether a subject was ever marked personal.
    #[must_use]
    pub fn was_ever_personal(&self, subject: &Subject) -> bool {
        self.marked_personal.contains(subject)
    }

    /// How many more refusals of `actor` may be recorded in the minute of `t`
    /// (at most [`limits::DENIALS_PER_MINUTE`]); beyond them they are counted and summed up.
    #[must_use]
    pub fn denial_budget(&self, actor: &ActorId, t: Timestamp) -> u32 {
        let spent = self.actors.get(actor).filter(|actor| actor.denials.minute == minute(t));
        limits::DENIALS_PER_MINUTE.saturating_sub(spent.map_or(0, |actor| actor.denials.count))
    }
}

/// The minute of a time.
pub(super) fn minute(t: Timestamp) -> u64 {
    u64::try_from(t.0.div_euclid(MINUTE_MS)).unwrap_or(0)
}

fn sorted<'a, K: Ord, V>(entries: impl Iterator<Item = (&'a K, &'a V)>) -> Vec<(&'a K, &'a V)> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries
}

/// The actor that a subject `actor/user:…` or `actor/service:…` names, if it names one.
#[must_use]
pub fn actor_of(subject: &Subject) -> Option<ActorId> {
    let plain = subject.kind() == SubjectKind::Actor && subject.version().is_none();
    plain.then(|| subject.name().parse().ok()).flatten()
}

/// The COSE Key Thumbprint of a key entry (RFC 9679, SHA-256), without a judgement of the key: a fold must be able to
/// name every key that was recorded.
#[must_use]
pub fn thumbprint(entry: &KeyEntry) -> Digest {
    let KeyAlgorithm::Ed25519 = entry.algorithm;
    let mut hasher = Sha256::new();
    hasher.update([0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20]);
    hasher.update(&entry.public.0);
    Digest(hasher.finalize().into())
}
