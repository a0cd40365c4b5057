//! The German credit data, shipped inside the program: its columns, its rows, the meaning of its codes.

mod profiles;
mod statistics;

pub use profiles::{corrupted, profile};
pub use statistics::{checks, count, moments, schema, statistics};

use super::unexpected;
use crate::{cli::failure::Done, event::Digest};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The file, byte for byte.
pub const FILE: &str = include_str!("../../../../data/german_credit/german.data");
/// The meaning of its codes, column by column.
const CODES: &str = include_str!("../../../../data/german_credit/values_maps.json");

/// The file has no header; UCI's description names the columns in this order. A column is coded where `CODES` has it.
pub const COLUMNS: [&str; 21] = [
    "status",
    "duration",
    "credit_history",
    "purpose",
    "amount",
    "savings",
    "present_employment",
    "installment_rate",
    "status_sex",
    "other_debtors",
    "residence_since",
    "property",
    "age",
    "installment_plans",
    "housing",
    "existing_credits",
    "job",
    "dependents",
    "telephone",
    "foreign_worker",
    LABEL,
];

/// What is to be predicted.
pub const LABEL: &str = "credit";

/// One applicant: a value a column.
pub type Row = [&'static str; COLUMNS.len()];

/// The file, read.
pub struct Data {
    /// Every applicant, in the file's order.
    pub rows: Vec<Row>,
    /// The digest of the file's bytes.
    pub digest: Digest,
    codes: BTreeMap<String, BTreeMap<String, String>>,
}

impl Data {
    /// Reads the file.
    ///
    /// # Errors
    /// When a line does not have 21 values, or the codes are no JSON: the program's own files are not what they were.
    pub fn read() -> Done<Self> {
        let row = |line: &'static str| -> Done<Row> {
            let values: Vec<&'static str> = line.split_ascii_whitespace().collect();
            values.try_into().map_err(|values: Vec<_>| unexpected(format!("a line of {} values", values.len())))
        };
        let given: BTreeMap<String, BTreeMap<String, serde_json::Value>> =
            serde_json::from_str(CODES).map_err(|error| unexpected(format!("the codes: {error}")))?;
        let text =
            |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), |text| text.trim().into());
        let codes = given
            .into_iter()
            .map(|(column, codes)| (column, codes.into_iter().map(|(code, value)| (code, text(value))).collect()))
            .collect();
        Ok(Self {
            rows: FILE.lines().map(row).collect::<Done<_>>()?,
            digest: Digest(Sha256::digest(FILE).into()),
            codes,
        })
    }

    /// What a code of a column means; `None` for numbers and unknown codes.
    #[must_use]
    pub fn meaning(&self, column: &str, code: &str) -> Option<&str> {
        self.codes.get(column)?.get(code).map(String::as_str)
    }

    /// Whether a column holds codes rather than numbers.
    #[must_use]
    pub fn is_coded(&self, column: &str) -> bool {
        self.codes.contains_key(column)
    }
}

/// The value of a column.
#[must_use]
pub fn value(row: &Row, column: &str) -> &'static str {
    COLUMNS.iter().position(|name| *name == column).and_then(|at| row.get(at)).copied().unwrap_or_default()
}

/// The value of a column as a number; `None` when it is none.
#[must_use]
pub fn number(row: &Row, column: &str) -> Option<f64> {
    value(row, column).parse().ok()
}

/// Whether the credit turned out bad.
#[must_use]
pub fn is_bad(row: &Row) -> bool {
    value(row, LABEL) == "2"
}
