//! What the log says by itself, by the way that all statements go.

use super::{
    Author, Ledger,
    error::LedgerError,
    verdict::{Rejection, Verdict},
};
use crate::event::{ActorId, Event, Timestamp};

impl Ledger {
    /// Has an event recorded that the log's own key signs as of `signed`; returns once it is durable. What is said under
    /// one `name` (CWT `cti`) is recorded once, as long as the admission window lasts.
    ///
    /// # Errors
    /// [`LedgerError::Own`] when the ledger's own rules are against it, [`LedgerError::Unrecorded`] when it is busy, and
    /// [`LedgerError::Stopped`].
    pub fn say(&self, event: Event, signed: Timestamp, name: &[u8]) -> Result<(), LedgerError> {
        let core = &*self.core;
        let pen = core.read_state(|state, head| core.pen(state, head.size))??;
        let author = Author { actor: ActorId::ledger(), key: pen.secret().clone(), audience: None };
        let seconds = u64::try_from(signed.0.div_euclid(1_000)).unwrap_or_default();
        let own = |why: String| LedgerError::Own(why);
        let statement = author.sign(&[event], seconds, Some(name)).map_err(|error| own(error.to_string()))?;
        match self.admit(statement).map_err(|busy| LedgerError::Unrecorded(busy.to_string()))? {
            // By another key, or at another second, it is another statement of the same name: it is there already.
            Verdict::Recorded { .. } | Verdict::Invalid(Rejection::ClientId { .. }) => Ok(()),
            Verdict::Refused { reasons, .. } => {
                let reasons: Vec<_> = reasons.iter().map(|reason| reason.message.as_str()).collect();
                Err(own(reasons.join("; ")))
            }
            Verdict::Invalid(rejection) => Err(own(rejection.to_string())),
            Verdict::Failed(why) => Err(LedgerError::Stopped(why)),
        }
    }
}
