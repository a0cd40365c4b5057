//! One tree for what CBOR and JSON say.

use alloc::{borrow::Cow, vec::Vec};

/// A value of CBOR or JSON, borrowing texts where it can.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes; JSON has none.
    Bytes(&'a [u8]),
    /// A list.
    List(Vec<Value<'a>>),
    /// A list of pairs of numbers, where it was asked for.
    Pairs(Vec<(f64, f64)>),
    /// Names and values, in their order.
    Map(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// The member of this name of a map.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.members().iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The members of a map; none of anything else.
    #[must_use]
    pub fn members(&self) -> &[(Cow<'a, str>, Value<'a>)] {
        if let Self::Map(members) = self { members } else { &[] }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Value<'a>] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The pairs of a list of pairs of numbers; none of anything else.
    #[must_use]
    pub fn pairs(&self) -> &[(f64, f64)] {
        if let Self::Pairs(pairs) = self { pairs } else { &[] }
    }

    /// A text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A number, whole or not.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        if let Self::Int(value) = self { u64::try_from(*value).ok() } else { None }
    }

    /// A truth value.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// A digest, as `sha256:` and hexadecimal digits: of bytes, or as it stands.
    #[must_use]
    pub fn digest(&self) -> Option<alloc::string::String> {
        match self {
            Self::Bytes(bytes) if bytes.len() == 32 => {
                let mut text = alloc::string::String::from("sha256:");
                for byte in *bytes {
                    for nibble in [byte >> 4, byte & 15] {
                        text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
                    }
                }
                Some(text)
            }
            Self::Text(text) => Some(text.clone().into_owned()),
            _ => None,
        }
    }
}
