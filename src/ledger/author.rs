//! Who signs statements: an actor with a secret key. Needs no ledger.

use crate::{
    codec::{
        CodecError,
        event::payload_to_cbor,
        statement::{EVENT_MEDIA_TYPE, Unsigned},
    },
    crypto::{SecretKey, possession_message},
    event::{
        ActorId, Bytes, Event,
        body::{KeyAlgorithm, KeyEnrolled, KeyEntry},
    },
};

/// An actor and a key that may sign for it.
#[derive(Clone, Debug)]
pub struct Author {
    /// Who signs.
    pub actor: ActorId,
    /// With what.
    pub key: SecretKey,
    /// The log that the statements are meant for; `None` leaves it open.
    pub audience: Option<String>,
}

impl Author {
    /// A Signed Statement over one event, or a signed batch of several, as of `signed_at` (seconds since 1970).
    /// `client_id` is the client's own name for the statement (CWT `cti`), which makes resubmission with other content
    /// an error.
    ///
    /// # Errors
    /// When an event breaks its own rules, there is none, or the header would be out of bounds.
    pub fn sign(&self, events: &[Event], signed_at: u64, client_id: Option<&[u8]>) -> Result<Vec<u8>, CodecError> {
        let payload = payload_to_cbor(events);
        let unsigned = Unsigned {
            alg: self.key.algorithm().cose(),
            kid: &self.key.public().thumbprint(),
            iss: self.actor.as_str(),
            sub: events.first().map_or("", |event| event.subject.as_str()),
            aud: self.audience.as_deref(),
            iat: signed_at,
            cti: client_id,
            content_type: EVENT_MEDIA_TYPE,
            payload: &payload,
        };
        unsigned.sign(|message| self.key.sign(message))
    }

    /// This author's key as an event enrols it: with the proof that the author has it.
    #[must_use]
    pub fn enrolment(&self) -> KeyEnrolled {
        let message = possession_message(self.actor.as_str(), &self.key.public().thumbprint());
        KeyEnrolled { key: key_entry(&self.key), possession: Bytes(self.key.sign(&message)) }
    }
}

/// The public half of a key, as events name it.
#[must_use]
pub fn key_entry(key: &SecretKey) -> KeyEntry {
    let crate::crypto::Algorithm::Ed25519 = key.algorithm();
    KeyEntry { algorithm: KeyAlgorithm::Ed25519, public: Bytes(key.public().raw().to_vec()) }
}
