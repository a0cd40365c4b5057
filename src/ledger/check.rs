//! The part of admission that needs no order: size, strict decoding, strict signature check. Runs on all cores.

use super::{proved::key_hashes, verdict::Rejection};
use crate::{
    codec::{
        event::payload_from_cbor,
        statement::{EVENT_MEDIA_TYPE, Statement},
    },
    crypto::PublicKey,
    event::{ActorId, Digest, Event, event_keys, limits},
    merkle::Hash,
};
use std::sync::Arc;

/// A statement whose form is right, and whose signature is checked if its key was known.
pub(super) struct Checked {
    pub(super) bytes: Arc<[u8]>,
    pub(super) leaf: Hash,
    pub(super) identity: Digest,
    pub(super) actor: ActorId,
    pub(super) kid: Digest,
    /// Seconds since 1970, as the signer claims.
    pub(super) signed_at: i64,
    pub(super) client_id: Option<Vec<u8>>,
    pub(super) events: Vec<Event>,
    /// Its keys of the index, sorted; none before [`Checked::with_keys`].
    pub(super) keys: Vec<Box<[u8]>>,
    /// The hashes of these keys: their places in the proved index.
    pub(super) places: Vec<Hash>,
    /// False when no key of this thumbprint was known yet: the sequencer looks again, in log order.
    pub(super) verified: bool,
}

impl Checked {
    /// With the keys of the index, for those who write one.
    pub(super) fn with_keys(mut self) -> Self {
        self.keys = index_keys(&self.actor, &self.events);
        self.places = key_hashes(&self.keys);
        self
    }
}

/// Checks what can be checked without order. `leaf` is the entry's leaf hash, `key` gives the public key of a thumbprint, if one was ever enrolled.
pub(super) fn check(
    bytes: Arc<[u8]>,
    leaf: impl FnOnce(&[u8]) -> Hash,
    origin: &str,
    key: impl Fn(&Digest) -> Option<Arc<PublicKey>>,
) -> Result<Checked, Rejection> {
    if bytes.len() > limits::STATEMENT_BYTES_MAX {
        return Err(Rejection::TooLarge { bytes: bytes.len() });
    }
    let statement = Statement::parse(&bytes).map_err(Rejection::Malformed)?;
    if !statement.is_event() {
        return Err(Rejection::NotAnEvent { content_type: statement.content_type.to_owned() });
    }
    if let Some(given) = statement.aud.filter(|aud| *aud != origin) {
        return Err(Rejection::Audience { given: given.to_owned(), origin: origin.to_owned() });
    }
    let kid = Digest(*statement.kid);
    let verified = match key(&kid) {
        Some(key) => verify(&statement, &key).map(|()| true)?,
        None => false,
    };
    let (actor, events) = decode(&statement)?;
    Ok(Checked {
        leaf: leaf(&bytes),
        identity: Digest(statement.identity()),
        kid,
        signed_at: i64::try_from(statement.iat).unwrap_or(i64::MAX),
        client_id: statement.cti.map(<[u8]>::to_vec),
        keys: Vec::new(),
        places: Vec::new(),
        actor,
        events,
        verified,
        bytes: Arc::clone(&bytes),
    })
}

/// The signature, by the strict rule, under a key of the statement's own algorithm.
pub(super) fn verify(statement: &Statement<'_>, key: &PublicKey) -> Result<(), Rejection> {
    let bad = || Rejection::BadSignature { kid: Digest(*statement.kid) };
    if key.algorithm().cose() != statement.alg {
        return Err(bad());
    }
    key.verify(&statement.signed_bytes(), statement.signature).map_err(|_| bad())
}

/// Who says it, and what: the claims and the events agree with each other.
pub(super) fn decode(statement: &Statement<'_>) -> Result<(ActorId, Vec<Event>), Rejection> {
    debug_assert_eq!(statement.content_type, EVENT_MEDIA_TYPE, "callers check the content type first");
    let actor = statement.iss.parse().map_err(Rejection::Issuer)?;
    let events = payload_from_cbor(statement.payload).map_err(|error| Rejection::Payload(error.to_string()))?;
    match events.first() {
        Some(event) if event.subject.as_str() == statement.sub => Ok((actor, events)),
        Some(event) => Err(Rejection::Subject { header: statement.sub.to_owned(), event: event.subject.clone() }),
        None => Err(Rejection::Payload("no event in it".into())),
    }
}

/// The keys under which the index finds the statement, as bytes, sorted.
pub(super) fn index_keys(actor: &ActorId, events: &[Event]) -> Vec<Box<[u8]>> {
    let mut keys: Vec<Box<[u8]>> =
        event_keys(actor, events).into_iter().map(|key| key.to_string().into_bytes().into()).collect();
    keys.sort_unstable();
    keys
}
