//! The ledger's time: fixed when a batch opens, sealed with it, never going back.

use super::{error::LedgerError, host::Clock};
use crate::event::{Timestamp, limits};

/// What is remembered between batches.
pub(super) struct LedgerTime {
    last: Timestamp,
    /// Wall and monotonic clock at the last reading, to notice a wall clock that jumps ahead.
    reading: Option<(Timestamp, i64)>,
}

impl LedgerTime {
    /// Goes on from the last sealed time. A restart is the operator's word that the clock is right.
    pub(super) fn after(last: Timestamp) -> Self {
        Self { last, reading: None }
    }

    /// The time of the next batch: the wall clock's, or the last batch's where the clock went back.
    ///
    /// # Errors
    /// [`LedgerError::ClockJump`] when the wall clock gained more than an hour on the monotonic one.
    pub(super) fn next(&mut self, clock: &dyn Clock) -> Result<Timestamp, LedgerError> {
        let (now, monotonic) = (clock.now(), clock.monotonic_ms());
        if let Some((wall, before)) = self.reading {
            let expected = wall.0.saturating_add(monotonic.saturating_sub(before));
            let ahead_ms = now.0.saturating_sub(expected);
            if ahead_ms > limits::CLOCK_JUMP_MS_MAX {
                return Err(LedgerError::ClockJump { ahead_ms });
            }
        }
        self.reading = Some((now, monotonic));
        self.last = self.last.max(now);
        Ok(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Hands(Mutex<(i64, i64)>);
    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.lock().unwrap().0)
        }
        fn monotonic_ms(&self) -> i64 {
            self.0.lock().unwrap().1
        }
    }

    #[test]
    fn time_never_goes_back_and_a_jump_ahead_is_refused() {
        let hands = Hands(Mutex::new((1_000, 0)));
        let mut time = LedgerTime::after(Timestamp(5_000));
        assert_eq!(time.next(&hands).unwrap(), Timestamp(5_000), "the clock is behind the log");
        *hands.0.lock().unwrap() = (9_000, 8_000);
        assert_eq!(time.next(&hands).unwrap(), Timestamp(9_000));
        *hands.0.lock().unwrap() = (7_000, 8_001);
        assert_eq!(time.next(&hands).unwrap(), Timestamp(9_000), "the clock was set back");
        *hands.0.lock().unwrap() = (7_000 + limits::CLOCK_JUMP_MS_MAX + 2, 8_002);
        assert!(matches!(time.next(&hands), Err(LedgerError::ClockJump { .. })));
    }
}
