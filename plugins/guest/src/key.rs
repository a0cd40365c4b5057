//! Keys of what a monitor remembers.

/// Bytes of a key.
const KEY_BYTES_MAX: usize = 256;

/// A key of a name under a prefix. One that is too long is cut, and told from others by its hash.
#[must_use]
pub fn key(prefix: &str, name: &str) -> String {
    let mut key = format!("{prefix}{name}");
    if key.len() > KEY_BYTES_MAX {
        let hash = hash(&key);
        let end = (0..KEY_BYTES_MAX - hash.len()).rev().find(|at| key.is_char_boundary(*at)).unwrap_or_default();
        key.truncate(end);
        key.push(' ');
        key.push_str(&hash);
    }
    key
}

/// FNV-1a of 64 bits, in hexadecimal digits: for short names, not against somebody who looks for collisions.
#[must_use]
pub fn hash(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}
