//! The one door to the terminal. Everything that goes out passes here and is made safe; nothing else prints.

use super::{
    clean,
    failure::{Done, Failure, Kind},
    table::Table,
};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where output goes and how it looks there.
#[derive(Clone, Debug)]
pub struct Printer {
    /// Data as JSON instead of text.
    pub json: bool,
    /// Colours on stdout.
    pub colour: bool,
    /// Columns of the terminal; `None` when stdout is none.
    pub width: Option<u16>,
    quiet: bool,
}

/// The terminal's width when it cannot be asked.
const WIDTH_DEFAULT: u16 = 100;
/// How often a sign of life moves.
const SPIN: std::time::Duration = std::time::Duration::from_millis(120);

impl Printer {
    /// A printer for this process's stdout and stderr.
    #[must_use]
    pub fn new(json: bool, colour: Colour, quiet: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !forbidden,
        };
        let columns = || console_width().unwrap_or(WIDTH_DEFAULT);
        Self { json, colour: colour && !json, width: terminal.then(columns), quiet }
    }

    /// One or more lines of text on stdout.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn text(&self, text: &str) -> Done {
        write_out(|out| writeln!(out, "{}", clean::lines(text)))
    }

    /// Labelled values, one a line; an empty value is left out.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn fields(&self, fields: &[(&str, String)]) -> Done {
        let shown = || fields.iter().filter(|(_, value)| !value.is_empty());
        let width = shown().map(|(label, _)| label.len()).max().unwrap_or_default();
        write_out(|out| {
            shown().try_for_each(|(label, value)| writeln!(out, "{label:width$}  {}", clean::inline(value)))
        })
    }

    /// A table on stdout.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn table(&self, table: &Table) -> Done {
        let text = table.render(self.width, self.colour);
        write_out(|out| writeln!(out, "{text}"))
    }

    /// One value as JSON on a line of its own (a list is printed value by value: NDJSON).
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn value(&self, value: &impl Serialize) -> Done {
        let text = clean::json(value).map_err(|error| {
            Failure::new(Kind::Internal, format!("cannot write JSON: {error}"), "report this fault")
        })?;
        write_out(|out| writeln!(out, "{text}"))
    }

    /// Bytes as they are on stdout: for a pipe or a file, never a terminal.
    ///
    /// # Errors
    /// When stdout is a terminal or cannot be written.
    pub fn bytes(&self, bytes: &[u8]) -> Done {
        if io::stdout().is_terminal() {
            return Err(Failure::usage("bytes do not belong on a terminal", "give `--out FILE`, or pipe the output"));
        }
        write_out(|out| out.write_all(bytes))
    }

    /// A remark for people on stderr, one line; silent with `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.warn(text);
        }
    }

    /// A warning on stderr, one line, also with `--quiet`.
    pub fn warn(&self, text: &str) {
        // A stderr that is gone leaves nobody to tell.
        let _ = writeln!(io::stderr(), "{}", clean::inline(text));
    }

    /// A failure on stderr: what, and what to do next; as JSON with `--json`.
    pub fn failure(&self, failure: &Failure) {
        let text = if self.json {
            clean::json(&failure.to_json()).unwrap_or_default()
        } else {
            let reasons: String =
                failure.reasons.iter().map(|reason| format!("  - {}\n", clean::inline(reason))).collect();
            format!("error: {}\n{reasons}next: {}", clean::inline(&failure.what), clean::inline(&failure.next))
        };
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// A sign of life on stderr, where stderr is a terminal, for work whose length nobody knows.
    #[must_use]
    pub fn spinner(&self, what: &str) -> indicatif::ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return indicatif::ProgressBar::hidden();
        }
        let bar = indicatif::ProgressBar::new_spinner().with_message(what.to_owned());
        bar.enable_steady_tick(SPIN);
        bar
    }

    /// A progress bar of `total` steps on stderr, where stderr is a terminal; otherwise one that draws nothing.
    #[must_use]
    pub fn progress(&self, what: &str, total: u64) -> indicatif::ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return indicatif::ProgressBar::hidden();
        }
        let style = "{msg} [{bar:40}] {human_pos}/{human_len} {rate}/s, {eta} left";
        let style = indicatif::ProgressStyle::with_template(style)
            .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())
            .with_key("rate", |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                // A bar that cannot be written shows no rate.
                let _ = write!(out, "{:.0}", state.per_sec());
            })
            .progress_chars("=> ");
        indicatif::ProgressBar::new(total).with_style(style).with_message(what.to_owned())
    }
}

/// Writes to stdout. A reader who has seen enough (`sagwan log | head`) ends the command quietly and well.
fn write_out(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Done {
    let mut out = io::stdout().lock();
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::new(Kind::Closed, "", "")),
        Err(error) => Err(Failure::new(Kind::Io, format!("cannot write to stdout: {error}"), "check where it goes")),
    }
}

fn console_width() -> Option<u16> {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    asked
        .or_else(|| rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col))
        .filter(|columns| *columns >= 20)
}
