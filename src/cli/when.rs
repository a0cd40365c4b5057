//! Times as people write them on a command line.

use super::failure::{Done, Failure};
use crate::event::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A time: RFC 3339; a date, which means its first moment in UTC; `now`; a span back such as `90s`, `30m`, `2h`, `7d`,
/// `4w`; or, with a `+`, a span ahead.
///
/// # Errors
/// When `text` is none of these.
pub fn parse(text: &str, now: Timestamp) -> Done<Timestamp> {
    let bad = || {
        Failure::usage(
            format!("time {text:?} is not understood"),
            "write RFC 3339 (2026-01-31T09:00:00Z), a date (2026-01-31), or a span such as 2h, 7d, +30d",
        )
    };
    if text == "now" {
        return Ok(now);
    }
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    if let Ok(midnight) = format!("{text}T00:00:00Z").parse() {
        return Ok(midnight);
    }
    let (sign, span) = text.strip_prefix('+').map_or((-1, text), |span| (1, span));
    let ms = span_ms(span).ok_or_else(bad)?;
    let moment = now.plus_ms(sign * ms);
    if moment.0 < 0 { Err(bad()) } else { Ok(moment) }
}

/// A time to come: as [`parse`] has it, but a span leads ahead, with or without its `+`.
///
/// # Errors
/// As [`parse`].
pub fn ahead(text: &str, now: Timestamp) -> Done<Timestamp> {
    match span_ms(text) {
        Some(_) => parse(&format!("+{text}"), now),
        None => parse(text, now),
    }
}

/// A span such as `90s`, `30m`, `2h`, `7d` or `4w` in milliseconds.
#[must_use]
pub fn span_ms(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let unit_ms = match unit {
        's' => 1_000,
        'm' => 60 * 1_000,
        'h' => 60 * 60 * 1_000,
        'd' => DAY_MS,
        'w' => 7 * DAY_MS,
        _ => return None,
    };
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok()?.checked_mul(unit_ms)
}

/// A length of time for people: `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`.
#[must_use]
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        let now: Timestamp = "2026-02-01T12:00:00Z".parse().unwrap();
        for (text, moment) in [
            ("now", "2026-02-01T12:00:00Z"),
            ("2h", "2026-02-01T10:00:00Z"),
            ("90s", "2026-02-01T11:58:30Z"),
            ("1w", "2026-01-25T12:00:00Z"),
            ("+30d", "2026-03-03T12:00:00Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T09:00:00+09:00", "2026-01-31T00:00:00Z"),
        ] {
            assert_eq!(parse(text, now).unwrap().to_string(), moment, "{text}");
        }
    }

    #[test]
    fn an_end_lies_ahead() {
        let now: Timestamp = "2026-02-01T12:00:00Z".parse().unwrap();
        for text in ["2h", "+2h", "2026-02-01T14:00:00Z"] {
            assert_eq!(ahead(text, now).unwrap().to_string(), "2026-02-01T14:00:00Z", "{text}");
        }
        assert!(ahead("9223372036854775807d", now).is_err());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "h",
            "2",
            "2y",
            "-2h",
            "2 h",
            "99999999999999999999d",
            "9223372036854775807d",
            "2026-13-01",
            "2026-1-1",
            "1000000d",
        ] {
            assert!(parse(text, Timestamp(1_000_000)).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_read_well() {
        assert_eq!([850, 12_345, 245_000, 7_380_000].map(duration), ["850 ms", "12.3 s", "4 min 5 s", "2 h 3 min"]);
    }
}
