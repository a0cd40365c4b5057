//! The beginning of a log, taken out of a ledger's folder: what somebody elsewhere needs to go through it again.

use super::{
    error::LedgerError,
    ground::Entries,
    publish::Nodes,
    records::read_seal,
    whole::{Claim, Kept, Whole},
};
use crate::{
    event::{Digest, Timestamp},
    merkle::{Hash, consistency_proof},
};
use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

/// The beginning of a log.
pub struct Excerpt {
    /// The signed tree head under which it stands: the stored checkpoint.
    pub checkpoint: Vec<u8>,
    /// Its entries; the last of them is a seal.
    pub entries: Vec<Arc<[u8]>>,
    /// The proof that the tree of the checkpoint begins with theirs (RFC 6962, section 2.1.2).
    pub growth: Vec<Hash>,
}

impl Whole {
    /// The entries up to the first batch of `until` or later, which shows that nothing before that time is missing; or all
    /// that the stored checkpoint covers. At most `bytes_max` bytes.
    ///
    /// # Errors
    /// Those of the log; [`LedgerError::NotFound`] when it is too much.
    pub fn excerpt(&self, until: Timestamp, bytes_max: usize) -> Result<Excerpt, LedgerError> {
        let (Entries::Log(log), Claim::Stored(stored)) = (&self.entries, &self.claim) else {
            return Err(LedgerError::NotFound { what: "a ledger's folder".into(), size: self.size() });
        };
        let (mut entries, mut bytes, mut end, mut reached) = (Vec::new(), 0, 0, false);
        log.scan(0..stored.head.size, &mut |_, entry| {
            bytes += entry.len();
            entries.push(Arc::from(entry));
            if let Some(seal) = read_seal(entry) {
                end = entries.len();
                reached = seal.t >= until;
            }
            if reached || bytes > bytes_max { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if bytes > bytes_max || end == 0 {
            let what = format!("a range up to {until} within {bytes_max} bytes (name an earlier end)");
            return Err(LedgerError::NotFound { what, size: self.size() });
        }
        entries.truncate(end);
        let growth = consistency_proof(&Nodes(&**log), end as u64, stored.head.size)?;
        Ok(Excerpt { checkpoint: stored.note().to_vec(), entries, growth })
    }

    /// The refused statements of these digests, as far as they are kept.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn refused(&self, digests: &[Digest]) -> Result<HashMap<Hash, Vec<u8>>, LedgerError> {
        let Kept::Vault(vault) = &self.kept else { return Ok(HashMap::new()) };
        let all = vault.all_refused()?;
        let mut found = HashMap::new();
        for digest in digests {
            if let Some(bytes) = all.read(&digest.0)? {
                found.insert(digest.0, bytes);
            }
        }
        Ok(found)
    }
}
