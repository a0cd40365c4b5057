//! The one thread that makes batches durable. Only behind it does anything leave: receipts, checkpoint, tiles, answers.

use super::{batch::Batch, core::Core, error::LedgerError, log_pub, pen::Pen, publish::Published, verdict::Verdict};
use crate::{
    event::limits,
    storage::{self, Mark},
};
use crossbeam_channel::Receiver;
use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Instant,
};

/// Runs until the sequencer ends.
pub(super) fn run(core: &Core, batches: &Receiver<Batch>) {
    for batch in batches {
        settle(core, batch);
        core.inbox.batch_finished();
    }
}

/// Makes a batch durable and answers for it. A failure stops the ledger, and whatever comes after it is answered with
/// it. One batch at a time: by the committer, or by the sequencer while the committer has none.
pub(super) fn settle(core: &Core, mut batch: Batch) {
    let new_keys = batch.pen.is_some();
    let pen = {
        let mut pen = core.pen_at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(new) = batch.pen.take() {
            *pen = new;
        }
        Arc::clone(&pen)
    };
    let result = match core.stopped() {
        Some(why) => Err(why),
        None => commit(core, &mut batch, &pen).map_err(|error| error.to_string()),
    };
    if let Err(why) = &result {
        core.stop(why);
    } else if new_keys {
        // Before anybody is told; what fails here is tried again by the maintenance thread.
        drop(log_pub::write_due(core));
    }
    for (submission, position, verdict) in batch.answers.drain(..) {
        let verdict = match &result {
            Ok(()) => verdict,
            Err(why) => Verdict::Failed(why.clone()),
        };
        core.counters.count(&verdict);
        submission.answer(position, verdict);
    }
}

/// ONE journal write and sync; then the checkpoint; then the index. Any unclear result is the caller's to stop at.
fn commit(core: &Core, batch: &mut Batch, pen: &Arc<Pen>) -> Result<(), LedgerError> {
    if batch.entries.is_empty() {
        return Ok(());
    }
    for bytes in batch.refused.drain(..) {
        core.vault.put_refused(&bytes, batch.t.plus_ms(limits::REFUSED_KEPT_MS).0)?;
    }
    for findings in batch.findings.drain(..) {
        core.blobs.put(&findings)?;
    }
    let started = Instant::now();
    let entries = storage::Batch { first: batch.first, entries: &batch.entries, leaf_hashes: &batch.leaves };
    let committed = core.log.append(batch.first, &entries).map_err(|error| LedgerError::Stopped(error.to_string()))?;
    core.counters.committed(batch.entries.len(), started.elapsed());
    if committed.root != batch.root || committed.size != batch.end() {
        return Err(LedgerError::Own("the log and the sequencer disagree about the tree".into()));
    }
    let head = Published::new(Arc::clone(pen), committed.size, committed.root, batch.t)?;
    core.log.publish(head.checkpoint.as_bytes(), head.size)?;
    let keys = batch.keys.iter().flat_map(|(_, keys)| keys.iter().map(|key| &**key));
    core.surrounded.grown(keys, committed.size);
    core.index.add(std::mem::take(&mut batch.keys));
    if let Some(cells) = batch.stride.take() {
        core.index.freeze(Mark { size: committed.size, root: committed.root }, cells);
    }
    core.publish(head);
    core.counters.size.store(committed.size, Ordering::Relaxed);
    Ok(())
}
