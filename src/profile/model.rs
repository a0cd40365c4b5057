//! What a profile says, and its JSON form `sagwan.profile/1` (docs/profiles.md). The same data and options give the same
//! bytes.

use crate::event::body::ColumnType;
use serde::{Deserialize, Serialize};

/// The name of the form.
pub const FORM: &str = "sagwan.profile/1";

/// A profile of a file's rows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// [`FORM`].
    pub form: String,
    /// What was read.
    pub source: Source,
    /// Rows, the header not counted.
    pub rows: u64,
    /// Rows that are equal to an earlier one.
    pub duplicates: Duplicates,
    /// Columns, in their order.
    pub columns: Vec<Column>,
    /// Predictions held against the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judged>,
}

/// What was read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// `sha256:` and 64 hexadecimal digits of the file's bytes.
    pub digest: String,
    /// Its bytes.
    pub bytes: u64,
    /// `csv` or `parquet`.
    pub format: String,
    /// Words that were read as missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_words: Vec<String>,
}

/// Rows that are equal to an earlier one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// How many; when fewer rows were compared than there are, at least so many.
    pub count: u64,
    /// Different rows that later ones were compared with.
    pub compared: u64,
    /// Whether every row was compared with all before it.
    pub exact: bool,
}

/// What a column is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// What is to be predicted.
    Target,
    /// What was predicted.
    Prediction,
    /// How sure the prediction was.
    Score,
}

/// A column.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Its values were not to be shown: only counts are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Rows without a value.
    pub missing: u64,
    /// Different values.
    pub distinct: u64,
    /// The count of different values is an estimate with this standard error, a share of the count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_error: Option<f64>,
    /// Values with their counts, most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<(String, u64)>,
    /// Values that are counted but not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Rest>,
    /// What is known of its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Number>,
    /// The first and last time, in milliseconds since 1970 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<(i64, i64)>,
    /// The shortest and longest text, in bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<(u64, u64)>,
}

/// Values that are counted but not listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// Different values.
    pub values: u64,
    /// Rows with one of them.
    pub count: u64,
}

/// What is known of a column's numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// Finite numbers.
    pub count: u64,
    /// Infinite numbers; they count nowhere else.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub infinite: u64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The arithmetic mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// The standard deviation of the sample (n - 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// The 25th, 50th and 75th percentile, linear between neighbours.
    pub quartiles: [f64; 3],
    /// Numbers more than 1.5 times the distance of the quartiles outside of them (Tukey).
    pub outliers_iqr: u64,
    /// Numbers more than three standard deviations from the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outliers_z: Option<u64>,
    /// Ranks, and so quartiles, outliers and the distribution, are wrong by at most this share of the count; 0 is exact.
    pub rank_error: f64,
    /// All values with their counts in ascending order, when they are at most a thousand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(f64, u64)>,
    /// Otherwise the distribution function as vertices: a value, and how many are at or below it. It is linear between
    /// vertices; two vertices of one value are a jump.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distribution: Vec<(f64, u64)>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Predictions held against the target, row by row, where both are there.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Rows with both.
    pub rows: u64,
    /// The classes in order of their bytes, unless there are too many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Rows by target (line) and prediction (place in the line), in the order of `classes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<u64>>,
    /// The class that precision, recall and AUC are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// What was measured: `accuracy`, `precision`, `recall`, `f1`, `auc`; of numbers `mae`, `rmse`.
    pub metrics: std::collections::BTreeMap<String, f64>,
}
