//! Profiles of the data, as `sagwan profile` makes them: of the file, and of a copy that was damaged on its way.

use super::{COLUMNS, Data, LABEL, Row};
use crate::{
    cli::{demo::unexpected, failure::Done},
    event::Digest,
    profile::{Cell, Options, Profiler, Source},
};
use sha2::{Digest as _, Sha256};

/// The profile of the file, and its rows.
///
/// # Errors
/// When the profiler does not take it.
pub fn profile(data: &Data) -> Done<(Vec<u8>, u64)> {
    of(data.rows.iter().map(|row| row.map(str::to_owned)))
}

/// The same of a copy in which every third age is lost, every fourth amount has slipped by three digits, every tenth
/// purpose has a code that nobody knows, and the last 200 applicants stand twice.
///
/// # Errors
/// As [`profile`].
pub fn corrupted(data: &Data) -> Done<(Vec<u8>, u64)> {
    let twice = data.rows.iter().skip(data.rows.len().saturating_sub(200));
    of(data.rows.iter().chain(twice).enumerate().map(|(at, row)| damaged(at, row)))
}

fn damaged(at: usize, row: &Row) -> [String; COLUMNS.len()] {
    let mut cells = row.map(str::to_owned);
    for (name, cell) in COLUMNS.iter().zip(&mut cells) {
        match *name {
            "age" if at.is_multiple_of(3) => cell.clear(),
            "amount" if at.is_multiple_of(4) => cell.push_str("000"),
            "purpose" if at.is_multiple_of(10) => "A499".clone_into(cell),
            _ => {}
        }
    }
    cells
}

fn of(rows: impl Iterator<Item = [String; COLUMNS.len()]>) -> Done<(Vec<u8>, u64)> {
    let fail = |error: crate::profile::ProfileError| unexpected(error.to_string());
    let options = Options { target: Some(LABEL.to_owned()), ..Options::default() };
    let mut profiler = Profiler::new(COLUMNS.map(str::to_owned).to_vec(), &options).map_err(fail)?;
    let (mut hasher, mut bytes, mut count) = (Sha256::new(), 0, 0);
    for row in rows {
        let words = row.each_ref().map(String::as_str);
        let cells = words.map(|word| if word.is_empty() { Cell::Missing } else { Cell::read(word) });
        profiler.row(&cells, Some(&words)).map_err(fail)?;
        let line = words.join(" ") + "\n";
        hasher.update(&line);
        (bytes, count) = (bytes + line.len() as u64, count + 1);
    }
    let digest = Digest(hasher.finalize().into()).to_string();
    let profile = profiler.finish(Source { digest, bytes, format: "csv".into(), missing_words: Vec::new() });
    Ok((serde_json::to_vec(&profile).map_err(|error| unexpected(error.to_string()))?, count))
}
