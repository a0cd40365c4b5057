//! A reader of JSON (RFC 8259), small and fast: settings and profiles are read at every call.

use crate::value::Value;
use alloc::{borrow::Cow, string::String, vec::Vec};

/// Nesting that is followed.
const DEPTH_MAX: u32 = 32;

/// The one value that `text` holds; `None` when it is no JSON. A name that stands twice is no error: the first counts.
#[must_use]
pub fn read(text: &str) -> Option<Value<'_>> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(DEPTH_MAX)?;
    reader.space();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
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

    fn list(&mut self, depth: u32) -> Option<Value<'a>> {
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
        while !matches!(self.peek()?, b'"' | b'\\' | 0..=31) {
            self.at += 1;
        }
        if self.peek()? == b'"' {
            self.at += 1;
            return self.text.get(start..self.at - 1).map(Cow::Borrowed);
        }
        let mut owned = String::from(self.text.get(start..self.at)?);
        loop {
            let from = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | 0..=31) {
                self.at += 1;
            }
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
        let start = self.at;
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
        // `+1` and `.5` are none of JSON's numbers.
        if !matches!(text.as_bytes().first()?, b'0'..=b'9' | b'-') {
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
}
