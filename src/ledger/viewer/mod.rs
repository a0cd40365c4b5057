//! The ledger as one reader may see it: every door reads through a [`Viewer`].
//!
//! - **Decided**: each subject, record, grant and actor is asked of the policy in force ([`Clearance`]). What is refused
//!   is answered exactly as what does not exist; what is only warned about is answered, and [`Seen::warned`] names the
//!   rules.
//! - **Withheld**: in an answer about one subject that the reader may read, a record that he may not read appears as
//!   its leaf hash. In every other answer it does not appear at all.
//! - **Recorded**: an answer that touches subjects marked personal leaves only after the ledger has recorded, durably,
//!   who read what of them ([`trace`]).

mod reading;
mod records;
mod survey;
mod things;
mod trace;
mod vault;

pub use reading::{Reading, Sighted};
pub use records::{Sight, Withheld};

use super::{Ledger, error::LedgerError};
use crate::{
    decide::{Clearance, PolicySource, ReadRuling, Reader},
    event::{Outcome, Text},
    state::State,
};
use std::sync::Arc;

/// Who asks, as the door knows him.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Who reads.
    pub reader: Reader,
    /// From where, such as a peer's address. Where a read is recorded it is committed to, and stands in the vault.
    pub origin: Text,
    /// What for, a word of the policy's purposes; `audit` when he does not say.
    pub purpose: Option<Text>,
}

/// An answer, and what was said against giving it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen<T> {
    /// The answer.
    pub value: T,
    /// The rules by which it would be refused in a stricter stage; empty when they allow it, or only observe.
    pub warned: Vec<Arc<str>>,
}

impl<T> Seen<T> {
    /// The same with another answer.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Seen<U> {
        Seen { value: change(self.value), warned: self.warned }
    }
}

/// A reader's handle on the ledger; made by [`Ledger::as_reader`].
pub struct Viewer<'a> {
    ledger: &'a Ledger,
    asker: Asker,
}

impl Ledger {
    /// The ledger as `asker` may see it.
    #[must_use]
    pub fn as_reader(&self, asker: Asker) -> Viewer<'_> {
        Viewer { ledger: self, asker }
    }
}

impl<'a> Viewer<'a> {
    /// What the reader may see as of the newest durable batch, and what `more` finds in the same look at the state.
    ///
    /// # Errors
    /// [`LedgerError::Purpose`] when he gives a purpose that the policy does not know; [`LedgerError::Stopped`].
    pub fn clearance<T>(&self, more: impl FnOnce(&State) -> T) -> Result<(Clearance, T), LedgerError> {
        self.look(|state, clearance| {
            let found = more(state);
            (clearance, found)
        })
    }

    /// One look at the state, with what the reader may see of it.
    fn look<T>(&self, read: impl FnOnce(&State, Clearance) -> T) -> Result<T, LedgerError> {
        let core = &*self.ledger.core;
        let now = core.host.clock.now();
        core.read_state(|state, head| {
            let policy = state.policy().and_then(|digest| core.policies.policy(&digest));
            if let (Some(word), Some(policy)) = (&self.asker.purpose, &policy)
                && !policy.vocabulary().has_purpose(word.as_str())
            {
                let known = policy.vocabulary().purposes().collect::<Vec<_>>().join(", ");
                return Err(LedgerError::Purpose { given: word.clone(), known });
            }
            // Grants run out while nothing is recorded; the ledger's time never goes back.
            let clearance = Clearance::of(state, policy, &self.asker.reader, now.max(head.t));
            Ok(read(state, clearance))
        })?
    }

    /// What is not there, and what is not for this reader, in the same words.
    fn not_found(&self, what: String) -> LedgerError {
        LedgerError::NotForYou { what, size: self.ledger.head().size }
    }
}

/// The rules that warn about an answer, gathered over its parts.
#[derive(Default)]
struct Warnings(Vec<Arc<str>>);

impl Warnings {
    fn add(&mut self, ruling: &ReadRuling) {
        if ruling.outcome == Outcome::Warned {
            let fresh: Vec<_> = ruling.rules.iter().filter(|rule| !self.0.contains(rule)).cloned().collect();
            self.0.extend(fresh);
        }
    }

    fn with<T>(mut self, value: T) -> Seen<T> {
        self.0.sort_unstable();
        Seen { value, warned: self.0 }
    }
}
