//! Checkpoints that witnesses cosigned. The newest on which enough of them are is kept in the file `cosigned` beside the
//! checkpoint, so that it outlives a restart; and held against the log at opening, as the checkpoint is.

use super::{
    Ledger,
    core::Core,
    error::LedgerError,
    publish::{Nodes, Published},
};
use crate::{
    codec::{
        checkpoint::Checkpoint,
        note::{Note, with_signatures},
    },
    event::limits::NOTE_BYTES_MAX,
    merkle::{Hash, root_at},
    storage::io::{Durability, read_file, replace_file},
};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of the file in the ledger's folder.
pub const COSIGNED: &str = "cosigned";

/// A checkpoint of this ledger with cosignatures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CosignedHead {
    /// The tree's size.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// The signed note, the log's lines first.
    pub note: String,
}

/// What is at hand.
#[derive(Default)]
pub(super) struct Slots(Mutex<Held>);

#[derive(Default)]
struct Held {
    /// The newest with any cosignature.
    newest: Option<Arc<CosignedHead>>,
    /// The newest with enough of them.
    witnessed: Option<Arc<CosignedHead>>,
}

impl Ledger {
    /// A checkpoint as it is given out: with the cosignatures that are at hand for it.
    #[must_use]
    pub fn checkpoint(&self, head: &Published) -> String {
        self.core.cosigned_note(&head.checkpoint)
    }

    /// The newest checkpoint on which enough witnesses are, by the settings of when they were asked.
    #[must_use]
    pub fn witnessed(&self) -> Option<Arc<CosignedHead>> {
        self.core.cosigned.held(|held| held.witnessed.clone())
    }

    /// The root of the tree of the first `size` entries.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] beyond the head; those of the log.
    pub fn root_at(&self, size: u64) -> Result<Hash, LedgerError> {
        let head = self.head().size;
        if size > head {
            return Err(LedgerError::NotFound { what: format!("a tree of size {size}"), size: head });
        }
        Ok(root_at(&Nodes(&*self.core.log), size)?)
    }

    /// Keeps a checkpoint of this ledger with cosignatures that whoever calls has verified; durably where there are
    /// enough of them. One that is older than what is at hand is passed over.
    ///
    /// # Errors
    /// [`LedgerError::Checkpoint`] when it is not of this ledger; those of the disk.
    pub fn keep_cosigned(&self, note: &str, is_enough: bool) -> Result<(), LedgerError> {
        let fresh = Arc::new(read(&self.core, note)?);
        let size = fresh.size;
        let older = |kept: &Option<Arc<CosignedHead>>| kept.as_ref().is_none_or(|kept| kept.size <= size);
        if is_enough && self.core.cosigned.held(|held| older(&held.witnessed)) {
            let path = self.core.folder.join(COSIGNED);
            replace_file(&*self.core.host.io, &path, fresh.note.as_bytes(), false, Durability::Now)?;
        }
        self.core.cosigned.held(|held| {
            if is_enough && older(&held.witnessed) {
                held.witnessed = Some(Arc::clone(&fresh));
            }
            if older(&held.newest) {
                held.newest = Some(fresh);
            }
        });
        Ok(())
    }
}

impl Core {
    /// A checkpoint's note with the cosignatures that are at hand for it.
    pub(super) fn cosigned_note(&self, checkpoint: &str) -> String {
        let newest = self.cosigned.held(|held| held.newest.clone());
        newest.and_then(|newest| joined(checkpoint, &newest.note)).unwrap_or_else(|| checkpoint.to_owned())
    }
}

impl Slots {
    fn held<T>(&self, with: impl FnOnce(&mut Held) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The checkpoint with the other note's lines, where both are of one text.
fn joined(checkpoint: &str, cosigned: &str) -> Option<String> {
    // Mostly they are not, where much is recorded: this is asked for every checkpoint that is served.
    let end = checkpoint.find("\n\n")?;
    if !cosigned.starts_with(checkpoint.get(..end + 2)?) {
        return None;
    }
    let (own, other) = (Note::parse(checkpoint.as_bytes()).ok()?, Note::parse(cosigned.as_bytes()).ok()?);
    if own.text != other.text {
        return None;
    }
    with_signatures(checkpoint, &other.signatures).ok()
}

/// Reads a cosigned checkpoint and holds it against the log: its tree must be one that the log had.
fn read(core: &Core, note: &str) -> Result<CosignedHead, LedgerError> {
    let refused = |what: String, remedy| LedgerError::Checkpoint { what, remedy };
    const AGAIN: &str = "take the file `cosigned` away, the witnesses give it again";
    let form = |error: crate::codec::CodecError| refused(format!("with cosignatures cannot be read: {error}"), AGAIN);
    let text = Note::parse(note.as_bytes()).map_err(form)?.text;
    let Checkpoint { origin, size, root } = Checkpoint::parse(text).map_err(form)?;
    if origin != *core.origin {
        return Err(refused(format!("with cosignatures is of {origin:?}, not of this ledger"), AGAIN));
    }
    const BACK: &str = "an old or another copy of the log was put in its place: put back the newest one; going on here would fork the log for all who saw that checkpoint";
    let own = core.head().size;
    if size > own {
        return Err(refused(format!("that witnesses cosigned has size {size}, and the log has {own}"), BACK));
    }
    if root_at(&Nodes(&*core.log), size)? != root {
        return Err(refused(format!("of size {size} that witnesses cosigned is of another tree than the log's"), BACK));
    }
    Ok(CosignedHead { size, root, note: note.to_owned() })
}

/// Takes up what the file holds.
pub(super) fn load(core: &Core) -> Result<(), LedgerError> {
    let Some(bytes) = read_file(&*core.host.io, &core.folder.join(COSIGNED), NOTE_BYTES_MAX as u64)? else {
        return Ok(());
    };
    let kept = Arc::new(read(core, &String::from_utf8_lossy(&bytes))?);
    core.cosigned.held(|held| *held = Held { newest: Some(Arc::clone(&kept)), witnessed: Some(kept) });
    Ok(())
}
