//! What a monitor remembers, on the disk: a file of its own in `monitors/`, which may be deleted while no process uses
//! it. It is believed as far as the marks in the log bear it out; else the records are shown again.

use super::{super::core::Core, walk::Memory};
use crate::{
    codec::cbor,
    event::{Bytes, Digest, Timestamp, limits},
    plugin::MonitorState,
    state::Binding,
    storage::{
        StorageError,
        io::{Durability, make_dir, read_file, replace_file},
    },
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// The folder in a ledger's.
const FOLDER: &str = "monitors";
/// The version of the file's form.
const VERSION: u32 = 1;
/// Bytes of such a file: the state, and what stands around it.
const BYTES_MAX: u64 = (limits::PLUGIN_STATE_BYTES_MAX + limits::PLUGIN_STATE_KEYS_MAX * 16 + 1_024) as u64;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    version: u32,
    component: Digest,
    /// The mark that it follows: its `next` and its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<(u64, Digest)>,
    next: u64,
    ticked: Timestamp,
    shown: u64,
    faults: u64,
    failing: bool,
    entries: BTreeMap<String, Bytes>,
}

fn path(core: &Core, id: &Digest, binding: &Binding) -> PathBuf {
    let hex: String = id.to_string().chars().skip("sha256:".len()).collect();
    core.folder.join(FOLDER).join(format!("{hex}-{}.state", binding.position))
}

/// The mark of a binding, as a snapshot names it.
fn mark(binding: &Binding) -> Option<(u64, Digest)> {
    binding.mark.as_ref().map(|mark| (mark.next, mark.state))
}

/// What is on the disk, if the log bears it out and does not end before it.
pub(super) fn read(core: &Core, id: &Digest, binding: &Binding, size: u64) -> Option<Memory> {
    let bytes = read_file(&*core.host.io, &path(core, id, binding), BYTES_MAX).ok()??;
    let file: Snapshot = cbor::decode(&bytes).ok()?;
    let marked = binding.mark.as_ref().map_or(0, |mark| mark.next);
    // A file behind the last mark is older, and the way from there is gone again; one beyond it must follow that mark.
    let borne_out = file.next <= marked || file.mark == mark(binding);
    if file.version != VERSION || file.component != binding.component || !borne_out || file.next > size {
        return None;
    }
    let entries = file.entries.into_iter().map(|(key, value)| (key, Arc::from(value.0)));
    Some(Memory {
        next: file.next,
        state: Arc::new(MonitorState::new(entries)),
        ticked: file.ticked,
        shown: file.shown,
        faults: file.faults,
        failing: file.failing,
        indeterminate: 0,
    })
}

/// Puts it down, once what was found up to there is recorded.
pub(super) fn write(core: &Core, id: &Digest, binding: &Binding, memory: &Memory) -> Result<(), StorageError> {
    let file = Snapshot {
        version: VERSION,
        component: binding.component,
        mark: mark(binding),
        next: memory.next,
        ticked: memory.ticked,
        shown: memory.shown,
        faults: memory.faults,
        failing: memory.failing,
        entries: memory.state.entries().map(|(key, value)| (key.to_owned(), Bytes(value.to_vec()))).collect(),
    };
    // INVARIANT: text keys, bytes and whole numbers have an encoding.
    let Ok(bytes) = cbor::encode(&file) else { return Ok(()) };
    let io = &*core.host.io;
    make_dir(io, &core.folder, &core.folder.join(FOLDER), true)?;
    replace_file(io, &path(core, id, binding), &bytes, true, Durability::Later)
}
