//! A reader of JSON (RFC 8259), small and fast: settings and profiles are read at every call.

use crate::value::Value;
use alloc::{borrow::Cow, string::String, vec::Vec};

/// Nesting that is followed.
const DEPTH_MAX: u32 = 32;
/// Powers of ten that a double holds exactly.
const POWERS: [f64; 19] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

/// The one value that `text` holds; `None` when it is no JSON. A name that stands twice is no error: the first counts.
#[must_use]
pub fn read(text: &str) -> Option<Value<'_>> {
    Reader { text, at: 0, pairs: false }.whole()
}

/// The same, but a list of nothing but pairs of numbers, without white space, is `Value::Pairs`: profiles have tens of
/// thousands of them.
#[must_use]
pub fn read_with_pairs(text: &str) -> Option<Value<'_>> {
    Reader { text, at: 0, pairs: true }.whole()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    pairs: bool,
}

impl<'a> Reader<'a> {
    fn whole(mut self) -> Option<Value<'a>> {
        let value = self.value(DEPTH_MAX)?;
        self.space();
        (self.at == self.text.len()).then_some(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// How many bytes from here on are not `stops`; `None` where none stops.
    fn until(&self, stops: impl Fn(&u8) -> bool) -> Option<usize> {
        self.text.as_bytes().get(self.at..)?.iter().position(stops)
    }

    fn space(&mut self) {
        if matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            let other = self.until(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
            self.at = other.map_or(self.text.len(), |other| self.at + other);
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Option<Value<'a>> {
        self.text.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self, depth: u32) -> Option<Value<'a>> {
        let depth = depth.checked_sub(1)?;
        self.space();
        match self.peek()? {
            b'{' => self.map(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Value::Text),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn map(&mut self, depth: u32) -> Option<Value<'a>> {
        self.eat(b'{')?;
        let mut members = Vec::new();
        if self.eat(b'}').is_some() {
            return Some(Value::Map(members));
        }
        loop {
            self.space();
            let name = self.string()?;
            self.eat(b':')?;
            members.push((name, self.value(depth)?));
            if self.eat(b',').is_none() {
                return self.eat(b'}').map(|()| Value::Map(members));
            }
        }
    }

    /// A list of pairs of numbers; nothing is read where it is none.
    fn pairs(&mut self) -> Option<Value<'a>> {
        let start = self.at;
        let mut pairs = Vec::with_capacity(64);
        loop {
            let begins = self.take(if pairs.is_empty() { b'[' } else { b',' }) && self.take(b'[');
            let first = if begins { self.number().and_then(|number| number.number()) } else { None };
            let second =
                first.filter(|_| self.take(b',')).and_then(|_| self.number()).and_then(|number| number.number());
            match first.zip(second).filter(|_| self.take(b']')) {
                Some(pair) => pairs.push(pair),
                None => {
                    self.at = start;
                    return None;
                }
            }
            if self.take(b']') {
                return Some(Value::Pairs(pairs));
            }
        }
    }

    /// Passes this byte, if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn list(&mut self, depth: u32) -> Option<Value<'a>> {
        if self.pairs
            && let Some(pairs) = self.pairs()
        {
            return Some(pairs);
        }
        self.eat(b'[')?;
        let mut items = Vec::new();
        if self.eat(b']').is_some() {
            return Some(Value::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.eat(b',').is_none() {
                return self.eat(b']').map(|()| Value::List(items));
            }
        }
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at += 1;
        let start = self.at;
        self.at += self.until(|byte| matches!(byte, b'"' | b'\\' | 0..=31))?;
        if self.peek()? == b'"' {
            self.at += 1;
            return self.text.get(start..self.at - 1).map(Cow::Borrowed);
        }
        let mut owned = String::from(self.text.get(start..self.at)?);
        loop {
            let from = self.at;
            self.at += self.until(|byte| matches!(byte, b'"' | b'\\' | 0..=31))?;
            owned.push_str(self.text.get(from..self.at)?);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(Cow::Owned(owned));
                }
                b'\\' => owned.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        self.at += 1;
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first);
                }
                if self.text.get(self.at..)?.starts_with("\\u") {
                    self.at += 2;
                    let second = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    return char::from_u32(0x10000 + ((first - 0xd800) << 10) + second);
                }
                return None;
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }

    fn number(&mut self) -> Option<Value<'a>> {
        let bytes = self.text.as_bytes();
        let (start, mut at) = (self.at, self.at);
        let negative = bytes.get(at) == Some(&b'-');
        at += usize::from(negative);
        let (mut digits, mut decimals, mut mantissa) = (0_u32, None, 0_u64);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'0'..=b'9' => {
                    // More digits than fit are read again below.
                    mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                    digits += 1;
                }
                b'.' if decimals.is_none() => decimals = Some(digits),
                b'e' | b'E' | b'+' | b'-' | b'.' => return self.long_number(start),
                _ => break,
            }
            at += 1;
        }
        let decimals = decimals.map(|before| digits - before);
        // `.5` and `5.` are none of JSON's numbers.
        let shaped = digits > decimals.unwrap_or(0) && decimals != Some(0);
        if !shaped || digits > 18 {
            return self.long_number(start);
        }
        self.at = at;
        let Some(decimals) = decimals else {
            let value = i64::try_from(mantissa).ok()?;
            return Some(Value::Int(if negative { -value } else { value }));
        };
        let power = POWERS.get(decimals as usize).filter(|_| mantissa < 1 << 53);
        let Some(power) = power else {
            return self.long_number(start);
        };
        // Both are exact, so that the quotient is the nearest number there is (Clinger 1990).
        let value = mantissa as f64 / power;
        Some(Value::Float(if negative { -value } else { value }))
    }

    /// A number with an exponent, or with many digits.
    fn long_number(&mut self, start: usize) -> Option<Value<'a>> {
        self.at = start;
        let mut whole = true;
        while let Some(byte) = self.peek() {
            match byte {
                b'0'..=b'9' | b'-' => {}
                b'.' | b'e' | b'E' | b'+' => whole = false,
                _ => break,
            }
            self.at += 1;
        }
        let text = self.text.get(start..self.at)?;
        // `+1`, `.5` and `5.` are none of JSON's numbers.
        let begins = text.strip_prefix('-').unwrap_or(text).as_bytes().first().is_some_and(u8::is_ascii_digit);
        if !begins || text.ends_with('.') {
            return None;
        }
        if whole && let Ok(int) = text.parse() {
            return Some(Value::Int(int));
        }
        text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_json() {
        let value = read(r#" {"a": [1, -2.5e3, true, null, {}], "b\n": "\u00e9\ud83d\ude00x", "c": ""} "#).unwrap();
        assert_eq!(value.get("a").unwrap().items()[..2], [Value::Int(1), Value::Float(-2500.0)]);
        assert_eq!(value.get("b\n").unwrap().text(), Some("é😀x"));
        assert_eq!(read("18446744073709551615"), Some(Value::Float(1.844_674_407_370_955_2e19)));
    }

    #[test]
    fn what_is_none_is_nothing() {
        let deep = "[".repeat(100_000);
        for text in
            ["", "{", "[1,]", "{\"a\":1,}", "01x", "+1", ".5", "\"\\ud800\"", "\"a", "1 2", "nul", "\"\u{1}\"", &deep]
        {
            assert_eq!(read(text), None, "{text:.20}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        for text in [
            "0",
            "-0",
            "7",
            "-7",
            "0.1",
            "-0.1",
            "0.30000000000000004",
            "123456789.123456",
            "9007199254740993.5",
            "1e-7",
            "1E+300",
            "-2.5e3",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "0.000001",
            "1.7976931348623157e308",
            "999999999999999999",
            "99999999999999999.9",
            "0.1234567890123456789",
            "5e-324",
        ] {
            let expected = match text.parse::<i64>() {
                Ok(int) => Value::Int(int),
                Err(_) => Value::Float(text.parse().unwrap()),
            };
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in [".5", "-.5", "5.", "-", "+1", "1e400", "--1", "1-1", "1..2", "1.2.3", "e5"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn pairs_are_read_as_pairs_where_they_are_nothing_else() {
        let of = |text| read_with_pairs(text).unwrap();
        assert_eq!(of("[[1,2],[0.5,-3e2]]").pairs(), [(1.0, 2.0), (0.5, -300.0)]);
        let value = of("{\"a\":[[1,2]],\"b\":[[1,2,3]],\"c\":[[1,\"x\"]],\"d\":[],\"e\":[[]],\"f\":[1,2]}");
        assert_eq!(value.get("a").unwrap().pairs(), [(1.0, 2.0)]);
        for (name, items) in [("b", 1), ("c", 1), ("d", 0), ("e", 1), ("f", 2)] {
            assert_eq!(value.get(name).unwrap().items().len(), items, "{name}");
        }
        assert!(read_with_pairs("[[1,2],[3").is_none() && read_with_pairs("[[1,2]]]").is_none());
        assert_eq!(read("[[1,2]]").unwrap().items().len(), 1);
    }
}
