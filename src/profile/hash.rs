//! A fixed 64-bit hash: the same on every machine and in every release, because estimates that stand in a profile's
//! bytes depend on it. It resists accidents, not attackers: whoever makes the data can make two values collide.

/// Odd constants with well mixed bits (the fractional parts of the square roots of 2 and 3).
const FIRST: u64 = 0x6a09_e667_f3bc_c909;
const SECOND: u64 = 0xbb67_ae85_84ca_a73b;

/// Both halves of the product, folded together.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let (low, high) = (product as u64, (product >> 64) as u64);
    low ^ high
}

/// The hash of some bytes.
pub fn bytes(bytes: &[u8]) -> u64 {
    let mut hash = SECOND ^ bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        hash = fold(hash ^ u64::from_le_bytes(word), FIRST).wrapping_add(SECOND);
    }
    finish(hash)
}

/// The hash of a number: the same for `1`, `1.0` and `+1`.
pub fn number(value: f64) -> u64 {
    let value = if value == 0.0 { 0.0 } else { value };
    finish(fold(value.to_bits() ^ FIRST, SECOND))
}

/// The hash of a row so far and one more cell.
pub fn join(row: u64, cell: u64) -> u64 {
    finish(fold(row ^ FIRST, SECOND).wrapping_add(cell))
}

/// The last rounds of MurmurHash3's 64-bit finaliser: every bit depends on every bit.
fn finish(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn it_never_changes() {
        assert_eq!([bytes(b"Private"), number(1.5), join(7, 8)].map(|hash| format!("{hash:016x}")), KNOWN);
    }

    /// Written down when it was made.
    const KNOWN: [&str; 3] = ["9228ab8ceeb24f17", "821c556a4b083f98", "af057dc8c9e58015"];

    #[test]
    fn different_values_differ() {
        let mut seen = HashSet::new();
        for n in 0..100_000_u32 {
            assert!(seen.insert(bytes(n.to_string().as_bytes())) && seen.insert(number(f64::from(n))), "{n}");
        }
        assert_eq!(number(0.0), number(-0.0));
        assert_ne!(bytes(b"a"), bytes(b"a\0"));
    }
}
