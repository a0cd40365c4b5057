//! The blobs that a log names: policies, components, profiles and findings. They stand beside the log, and only their
//! digests in it.

use super::error::LedgerError;
use crate::{
    event::{Digest, Event, body::Seal, limits::BLOBS_MISSING_NAMED_MAX},
    storage::{Blobs, StorageError},
};
use std::collections::HashSet;

/// What was found of the blobs that a log names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contents {
    /// Blobs that were read and have the digest that the log names.
    pub checked: u64,
    /// Blobs that are not here.
    pub missing: u64,
    /// The first of those, by digest: at most [`BLOBS_MISSING_NAMED_MAX`].
    pub missing_named: Vec<Digest>,
}

/// The digests that a log names, gathered on the way through it: each once, however often it is named.
#[derive(Default)]
pub(super) struct Named {
    digests: HashSet<Digest, ahash::RandomState>,
    /// The last seal that was looked at, by its index.
    seal: Option<u64>,
}

impl Named {
    /// What a statement and its seal name.
    pub(super) fn look(&mut self, seal: &Seal, events: &[Event]) {
        if self.seal.replace(seal.size) != Some(seal.size) {
            let verdicts = seal.table.iter().flat_map(|row| &row.verdicts);
            self.digests.insert(seal.policy);
            self.digests.extend(seal.plugins.iter().map(|plugin| plugin.component));
            self.digests.extend(verdicts.filter_map(|verdict| verdict.findings));
        }
        self.digests.extend(events.iter().filter_map(|event| event.body.blob()));
    }

    /// Reads and hashes each of them once.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] when the bytes of one are others: all are read before, and it says how many.
    pub(super) fn check(self, blobs: &dyn Blobs) -> Result<Contents, LedgerError> {
        let mut digests: Vec<Digest> = self.digests.into_iter().collect();
        digests.sort_unstable();
        let (mut found, mut first, mut others) = (Contents::default(), None, 0_u64);
        for digest in digests {
            match blobs.check(&digest.0) {
                Ok(true) => found.checked += 1,
                Ok(false) => {
                    found.missing += 1;
                    if found.missing_named.len() < BLOBS_MISSING_NAMED_MAX {
                        found.missing_named.push(digest);
                    }
                }
                Err(error) if !error.is_damage() => return Err(error.into()),
                Err(_) if first.is_some() => others += 1,
                Err(error) => first = Some(error),
            }
        }
        match first {
            None => Ok(found),
            Some(StorageError::Damaged { path, offset, what }) if others > 0 => {
                let what = format!("{what}, and {others} more in blobs/ do not either");
                Err(StorageError::Damaged { path, offset, what }.into())
            }
            Some(error) => Err(error.into()),
        }
    }
}
