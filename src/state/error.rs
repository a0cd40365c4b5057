//! What can be wrong with cells that are read back.

use thiserror::Error;

/// Why a state cannot be loaded. The cells come from the index, which can always be rebuilt.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum StateError {
    /// A key or a value is not of the form.
    #[error("state cell {key} cannot be read: rebuild the index from the log (`sagwan index rebuild`)")]
    Cell {
        /// The key, in hexadecimal.
        key: String,
    },
    /// The cells are of another version.
    #[error(
        "the state's cells are of version {found}, this program reads {expected}: rebuild the index from the log (`sagwan index rebuild`)"
    )]
    Version {
        /// The version found.
        found: u8,
        /// The version that this program reads.
        expected: u8,
    },
}
