//! Who held which right, and which records gave and took it: for people who ask, not for decisions.
//!
//! The records of the few kinds that give and take rights are folded anew, up to the moment that is asked about, by
//! the same fold as the live state; what a record changed in it, that record did. So what is shown is what decided.

mod grants;
mod roles;

pub use grants::{GrantFilter, GrantStep, HeldGrant};
pub use roles::{HeldRole, RoleEnd, RoleFilter};

use super::{
    Ledger,
    error::LedgerError,
    records::{Record, Suspects, record},
};
use crate::event::{EventKey, Timestamp};
use std::collections::BTreeMap;

/// The moment that is asked about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AsOf {
    /// The newest durable state, at this time.
    Now(Timestamp),
    /// The ledger's time: everything sealed by then.
    Time(Timestamp),
    /// Before the record at this log index was judged.
    Index(u64),
}

/// A moment of the ledger: a size of the log, and the time at which rights are held against their ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Records below this index count.
    pub size: u64,
    /// A right holds while `t < until`.
    pub t: Timestamp,
}

impl Ledger {
    /// The moment that `as_of` means. `now` is the time at the head, for an index that nothing stands at yet.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] beyond the head, and those of the log.
    pub fn moment(&self, as_of: AsOf, now: Timestamp) -> Result<Moment, LedgerError> {
        let size = self.head().size;
        match as_of {
            AsOf::Now(t) => Ok(Moment { size, t }),
            AsOf::Time(t) => Ok(Moment { size: self.size_at(t)?, t }),
            AsOf::Index(index) if index == size => Ok(Moment { size, t: now }),
            AsOf::Index(index) => Ok(Moment { size: index, t: self.time_of(index)? }),
        }
    }

    /// The records that stand under these keys, below `size`, in order.
    fn records_under(
        &self,
        keys: impl IntoIterator<Item = EventKey>,
        size: u64,
    ) -> Result<BTreeMap<u64, Record>, LedgerError> {
        let mut found = BTreeMap::new();
        for key in keys {
            let key = key.to_string();
            for index in self.core.index.postings(key.as_bytes(), 0..size, false, usize::MAX)? {
                if let std::collections::btree_map::Entry::Vacant(place) = found.entry(index) {
                    place.insert(record(&self.core, &Suspects::new(), index)?);
                }
            }
        }
        Ok(found)
    }
}
