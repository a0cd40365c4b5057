//! One value of a row, and what a word of a text file means.

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

/// One value of a row.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cell<'a> {
    /// Nothing there.
    Missing,
    /// A whole number.
    Integer(i64),
    /// Any other number; infinite ones are counted apart, and what is not a number is missing.
    Float(f64),
    /// A truth value.
    Boolean(bool),
    /// A date or time, in milliseconds since 1970 in UTC.
    Time(i64),
    /// Text.
    Text(&'a str),
    /// Something that only has a text form, such as a list.
    Other(&'a str),
}

impl<'a> Cell<'a> {
    /// What a word of a text file means. A number has no leading zero (`007` is a code, not a number); dates and times
    /// are those of ISO 8601, `T` or a space between them, in UTC unless an offset is given.
    #[must_use]
    pub fn read(word: &'a str) -> Self {
        let Some(first) = word.bytes().next() else { return Self::Missing };
        match first {
            b'0'..=b'9' | b'+' | b'-' | b'.' => {
                number(word).or_else(|| time(word).map(Self::Time)).unwrap_or(Self::Text(word))
            }
            b'i' | b'I' if infinite(word) => Self::Float(f64::INFINITY),
            b't' | b'T' if word.eq_ignore_ascii_case("true") => Self::Boolean(true),
            b'f' | b'F' if word.eq_ignore_ascii_case("false") => Self::Boolean(false),
            _ => Self::Text(word),
        }
    }
}

fn infinite(word: &str) -> bool {
    word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity")
}

fn number(word: &str) -> Option<Cell<'static>> {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    if infinite(digits) {
        return Some(Cell::Float(if word.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    let mut bytes = digits.bytes();
    let code = bytes.next() == Some(b'0') && bytes.next().is_some_and(|second| second.is_ascii_digit());
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if code || !plain {
        return None;
    }
    if let Ok(integer) = word.parse::<i64>() {
        return Some(Cell::Integer(integer));
    }
    word.parse::<f64>().ok().map(Cell::Float)
}

/// Milliseconds since 1970 of a date, or a date and time.
fn time(word: &str) -> Option<i64> {
    let part = |range: std::ops::Range<usize>| {
        let digits = word.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u16>().ok()).flatten()
    };
    let byte = |at: usize| word.as_bytes().get(at).copied();
    if byte(4) != Some(b'-') || byte(7) != Some(b'-') {
        return None;
    }
    let month = Month::try_from(u8::try_from(part(5..7)?).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::from(part(0..4)?), month, u8::try_from(part(8..10)?).ok()?).ok()?;
    if word.len() == 10 {
        return Some(millis(date.midnight(), UtcOffset::UTC));
    }
    if !matches!(byte(10), Some(b'T' | b' ')) || byte(13) != Some(b':') {
        return None;
    }
    let (hour, minute) = (u8::try_from(part(11..13)?).ok()?, u8::try_from(part(14..16)?).ok()?);
    let mut rest = word.get(16..)?;
    let (mut second, mut milli) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        second = after.get(..2)?.parse::<u8>().ok()?;
        rest = after.get(2..)?;
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let text = format!("{:0<3}", fraction.get(..digits.min(3)).unwrap_or_default());
            milli = if digits == 0 { return None } else { text.parse().ok()? };
            rest = fraction.get(digits..)?;
        }
    }
    let time = Time::from_hms_milli(hour, minute, second, milli).ok()?;
    Some(millis(PrimitiveDateTime::new(date, time), offset(rest)?))
}

/// `""`, `Z`, or `+09:00`.
fn offset(text: &str) -> Option<UtcOffset> {
    let sign = match text.as_bytes() {
        [] | [b'Z'] => return Some(UtcOffset::UTC),
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let (hours, minutes) = (text.get(1..3)?.parse::<i8>().ok()?, text.get(4..6)?.parse::<i8>().ok()?);
    (hours >= 0 && minutes >= 0).then(|| UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()).flatten()
}

fn millis(at: PrimitiveDateTime, offset: UtcOffset) -> i64 {
    i64::try_from(at.assume_offset(offset).unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_they_look_like() {
        let cases = [
            ("", Cell::Missing),
            ("42", Cell::Integer(42)),
            ("-7", Cell::Integer(-7)),
            ("+7", Cell::Integer(7)),
            ("0", Cell::Integer(0)),
            ("007", Cell::Text("007")),
            ("0.5", Cell::Float(0.5)),
            (".5", Cell::Float(0.5)),
            ("1e3", Cell::Float(1000.0)),
            ("9223372036854775808", Cell::Float(9_223_372_036_854_775_808.0)),
            ("-inf", Cell::Float(f64::NEG_INFINITY)),
            ("Infinity", Cell::Float(f64::INFINITY)),
            ("True", Cell::Boolean(true)),
            ("1-2", Cell::Text("1-2")),
            ("+", Cell::Text("+")),
            ("880101-1234567", Cell::Text("880101-1234567")),
            ("1970-01-01", Cell::Time(0)),
            ("1970-01-01 00:00:01", Cell::Time(1_000)),
            ("1970-01-01T09:00:00.25+09:00", Cell::Time(250)),
            ("1970-01-01T00:00Z", Cell::Time(0)),
            ("1970-13-01", Cell::Text("1970-13-01")),
            ("1970-01-01T25:00", Cell::Text("1970-01-01T25:00")),
            ("1970-01-01T00:00:0é", Cell::Text("1970-01-01T00:00:0é")),
            ("1970-01-01T00:00+-1:00", Cell::Text("1970-01-01T00:00+-1:00")),
            ("inform", Cell::Text("inform")),
        ];
        for (word, cell) in cases {
            assert_eq!(Cell::read(word), cell, "{word}");
        }
    }
}
