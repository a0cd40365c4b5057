//! The offline verifier: what it accepts, and that it accepts nothing beside it.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod checkpoints;
#[path = "../interop/fixture.rs"]
mod fixture;
mod receipts;
mod statements;
mod witnesses;

use std::sync::LazyLock;

use fixture::{Fixture, ORIGIN};
use sagwan::verify::LogKeys;

/// One log for every test: its last tree has 13 leaves.
static LOG: LazyLock<Fixture> = LazyLock::new(|| Fixture::new(13));

fn keys() -> LogKeys {
    LogKeys::new(ORIGIN, &[LOG.public().clone()]).unwrap()
}

/// Copies of `bytes` that differ in exactly one byte: at each position each bit flipped, the neighbours, all bits.
fn each_byte_changed(bytes: &[u8], mut check: impl FnMut(usize, &[u8])) {
    let mut copy = bytes.to_vec();
    for position in 0..bytes.len() {
        let byte = bytes[position];
        let flipped = (0..8).map(|bit| byte ^ (1 << bit));
        for other in flipped.chain([byte.wrapping_add(1), byte.wrapping_sub(1), !byte]) {
            copy[position] = other;
            check(position, &copy);
        }
        copy[position] = byte;
    }
}

/// Every copy that lacks its end, or has a byte more at either end.
fn each_length_changed(bytes: &[u8], mut check: impl FnMut(&[u8])) {
    (0..bytes.len()).for_each(|length| check(&bytes[..length]));
    (0..=255).for_each(|byte| {
        check(&[bytes, &[byte]].concat());
        check(&[&[byte], bytes].concat());
    });
}
