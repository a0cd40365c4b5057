//! The ledger's own hand: the statements that only the log signs (seals, denials), and its checkpoints and receipts.

use super::error::LedgerError;
use crate::{
    codec::{
        checkpoint::Checkpoint,
        event::to_cbor,
        note::{KeyType, format_note},
        receipt::{SignedHead, UnsignedHead},
        statement::{EVENT_MEDIA_TYPE, Unsigned, identity},
    },
    crypto::{NoteSigner, PublicKey, SecretKey},
    event::{ActorId, Digest, Event, Timestamp, limits},
    merkle::{Hash, leaf_hash},
};
use std::sync::Arc;

/// A statement of the log's own.
pub(super) struct Own {
    pub(super) bytes: Arc<[u8]>,
    pub(super) leaf: Hash,
    pub(super) identity: Digest,
}

/// The log's secret keys at hand, oldest first. Seals, denials and receipts are signed by the newest; checkpoints by
/// all, so that whoever pinned the old key still follows (old and new sign).
#[derive(Clone)]
pub(super) struct Pen {
    origin: Arc<str>,
    signers: Vec<NoteSigner>,
    newest: SecretKey,
}

impl Pen {
    /// `keys` oldest first; none is an error.
    pub(super) fn new(origin: &str, keys: Vec<SecretKey>) -> Result<Self, LedgerError> {
        let newest = keys.last().cloned().ok_or(LedgerError::NoLogKey)?;
        let signer = |key| NoteSigner::new(origin, KeyType::Ed25519, key);
        let signers = keys.into_iter().map(signer).collect::<Result<_, _>>();
        let signers = signers.map_err(|error| LedgerError::Founding(format!("origin {origin:?}: {error}")))?;
        Ok(Self { origin: origin.into(), signers, newest })
    }

    pub(super) fn public(&self) -> Vec<PublicKey> {
        self.signers.iter().map(|signer| signer.verifier().key().clone()).collect()
    }

    pub(super) fn newest(&self) -> &PublicKey {
        self.newest.public()
    }

    /// The newest key, for statements that go the way of all statements.
    pub(super) fn secret(&self) -> &SecretKey {
        &self.newest
    }

    /// One event as a statement of the log, signed at the ledger's own time.
    pub(super) fn statement(&self, event: &Event, t: Timestamp) -> Result<Own, LedgerError> {
        let payload = to_cbor(event);
        let (actor, kid) = (ActorId::ledger(), self.newest.public().thumbprint());
        let unsigned = Unsigned {
            alg: self.newest.algorithm().cose(),
            kid: &kid,
            iss: actor.as_str(),
            sub: event.subject.as_str(),
            aud: None,
            iat: u64::try_from(t.0.div_euclid(1_000)).unwrap_or_default(),
            cti: None,
            content_type: EVENT_MEDIA_TYPE,
            payload: &payload,
        };
        let bytes = unsigned.sign(|message| self.newest.sign(message));
        let bytes = bytes.map_err(|error| LedgerError::Own(error.to_string()))?;
        if bytes.len() > limits::ENTRY_BYTES_MAX {
            return Err(LedgerError::Own(format!("a statement of {} bytes", bytes.len())));
        }
        let identity = Digest(identity(&unsigned.protected(), &payload));
        Ok(Own { leaf: leaf_hash(&bytes), identity, bytes: bytes.into() })
    }

    /// The signed tree head. Deterministic: recovery signs the same again.
    pub(super) fn checkpoint(&self, size: u64, root: &Hash) -> Result<String, LedgerError> {
        let own = |error: &dyn std::fmt::Display| LedgerError::Own(error.to_string());
        let head = Checkpoint { origin: self.origin.to_string(), size, root: *root };
        let text = head.format().map_err(|error| own(&error))?;
        // Time stands in cosignatures only.
        let signatures: Vec<_> = self.signers.iter().map(|signer| signer.sign(&text, 0)).collect();
        format_note(&text, &signatures).map_err(|error| own(&error))
    }

    /// The signature that all receipts of one tree head share.
    pub(super) fn receipt_head(&self, size: u64, root: &Hash) -> Result<SignedHead, LedgerError> {
        let head = UnsignedHead {
            alg: self.newest.algorithm().cose(),
            kid: &self.newest.public().thumbprint(),
            origin: &self.origin,
            size,
            root,
        };
        head.sign(|message| self.newest.sign(message)).map_err(|error| LedgerError::Own(error.to_string()))
    }
}
