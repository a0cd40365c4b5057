//! A new key for the log: the old one signs its enrolment, the new one proves that it is at hand, both sign
//! checkpoints until the old one is revoked.

use super::{Author, Busy, Ledger, error::LedgerError, keys, sequencer::own_event, verdict::Verdict};
use crate::{
    crypto::SecretKey,
    event::{ActorId, Body, Digest, Text, body::KeyRevoked},
};
use std::sync::PoisonError;

impl Ledger {
    /// Enrols `new` as a further key of the log, which signs seals and receipts from the next seal on. The secret is
    /// written to `keys/` first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when the key cannot be kept; [`LedgerError::Stopped`] with the reason when the
    /// enrolment was not recorded.
    pub fn rotate_log_key(&self, new: SecretKey) -> Result<u64, LedgerError> {
        keys::put(&*self.core.host.io, &self.core.folder, &new)?;
        let kid = Digest(new.public().thumbprint());
        let enrolment = Author { actor: ActorId::ledger(), key: new.clone(), audience: None }.enrolment();
        self.core.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(kid, new);
        self.record_own(Body::KeyEnrolled(enrolment))
    }

    /// Ends a key of the log; another must be enrolled before.
    ///
    /// # Errors
    /// [`LedgerError::NotLogKey`] and [`LedgerError::LastLogKey`]; else as [`Self::rotate_log_key`].
    pub fn revoke_log_key(&self, kid: Digest, reason: Text, suspect_since: Option<u64>) -> Result<u64, LedgerError> {
        let (ended, left): (Vec<_>, Vec<_>) =
            self.log_keys()?.into_iter().partition(|key| Digest(key.thumbprint()) == kid);
        if ended.is_empty() {
            return Err(LedgerError::NotLogKey { kid });
        }
        if left.is_empty() {
            return Err(LedgerError::LastLogKey { kid });
        }
        self.record_own(Body::KeyRevoked(KeyRevoked { kid, reason, suspect_since }))
    }

    /// A statement of the log about itself, signed by its newest key, on the way of all statements.
    fn record_own(&self, body: Body) -> Result<u64, LedgerError> {
        let now = self.core.host.clock.now();
        let pen = self.core.read_state(|state, head| self.core.pen(state, head.size))??;
        let statement = pen.statement(&own_event(body, now)?, now)?;
        let stopped = |why: String| LedgerError::Stopped(why);
        match self.admit(statement.bytes.to_vec()).map_err(|busy: Busy| stopped(busy.to_string()))? {
            Verdict::Recorded { index, .. } => Ok(index),
            Verdict::Invalid(rejection) => Err(LedgerError::Own(rejection.to_string())),
            Verdict::Refused { reasons, .. } => {
                Err(LedgerError::Own(reasons.iter().map(|reason| reason.message.to_string()).collect()))
            }
            Verdict::Failed(why) => Err(stopped(why)),
        }
    }
}
