//! Deterministic CBOR (RFC 8949 section 4.2.1), strict in both directions.
//!
//! One value has one encoding: shortest heads, map keys sorted by their encoded bytes and unique, no indefinite
//! lengths, shortest floats, no NaN, valid UTF-8, no tags, only `false`, `true` and `null` as simple values, map keys
//! that are integers or text, at most [`DEPTH_MAX`](crate::event::limits::DEPTH_MAX) levels, and nothing
//! after the end. A struct whose fields are declared in that order (shorter names first, then alphabetically) is
//! encoded without a second pass.

mod canonical;
mod float;
pub(crate) mod reader;
mod view;
pub(crate) mod write;

use serde::{Serialize, de::DeserializeOwned};

use super::{CodecError, Result};
use reader::Reader;
pub use view::{Map, Shape, array_items, shape, text};

/// Walks `bytes` once and refuses whatever is not one deterministic CBOR item (RFC 8949 section 4.2.1 with the rules
/// above). Allocates nothing.
///
/// # Errors
/// [`CborError`](super::CborError): the offset of the first offending byte and the rule it breaks.
pub fn check(bytes: &[u8]) -> std::result::Result<(), super::CborError> {
    let mut reader = Reader::new(bytes);
    reader.item(0)?;
    reader.end()
}

/// The one deterministic encoding of `value`, whatever order and lengths its `Serialize` gives. `None` is null; the
/// unit `()` is an empty array, as `cbor4ii` has it, so types that mean null serialise `None`.
///
/// # Errors
/// [`CodecError::Encode`] when the value cannot be serialised; [`CodecError::Cbor`] for a NaN, a duplicate key, a key
/// that is neither text nor an integer, or a value nested too deeply.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let raw = cbor4ii::serde::to_vec(Vec::new(), value).map_err(|error| CodecError::Encode(error.to_string()))?;
    match check(&raw) {
        Ok(()) => Ok(raw),
        Err(_) => Ok(canonical::canonicalise(&raw)?),
    }
}

/// Decodes bytes from outside: [`check`], then decode, then encode again and compare, so that no two byte strings
/// mean one value and no field is dropped or coerced in silence.
///
/// # Errors
/// [`CodecError::Cbor`] (not deterministic), [`CodecError::Decode`] (not a `T`), [`CodecError::NotRoundTrip`] (a `T`
/// that would be written otherwise).
pub fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    check(bytes)?;
    decode_checked(bytes)
}

/// Like [`decode`] for bytes that [`check`] or a [`Map`] has already passed: only the walk is left out, the
/// re-encoding is still compared. Floats decode into `f64` only.
///
/// # Errors
/// [`CodecError::Decode`] and [`CodecError::NotRoundTrip`], as in [`decode`].
pub fn decode_checked<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let wide = float::widen(bytes);
    let value: T = cbor4ii::serde::from_slice(&wide).map_err(|error| CodecError::Decode(error.to_string()))?;
    let again = encode(&value)?;
    if again == bytes {
        return Ok(value);
    }
    let offset = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(CodecError::NotRoundTrip { offset })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::*;
    use crate::codec::CborRule;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Unsorted {
        zebra: u32,
        a: f64,
        bb: Option<Vec<String>>,
        #[serde(flatten)]
        rest: HashMap<String, i64>,
    }

    fn sample() -> Unsorted {
        let rest = ["longer", "b", "c", "zz"].map(|key| (key.to_owned(), key.len() as i64 - 300)).into();
        Unsorted { zebra: 70_000, a: 1.5, bb: Some(vec!["x".to_owned()]), rest }
    }

    #[test]
    fn struct_order_flatten_and_wide_floats_become_canonical() {
        let bytes = encode(&sample()).unwrap();
        check(&bytes).unwrap();
        let keys: Vec<_> = Map::parse(&bytes).unwrap().iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "b", "c", "bb", "zz", "zebra", "longer"]);
        assert_eq!(Map::parse(&bytes).unwrap().get("a"), Some([0xf9, 0x3e, 0x00].as_slice()));
        assert_eq!(decode::<Unsorted>(&bytes).unwrap(), sample());
        assert_eq!(Map::parse(&bytes), Map::of_checked(&bytes));
    }

    #[test]
    fn what_serde_would_drop_or_coerce_is_refused() {
        #[derive(Serialize, Deserialize, Debug)]
        struct Small {
            a: f64,
        }
        let whole = encode(&HashMap::from([("a", 1)])).unwrap();
        assert!(matches!(decode::<Small>(&whole), Err(CodecError::Decode(_))));
        let extra = encode(&HashMap::from([("a", 1.0), ("b", 2.0)])).unwrap();
        assert_eq!(decode::<Small>(&extra).unwrap_err(), CodecError::NotRoundTrip { offset: 0 });
        let text = encode(&HashMap::from([("a", "1")])).unwrap();
        assert!(matches!(decode::<Small>(&text), Err(CodecError::Decode(_))));
    }

    #[test]
    fn what_has_no_canonical_form_is_not_written() {
        let rule = |result: Result<Vec<u8>>| match result {
            Err(CodecError::Cbor(error)) => error.rule,
            other => panic!("{other:?}"),
        };
        assert_eq!(rule(encode(&f64::NAN)), CborRule::NotANumber);
        assert_eq!(rule(encode(&[f32::NAN])), CborRule::NotANumber);
        assert_eq!(rule(encode(&HashMap::from([(vec![1], 2)]))), CborRule::KeyType);
        let mut deep = cbor4ii::core::Value::Null;
        for _ in 0..17 {
            deep = cbor4ii::core::Value::Array(vec![deep]);
        }
        assert_eq!(rule(encode(&deep)), CborRule::TooDeep);
    }

    #[test]
    fn array_items_are_the_raw_items() {
        let bytes = encode(&(1, "two", [3])).unwrap();
        let items = array_items(&bytes, 3).unwrap();
        assert_eq!(items, [[0x01].as_slice(), &[0x63, b't', b'w', b'o'], &[0x81, 0x03]]);
        assert!(matches!(array_items(&bytes, 2), Err(CodecError::Oversize { size: 3, .. })));
        assert_eq!(shape(&bytes), Shape::Array);
        assert_eq!(text(items[1]), Ok("two"));
    }
}
