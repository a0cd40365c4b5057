//! What is counted in the file: schema, statistics, checks. Nothing is written down here that the file says.

use super::{COLUMNS, Data, LABEL, Row, number, value};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// The columns and their types, as `dataset.registered` takes them.
#[must_use]
pub fn schema(data: &Data) -> Json {
    let kind = |column: &str| if data.is_coded(column) { "category" } else { "integer" };
    COLUMNS.iter().map(|column| json!({ "name": column, "type": kind(column) })).collect()
}

/// What was counted, as `dataset.registered` takes it.
#[must_use]
pub fn statistics(data: &Data) -> Json {
    let columns: Vec<Json> = COLUMNS.iter().map(|column| of_column(data, column)).collect();
    json!({ "rows": data.rows.len(), "columns": columns })
}

fn of_column(data: &Data, column: &str) -> Json {
    let values: Vec<&str> = data.rows.iter().map(|row| value(row, column)).collect();
    let distinct: BTreeSet<&&str> = values.iter().collect();
    let missing = values.iter().filter(|value| value.is_empty() || **value == "?").count();
    let mut counted = json!({ "name": column, "missing": missing, "distinct": distinct.len() });
    let numbers: Vec<f64> = data.rows.iter().filter_map(|row| number(row, column)).collect();
    if let (false, Some(fields)) = (data.is_coded(column) || numbers.is_empty(), counted.as_object_mut()) {
        let (mean, deviation) = moments(&numbers);
        let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (name, number) in [("min", least), ("max", greatest), ("mean", mean), ("deviation", deviation)] {
            fields.insert(name.into(), json!(number));
        }
    }
    counted
}

/// Arithmetic mean and the standard deviation of the sample.
#[must_use]
pub fn moments(numbers: &[f64]) -> (f64, f64) {
    let count = count(numbers.len());
    let mean = numbers.iter().sum::<f64>() / count.max(1.0);
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0).max(1.0)).sqrt())
}

/// A count as a number to divide by.
#[must_use]
pub fn count(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap_or(u32::MAX))
}

/// The checks of `dataset.validated`, each with what was found, and the worst outcome.
#[must_use]
pub fn checks(data: &Data) -> (&'static str, Json) {
    let rows = &data.rows;
    let coded = || COLUMNS.iter().filter(|column| data.is_coded(column));
    let unknown = |row: &&Row| coded().any(|column| data.meaning(column, value(row, column)).is_none());
    let no_number =
        |row: &&Row| COLUMNS.iter().any(|column| !data.is_coded(column) && value(row, column).parse::<u32>().is_err());
    let distinct: BTreeSet<&Row> = rows.iter().collect();
    let unknown = rows.iter().filter(unknown).count();
    let no_number = rows.iter().filter(no_number).count();
    let twice = rows.len() - distinct.len();
    let unlabelled = rows.iter().filter(|row| !matches!(value(row, LABEL), "1" | "2")).count();
    let found = [
        ("codes-known", unknown, format!("{unknown} rows with a code that the codebook does not have")),
        ("numbers-whole", no_number, format!("{no_number} rows with a value that is no whole number")),
        ("labels-known", unlabelled, format!("{unlabelled} rows without a label")),
        ("rows-distinct", twice, format!("{twice} rows that stand twice")),
    ];
    let outcome = |count: usize| if count == 0 { "pass" } else { "fail" };
    let worst = outcome(found.iter().map(|(_, count, _)| count).sum());
    let list = found
        .iter()
        .map(|(code, count, message)| json!({ "code": code, "outcome": outcome(*count), "message": message }));
    (worst, list.collect())
}
