//! The points of small order of edwards25519, by their encodings.
//!
//! `verify_strict` differs from `verify` only in refusing A and R of small order. `verify` compares R, byte by byte,
//! with the encoding of a point it computed, so whatever passes it is canonical; the non-canonical encodings stand
//! here too so that the list is complete and says what it means (the 14 encodings of the 8 points).

/// The y coordinates, little endian, without the sign bit of x, of every encoding of a point of small order.
const SMALL_ORDER_Y: [[u8; 32]; 7] = [
    // y = 1 (the identity) and, not reduced, p + 1.
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    near_p(0xee),
    // y = −1 (order 2).
    near_p(0xec),
    // y = 0 (order 4) and, not reduced, p.
    [0; 32],
    near_p(0xed),
    // The two y of order 8, negatives of each other.
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// 2²⁵⁵ − 256 + `low`: the numbers around p = 2²⁵⁵ − 19, whose lowest byte is `ed`.
const fn near_p(low: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    let [first, .., last] = &mut bytes;
    *first = low;
    *last = 0x7f;
    bytes
}

/// Whether 32 bytes encode, canonically or not, a point of small order, whatever the sign bit.
pub(super) fn is_small_order(encoding: &[u8; 32]) -> bool {
    let mut y = *encoding;
    let [.., last] = &mut y;
    *last &= 0x7f;
    SMALL_ORDER_Y.contains(&y)
}

/// Whether the y coordinate of an encoding is below p, as RFC 8032 section 5.1.3 demands.
pub(super) fn is_canonical(encoding: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = encoding;
    last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff) || *first < 0xed
}
