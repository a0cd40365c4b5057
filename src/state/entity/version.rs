//! A version of a model or a prompt: registered → evaluated → approved → promoted → deployed → retired.

use crate::{
    event::{ActorId, Digest, Env, body::CheckOutcome},
    state::cell::{Cell, cells},
};

cells!(
    /// Where a model version or a prompt version stands. Everything here is bound to one digest: an evaluation,
    /// approval, promotion or deployment of other bytes does not count.
    ///
    /// Approval and retirement hold for the environment in which they were recorded and those before it: what was
    /// recorded in `dev`, whose rules may be loose, never opens or closes `prod`.
    Version {
        /// The log index at which it was registered; absent while it is only known as what a run made.
        registered: Option<u64>,
        /// The digest of the artefact or template; set by the registration.
        digest: Option<Digest>,
        /// It existed before its ledger.
        imported: bool,
        /// How its last evaluation ended.
        evaluated: Option<CheckOutcome>,
        /// Where somebody other than its makers approved it after an evaluation.
        approved: EnvSet,
        /// Where it may serve.
        promoted: EnvSet,
        /// Where it serves.
        deployed: EnvSet,
        /// Where it is used no longer.
        retired: EnvSet,
        /// Who did what to it.
        people: Vec<Person>,
    }
);

cells!(
    /// Somebody who had a hand in a version.
    Person {
        /// Who.
        actor: ActorId,
        /// What he did.
        did: Did,
    }
);

/// A set of environments.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EnvSet(u8);

impl EnvSet {
    fn bit(env: Env) -> u8 {
        match env {
            Env::Dev => 1,
            Env::Staging => 2,
            Env::Prod => 4,
        }
    }

    /// Whether `env` is in the set.
    #[must_use]
    pub fn has(self, env: Env) -> bool {
        self.0 & Self::bit(env) != 0
    }

    /// The environments of the set, in the order of promotion.
    pub fn iter(self) -> impl Iterator<Item = Env> {
        Env::ALL.into_iter().filter(move |env| self.has(*env))
    }

    /// Those of its environments that `keep` keeps.
    #[must_use]
    pub fn only(self, mut keep: impl FnMut(Env) -> bool) -> Self {
        let mut kept = Self::default();
        self.iter().filter(|env| keep(*env)).for_each(|env| kept.add(env));
        kept
    }

    /// Whether no environment is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(in crate::state) fn add(&mut self, env: Env) {
        self.0 |= Self::bit(env);
    }

    /// `env` and those before it.
    pub(in crate::state) fn add_up_to(&mut self, env: Env) {
        self.0 |= Self::bit(env) * 2 - 1;
    }

    pub(in crate::state) fn remove(&mut self, env: Env) {
        self.0 &= !Self::bit(env);
    }

    pub(in crate::state) fn remove_up_to(&mut self, env: Env) {
        self.0 &= !(Self::bit(env) * 2 - 1);
    }
}

impl Cell for EnvSet {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.0);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        u8::read(bytes).filter(|bits| *bits < 8).map(Self)
    }
}

/// What somebody did to a version: a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Did(u8);

impl Did {
    /// Registered it: the author of a prompt, the registrar of a model.
    pub const REGISTERED: Self = Self(1);
    /// Signed the start or the end of a run that made it.
    pub const TRAINED: Self = Self(2);
    /// Evaluated it.
    pub const EVALUATED: Self = Self(4);
    /// Approved it.
    pub const APPROVED: Self = Self(8);
    /// Who did one of these is a maker: his approval does not count.
    pub const MADE: Self = Self(3);

    /// Whether the two sets have something in common.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The words for the set, such as `registered and evaluated`.
    #[must_use]
    pub fn words(self) -> String {
        let named = [(Self::REGISTERED, "registered"), (Self::TRAINED, "trained"), (Self::EVALUATED, "evaluated")];
        let words: Vec<_> = named.into_iter().filter(|(did, _)| self.meets(*did)).map(|(_, word)| word).collect();
        words.join(" and ")
    }
}

impl Cell for Did {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.0);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        u8::read(bytes).filter(|bits| *bits < 16).map(Self)
    }
}

impl Version {
    pub(in crate::state) fn new() -> Self {
        Self {
            registered: None,
            digest: None,
            imported: false,
            evaluated: None,
            approved: EnvSet::default(),
            promoted: EnvSet::default(),
            deployed: EnvSet::default(),
            retired: EnvSet::default(),
            people: Vec::new(),
        }
    }

    /// What `actor` did to it.
    #[must_use]
    pub fn did(&self, actor: &ActorId) -> Did {
        self.people.iter().find(|person| person.actor == *actor).map_or(Did::default(), |person| person.did)
    }

    pub(in crate::state) fn note(&mut self, actor: &ActorId, did: Did) {
        match self.people.iter_mut().find(|person| person.actor == *actor) {
            Some(person) => person.did = Did(person.did.0 | did.0),
            None => self.people.push(Person { actor: actor.clone(), did }),
        }
    }
}
