//! The Io seam, journal, tiles, blobs, checkpoint, index, vault: the only room that names sled.
//!
//! Three seams face the ledger: [`Log`] (the truth), [`Blobs`] (checked by digest) and [`Index`] (not trusted,
//! rebuildable). Below them stands [`io::Io`], so that tests can make files fail.

mod blobs;
mod error;
pub mod index;
pub mod io;
pub mod journal;
mod lock;
pub mod log;
mod seams;
mod secrets;
mod vault;

pub use blobs::{LocalBlobs, MemBlobs};
pub use error::{AppendError, IndexError, StorageError};
pub use index::{MemIndex, SledIndex};
pub use lock::FolderLock;
pub use log::{LocalLog, LogOptions};
pub use seams::{Batch, Blobs, CheckedEntries, Committed, Index, Log, Mark, Stride};
pub use secrets::{read_secret, write_secret};
pub use vault::{Opening, RefusedStatements, Vault};
