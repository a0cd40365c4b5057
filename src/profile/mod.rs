//! Profiles: what can be said of a dataset without the dataset. Pure: rows of cells go in, a [`Profile`] comes out, in
//! memory that is bounded whatever goes in. Plugins judge profiles, so that data never enters the ledger.
//!
//! ```
//! use sagwan::profile::{Cell, Options, Profiler, Source};
//!
//! let names = vec!["age".to_owned(), "work".to_owned()];
//! let mut profiler = Profiler::new(names, &Options::default())?;
//! profiler.row(&[Cell::read("39"), Cell::read("State-gov")], None)?;
//! profiler.row(&[Cell::read("50"), Cell::Missing], None)?;
//! let profile = profiler.finish(Source::default());
//! assert_eq!((profile.rows, profile.columns[1].missing), (2, 1));
//! # Ok::<(), sagwan::profile::ProfileError>(())
//! ```

mod cell;
mod column;
mod distinct;
mod error;
mod hash;
mod judged;
mod model;
mod numbers;
mod sketch;
mod words;

pub use cell::Cell;
pub use error::ProfileError;
pub use model::{Column, Duplicates, FORM, Judged, Number, Profile, Rest, Role, Source};

use crate::event::limits;
use column::{Gathering, Share};
use judged::Judging;
use std::collections::HashSet;

/// What the reader says about columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The column that is to be predicted.
    pub target: Option<String>,
    /// The column with what was predicted.
    pub prediction: Option<String>,
    /// The column with how sure the prediction was.
    pub score: Option<String>,
    /// The class that precision, recall and AUC are about.
    pub positive: String,
    /// Columns of which only counts are shown.
    pub hidden: Vec<String>,
    /// Categories of a column that are listed one by one.
    pub categories: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            target: None,
            prediction: None,
            score: None,
            positive: "1".into(),
            hidden: Vec::new(),
            categories: limits::PROFILE_CATEGORIES_DEFAULT,
        }
    }
}

/// Makes a profile from rows.
#[derive(Clone, Debug)]
pub struct Profiler {
    names: Vec<String>,
    roles: Vec<Option<Role>>,
    hidden: Vec<bool>,
    list: usize,
    columns: Vec<Gathering>,
    judging: Option<Judging>,
    rows: u64,
    seen: HashSet<u64>,
    duplicates: u64,
    /// Rows came when no more could be remembered.
    forgot: bool,
}

impl Profiler {
    /// A profiler of columns with these names.
    ///
    /// # Errors
    /// When there are none, too many, two of one name, or an option names one that is not there.
    pub fn new(names: Vec<String>, options: &Options) -> Result<Self, ProfileError> {
        check_names(&names)?;
        let place = |name: &String| {
            names.iter().position(|other| other == name).ok_or_else(|| ProfileError::NoSuchColumn {
                name: name.clone(),
                there: names.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", "),
            })
        };
        let optional = |name: &Option<String>| name.as_ref().map(place).transpose();
        let (target, prediction) = (optional(&options.target)?, optional(&options.prediction)?);
        let score = optional(&options.score)?;
        let mut roles = vec![None; names.len()];
        for (at, role) in [(target, Role::Target), (prediction, Role::Prediction), (score, Role::Score)] {
            if let Some(slot) = at.and_then(|at| roles.get_mut(at)) {
                *slot = Some(role);
            }
        }
        let mut hidden = vec![false; names.len()];
        for name in &options.hidden {
            let at = place(name)?;
            hidden.iter_mut().skip(at).take(1).for_each(|hidden| *hidden = true);
        }
        let judging = target.zip(prediction).map(|(t, p)| Judging::new(t, p, score, options.positive.clone()));
        let share = Share::of(names.len());
        Ok(Self {
            columns: vec![Gathering::new(share); names.len()],
            names,
            roles,
            hidden,
            list: options.categories,
            judging,
            rows: 0,
            seen: HashSet::new(),
            duplicates: 0,
            forgot: false,
        })
    }

    /// The names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Adds a row; of a text file also the words that its cells were read from.
    ///
    /// # Errors
    /// When it has other than one cell a column.
    pub fn row(&mut self, cells: &[Cell<'_>], words: Option<&[&str]>) -> Result<(), ProfileError> {
        self.rows += 1;
        if cells.len() != self.columns.len() {
            return Err(ProfileError::Uneven { row: self.rows, cells: cells.len(), columns: self.columns.len() });
        }
        let mut whole = 0;
        for (at, (column, cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            let word = words.and_then(|words| words.get(at)).copied();
            whole = hash::join(whole, column.add(*cell, word));
        }
        if self.seen.contains(&whole) {
            self.duplicates += 1;
        } else if self.seen.len() < limits::PROFILE_DUPLICATE_ROWS_MAX {
            self.seen.insert(whole);
        } else {
            self.forgot = true;
        }
        if let Some(judging) = &mut self.judging {
            judging.add(cells);
        }
        Ok(())
    }

    /// The profile of all rows so far.
    #[must_use]
    pub fn finish(self, source: Source) -> Profile {
        let columns = self.columns.iter().zip(&self.names).zip(self.roles.iter().zip(&self.hidden));
        let columns =
            columns.map(|((column, name), (role, hidden))| column.finish(name.clone(), *role, *hidden, self.list));
        Profile {
            form: FORM.to_owned(),
            source,
            rows: self.rows,
            duplicates: Duplicates { count: self.duplicates, compared: self.seen.len() as u64, exact: !self.forgot },
            columns: columns.collect(),
            judged: self.judging.as_ref().and_then(Judging::finish),
        }
    }
}

fn check_names(names: &[String]) -> Result<(), ProfileError> {
    if names.is_empty() {
        return Err(ProfileError::NoColumns);
    }
    if names.len() > limits::PROFILE_COLUMNS_MAX {
        return Err(ProfileError::TooManyColumns { columns: names.len() });
    }
    let mut seen = HashSet::new();
    for (at, name) in names.iter().enumerate() {
        if name.len() > limits::NAME_BYTES_MAX {
            return Err(ProfileError::LongName { column: at + 1, bytes: name.len() });
        }
        if !seen.insert(name) {
            return Err(ProfileError::SameName { name: name.clone() });
        }
    }
    Ok(())
}
