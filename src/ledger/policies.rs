//! Policy bundles by digest: loaded from `blobs/` once, compiled, kept.

use super::error::LedgerError;
use crate::{
    decide::PolicySource,
    event::Digest,
    policy::{Bundle, Policy},
    storage::Blobs,
};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Compiled bundles. A bundle that does not load is none: decide refuses its approval, and denies where it is asked for.
pub(super) struct Policies {
    blobs: Arc<dyn Blobs>,
    loaded: RwLock<HashMap<Digest, Arc<Policy>>>,
}

impl Policies {
    pub(super) fn new(blobs: Arc<dyn Blobs>) -> Self {
        Self { blobs, loaded: RwLock::default() }
    }

    pub(super) fn load(&self, digest: &Digest) -> Result<Arc<Policy>, LedgerError> {
        if let Some(policy) = self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(digest) {
            return Ok(Arc::clone(policy));
        }
        let bytes = self.blobs.get(&digest.0)?;
        let refused = |error| LedgerError::Policy { digest: *digest, error };
        let bundle = Bundle::from_bytes(&bytes).map_err(refused)?;
        let policy = Arc::new(Policy::load(&bundle).map_err(refused)?);
        self.loaded.write().unwrap_or_else(PoisonError::into_inner).insert(*digest, Arc::clone(&policy));
        Ok(policy)
    }
}

impl PolicySource for Policies {
    fn policy(&self, digest: &Digest) -> Option<Arc<Policy>> {
        self.load(digest).ok()
    }
}
