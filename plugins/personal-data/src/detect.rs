//! What names a person, found in a text.

use std::borrow::Cow;

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// A Korean resident registration number.
    ResidentNumber,
    /// A telephone number.
    Phone,
    /// The number of a payment card.
    Card,
    /// An e-mail address.
    Email,
    /// The number of a Korean passport.
    Passport,
}

impl Found {
    /// Every one, in the order in which a text is searched.
    pub const ALL: [Self; 5] = [Self::ResidentNumber, Self::Card, Self::Phone, Self::Email, Self::Passport];

    /// The word that settings and findings use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ResidentNumber => "resident-number",
            Self::Phone => "phone",
            Self::Card => "card",
            Self::Email => "e-mail",
            Self::Passport => "passport",
        }
    }

    /// What it is called in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ResidentNumber => "a resident registration number",
            Self::Phone => "a telephone number",
            Self::Card => "a payment card's number",
            Self::Email => "an e-mail address",
            Self::Passport => "a passport number",
        }
    }
}

/// The first thing of those in `wanted` that a text holds.
pub fn find(text: &str, wanted: &[Found], allowed: &[&str]) -> Option<Found> {
    let text = plain(text);
    let bytes = text.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let wants = |found: Found| wanted.contains(&found);
    if digits >= 8 {
        let numbers = [Found::ResidentNumber, Found::Card, Found::Phone].into_iter().filter(|found| wants(*found));
        if let Some(found) = in_runs(bytes, &numbers.collect::<Vec<_>>()) {
            return Some(found);
        }
    }
    if wants(Found::Email) && email(bytes, allowed) {
        return Some(Found::Email);
    }
    (digits >= 7 && wants(Found::Passport) && passport(bytes)).then_some(Found::Passport)
}

/// A text with the digits, letters, dashes and spaces of ASCII in the place of those that only look different: full-width
/// forms, the dashes and spaces of typesetters; and without what has no width.
fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let same = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Some('-'),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => None,
        _ => Some(c),
    };
    Cow::Owned(text.chars().filter_map(same).collect())
}

/// Groups of digits of a run that are looked at together: a card has four or five.
const WINDOW: usize = 5;

/// A group of digits, and the byte before it.
struct Group<'a> {
    digits: &'a [u8],
    before: Option<u8>,
}

/// How many bytes separate two groups of digits: one sign, a hyphen with spaces around it, or `) `; none, where the digits
/// that follow are no part of the run.
fn separator(bytes: &[u8]) -> usize {
    let length = match bytes {
        [b' ', b'-', b' ', ..] => 3,
        [b' ', b'-', ..] | [b'-' | b')', b' ', ..] => 2,
        [b'-' | b' ' | b'.' | b')', ..] => 1,
        _ => return 0,
    };
    if bytes.get(length).is_some_and(u8::is_ascii_digit) { length } else { 0 }
}

/// Looks through runs of digits with separators between them, each by itself.
fn in_runs(bytes: &[u8], wanted: &[Found]) -> Option<Found> {
    let mut at = 0;
    while at < bytes.len() {
        let Some(start) = bytes.get(at..)?.iter().position(u8::is_ascii_digit).map(|ahead| at + ahead) else { break };
        let mut groups: Vec<Group<'_>> = Vec::new();
        at = start;
        loop {
            let length = bytes.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied();
            groups.push(Group { digits: bytes.get(at..at + length)?, before });
            at += length;
            let skip = separator(bytes.get(at..)?);
            if skip == 0 {
                break;
            }
            at += skip;
        }
        let (before, after) = (bytes.get(..start)?, bytes.get(at..)?);
        // A part of a longer word, such as a hash, is no number; of a name with `_`, such as a file's, only one that has a
        // check digit.
        let letter = |byte: u8| byte.is_ascii_alphanumeric();
        let word = |byte: u8| letter(byte) || byte == b'_';
        let found = in_groups(whole(&groups, (before, after), word), wanted, false);
        let found = found.or_else(|| {
            let checked: Vec<Found> = wanted.iter().copied().filter(|found| *found != Found::Phone).collect();
            in_groups(whole(&groups, (before, after), letter), &checked, true)
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The groups of a run that are no part of a word which began before it or goes on after it.
fn whole<'g, 'a>(
    groups: &'g [Group<'a>],
    (before, after): (&[u8], &[u8]),
    word: impl Fn(u8) -> bool,
) -> &'g [Group<'a>] {
    let tail = after.first().is_some_and(|byte| word(*byte));
    let head = match before {
        [.., earlier, b'-'] => word(*earlier),
        [.., last] => word(*last),
        [] => false,
    };
    let (from, to) = (usize::from(head), groups.len() - usize::from(tail));
    groups.get(from..to.max(from)).unwrap_or_default()
}

/// Looks through some groups; `checked` takes only what has a check digit that fits.
fn in_groups(groups: &[Group<'_>], wanted: &[Found], checked: bool) -> Option<Found> {
    (0..groups.len()).find_map(|from| {
        (from + 1..=groups.len().min(from + WINDOW)).find_map(|to| {
            let window = groups.get(from..to)?;
            let lengths: Vec<usize> = window.iter().map(|group| group.digits.len()).collect();
            let digits: Vec<u8> = window.iter().flat_map(|group| group.digits).map(|digit| digit - b'0').collect();
            let plus = window.first().is_some_and(|group| group.before == Some(b'+'));
            wanted.iter().copied().find(|found| match found {
                Found::ResidentNumber => {
                    matches!(lengths[..], [13] | [6, 7]) && resident(&digits) && (!checked || check_digit(&digits))
                }
                Found::Card => card_form(&lengths) && card(&digits),
                _ => phone(&lengths, &digits, plus),
            })
        })
    })
}

/// A resident registration number: a date, a digit for century and sex (5 to 8 for foreigners), and a check digit. Those
/// of people born since October 2020, when the number's last digits became random, have none.
#[must_use]
pub fn resident(digits: &[u8]) -> bool {
    let &[y1, y2, m1, m2, d1, d2, century, ..] = digits else { return false };
    if digits.len() != 13 {
        return false;
    }
    let (year, month, day) = (y1 * 10 + y2, m1 * 10 + m2, d1 * 10 + d2);
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    if !(1..=days).contains(&day) {
        return false;
    }
    let this_century = matches!(century, 3 | 4 | 7 | 8);
    if this_century && (year > 20 || (year == 20 && month >= 10)) && year < 50 {
        return true;
    }
    check_digit(digits)
}

/// Whether the last digit of a resident registration number is that which the others ask for.
fn check_digit(digits: &[u8]) -> bool {
    let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let check = (11 - sum % 11) % 10;
    // Numbers that were given to foreigners have a check digit that is two more.
    let foreign = (13 - sum % 11) % 10;
    let last = digits.last().copied().map(u32::from);
    let foreigner = matches!(digits.get(6), Some(5..=8));
    last == Some(check) || (foreigner && last == Some(foreign))
}

/// How card numbers are written: in one, by fours, or 4-6-5 and 4-6-4.
fn card_form(lengths: &[usize]) -> bool {
    match lengths {
        [one] => (13..=19).contains(one),
        [4, 6, 4 | 5] => true,
        [4, 4, 4, last] => (1..=4).contains(last),
        [4, 4, 4, 4, last] => (1..=3).contains(last),
        _ => false,
    }
}

/// A card's number: a known beginning with its length, and the check digit of Luhn (ISO/IEC 7812-1 annex B).
#[must_use]
pub fn card(digits: &[u8]) -> bool {
    let first = |count: usize| digits.iter().take(count).fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    let known = match digits.len() {
        13 | 19 if first(1) == 4 => true,
        14 => matches!(first(2), 30 | 36 | 38 | 39),
        15 => matches!(first(2), 34 | 37),
        16 => {
            matches!(first(2), 40..=49 | 51..=55 | 60 | 62 | 64 | 65 | 35 | 36 | 90..=95)
                || (2221..=2720).contains(&first(4))
        }
        17..=19 => matches!(first(2), 62 | 60 | 65),
        _ => false,
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            if place % 2 == 0 { digit } else { digit * 2 - if digit > 4 { 9 } else { 0 } }
        })
        .sum();
    known && sum.is_multiple_of(10)
}

/// A Korean telephone number, or an international one with its `+`.
fn phone(lengths: &[usize], digits: &[u8], plus: bool) -> bool {
    if plus {
        // E.164: at most 15 digits.
        return (9..=15).contains(&digits.len());
    }
    let mobile = matches!(digits, [0, 1, 0 | 1 | 6 | 7 | 8 | 9, ..]);
    match lengths {
        [10 | 11] => mobile && (digits.len() == 11 || digits.get(2) != Some(&0)),
        [3, 3 | 4, 4] if mobile => true,
        // With the country before it, and without the plus.
        [2, 2, 3 | 4, 4] => matches!(digits, [8, 2, 1, 0 | 1 | 6 | 7 | 8 | 9, ..]),
        // Area codes: 02, 031 to 064, 070 and 080; freephone and office numbers of eight digits name no person.
        [2, 3 | 4, 4] => digits.starts_with(&[0, 2]),
        [3, 3 | 4, 4] => matches!(digits, [0, 3..=8, ..]),
        _ => false,
    }
}

/// An address `local@domain.top`. A subject's version and a repository's `git@host` are none.
fn email(bytes: &[u8], allowed: &[&str]) -> bool {
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+-=?^_`{|}~".contains(byte) || *byte >= 0x80;
    let host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || *byte >= 0x80;
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@').any(|(at, _)| {
        let before = bytes.get(..at).unwrap_or_default();
        let after = bytes.get(at + 1..).unwrap_or_default();
        let length = before.iter().rev().take_while(|byte| local(byte)).count();
        let name = before.get(before.len() - length..).unwrap_or_default();
        let end = after.iter().take_while(|byte| host(byte)).count();
        let mut domain = after.get(..end).unwrap_or_default();
        while let [rest @ .., b'.' | b'-'] = domain {
            domain = rest;
        }
        let top = domain.iter().rev().take_while(|byte| **byte != b'.').count();
        let top_alphabetic = domain.iter().rev().take(top).all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
        let is_allowed = allowed.iter().any(|allowed| domain.eq_ignore_ascii_case(allowed.as_bytes()));
        !name.is_empty() && name != b"git" && top >= 2 && top < domain.len() && top_alphabetic && !is_allowed
    })
}

/// A Korean passport's number: a letter and eight digits, or since 2021 a letter, three digits, a letter, four digits.
fn passport(bytes: &[u8]) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    bytes.windows(9).enumerate().any(|(at, nine)| {
        let [kind, rest @ ..] = nine else { return false };
        let fits = matches!(kind.to_ascii_uppercase(), b'M' | b'S' | b'R' | b'O' | b'D' | b'G')
            && rest
                .iter()
                .enumerate()
                .all(|(place, byte)| byte.is_ascii_digit() || (place == 3 && byte.is_ascii_alphabetic()));
        fits && !at.checked_sub(1).is_some_and(|before| word(bytes.get(before))) && !word(bytes.get(at + 9))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that fits its check digit, made here so that no real one stands in a test.
    fn resident_number(first_twelve: &str) -> String {
        (0..10)
            .map(|last| format!("{first_twelve}{last}"))
            .find(|number| resident(&number.bytes().map(|byte| byte - b'0').collect::<Vec<_>>()))
            .unwrap()
    }

    fn all(text: &str) -> Option<Found> {
        find(text, &Found::ALL, &["example.org"])
    }

    #[test]
    fn resident_numbers_are_found_by_their_check_digit() {
        let number = resident_number("880101123456");
        let (date, rest) = number.split_at(6);
        let full_width =
            |text: &str| -> String { text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect() };
        for text in [
            number.clone(),
            format!("{date}-{rest}"),
            format!("Kim, {date}-{rest}, Seoul"),
            format!("({date} {rest})"),
            format!("{date} - {rest}"),
            format!("{date}- {rest}"),
            format!("{date} -{rest}"),
            format!("{date}\u{2013}{rest}"),
            format!("{date}\u{2011}{rest}"),
            format!("{date}\u{2212}{rest}"),
            format!("{date}\u{a0}\u{2013}\u{a0}{rest}"),
            format!("{date}\u{200b}-{rest}"),
            full_width(&number),
            full_width(&format!("{date}-{rest}")),
            format!("scan_{number}.png"),
            format!("{number}_front"),
            format!("id_{date}-{rest}_2"),
        ] {
            assert_eq!(all(&text), Some(Found::ResidentNumber), "{text}");
        }
        // Beside `_` a number without check digit is any number.
        assert_eq!(all("run_2010013000000"), None);
        let wrong = (number.as_bytes()[12] - b'0' + 1) % 10;
        assert_eq!(all(&format!("{}{wrong}", &number[..12])), None);
        assert_eq!(all(&format!("a{number}")), None);
        assert_eq!(all(&format!("{number}4")), None);
        // No such month, no such day.
        assert_eq!(all("881301-1234567"), None);
        assert_eq!(all("880230-1234567"), None);
        // Since October 2020 the last digits are random.
        assert_eq!(all("201001-3000000"), Some(Found::ResidentNumber));
    }

    #[test]
    fn cards_fit_luhn_and_a_known_beginning() {
        for text in [
            "4111 1111 1111 1111",
            "5555-5555-5555-4444",
            "378282246310005",
            "3782 822463 10005",
            "card 4111111111111111.",
            "card_4111111111111111.jpg",
            "4111\u{2013}1111\u{2013}1111\u{2013}1111",
        ] {
            assert_eq!(all(text), Some(Found::Card), "{text}");
        }
        for text in ["4111 1111 1111 1112", "1234567890123456", "1767225600000", "550e8400-e29b-41d4-a716-446655440000"]
        {
            assert_eq!(all(text), None, "{text}");
        }
    }

    #[test]
    fn telephone_numbers() {
        for text in [
            "010-1234-5678",
            "01012345678",
            "010.1234.5678",
            "+82 10 1234 5678",
            "02-123-4567",
            "(031) 123-4567",
            "82-10-1234-5678",
            "010 - 1234 - 5678",
            "０１０－１２３４－５６７８",
            "+14155552671",
        ] {
            assert_eq!(all(text), Some(Found::Phone), "{text}");
        }
        for text in ["2026-01-31 09:00", "1588-1234", "10.0.0.1", "20260131123", "0.1234 5678 91011", "+1.25"] {
            assert_eq!(all(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_and_passports() {
        for text in ["write to kim@naver.com.", "kim.chul-soo@corp.co.kr", "<a@b.kr>", "김@한국.한국"] {
            assert_eq!(all(text), Some(Found::Email), "{text}");
        }
        for text in
            ["git@github.com:org/repo.git", "team@example.org", "a@b", "@x.com", "model@2", "loans@2026.05", "a @b.com"]
        {
            assert_eq!(all(text), None, "{text}");
        }
        assert_eq!(all("passport M12345678"), Some(Found::Passport));
        assert_eq!(all("M123A4567"), Some(Found::Passport));
        assert_eq!(all("m12345678"), Some(Found::Passport));
        assert_eq!(all("m123a4567"), Some(Found::Passport));
        assert_eq!(all("Ｍ１２３４５６７８"), Some(Found::Passport));
        assert_eq!(all("AM12345678"), None);
        assert_eq!(all("sha256:12345678901234567890123456789012345678901234567890123456789012ab"), None);
    }
}
