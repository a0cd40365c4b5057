//! CBOR sequences (RFC 8742): where one item ends and the next begins, and nothing more. What an item is worth is
//! judged by the ledger, strictly.

use super::Problem;

/// Splits a CBOR sequence into its items, at most `max` of them; iterative, allocates one vector an item.
///
/// # Errors
/// 400 when the bytes are no sequence of definite-length items, or there are none; 413 beyond `max`.
pub fn split(bytes: &[u8], max: usize) -> Result<Vec<Vec<u8>>, Problem> {
    let mut items = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        if items.len() == max {
            return Err(Problem::too_many_statements(max));
        }
        let length = item_length(rest).ok_or_else(|| Problem::bad_sequence(bytes.len() - rest.len()))?;
        let (item, after) = rest.split_at_checked(length).ok_or_else(|| Problem::bad_sequence(bytes.len()))?;
        items.push(item.to_vec());
        rest = after;
    }
    if items.is_empty() { Err(Problem::empty_body()) } else { Ok(items) }
}

/// Bytes of the first item, or `None` when there is no well-formed one of definite length.
fn item_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    let mut pending = 1_u64;
    while pending > 0 {
        pending -= 1;
        let (major, argument, head) = head(bytes.get(at..)?)?;
        at += head;
        let left = u64::try_from(bytes.len() - at).ok()?;
        // Every item takes at least a byte, so a count beyond what is left cannot be true, and cannot overflow.
        match major {
            2 | 3 if argument <= left => at += usize::try_from(argument).ok()?,
            4 if argument <= left => pending += argument,
            5 if argument <= left / 2 => pending += 2 * argument,
            6 => pending += 1,
            0 | 1 | 7 => {}
            _ => return None,
        }
    }
    Some(at)
}

/// Major type, argument and length of an item's head (RFC 8949 section 3).
fn head(bytes: &[u8]) -> Option<(u8, u64, usize)> {
    let (first, rest) = bytes.split_first()?;
    let wide = |width: usize| {
        let bytes = rest.get(..width)?;
        Some((bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 1 + width))
    };
    let (argument, length) = match first & 0x1f {
        small @ 0..24 => (u64::from(small), 1),
        24 => wide(1)?,
        25 => wide(2)?,
        26 => wide(4)?,
        27 => wide(8)?,
        _ => return None,
    };
    Some((first >> 5, argument, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    #[test]
    fn items_are_found_whatever_they_are() {
        for item in [
            "00",
            "1903e8",
            "f5",
            "fb3ff0000000000000",
            "43010203",
            "63616263",
            "83010203",
            "a20102f603",
            "d28443a10127a0f640",
        ] {
            let item = hex(item);
            assert_eq!(item_length(&item), Some(item.len()));
            let twice = [item.clone(), item.clone()].concat();
            assert_eq!(split(&twice, 2).unwrap(), [item.clone(), item.clone()]);
            assert!(split(&twice, 1).is_err());
            for end in 1..item.len() {
                assert_eq!(item_length(&item[..end]), None, "cut at {end}");
            }
        }
    }

    #[test]
    fn what_is_no_sequence_is_refused() {
        for bytes in [
            "",
            "1c",
            "5f4100ff",
            "9f00ff",
            "5bffffffffffffffff",
            "9bffffffffffffffff",
            "bbffffffffffffffff",
            "bb7fffffffffffffff00",
        ] {
            assert!(split(&hex(bytes), 9).is_err(), "{bytes}");
        }
        let deep = [vec![0x81; 1_000_000], vec![0]].concat();
        assert_eq!(split(&deep, 1).unwrap().len(), 1);
    }
}
