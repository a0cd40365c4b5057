//! How many different values there are: counted exactly up to a bound, then estimated (HyperLogLog: Flajolet, Fusy,
//! Gandouet, Meunier 2007).

use std::collections::HashSet;

/// Registers are chosen by this many bits of the hash.
const BITS: u32 = 14;
const REGISTERS: usize = 1 << BITS;
/// The standard error of the estimate, a share of the count: 1.04 / sqrt(registers).
pub const STANDARD_ERROR: f64 = 0.008_125;

/// Counts different hashes.
#[derive(Clone, Debug)]
pub enum Distinct {
    /// Each one seen.
    Exact(HashSet<u64>, usize),
    /// The longest run of leading zeros in each register.
    Estimate(Vec<u8>),
}

impl Distinct {
    /// Exact up to `bound` values.
    #[must_use]
    pub fn new(bound: usize) -> Self {
        Self::Exact(HashSet::new(), bound)
    }

    /// Adds a value by its hash.
    pub fn add(&mut self, hash: u64) {
        match self {
            Self::Exact(seen, bound) => {
                seen.insert(hash);
                if seen.len() > *bound {
                    let mut registers = vec![0; REGISTERS];
                    seen.iter().for_each(|hash| note(&mut registers, *hash));
                    *self = Self::Estimate(registers);
                }
            }
            Self::Estimate(registers) => note(registers, hash),
        }
    }

    /// How many different values, and whether that is an estimate.
    #[must_use]
    pub fn count(&self) -> (u64, bool) {
        match self {
            Self::Exact(seen, _) => (seen.len() as u64, false),
            Self::Estimate(registers) => (estimate(registers), true),
        }
    }
}

fn note(registers: &mut [u8], hash: u64) {
    let at = (hash >> (64 - BITS)) as usize;
    let zeros = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros();
    if let Some(register) = registers.get_mut(at) {
        *register = (*register).max(u8::try_from(zeros + 1).unwrap_or(u8::MAX));
    }
}

fn estimate(registers: &[u8]) -> u64 {
    let m = REGISTERS as f64;
    let sum: f64 = registers.iter().map(|zeros| (-f64::from(*zeros)).exp2()).sum();
    // No correction for small counts: those are counted exactly.
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    raw.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::hash;

    #[test]
    fn exact_then_close() {
        let mut distinct = Distinct::new(1_000);
        for n in 0..2_000_u32 {
            distinct.add(hash::number(f64::from(n % 1_000)));
        }
        assert_eq!(distinct.count(), (1_000, false));
        for n in 0..500_000_u32 {
            distinct.add(hash::number(f64::from(n)));
        }
        let (count, estimated) = distinct.count();
        let error = (count as f64 - 500_000.0).abs() / 500_000.0;
        assert!(estimated && error < 4.0 * STANDARD_ERROR, "{count}");
    }
}
