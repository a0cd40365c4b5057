//! One column as it is read: what it may still be, and what is known of its values.

use super::{
    cell::Cell,
    distinct::{self, Distinct},
    hash,
    model::{self, Rest, Role},
    numbers::Numbers,
    words::Words,
};
use crate::event::{body::ColumnType, limits};

/// What one column may hold in memory.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    sketch_values: usize,
    distinct_values: usize,
    word_bytes: usize,
}

impl Share {
    /// An equal share of the whole budget for each of `columns`: half for distributions (a run for each of twenty levels
    /// is far beyond any file), a quarter for different values, a quarter for counted ones.
    pub fn of(columns: usize) -> Self {
        let bytes = limits::PROFILE_MEMORY_BYTES / columns.max(1);
        Self {
            sketch_values: (bytes / 2 / (20 * size_of::<f64>())).min(1 << 17),
            distinct_values: (bytes / 4 / 16).min(limits::PROFILE_DISTINCT_EXACT_MAX),
            word_bytes: bytes / 4,
        }
    }
}

/// Gathers a column.
#[derive(Clone, Debug)]
pub struct Gathering {
    rows: u64,
    missing: u64,
    /// Which types every value so far has.
    integer: bool,
    float: bool,
    boolean: bool,
    time: bool,
    other: bool,
    distinct: Distinct,
    words: Words,
    numbers: Option<Numbers>,
    times: Option<(i64, i64)>,
    length: Option<(u64, u64)>,
}

/// The hash of a missing value.
const MISSING: u64 = 0;

impl Gathering {
    pub fn new(share: Share) -> Self {
        Self {
            rows: 0,
            missing: 0,
            integer: true,
            float: true,
            boolean: true,
            time: true,
            other: false,
            distinct: Distinct::new(share.distinct_values),
            words: Words::new(share.word_bytes),
            numbers: Some(Numbers::new(share.sketch_values)),
            times: None,
            length: None,
        }
    }

    /// Adds a value, and the word that it was read from, in a text file. Gives its hash.
    pub fn add(&mut self, cell: Cell<'_>, word: Option<&str>) -> u64 {
        self.rows += 1;
        let cell = if matches!(cell, Cell::Float(value) if value.is_nan()) { Cell::Missing } else { cell };
        if cell == Cell::Missing {
            self.missing += 1;
            return MISSING;
        }
        let number = match cell {
            Cell::Integer(value) => Some(value as f64),
            Cell::Float(value) => Some(value),
            _ => None,
        };
        self.integer &= matches!(cell, Cell::Integer(_));
        self.float &= number.is_some();
        self.boolean &= matches!(cell, Cell::Boolean(_));
        self.time &= matches!(cell, Cell::Time(_));
        self.other |= matches!(cell, Cell::Other(_));
        if !self.float {
            self.numbers = None;
        }
        if let (Some(numbers), Some(number)) = (&mut self.numbers, number) {
            numbers.add(number);
        }
        if let Cell::Time(at) = cell {
            let (first, last) = self.times.unwrap_or((at, at));
            self.times = Some((first.min(at), last.max(at)));
        }
        let text = match cell {
            Cell::Text(text) | Cell::Other(text) => Some(text),
            Cell::Boolean(value) => Some(word.unwrap_or(if value { "true" } else { "false" })),
            _ => word,
        };
        if let Some(text) = text {
            let bytes = text.len() as u64;
            let (least, most) = self.length.unwrap_or((bytes, bytes));
            self.length = Some((least.min(bytes), most.max(bytes)));
            self.words.add(text);
        }
        let hash = match cell {
            // Beyond 2^53 a double does not tell integers apart.
            Cell::Integer(value) if value.unsigned_abs() > 1 << 53 => hash::bytes(&value.to_le_bytes()),
            Cell::Time(at) => hash::bytes(&at.to_be_bytes()),
            _ => number.map_or_else(|| hash::bytes(text.unwrap_or_default().as_bytes()), hash::number),
        };
        self.distinct.add(hash);
        hash
    }

    fn kind(&self, listed: Option<usize>) -> ColumnType {
        let values = self.rows - self.missing;
        match () {
            () if values == 0 || self.other => ColumnType::Other,
            () if self.boolean => ColumnType::Boolean,
            () if self.integer => ColumnType::Integer,
            () if self.float => ColumnType::Float,
            () if self.time => ColumnType::Time,
            // A closed set of words comes again and again.
            () if listed.is_some_and(|listed| (listed as u64) * 2 <= values) => ColumnType::Category,
            () => ColumnType::Text,
        }
    }

    /// What the profile says of it; at most `list` categories one by one.
    pub fn finish(&self, name: String, role: Option<Role>, hidden: bool, list: usize) -> model::Column {
        let counted = self.words.counted();
        let kind = self.kind(counted.as_ref().map(Vec::len).filter(|values| *values <= 16 * list.max(1)));
        let listable = matches!(kind, ColumnType::Boolean | ColumnType::Category);
        let (distinct, estimated) = match &counted {
            Some(counted) if listable => (counted.len() as u64, false),
            _ => self.distinct.count(),
        };
        let mut categories = counted.filter(|_| listable && !hidden).unwrap_or_default();
        let beyond = categories.split_off(list.min(categories.len()));
        let rest = Rest { values: beyond.len() as u64, count: beyond.iter().map(|(_, count)| count).sum() };
        let textual = matches!(kind, ColumnType::Text | ColumnType::Category);
        model::Column {
            name,
            kind,
            role,
            hidden,
            missing: self.missing,
            distinct,
            distinct_error: estimated.then_some(distinct::STANDARD_ERROR),
            categories,
            rest: Some(rest).filter(|rest| rest.values > 0),
            number: self.numbers.as_ref().filter(|_| !hidden).and_then(Numbers::finish),
            time: self.times.filter(|_| kind == ColumnType::Time && !hidden),
            length: self.length.filter(|_| textual && !hidden),
        }
    }
}
