//! Looking into CBOR without decoding it: raw value slices, so that a body is decoded once its kind is known.

use super::reader::{Reader, major};
use crate::codec::{CodecError, Result};

/// What the first byte of an item says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A map: one event.
    Map,
    /// An array: a signed batch.
    Array,
    /// Anything else, or nothing at all.
    Other,
}

/// The shape of the item that `bytes` begin with; says nothing of its validity.
#[must_use]
pub fn shape(bytes: &[u8]) -> Shape {
    match bytes.first().map(|first| first >> 5) {
        Some(major::MAP) => Shape::Map,
        Some(major::ARRAY) => Shape::Array,
        _ => Shape::Other,
    }
}

/// The entries of a map with text keys, in the order of the encoding: each value as its raw, canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<'a> {
    entries: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Map<'a> {
    /// Views bytes from outside: one strict walk, as [`check`](super::check) does, that also notes where values stand.
    ///
    /// # Errors
    /// [`CodecError::Cbor`]: not deterministic CBOR, not a map, or a key that is not text.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::walk(bytes, |reader| reader.item(1))
    }

    /// Views bytes that were already checked, such as a value of another `Map`.
    ///
    /// # Errors
    /// [`CodecError::Cbor`]: not a map, or a key that is not text.
    pub fn of_checked(bytes: &'a [u8]) -> Result<Self> {
        Self::walk(bytes, Reader::skip)
    }

    fn walk(
        bytes: &'a [u8],
        value: impl Fn(&mut Reader<'a>) -> std::result::Result<(), crate::codec::CborError>,
    ) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let members = reader.map()?;
        // A map of events has about ten fields; a longer one grows as its bytes are seen, never by what it declares.
        let mut entries = Vec::with_capacity(members.min(16) as usize);
        let mut previous: &[u8] = &[];
        for _ in 0..members {
            previous = reader.key(previous)?;
            let key = Reader::new(previous).text()?;
            let start = reader.position();
            value(&mut reader)?;
            entries.push((key, reader.since(start)));
        }
        reader.end()?;
        Ok(Self { entries })
    }

    /// The raw bytes of the value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// All entries, in the order of the encoding.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + '_ {
        self.entries.iter().copied()
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The raw bytes of each item of an array of at most `max` items, walked strictly as [`check`](super::check) does.
///
/// # Errors
/// [`CodecError::Cbor`]: not deterministic CBOR, or not an array; [`CodecError::Oversize`]: more than `max` items.
pub fn array_items(bytes: &[u8], max: usize) -> Result<Vec<&[u8]>> {
    let mut reader = Reader::new(bytes);
    let members = reader.array()?;
    if members > max as u64 {
        return Err(CodecError::Oversize { what: "an array", size: members, limit: max as u64, unit: "items" });
    }
    let mut items = Vec::with_capacity(members as usize);
    for _ in 0..members {
        let start = reader.position();
        reader.item(1)?;
        items.push(reader.since(start));
    }
    reader.end()?;
    Ok(items)
}

/// The text that a raw value is, such as an event's `kind`.
///
/// # Errors
/// [`CodecError::Cbor`]: not one text string.
pub fn text(bytes: &[u8]) -> Result<&str> {
    let mut reader = Reader::new(bytes);
    let text = reader.text()?;
    reader.end()?;
    Ok(text)
}
