//! Open values: parameters, facets, settings. The intersection of JSON and deterministic CBOR.

use super::{EventError, ids::clip, limits};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{collections::BTreeMap, fmt, marker::PhantomData};

/// Text keys to open values.
pub type Map = BTreeMap<String, Value>;

/// Any JSON value; integers and floats are kept apart, floats are finite.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// From -2^63 to 2^63 - 1.
    Int(i64),
    /// A finite IEEE 754 double.
    Float(f64),
    /// UTF-8 text.
    Text(String),
    /// A list.
    Array(Vec<Value>),
    /// Text keys to values.
    Map(Map),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Array(items) => items.serialize(serializer),
            Self::Map(map) => map.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("null, a boolean, a number, text, a list or a map with text keys")
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Int(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
                i64::try_from(value).map(Value::Int).map_err(|_| E::custom("an integer above 2^63 - 1"))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
                Number::finite(value).map(|number| Value::Float(number.0))
            }
            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(Value::Text(value.to_owned()))
            }
            fn visit_string<E>(self, value: String) -> Result<Value, E> {
                Ok(Value::Text(value))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Value::Array(list))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, entries: A) -> Result<Value, A::Error> {
                Named(PhantomData).visit_map(entries).map(Value::Map)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Reads a map whose names can be shown and stand once.
///
/// # Errors
/// Those of the deserializer; [`EventError::Name`]; a name that stands twice.
pub fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error> {
    deserializer.deserialize_map(Named(PhantomData))
}

struct Named<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Named<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map with text keys")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry::<String, T>()? {
            if key.is_empty() || key.len() > limits::NAME_BYTES_MAX || key.chars().any(char::is_control) {
                return Err(de::Error::custom(EventError::Name { given: clip(&key) }));
            }
            if let Some(_twice) = map.insert(key, value) {
                return Err(de::Error::custom("a name that stands twice in one map"));
            }
        }
        Ok(map)
    }
}

/// A measured number: a finite double, always a float in CBOR (shortest form), any number in JSON.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Number(pub f64);

impl Number {
    fn finite<E: de::Error>(value: f64) -> Result<Self, E> {
        if value.is_finite() { Ok(Self(value)) } else { Err(E::custom("a number that is not finite")) }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a finite number")
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
                Number::finite(value)
            }
            #[expect(clippy::cast_precision_loss, reason = "a measurement; JSON has one number type")]
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }
            #[expect(clippy::cast_precision_loss, reason = "a measurement; JSON has one number type")]
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number(value as f64))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
