//! Why there is no profile.

use crate::event::limits;
use thiserror::Error;

/// Why there is no profile.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ProfileError {
    /// Too wide.
    #[error("{columns} columns, the limit is {limit}: profile the columns that matter, or check the delimiter", limit = limits::PROFILE_COLUMNS_MAX)]
    TooManyColumns {
        /// How many there are.
        columns: usize,
    },
    /// Nothing to profile.
    #[error("no columns: the file is empty, or everything in it was left out")]
    NoColumns,
    /// Two columns of one name.
    #[error("two columns are named {name:?}: rename one, or give names with --names")]
    SameName {
        /// The name.
        name: String,
    },
    /// A name that no event can hold.
    #[error("column {column} has a name of {bytes} bytes, the limit is {limit}: give shorter names with --names, or say --no-header", limit = limits::NAME_BYTES_MAX)]
    LongName {
        /// Its place, from 1.
        column: usize,
        /// The name's bytes.
        bytes: usize,
    },
    /// A column that is not there.
    #[error("no column is named {name:?}; there are {there}")]
    NoSuchColumn {
        /// The name.
        name: String,
        /// Those that there are.
        there: String,
    },
    /// A row with other columns.
    #[error(
        "row {row} has {cells} values where there are {columns} columns: correct it, or check delimiter and quotes"
    )]
    Uneven {
        /// The row, from 1, the header not counted.
        row: u64,
        /// Its values.
        cells: usize,
        /// The columns.
        columns: usize,
    },
}
