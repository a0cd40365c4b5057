//! Of storage only what reads the journal.

#[path = "../../src/storage/error.rs"]
mod error;
#[path = "../../src/storage/io/mod.rs"]
pub mod io;
#[path = "../../src/storage/journal/mod.rs"]
pub mod journal;

pub use error::{AppendError, IndexError, StorageError};
