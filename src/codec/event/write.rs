//! A serde serializer that writes deterministic CBOR (RFC 8949 section 4.2.1) in one pass: shortest heads and floats,
//! map keys sorted by their encoded bytes. A map whose keys arrive in order costs nothing extra.

use crate::codec::cbor::write;
use serde::{Serialize, ser};
use std::{fmt, ops::Range};

/// What is written so far, and the entries of the maps that are open.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    /// Where each key stands in `out`, innermost map last.
    keys: Vec<Range<usize>>,
}

/// A type that an event does not have (a map of unknown length, an enum with content).
#[derive(Debug)]
pub(super) struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type that deterministic CBOR cannot write here")
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Done = Result<(), Unwritable>;

/// The members of an array or a map that is being written.
pub(super) struct Members<'w> {
    writer: &'w mut Writer,
    /// Where the first entry begins in `out`.
    start: usize,
    /// Where this map's keys begin in `keys`.
    base: usize,
    sorted: bool,
}

const ARRAY: u8 = 4;
const MAP: u8 = 5;

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), keys: Vec::with_capacity(16) }
    }

    fn members(&mut self, major: u8, count: Option<usize>) -> Result<Members<'_>, Unwritable> {
        write::head(&mut self.out, major, count.ok_or(Unwritable)? as u64);
        Ok(Members { start: self.out.len(), base: self.keys.len(), sorted: true, writer: self })
    }
}

impl Members<'_> {
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        let from = self.writer.out.len();
        key.serialize(&mut *self.writer)?;
        let written = from..self.writer.out.len();
        if let Some(previous) = self.writer.keys.get(self.base..).and_then(<[_]>::last) {
            self.sorted &= self.slice(previous) < self.slice(&written);
        }
        self.writer.keys.push(written);
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(&mut *self.writer)
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.writer.out.get(range.clone()).unwrap_or_default()
    }

    fn end_map(self) -> Done {
        if !self.sorted {
            let keys = self.writer.keys.get(self.base..).unwrap_or_default();
            let ends = keys.iter().skip(1).map(|key| key.start).chain([self.writer.out.len()]);
            let mut entries: Vec<_> = keys.iter().zip(ends).collect();
            entries.sort_unstable_by(|a, b| self.slice(a.0).cmp(self.slice(b.0)));
            let mut sorted = Vec::with_capacity(self.writer.out.len() - self.start);
            entries.iter().for_each(|(key, end)| sorted.extend_from_slice(self.slice(&(key.start..*end))));
            self.writer.out.truncate(self.start);
            self.writer.out.append(&mut sorted);
        }
        self.writer.keys.truncate(self.base);
        Ok(())
    }
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Members<'w>;
    type SerializeTuple = Members<'w>;
    type SerializeTupleStruct = ser::Impossible<(), Unwritable>;
    type SerializeTupleVariant = ser::Impossible<(), Unwritable>;
    type SerializeMap = Members<'w>;
    type SerializeStruct = Members<'w>;
    type SerializeStructVariant = ser::Impossible<(), Unwritable>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Done {
        self.out.push(if value { 0xf5 } else { 0xf4 });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Done {
        write::integer(&mut self.out, value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Done {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Done {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Done {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Done {
        write::head(&mut self.out, 0, value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Done {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Done {
        write::float(&mut self.out, value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Done {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Done {
        write::text(&mut self.out, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Done {
        write::bytes(&mut self.out, value);
        Ok(())
    }

    fn serialize_none(self) -> Done {
        self.out.push(0xf6);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, word: &'static str) -> Done {
        self.serialize_str(word)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, _: &'static str, _: &T) -> Done {
        Err(Unwritable)
    }

    fn serialize_seq(self, count: Option<usize>) -> Result<Members<'w>, Unwritable> {
        self.members(ARRAY, count)
    }

    fn serialize_tuple(self, count: usize) -> Result<Members<'w>, Unwritable> {
        self.members(ARRAY, Some(count))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_map(self, count: Option<usize>) -> Result<Members<'w>, Unwritable> {
        self.members(MAP, count)
    }

    fn serialize_struct(self, _: &'static str, count: usize) -> Result<Members<'w>, Unwritable> {
        self.members(MAP, Some(count))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        Err(Unwritable)
    }
}

impl ser::SerializeSeq for Members<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.value(value)
    }

    fn end(self) -> Done {
        Ok(())
    }
}

impl ser::SerializeTuple for Members<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.value(value)
    }

    fn end(self) -> Done {
        Ok(())
    }
}

impl ser::SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.value(value)
    }

    fn end(self) -> Done {
        self.end_map()
    }
}

impl ser::SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.key(key)?;
        self.value(value)
    }

    fn end(self) -> Done {
        self.end_map()
    }
}
