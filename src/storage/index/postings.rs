//! Numbers and lists of indices as bytes.

use super::IndexError;

/// Appends a number as LEB128.
pub fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

/// Takes a LEB128 number from the front.
pub fn take_varint(bytes: &mut &[u8]) -> Result<u64, IndexError> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let Some((byte, rest)) = bytes.split_first() else { break };
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(IndexError::damaged("a number that does not end"))
}

/// Takes a number that must be a length of what is left.
pub fn take_length(bytes: &mut &[u8]) -> Result<usize, IndexError> {
    let length = usize::try_from(take_varint(bytes)?).unwrap_or(usize::MAX);
    if length > bytes.len() {
        return Err(IndexError::damaged("a length beyond its chunk"));
    }
    Ok(length)
}

/// Takes that many bytes from the front.
pub fn take_bytes<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], IndexError> {
    let (taken, rest) =
        bytes.split_at_checked(length).ok_or_else(|| IndexError::damaged("a length beyond its chunk"))?;
    *bytes = rest;
    Ok(taken)
}

/// Appends the indices of a payload.
pub fn decode_indices(mut payload: &[u8], count: u64, out: &mut Vec<u64>) -> Result<(), IndexError> {
    let mut index = 0_u64;
    for position in 0..count {
        let step = take_varint(&mut payload)?;
        index = index
            .checked_add(step)
            .filter(|_| position == 0 || step > 0)
            .ok_or_else(|| IndexError::damaged("indices that do not ascend"))?;
        out.push(index);
    }
    if payload.is_empty() { Ok(()) } else { Err(IndexError::damaged("bytes after the last index")) }
}

/// The payload of ascending indices.
pub fn encode_indices(indices: &[u64], out: &mut Vec<u8>) {
    let mut before = 0;
    for index in indices {
        put_varint(out, index - before);
        before = *index;
    }
}
