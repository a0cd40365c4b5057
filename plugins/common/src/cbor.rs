//! A reader of the ledger's deterministic CBOR. What it reads has been checked, so it is short: it refuses what it does
//! not know, and nothing more.

use crate::value::Value;
use alloc::{borrow::Cow, vec::Vec};

/// Nesting that is followed; the ledger takes 16.
const DEPTH_MAX: u32 = 32;

/// The one value that `bytes` hold; `None` when they are no such CBOR.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Value<'_>> {
    let mut rest = bytes;
    let value = item(&mut rest, DEPTH_MAX)?;
    rest.is_empty().then_some(value)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(head)
}

fn argument(rest: &mut &[u8], low: u8) -> Option<u64> {
    let width = match low {
        0..=23 => return Some(u64::from(low)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    Some(take(rest, width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn item<'a>(rest: &mut &'a [u8], depth: u32) -> Option<Value<'a>> {
    let depth = depth.checked_sub(1)?;
    let head = *take(rest, 1)?.first()?;
    let (major, low) = (head >> 5, head & 31);
    if major == 7 {
        return simple(rest, low);
    }
    let argument = argument(rest, low)?;
    // A number may be more than an address of 32 bits; a size may not.
    let size = || usize::try_from(argument).ok();
    Some(match major {
        0 => Value::Int(i64::try_from(argument).ok()?),
        1 => Value::Int(-1 - i64::try_from(argument).ok()?),
        2 => Value::Bytes(take(rest, size()?)?),
        3 => Value::Text(Cow::Borrowed(core::str::from_utf8(take(rest, size()?)?).ok()?)),
        4 => {
            // Every item has at least a byte: no more than there is is set aside.
            let size = size()?;
            let mut items = Vec::with_capacity(size.min(rest.len()));
            for _ in 0..size {
                items.push(item(rest, depth)?);
            }
            Value::List(items)
        }
        5 => {
            let size = size()?;
            let mut members = Vec::with_capacity(size.min(rest.len()));
            for _ in 0..size {
                let Value::Text(name) = item(rest, depth)? else { return None };
                members.push((name, item(rest, depth)?));
            }
            Value::Map(members)
        }
        _ => return None,
    })
}

fn simple<'a>(rest: &mut &'a [u8], low: u8) -> Option<Value<'a>> {
    Some(match low {
        20 => Value::Bool(false),
        21 => Value::Bool(true),
        22 => Value::Null,
        25 => Value::Float(half(u16::from_be_bytes(take(rest, 2)?.try_into().ok()?))),
        26 => Value::Float(f64::from(f32::from_be_bytes(take(rest, 4)?.try_into().ok()?))),
        27 => Value::Float(f64::from_be_bytes(take(rest, 8)?.try_into().ok()?)),
        _ => return None,
    })
}

/// A half-precision float (RFC 8949 appendix D).
fn half(bits: u16) -> f64 {
    let sign = u64::from(bits >> 15) << 63;
    let (exponent, mantissa) = (u64::from(bits >> 10 & 31), u64::from(bits & 1023));
    match exponent {
        // 2^-24 a unit.
        0 => {
            let size = mantissa as f64 * f64::from_bits((1023 - 24) << 52);
            if sign == 0 { size } else { -size }
        }
        31 => f64::from_bits(sign | 2047 << 52 | mantissa << 42),
        _ => f64::from_bits(sign | (exponent + 1023 - 15) << 52 | mantissa << 42),
    }
}

/// Writes a value: for fixtures, where what is read natively comes from JSON. Floats take eight bytes.
#[cfg(not(target_arch = "wasm32"))]
pub fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    let head = |out: &mut Vec<u8>, major: u8, argument: u64| {
        out.push(major << 5 | 27);
        out.extend(argument.to_be_bytes());
    };
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(value) => out.push(0xf4 + u8::from(*value)),
        Value::Int(value) if *value >= 0 => head(out, 0, value.unsigned_abs()),
        Value::Int(value) => head(out, 1, value.unsigned_abs() - 1),
        Value::Float(value) => {
            out.push(0xfb);
            out.extend(value.to_be_bytes());
        }
        Value::Bytes(bytes) => {
            head(out, 2, bytes.len() as u64);
            out.extend(*bytes);
        }
        Value::Text(text) => {
            head(out, 3, text.len() as u64);
            out.extend(text.as_bytes());
        }
        Value::List(items) => {
            head(out, 4, items.len() as u64);
            items.iter().for_each(|item| write(item, out));
        }
        Value::Pairs(pairs) => {
            head(out, 4, pairs.len() as u64);
            for (first, second) in pairs {
                write(&Value::List(Vec::from([Value::Float(*first), Value::Float(*second)])), out);
            }
        }
        Value::Map(members) => {
            head(out, 5, members.len() as u64);
            for (name, value) in members {
                write(&Value::Text(name.clone()), out);
                write(value, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_the_ledger_writes() {
        // {"a": [1, -2, 1.5, true, null], "b": h'0102', "c": 3.4028234663852886e+38}
        let bytes = b"\xa3\x61a\x85\x01\x21\xf9\x3e\x00\xf5\xf6\x61b\x42\x01\x02\x61c\xfa\x7f\x7f\xff\xff";
        let value = read(bytes).unwrap();
        assert_eq!(value.get("a").unwrap().items()[1..3], [Value::Int(-2), Value::Float(1.5)]);
        assert_eq!(value.get("b"), Some(&Value::Bytes(&[1, 2])));
        assert_eq!(value.get("c").unwrap().number(), Some(f64::from(f32::MAX)));
        for (bits, number) in [(0x0000, 0.0), (0x0001, 5.960_464_477_539_063e-8), (0xc400, -4.0), (0x7bff, 65504.0)] {
            assert_eq!(half(bits), number);
        }
    }

    #[test]
    fn nonsense_is_nothing() {
        let mut deep = alloc::vec![0x81; 200_000];
        deep.push(1);
        for bytes in
            [&b""[..], b"\x01\x01", b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", b"\x61\xff", b"\xa1\x01\x01", &deep]
        {
            assert_eq!(read(bytes), None);
        }
    }
}
