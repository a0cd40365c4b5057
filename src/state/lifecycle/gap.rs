//! What is missing, in words: the step, and what to record next.

use crate::event::{Digest, Env, Subject};
use thiserror::Error;

/// Why an event is not the next step of its subject's life.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[expect(missing_docs, reason = "the fields are what the messages print")]
pub enum Gap {
    /// The registration is missing.
    #[error(
        "{subject} is not registered: `{kind}.registered` comes first (with `imported: true`, if it existed before this ledger)",
        kind = subject.kind()
    )]
    NotRegistered { subject: Subject },
    /// It is registered already.
    #[error("{subject} is registered already, at index {index}: give what is new a version of its own")]
    Registered { subject: Subject, index: u64 },
    /// The event is about other bytes than the registration.
    #[error(
        "{subject} is registered with {what} {registered}, and the event names {given}: record it for the registered {what}, or register the other as a version of its own"
    )]
    OtherDigest { subject: Subject, what: &'static str, registered: Digest, given: Digest },
    /// The evaluation is missing.
    #[error("{subject} is not evaluated: `{kind}.evaluated` for {what} {digest} comes first", kind = subject.kind())]
    NotEvaluated { subject: Subject, what: &'static str, digest: Digest },
    /// The last evaluation ended badly.
    #[error(
        "{subject} failed its last evaluation: `{kind}.evaluated` with outcome pass or warn comes first, and then a new `{kind}.approved`",
        kind = subject.kind()
    )]
    EvaluationFailed { subject: Subject },
    /// The approval is missing.
    #[error(
        "{subject} is not approved for {env}: `{kind}.approved` in {env} for {what} {digest} by another than its makers comes first",
        kind = subject.kind()
    )]
    NotApproved { subject: Subject, env: Env, what: &'static str, digest: Digest },
    /// The promotion is missing.
    #[error(
        "{subject} is not promoted to {env}: `{kind}.promoted` in {env} comes first",
        kind = subject.kind()
    )]
    NotPromoted { subject: Subject, env: Env },
    /// The promotion names another environment than the one before.
    #[error(
        "{subject} cannot go from {from} to {env}: promotion goes from dev to staging to prod; leave `from` out, or write the environment just before {env}"
    )]
    WrongFrom { subject: Subject, from: Env, env: Env },
    /// It does not serve there.
    #[error("{subject} is not deployed in {env}: `{kind}.deployed` in {env} comes first", kind = subject.kind())]
    NotDeployed { subject: Subject, env: Env },
    /// A roll-back to another thing.
    #[error("{subject} cannot be rolled back to {to}: name an earlier version of the same {kind}", kind = subject.kind())]
    NotAVersion { subject: Subject, to: Subject },
    /// It is used no longer.
    #[error("{subject} is retired in {env}: register a new version")]
    Retired { subject: Subject, env: Env },
    /// A first step is missing.
    #[error("{subject} {missing}: {next}")]
    First { subject: Subject, missing: &'static str, next: &'static str },
    /// The step was taken before.
    #[error("{subject} is already {stage}: {next}")]
    Already { subject: Subject, stage: &'static str, next: &'static str },
}

impl Gap {
    /// Whether what is missing lies in the past: history that something imported may lack.
    #[must_use]
    pub fn is_missing_history(&self) -> bool {
        matches!(
            self,
            Self::NotRegistered { .. }
                | Self::NotEvaluated { .. }
                | Self::NotApproved { .. }
                | Self::NotPromoted { .. }
                | Self::NotDeployed { .. }
        )
    }
}
