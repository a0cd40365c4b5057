//! Events as people write them: JSON with RFC 3339 times and `sha256:` digests.
//!
//! A text is first read into a `serde_json::Value` that has no name twice and is not too deep, which `serde_json`
//! alone does not promise.

use super::{DecodeError, Draft, Reason};
use crate::event::{Event, Kind, Timestamp, limits};
use serde::{
    Deserialize, Serialize,
    de::{self, DeserializeSeed, IntoDeserializer, Unexpected, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};
use serde_json::Value as Json;
use std::fmt;

/// Reads one event from JSON. `now` is its time where the text gives none.
///
/// # Errors
/// [`DecodeError`]: not JSON, a name that stands twice, or one of those of [`from_json_value`].
pub fn from_json(text: &str, now: Timestamp) -> Result<Event, DecodeError> {
    from_json_value(&parse(text)?, now)
}

/// Reads one event or a batch from JSON: an object, or an array of 2 to
/// [`BATCH_EVENTS_MAX`](limits::BATCH_EVENTS_MAX) objects.
///
/// # Errors
/// As [`from_json`], with the position in the batch.
pub fn payload_from_json(text: &str, now: Timestamp) -> Result<Vec<Event>, DecodeError> {
    match parse(text)? {
        Json::Array(items) => {
            super::batch_size(items.len() as u64)?;
            let event =
                |(position, item)| from_json_value(item, now).map_err(|error: DecodeError| error.at_position(position));
            items.iter().enumerate().map(event).collect()
        }
        one => from_json_value(&one, now).map(|event| vec![event]),
    }
}

/// Reads one event from JSON that is already parsed. `now` is its time where it gives none. `null` is an absent field.
///
/// # Errors
/// [`DecodeError`]: a field that is missing, unknown or ill-typed, or a rule of
/// [`Event::validate`](crate::event::Event::validate) that is broken.
pub fn from_json_value(json: &Json, now: Timestamp) -> Result<Event, DecodeError> {
    let Json::Object(fields) = json else { return Err(Reason::Shape.into()) };
    let kind = fields.get("kind").ok_or(Reason::Missing("kind"))?;
    let kind = String::deserialize(Node { json: kind, depth: 1 }).map_err(|error| error.in_field("kind"))?;
    let kind = Kind::parse(&kind).map_err(DecodeError::from)?;
    let mut draft = Draft { time: Some(now), ..Draft::default() };
    for (name, value) in fields {
        if name != "kind" && !(name == "time" && value.is_null()) {
            draft.set(name, &kind, Node { json: value, depth: 1 })?;
        }
    }
    let event = draft.finish()?;
    if !event.commitments.is_empty() {
        super::present::check(&super::to_cbor(&event), &event)?;
    }
    Ok(event)
}

/// Writes an event as people read it, absent and empty fields left out, in the order in which one tells it.
#[must_use]
pub fn to_json(event: &Event) -> Json {
    let mut fields = serde_json::Map::new();
    put(&mut fields, "kind", &event.kind(), true);
    put(&mut fields, "subject", &event.subject, true);
    put(&mut fields, "env", &event.env, event.env.is_some());
    put(&mut fields, "inputs", &event.inputs, !event.inputs.is_empty());
    put(&mut fields, "outputs", &event.outputs, !event.outputs.is_empty());
    put(&mut fields, "time", &event.time, true);
    put(&mut fields, "body", &event.body, true);
    put(&mut fields, "facets", &event.facets, !event.facets.is_empty());
    put(&mut fields, "commitments", &event.commitments, !event.commitments.is_empty());
    put(&mut fields, "imported", &event.imported, event.imported);
    put(&mut fields, "claimed_by", &event.claimed_by, event.claimed_by.is_some());
    Json::Object(fields)
}

fn put<T: Serialize>(fields: &mut serde_json::Map<String, Json>, name: &str, value: &T, given: bool) {
    // Every type of the vocabulary has text keys and finite numbers, so it has a JSON form.
    if let (true, Ok(json)) = (given, serde_json::to_value(value)) {
        fields.insert(name.to_owned(), json);
    }
}

/// Parses a text into JSON that has no name twice in one object and is at most [`limits::DEPTH_MAX`] deep.
pub(crate) fn parse(text: &str) -> Result<Json, DecodeError> {
    if text.len() > limits::EVENT_JSON_BYTES_MAX {
        return Err(Reason::TooLong { bytes: text.len(), limit: limits::EVENT_JSON_BYTES_MAX }.into());
    }
    let mut fault = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = Strict { depth: 0, fault: &mut fault }.deserialize(&mut reader);
    match parsed.and_then(|json| reader.end().map(|()| json)) {
        Ok(json) => Ok(json),
        Err(error) => Err(fault.unwrap_or_else(|| Reason::Json(super::hint::clip(&error.to_string()))).into()),
    }
}

/// Builds a `serde_json::Value` and notes why it stopped, where `serde_json` has no name for it.
struct Strict<'f> {
    depth: usize,
    fault: &'f mut Option<Reason>,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(&mut self) -> Result<Strict<'_>, E> {
        if self.depth > limits::DEPTH_MAX {
            *self.fault = Some(Reason::TooDeep);
            return Err(E::custom("too deep"));
        }
        Ok(Strict { depth: self.depth + 1, fault: self.fault })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        serde_json::Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(mut self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(mut self, mut entries: A) -> Result<Json, A::Error> {
        let mut map = serde_json::Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                *self.fault = Some(Reason::Twice(super::hint::clip(&key)));
                return Err(de::Error::custom("a name that stands twice"));
            }
            let value = entries.next_value_seed(self.deeper()?)?;
            map.insert(key, value);
        }
        Ok(Json::Object(map))
    }
}

/// A part of a parsed JSON text, as a deserializer whose errors name the field.
#[derive(Clone, Copy)]
pub(super) struct Node<'de> {
    json: &'de Json,
    depth: usize,
}

impl<'de> de::Deserializer<'de> for Node<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.depth >= limits::DEPTH_MAX && (self.json.is_array() || self.json.is_object()) {
            return Err(Reason::TooDeep.into());
        }
        let depth = self.depth + 1;
        match self.json {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (_, Some(value), _) => visitor.visit_i64(value),
                (.., value) => visitor.visit_f64(value.unwrap_or(f64::NAN)),
            },
            Json::String(text) => visitor.visit_borrowed_str(text),
            Json::Array(items) => {
                let mut items = Items { items: items.iter().enumerate(), depth };
                let value = visitor.visit_seq(&mut items)?;
                match items.items.next() {
                    None => Ok(value),
                    Some((index, _)) => Err(de::Error::invalid_length(index + 1, &"fewer entries")),
                }
            }
            Json::Object(fields) => visitor.visit_map(Fields { fields: fields.iter(), value: None, depth }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.json.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if self.json.is_array() {
            return Err(de::Error::invalid_type(Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.json {
            Json::String(word) => {
                let word: BorrowedStrDeserializer<'de, DecodeError> = BorrowedStrDeserializer::new(word);
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

struct Items<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Json>>,
    depth: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some((index, json)) = self.items.next() else { return Ok(None) };
        seed.deserialize(Node { json, depth: self.depth }).map(Some).map_err(|error| error.in_item(index))
    }
}

struct Fields<'de> {
    fields: serde_json::map::Iter<'de>,
    value: Option<(&'de str, &'de Json)>,
    depth: usize,
}

impl<'de> de::MapAccess<'de> for Fields<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((name, json)) = self.fields.next() else { return Ok(None) };
        self.value = Some((name, json));
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DecodeError> {
        let (name, json) = self.value.take().unwrap_or(("", &Json::Null));
        seed.deserialize(Node { json, depth: self.depth }).map_err(|error| error.in_field(name))
    }
}
