//! Shortest floats (RFC 8949 section 4.2.2): a value takes the narrowest of 16, 32 and 64 bits that holds it exactly.

use std::borrow::Cow;

use super::reader::{Reader, major};

/// The half-precision bits that hold exactly the value of these single-precision bits, if any does. NaN has none.
pub(super) fn narrow_to_half(bits: u32) -> Option<u16> {
    let sign = ((bits >> 16) & 0x8000) as u16;
    let exponent = (bits >> 23) & 0xff;
    let mantissa = bits & 0x007f_ffff;
    match (exponent, mantissa) {
        (0, 0) => Some(sign),
        (0xff, 0) => Some(sign | 0x7c00),
        // Normal halves: exponent −14..=15, so 113..=142 with the single's bias of 127, and 10 bits of mantissa.
        (113..=142, _) if mantissa & 0x1fff == 0 => {
            Some(sign | (((exponent - 112) << 10) as u16) | ((mantissa >> 13) as u16))
        }
        // Subnormal halves: exponent −24..=−15; the implicit one moves into the mantissa.
        (103..=112, _) => {
            let shift = 126 - exponent;
            let whole = mantissa | 0x0080_0000;
            (whole & ((1 << shift) - 1) == 0).then_some(sign | ((whole >> shift) as u16))
        }
        _ => None,
    }
}

/// The single-precision bits that hold exactly the value of these double-precision bits, if any do. NaN has none.
pub(super) fn narrow_to_single(bits: u64) -> Option<u32> {
    let wide = f64::from_bits(bits);
    let narrow = wide as f32;
    (f64::from(narrow).to_bits() == bits && !wide.is_nan()).then_some(narrow.to_bits())
}

/// Whether half-precision bits are a NaN.
pub(super) fn half_is_nan(bits: u16) -> bool {
    bits & 0x7fff > 0x7c00
}

/// The value of half-precision bits (RFC 8949 appendix D).
fn half_value(bits: u16) -> f64 {
    let exponent = i32::from((bits >> 10) & 0x1f);
    let mantissa = f64::from(bits & 0x3ff);
    let magnitude = match (exponent, mantissa) {
        (0, _) => mantissa * 2f64.powi(-24),
        (31, 0.0) => f64::INFINITY,
        (31, _) => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// The same items with every float at 64 bits, which is the only width that `cbor4ii` reads into an `f64`. Borrows
/// when there is nothing to widen. What is malformed is passed on as it is, for the decoder to refuse.
pub(super) fn widen(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut reader = Reader::new(bytes);
    let mut out = Vec::new();
    let mut copied = 0;
    while reader.peek().is_some() {
        let at = reader.position();
        let Ok((first, Some(argument))) = reader.raw_head() else { break };
        let value = match first {
            0xf9 => half_value(argument as u16),
            0xfa => f64::from(f32::from_bits(argument as u32)),
            _ if matches!(first >> 5, major::BYTES | major::TEXT) && reader.take(argument).is_err() => break,
            _ => continue,
        };
        out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
        out.push(0xfb);
        out.extend_from_slice(&value.to_be_bytes());
        copied = reader.position();
    }
    if copied == 0 {
        return Cow::Borrowed(bytes);
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_survives_widening_and_narrowing() {
        for bits in 0..=u16::MAX {
            if half_is_nan(bits) {
                continue;
            }
            assert_eq!(narrow_to_half((half_value(bits) as f32).to_bits()), Some(bits), "half {bits:#06x}");
        }
    }

    #[test]
    fn neighbours_of_halves_stay_single() {
        for value in [1.000_1_f32, 65505.0, 65536.0, 2f32.powi(-25), 3.0 * 2f32.powi(-25), f32::MIN_POSITIVE, 1e-45] {
            assert_eq!(narrow_to_half(value.to_bits()), None, "{value}");
        }
        assert_eq!(narrow_to_half(f32::NAN.to_bits()), None);
        assert_eq!(narrow_to_single(0.1f64.to_bits()), None);
        assert_eq!(narrow_to_single(0.5f64.to_bits()), Some(0.5f32.to_bits()));
        assert_eq!(narrow_to_single(f64::NAN.to_bits()), None);
        assert_eq!(narrow_to_single(f64::INFINITY.to_bits()), Some(f32::INFINITY.to_bits()));
    }
}
