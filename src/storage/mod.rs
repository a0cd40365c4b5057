//! The Io seam, journal, tiles, blobs, checkpoint, index, vault: the only room that names sled.
//!
//! Three seams face the ledger: [`Log`] (the truth), [`Blobs`] (checked by digest) and [`Index`] (not trusted,
//! rebuildable). Below them stands [`io::Io`], so that tests can make files fail.

mod error;
pub mod io;
mod seams;

pub use error::{AppendError, IndexError, StorageError};
pub use seams::{Batch, Blobs, Committed, Index, Log, Mark, Stride};
