//! Delimited text, read in a stream: a row at a time, and never more than a row's limit of bytes.

use super::{Form, unfit};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
    },
    event::{Digest, limits},
    profile::{Cell, Options, Profile, ProfileError, Profiler, Source},
};
use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};
use std::{
    cell,
    fs::File,
    io::{self, BufRead as _, BufReader, Read},
    path::Path,
    rc::Rc,
};

/// Words that mean that a value is missing, in every text file.
const MISSING: [&str; 10] = ["", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "none"];
/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// What passes through: hashed, counted, and stopped when a row does not end.
struct Metered {
    file: File,
    hasher: Rc<cell::RefCell<Sha256>>,
    bytes: Rc<cell::Cell<u64>>,
    since_row: Rc<cell::Cell<u64>>,
    bar: ProgressBar,
}

/// The row does not end.
#[derive(Debug, thiserror::Error)]
#[error("a row of over {} bytes", limits::PROFILE_ROW_BYTES_MAX)]
struct EndlessRow;

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row.get() > limits::PROFILE_ROW_BYTES_MAX {
            return Err(io::Error::other(EndlessRow));
        }
        let read = self.file.read(buffer)?;
        self.hasher.borrow_mut().update(buffer.get(..read).unwrap_or_default());
        self.bytes.set(self.bytes.get() + read as u64);
        self.since_row.set(self.since_row.get() + read as u64);
        self.bar.inc(read as u64);
        Ok(read)
    }
}

/// The profile of a text file.
///
/// # Errors
/// When it cannot be read, is no text in UTF-8, or its rows are uneven or endless.
pub fn read(path: &Path, form: &Form, options: &Options, context: &Context) -> Done<Profile> {
    let failed = |error: io::Error| Failure::io("read", path, &error);
    let file = File::open(path).map_err(failed)?;
    let total = file.metadata().map_err(failed)?.len();
    let (hasher, bytes) = (Rc::<cell::RefCell<Sha256>>::default(), Rc::<cell::Cell<u64>>::default());
    let since_row = Rc::<cell::Cell<u64>>::default();
    let bar = context.printer.progress("profiling", total);
    let metered = Metered {
        file,
        hasher: Rc::clone(&hasher),
        bytes: Rc::clone(&bytes),
        since_row: Rc::clone(&since_row),
        bar: bar.clone(),
    };
    let mut input = BufReader::with_capacity(CHUNK_BYTES, metered);
    skip(&mut input, form.skip_lines, path)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(form.delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(input);
    let mut record = csv::ByteRecord::new();
    let mut next = |record: &mut csv::ByteRecord, row: u64| {
        since_row.set(0);
        reader.read_byte_record(record).map_err(|error| unreadable(path, error, row))
    };
    let mut profiler = None;
    if form.names.is_none() && !form.no_header && next(&mut record, 0)? {
        let first = words(&record, path, 0)?;
        // What programs on Windows write before the first name.
        let names = first.iter().enumerate().map(|(at, name)| match at {
            0 => name.trim_start_matches('\u{feff}').to_owned(),
            _ => (*name).to_owned(),
        });
        profiler = Some(started(names.collect(), options, path)?);
    } else if let Some(file) = &form.names {
        profiler = Some(started(names_of(file)?, options, path)?);
    }
    let mut row = 0;
    while next(&mut record, row + 1)? {
        row += 1;
        let words = words(&record, path, row)?;
        let profiler = match &mut profiler {
            Some(profiler) => profiler,
            None => {
                let names = (1..=words.len().min(limits::PROFILE_COLUMNS_MAX + 1)).map(|n| format!("column_{n}"));
                profiler.insert(started(names.collect(), options, path)?)
            }
        };
        let missing = |word: &str| MISSING.contains(&word) || form.missing.iter().any(|other| other == word);
        let cells: Vec<Cell<'_>> =
            words.iter().map(|word| if missing(word) { Cell::Missing } else { Cell::read(word) }).collect();
        profiler.row(&cells, Some(&words)).map_err(|error| unfit(path, &error))?;
    }
    bar.finish_and_clear();
    let profiler = profiler.ok_or_else(|| unfit(path, &ProfileError::NoColumns))?;
    let mut missing_words: Vec<String> = form.missing.clone();
    missing_words.sort_unstable();
    missing_words.dedup();
    let digest = Digest(hasher.borrow().clone().finalize().into()).to_string();
    Ok(profiler.finish(Source { digest, bytes: bytes.get(), format: "csv".into(), missing_words }))
}

fn started(names: Vec<String>, options: &Options, path: &Path) -> Done<Profiler> {
    Profiler::new(names, options).map_err(|error| unfit(path, &error))
}

/// Leaves out lines at the beginning.
fn skip(input: &mut BufReader<Metered>, lines: u32, path: &Path) -> Done {
    for line in 1..=lines {
        let mut skipped = Vec::new();
        input
            .by_ref()
            .take(limits::PROFILE_ROW_BYTES_MAX)
            .read_until(b'\n', &mut skipped)
            .map_err(|error| unreadable_io(path, &error, u64::from(line)))?;
        input.get_ref().since_row.set(0);
    }
    Ok(())
}

/// The names of a file, one a line.
fn names_of(file: &Path) -> Done<Vec<String>> {
    let mut text = String::new();
    let limit = (limits::PROFILE_COLUMNS_MAX * (limits::NAME_BYTES_MAX + 2)) as u64;
    let opened = File::open(file).map_err(|error| Failure::io("read", file, &error))?;
    opened.take(limit).read_to_string(&mut text).map_err(|error| Failure::io("read", file, &error))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn words<'r>(record: &'r csv::ByteRecord, path: &Path, row: u64) -> Done<Vec<&'r str>> {
    let read = |(at, bytes): (usize, &'r [u8])| {
        std::str::from_utf8(bytes).map_err(|_| {
            Failure::invalid(
                format!("{}: row {row}, column {} is not UTF-8", path.display(), at + 1),
                "write the file in UTF-8, for example with iconv",
            )
        })
    };
    record.iter().enumerate().map(read).collect()
}

fn unreadable(path: &Path, error: csv::Error, row: u64) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => unreadable_io(path, &error, row),
        other => Failure::invalid(format!("{}: row {row}: {other:?}", path.display()), "correct the file"),
    }
}

fn unreadable_io(path: &Path, error: &io::Error, row: u64) -> Failure {
    if error.get_ref().is_some_and(|inner| inner.is::<EndlessRow>()) {
        return Failure::invalid(
            format!("{}: row {row} has over {} bytes", path.display(), limits::PROFILE_ROW_BYTES_MAX),
            "look for a quote that is not closed, or a wrong delimiter; keep large values elsewhere",
        );
    }
    Failure::io("read", path, error)
}
