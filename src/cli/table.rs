//! Tables that fit the terminal. A cell is made safe when it is put in; there is no other way in.

use super::{
    clean,
    fit::{self, Layout},
};
use comfy_table::{Cell, Color, ContentArrangement, presets};

/// Spaces between columns where there is no terminal.
const GAP: u16 = 2;

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

    /// The table as text: fitted to `width` columns on a terminal, one line a row elsewhere, so that `grep` works.
    #[must_use]
    pub fn render(&self, width: Option<u16>, colour: bool) -> String {
        let header: Vec<String> = self.header.iter().map(|title| title.to_uppercase()).collect();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        if colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let gap = match width {
            Some(width) => self.fitted(&mut table, &header, width),
            None => {
                table.set_header(header);
                for row in &self.rows {
                    table.add_row(row.iter().map(|(text, tone)| cell(text, *tone)));
                }
                GAP
            }
        };
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, gap));
        });
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    /// Puts header and rows into `table`, broken so that they fit; the spaces between columns.
    fn fitted(&self, table: &mut comfy_table::Table, header: &[String], width: u16) -> u16 {
        let short = |(text, tone): &(String, Tone)| (fit::to_the_second(text), *tone);
        let rows: Vec<Vec<(String, Tone)>> = self.rows.iter().map(|row| row.iter().map(short).collect()).collect();
        let count = rows.iter().map(Vec::len).chain([header.len()]).max().unwrap_or_default();
        let cells = |column: usize| {
            let below = rows.iter().filter_map(move |row| row.get(column).map(|(text, _)| text.as_str()));
            header.get(column).map(String::as_str).into_iter().chain(below).collect()
        };
        let columns: Vec<Vec<&str>> = (0..count).map(cells).collect();
        let layout = Layout::of(&columns, width.into());
        table.set_header(header.iter().enumerate().map(|(column, title)| layout.broken(column, title)));
        for row in &rows {
            let cells = row.iter().enumerate();
            table.add_row(cells.map(|(column, (text, tone))| cell(&layout.broken(column, text), *tone)));
        }
        layout.gap
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What `sagwan log` shows.
    fn log() -> Table {
        let mut table = Table::new(&["index", "time", "actor", "kind", "subject", "env", "decision"]);
        table.row(["4", "2026-11-29T19:51:13.123Z", "service:ledger", "denial", "model/credit@3", "prod", "recorded"]);
        table.row([
            "12",
            "2026-11-29T19:51:14.5Z",
            "user:ana",
            "dataset.registered",
            "dataset/consumer-loans@2026-11",
            "dev",
            "recorded, would be refused: no-purpose",
        ]);
        table
    }

    #[test]
    fn without_a_terminal_a_row_is_a_line_and_a_time_is_whole() {
        let text = log().render(None, false);
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains("2026-11-29T19:51:13.123Z  service:ledger  denial "), "{text}");
    }

    #[test]
    fn on_a_terminal_nothing_is_broken_within_a_word() {
        for width in 80..160 {
            let text = log().render(Some(width), false);
            assert!(text.lines().all(|line| line.chars().count() <= width.into()), "{width}:\n{text}");
            for word in
                ["INDEX", "DECISION", "2026-11-29T19:51:13Z ", "dataset", "registered", "consumer", "prod", "refused:"]
            {
                assert!(text.contains(word), "{width}, {word}:\n{text}");
            }
            assert!(!text.contains(".123Z"), "{text}");
        }
    }

    #[test]
    fn a_subject_is_broken_before_a_kind() {
        let text = log().render(Some(100), false);
        for whole in ["dataset.registered ", "service:ledger ", "2026-11-29T19:51:14Z "] {
            assert!(text.contains(whole), "{text}");
        }
    }

    #[test]
    fn colours_and_widths_agree() {
        let mut table = Table::new(&["a", "b"]);
        table.toned([("one two three four five six", Tone::Bad), ("seven", Tone::Good)]);
        let plain = |text: &str| {
            let codes = ["\u{1b}[38;5;9m", "\u{1b}[38;5;10m", "\u{1b}[39m"];
            let text = codes.iter().fold(text.to_owned(), |text, code| text.replace(code, ""));
            text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(plain(&table.render(Some(20), true)), table.render(Some(20), false));
    }
}
