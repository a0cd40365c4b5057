//! The generator behind samples: the key stream of ChaCha20 (RFC 8439), so that anybody can draw the same sample again.
//!
//! The key is the seed, 8 bytes, big-endian, and 24 zero bytes; the nonce is zero; blocks count from 0. The stream is
//! read 8 bytes at a time as little-endian numbers. A number below a bound is drawn by rejection: draws at or above the
//! largest multiple of the bound within 64 bits are thrown away, of the others the remainder is taken.

/// The stream of one seed.
pub(super) struct ChaCha {
    key: [u32; 8],
    counter: u32,
    block: Vec<u64>,
}

impl ChaCha {
    pub(super) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(seed.to_be_bytes()).for_each(|(to, from)| *to = from);
        Self { key: words(&bytes), counter: 0, block: Vec::new() }
    }

    /// A number below `bound`, each equally likely; 0 below 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let bound = bound.max(1);
        // 2^64 modulo the bound: so many draws at the top would make the small numbers likelier.
        let excess = (u64::MAX % bound + 1) % bound;
        loop {
            let drawn = self.next();
            if drawn <= u64::MAX - excess {
                return drawn % bound;
            }
        }
    }

    fn next(&mut self) -> u64 {
        if self.block.is_empty() {
            let words = block(&self.key, self.counter, [0; 3]);
            self.counter = self.counter.wrapping_add(1);
            self.block = words.chunks(2).map(number).rev().collect();
        }
        self.block.pop().unwrap_or_default()
    }
}

/// Two words, the low one first.
fn number(pair: &[u32]) -> u64 {
    pair.iter().rev().fold(0, |sum, word| sum << 32 | u64::from(*word))
}

fn words(bytes: &[u8; 32]) -> [u32; 8] {
    let mut words = [0; 8];
    let (chunks, _) = bytes.as_chunks::<4>();
    words.iter_mut().zip(chunks).for_each(|(word, chunk)| *word = u32::from_le_bytes(*chunk));
    words
}

/// One block of the key stream (RFC 8439, section 2.3), as its 16 words.
fn block(key: &[u32; 8], counter: u32, nonce: [u32; 3]) -> [u32; 16] {
    let mut start = [0; 16];
    let constants = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
    let parts = constants.iter().chain(key).chain(std::iter::once(&counter)).chain(&nonce);
    start.iter_mut().zip(parts).for_each(|(word, part)| *word = *part);
    let mut state = start;
    for _ in 0..10 {
        for column in 0..4 {
            quarter(&mut state, [column, column + 4, column + 8, column + 12]);
        }
        for diagonal in 0..4 {
            quarter(&mut state, [diagonal, (diagonal + 1) % 4 + 4, (diagonal + 2) % 4 + 8, (diagonal + 3) % 4 + 12]);
        }
    }
    state.iter_mut().zip(start).for_each(|(word, first)| *word = word.wrapping_add(first));
    state
}

fn quarter(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    for (to, from, mixed, left) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
        state[to] = state[to].wrapping_add(state[from]);
        state[mixed] = (state[mixed] ^ state[to]).rotate_left(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_of_the_rfc() {
        let key: [u8; 32] = std::array::from_fn(|n| n as u8);
        let nonce = [0x0900_0000, 0x4a00_0000, 0];
        let out: Vec<u8> = block(&words(&key), 1, nonce).iter().flat_map(|word| word.to_le_bytes()).collect();
        let expected = "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e\
                        d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e";
        assert_eq!(hex::encode(out), expected);
    }

    #[test]
    fn numbers_are_below_their_bound_and_reach_all_of_it() {
        let mut stream = ChaCha::new(7);
        for bound in [1, 2, 3, 7, 100] {
            let drawn: std::collections::BTreeSet<u64> = (0..bound * 40).map(|_| stream.below(bound)).collect();
            assert!(drawn.iter().eq((0..bound).collect::<Vec<_>>().iter()), "{bound}");
        }
        assert_eq!(stream.below(0), 0);
        assert!(stream.below(u64::MAX) < u64::MAX);
    }
}
