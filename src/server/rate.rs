//! Token buckets for peers and tokens, in a table that cannot grow without bound.

use std::{
    collections::HashMap,
    hash::Hash,
    mem,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::event::limits;

/// A bucket for each key: `rate` requests a second, and [`limits::HTTP_BURST_SECONDS`] seconds' worth at once.
///
/// The table has two generations of half the bound each. When the young one is full the old one is forgotten, so a
/// key is forgotten only after as many others as half the bound came after it; each of those has paid for itself.
pub struct Rates<K> {
    rate: f64,
    burst: f64,
    half: usize,
    table: Mutex<Generations<K>>,
}

struct Generations<K> {
    young: HashMap<K, Bucket>,
    old: HashMap<K, Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Eq + Hash> Rates<K> {
    /// Buckets of `rate` requests a second for at most `entries` keys; a rate of 0 is no limit.
    #[must_use]
    pub fn new(rate: u32, entries: usize) -> Self {
        let table = Generations { young: HashMap::new(), old: HashMap::new() };
        let burst = f64::from(rate) * f64::from(limits::HTTP_BURST_SECONDS);
        Self { rate: f64::from(rate), burst, half: (entries / 2).max(1), table: Mutex::new(table) }
    }

    /// Takes one request out of the key's bucket at `now`.
    ///
    /// # Errors
    /// How long to wait until there is one to take.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        if self.rate <= 0.0 {
            return Ok(());
        }
        let mut guard = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let table = &mut *guard;
        let known = table.young.get(&key).copied().or_else(|| table.old.remove(&key));
        let mut bucket = known.unwrap_or(Bucket { left: self.burst, at: now });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.left = passed.mul_add(self.rate, bucket.left).min(self.burst);
        bucket.at = now;
        let enough = bucket.left >= 1.0;
        if enough {
            bucket.left -= 1.0;
        }
        if table.young.len() >= self.half && !table.young.contains_key(&key) {
            table.old = mem::take(&mut table.young);
        }
        table.young.insert(key, bucket);
        if enough { Ok(()) } else { Err(Duration::from_secs_f64((1.0 - bucket.left) / self.rate)) }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.young.len() + table.old.len()
    }
}

/// Whom a bucket or a connection count belongs to: an IPv4 address, or the /64 that one IPv6 customer usually has.
#[must_use]
pub fn peer_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_refills_and_says_how_long() {
        let rates = Rates::new(10, 100);
        let start = Instant::now();
        for _ in 0..10 * limits::HTTP_BURST_SECONDS {
            rates.take('a', start).unwrap();
        }
        let wait = rates.take('a', start).unwrap_err();
        assert!(wait > Duration::from_millis(99) && wait <= Duration::from_millis(101), "{wait:?}");
        rates.take('b', start).unwrap();
        rates.take('a', start + Duration::from_millis(101)).unwrap();
        assert!(rates.take('a', start + Duration::from_millis(102)).is_err());
        // A clock that goes back refills nothing and breaks nothing.
        assert!(rates.take('a', start).is_err());
    }

    #[test]
    fn no_rate_is_no_limit() {
        let rates = Rates::new(0, 2);
        assert!((0..10_000).all(|_| rates.take(1, Instant::now()).is_ok()));
        assert_eq!(rates.len(), 0);
    }

    #[test]
    fn the_table_is_bounded_and_keeps_the_busy() {
        let rates = Rates::new(1, 100);
        let now = Instant::now();
        while rates.take(0_u32, now).is_ok() {}
        for key in 1..1_000 {
            rates.take(key, now).unwrap();
            assert!(rates.take(0, now).is_err(), "a key that keeps coming is not forgotten");
            assert!(rates.len() <= 101);
        }
    }

    #[test]
    fn peers_are_ipv4_addresses_and_ipv6_networks() {
        let key = |text: &str| peer_key(text.parse().unwrap());
        assert_eq!(key("::ffff:10.0.0.1"), key("10.0.0.1"));
        assert_ne!(key("10.0.0.1"), key("10.0.0.2"));
        assert_eq!(key("2001:db8::1"), key("2001:db8::2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
    }
}
