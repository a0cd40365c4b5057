//! Whether entry bundles, which hold every statement in full, may be given to everybody.

use std::sync::{Mutex, PoisonError};

use crate::{
    ledger::{Ledger, LedgerError},
    state::State,
};

/// The answer to "is any subject marked personal", kept for the head at which it was found: asking looks at every
/// subject.
#[derive(Default)]
pub(super) struct Personal(Mutex<Option<(u64, bool)>>);

impl Personal {
    /// Whether any subject is marked personal. May wait for a batch.
    ///
    /// # Errors
    /// The ledger's.
    pub fn is_marked(&self, ledger: &Ledger) -> Result<bool, LedgerError> {
        // The size is read before the state, so the answer is never kept for a head that is newer than what it saw.
        let size = ledger.head().size;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *kept {
            Some((at, marked)) if at == size => Ok(marked),
            _ => {
                let marked = ledger.state(State::has_personal_data)?;
                *kept = Some((size, marked));
                Ok(marked)
            }
        }
    }
}
