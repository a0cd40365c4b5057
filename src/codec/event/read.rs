//! A serde deserializer over deterministic CBOR that gives field paths in its errors at no cost to what succeeds.
//!
//! It is lenient where only the re-encoding tells (a `null` option, an empty list): the caller compares.

use super::{DecodeError, Reason};
use crate::{codec::cbor::reader::Reader, event::limits};
use serde::{
    de::{self, DeserializeSeed, Unexpected, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};

/// The next item of a reader, under `depth` arrays and maps.
pub(super) struct Item<'r, 'de> {
    pub(super) reader: &'r mut Reader<'de>,
    pub(super) depth: usize,
}

impl<'r, 'de> Item<'r, 'de> {
    #[inline]
    fn major(&self) -> Option<u8> {
        self.reader.peek().map(|first| first >> 5)
    }

    /// The members of an array or map, one level down.
    #[inline]
    fn members(self, left: u64) -> Result<Members<'r, 'de>, DecodeError> {
        if self.depth >= limits::DEPTH_MAX {
            return Err(Reason::TooDeep.into());
        }
        Ok(Members { reader: self.reader, depth: self.depth + 1, left, index: 0, key: "" })
    }

    fn map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let count = self.reader.map()?;
        let mut members = self.members(count)?;
        let value = visitor.visit_map(&mut members)?;
        members.finished().map(|()| value)
    }

    fn simple<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let (first, argument) = self.reader.raw_head()?;
        match (first & 0x1f, argument) {
            (20, _) => visitor.visit_bool(false),
            (21, _) => visitor.visit_bool(true),
            (22, _) => visitor.visit_unit(),
            (25, Some(bits)) => visitor.visit_f64(half_to_double(bits)),
            (26, Some(bits)) => visitor.visit_f64(f32::from_bits(bits as u32).into()),
            (27, Some(bits)) => visitor.visit_f64(f64::from_bits(bits)),
            _ => Err(de::Error::invalid_type(Unexpected::Other("an unknown simple value"), &visitor)),
        }
    }
}

/// The value of half-precision bits (RFC 8949 appendix D), exactly.
fn half_to_double(bits: u64) -> f64 {
    let sign = (bits & 0x8000) << 48;
    let exponent = (bits >> 10) & 0x1f;
    let mantissa = bits & 0x3ff;
    let magnitude = match exponent {
        0 => (mantissa as f64 * 2f64.powi(-24)).to_bits(),
        31 => 0x7ff0_0000_0000_0000 | (mantissa << 42),
        _ => ((exponent + 1023 - 15) << 52) | (mantissa << 42),
    };
    f64::from_bits(sign | magnitude)
}

impl<'de> de::Deserializer<'de> for Item<'_, 'de> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.major() {
            Some(0) => visitor.visit_u64(self.reader.unsigned()?),
            Some(1) => visitor.visit_i64(self.reader.integer()?),
            Some(2) => visitor.visit_borrowed_bytes(self.reader.bytes()?),
            Some(3) => visitor.visit_borrowed_str(self.reader.text()?),
            Some(4) => {
                let count = self.reader.array()?;
                let mut members = self.members(count)?;
                let value = visitor.visit_seq(&mut members)?;
                members.finished().map(|()| value)
            }
            Some(5) => self.map(visitor),
            Some(7) => self.simple(visitor),
            _ => Err(de::Error::invalid_type(Unexpected::Other("a tag or nothing"), &visitor)),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.reader.peek() == Some(0xf6) { self.deserialize_any(visitor) } else { visitor.visit_some(self) }
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.major() {
            // A derived struct would also take its fields from an array, by position: one content, one spelling.
            Some(4) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.major() {
            Some(3) => {
                let word: BorrowedStrDeserializer<'de, DecodeError> = BorrowedStrDeserializer::new(self.reader.text()?);
                visitor.visit_enum(word)
            }
            _ => Err(de::Error::invalid_type(Unexpected::Other("another type"), &"a word")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct Members<'r, 'de> {
    reader: &'r mut Reader<'de>,
    depth: usize,
    left: u64,
    index: usize,
    key: &'de str,
}

impl Members<'_, '_> {
    fn finished(&self) -> Result<(), DecodeError> {
        if self.left == 0 {
            return Ok(());
        }
        Err(Reason::Type { given: format!("{} more entries", self.left), wanted: "the end of the list".into() }.into())
    }
}

impl<'de> de::SeqAccess<'de> for Members<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let item = Item { reader: &mut *self.reader, depth: self.depth };
        let value = seed.deserialize(item).map_err(|error| error.in_item(self.index))?;
        self.index += 1;
        Ok(Some(value))
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left).ok()
    }
}

impl<'de> de::MapAccess<'de> for Members<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.key = self.reader.text()?;
        let key: BorrowedStrDeserializer<'de, DecodeError> = BorrowedStrDeserializer::new(self.key);
        seed.deserialize(key).map(Some)
    }

    #[inline]
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DecodeError> {
        let item = Item { reader: &mut *self.reader, depth: self.depth };
        seed.deserialize(item).map_err(|error| error.in_field(self.key))
    }
}
