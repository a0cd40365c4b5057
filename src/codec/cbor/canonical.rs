//! From what serde and `cbor4ii` write (struct order, wide floats, indefinite maps) to the one deterministic form.

use super::{
    float::{half_is_nan, narrow_to_half, narrow_to_single},
    reader::{Reader, major},
    write,
};
use crate::{
    codec::{CborError, CborRule},
    event::limits::DEPTH_MAX,
};

type Result<T> = std::result::Result<T, CborError>;

/// The byte that ends an item of indefinite length (RFC 8949 section 3.2.1).
const BREAK: u8 = 0xff;

/// The deterministic form of one well-formed item. Offsets in errors are those of `input`.
pub(super) fn canonicalise(input: &[u8]) -> Result<Vec<u8>> {
    let mut reader = Reader::new(input);
    let mut out = Vec::with_capacity(input.len());
    item(&mut reader, &mut out, 0)?;
    reader.end()?;
    Ok(out)
}

fn item(reader: &mut Reader<'_>, out: &mut Vec<u8>, depth: usize) -> Result<()> {
    let at = reader.position();
    let (first, argument) = reader.raw_head()?;
    match (first >> 5, argument) {
        (kind @ (major::UNSIGNED | major::NEGATIVE), Some(argument)) => write::head(out, kind, argument),
        (kind @ (major::BYTES | major::TEXT), Some(length)) => {
            write::head(out, kind, length);
            out.extend_from_slice(reader.take(length)?);
        }
        (kind @ (major::ARRAY | major::MAP), members) => {
            if depth >= DEPTH_MAX {
                return Err(CborError { offset: at, rule: CborRule::TooDeep });
            }
            container(reader, out, depth + 1, kind, members)?;
        }
        (major::TAG, _) => return Err(CborError { offset: at, rule: CborRule::Tag }),
        (7, Some(argument)) => simple(out, at, first, argument)?,
        _ => return Err(CborError { offset: at, rule: CborRule::IndefiniteLength }),
    }
    Ok(())
}

/// Writes the members of an array or a map, then puts them in order and their number in front where that is needed.
fn container(reader: &mut Reader<'_>, out: &mut Vec<u8>, depth: usize, kind: u8, declared: Option<u64>) -> Result<()> {
    if let Some(declared) = declared {
        write::head(out, kind, declared);
    }
    let body = out.len();
    let mut entries = Vec::new();
    let mut count = 0;
    while declared.map_or_else(|| reader.peek() != Some(BREAK), |declared| count < declared) {
        if kind == major::MAP {
            let start = out.len();
            key(reader, out, depth)?;
            entries.push((start..out.len(), reader.position()));
        }
        item(reader, out, depth)?;
        count += 1;
    }
    if kind == major::MAP {
        sort(out, body, &entries)?;
    }
    if declared.is_none() {
        reader.exactly(BREAK, "the end of an indefinite length")?;
        let mut head = Vec::new();
        write::head(&mut head, kind, count);
        out.splice(body..body, head);
    }
    Ok(())
}

fn key(reader: &mut Reader<'_>, out: &mut Vec<u8>, depth: usize) -> Result<()> {
    let kind = reader.peek().map(|first| first >> 5);
    if matches!(kind, None | Some(major::UNSIGNED | major::NEGATIVE | major::TEXT)) {
        item(reader, out, depth)
    } else {
        Err(CborError { offset: reader.position(), rule: CborRule::KeyType })
    }
}

/// Sorts the entries that `out` holds from `body` on by their encoded keys. An entry is where its key stands in
/// `out`, and its offset in the input for errors.
fn sort(out: &mut Vec<u8>, body: usize, entries: &[(std::ops::Range<usize>, usize)]) -> Result<()> {
    let key = |range: &std::ops::Range<usize>| out.get(range.clone()).unwrap_or_default();
    let ordered = |pair: &[(std::ops::Range<usize>, usize)]| match pair {
        [(a, _), (b, _)] => key(a) < key(b),
        _ => true,
    };
    if entries.windows(2).all(ordered) {
        return Ok(());
    }
    let ends = entries.iter().skip(1).map(|(range, _)| range.start).chain([out.len()]);
    let mut whole: Vec<_> = entries.iter().zip(ends).map(|((range, at), end)| (range, end, *at)).collect();
    whole.sort_by(|a, b| key(a.0).cmp(key(b.0)));
    if let Some([_, (_, _, at)]) = whole.array_windows().find(|[a, b]| key(a.0) == key(b.0)) {
        return Err(CborError { offset: *at, rule: CborRule::DuplicateKey });
    }
    let mut sorted = Vec::with_capacity(out.len() - body);
    for (range, end, _) in whole {
        sorted.extend_from_slice(out.get(range.start..end).unwrap_or_default());
    }
    out.truncate(body);
    out.extend_from_slice(&sorted);
    Ok(())
}

/// Writes a simple value, or a float at its shortest.
fn simple(out: &mut Vec<u8>, at: usize, first: u8, argument: u64) -> Result<()> {
    let not_a_number = CborError { offset: at, rule: CborRule::NotANumber };
    let half = match first & 0x1f {
        20..=22 => {
            out.push(first);
            return Ok(());
        }
        25 if half_is_nan(argument as u16) => return Err(not_a_number),
        25 => Ok(argument as u16),
        26 => narrow_to_half(argument as u32).ok_or(argument as u32),
        27 if f64::from_bits(argument).is_nan() => return Err(not_a_number),
        27 => match narrow_to_single(argument) {
            Some(single) => narrow_to_half(single).ok_or(single),
            None => {
                out.push(0xfb);
                out.extend_from_slice(&argument.to_be_bytes());
                return Ok(());
            }
        },
        _ => return Err(CborError { offset: at, rule: CborRule::UnsupportedSimple }),
    };
    match half {
        Ok(half) => {
            out.push(0xf9);
            out.extend_from_slice(&half.to_be_bytes());
        }
        Err(single) if f32::from_bits(single).is_nan() => return Err(not_a_number),
        Err(single) => {
            out.push(0xfa);
            out.extend_from_slice(&single.to_be_bytes());
        }
    }
    Ok(())
}
