//! Deterministic CBOR against a foreign decoder: what the check passes is read by it and written back the same, and
//! what we encode passes the check.
#![no_main]

use ciborium::Value;
use libfuzzer_sys::fuzz_target;
use sagwan::{codec::cbor, event::limits::DEPTH_MAX};
use serde::{Serialize, Serializer};

/// Whether the format has a value like this: no tags, no NaN, keys that are text or integers and stand once.
fn is_plain(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth < DEPTH_MAX && items.iter().all(|item| is_plain(item, depth + 1)),
        Value::Map(entries) => {
            depth < DEPTH_MAX
                && entries.iter().enumerate().all(|(position, (key, value))| {
                    matches!(key, Value::Text(_) | Value::Integer(_))
                        && entries.iter().take(position).all(|(other, _)| other != key)
                        && is_plain(value, depth + 1)
                })
        }
        Value::Float(float) => !float.is_nan(),
        Value::Integer(_) | Value::Bytes(_) | Value::Text(_) | Value::Bool(_) | Value::Null => true,
        _ => false,
    }
}

/// The foreign value as our types serialise: `cbor4ii` writes serde's unit, which the foreign null is, as an empty array.
struct Ours<'a>(&'a Value);

impl Serialize for Ours<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_none(),
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ours)),
            Value::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (Ours(key), Ours(value)))),
            other => other.serialize(serializer),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let passes = cbor::check(data).is_ok();
    let mut rest = data;
    let foreign: Result<Value, _> = ciborium::from_reader(&mut rest);
    let Ok(value) = foreign else {
        assert!(!passes, "a foreign decoder refuses what the check passes");
        return;
    };
    if passes {
        assert!(rest.is_empty() && is_plain(&value, 0), "{value:?}");
        assert_eq!(cbor::encode(&Ours(&value)).as_deref(), Ok(data));
    } else if is_plain(&value, 0) && rest.is_empty() {
        let ours = cbor::encode(&Ours(&value)).expect("a plain value can be encoded");
        assert_ne!(ours, data, "the check refuses what we encode");
        assert_eq!(cbor::check(&ours), Ok(()));
    }
    if let Ok(map) = cbor::Map::parse(data) {
        assert!(passes);
        map.iter().for_each(|(key, raw)| assert_eq!(map.get(key), Some(raw)));
    }
});
