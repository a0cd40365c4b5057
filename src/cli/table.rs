//! Tables that fit the terminal. A cell is made safe when it is put in; there is no other way in.

use super::clean;
use comfy_table::{Cell, Color, ContentArrangement, presets};

/// What a cell means, which decides its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// As it is.
    Plain,
    /// As it should be.
    Good,
    /// Recorded, although a rule would have refused it.
    Doubtful,
    /// Refused or broken.
    Bad,
    /// Less important.
    Quiet,
}

/// A table: a header, and rows of cleaned text.
#[derive(Clone, Debug)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<(String, Tone)>>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(header: &[&'static str]) -> Self {
        Self::named(header.iter().copied())
    }

    /// An empty table whose columns have names that come from elsewhere.
    #[must_use]
    pub fn named<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        Self { header: header.into_iter().map(clean::inline).collect(), rows: Vec::new() }
    }

    /// Adds a row of plain cells.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.toned(cells.into_iter().map(|cell| (cell, Tone::Plain)));
    }

    /// Adds a row, each cell with its tone.
    pub fn toned<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = (T, Tone)>) {
        self.rows.push(cells.into_iter().map(|(text, tone)| (clean::inline(text.as_ref()), tone)).collect());
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text: wrapped to `width` columns on a terminal, one line a row elsewhere, so that `grep` works.
    #[must_use]
    pub fn render(&self, width: Option<u16>, colour: bool) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(self.header.iter().map(|title| title.to_uppercase()));
        match width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        if colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|(text, tone)| cell(text, *tone)));
        }
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 2));
        });
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

fn cell(text: &str, tone: Tone) -> Cell {
    let cell = Cell::new(text);
    match tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::Green),
        Tone::Doubtful => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Quiet => cell.fg(Color::DarkGrey),
    }
}
