//! A whole log, verified from its first entry: the ledger's own, or one that somebody brought. Whoever wants to look at
//! each statement on the state of its prefix does so on the way.

use super::{
    audit::go_through,
    check::{Checked, check},
    contents::{Contents, Named},
    error::LedgerError,
    ground::{Entries, Ground},
    host::Host,
    open::{Checkpointed, check_checkpoint, open_log},
    replay::{Replay, Sealed, Totals},
};
use crate::{
    decide::Signed,
    event::{ActorId, Digest, Event, SealedDecision, Timestamp, body::Seal},
    state::State,
    storage::{Blobs, Committed, LocalBlobs, RefusedStatements, Vault},
    verify::Head,
};
use sha2::{Digest as _, Sha256};
use std::{collections::HashMap, path::Path, sync::Arc};

/// What was verified.
#[derive(Clone, Debug)]
pub struct FullReport {
    /// The log's origin.
    pub origin: String,
    /// Entries in all, every one re-read, re-hashed and compared with all tiles.
    pub size: u64,
    /// The root over them, as recomputed.
    pub root: Digest,
    /// The root of the proved index over them, as recomputed and as the last seal names it.
    pub index: Digest,
    /// The ledger's time of the last seal.
    pub t: Timestamp,
    /// What the entries are.
    pub totals: Totals,
    /// Signatures that were checked, seals and denials included.
    pub signatures: u64,
    /// The size of the stored checkpoint that the log was held against.
    pub checkpoint: u64,
    /// The blobs that it names; of a log that somebody brought, none is looked at, for it brings those alone that were
    /// asked for.
    pub contents: Contents,
}

/// A whole log that is gone through from its first entry: the one in a ledger's folder, or one that somebody brought.
pub struct Whole {
    origin: String,
    pub(super) entries: Entries,
    pub(super) claim: Claim,
    pub(super) kept: Kept,
    ground: Arc<Ground>,
}

/// What the log is held against.
pub(super) enum Claim {
    /// The checkpoint in the ledger's folder.
    Stored(Checkpointed),
    /// A tree head that was verified already.
    Head(Head),
}

/// Where refused statements are kept.
pub(super) enum Kept {
    Vault(Vault),
    Given(HashMap<[u8; 32], Vec<u8>>),
}

/// A log that somebody brought.
pub struct Brought {
    /// The log's origin.
    pub origin: String,
    /// What its entries must come to.
    pub head: Head,
    /// All entries, from the first.
    pub entries: Vec<Arc<[u8]>>,
    /// Policy bundles, components, and what else is named by digest.
    pub blobs: Arc<dyn Blobs>,
    /// Refused statements, by the SHA-256 of their bytes.
    pub refused: HashMap<[u8; 32], Vec<u8>>,
}

/// A statement, and what the log says was decided about it.
pub struct Entry<'a> {
    /// Its log index.
    pub index: u64,
    /// The seal that covers it.
    pub seal: &'a Seal,
    /// The row of the whole statement.
    pub row: &'a SealedDecision,
    /// A row an event.
    pub rows: &'a [SealedDecision],
    /// The statement; for a denial the log's own.
    pub signed: Signed<'a>,
    whole: &'a Whole,
    refused: Option<&'a RefusedStatements<'a>>,
}

/// A refused statement that is still kept.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Who signed it.
    pub actor: ActorId,
    /// With which key.
    pub kid: Digest,
    /// When, as he claims.
    pub signed_at: Timestamp,
    /// Its identity.
    pub identity: Digest,
    /// What it says.
    pub events: Vec<Event>,
}

/// Looks at a log on its way.
pub trait Examiner {
    /// A statement before it is folded, on the state of its prefix, which must be left as it is.
    ///
    /// # Errors
    /// What ends the verification.
    fn entry(&mut self, state: &mut State, entry: &Entry<'_>) -> Result<(), LedgerError>;

    /// The end of the log, and the state there.
    ///
    /// # Errors
    /// What ends the verification.
    fn end(&mut self, _state: &State, _size: u64) -> Result<(), LedgerError> {
        Ok(())
    }
}

impl Entry<'_> {
    /// The refused statement of a denial, as long as it is kept: its signature is checked under the key that the state
    /// has. `None` when it is not at hand.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when it cannot be read. What is wrong with it comes as the inner error.
    pub fn refused(&self, state: &State, digest: &Digest) -> Result<Option<Result<Refused, String>>, LedgerError> {
        let bytes = match (&self.whole.kept, self.refused) {
            (Kept::Given(given), _) => given.get(&digest.0).cloned(),
            (Kept::Vault(_), Some(refused)) => refused.read(&digest.0)?,
            (Kept::Vault(_), None) => None,
        };
        Ok(bytes.map(|bytes| read_refused(&bytes, digest, &self.whole.origin, state)))
    }
}

fn read_refused(bytes: &[u8], digest: &Digest, origin: &str, state: &State) -> Result<Refused, String> {
    if Sha256::digest(bytes)[..] != digest.0[..] {
        return Err("it has another digest".into());
    }
    let public = |kid: &Digest| state.key(kid).and_then(|key| key.public_key().ok()).map(Arc::new);
    let checked = check(Arc::from(bytes), |_| [0; 32], origin, public).map_err(|error| error.to_string())?;
    if !checked.verified {
        return Err(format!("its key {} was not enrolled", checked.kid));
    }
    let Checked { actor, kid, identity, events, signed_at, .. } = checked;
    Ok(Refused { actor, kid, signed_at: Timestamp(signed_at.saturating_mul(1_000)), identity, events })
}

impl Whole {
    /// The log in a ledger's folder.
    ///
    /// # Errors
    /// Which part is missing or damaged, and what to do.
    pub fn open(folder: &Path, host: &Host) -> Result<Self, LedgerError> {
        let (log, stored) = open_log(folder, host)?;
        let entries = Entries::Log(log);
        let blobs = Arc::new(LocalBlobs::new(Arc::clone(&host.io), folder));
        let ground = Arc::new(Ground::new(entries.clone(), blobs, folder, host));
        let kept = Kept::Vault(Vault::new(Arc::clone(&host.io), folder));
        Ok(Self { origin: stored.head.origin.clone(), entries, claim: Claim::Stored(stored), kept, ground })
    }

    /// A log that somebody brought. `folder` is where compiled plugins may be kept.
    #[must_use]
    pub fn brought(brought: Brought, folder: &Path, host: &Host) -> Self {
        let Brought { origin, head, entries, blobs, refused } = brought;
        let entries = Entries::Given(entries.into());
        let ground = Arc::new(Ground::new(entries.clone(), blobs, folder, host));
        Self { origin, entries, claim: Claim::Head(head), kept: Kept::Given(refused), ground }
    }

    /// What its decisions stood on.
    #[must_use]
    pub fn ground(&self) -> Arc<Ground> {
        Arc::clone(&self.ground)
    }

    /// The log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Entries in all.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.entries.size()
    }

    /// Verifies all of it, on all cores, and shows every statement to `examiner`. `progress` gets entries done and
    /// entries in all.
    ///
    /// # Errors
    /// The first thing that is not as it must be: which file or record, what is wrong, what to do.
    pub fn verify(
        &self,
        mut examiner: Option<&mut dyn Examiner>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<FullReport, LedgerError> {
        let refused = match &self.kept {
            Kept::Vault(vault) if examiner.is_some() => Some(vault.all_refused()?),
            _ => None,
        };
        let mut named = matches!(self.claim, Claim::Stored(_)).then(Named::default);
        let mut look = |state: &mut State, sealed: &Sealed<'_>| -> Result<(), LedgerError> {
            let Sealed { index, checked, seal, row, rows } = *sealed;
            let Checked { actor, kid, events, identity, .. } = checked;
            if let Some(named) = &mut named {
                named.look(seal, events);
            }
            let Some(examiner) = &mut examiner else { return Ok(()) };
            self.ground.begin(seal);
            let signed = Signed { actor, kid: *kid, events, identity: *identity };
            let entry = Entry { index, seal, row, rows, signed, whole: self, refused: refused.as_ref() };
            examiner.entry(state, &entry)?;
            self.ground.follow(index, events);
            Ok(())
        };
        let (replay, signatures, committed) = go_through(&self.entries, &self.origin, &mut look, progress)?;
        let mut report = self.report(&replay, signatures, &committed)?;
        report.contents = named.map_or_else(|| Ok(Contents::default()), |named| named.check(self.ground.blobs()))?;
        examiner.map_or(Ok(()), |examiner| examiner.end(&replay.state, replay.frontier.size()))?;
        Ok(report)
    }

    /// Holds what the fold came to against the entries and the checkpoint.
    fn report(&self, replay: &Replay, signatures: u64, committed: &Committed) -> Result<FullReport, LedgerError> {
        if replay.frontier.size() != committed.size || replay.frontier.root() != committed.root || !replay.is_sealed() {
            let what = "the log does not end with a seal, or its tree is another".into();
            return Err(LedgerError::Record { index: committed.size.saturating_sub(1), what });
        }
        let checkpoint = match (&self.claim, &self.entries) {
            (Claim::Stored(stored), Entries::Log(log)) => {
                check_checkpoint(stored, &replay.state, &**log)?;
                stored.head.size
            }
            (Claim::Head(head), _) if (head.size, head.root) == (committed.size, committed.root) => head.size,
            _ => {
                let what = format!("is of another tree than the {} entries given", committed.size);
                return Err(LedgerError::Checkpoint {
                    what,
                    remedy: "the file is damaged, or was changed: get it again",
                });
            }
        };
        Ok(FullReport {
            origin: self.origin.clone(),
            size: committed.size,
            root: Digest(committed.root),
            index: Digest(replay.proved.root()),
            t: replay.t,
            totals: replay.totals,
            signatures,
            checkpoint,
            contents: Contents::default(),
        })
    }
}

/// Verifies the whole log in `folder`, on all cores. `progress` gets entries done and entries in all.
///
/// # Errors
/// As [`Whole::verify`].
pub fn verify_full(folder: &Path, host: &Host, progress: &mut dyn FnMut(u64, u64)) -> Result<FullReport, LedgerError> {
    Whole::open(folder, host)?.verify(None, progress)
}
