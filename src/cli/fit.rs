//! How cells are broken so that a table fits the terminal: at spaces first, then where a name has its joints
//! (`model/`, `credit`, `@3`), and within a word only when nothing else is left. Times and numbers stay whole.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Where a cell may be broken; each level adds to the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Level {
    /// After a space.
    Space,
    /// After `/`, before `@`.
    Name,
    /// After a dot, colon, comma, hyphen, underscore or equals sign beside a letter: `dataset.`, `registered`.
    Joint,
    /// Anywhere.
    Anywhere,
}

const LEVELS: [Level; 3] = [Level::Name, Level::Joint, Level::Anywhere];
/// Columns below which a word is not broken within: splinters are worse than a line that is too long.
const SPLINTER: usize = 8;
/// Spaces between columns, and where there is no room for them.
const GAPS: [usize; 2] = [2, 1];

/// How wide each column is, and what stands between them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    widths: Vec<usize>,
    levels: Vec<Level>,
    /// Spaces between columns.
    pub gap: u16,
}

impl Layout {
    /// The layout of a table whose columns have these cells, titles included, on a terminal of `width` columns. What
    /// cannot be broken small enough is wider.
    #[must_use]
    pub fn of(columns: &[Vec<&str>], width: usize) -> Self {
        let natural: Vec<usize> = columns.iter().map(|cells| widest(cells, UnicodeWidthStr::width)).collect();
        let spaces = |gap: usize| gap * columns.len().saturating_sub(1);
        for gap in GAPS {
            let levels = vec![Level::Space; columns.len()];
            let mins = mins(columns, &levels);
            if gap == GAPS[0] && sum(&mins) + spaces(gap) > width {
                continue;
            }
            let (levels, mins) = narrowed(columns, &natural, (levels, mins), width.saturating_sub(spaces(gap)));
            let widths = grown(&mins, &natural, width.saturating_sub(spaces(gap)));
            return Self { widths, levels, gap: u16::try_from(gap).unwrap_or(1) };
        }
        Self { levels: vec![Level::Space; columns.len()], widths: natural, gap: 1 }
    }

    /// The lines of a cell in a column.
    #[must_use]
    pub fn broken(&self, column: usize, text: &str) -> String {
        let width = self.widths.get(column).copied().unwrap_or(usize::MAX);
        if text.width() <= width {
            return text.to_owned();
        }
        let mut lines = vec![String::new()];
        for piece in pieces(text, self.levels.get(column).copied().unwrap_or(Level::Space)) {
            let mut room = width.saturating_sub(lines.last().map_or(0, |line| line.width()));
            // The space after a word may hang over the edge: it is not seen.
            if piece.trim_end().width() > room && room < width {
                lines.push(String::new());
                room = width;
            }
            for c in piece.chars() {
                let wide = c.width().unwrap_or(0);
                if wide > room && c != ' ' {
                    lines.push(String::new());
                    room = width;
                }
                room = room.saturating_sub(wide);
                lines.last_mut().into_iter().for_each(|line| line.push(c));
            }
        }
        lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
    }
}

/// A time as a terminal shows it: to the second.
#[must_use]
pub fn to_the_second(text: &str) -> String {
    let is_time = |time: &str| time.len() == "2026-01-02T03:04:05".len() && time.contains('T') && is_figure(time);
    let is_fraction = |rest: &str| rest.ends_with('Z') && rest.bytes().rev().skip(1).all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((time, rest)) if is_time(time) && is_fraction(rest) => format!("{time}Z"),
        _ => text.to_owned(),
    }
}

/// Breaks more, level by level, until the columns have no more than `room` together: that of the longest cells first, and
/// within words that with the longest word.
fn narrowed(
    columns: &[Vec<&str>],
    natural: &[usize],
    (mut levels, mut mins): (Vec<Level>, Vec<usize>),
    room: usize,
) -> (Vec<Level>, Vec<usize>) {
    for level in LEVELS {
        while sum(&mins) > room {
            let open = (0..columns.len()).filter(|at| levels[*at] < level);
            let Some(widest) = open.max_by_key(|at| if level == Level::Anywhere { mins[*at] } else { natural[*at] })
            else {
                break;
            };
            levels[widest] = level;
            mins[widest] = min(&columns[widest], level);
        }
    }
    (levels, mins)
}

/// The widths within `room`, each between its least and its natural one: none is narrower than another has to be.
fn grown(mins: &[usize], natural: &[usize], room: usize) -> Vec<usize> {
    let capped = |cap: usize| mins.iter().zip(natural).map(move |(min, natural)| cap.clamp(*min, (*natural).max(*min)));
    let cap = (0..=room).rev().find(|cap| capped(*cap).sum::<usize>() <= room).unwrap_or_default();
    let mut widths: Vec<usize> = capped(cap).collect();
    let mut left = room.saturating_sub(sum(&widths));
    for (width, natural) in widths.iter_mut().zip(natural) {
        if left > 0 && *width < *natural {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

fn sum(widths: &[usize]) -> usize {
    widths.iter().sum()
}

fn widest(cells: &[&str], width: impl Fn(&str) -> usize) -> usize {
    cells.iter().map(|cell| width(cell)).max().unwrap_or_default()
}

fn mins(columns: &[Vec<&str>], levels: &[Level]) -> Vec<usize> {
    columns.iter().zip(levels).map(|(cells, level)| min(cells, *level)).collect()
}

/// The least width of a column that is broken at `level`.
fn min(cells: &[&str], level: Level) -> usize {
    let piece = |piece: &str| match level {
        Level::Anywhere if !is_figure(piece.trim_end()) => piece.trim_end().width().min(SPLINTER),
        _ => piece.trim_end().width(),
    };
    let before = if level == Level::Anywhere { Level::Joint } else { level };
    widest(cells, |cell| pieces(cell, before).map(piece).max().unwrap_or_default())
}

/// Times, numbers and numbered places, which mean nothing in parts.
fn is_figure(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_digit() || b"-:.+,TZ".contains(&byte))
}

/// The pieces between which `text` may be broken.
fn pieces(text: &str, level: Level) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().zip(rest.chars().skip(1)).find_map(|((at, c), next)| {
            let before = rest[..at].chars().next_back();
            breaks(before, c, next, level).then(|| at + c.len_utf8())
        });
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Whether there may be a break between `c` and `next`.
fn breaks(before: Option<char>, c: char, next: char, level: Level) -> bool {
    let letter = |c: char| c.is_alphabetic();
    (c == ' ' && next != ' ')
        || (level >= Level::Name && ((c == '/' && next != '/') || next == '@'))
        || (level >= Level::Joint && ".:,-_=".contains(c) && (before.is_some_and(letter) || letter(next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_broken_where_they_have_joints() {
        let all = |text, level| pieces(text, level).collect::<Vec<_>>();
        assert_eq!(all("recorded, would be refused", Level::Space), ["recorded, ", "would ", "be ", "refused"]);
        assert_eq!(all("model/credit@3", Level::Space), ["model/credit@3"]);
        assert_eq!(all("model/credit@3", Level::Name), ["model/", "credit", "@3"]);
        assert_eq!(all("dataset.registered", Level::Joint), ["dataset.", "registered"]);
        assert_eq!(all("service:train", Level::Joint), ["service:", "train"]);
        assert_eq!(all("2026-11-29T19:51:13Z", Level::Joint), ["2026-11-29T19:51:13Z"]);
        assert_eq!(all("", Level::Space), [""; 0]);
    }

    #[test]
    fn times_lose_their_fraction_and_nothing_else_does() {
        assert_eq!(to_the_second("2026-11-29T19:51:13.123Z"), "2026-11-29T19:51:13Z");
        for text in ["2026-11-29T19:51:13Z", "0.1.0", "at 2026-11-29T19:51:13.123Z", "min-auc.wasm"] {
            assert_eq!(to_the_second(text), text);
        }
    }

    #[test]
    fn cells_fit_their_columns_and_lose_nothing() {
        let cells = ["sha256:0123456789abcdef0123456789abcdef0123456789abcdef", "한국어로 쓴 이름/이름@1", "a b c"];
        let columns = [cells.to_vec(), cells.to_vec()];
        for width in 20..120 {
            let layout = Layout::of(&columns, width);
            for cell in cells {
                let broken = layout.broken(0, cell);
                assert!(broken.lines().all(|line| line.width() <= layout.widths[0]), "{width}: {broken}");
                let bare = |text: &str| text.replace([' ', '\n'], "");
                assert_eq!(bare(&broken), bare(cell));
            }
            assert!(sum(&layout.widths) + usize::from(layout.gap) <= width, "{width}: {layout:?}");
        }
    }
}
