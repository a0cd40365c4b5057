//! Writing heads and strings at their shortest (RFC 8949 section 4.2.1), for what is built by hand.

use super::{
    float::{narrow_to_half, narrow_to_single},
    reader::major,
};

/// Appends the shortest head of a major type and argument.
pub(crate) fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let top = major << 5;
    if argument < 24 {
        out.push(top | argument as u8);
    } else if let Ok(argument) = u8::try_from(argument) {
        out.extend_from_slice(&[top | 24, argument]);
    } else if let Ok(argument) = u16::try_from(argument) {
        out.push(top | 25);
        out.extend_from_slice(&argument.to_be_bytes());
    } else if let Ok(argument) = u32::try_from(argument) {
        out.push(top | 26);
        out.extend_from_slice(&argument.to_be_bytes());
    } else {
        out.push(top | 27);
        out.extend_from_slice(&argument.to_be_bytes());
    }
}

/// Appends an integer.
pub(crate) fn integer(out: &mut Vec<u8>, value: i64) {
    match u64::try_from(value) {
        Ok(value) => head(out, major::UNSIGNED, value),
        Err(_) => head(out, major::NEGATIVE, !value as u64),
    }
}

/// Appends a byte string.
pub(crate) fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    head(out, major::BYTES, value.len() as u64);
    out.extend_from_slice(value);
}

/// Appends a text string.
pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    head(out, major::TEXT, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

/// Appends a float at its shortest (RFC 8949 section 4.2.2).
pub(crate) fn float(out: &mut Vec<u8>, value: f64) {
    let bits = value.to_bits();
    match narrow_to_single(bits).map(|single| (single, narrow_to_half(single))) {
        Some((_, Some(half))) => {
            out.push(0xf9);
            out.extend_from_slice(&half.to_be_bytes());
        }
        Some((single, None)) => {
            out.push(0xfa);
            out.extend_from_slice(&single.to_be_bytes());
        }
        None => {
            out.push(0xfb);
            out.extend_from_slice(&bits.to_be_bytes());
        }
    }
}
