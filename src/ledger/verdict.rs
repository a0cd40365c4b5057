//! What becomes of a statement: recorded, refused, or not taken at all.

use crate::{
    codec::CodecError,
    decide::{EventRuling, Invalid, Reason},
    event::{ActorId, Digest, EventError, Kind, Subject, Timestamp, limits},
};
use thiserror::Error;

/// What became of one submitted statement.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is in the log, durably.
    Recorded {
        /// Its log index.
        index: u64,
        /// Its identity (docs/format.md).
        identity: Digest,
        /// What the rules said, event by event; empty for a resubmission.
        events: Vec<EventRuling>,
        /// It was there already.
        known: bool,
    },
    /// The rules refused it; a denial stands in the log in its place.
    Refused {
        /// The denial's log index; `None` when the actor's budget of denials was used up.
        denial: Option<u64>,
        /// The statement's identity.
        identity: Digest,
        /// The position of the refused event in its statement.
        position: u32,
        /// The rules that refused, and what to do; empty for a resubmission.
        reasons: Vec<Reason>,
        /// It was refused before.
        known: bool,
    },
    /// It is not a statement that this ledger can judge; nothing was recorded.
    Invalid(Rejection),
    /// The ledger stopped before it was durable; whether it is recorded shows after a restart: submit it again then.
    Failed(String),
}

/// Why a statement was not taken at all. Each message says what to do.
#[derive(Clone, Debug, Error)]
pub enum Rejection {
    /// Beyond the limit.
    #[error("the statement has {bytes} bytes, the limit is {limit}: put large content into `blobs/` or elsewhere and refer to it by digest", limit = limits::STATEMENT_BYTES_MAX)]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not a Signed Statement of the format.
    #[error("not a Signed Statement: {0}; docs/format.md describes the bytes")]
    Malformed(CodecError),
    /// Another content type.
    #[error("the payload is {content_type:?}, not an event: sign `application/vnd.sagwan.event+cbor` (docs/events.md)")]
    NotAnEvent {
        /// What it says it is.
        content_type: String,
    },
    /// The payload is no event or batch.
    #[error("the payload is not an event: {0}")]
    Payload(String),
    /// The typed checks that need the ledger.
    #[error(transparent)]
    Typed(Invalid),
    /// A batch whose events are decided too differently.
    #[error(
        "the decisions on this batch need {needed} bytes of the seal, the limit is {limit}: split it into smaller batches"
    )]
    Decisions {
        /// What they need.
        needed: usize,
        /// What a statement may take.
        limit: usize,
    },
    /// The header and the event name different subjects.
    #[error(
        "the header's `sub` is {header:?} but the first event is about {event}: sign the subject of the first event"
    )]
    Subject {
        /// The CWT claim.
        header: String,
        /// The event's subject.
        event: Subject,
    },
    /// The issuer is no actor id.
    #[error("the header's `iss` is no actor: {0}")]
    Issuer(EventError),
    /// Meant for another log.
    #[error("the statement is meant for {given:?}, this log is {origin:?}: sign it for this log, or without `aud`")]
    Audience {
        /// The CWT claim.
        given: String,
        /// This log.
        origin: String,
    },
    /// A kind that only the sequencer writes.
    #[error("{kind} is written by the ledger itself and never handed in: leave it out")]
    LogsOwn {
        /// The kind.
        kind: Kind,
    },
    /// Nobody here has this key.
    #[error("key {kid} is not enrolled here: record `key.enrolled` for it first")]
    KeyUnknown {
        /// The key's thumbprint.
        kid: Digest,
    },
    /// The key is somebody else's.
    #[error("key {kid} belongs to {owner}, not to {claimed}: sign with your own key")]
    KeyOwner {
        /// The key's thumbprint.
        kid: Digest,
        /// Whose it is.
        owner: ActorId,
        /// Who claims it.
        claimed: ActorId,
    },
    /// The signature is not this key's over these bytes.
    #[error("the signature is not valid under key {kid}: sign the statement again, and do not change it afterwards")]
    BadSignature {
        /// The key's thumbprint.
        kid: Digest,
    },
    /// Outside the admission window.
    #[error(
        "signed at {signed}, the ledger's time is {t}: outside the window of 24 hours; check the clock and sign again"
    )]
    Stale {
        /// The statement's time.
        signed: Timestamp,
        /// The ledger's time.
        t: Timestamp,
    },
    /// The client's id was used for other content.
    #[error("the client id (cti) was used for another statement, record {index}: choose a fresh one")]
    ClientId {
        /// The first statement with this id.
        index: u64,
    },
}

/// Nothing was taken: try again later, or restart.
#[derive(Clone, Debug, Error)]
pub enum Busy {
    /// Too much is waiting.
    #[error("{waiting} statements are waiting, the limit is {limit}: wait a second and submit again")]
    Full {
        /// How many wait.
        waiting: usize,
        /// How many may.
        limit: usize,
    },
    /// The log's files lag behind its journal.
    #[error(
        "{lag_bytes} bytes of entries wait for their tiles, the limit is {limit}: wait some seconds and submit again; if it stays so, the disk under `log/` is too slow"
    )]
    Behind {
        /// How much waits, in bytes.
        lag_bytes: u64,
        /// How much may.
        limit: u64,
    },
    /// The ledger stopped at a failure or is closing.
    #[error("the ledger has stopped: {0}; restart it, recovery finds what is durable")]
    Stopped(String),
}
