//! What the ledger takes from outside: files, time, randomness. Passed in, so that a test can fix or break each.

use crate::{
    event::Timestamp,
    plugin::Compiler,
    storage::io::{Io, RealIo},
};
use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Wall and monotonic time.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// Milliseconds since some fixed moment; never goes back.
    fn monotonic_ms(&self) -> i64;
}

/// Randomness fit for salts and keys.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    /// When the system has none to give.
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()>;
}

/// The machine that the ledger runs on.
#[derive(Clone)]
pub struct Host {
    /// Files.
    pub io: Arc<dyn Io>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Who compiles plugins, in a process of his own that can be stopped; `None` compiles them in this one.
    pub compiler: Option<Arc<dyn Compiler>>,
}

impl Host {
    /// This machine's own files, clocks and randomness.
    #[must_use]
    pub fn real() -> Self {
        Self {
            io: Arc::new(RealIo),
            clock: Arc::new(SystemClock(Instant::now())),
            entropy: Arc::new(SystemEntropy),
            compiler: None,
        }
    }
}

struct SystemClock(Instant);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(std::io::Error::other)
    }
}
